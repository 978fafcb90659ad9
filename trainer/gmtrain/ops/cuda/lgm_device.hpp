// SPDX-License-Identifier: Apache-2.0
// The passes of lgm_kernels.hpp as CUDA kernels. Launched through `Launch`, a CUDA stream being
// one.
//
// Sums are made in a fixed order, on any device: a result belongs to one thread, and a sum over
// classes that is too long for that is left in a fixed number of parts, added up by a second
// kernel.
#pragma once

#include "dnn_gm/src/cuda/distance_tile.hpp"
#include "dnn_gm/src/cuda/reduce.hpp"
#include "gmtrain/ops/lgm_kernels.hpp"

namespace gmtrain::lgm {

namespace tile = cv::dnn_gm::cuda;
using tile::tileColumn, tile::tileDepth, tile::tilePitch, tile::tileRow, tile::tileShare,
    tile::tileSide, tile::tileStride, tile::tileThreads;

inline __host__ __device__ int64_t blocks_for(int64_t count, int64_t of_block) {
  return (count + of_block - 1) / of_block;
}

template <typename T>
__device__ inline T plain_logit(T squared_distance, const Chunk<T>& chunk, int64_t k) {
  return logit<T>(squared_distance / 2, chunk.half_log_dets[k], chunk.log_priors[k], false, T(0));
}

/// Blocks that shall fit on a multiprocessor at once. What float64 holds in registers would not all
/// find room beside a second block.
template <typename T>
constexpr int blocks_beside() {
  return sizeof(T) == sizeof(double) ? 1 : 2;
}

/// Lambda^-1 of class k's coordinate d.
template <typename T>
__device__ inline T inverse_variance(const Chunk<T>& chunk, int64_t k, int64_t d) {
  const T scale = chunk.scales[k * chunk.scale_stride + (chunk.diagonal ? d : 0)];
  return scale * scale;
}

/// c_ik.
template <typename T>
__device__ inline T coefficient(const Batch<T>& batch, const Chunk<T>& chunk, const T* grad_loss,
                                const Table<const T>& residuals, int64_t i, int64_t k) {
  const bool own = chunk.first + k == batch.labels[i];
  return grad_loss[i] * distance_gradient(residuals.values[i * residuals.stride + k], own,
                                          batch.alpha, batch.lambda);
}

/// h_ik.
template <typename T>
__device__ inline T log_det_coefficient(const Batch<T>& batch, const Chunk<T>& chunk,
                                        const T* grad_loss, const Table<const T>& residuals,
                                        int64_t i, int64_t k) {
  const bool own = chunk.first + k == batch.labels[i];
  return grad_loss[i] *
         half_log_det_gradient(residuals.values[i * residuals.stride + k], own, batch.lambda);
}

/// A block for every tile of 64 samples by 64 classes.
template <bool diagonal, typename T>
__global__ void __launch_bounds__(tileThreads, 2)
    distances_kernel(Batch<T> batch, Chunk<T> chunk, Table<T> out) {
  const int64_t class_tiles = blocks_for(chunk.classes, tileSide);
  const int64_t first_sample = blockIdx.x / class_tiles * tileSide;
  const int64_t first_class = blockIdx.x % class_tiles * tileSide;
  T sums[tileShare][tileShare];
  tile::distanceTile<diagonal>(batch.features, batch.samples, first_sample, chunk.means,
                               chunk.scales, chunk.classes, first_class,
                               static_cast<int>(batch.dimension), sums);
  for (int r = 0; r < tileShare; ++r) {
    const int64_t i = first_sample + tileRow(threadIdx.x) + r * tileStride;
    for (int c = 0; c < tileShare; ++c) {
      const int64_t k = first_class + tileColumn(threadIdx.x) + c * tileStride;
      if (i >= batch.samples || k >= chunk.classes) continue;
      out.values[i * out.stride + k] =
          sums[r][c] * (diagonal ? T(1) : inverse_variance(chunk, k, 0));
    }
  }
}

/// A block for every sample.
template <typename T>
__global__ void merge_kernel(Batch<T> batch, Chunk<T> chunk, Table<const T> distances,
                             OwnClass<T>* own, LogSum<T>* others) {
  __shared__ LogSum<T> slots[tileThreads / tile::warpThreads];
  const int64_t i = blockIdx.x;
  const T* row = distances.values + i * distances.stride;
  const int64_t label = batch.labels[i] - chunk.first;
  LogSum<T> sum = LogSum<T>::none();
  for (int64_t k = threadIdx.x; k < chunk.classes; k += tileThreads) {
    if (k == label) {
      own[i] = own_class(row[k] / 2, chunk.half_log_dets[k], chunk.log_priors[k], batch.alpha);
    } else {
      sum = sum.mergedWith(
          LogSum<T>::of(plain_logit(row[k], chunk, k), static_cast<int>(chunk.first + k)));
    }
  }
  sum = tile::laneMerged(sum, tile::warpThreads);
  sum = tile::blockMerged<tileThreads>(sum, slots, tile::MergeLogSums());
  if (threadIdx.x == 0) others[i] = merged_before(others[i], chunk).mergedWith(sum);
}

template <typename T>
__global__ void finish_kernel(Batch<T> batch, const OwnClass<T>* own, const LogSum<T>* others,
                              T* loss, int64_t* predicted, OtherClasses<T>* other_classes) {
  const int64_t i = int64_t(blockIdx.x) * tileThreads + threadIdx.x;
  if (i >= batch.samples) return;
  const SampleLoss<T> sample = sample_loss(own[i], others[i], batch.lambda);
  loss[i] = sample.loss;
  other_classes[i] = sample.other_classes;
  predicted[i] = predicted_class(own[i], others[i], static_cast<int>(batch.labels[i]));
}

template <typename T>
__global__ void residuals_kernel(Batch<T> batch, Chunk<T> chunk,
                                 const OtherClasses<T>* other_classes, Table<T> table) {
  const int64_t at = int64_t(blockIdx.x) * tileThreads + threadIdx.x;
  if (at >= batch.samples * chunk.classes) return;
  const int64_t i = at / chunk.classes, k = at % chunk.classes;
  T& value = table.values[i * table.stride + k];
  value =
      residual(plain_logit(value, chunk, k), chunk.first + k == batch.labels[i], other_classes[i]);
}

/// A block for every tile of 64 samples by 64 coordinates and every part of the classes. The
/// features of a thread's share stay in registers while the classes pass by.
///
///   part[i,d] = sum_k c_ik / Lambda_kd (x_id - mu_kd)
template <bool diagonal, typename T>
__global__ void __launch_bounds__(tileThreads, 2)
    features_gradient_kernel(Batch<T> batch, Chunk<T> chunk, const T* grad_loss,
                             Table<const T> residuals, Partials<T> partials) {
  __shared__ T cs[tileDepth][tilePitch];  // c_ik, with 1 / Lambda_k where it is one number
  __shared__ T ms[tileDepth][tileSide];
  __shared__ T vs[diagonal ? tileDepth : 1][tileSide];
  const int64_t dimension = batch.dimension;
  const int64_t sample_tiles = blocks_for(batch.samples, tileSide);
  const int64_t coordinate_tiles = blocks_for(dimension, tileSide);
  const int64_t part = blockIdx.x / (sample_tiles * coordinate_tiles);
  const int64_t first_sample = blockIdx.x / coordinate_tiles % sample_tiles * tileSide;
  const int64_t first_coordinate = blockIdx.x % coordinate_tiles * tileSide;
  const int64_t of_part =
      blocks_for(blocks_for(chunk.classes, partials.parts), tileDepth) * tileDepth;
  const int64_t begin = part * of_part;
  const int64_t end = begin + of_part < chunk.classes ? begin + of_part : chunk.classes;
  const int row = tileRow(threadIdx.x), column = tileColumn(threadIdx.x);

  T x[tileShare][tileShare] = {}, sums[tileShare][tileShare] = {};
  for (int r = 0; r < tileShare; ++r) {
    for (int c = 0; c < tileShare; ++c) {
      const int64_t i = first_sample + row + r * tileStride;
      const int64_t d = first_coordinate + column + c * tileStride;
      if (i < batch.samples && d < dimension) x[r][c] = batch.features[i * dimension + d];
    }
  }
  for (int64_t first = begin; first < end; first += tileDepth) {
    for (int r = row; r < tileSide; r += tileStride) {
      const int64_t i = first_sample + r, k = first + column;
      T c = 0;
      if (i < batch.samples && k < end) {
        c = coefficient(batch, chunk, grad_loss, residuals, i, k);
        if (!diagonal) c *= inverse_variance(chunk, k, 0);
      }
      cs[column][r] = c;
    }
    for (int at = threadIdx.x; at < tileDepth * tileSide; at += tileThreads) {
      const int64_t k = first + at / tileSide, d = first_coordinate + at % tileSide;
      const bool inside = k < end && d < dimension;
      ms[at / tileSide][at % tileSide] = inside ? chunk.means[k * dimension + d] : T(0);
      if (diagonal)
        vs[at / tileSide][at % tileSide] = inside ? inverse_variance(chunk, k, d) : T(0);
    }
    __syncthreads();
    T partial[tileShare][tileShare] = {};
    for (int k = 0; k < tileDepth; ++k) {
      for (int c = 0; c < tileShare; ++c) {
        const int d = column + c * tileStride;
        const T mean = ms[k][d], inverse = diagonal ? vs[k][d] : T(1);
        for (int r = 0; r < tileShare; ++r) {
          partial[r][c] += cs[k][row + r * tileStride] * (inverse * (x[r][c] - mean));
        }
      }
    }
    for (int r = 0; r < tileShare; ++r) {
      for (int c = 0; c < tileShare; ++c) sums[r][c] += partial[r][c];
    }
    __syncthreads();
  }
  for (int r = 0; r < tileShare; ++r) {
    for (int c = 0; c < tileShare; ++c) {
      const int64_t i = first_sample + row + r * tileStride;
      const int64_t d = first_coordinate + column + c * tileStride;
      if (i < batch.samples && d < dimension) {
        partials.memory[(part * batch.samples + i) * dimension + d] = sums[r][c];
      }
    }
  }
}

template <typename T>
__global__ void add_parts_kernel(Partials<T> partials, int64_t count, T* sum) {
  const int64_t at = int64_t(blockIdx.x) * tileThreads + threadIdx.x;
  if (at >= count) return;
  T total = 0;
  for (int64_t part = 0; part < partials.parts; ++part) total += partials.memory[part * count + at];
  sum[at] += total;
}

/// Some samples as a block reads them for 64 classes and 64 coordinates.
template <typename T>
struct SampleTile {
  T cs[tileDepth][tileSide];  ///< c_ik
  T hs[tileDepth][tileSide];  ///< h_ik
  T xs[tileDepth][tileSide];

  /// By all threads of a block. What is beyond an end counts as 0.
  __device__ void load(const Batch<T>& batch, const Chunk<T>& chunk, const T* grad_loss,
                       const Table<const T>& residuals, int64_t first_sample, int64_t first_class,
                       int64_t first_coordinate) {
    for (int at = threadIdx.x; at < tileDepth * tileSide; at += tileThreads) {
      const int64_t i = first_sample + at / tileSide;
      const int64_t k = first_class + at % tileSide, d = first_coordinate + at % tileSide;
      const bool inside = i < batch.samples && k < chunk.classes;
      cs[at / tileSide][at % tileSide] =
          inside ? coefficient(batch, chunk, grad_loss, residuals, i, k) : T(0);
      hs[at / tileSide][at % tileSide] =
          inside ? log_det_coefficient(batch, chunk, grad_loss, residuals, i, k) : T(0);
      xs[at / tileSide][at % tileSide] =
          i < batch.samples && d < batch.dimension ? batch.features[i * batch.dimension + d] : T(0);
    }
  }
};

/// A thread's share of the sums over samples: its classes by its coordinates.
template <typename T>
struct ClassSums {
  T mean[tileShare][tileShare], sums[tileShare][tileShare], squares[tileShare][tileShare];

  /// sums += sum_i c_ik (x_id - mu_kd), squares += sum_i c_ik (x_id - mu_kd)^2
  __device__ void add(const SampleTile<T>& samples, int row, int column) {
    T partial[tileShare][tileShare] = {}, partial_squares[tileShare][tileShare] = {};
    for (int i = 0; i < tileDepth; ++i) {
      for (int c = 0; c < tileShare; ++c) {
        const T x = samples.xs[i][column + c * tileStride];
        for (int r = 0; r < tileShare; ++r) {
          const T difference = x - mean[r][c];
          const T weighted = samples.cs[i][row + r * tileStride] * difference;
          partial[r][c] += weighted;
          partial_squares[r][c] += weighted * difference;
        }
      }
    }
    for (int r = 0; r < tileShare; ++r) {
      for (int c = 0; c < tileShare; ++c) {
        sums[r][c] += partial[r][c];
        squares[r][c] += partial_squares[r][c];
      }
    }
  }
};

/// A block for every tile of 64 classes by 64 coordinates. The means of a thread's share stay in
/// registers while the samples pass by.
///
///   means[k,d]         = -1 / Lambda_kd sum_i c_ik (x_id - mu_kd)
///   log_variances[k,d] = 1/2 (sum_i h_ik - 1 / Lambda_kd sum_i c_ik (x_id - mu_kd)^2)
template <typename T>
__global__ void __launch_bounds__(tileThreads, blocks_beside<T>())
    class_gradients_kernel(Batch<T> batch, Chunk<T> chunk, const T* grad_loss,
                           Table<const T> residuals, T* means, T* log_variances) {
  __shared__ SampleTile<T> samples;
  __shared__ double h_sums[tileSide];
  const int64_t dimension = batch.dimension;
  const int64_t coordinate_tiles = blocks_for(dimension, tileSide);
  const int64_t first_class = blockIdx.x / coordinate_tiles * tileSide;
  const int64_t first_coordinate = blockIdx.x % coordinate_tiles * tileSide;
  const int row = tileRow(threadIdx.x), column = tileColumn(threadIdx.x);

  ClassSums<T> share = {};
  double h_sum = 0;  // of class threadIdx.x; one thread adds up a whole batch
  for (int r = 0; r < tileShare; ++r) {
    for (int c = 0; c < tileShare; ++c) {
      const int64_t k = first_class + row + r * tileStride;
      const int64_t d = first_coordinate + column + c * tileStride;
      if (k < chunk.classes && d < dimension) share.mean[r][c] = chunk.means[k * dimension + d];
    }
  }
  for (int64_t first = 0; first < batch.samples; first += tileDepth) {
    samples.load(batch, chunk, grad_loss, residuals, first, first_class, first_coordinate);
    __syncthreads();
    if (threadIdx.x < tileSide) {
      for (int i = 0; i < tileDepth; ++i) h_sum += samples.hs[i][threadIdx.x];
    }
    share.add(samples, row, column);
    __syncthreads();
  }
  if (threadIdx.x < tileSide) h_sums[threadIdx.x] = h_sum;
  __syncthreads();
  for (int r = 0; r < tileShare; ++r) {
    for (int c = 0; c < tileShare; ++c) {
      const int64_t k = first_class + row + r * tileStride;
      const int64_t d = first_coordinate + column + c * tileStride;
      if (k >= chunk.classes || d >= dimension) continue;
      const T inverse = inverse_variance(chunk, k, d);
      means[k * dimension + d] = -inverse * share.sums[r][c];
      log_variances[k * dimension + d] =
          (static_cast<T>(h_sums[row + r * tileStride]) - inverse * share.squares[r][c]) / 2;
    }
  }
}

/// @tparam Launch called as launch(kernel, blocks, threads, arguments...)
template <typename T, typename Launch>
class LaunchedKernels final : public Kernels<T> {
 public:
  explicit LaunchedKernels(Launch launch) : launch_(launch) {}

  void distances(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> out) const override {
    const int64_t blocks =
        blocks_for(batch.samples, tileSide) * blocks_for(chunk.classes, tileSide);
    launch(chunk.diagonal ? distances_kernel<true, T> : distances_kernel<false, T>, blocks, batch,
           chunk, out);
  }

  void merge(const Batch<T>& batch, const Chunk<T>& chunk, Table<const T> distances,
             OwnClass<T>* own, LogSum<T>* others) const override {
    launch(merge_kernel<T>, batch.samples, batch, chunk, distances, own, others);
  }

  void finish(const Batch<T>& batch, const OwnClass<T>* own, const LogSum<T>* others, T* loss,
              int64_t* predicted, OtherClasses<T>* other_classes) const override {
    launch(finish_kernel<T>, blocks_for(batch.samples, tileThreads), batch, own, others, loss,
           predicted, other_classes);
  }

  void residuals(const Batch<T>& batch, const Chunk<T>& chunk, const OtherClasses<T>* other_classes,
                 Table<T> table) const override {
    launch(residuals_kernel<T>, blocks_for(batch.samples * chunk.classes, tileThreads), batch,
           chunk, other_classes, table);
  }

  void add_features_gradient(const Batch<T>& batch, const Chunk<T>& chunk, const T* grad_loss,
                             Table<const T> residuals, Partials<T> partials,
                             T* gradient) const override {
    const int64_t count = batch.samples * batch.dimension;
    const int64_t blocks = blocks_for(batch.samples, tileSide) *
                           blocks_for(batch.dimension, tileSide) * partials.parts;
    launch(chunk.diagonal ? features_gradient_kernel<true, T> : features_gradient_kernel<false, T>,
           blocks, batch, chunk, grad_loss, residuals, partials);
    launch(add_parts_kernel<T>, blocks_for(count, tileThreads), partials, count, gradient);
  }

  void class_gradients(const Batch<T>& batch, const Chunk<T>& chunk, const T* grad_loss,
                       Table<const T> residuals, T* means, T* log_variances) const override {
    const int64_t blocks =
        blocks_for(chunk.classes, tileSide) * blocks_for(batch.dimension, tileSide);
    launch(class_gradients_kernel<T>, blocks, batch, chunk, grad_loss, residuals, means,
           log_variances);
  }

 private:
  template <typename... Parameters, typename... Arguments>
  void launch(void (*kernel)(Parameters...), int64_t blocks, Arguments... arguments) const {
    if (blocks > 0) {
      launch_(kernel, blocks, unsigned{tileThreads}, arguments...);
    }
  }

  Launch launch_;
};

}  // namespace gmtrain::lgm
