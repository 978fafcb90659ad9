// SPDX-License-Identifier: Apache-2.0
// The passes of lgm_kernels.hpp as CUDA kernels, a block for every sample or class. Launched
// through `Launch`, a CUDA stream being one. Sums are made in a fixed order, on any device.
#pragma once

#include "dnn_gm/src/cuda/reduce.hpp"
#include "gmtrain/ops/lgm_kernels.hpp"

namespace gmtrain::lgm {

namespace cuda = cv::dnn_gm::cuda;

constexpr int kBlockThreads = 256;

/// 2 d_k of a sample from x - mu, by a warp; all lanes receive it.
template <typename T>
__device__ T squared_distance(const Batch<T>& batch, const Chunk<T>& chunk, int64_t i, int64_t k) {
  const T* x = batch.features + i * batch.dimension;
  const T* mean = chunk.means + k * batch.dimension;
  const T* log_variances = chunk.log_variances + k * chunk.variance_stride;
  T sum = 0;
  for (int64_t d = threadIdx.x % cuda::warpThreads; d < batch.dimension; d += cuda::warpThreads) {
    const T inverse = chunk.diagonal ? std::exp(-log_variances[d]) : T(1);
    sum += inverse * squaredDifference(x[d], mean[d], T(1));
  }
  sum = cuda::warpSum(sum);
  return chunk.diagonal ? sum : sum * std::exp(-log_variances[0]);
}

/// Calls use(k, logit) for each class of a sample, with the logit from x - mu where matters(k, old)
/// holds. Each thread has the same classes whenever it is called.
template <typename T, typename Matters, typename Use>
__device__ void for_each_renewed(const Batch<T>& batch, const Chunk<T>& chunk, const T* row,
                                 const Matters& matters, const Use& use) {
  const int lane = threadIdx.x % cuda::warpThreads;
  for (int64_t first = threadIdx.x - lane; first < chunk.classes; first += kBlockThreads) {
    const int64_t k = first + lane;
    const bool inside = k < chunk.classes;
    T mine = inside ? row[k] : T(0);
    const unsigned renewed = __ballot_sync(0xffffffffu, inside && matters(k, mine));
    for (int other = 0; other < cuda::warpThreads; ++other) {
      if ((renewed >> other & 1) == 0) continue;
      const T distance = squared_distance(batch, chunk, blockIdx.x, first + other);
      if (other == lane) mine = chunk.bases[k] - distance / 2;
    }
    if (inside) use(k, mine);
  }
}

/// A sum over the threads of a block; the first thread's result counts.
template <typename T>
__device__ T sum_of_block(T value) {
  __shared__ T slots[kBlockThreads / cuda::warpThreads];
  value =
      cuda::blockMerged<kBlockThreads>(cuda::warpSum(value), slots, [](T a, T b) { return a + b; });
  __syncthreads();
  return value;
}

/// A block for every class.
template <typename T>
__global__ void operand_kernel(Chunk<T> chunk, int64_t dimension, const T* centre,
                               OperandMemory<T> out) {
  const int64_t k = blockIdx.x, columns = chunk.diagonal ? dimension : 1;
  const T* log_variances = chunk.log_variances + k * chunk.variance_stride;
  T* row = out.values + k * out.depth;
  T mean_square = 0, log_det = 0;
  for (int64_t d = threadIdx.x; d < dimension; d += kBlockThreads) {
    const T log_variance = log_variances[chunk.diagonal ? d : 0], inverse = std::exp(-log_variance),
            mean = chunk.means[k * dimension + d] - centre[d];
    row[d] = mean * inverse;
    mean_square += row[d] * mean;
    log_det += log_variance;
    if (d >= columns) continue;
    row[dimension + d] = inverse / -2;
    out.inverses[k * columns + d] = inverse;
  }
  mean_square = sum_of_block(mean_square);
  log_det = sum_of_block(log_det);
  for (int64_t d = dimension + columns + 1 + threadIdx.x; d < out.depth; d += kBlockThreads) {
    row[d] = 0;
  }
  if (threadIdx.x > 0) return;
  out.bases[k] = chunk.log_priors[k] - log_det / 2;
  out.mean_squares[k] = mean_square;
  row[dimension + columns] = out.bases[k] - mean_square / 2;
}

template <typename T>
__global__ void class_gradients_kernel(Chunk<T> chunk, int64_t dimension, const T* centre,
                                       OperandMemory<T> operand, const T* sums, T* means,
                                       T* log_variances) {
  const int64_t k = blockIdx.x, columns = chunk.diagonal ? dimension : 1;
  const T *linear = operand.values + k * operand.depth, *inverses = operand.inverses + k * columns,
          *first = sums + k * operand.depth, *second = first + dimension;
  const T weight = second[columns];
  T crossed = 0;
  for (int64_t d = threadIdx.x; d < dimension; d += kBlockThreads) {
    const T inverse = inverses[chunk.diagonal ? d : 0];
    const T gradient = weight * linear[d] - first[d] * inverse;
    means[k * dimension + d] = gradient;
    crossed += linear[d] * first[d];
    if (!chunk.diagonal) continue;
    const T mean = chunk.means[k * dimension + d] - centre[d];
    log_variances[k * dimension + d] =
        (weight - (second[d] * inverse - linear[d] * first[d] + mean * gradient)) / 2;
  }
  if (chunk.diagonal) return;
  crossed = sum_of_block(crossed);
  if (threadIdx.x > 0) return;
  const T squares = *second * *inverses - 2 * crossed + weight * operand.mean_squares[k];
  log_variances[k] = (weight * T(dimension) - squares) / 2;
}

template <typename T>
__global__ void distances_kernel(Batch<T> batch, Chunk<T> chunk, Table<T> out) {
  const int lane = threadIdx.x % cuda::warpThreads;
  for (int64_t k = threadIdx.x / cuda::warpThreads; k < chunk.classes;
       k += kBlockThreads / cuda::warpThreads) {
    const T distance = squared_distance(batch, chunk, blockIdx.x, k);
    if (lane == 0) out.values[blockIdx.x * out.stride + k] = distance;
  }
}

/// What the threads of a block have found, merged; all of them receive it.
template <typename T>
__device__ LogSum<T> merged_in_block(LogSum<T> sum) {
  __shared__ LogSum<T> slots[kBlockThreads / cuda::warpThreads], merged;
  sum = cuda::laneMerged(sum, cuda::warpThreads);
  sum = cuda::blockMerged<kBlockThreads>(sum, slots, cuda::MergeLogSums());
  if (threadIdx.x == 0) merged = sum;
  __syncthreads();
  sum = merged;
  __syncthreads();
  return sum;
}

template <typename T>
__global__ void merge_kernel(Batch<T> batch, Chunk<T> chunk, Table<T> table, LogSum<T>* others) {
  const int64_t i = blockIdx.x, own = batch.labels[i] - chunk.first;
  T* row = table.values + i * table.stride;
  const LogSum<T> before = chunk.first == 0 ? LogSum<T>::none() : others[i];
  const auto add = [&](LogSum<T>& sum, int64_t k, T logit) {
    if (k == own || logit == -T(INFINITY)) return;
    sum = sum.mergedWith(LogSum<T>::of(logit, static_cast<int>(chunk.first + k)));
  };
  LogSum<T> sum = LogSum<T>::none();
  for (int64_t k = threadIdx.x; k < chunk.classes; k += kBlockThreads) add(sum, k, row[k]);
  const LogSum<T> all = before.mergedWith(merged_in_block(sum));
  const T least = least_that_matters(all.largest + std::log(all.sum), *chunk.largest);
  sum = LogSum<T>::none();
  for_each_renewed(
      batch, chunk, row,
      [&](int64_t k, T logit) {
        return k != own && (!(logit < least) || chunk.first + k == all.at);
      },
      [&](int64_t k, T logit) {
        row[k] = k == own ? -T(INFINITY) : logit;
        add(sum, k, logit);
      });
  sum = merged_in_block(sum);
  if (threadIdx.x == 0) others[i] = before.mergedWith(sum);
}

template <typename T>
__global__ void finish_kernel(Batch<T> batch, OwnTerms<T> own, const LogSum<T>* others,
                              SampleMemory<T> out) {
  const int64_t i = int64_t(blockIdx.x) * kBlockThreads + threadIdx.x;
  if (i < batch.samples) out.write(i, batch.labels[i], own.of(i), others[i], own.weights.lambda);
}

template <typename T>
__global__ void posteriors_kernel(Batch<T> batch, Chunk<T> chunk,
                                  const OtherClasses<T>* other_classes, bool merged,
                                  Table<T> table) {
  const int64_t i = blockIdx.x, own = batch.labels[i] - chunk.first;
  T* row = table.values + i * table.stride;
  const OtherClasses<T> others = other_classes[i];
  const T least = merged ? T(INFINITY) : least_that_matters(others.log_sum, *chunk.largest);
  for_each_renewed(
      batch, chunk, row,
      [&](int64_t k, T logit) { return !merged && k != own && !(logit < least); },
      [&](int64_t k, T logit) { row[k] = k == own ? T(0) : posterior(logit, others); });
}

/// @tparam Launch called as launch(kernel, blocks, threads, arguments...)
template <typename T, typename Launch>
class LaunchedKernels final : public Kernels<T> {
 public:
  explicit LaunchedKernels(Launch launch) : launch_(launch) {}

  void operand(const Chunk<T>& chunk, int64_t dimension, const T* centre,
               const OperandMemory<T>& out) const override {
    launch(operand_kernel<T>, chunk.classes, chunk, dimension, centre, out);
  }

  void class_gradients(const Chunk<T>& chunk, int64_t dimension, const T* centre,
                       const OperandMemory<T>& operand, const T* sums, T* means,
                       T* log_variances) const override {
    launch(class_gradients_kernel<T>, chunk.classes, chunk, dimension, centre, operand, sums, means,
           log_variances);
  }

  void distances(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> table) const override {
    launch(distances_kernel<T>, batch.samples, batch, chunk, table);
  }

  void merge(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> table,
             LogSum<T>* others) const override {
    launch(merge_kernel<T>, batch.samples, batch, chunk, table, others);
  }

  void finish(const Batch<T>& batch, const OwnTerms<T>& own, const LogSum<T>* others,
              const SampleMemory<T>& out) const override {
    launch(finish_kernel<T>, (batch.samples + kBlockThreads - 1) / kBlockThreads, batch, own,
           others, out);
  }

  void posteriors(const Batch<T>& batch, const Chunk<T>& chunk,
                  const OtherClasses<T>* other_classes, bool merged,
                  Table<T> table) const override {
    launch(posteriors_kernel<T>, batch.samples, batch, chunk, other_classes, merged, table);
  }

 private:
  template <typename... Parameters, typename... Arguments>
  void launch(void (*kernel)(Parameters...), int64_t blocks, Arguments... arguments) const {
    if (blocks > 0) launch_(kernel, blocks, unsigned{kBlockThreads}, arguments...);
  }

  Launch launch_;
};

}  // namespace gmtrain::lgm
