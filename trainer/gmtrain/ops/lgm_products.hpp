// SPDX-License-Identifier: Apache-2.0
// Distances and their gradients as products of matrices. With features and means centred,
// x' = x - centre and mu' = mu - centre,
//
//   logit_k = log p(k) - h_k - d_k = <X_i, V_k>
//
//   D variances a class:  X_i = [x', x'^2, 1]    V_k = [mu'/Lambda, -1/(2 Lambda), b_k]
//   one variance:         X_i = [x', |x'|^2, 1]  V_k = [mu'/Lambda, -1/(2 Lambda), b_k]
//
//   b_k = log p(k) - h_k - 1/2 sum_d mu'_kd^2 / Lambda_kd
//
// and zeros up to a depth that products like.
//
// With weights w_ik, sum_k w_ik V_k and sum_i w_ik X_i hold all that the gradients need.
#pragma once

#include "gmtrain/ops/lgm_arguments.hpp"
#include "gmtrain/ops/lgm_kernels.hpp"

namespace gmtrain::lgm {

/// Some classes of a mixture.
struct Mixture {
  Tensor means;          ///< [S,D]
  Tensor log_variances;  ///< [S,D], [S,1] or, of all classes, [1,1]
  Tensor log_priors;     ///< [S]; undefined where only distances are wanted

  Mixture narrow(int64_t first, int64_t classes) const;
  Mixture select(const Tensor& classes) const;
};

/// V of some classes and what it is made from, in memory that is used again for the next classes:
/// to get new pages from the system would take as long as to fill them.
struct ClassOperand {
  Tensor values;        ///< V [S,depth]
  Tensor inverses;      ///< 1/Lambda, [S,D] or [S,1]
  Tensor bases;         ///< log p(k) - h_k, [S]
  Tensor mean_squares;  ///< sum_d mu'_kd^2 / Lambda_kd, [S]
  Tensor sums;          ///< of the features' operand over samples, [S,depth]
};

/// Some classes as kernels read them, without what products need.
template <typename T>
Chunk<T> chunk_of(const Mixture&, int64_t first, int64_t classes);

template <typename T>
class Products {
 public:
  Products(const Kernels<T>& kernels, const Tensor& features, const Mixture& all);

  const Tensor& features() const { return features_; }  ///< X [N,depth]

  void set(ClassOperand& operand, const Mixture& classes) const;

  /// sum_k w_ik (x_i - mu_k) / Lambda_k from sums_i = sum_k w_ik V_k, [N,D].
  Tensor features_gradient(const Tensor& sums) const;

  /// From sums_k = sum_i c_ik X_i, where c_ik = dL/dd_k = dL/dh_k:
  ///   means[k]         = -sum_i c_ik (x_i - mu_k) / Lambda_k                [S,D]
  ///   log_variances[k] = 1/2 sum_i c_ik (1 - (x_i - mu_k)^2 / Lambda_k)     [S,D], or [S,1] of one
  ///
  /// With s = sum_i c_i, first = sum_i c_i x'_i and second = sum_i c_i x'_i^2:
  ///   means                       = s mu'/Lambda - first/Lambda
  ///   sum_i c_i (x'_i - mu')^2 / Lambda = second/Lambda - (mu'/Lambda) first + mu' means
  void class_gradients(const ClassOperand&, const Mixture& classes, const Tensor& sums,
                       const Tensor& means, const Tensor& log_variances) const;

 private:
  OperandMemory<T> memory(const ClassOperand&) const;

  const Kernels<T>& kernels_;
  int64_t dimension_;
  int64_t squares_;  ///< columns of X for the squares: D or 1
  Tensor centre_;    ///< [D]
  Tensor features_;  ///< X
};

int64_t operand_depth(int64_t dimension, bool diagonal);

/// out = a b, a part of the inner sum at a time: of one that is long beside the sides of the result
/// a library makes parts of its own, as many as it has threads.
void write_product(Tensor out, const Tensor& a, const Tensor& b);

}  // namespace gmtrain::lgm
