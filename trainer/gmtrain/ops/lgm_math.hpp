// SPDX-License-Identifier: Apache-2.0
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

#include "dnn_gm/src/mixture_math.hpp"

#define LGM_HOST_DEVICE DNN_GM_HOST_DEVICE

namespace gmtrain::lgm {

/// The terms of 2 d_k and a sum of exponentials with its largest apart are the GM head's as well.
using cv::dnn_gm::LogSum;
using cv::dnn_gm::squaredDifference;

template <typename T>
LGM_HOST_DEVICE inline T logit(T distance, T half_log_det, T log_prior, bool is_own, T alpha) {
  return log_prior - half_log_det - (is_own ? distance * (1 + alpha) : distance);
}

/// What a sample keeps of its own class z.
template <typename T>
struct OwnClass {
  T logit;        ///< with the margin
  T plain_logit;  ///< without, as it is compared with the others to predict
  T likelihood;   ///< d_z + h_z
};

template <typename T>
LGM_HOST_DEVICE inline OwnClass<T> own_class(T distance, T half_log_det, T log_prior, T alpha) {
  return {logit(distance, half_log_det, log_prior, true, alpha),
          logit(distance, half_log_det, log_prior, false, alpha), distance + half_log_det};
}

/// What the backward pass needs of a sample's classes other than z, beside the distances.
template <typename T>
struct OtherClasses {
  T log_sum;  ///< logsumexp_{k != z} logit_k
  T share;    ///< of all together: 1 - p_z
};

template <typename T>
struct SampleLoss {
  T loss;
  OtherClasses<T> other_classes;
};

/// Eq. 17 from the own class and the log-sum of the others' logits. Where there are no others,
/// t = -inf: no classification loss.
template <typename T>
LGM_HOST_DEVICE inline SampleLoss<T> sample_loss(const OwnClass<T>& own, const LogSum<T>& others,
                                                 T lambda) {
  const T log_others =
      others.at < 0 ? -static_cast<T>(INFINITY) : others.largest + std::log(others.sum);
  const T t = log_others - own.logit;
  const T softplus = (t > 0 ? t : T(0)) + std::log1p(std::exp(-std::fabs(t)));
  const T sigmoid = t >= 0 ? 1 / (1 + std::exp(-t)) : std::exp(t) / (1 + std::exp(t));
  return {softplus + lambda * own.likelihood, {log_others, sigmoid}};
}

/// argmax_k p(k|x) without the margin; of equals the first.
template <typename T>
LGM_HOST_DEVICE inline int predicted_class(const OwnClass<T>& own, const LogSum<T>& others,
                                           int label) {
  const bool is_own = others.at < 0 || own.plain_logit > others.largest ||
                      (own.plain_logit == others.largest && label < others.at);
  return is_own ? label : others.at;
}

/// p_k - [k = z], the cross-entropy's gradient by logit k.
template <typename T>
LGM_HOST_DEVICE inline T residual(T plain_logit, bool is_own, const OtherClasses<T>& others) {
  return is_own ? -others.share : std::exp(plain_logit - others.log_sum) * others.share;
}

/// dL/dd_k: the bracket of Eq. 19 for the own class, -p_k of Eq. 20 for the others.
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
