// SPDX-License-Identifier: Apache-2.0
// What a backend of the lgm operators provides: passes over a table of logits, on plain memory of
// its device. The products of matrices around them are ATen's; lgm_driver puts both together.
#pragma once

#include <cstdint>

#include "gmtrain/ops/lgm_math.hpp"

namespace gmtrain::lgm {

template <typename T>
struct Batch {
  const T* features;      ///< [N,D]
  const int64_t* labels;  ///< [N]; null where only distances are asked for
  int64_t samples, dimension;
};

/// Classes first, first + 1, ... of the mixture.
template <typename T>
struct Chunk {
  const T* means;                ///< [classes,D]
  const T* log_variances;        ///< of class k from k * variance_stride
  int64_t variance_stride;       ///< D, 1, or 0 where all classes share one
  const T* bases;                ///< [classes], log p(k) - h_k
  const Magnitudes<T>* largest;  ///< of these classes
  int64_t first, classes;
  bool diagonal;  ///< D variances for a class, else one
};

/// [N,classes] in memory whose rows are `stride` apart.
template <typename T>
struct Table {
  T* values;
  int64_t stride;
};

/// What a sample's own class gives to Eq. 17, each [N].
template <typename T>
struct OwnTerms {
  const T* distances;      ///< d_z
  const T* half_log_dets;  ///< h_z
  const T* log_priors;     ///< log p(z)
  T alpha, lambda;
};

template <typename T>
class Kernels {
 public:
  virtual ~Kernels() = default;

  /// 2 d_k from x - mu: those of a sample are the same bits whatever other samples there are, so
  /// that equal features rank as equal. Of the chunk, the means and variances are read.
  virtual void distances(const Batch<T>&, const Chunk<T>&, Table<T> out) const = 0;

  /// Works out anew, from x - mu, the logits that matter beside the classes merged so far, writes
  /// -inf for the own class, and adds the chunk to what each sample knows of the others, [N].
  virtual void merge(const Batch<T>&, const Chunk<T>&, Table<T> logits,
                     LogSum<T>* others) const = 0;

  /// Eq. 17 of each sample once all chunks are merged: loss, predicted, other_classes [N].
  virtual void finish(const Batch<T>&, const OwnTerms<T>&, const LogSum<T>* others, T* loss,
                      int64_t* predicted, OtherClasses<T>* other_classes) const = 0;

  /// Logits to p(k|x), 0 for the own class.
  /// @param merged whether merge() has seen these logits; else it does what merge() does to them
  virtual void posteriors(const Batch<T>&, const Chunk<T>&, const OtherClasses<T>* other_classes,
                          bool merged, Table<T> logits) const = 0;
};

}  // namespace gmtrain::lgm
