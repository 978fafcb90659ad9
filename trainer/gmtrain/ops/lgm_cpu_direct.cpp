// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_cpu_direct.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "gmtrain/ops/lgm_cpu_loops.hpp"

namespace gmtrain::lgm {
namespace {

template <typename T>
const T* data(const torch::Tensor& t) {
  return t.const_data_ptr<T>();
}

/// What a chunk's classes have beside their means.
template <typename T>
struct ClassTerms {
  ClassTerms(const Chunk<T>& chunk, int64_t dimension)
      : columns(chunk.diagonal ? dimension : 1), shared(chunk.variance_stride == 0) {
    const auto log_variances = at::from_blob(
        const_cast<T*>(chunk.log_variances), {shared ? 1 : chunk.classes, columns},
        {chunk.variance_stride, 1}, torch::TensorOptions(c10::CppTypeToScalarType<T>::value));
    inverses = log_variances.neg().exp_();
    half_log_dets = log_variances.sum(1).mul_(chunk.diagonal ? 0.5 : 0.5 * double(dimension));
    half_log_det_of = data<T>(half_log_dets);
    classes = {chunk.means, data<T>(inverses), shared ? 0 : columns, chunk.classes, dimension};
  }

  T half_log_det(int64_t k) const { return half_log_det_of[shared ? 0 : k]; }

  int64_t columns;
  bool shared;
  torch::Tensor inverses, half_log_dets;
  const T* half_log_det_of;  ///< the numbers of half_log_dets
  loops::Classes<T> classes;
};

/// Calls task(first, count) for all of `items`, four or a multiple of it at a time, beside one
/// another where there is enough to do; `cost` is in terms of x - mu for one item.
template <typename Task>
void share_out(int64_t items, int64_t cost, const Task& task) {
  constexpr int64_t kWorthAThread = int64_t{1} << 17, kRows = 4;
  const int64_t groups = (items + kRows - 1) / kRows;
  at::parallel_for(0, groups,
                   std::max<int64_t>(1, kWorthAThread / std::max<int64_t>(kRows * cost, 1)),
                   [&](int64_t begin, int64_t end) {
                     const int64_t first = begin * kRows;
                     task(first, std::min(end * kRows, items) - first);
                   });
}

template <typename T>
void squared_distances(const Batch<T>& batch, const Chunk<T>& chunk, const ClassTerms<T>& terms,
                       int64_t first, int64_t count, Table<T> out) {
  const T* features = batch.features + first * batch.dimension;
  T* to = out.values + first * out.stride;
  if (chunk.diagonal) {
    loops::squared_distances<true>(features, count, terms.classes, to, out.stride);
  } else {
    loops::squared_distances<false>(features, count, terms.classes, to, out.stride);
  }
}

/// exp(logit - largest) in place, and the sum of it. Of a NaN the class counts as the largest.
template <typename T>
LogSum<T> exponentiate(T* logits, int64_t classes) {
  T largest = -std::numeric_limits<T>::infinity();
  int64_t at = -1;
  for (int64_t k = 0; k < classes; ++k) {
    if (!(logits[k] <= largest)) largest = logits[k], at = k;
  }
  if (at < 0) return LogSum<T>::none();
  T sum = 0;
  for (int64_t k = 0; k < classes; ++k) {
    const T difference = logits[k] - largest;
    // No number too small to be normal.
    logits[k] = difference < T(-87) ? T(0) : std::exp(difference);
    sum += logits[k];
  }
  return {largest, static_cast<int>(at), sum};
}

}  // namespace

template <typename T>
void direct_distances(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> out) {
  const ClassTerms<T> terms(chunk, batch.dimension);
  share_out(batch.samples, chunk.classes * batch.dimension, [&](int64_t first, int64_t count) {
    squared_distances(batch, chunk, terms, first, count, out);
  });
}

template <typename T>
void direct_loss(const Batch<T>& batch, const Chunk<T>& chunk, const Weights<T>& weights,
                 const SampleMemory<T>& out, Table<T> posteriors) {
  const ClassTerms<T> terms(chunk, batch.dimension);
  const auto judge = [&](int64_t i) {
    T* row = posteriors.values + i * posteriors.stride;
    const int64_t z = batch.labels[i];
    const OwnClass<T> own =
        own_class(row[z] / 2, terms.half_log_det(z), chunk.log_priors[z], weights.alpha);
    for (int64_t k = 0; k < chunk.classes; ++k) {
      row[k] = logit(row[k] / 2, terms.half_log_det(k), chunk.log_priors[k], false, T(0));
    }
    row[z] = -std::numeric_limits<T>::infinity();
    const LogSum<T> others = exponentiate(row, chunk.classes);
    const T share = out.write(i, z, own, others, weights.lambda).other_classes.share;
    for (int64_t k = 0; k < chunk.classes; ++k) {
      const T among_others = others.at < 0 ? T(0) : row[k] / others.sum;
      row[k] = among_others < rounding<T>() ? T(0) : among_others * share;
    }
  };
  share_out(batch.samples, chunk.classes * batch.dimension, [&](int64_t first, int64_t count) {
    squared_distances(batch, chunk, terms, first, count, posteriors);
    for (int64_t i = first; i < first + count; ++i) judge(i);
  });
}

// With c_ik = dL/dd_k and h_ik = dL/dh_k, which differ in the own class alone:
//
//   dL/dx_i           = sum_k c_ik (x_i - mu_k) / Lambda_k
//   dL/dmu_k          = -sum_i c_ik (x_i - mu_k) / Lambda_k
//   dL/dlog Lambda_kd = 1/2 sum_i (h_ik - c_ik (x_id - mu_kd)^2 / Lambda_kd)
template <typename T>
void direct_gradients(const Batch<T>& batch, const Chunk<T>& chunk, const Weights<T>& weights,
                      const T* grad, const OtherClasses<T>* other_classes,
                      Table<const T> posteriors, const GradientMemory<T>& out) {
  const int64_t N = batch.samples, K = chunk.classes, D = batch.dimension;
  const ClassTerms<T> terms(chunk, D);
  std::vector<T> c(static_cast<size_t>(N * K));
  std::vector<double> of_own(static_cast<size_t>(K));  // sum over a class's own samples of h - c
  for (int64_t i = 0; i < N; ++i) {
    const T* row = posteriors.values + i * posteriors.stride;
    for (int64_t k = 0; k < K; ++k) c[size_t(i * K + k)] = -grad[i] * row[k];
    const int64_t z = batch.labels[i];
    const T share = other_classes[i].share;
    T& own = c[size_t(i * K + z)];
    own = own_distance_gradient(share, weights.alpha, weights.lambda) * grad[i];
    of_own[size_t(z)] += own_half_log_det_gradient(share, weights.lambda) * grad[i] - own;
  }
  share_out(N, K * D, [&](int64_t first, int64_t count) {
    const auto write = [&](const auto& gradients) {
      gradients(batch.features + first * D, count, terms.classes, c.data() + first * K, K,
                out.features + first * D);
    };
    chunk.diagonal ? write(loops::feature_gradients<true, T>)
                   : write(loops::feature_gradients<false, T>);
  });
  if (out.means == nullptr) return;
  const auto write_class = [&](int64_t k, std::vector<T>& squares) {
    const T* inverse = terms.classes.inverse(k);
    T *means = out.means + k * D, *log_variances = out.log_variances + k * terms.columns;
    loops::moments(batch.features, N, D, terms.classes.mean(k), c.data() + k, K, means,
                   squares.data());
    double sum_of_h = of_own[size_t(k)];
    for (int64_t i = 0; i < N; ++i) sum_of_h += c[size_t(i * K + k)];
    const T h = T(sum_of_h);
    T sum = 0;
    for (int64_t d = 0; d < D; ++d) {
      const T of_dimension = inverse[chunk.diagonal ? d : 0];
      means[d] *= -of_dimension;
      const T term = (h - of_dimension * squares[size_t(d)]) / 2;
      if (chunk.diagonal) log_variances[d] = term;
      sum += term;
    }
    if (!chunk.diagonal) *log_variances = sum;
  };
  share_out(K, N * D, [&](int64_t first, int64_t count) {
    std::vector<T> squares(static_cast<size_t>(D));
    for (int64_t k = first; k < first + count; ++k) write_class(k, squares);
  });
}

#define LGM_INSTANTIATE(T)                                                                         \
  template void direct_distances<T>(const Batch<T>&, const Chunk<T>&, Table<T>);                   \
  template void direct_loss<T>(const Batch<T>&, const Chunk<T>&, const Weights<T>&,                \
                               const SampleMemory<T>&, Table<T>);                                  \
  template void direct_gradients<T>(const Batch<T>&, const Chunk<T>&, const Weights<T>&, const T*, \
                                    const OtherClasses<T>*, Table<const T>,                        \
                                    const GradientMemory<T>&);
LGM_INSTANTIATE(float)
LGM_INSTANTIATE(double)

}  // namespace gmtrain::lgm
