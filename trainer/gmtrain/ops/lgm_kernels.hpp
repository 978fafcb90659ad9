// SPDX-License-Identifier: Apache-2.0
// What a backend of the lgm operators provides: passes over a table of logits, on plain memory of
// its device. The products of matrices around them are ATen's; lgm_driver puts both together. A
// backend may also do without products where classes are few.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

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
  const T* log_priors;           ///< [classes]; null where only distances are asked for
  const T* bases;                ///< [classes], log p(k) - h_k; what direct passes do not read
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

template <typename T>
struct Weights {
  T alpha, lambda;
};

/// What a sample's own class gives to Eq. 17, each [N].
template <typename T>
struct OwnTerms {
  const T* distances;      ///< d_z
  const T* half_log_dets;  ///< h_z
  const T* log_priors;     ///< log p(z)
  Weights<T> weights;

  LGM_HOST_DEVICE OwnClass<T> of(int64_t i) const {
    return own_class(distances[i], half_log_dets[i], log_priors[i], weights.alpha);
  }
};

/// Where a sample's results go, each [N].
template <typename T>
struct SampleMemory {
  T* loss;
  int64_t* predicted;
  OtherClasses<T>* other_classes;

  LGM_HOST_DEVICE SampleLoss<T> write(int64_t i, int64_t label, const OwnClass<T>& own,
                                      const LogSum<T>& others, T lambda) const {
    const SampleLoss<T> sample = sample_loss(own, others, lambda);
    loss[i] = sample.loss;
    predicted[i] = predicted_class(own, others, static_cast<int>(label));
    other_classes[i] = sample.other_classes;
    return sample;
  }
};

/// What lgm_products.hpp makes of some classes for a product.
template <typename T>
struct OperandMemory {
  T* values;  ///< V [classes,depth]
  int64_t depth;
  T* inverses;      ///< 1/Lambda, [classes,D] where they are diagonal, else [classes]
  T* bases;         ///< log p(k) - h_k, [classes]
  T* mean_squares;  ///< sum_d mu'_kd^2 / Lambda_kd, [classes]
};

/// Where the gradients go, each of them all written; those of the classes null where nobody asks.
template <typename T>
struct GradientMemory {
  T* features;       ///< [N,D]
  T* means;          ///< [K,D]
  T* log_variances;  ///< [K,D] where they are diagonal, else [K,1]
};

/// Of a table, each in order.
struct Nonzero {
  std::vector<int64_t> rows, classes;
};

template <typename T>
class Kernels {
 public:
  virtual ~Kernels() = default;

  /// Eq. 17 from x - mu, all classes at once; p(k|x) as from posteriors(). Not in every backend:
  /// Backend::most_direct.
  virtual void loss(const Batch<T>&, const Chunk<T>&, const Weights<T>&, const SampleMemory<T>&,
                    Table<T> /*posteriors*/) const {
    throw std::logic_error("lgm: this backend needs products");
  }

  /// Its gradients, grad [N] being those that arrive at the losses.
  virtual void gradients(const Batch<T>&, const Chunk<T>&, const Weights<T>&, const T* /*grad*/,
                         const OtherClasses<T>*, Table<const T> /*posteriors*/,
                         const GradientMemory<T>&) const {
    throw std::logic_error("lgm: this backend needs products");
  }

  /// Writes all of the operand, with mu' = mu - centre, [D].
  virtual void operand(const Chunk<T>&, int64_t dimension, const T* centre,
                       const OperandMemory<T>&) const = 0;

  /// Products::class_gradients: sums [classes,depth]; means [classes,D], log_variances as inverses.
  virtual void class_gradients(const Chunk<T>&, int64_t dimension, const T* centre,
                               const OperandMemory<T>&, const T* sums, T* means,
                               T* log_variances) const = 0;

  /// The rows and classes of posteriors that hold anything; asked for on the CPU alone.
  virtual Nonzero nonzero(Table<const T> /*posteriors*/, int64_t /*rows*/,
                          int64_t /*classes*/) const {
    throw std::logic_error("lgm: this backend does not look for what is nonzero");
  }

  /// 2 d_k from x - mu: those of a sample are the same bits whatever other samples there are, so
  /// that equal features rank as equal. Of the chunk, the means and variances are read.
  virtual void distances(const Batch<T>&, const Chunk<T>&, Table<T> out) const = 0;

  /// Works out anew, from x - mu, the logits that matter beside the classes merged so far, writes
  /// -inf for the own class, and adds the chunk to what each sample knows of the others, [N].
  virtual void merge(const Batch<T>&, const Chunk<T>&, Table<T> logits,
                     LogSum<T>* others) const = 0;

  /// Eq. 17 of each sample once all chunks are merged.
  virtual void finish(const Batch<T>&, const OwnTerms<T>&, const LogSum<T>* others,
                      const SampleMemory<T>&) const = 0;

  /// Logits to p(k|x), 0 for the own class.
  /// @param merged whether merge() has seen these logits; else it does what merge() does to them
  virtual void posteriors(const Batch<T>&, const Chunk<T>&, const OtherClasses<T>* other_classes,
                          bool merged, Table<T> logits) const = 0;
};

}  // namespace gmtrain::lgm
