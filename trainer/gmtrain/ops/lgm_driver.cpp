#include "gmtrain/ops/lgm_driver.hpp"

#include <ATen/Dispatch.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>

#include "gmtrain/ops/lgm_checks.hpp"

namespace gmtrain::lgm {

using torch::Tensor;

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

/// [N] elements of a struct of a backend's.
template <typename Struct>
Tensor structs(const Tensor& like, int64_t count) {
  return torch::empty({count * static_cast<int64_t>(sizeof(Struct))},
                      like.options().dtype(torch::kByte));
}

/// The parameters of some classes, made for one chunk and freed after it.
template <typename T>
struct ChunkTensors {
  ChunkTensors(const Tensor& all_means, const Tensor& all_log_variances, const Tensor& all_priors,
               int64_t first, int64_t classes) {
    const int64_t dimension = all_means.size(1);
    const bool diagonal = all_log_variances.size(1) > 1;
    const bool shared = all_log_variances.size(0) == 1;
    log_variances = shared ? all_log_variances : all_log_variances.narrow(0, first, classes);
    means = all_means.narrow(0, first, classes).contiguous();
    scales = log_variances.mul(-0.5).exp_().contiguous();
    half_log_dets = (log_variances.sum(1) * (diagonal ? 0.5 : 0.5 * double(dimension)))
                        .expand({classes})
                        .contiguous();
    if (all_priors.defined()) log_priors = all_priors.narrow(0, first, classes).contiguous();
    chunk = {data<const T>(means),
             data<const T>(scales),
             data<const T>(half_log_dets),
             all_priors.defined() ? data<const T>(log_priors) : nullptr,
             first,
             classes,
             diagonal,
             shared ? 0 : scales.size(1)};
  }

  Tensor log_variances, means, scales, half_log_dets, log_priors;
  Chunk<T> chunk;
};

/// Calls `pass(ChunkTensors)` for all classes, a chunk at a time.
template <typename T, typename Pass>
void for_each_chunk(const MemoryPlan& plan, const Tensor& means, const Tensor& log_variances,
                    const Tensor& log_priors, const Pass& pass) {
  for (int64_t first = 0; first < means.size(0); first += plan.chunk) {
    const int64_t classes = std::min(plan.chunk, means.size(0) - first);
    pass(ChunkTensors<T>(means, log_variances, log_priors, first, classes));
  }
}

template <typename T>
struct BatchTensors {
  BatchTensors(const Tensor& all_features, const Tensor& all_labels, const Tensor& means,
               double alpha, double lambda)
      : features(all_features.to(means.scalar_type()).contiguous()),
        labels(all_labels.defined() ? all_labels.contiguous() : Tensor()),
        batch{data<const T>(features), labels.defined() ? data<const int64_t>(labels) : nullptr,
              features.size(0),        features.size(1),
              static_cast<T>(alpha),   static_cast<T>(lambda)} {}

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
Forward forward_of(const Kernels<T>& kernels, const Tensor& features, const Tensor& means,
                   const Tensor& log_variances, const Tensor& log_priors, const Tensor& labels,
                   double alpha, double lambda, int64_t budget) {
  const BatchTensors<T> in(features, labels, means, alpha, lambda);
  const int64_t samples = in.batch.samples, classes = means.size(0);
  const MemoryPlan plan(samples, classes, in.batch.dimension, sizeof(T), budget);
  const auto options = means.options();
  Forward out{
      torch::empty({samples}, options), torch::empty({samples}, labels.options()),
      torch::empty({samples, 2}, options),
      plan.keep_residuals ? torch::empty({samples, classes}, options) : torch::empty({0}, options)};
  const Tensor own = structs<OwnClass<T>>(means, samples);
  const Tensor others = structs<LogSum<T>>(means, samples);
  // "No class yet" is at = -1: all bits set.
  others.fill_(255);
  auto* doubts = static_cast<Doubt<T>*>(out.doubts.data_ptr());
  const Columns<T> columns(plan, out.residuals, means, samples);
  for_each_chunk<T>(plan, means, log_variances, log_priors, [&](const ChunkTensors<T>& part) {
    kernels.distances(in.batch, part.chunk, columns.of(part.chunk));
    kernels.merge(in.batch, part.chunk, reading(columns.of(part.chunk)), data<OwnClass<T>>(own),
                  data<LogSum<T>>(others));
  });
  kernels.finish(in.batch, data<OwnClass<T>>(own), data<LogSum<T>>(others), data<T>(out.loss),
                 data<int64_t>(out.predicted), doubts);
  if (plan.keep_residuals) {
    for_each_chunk<T>(plan, means, log_variances, log_priors, [&](const ChunkTensors<T>& part) {
      kernels.residuals(in.batch, part.chunk, doubts, columns.of(part.chunk));
    });
  }
  return out;
}

template <typename T>
std::tuple<Tensor, Tensor, Tensor> backward_of(const Kernels<T>& kernels, const Tensor& grad_loss,
                                               const Tensor& features, const Tensor& means,
                                               const Tensor& log_variances,
                                               const Tensor& log_priors, const Tensor& labels,
                                               const Tensor& doubts, const Tensor& residuals,
                                               double alpha, double lambda, int64_t budget,
                                               bool of_classes) {
  const BatchTensors<T> in(features, labels, means, alpha, lambda);
  const int64_t samples = in.batch.samples, dimension = in.batch.dimension;
  const MemoryPlan plan(samples, means.size(0), dimension, sizeof(T), budget);
  const Tensor grad = grad_loss.to(means.scalar_type()).contiguous();
  const Tensor doubt = doubts.contiguous(), kept = residuals.contiguous();
  const Tensor partials = torch::empty({plan.parts, samples, dimension}, means.options());
  Tensor grad_features = torch::zeros({samples, dimension}, means.options());
  const auto empty = [&](torch::IntArrayRef sizes) {
    return of_classes ? torch::empty(sizes, means.options()) : torch::empty({0}, means.options());
  };
  const bool each = log_variances.sizes() == means.sizes();
  Tensor grad_means = empty(means.sizes()), grad_log_variances = empty(log_variances.sizes());
  if (!each) grad_log_variances.zero_();

  const Columns<T> columns(plan, kept, means, samples);
  for_each_chunk<T>(plan, means, log_variances, log_priors, [&](const ChunkTensors<T>& part) {
    const Chunk<T>& chunk = part.chunk;
    const Table<T> table = columns.of(chunk);
    if (!plan.keep_residuals) {
      kernels.distances(in.batch, chunk, table);
      kernels.residuals(in.batch, chunk, static_cast<const Doubt<T>*>(doubt.data_ptr()), table);
    }
    kernels.add_features_gradient(in.batch, chunk, data<const T>(grad), reading(table),
                                  {data<T>(partials), plan.parts}, data<T>(grad_features));
    if (!of_classes) return;
    const Tensor of_means = grad_means.narrow(0, chunk.first, chunk.classes);
    // Of each coordinate; summed up where coordinates or classes share a variance.
    const Tensor of_log_variances = each
                                        ? grad_log_variances.narrow(0, chunk.first, chunk.classes)
                                        : torch::empty({chunk.classes, dimension}, means.options());
    kernels.class_gradients(in.batch, chunk, data<const T>(grad), reading(table), data<T>(of_means),
                            data<T>(of_log_variances));
    if (!each) {
      const bool shared = log_variances.size(0) == 1;
      const Tensor sums = summed(of_log_variances, shared);
      if (shared) {
        grad_log_variances += sums;
      } else {
        grad_log_variances.narrow(0, chunk.first, chunk.classes).copy_(sums);
      }
    }
  });
  return {grad_features.to(features.scalar_type()), grad_means, grad_log_variances};
}

}  // namespace

Forward forward(const Backend& backend, const Tensor& features, const Tensor& means,
                const Tensor& log_variances, const Tensor& log_priors, const Tensor& labels,
                double alpha, double lambda, int64_t budget) {
  const c10::OptionalDeviceGuard guard(features.device());
  check_loss(features, means, log_variances, log_priors, labels, alpha, lambda, budget);
  check_label_values(labels, means.size(0));
  return AT_DISPATCH_FLOATING_TYPES(means.scalar_type(), "lgm_loss_forward", [&] {
    return forward_of<scalar_t>(backend.of(scalar_t()), features, means, log_variances, log_priors,
                                labels, alpha, lambda, budget);
  });
}

std::tuple<Tensor, Tensor, Tensor> backward(const Backend& backend, const Tensor& grad_loss,
                                            const Tensor& features, const Tensor& means,
                                            const Tensor& log_variances, const Tensor& log_priors,
                                            const Tensor& labels, const Tensor& doubts,
                                            const Tensor& residuals, double alpha, double lambda,
                                            int64_t budget, bool of_classes) {
  const c10::OptionalDeviceGuard guard(features.device());
  check_loss(features, means, log_variances, log_priors, labels, alpha, lambda, budget);
  check_saved(grad_loss, doubts, residuals, features.size(0), means.size(0));
  return AT_DISPATCH_FLOATING_TYPES(means.scalar_type(), "lgm_loss_backward", [&] {
    return backward_of<scalar_t>(backend.of(scalar_t()), grad_loss, features, means, log_variances,
                                 log_priors, labels, doubts, residuals, alpha, lambda, budget,
                                 of_classes);
  });
}

Tensor distances(const Backend& backend, const Tensor& features, const Tensor& means,
                 const Tensor& log_variances) {
  const c10::OptionalDeviceGuard guard(features.device());
  check_mixture(features, means, log_variances);
  Tensor result = torch::empty({features.size(0), means.size(0)}, means.options());
  AT_DISPATCH_FLOATING_TYPES(means.scalar_type(), "lgm_distances", [&] {
    const BatchTensors<scalar_t> in(features, Tensor(), means, 0, 0);
    const ChunkTensors<scalar_t> all(means, log_variances, Tensor(), 0, means.size(0));
    backend.of(scalar_t()).distances(in.batch, all.chunk, {data<scalar_t>(result), result.size(1)});
  });
  return result;
}

}  // namespace gmtrain::lgm
