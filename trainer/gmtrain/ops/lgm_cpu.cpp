// SPDX-License-Identifier: Apache-2.0
// CPU backend of the lgm operators: loops and threads around the arithmetic of lgm_math.hpp.
#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "gmtrain/ops/lgm_driver.hpp"

namespace gmtrain::lgm {
namespace {

/// sum_d term(d) in independent partial sums, which the compiler can keep in vector registers.
template <typename T, typename Term>
inline T sum_over(int64_t dimension, const Term& term) {
  constexpr int kLanes = 16;
  T partial[kLanes] = {};
  int64_t d = 0;
  for (; d + kLanes <= dimension; d += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) partial[lane] += term(d + lane);
  }
  for (; d < dimension; ++d) partial[d % kLanes] += term(d);
  T sum = 0;
  for (const T value : partial) sum += value;
  return sum;
}

/// 2 d_k of Eq. 18.
template <typename T>
T squared_mahalanobis(const T* x, const Chunk<T>& chunk, int64_t k, int64_t dimension) {
  const T* mean = chunk.means + k * dimension;
  const T* scale = chunk.scales + k * chunk.scale_stride;
  if (chunk.diagonal) {
    return sum_over<T>(dimension,
                       [&](int64_t d) { return squaredDifference(x[d], mean[d], scale[d]); });
  }
  return scale[0] * scale[0] *
         sum_over<T>(dimension, [&](int64_t d) { return squaredDifference(x[d], mean[d], T(1)); });
}

int64_t grain(int64_t work_per_item) {
  return std::max<int64_t>(1, 32768 / std::max<int64_t>(1, work_per_item));
}

/// c_ik.
template <typename T>
T coefficient(const Batch<T>& batch, const T* grad_loss, const T* residuals, int64_t i, int64_t k,
              const Chunk<T>& chunk) {
  const bool own = chunk.first + k == batch.labels[i];
  return grad_loss[i] * distance_gradient<T>(residuals[k], own, batch.alpha, batch.lambda);
}

/// One sample's share of Eq. 23, added to `gradient`.
template <typename T>
void add_features_gradient_of(const T* x, const Chunk<T>& chunk, int64_t k, int64_t dimension, T c,
                              T* gradient) {
  const T* mean = chunk.means + k * dimension;
  const T* scale = chunk.scales + k * chunk.scale_stride;
  if (chunk.diagonal) {
    for (int64_t d = 0; d < dimension; ++d) {
      gradient[d] += c * scale[d] * scale[d] * (x[d] - mean[d]);
    }
  } else {
    const T scaled = c * scale[0] * scale[0];
    for (int64_t d = 0; d < dimension; ++d) gradient[d] += scaled * (x[d] - mean[d]);
  }
}

template <typename T>
class CpuKernels final : public Kernels<T> {
 public:
  /// Classes are the outer loop, so that a mean is read once for some features that stay in the
  /// cache.
  void distances(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> out) const override {
    constexpr int64_t kBlock = 8;
    const int64_t dimension = batch.dimension;
    at::parallel_for(
        0, batch.samples, grain(chunk.classes * dimension), [&](int64_t begin, int64_t end) {
          for (int64_t first = begin; first < end; first += kBlock) {
            const int64_t last = std::min(first + kBlock, end);
            for (int64_t k = 0; k < chunk.classes; ++k) {
              for (int64_t i = first; i < last; ++i) {
                out.values[i * out.stride + k] =
                    squared_mahalanobis(batch.features + i * dimension, chunk, k, dimension);
              }
            }
          }
        });
  }

  void merge(const Batch<T>& batch, const Chunk<T>& chunk, Table<const T> table, OwnClass<T>* own,
             LogSum<T>* others) const override {
    at::parallel_for(0, batch.samples, grain(chunk.classes), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* row = table.values + i * table.stride;
        const int64_t label = batch.labels[i] - chunk.first;
        if (label >= 0 && label < chunk.classes) {
          own[i] = own_class(row[label] / 2, chunk.half_log_dets[label], chunk.log_priors[label],
                             batch.alpha);
        }
        others[i] = merged_before(others[i], chunk).mergedWith(log_sum(row, chunk, label));
      }
    });
  }

  void finish(const Batch<T>& batch, const OwnClass<T>* own, const LogSum<T>* others, T* loss,
              int64_t* predicted, OtherClasses<T>* other_classes) const override {
    for (int64_t i = 0; i < batch.samples; ++i) {
      const SampleLoss<T> sample = sample_loss(own[i], others[i], batch.lambda);
      loss[i] = sample.loss;
      other_classes[i] = sample.other_classes;
      predicted[i] = predicted_class(own[i], others[i], static_cast<int>(batch.labels[i]));
    }
  }

  void residuals(const Batch<T>& batch, const Chunk<T>& chunk, const OtherClasses<T>* other_classes,
                 Table<T> table) const override {
    at::parallel_for(0, batch.samples, grain(chunk.classes), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        T* row = table.values + i * table.stride;
        for (int64_t k = 0; k < chunk.classes; ++k) {
          row[k] = residual(plain_logit(row[k], chunk, k), chunk.first + k == batch.labels[i],
                            other_classes[i]);
        }
      }
    });
  }

  void add_features_gradient(const Batch<T>& batch, const Chunk<T>& chunk, const T* grad_loss,
                             Table<const T> table, Partials<T> /*partials*/,
                             T* gradient) const override {
    const int64_t dimension = batch.dimension;
    at::parallel_for(
        0, batch.samples, grain(chunk.classes * dimension), [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            for (int64_t k = 0; k < chunk.classes; ++k) {
              const T c =
                  coefficient(batch, grad_loss, table.values + i * table.stride, i, k, chunk);
              add_features_gradient_of(batch.features + i * dimension, chunk, k, dimension, c,
                                       gradient + i * dimension);
            }
          }
        });
  }

  void class_gradients(const Batch<T>& batch, const Chunk<T>& chunk, const T* grad_loss,
                       Table<const T> table, T* means, T* log_variances) const override {
    const int64_t dimension = batch.dimension;
    at::parallel_for(0, chunk.classes, grain(batch.samples * dimension),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t k = begin; k < end; ++k) {
                         class_gradients_of(batch, chunk, k, grad_loss, table,
                                            means + k * dimension, log_variances + k * dimension);
                       }
                     });
  }

 private:
  static T plain_logit(T squared_distance, const Chunk<T>& chunk, int64_t k) {
    return logit<T>(squared_distance / 2, chunk.half_log_dets[k], chunk.log_priors[k], false, 0);
  }

  /// Over a chunk's classes but the own one.
  static LogSum<T> log_sum(const T* row, const Chunk<T>& chunk, int64_t label) {
    LogSum<T> others = LogSum<T>::none();
    for (int64_t k = 0; k < chunk.classes; ++k) {
      const T value = plain_logit(row[k], chunk, k);
      if (k == label || (others.at >= 0 && !(value > others.largest))) continue;
      others.largest = value;
      others.at = static_cast<int>(chunk.first + k);
    }
    for (int64_t k = 0; k < chunk.classes; ++k) {
      if (k != label) others.sum += std::exp(plain_logit(row[k], chunk, k) - others.largest);
    }
    return others;
  }

  static void class_gradients_of(const Batch<T>& batch, const Chunk<T>& chunk, int64_t k,
                                 const T* grad_loss, Table<const T> table, T* means_gradient,
                                 T* log_variances_gradient) {
    const int64_t dimension = batch.dimension;
    std::fill(means_gradient, means_gradient + dimension, T(0));
    std::fill(log_variances_gradient, log_variances_gradient + dimension, T(0));
    const T* mean = chunk.means + k * dimension;
    T h = 0;
    for (int64_t i = 0; i < batch.samples; ++i) {
      const T* residuals = table.values + i * table.stride;
      const bool own = chunk.first + k == batch.labels[i];
      h += grad_loss[i] * half_log_det_gradient<T>(residuals[k], own, batch.lambda);
      const T c = coefficient(batch, grad_loss, residuals, i, k, chunk);
      if (c == 0) continue;
      const T* x = batch.features + i * dimension;
      for (int64_t d = 0; d < dimension; ++d) {
        const T difference = x[d] - mean[d];
        means_gradient[d] -= c * difference;
        log_variances_gradient[d] += c * difference * difference;
      }
    }
    const T* scales = chunk.scales + k * chunk.scale_stride;
    for (int64_t d = 0; d < dimension; ++d) {
      const T scale = scales[chunk.diagonal ? d : 0];
      means_gradient[d] *= scale * scale;
      log_variances_gradient[d] = (h - log_variances_gradient[d] * scale * scale) / 2;
    }
  }
};

const Backend& cpu_backend() {
  static const CpuKernels<float> single;
  static const CpuKernels<double> twice;
  static const Backend backend{single, twice};
  return backend;
}

TORCH_LIBRARY_IMPL(lgm, CPU, library) {
  implement<cpu_backend>(library);
}

}  // namespace
}  // namespace gmtrain::lgm
