// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_products.hpp"

#include <algorithm>

namespace gmtrain::lgm {
namespace {

bool is_shared(const Tensor& log_variances, const Tensor& means) {
  return log_variances.size(0) != means.size(0);
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

int64_t Products::depth(int64_t dimension, bool diagonal) {
  constexpr int64_t kMultiple = 16;
  const int64_t needed = dimension + (diagonal ? dimension : 1) + 1;
  return needed < 4 * kMultiple ? needed : (needed + kMultiple - 1) / kMultiple * kMultiple;
}

Products::Products(const Tensor& features, const Mixture& all)
    : dimension_(all.means.size(1)),
      diagonal_(all.log_variances.size(1) > 1),
      centre_(all.means.mean(0)),
      features_(
          torch::zeros({features.size(0), depth(dimension_, diagonal_)}, features.options())) {
  Columns of = columns(features_);
  torch::sub_out(of.linear, features, centre_);
  if (diagonal_) {
    torch::square_out(of.square, of.linear);
  } else {
    of.square.copy_(of.linear.square().sum(1, /*keepdim=*/true));
  }
  of.constant.fill_(1);
}

Products::Columns Products::columns(const Tensor& matrix) const {
  const int64_t squares = diagonal_ ? dimension_ : 1;
  return {matrix.narrow(1, 0, dimension_), matrix.narrow(1, dimension_, squares),
          matrix.narrow(1, dimension_ + squares, 1)};
}

void Products::set(ClassOperand& operand, const Mixture& classes) const {
  const int64_t count = classes.means.size(0);
  const auto resized = [&](Tensor& t, int64_t columns) -> Tensor& {
    if (!t.defined()) t = torch::empty({0}, features_.options());
    t.resize_({count, columns});
    return t;
  };
  torch::sub_out(resized(operand.means, dimension_), classes.means, centre_);
  operand.inverse_variances = classes.log_variances.neg().exp_();
  Columns of = columns(resized(operand.values, features_.size(1)));
  torch::mul_out(of.linear, operand.means, operand.inverse_variances);
  of.square.copy_(operand.inverse_variances).mul_(-0.5);
  operand.mean_squares =
      torch::mul_out(resized(operand.scratch, dimension_), of.linear, operand.means).sum(1);
  operand.bases = classes.log_priors -
                  classes.log_variances.sum(1) * (diagonal_ ? 0.5 : 0.5 * double(dimension_));
  of.constant.squeeze(1).copy_(operand.bases).sub_(operand.mean_squares, 0.5);
  const int64_t used = of.linear.size(1) + of.square.size(1) + 1;
  operand.values.narrow(1, used, operand.values.size(1) - used).zero_();
}

// sum_k w_k (x' - mu'_k) / Lambda_k = -(sum_k w_k mu'_k/Lambda_k) - 2 x' sum_k w_k (-1/(2
// Lambda_k))
Tensor Products::features_gradient(const Tensor& sums) const {
  const Columns of = columns(sums);
  return (columns(features_).linear * of.square).mul_(-2).sub_(of.linear);
}

// With s = sum_i c_i and first = sum_i c_i x'_i:
//   sum_i c_i (x'_i - mu')   = first - s mu'
//   sum_i c_i (x'_i - mu')^2 = sum_i c_i x'_i^2 - mu' (2 first - s mu')
void Products::class_gradients(const ClassOperand& classes, const Tensor& sums, Tensor means,
                               Tensor log_variances) const {
  const Columns of = columns(sums);
  const Tensor linear = columns(classes.values).linear;  // mu'/Lambda
  torch::mul_out(means, linear, of.constant).addcmul_(of.linear, classes.inverse_variances, -1);
  if (diagonal_) {
    // linear (2 first - s mu') = linear first - mu' means, where means = (s mu' - first)/Lambda
    torch::mul_out(log_variances, of.square, classes.inverse_variances)
        .addcmul_(linear, of.linear, -1)
        .addcmul_(classes.means, means)
        .neg_()
        .add_(of.constant)
        .mul_(0.5);
  } else {
    Tensor scratch = classes.scratch;
    const Tensor crossed =
        torch::mul_out(scratch, linear, of.linear).sum(1, /*keepdim=*/true).mul_(2);
    const Tensor squares = of.square * classes.inverse_variances - crossed +
                           of.constant * classes.mean_squares.unsqueeze(1);
    log_variances.copy_(of.constant * (0.5 * double(dimension_)) - squares * 0.5);
  }
}

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
