// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_products.hpp"

#include <algorithm>

namespace gmtrain::lgm {
namespace {

bool is_shared(const Tensor& log_variances, const Tensor& means) {
  return log_variances.size(0) != means.size(0);
}

/// About the middle of the means, which is all that a product needs to lose few digits: that of a
/// thousand of them, evenly taken.
Tensor centre_of(const Tensor& means) {
  constexpr int64_t kEnough = 1000;
  return means.slice(0, 0, std::nullopt, std::max<int64_t>(means.size(0) / kEnough, 1)).mean(0);
}

}  // namespace

Mixture Mixture::narrow(int64_t first, int64_t classes) const {
  return {means.narrow(0, first, classes),
          is_shared(log_variances, means) ? log_variances : log_variances.narrow(0, first, classes),
          log_priors.defined() ? log_priors.narrow(0, first, classes) : Tensor()};
}

Mixture Mixture::select(const Tensor& classes) const {
  return {means.index_select(0, classes),
          is_shared(log_variances, means) ? log_variances : log_variances.index_select(0, classes),
          log_priors.defined() ? log_priors.index_select(0, classes) : Tensor()};
}

template <typename T>
Chunk<T> chunk_of(const Mixture& all, int64_t first, int64_t classes) {
  const int64_t dimension = all.means.size(1), columns = all.log_variances.size(1);
  Chunk<T> chunk{};
  chunk.variance_stride = is_shared(all.log_variances, all.means) ? 0 : columns;
  chunk.means = all.means.const_data_ptr<T>() + first * dimension;
  chunk.log_variances = all.log_variances.const_data_ptr<T>() + first * chunk.variance_stride;
  if (all.log_priors.defined()) chunk.log_priors = all.log_priors.const_data_ptr<T>() + first;
  chunk.first = first;
  chunk.classes = classes;
  chunk.diagonal = columns > 1;
  return chunk;
}

int64_t operand_depth(int64_t dimension, bool diagonal) {
  constexpr int64_t kMultiple = 16;
  const int64_t needed = dimension + (diagonal ? dimension : 1) + 1;
  return needed < 4 * kMultiple ? needed : (needed + kMultiple - 1) / kMultiple * kMultiple;
}

template <typename T>
Products<T>::Products(const Kernels<T>& kernels, const Tensor& features, const Mixture& all)
    : kernels_(kernels),
      dimension_(all.means.size(1)),
      squares_(all.log_variances.size(1)),
      centre_(centre_of(all.means)),
      features_(torch::zeros({features.size(0), operand_depth(dimension_, squares_ > 1)},
                             features.options())) {
  Tensor linear = features_.narrow(1, 0, dimension_),
         squares = features_.narrow(1, dimension_, squares_);
  torch::sub_out(linear, features, centre_);
  if (squares_ > 1) {
    torch::square_out(squares, linear);
  } else {
    squares.copy_(linear.square().sum(1, /*keepdim=*/true));
  }
  features_.select(1, dimension_ + squares_).fill_(1);
}

template <typename T>
OperandMemory<T> Products<T>::memory(const ClassOperand& operand) const {
  const auto of = [](const Tensor& t) { return static_cast<T*>(t.data_ptr()); };
  return {of(operand.values), operand.values.size(1), of(operand.inverses), of(operand.bases),
          of(operand.mean_squares)};
}

template <typename T>
void Products<T>::set(ClassOperand& operand, const Mixture& classes) const {
  const int64_t count = classes.means.size(0);
  const auto resize = [&](Tensor& t, at::IntArrayRef sizes) {
    if (!t.defined()) t = torch::empty({0}, features_.options());
    t.resize_(sizes);
  };
  resize(operand.values, {count, features_.size(1)});
  resize(operand.inverses, {count, squares_});
  resize(operand.bases, {count});
  resize(operand.mean_squares, {count});
  kernels_.operand(chunk_of<T>(classes, 0, count), dimension_, centre_.const_data_ptr<T>(),
                   memory(operand));
}

// sum_k w_k (x' - mu'_k) / Lambda_k
//   = -(sum_k w_k mu'_k/Lambda_k) - 2 x' sum_k w_k (-1/(2 Lambda_k))
template <typename T>
Tensor Products<T>::features_gradient(const Tensor& sums) const {
  return (features_.narrow(1, 0, dimension_) * sums.narrow(1, dimension_, squares_))
      .mul_(-2)
      .sub_(sums.narrow(1, 0, dimension_));
}

template <typename T>
void Products<T>::class_gradients(const ClassOperand& operand, const Mixture& classes,
                                  const Tensor& sums, const Tensor& means,
                                  const Tensor& log_variances) const {
  kernels_.class_gradients(chunk_of<T>(classes, 0, classes.means.size(0)), dimension_,
                           centre_.const_data_ptr<T>(), memory(operand), sums.const_data_ptr<T>(),
                           static_cast<T*>(means.data_ptr()),
                           static_cast<T*>(log_variances.data_ptr()));
}

template Chunk<float> chunk_of(const Mixture&, int64_t, int64_t);
template Chunk<double> chunk_of(const Mixture&, int64_t, int64_t);
template class Products<float>;
template class Products<double>;

void write_product(Tensor out, const Tensor& a, const Tensor& b) {
  constexpr int64_t kMost = 640;
  const int64_t inner = a.size(1), parts = std::max<int64_t>((inner + kMost - 1) / kMost, 1);
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t first = part * inner / parts, count = (part + 1) * inner / parts - first;
    const Tensor columns = a.narrow(1, first, count), rows = b.narrow(0, first, count);
    if (part == 0) {
      torch::mm_out(out, columns, rows);
    } else {
      out.addmm_(columns, rows);
    }
  }
}

}  // namespace gmtrain::lgm
