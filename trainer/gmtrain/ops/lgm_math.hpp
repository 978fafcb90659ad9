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

/// Half the distance between 1 and the number after it: what is less is lost when added to 1.
template <typename T>
LGM_HOST_DEVICE constexpr T rounding() {
  return sizeof(T) == sizeof(float) ? T(0x1p-24) : T(0x1p-53);
}

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

/// p(k|x) of a class other than z, which is the cross-entropy's gradient by logit k. What rounding
/// would swallow beside the other classes counts as 0.
template <typename T>
LGM_HOST_DEVICE inline T posterior(T plain_logit, const OtherClasses<T>& others) {
  const T among_others = std::exp(plain_logit - others.log_sum);
  return among_others < rounding<T>() ? T(0) : among_others * others.share;
}

/// dL/dd_z: the bracket of Eq. 19 for the own class. Of another class it is -p(k|x), Eq. 20.
template <typename T, typename Number>
LGM_HOST_DEVICE inline T own_distance_gradient(T share, Number alpha, Number lambda) {
  return share * (1 + alpha) + lambda;
}

/// dL/dh_z: the terms of Eqs. 21 and 22 that do not contain C_z. Of another class it is -p(k|x).
template <typename T, typename Number>
LGM_HOST_DEVICE inline T own_half_log_det_gradient(T share, Number lambda) {
  return share + lambda;
}

/// What the error of a logit from a matrix product depends on, over some classes. With x and mu
/// centred, the product adds up numbers as large as |x|^2 / Lambda and |mu|^2 / Lambda to a
/// distance that may be small.
template <typename T>
struct Magnitudes {
  T base;         ///< the largest log p(k) - h_k, the logit at distance 0
  T mean_square;  ///< the largest sum_d mu_kd^2 / Lambda_kd
};

/// The least logit of a class that matters: its share of the others' sum may be above 1 %, and the
/// error of its logit changes that sum by more than rounding does. Such classes are worked out
/// again from the differences x - mu. The errors of many of a small share cancel.
///
/// |x|^2 <= 2 |x - mu|^2 + 2 |mu|^2 in units of a class's deviations, and its terms are at most
/// 4 (|mu|^2 + d); of a class that matters d is base - log_sum + log 100 or less.
template <typename T>
LGM_HOST_DEVICE inline T least_that_matters(T log_sum, const Magnitudes<T>& largest) {
  const T log_100 = T(4.6051701859880914);
  const T distance = largest.base - log_sum + log_100;
  const T size =
      largest.mean_square + (distance > 0 ? distance : T(0));  // of the error, in roundings
  const T error = 16 * rounding<T>() * size;
  const T log_share = size < 25 ? -std::log(4 * size) : -log_100;
  return log_sum + log_share - 2 * error;
}

}  // namespace gmtrain::lgm
