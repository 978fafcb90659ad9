// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_driver.hpp"

#include <ATen/Dispatch.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>

#include "dnn_gm/src/covariance.hpp"

namespace gmtrain::lgm {

MemoryPlan::MemoryPlan(int64_t samples, int64_t classes, int64_t dimension, int64_t element_size,
                       int64_t budget) {
  constexpr int64_t kSmall = int64_t{64} << 20, kMostParts = 8;
  const int64_t residuals = samples * classes * element_size;
  keep_residuals = budget == 0 || residuals <= budget / 2;
  const int64_t scratch = budget == 0      ? std::max(residuals, kSmall)
                          : keep_residuals ? budget - residuals
                                           : budget;
  // A class of a chunk: its column of the table, its scales, and one gradient that is summed up.
  const int64_t column = keep_residuals ? 0 : samples;
  const int64_t of_class = (column + 2 * dimension + 4) * element_size;
  chunk = std::clamp<int64_t>(scratch / 2 / of_class, 1, std::max<int64_t>(classes, 1));
  if (chunk > 64 && chunk < classes) chunk -= chunk % 64;  // what a block of threads does at once
  const int64_t of_part = std::max<int64_t>(samples * dimension * element_size, 1);
  parts = std::clamp<int64_t>(scratch / 2 / of_part, 1, kMostParts);
}

namespace {

template <typename T>
T* data(const Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

using cv::dnn_gm::Covariance;

Covariance covariance_of(const Arguments& given) {
  return cv::dnn_gm::covarianceOf(given.log_variances.size(0), given.log_variances.size(1));
}

/// [N] elements of a struct of a backend's.
template <typename Struct>
Tensor structs(const Tensor& like, int64_t count) {
  return torch::empty({count * static_cast<int64_t>(sizeof(Struct))},
                      like.options().dtype(torch::kByte));
}

/// The parameters of some classes, made for one chunk and freed after it.
template <typename T>
struct ChunkTensors {
  ChunkTensors(const Arguments& all, int64_t first, int64_t classes) {
    const int64_t dimension = all.means.size(1);
    const Covariance form = covariance_of(all);
    const bool diagonal = cv::dnn_gm::isDiagonal(form), shared = form == Covariance::shared;
    log_variances = shared ? all.log_variances : all.log_variances.narrow(0, first, classes);
    means = all.means.narrow(0, first, classes).contiguous();
    scales = log_variances.mul(-0.5).exp_().contiguous();
    half_log_dets = (log_variances.sum(1) * (diagonal ? 0.5 : 0.5 * double(dimension)))
                        .expand({classes})
                        .contiguous();
    if (all.log_priors.defined()) {
      log_priors = all.log_priors.narrow(0, first, classes).contiguous();
    }
    chunk = {data<const T>(means),
             data<const T>(scales),
             data<const T>(half_log_dets),
             log_priors.defined() ? data<const T>(log_priors) : nullptr,
             first,
             classes,
             diagonal,
             cv::dnn_gm::scaleStride(form, dimension)};
  }

  Tensor log_variances, means, scales, half_log_dets, log_priors;
  Chunk<T> chunk;
};

/// Calls `pass(ChunkTensors)` for all classes, a chunk at a time.
template <typename T, typename Pass>
void for_each_chunk(const MemoryPlan& plan, const Arguments& given, const Pass& pass) {
  for (int64_t first = 0; first < given.means.size(0); first += plan.chunk) {
    pass(ChunkTensors<T>(given, first, std::min(plan.chunk, given.means.size(0) - first)));
  }
}

template <typename T>
struct BatchTensors {
  explicit BatchTensors(const Arguments& given)
      : features(given.features.to(given.means.scalar_type()).contiguous()),
        labels(given.labels.defined() ? given.labels.contiguous() : Tensor()),
        batch{data<const T>(features),
              labels.defined() ? data<const int64_t>(labels) : nullptr,
              features.size(0),
              features.size(1),
              static_cast<T>(given.alpha),
              static_cast<T>(given.lambda)} {}

  Tensor features, labels;
  Batch<T> batch;
};

/// Where a chunk's columns are: in [N,K], or alone in memory that every chunk uses in turn.
template <typename T>
struct Columns {
  Columns(const MemoryPlan& plan, const Tensor& kept, const Tensor& like, int64_t samples)
      : whole(plan.keep_residuals),
        table(whole ? kept : torch::empty({samples, plan.chunk}, like.options())) {}

  Table<T> of(const Chunk<T>& chunk) const {
    return {data<T>(table) + (whole ? chunk.first : 0), table.size(1)};
  }

  bool whole;
  Tensor table;
};

template <typename T>
Table<const T> reading(Table<T> table) {
  return {table.values, table.stride};
}

/// [classes,D] summed to [classes,1] or [1,1], in one order whatever the number of threads: a
/// single sum is shared out by ATen only beyond some ten thousand elements.
Tensor summed(const Tensor& of_coordinates, bool shared) {
  Tensor sums = of_coordinates.sum(1, /*keepdim=*/true);
  if (!shared) return sums;
  while (sums.size(0) > 1) {
    std::vector<Tensor> parts;
    for (const Tensor& part : sums.split(4096)) parts.push_back(part.sum(0, /*keepdim=*/true));
    sums = torch::cat(parts);
  }
  return sums;
}

template <typename T>
Forward forward_of(const Kernels<T>& kernels, const Arguments& given) {
  const BatchTensors<T> in(given);
  const Tensor& means = given.means;
  const int64_t samples = in.batch.samples, classes = means.size(0);
  const MemoryPlan plan(samples, classes, in.batch.dimension, sizeof(T), given.max_bytes);
  const auto options = means.options();
  Forward out{torch::empty({samples}, options),
              torch::empty({samples}, given.labels.options()),
              {torch::empty({samples, 2}, options), plan.keep_residuals
                                                        ? torch::empty({samples, classes}, options)
                                                        : torch::empty({0}, options)}};
  const Tensor own = structs<OwnClass<T>>(means, samples);
  const Tensor others = structs<LogSum<T>>(means, samples);
  auto* other_classes = data<OtherClasses<T>>(out.saved.other_classes);
  const Columns<T> columns(plan, out.saved.residuals, means, samples);
  for_each_chunk<T>(plan, given, [&](const ChunkTensors<T>& part) {
    kernels.distances(in.batch, part.chunk, columns.of(part.chunk));
    kernels.merge(in.batch, part.chunk, reading(columns.of(part.chunk)), data<OwnClass<T>>(own),
                  data<LogSum<T>>(others));
  });
  kernels.finish(in.batch, data<OwnClass<T>>(own), data<LogSum<T>>(others), data<T>(out.loss),
                 data<int64_t>(out.predicted), other_classes);
  if (plan.keep_residuals) {
    for_each_chunk<T>(plan, given, [&](const ChunkTensors<T>& part) {
      kernels.residuals(in.batch, part.chunk, other_classes, columns.of(part.chunk));
    });
  }
  return out;
}

/// What the backward pass returns, filled chunk by chunk.
struct Gradients {
  /// @param of_classes whether means and log-variances have gradients; else empty
  Gradients(const Arguments& given, int64_t samples, bool of_classes_)
      : of_classes(of_classes_),
        // One number for each number: else sums over what shares a variance.
        each(given.log_variances.sizes() == given.means.sizes()),
        features(torch::zeros({samples, given.means.size(1)}, given.means.options())) {
    const auto empty = [&](torch::IntArrayRef sizes) {
      return torch::empty(of_classes ? sizes : torch::IntArrayRef{0}, given.means.options());
    };
    means = empty(given.means.sizes());
    log_variances = empty(given.log_variances.sizes());
    if (!each) log_variances.zero_();
  }

  /// Where a chunk's gradient by the log-variance of each coordinate goes, [classes,D].
  Tensor coordinates_of(int64_t first, int64_t classes) const {
    return each ? log_variances.narrow(0, first, classes)
                : torch::empty({classes, features.size(1)}, features.options());
  }

  void add(const Tensor& of_coordinates, int64_t first, int64_t classes) {
    if (each) return;
    const bool shared = log_variances.size(0) == 1;
    const Tensor sums = summed(of_coordinates, shared);
    if (shared) {
      log_variances += sums;
    } else {
      log_variances.narrow(0, first, classes).copy_(sums);
    }
  }

  bool of_classes, each;
  Tensor features, means, log_variances;
};

template <typename T>
std::tuple<Tensor, Tensor, Tensor> backward_of(const Kernels<T>& kernels, const Tensor& grad_loss,
                                               const Arguments& given, const Saved& saved,
                                               bool of_classes) {
  const BatchTensors<T> in(given);
  const Tensor& means = given.means;
  const int64_t samples = in.batch.samples, dimension = in.batch.dimension;
  const MemoryPlan plan(samples, means.size(0), dimension, sizeof(T), given.max_bytes);
  const Tensor grad = grad_loss.to(means.scalar_type()).contiguous();
  const Tensor other_classes = saved.other_classes.contiguous(),
               kept = saved.residuals.contiguous();
  const Tensor partials = torch::empty({plan.parts, samples, dimension}, means.options());
  Gradients gradients(given, samples, of_classes);

  const Columns<T> columns(plan, kept, means, samples);
  for_each_chunk<T>(plan, given, [&](const ChunkTensors<T>& part) {
    const Chunk<T>& chunk = part.chunk;
    const Table<T> table = columns.of(chunk);
    if (!plan.keep_residuals) {
      kernels.distances(in.batch, chunk, table);
      kernels.residuals(in.batch, chunk, data<const OtherClasses<T>>(other_classes), table);
    }
    kernels.add_features_gradient(in.batch, chunk, data<const T>(grad), reading(table),
                                  {data<T>(partials), plan.parts}, data<T>(gradients.features));
    if (!of_classes) return;
    const Tensor of_means = gradients.means.narrow(0, chunk.first, chunk.classes);
    const Tensor of_coordinates = gradients.coordinates_of(chunk.first, chunk.classes);
    kernels.class_gradients(in.batch, chunk, data<const T>(grad), reading(table), data<T>(of_means),
                            data<T>(of_coordinates));
    gradients.add(of_coordinates, chunk.first, chunk.classes);
  });
  return {gradients.features.to(given.features.scalar_type()), gradients.means,
          gradients.log_variances};
}

}  // namespace

Forward forward(const Backend& backend, const Arguments& given) {
  const c10::OptionalDeviceGuard guard(given.features.device());
  check_loss(given);
  check_label_values(given.labels, given.means.size(0));
  return AT_DISPATCH_FLOATING_TYPES(given.means.scalar_type(), "lgm_loss_forward", [&] {
    return forward_of<scalar_t>(backend.of(scalar_t()), given);
  });
}

std::tuple<Tensor, Tensor, Tensor> backward(const Backend& backend, const Tensor& grad_loss,
                                            const Arguments& given, const Saved& saved,
                                            bool of_classes) {
  const c10::OptionalDeviceGuard guard(given.features.device());
  check_loss(given);
  check_saved(grad_loss, given, saved);
  return AT_DISPATCH_FLOATING_TYPES(given.means.scalar_type(), "lgm_loss_backward", [&] {
    return backward_of<scalar_t>(backend.of(scalar_t()), grad_loss, given, saved, of_classes);
  });
}

Tensor distances(const Backend& backend, const Arguments& given) {
  const c10::OptionalDeviceGuard guard(given.features.device());
  check_mixture(given);
  const Tensor& means = given.means;
  Tensor result = torch::empty({given.features.size(0), means.size(0)}, means.options());
  AT_DISPATCH_FLOATING_TYPES(means.scalar_type(), "lgm_distances", [&] {
    const BatchTensors<scalar_t> in(given);
    const ChunkTensors<scalar_t> all(given, 0, means.size(0));
    backend.of(scalar_t()).distances(in.batch, all.chunk, {data<scalar_t>(result), result.size(1)});
  });
  return result;
}

}  // namespace gmtrain::lgm
