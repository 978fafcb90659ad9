// SPDX-License-Identifier: Apache-2.0
// The loss and its gradients on the CPU without products: each class from x - mu. Where classes are
// few this is as fast as the arithmetic, and nothing cancels.
#pragma once

#include "gmtrain/ops/lgm_kernels.hpp"

namespace gmtrain::lgm {

/// Kernels::loss and Kernels::gradients, of float and double.
template <typename T>
void direct_loss(const Batch<T>&, const Chunk<T>&, const Weights<T>&, const SampleMemory<T>&,
                 Table<T> posteriors);
template <typename T>
void direct_gradients(const Batch<T>&, const Chunk<T>&, const Weights<T>&, const T* grad,
                      const OtherClasses<T>*, Table<const T> posteriors, const GradientMemory<T>&);

/// 2 d_k. What is written for a sample does not depend on what other samples there are.
template <typename T>
void direct_distances(const Batch<T>&, const Chunk<T>&, Table<T> out);

}  // namespace gmtrain::lgm
