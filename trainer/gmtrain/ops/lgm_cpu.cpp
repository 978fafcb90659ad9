// CPU backend of the lgm operators: loops and threads around the arithmetic of lgm_math.hpp.
//
// Distances are sums of squared differences. The expansion |x|^2 - 2 x.mu + |mu|^2 would cost the
// same number of multiplications here and cancel when features share an offset. Nothing of size
// N x K x D is ever stored.
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "gmtrain/ops/lgm_checks.hpp"
#include "gmtrain/ops/lgm_math.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

/// A mixture's parameters as the loops want them. Row k of the inverse variances is at
/// k * inverse_variance_stride; for isotropic and shared covariance it has a single element.
template <typename T>
struct Mixture {
  Mixture(const Tensor& means_tensor, const Tensor& log_variances)
      : classes(means_tensor.size(0)),
        dimension(means_tensor.size(1)),
        diagonal(log_variances.size(1) == dimension),
        shared(log_variances.size(0) == 1),
        means_storage(means_tensor.contiguous()),
        inverse_variances_storage(log_variances.neg().exp().contiguous()),
        half_log_dets_storage((log_variances.sum(1) * (diagonal ? 0.5 : 0.5 * dimension))
                                  .expand({classes})
                                  .contiguous()) {}

  const T* mean(int64_t k) const { return means_storage.const_data_ptr<T>() + k * dimension; }
  const T* inverse_variance(int64_t k) const {
    const int64_t row = shared ? 0 : k;
    return inverse_variances_storage.const_data_ptr<T>() + row * (diagonal ? dimension : 1);
  }
  const T* half_log_dets() const { return half_log_dets_storage.const_data_ptr<T>(); }

  int64_t classes, dimension;
  bool diagonal, shared;

 private:
  Tensor means_storage, inverse_variances_storage, half_log_dets_storage;
};

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
T squared_mahalanobis(const T* x, const Mixture<T>& mixture, int64_t k) {
  const T* mean = mixture.mean(k);
  const T* inverse_variance = mixture.inverse_variance(k);
  if (mixture.diagonal) {
    return sum_over<T>(mixture.dimension, [&](int64_t d) {
      return lgm::squared_difference(x[d], mean[d]) * inverse_variance[d];
    });
  }
  return inverse_variance[0] * sum_over<T>(mixture.dimension, [&](int64_t d) {
           return lgm::squared_difference(x[d], mean[d]);
         });
}

/// 2 d_k of rows [begin, end) to all classes. Classes are the outer loop, so that a mean is read
/// once for a block of features that stays in the cache.
template <typename T>
void distance_rows(const T* features, const Mixture<T>& mixture, int64_t begin, int64_t end,
                   T* distances) {
  constexpr int64_t kBlock = 8;
  for (int64_t first = begin; first < end; first += kBlock) {
    const int64_t last = std::min(first + kBlock, end);
    for (int64_t k = 0; k < mixture.classes; ++k) {
      for (int64_t i = first; i < last; ++i) {
        distances[i * mixture.classes + k] =
            squared_mahalanobis(features + i * mixture.dimension, mixture, k);
      }
    }
  }
}

/// Turns one row of squared distances into residuals in place; returns the loss of Eq. 17.
template <typename T>
T loss_of_row(T* row, int64_t classes, const T* half_log_dets, const T* log_priors, int64_t label,
              T alpha, T lambda, int64_t* predicted) {
  const T own_distance = row[label] / 2;
  T own_logit = 0, best = -std::numeric_limits<T>::infinity();
  T maximum = -std::numeric_limits<T>::infinity();
  *predicted = 0;
  for (int64_t k = 0; k < classes; ++k) {
    const bool own = k == label;
    const T plain = lgm::logit<T>(row[k] / 2, half_log_dets[k], log_priors[k], false, alpha);
    if (plain > best) {
      best = plain;
      *predicted = k;
    }
    if (own) {
      own_logit = lgm::logit<T>(own_distance, half_log_dets[k], log_priors[k], true, alpha);
    } else {
      maximum = std::max(maximum, plain);
    }
    row[k] = plain;
  }

  T others = 0;
  for (int64_t k = 0; k < classes; ++k) {
    row[k] = k == label ? 0 : std::exp(row[k] - maximum);
    others += row[k];
  }
  // A single class has no others: t = -inf, no doubt, no classification loss.
  const T t =
      classes > 1 ? maximum + std::log(others) - own_logit : -std::numeric_limits<T>::infinity();
  const T doubt = lgm::own_class_doubt(t);
  for (int64_t k = 0; k < classes && others > 0; ++k) row[k] *= doubt / others;
  row[label] = -doubt;
  return lgm::classification_loss(t) +
         lambda * lgm::likelihood_loss(own_distance, half_log_dets[label]);
}

int64_t grain(int64_t work_per_item) {
  return std::max<int64_t>(1, 32768 / std::max<int64_t>(1, work_per_item));
}

std::tuple<Tensor, Tensor, Tensor> loss_forward(const Tensor& features, const Tensor& means,
                                                const Tensor& log_variances,
                                                const Tensor& log_priors, const Tensor& labels,
                                                double alpha, double lambda) {
  lgm::check_loss(features, means, log_variances, log_priors, labels, alpha, lambda);
  const int64_t samples = features.size(0), classes = means.size(0);
  const Tensor x = features.contiguous(), z = labels.contiguous(), priors = log_priors.contiguous();
  const int64_t* label = z.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < samples; ++i) {
    TORCH_CHECK_INDEX(label[i] >= 0 && label[i] < classes, "lgm: label ", label[i], " of sample ",
                      i, " is outside [0,", classes, ")");
  }

  Tensor loss = torch::empty({samples}, x.options());
  Tensor predicted = torch::empty({samples}, z.options());
  Tensor residuals = torch::empty({samples, classes}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "lgm_loss_forward", [&] {
    const Mixture<scalar_t> mixture(means, log_variances);
    at::parallel_for(
        0, samples, grain(classes * mixture.dimension), [&](int64_t begin, int64_t end) {
          auto* rows = residuals.data_ptr<scalar_t>();
          distance_rows(x.const_data_ptr<scalar_t>(), mixture, begin, end, rows);
          for (int64_t i = begin; i < end; ++i) {
            loss.data_ptr<scalar_t>()[i] =
                loss_of_row<scalar_t>(rows + i * classes, classes, mixture.half_log_dets(),
                                      priors.const_data_ptr<scalar_t>(), label[i], alpha, lambda,
                                      predicted.data_ptr<int64_t>() + i);
          }
        });
  });
  return {loss, predicted, residuals};
}

/// Eq. 23: dL/dx_i = sum_k c_ik Lambda_k^-1 (x_i - mu_k), c_ik = g_i dL_i/dd_k.
template <typename T>
void features_gradient(const T* x, const Mixture<T>& mixture, const T* coefficients, T* gradient) {
  std::fill(gradient, gradient + mixture.dimension, T(0));
  for (int64_t k = 0; k < mixture.classes; ++k) {
    const T* mean = mixture.mean(k);
    const T* inverse_variance = mixture.inverse_variance(k);
    const T c = coefficients[k];
    if (mixture.diagonal) {
      for (int64_t d = 0; d < mixture.dimension; ++d) {
        gradient[d] += c * inverse_variance[d] * (x[d] - mean[d]);
      }
    } else {
      const T scaled = c * inverse_variance[0];
      for (int64_t d = 0; d < mixture.dimension; ++d) gradient[d] += scaled * (x[d] - mean[d]);
    }
  }
}

/// Eqs. 19 and 20 summed over samples: dL/dmu_k = -sum_i c_ik Lambda_k^-1 (x_i - mu_k), and
/// Eqs. 21 and 22 by the log-variances v: dL/dv_kd = 1/2 sum_i (h_ik - c_ik (x_id - mu_kd)^2 /
/// Lambda_kd), h_ik = g_i dL_i/d(1/2 log|Lambda_k|). `square_sums` receives the second sum without
/// its factors.
template <typename T>
void class_gradient(const T* features, int64_t samples, const Mixture<T>& mixture, int64_t k,
                    const T* coefficients, T* means_gradient, T* square_sums) {
  std::fill(means_gradient, means_gradient + mixture.dimension, T(0));
  std::fill(square_sums, square_sums + mixture.dimension, T(0));
  const T* mean = mixture.mean(k);
  for (int64_t i = 0; i < samples; ++i) {
    const T c = coefficients[i * mixture.classes + k];
    if (c == 0) continue;
    const T* x = features + i * mixture.dimension;
    for (int64_t d = 0; d < mixture.dimension; ++d) {
      const T difference = x[d] - mean[d];
      means_gradient[d] -= c * difference;
      square_sums[d] += c * difference * difference;
    }
  }
  const T* inverse_variance = mixture.inverse_variance(k);
  for (int64_t d = 0; d < mixture.dimension; ++d) {
    const T inverse = inverse_variance[mixture.diagonal ? d : 0];
    means_gradient[d] *= inverse;
    square_sums[d] *= inverse;
  }
}

std::tuple<Tensor, Tensor, Tensor> loss_backward(const Tensor& grad_loss, const Tensor& features,
                                                 const Tensor& means, const Tensor& log_variances,
                                                 const Tensor& labels, const Tensor& residuals,
                                                 double alpha, double lambda) {
  lgm::check_mixture(features, means, log_variances);
  const int64_t samples = features.size(0), classes = means.size(0), dimension = means.size(1);
  TORCH_CHECK(residuals.dim() == 2 && residuals.size(0) == samples && residuals.size(1) == classes,
              "lgm: residuals must be [", samples, ",", classes, "], got ", residuals.sizes());
  const Tensor x = features.contiguous(), z = labels.contiguous();
  const Tensor g = grad_loss.contiguous(), r = residuals.contiguous();
  Tensor coefficients = torch::empty({samples, classes}, x.options());
  Tensor log_det_gradients = torch::empty({samples, classes}, x.options());
  Tensor grad_features = torch::empty({samples, dimension}, x.options());
  Tensor grad_means = torch::empty({classes, dimension}, x.options());
  Tensor square_sums = torch::empty({classes, dimension}, x.options());

  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "lgm_loss_backward", [&] {
    const Mixture<scalar_t> mixture(means, log_variances);
    const auto* rows = x.const_data_ptr<scalar_t>();
    auto* c = coefficients.data_ptr<scalar_t>();
    at::parallel_for(0, samples, grain(classes * dimension), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const scalar_t scale = g.const_data_ptr<scalar_t>()[i];
        for (int64_t k = 0; k < classes; ++k) {
          const int64_t at = i * classes + k;
          const bool own = k == z.const_data_ptr<int64_t>()[i];
          const scalar_t residual = r.const_data_ptr<scalar_t>()[at];
          c[at] = scale * lgm::distance_gradient<scalar_t>(residual, own, alpha, lambda);
          log_det_gradients.data_ptr<scalar_t>()[at] =
              scale * lgm::half_log_det_gradient<scalar_t>(residual, own, lambda);
        }
        features_gradient(rows + i * dimension, mixture, c + i * classes,
                          grad_features.data_ptr<scalar_t>() + i * dimension);
      }
    });
    at::parallel_for(0, classes, grain(samples * dimension), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        class_gradient(rows, samples, mixture, k, c,
                       grad_means.data_ptr<scalar_t>() + k * dimension,
                       square_sums.data_ptr<scalar_t>() + k * dimension);
      }
    });
  });

  // [K,D] of the diagonal case, summed where a log-variance is shared by coordinates or classes.
  const Tensor per_coordinate = 0.5 * (log_det_gradients.sum(0).unsqueeze(1) - square_sums);
  return {grad_features, grad_means, per_coordinate.sum_to_size(log_variances.sizes())};
}

Tensor distances(const Tensor& features, const Tensor& means, const Tensor& log_variances) {
  lgm::check_mixture(features, means, log_variances);
  const Tensor x = features.contiguous();
  Tensor result = torch::empty({x.size(0), means.size(0)}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "lgm_distances", [&] {
    const Mixture<scalar_t> mixture(means, log_variances);
    at::parallel_for(0, x.size(0), grain(means.numel()), [&](int64_t begin, int64_t end) {
      distance_rows(x.const_data_ptr<scalar_t>(), mixture, begin, end, result.data_ptr<scalar_t>());
    });
  });
  return result;
}

}  // namespace

TORCH_LIBRARY_IMPL(lgm, CPU, library) {
  library.impl("loss_forward", loss_forward);
  library.impl("loss_backward", loss_backward);
  library.impl("distances", distances);
}

}  // namespace gmtrain
