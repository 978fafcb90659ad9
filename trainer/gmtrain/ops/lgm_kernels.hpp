// SPDX-License-Identifier: Apache-2.0
// What a backend of the lgm operators provides: passes over a batch and a chunk of classes, on
// plain memory of its device. lgm_driver puts them together.
//
// Coefficients: with r_ik = p_ik - [k = z_i] (`residuals`), g_i the gradient that arrives at sample
// i's loss, c_ik = g_i dL_i/dd_k and h_ik = g_i dL_i/d(1/2 log|Lambda_k|), both from r_ik by
// lgm_math.hpp. Nothing of size N x K x D is stored by any pass.
#pragma once

#include <cstdint>

#include "gmtrain/ops/lgm_math.hpp"

namespace gmtrain::lgm {

template <typename T>
struct Batch {
  const T* features;      ///< [N,D]
  const int64_t* labels;  ///< [N]; null where only distances are asked for
  int64_t samples, dimension;
  T alpha, lambda;
};

/// Classes first, first + 1, ... of the mixture.
template <typename T>
struct Chunk {
  const T* means;          ///< [classes,D]
  const T* scales;         ///< exp(-log_variance / 2), of class k from k * scale_stride
  const T* half_log_dets;  ///< [classes], 1/2 log|Lambda_k|
  const T* log_priors;     ///< [classes]
  int64_t first, classes;
  bool diagonal;  ///< D scales for a class, else one
  int64_t scale_stride;
};

/// What a sample knows of the classes before a chunk: of memory not yet written to, nothing.
template <typename T>
LGM_HOST_DEVICE inline LogSum<T> merged_before(const LogSum<T>& memory, const Chunk<T>& chunk) {
  return chunk.first == 0 ? LogSum<T>::none() : memory;
}

/// [N,chunk] in memory whose rows are `stride` apart.
template <typename T>
struct Table {
  T* values;
  int64_t stride;
};

/// Sums over classes, which features_gradient() may leave in parts.
template <typename T>
struct Partials {
  T* memory;  ///< [parts,N,D]
  int64_t parts;
};

template <typename T>
class Kernels {
 public:
  virtual ~Kernels() = default;

  /// 2 d_k of Eq. 18.
  virtual void distances(const Batch<T>&, const Chunk<T>&, Table<T> out) const = 0;

  /// Adds a chunk's classes to what each sample knows of its own class and of the others, [N] each.
  /// The chunk with class 0 is merged first, whatever these held before.
  virtual void merge(const Batch<T>&, const Chunk<T>&, Table<const T> distances, OwnClass<T>* own,
                     LogSum<T>* others) const = 0;

  /// Eq. 17 of each sample once all chunks are merged: loss, predicted, other_classes [N].
  virtual void finish(const Batch<T>&, const OwnClass<T>* own, const LogSum<T>* others, T* loss,
                      int64_t* predicted, OtherClasses<T>* other_classes) const = 0;

  /// Turns distances into residuals in place.
  virtual void residuals(const Batch<T>&, const Chunk<T>&, const OtherClasses<T>* other_classes,
                         Table<T> distances) const = 0;

  /// Eq. 23: gradient[i] += sum_k c_ik Lambda_k^-1 (x_i - mu_k), [N,D].
  virtual void add_features_gradient(const Batch<T>&, const Chunk<T>&, const T* grad_loss,
                                     Table<const T> residuals, Partials<T>, T* gradient) const = 0;

  /// Eqs. 19 and 20 summed over samples: means[k] = -sum_i c_ik Lambda_k^-1 (x_i - mu_k), and
  /// Eqs. 21 and 22 by the log-variance of each coordinate: log_variances[k] = 1/2 sum_i (h_ik -
  /// c_ik (x_i - mu_k)^2 / Lambda_k). Both [classes,D].
  virtual void class_gradients(const Batch<T>&, const Chunk<T>&, const T* grad_loss,
                               Table<const T> residuals, T* means, T* log_variances) const = 0;
};

}  // namespace gmtrain::lgm
