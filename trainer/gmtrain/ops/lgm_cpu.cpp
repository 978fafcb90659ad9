// SPDX-License-Identifier: Apache-2.0
// CPU backend of the lgm operators: loops over the dimensions of classes, ATen's vectorised
// functions on blocks of logits that stay in a core's cache.
#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "gmtrain/ops/lgm_cpu_direct.hpp"
#include "gmtrain/ops/lgm_cpu_loops.hpp"
#include "gmtrain/ops/lgm_driver.hpp"

namespace gmtrain::lgm {
namespace {

template <typename T>
Tensor view(const T* memory, at::IntArrayRef sizes, at::IntArrayRef strides) {
  return at::from_blob(const_cast<T*>(memory), sizes, strides,
                       torch::TensorOptions(c10::CppTypeToScalarType<T>::value));
}

/// Some rows of a table of logits.
template <typename T>
class Rows {
 public:
  Rows(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> table, int64_t first, int64_t count)
      : batch_(batch),
        chunk_(chunk),
        first_(first),
        stride_(table.stride),
        values_(table.values + first * table.stride) {
    logits = view(values_, {count, chunk.classes}, {table.stride, 1});
  }

  T& at(int64_t row, int64_t k) const { return values_[row * stride_ + k]; }

  /// The own class's place in the row, or -1.
  int64_t own(int64_t row) const {
    const int64_t k = batch_.labels[first_ + row] - chunk_.first;
    return k < chunk_.classes ? k : -1;
  }

  void leave_out_own() const {
    for (int64_t row = 0; row < logits.size(0); ++row) {
      if (own(row) >= 0) at(row, own(row)) = -std::numeric_limits<T>::infinity();
    }
  }

  /// Places in the rows for which matters(value, row) holds, row by row.
  struct Places {
    std::vector<int64_t> rows, classes;
  };

  template <typename Matters>
  Places find(const Matters& matters) const {
    constexpr int64_t kBlock = 64;  // compared without a branch
    Places found;
    for (int64_t row = 0; row < logits.size(0); ++row) {
      for (int64_t begin = 0; begin < chunk_.classes; begin += kBlock) {
        const int64_t end = std::min(begin + kBlock, chunk_.classes);
        int any = 0;
        for (int64_t k = begin; k < end; ++k) any |= int(matters(at(row, k), row));
        if (any == 0) continue;
        for (int64_t k = begin; k < end; ++k) {
          if (!matters(at(row, k), row)) continue;
          found.rows.push_back(row);
          found.classes.push_back(k);
        }
      }
    }
    return found;
  }

  /// Works out the logits at these places anew, from x - mu.
  void renew(const Places& places) const {
    const size_t at_once = size_t(std::max<int64_t>(1, (int64_t{1} << 19) / batch_.dimension));
    for (size_t begin = 0; begin < places.rows.size(); begin += at_once) {
      const size_t count = std::min(at_once, places.rows.size() - begin);
      const auto slice = [&](const std::vector<int64_t>& indices) {
        return view(indices.data() + begin, {int64_t(count)}, {1});
      };
      const Tensor distances = squared_distances(slice(places.rows), slice(places.classes));
      for (size_t p = 0; p < count; ++p) {
        const int64_t k = places.classes[begin + p];
        at(places.rows[begin + p], k) = chunk_.bases[k] - distances.const_data_ptr<T>()[p] / 2;
      }
    }
  }

  Tensor logits;  ///< [rows,classes]

 private:
  Tensor squared_distances(const Tensor& rows, const Tensor& classes) const {
    const int64_t D = batch_.dimension, columns = chunk_.diagonal ? D : 1;
    const Tensor features = view(batch_.features + first_ * D, {logits.size(0), D}, {D, 1});
    const Tensor means = view(chunk_.means, {chunk_.classes, D}, {D, 1});
    const Tensor log_variances =
        view(chunk_.log_variances, {chunk_.classes, columns}, {chunk_.variance_stride, 1})
            .index_select(0, classes);
    const Tensor squares =
        (features.index_select(0, rows) - means.index_select(0, classes)).square_();
    if (chunk_.diagonal) return squares.mul_(log_variances.neg().exp_()).sum(1);
    return squares.sum(1).mul_(log_variances.squeeze(1).neg().exp_());
  }

  const Batch<T>& batch_;
  const Chunk<T>& chunk_;
  int64_t first_, stride_;
  T* values_;
};

/// Calls pass(first, count, scratch) for blocks of rows, beside one another; scratch is a tensor to
/// be used again and again, since new pages of memory take as long as to fill them.
template <typename T, typename Pass>
void for_each_block(int64_t rows, int64_t classes, const Pass& pass) {
  constexpr int64_t kNumbers = int64_t{1} << 17;
  const int64_t block =
      std::clamp<int64_t>(kNumbers / std::max<int64_t>(classes, 1), 1, std::max<int64_t>(rows, 1));
  at::parallel_for(0, (rows + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;  // each thread's own
    Tensor scratch = torch::empty({0}, c10::CppTypeToScalarType<T>::value);
    for (int64_t b = begin; b < end; ++b) {
      pass(b * block, std::min(block, rows - b * block), scratch);
    }
  });
}

template <typename T>
class CpuKernels final : public Kernels<T> {
 public:
  void loss(const Batch<T>& batch, const Chunk<T>& chunk, const Weights<T>& weights,
            const SampleMemory<T>& out, Table<T> posteriors) const override {
    direct_loss(batch, chunk, weights, out, posteriors);
  }

  void gradients(const Batch<T>& batch, const Chunk<T>& chunk, const Weights<T>& weights,
                 const T* grad, const OtherClasses<T>* other_classes, Table<const T> posteriors,
                 const GradientMemory<T>& out) const override {
    direct_gradients(batch, chunk, weights, grad, other_classes, posteriors, out);
  }

  void distances(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> out) const override {
    direct_distances(batch, chunk, out);
  }

  void operand(const Chunk<T>& chunk, int64_t D, const T* centre,
               const OperandMemory<T>& out) const override {
    const int64_t columns = chunk.diagonal ? D : 1;
    Tensor inverses = view(out.inverses, {chunk.classes, columns}, {columns, 1});
    at::neg_out(inverses,
                view(chunk.log_variances, {chunk.classes, columns}, {chunk.variance_stride, 1}));
    inverses.exp_();
    const auto write =
        chunk.diagonal ? loops::write_operand<true, T> : loops::write_operand<false, T>;
    for (int64_t k = 0; k < chunk.classes; ++k) {
      T* row = out.values + k * out.depth;
      const auto sums =
          write(chunk.means + k * D, centre, chunk.log_variances + k * chunk.variance_stride,
                out.inverses + k * columns, D, row, row + D);
      out.bases[k] = chunk.log_priors[k] - sums.log_det / 2;
      out.mean_squares[k] = sums.mean_square;
      row[D + columns] = out.bases[k] - sums.mean_square / 2;
      std::fill(row + D + columns + 1, row + out.depth, T(0));
    }
  }

  void class_gradients(const Chunk<T>& chunk, int64_t D, const T* centre,
                       const OperandMemory<T>& of, const T* sums, T* means,
                       T* log_variances) const override {
    const int64_t columns = chunk.diagonal ? D : 1;
    const auto write = chunk.diagonal ? loops::write_class_gradients<true, T>
                                      : loops::write_class_gradients<false, T>;
    for (int64_t k = 0; k < chunk.classes; ++k) {
      const T* row = sums + k * of.depth;
      write(chunk.means + k * D, centre, of.inverses + k * columns, of.values + k * of.depth,
            of.mean_squares[k], row, row + D, row[D + columns], D, means + k * D,
            log_variances + k * columns);
    }
  }

  Nonzero nonzero(Table<const T> table, int64_t rows, int64_t classes) const override {
    std::vector<T> of_rows(static_cast<size_t>(rows)), of_classes(static_cast<size_t>(classes));
    loops::add_up(table.values, rows, classes, table.stride, of_rows.data(), of_classes.data());
    const auto places = [](const std::vector<T>& sums) {
      std::vector<int64_t> found;
      for (size_t i = 0; i < sums.size(); ++i) {
        if (sums[i] != 0) found.push_back(int64_t(i));  // a NaN as well
      }
      return found;
    };
    return {places(of_rows), places(of_classes)};
  }

  void merge(const Batch<T>& batch, const Chunk<T>& chunk, Table<T> table,
             LogSum<T>* others) const override {
    for_each_block<T>(
        batch.samples, chunk.classes, [&](int64_t first, int64_t count, Tensor& scratch) {
          if (chunk.first == 0) std::fill_n(others + first, count, LogSum<T>::none());
          merge_rows(Rows<T>(batch, chunk, table, first, count), chunk, others + first, scratch);
        });
  }

  void finish(const Batch<T>& batch, const OwnTerms<T>& own, const LogSum<T>* others,
              const SampleMemory<T>& out) const override {
    for (int64_t i = 0; i < batch.samples; ++i) {
      out.write(i, batch.labels[i], own.of(i), others[i], own.weights.lambda);
    }
  }

  void posteriors(const Batch<T>& batch, const Chunk<T>& chunk,
                  const OtherClasses<T>* other_classes, bool merged,
                  Table<T> table) const override {
    for_each_block<T>(batch.samples, chunk.classes, [&](int64_t first, int64_t count, Tensor&) {
      Rows<T> rows(batch, chunk, table, first, count);
      const OtherClasses<T>* of_row = other_classes + first;
      if (!merged) {
        std::vector<T> least(static_cast<size_t>(count));
        for (int64_t i = 0; i < count; ++i) {
          least[size_t(i)] = least_that_matters(of_row[i].log_sum, *chunk.largest);
        }
        rows.renew(rows.find([&](T logit, int64_t i) { return !(logit < least[size_t(i)]); }));
        rows.leave_out_own();
      }
      const Tensor sums = view(&of_row->log_sum, {count, 1}, {2, 1});
      const Tensor shares = view(&of_row->share, {count, 1}, {2, 1});
      // A sample without other classes has the log-sum -inf, and nothing but -inf in its row.
      rows.logits.sub_(sums.clamp_min(std::numeric_limits<T>::lowest()));
      exp_above(rows.logits, rounding<T>());
      rows.logits.mul_(shares);
    });
  }

 private:
  /// exp() in place, 0 where it is not above `least`: numbers too small to be normal take long.
  static void exp_above(Tensor& values, double least) {
    at::threshold_(values.clamp_min_(std::log(least) - 1e-3).exp_(), least, 0);
  }

  static void merge_rows(const Rows<T>& rows, const Chunk<T>& chunk, LogSum<T>* others,
                         Tensor& exponentials) {
    rows.leave_out_own();
    const Tensor largest = rows.logits.amax(1, /*keepdim=*/true);
    exponentials.resize_(rows.logits.sizes());
    at::sub_out(exponentials, rows.logits, largest);
    exp_above(exponentials, 1e-37);
    const Tensor sums = exponentials.sum(1);
    const auto places = places_that_matter(rows, chunk, largest.const_data_ptr<T>(),
                                           sums.const_data_ptr<T>(), others);
    rows.renew(places);
    rows.leave_out_own();
    for (size_t p = 0; p < places.rows.size(); ++p) {
      exponentials.data_ptr<T>()[places.rows[p] * chunk.classes + places.classes[p]] = 0;
    }
    const Tensor rests = exponentials.sum(1);
    std::vector<LogSum<T>> exact(size_t(rows.logits.size(0)), LogSum<T>::none());
    for (size_t p = 0; p < places.rows.size(); ++p) {
      const T logit = rows.at(places.rows[p], places.classes[p]);
      if (logit == -std::numeric_limits<T>::infinity()) continue;
      LogSum<T>& sum = exact[size_t(places.rows[p])];
      sum = sum.mergedWith(LogSum<T>::of(logit, static_cast<int>(chunk.first + places.classes[p])));
    }
    for (size_t i = 0; i < exact.size(); ++i) {
      if (exact[i].at < 0) continue;
      const T top = largest.const_data_ptr<T>()[i], rest = rests.const_data_ptr<T>()[i];
      if (rest > 0) exact[i].sum += rest * std::exp(top - exact[i].largest);
      others[i] = others[i].mergedWith(exact[i]);
    }
  }

  /// The largest logit of each row, the first of equals, and what else least_that_matters() finds.
  static typename Rows<T>::Places places_that_matter(const Rows<T>& rows, const Chunk<T>& chunk,
                                                     const T* largest, const T* sums,
                                                     const LogSum<T>* others) {
    std::vector<T> least(size_t(rows.logits.size(0)));
    for (size_t i = 0; i < least.size(); ++i) {
      const LogSum<T> all = others[i].mergedWith({largest[i], 0, sums[i]});
      least[i] = least_that_matters(all.largest + std::log(all.sum), *chunk.largest);
    }
    auto places = rows.find([&](T logit, int64_t i) { return !(logit < least[size_t(i)]); });
    for (size_t i = 0; i < least.size(); ++i) {
      if (!(least[i] > largest[i])) continue;
      const T* row = &rows.at(int64_t(i), 0);
      places.rows.push_back(int64_t(i));
      places.classes.push_back(std::find(row, row + chunk.classes, largest[i]) - row);
    }
    return places;
  }
};

}  // namespace

const Backend& cpu_backend() {
  static const CpuKernels<float> single;
  static const CpuKernels<double> twice;
  static const Backend backend{single, twice, 128, int64_t{1} << 24};
  return backend;
}

TORCH_LIBRARY_IMPL(lgm, CPU, library) {
  implement<cpu_backend>(library);
}

}  // namespace gmtrain::lgm
