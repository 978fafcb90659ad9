// The L-GM loss of one sample as arithmetic (Eqs. 17-23), apart from loops and tensors, so that
// every backend and the tests read the same lines.
//
// With class k's distance d_k (Eq. 18), half log-determinant h_k = 1/2 log|Lambda_k| and prior:
//
//   logit_k = log p(k) - h_k - d_k (1 + [k = z] alpha)
//   L       = -log softmax(logit)_z + lambda (d_z + h_z)                              (Eq. 17)
//
// The loss is evaluated as softplus(t), t = logsumexp_{k != z} logit_k - logit_z, and 1 - p_z as
// sigmoid(t): neither is a difference of nearly equal numbers, however sure the classifier is.
#pragma once

#include <cmath>

#if defined(__CUDACC__)
#define LGM_HOST_DEVICE __host__ __device__
#else
#define LGM_HOST_DEVICE
#endif

namespace gmtrain::lgm {

/// One coordinate's share of the squared Mahalanobis distance 2 d_k.
template <typename T>
LGM_HOST_DEVICE inline T squared_difference(T x, T mean) {
  const T difference = x - mean;
  return difference * difference;
}

template <typename T>
LGM_HOST_DEVICE inline T logit(T distance, T half_log_det, T log_prior, bool is_own, T alpha) {
  return log_prior - half_log_det - (is_own ? distance * (1 + alpha) : distance);
}

/// Negative log posterior of the own class; `t` is defined at the top of this file.
template <typename T>
LGM_HOST_DEVICE inline T classification_loss(T t) {
  return std::fmax(t, T(0)) + std::log1p(std::exp(-std::fabs(t)));
}

/// 1 - p_z.
template <typename T>
LGM_HOST_DEVICE inline T own_class_doubt(T t) {
  return t >= 0 ? 1 / (1 + std::exp(-t)) : std::exp(t) / (1 + std::exp(t));
}

template <typename T>
LGM_HOST_DEVICE inline T likelihood_loss(T own_distance, T own_half_log_det) {
  return own_distance + own_half_log_det;
}

/// dL/dd_k. `residual` is p_k - [k = z], the cross-entropy's gradient by the logit: the bracket of
/// Eq. 19 for the own class, -p_k of Eq. 20 for the others.
template <typename T>
LGM_HOST_DEVICE inline T distance_gradient(T residual, bool is_own, T alpha, T lambda) {
  return is_own ? -residual * (1 + alpha) + lambda : -residual;
}

/// dL/dh_k: the terms of Eqs. 21 and 22 that do not contain C_k.
template <typename T>
LGM_HOST_DEVICE inline T half_log_det_gradient(T residual, bool is_own, T lambda) {
  return is_own ? -residual + lambda : -residual;
}

}  // namespace gmtrain::lgm
