// SPDX-License-Identifier: Apache-2.0
// What the driver makes of tensors: each sample's own class, and the gradients that the backward
// pass returns.
#pragma once

#include "gmtrain/ops/lgm_products.hpp"

namespace gmtrain::lgm {

template <typename T>
T* data(const Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

/// Sums over the first dimension in one order whatever the number of threads: a single sum is
/// shared out by ATen only beyond some ten thousand elements.
inline Tensor summed(Tensor sums) {
  while (sums.size(0) > 1) {
    std::vector<Tensor> parts;
    for (const Tensor& part : sums.split(4096)) parts.push_back(part.sum(0, /*keepdim=*/true));
    sums = torch::cat(parts);
  }
  return sums;
}

/// into[labels[i]] += rows[i], in the order of the rows.
template <typename T>
void add_rows(Tensor into, const Tensor& labels, const Tensor& rows) {
  if (!into.is_cpu()) {
    into.index_put_(torch::List<std::optional<Tensor>>({labels}), rows, /*accumulate=*/true);
    return;
  }
  const int64_t columns = rows.size(1);
  for (int64_t i = 0; i < rows.size(0); ++i) {
    T* sum = data<T>(into) + labels.const_data_ptr<int64_t>()[i] * columns;
    const T* row = data<const T>(rows) + i * columns;
    for (int64_t d = 0; d < columns; ++d) sum[d] += row[d];
  }
}

/// Each sample's own class, from the differences themselves: they are what a product loses.
struct OwnClasses {
  OwnClasses(const Mixture& all, const Tensor& features, const Tensor& labels)
      : of(all.select(labels)), diagonal(all.log_variances.size(1) > 1) {
    const Tensor difference = features - of.means;
    scaled = of.log_variances.neg().exp_() * difference;
    squares = scaled * difference;
  }

  Tensor distances() const { return squares.sum(1).mul_(0.5); }
  Tensor half_log_dets() const {
    const double columns = diagonal ? 1 : double(scaled.size(1));
    return of.log_variances.sum(1).mul_(0.5 * columns).expand({scaled.size(0)}).contiguous();
  }

  Mixture of;
  Tensor scaled;   ///< (x - mu_z) / Lambda_z, [N,D]
  Tensor squares;  ///< (x - mu_z)^2 / Lambda_z, [N,D]
  bool diagonal;
};

/// What the backward pass returns.
struct Gradients {
  Gradients(const Mixture& all, bool of_classes_)
      : of_classes(of_classes_), shared(all.log_variances.size(0) != all.means.size(0)) {
    means = log_variances = torch::empty({0}, all.means.options());
    if (!of_classes) return;
    means = torch::empty_like(all.means);
    log_variances =
        torch::empty({all.means.size(0), all.log_variances.size(1)}, all.means.options());
  }

  /// Adds the own classes' terms, c_z and h_z being dL/dd_z and dL/dh_z of each sample, [N].
  template <typename T>
  void add(const OwnClasses& own, const Tensor& labels, const Tensor& c, const Tensor& h) {
    const Tensor column = c.unsqueeze(1);
    features.addcmul_(own.scaled, column);
    if (!of_classes) return;
    add_rows<T>(means, labels, (own.scaled * column).neg_());
    const Tensor squares = own.diagonal ? own.squares : own.squares.sum(1, /*keepdim=*/true);
    const double columns = own.diagonal ? 1 : double(own.squares.size(1));
    add_rows<T>(log_variances, labels, (h.unsqueeze(1) * columns - squares * column).mul_(0.5));
  }

  /// Of the arguments' shapes and types.
  std::tuple<Tensor, Tensor, Tensor> as_asked(const Arguments& given) const {
    return {features.to(given.features.scalar_type()), means,
            of_classes && shared ? summed(log_variances) : log_variances};
  }

  bool of_classes, shared;
  Tensor features, means, log_variances;
};

}  // namespace gmtrain::lgm
