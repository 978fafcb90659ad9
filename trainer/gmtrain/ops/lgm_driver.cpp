// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_driver.hpp"

#include <ATen/Context.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>

#include "gmtrain/ops/lgm_gradients.hpp"

namespace gmtrain::lgm {

namespace {

/// ATen's operators without autograd, and without autocast and TF32, which would round the products
/// to fewer digits than least_that_matters() counts on.
struct PlainOperators {
  at::AutoDispatchBelowADInplaceOrView below_autograd;
  c10::impl::ExcludeDispatchKeyGuard no_autocast{
      c10::DispatchKeySet({c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA})};
  at::NoTF32Guard no_tf32;
};

/// [N] elements of a struct of a backend's.
template <typename Struct>
Tensor structs(const Tensor& like, int64_t count) {
  return torch::empty({count * static_cast<int64_t>(sizeof(Struct))},
                      like.options().dtype(torch::kByte));
}

template <typename T>
Weights<T> weights_of(const Arguments& given) {
  return {T(given.alpha), T(given.lambda)};
}

Mixture mixture_of(const Arguments& given) {
  return {given.means.contiguous(), given.log_variances.contiguous(),
          given.log_priors.defined() ? given.log_priors.contiguous() : Tensor()};
}

/// The arguments of an operator as kernels read them.
template <typename T>
struct Given {
  Given(const Backend& backend, const Arguments& given)
      : kernels(backend.of(T())),
        all(mixture_of(given)),
        features(given.features.to(all.means.scalar_type()).contiguous()),
        labels(given.labels.defined() ? given.labels.contiguous() : Tensor()),
        samples(features.size(0)),
        classes(all.means.size(0)),
        dimension(all.means.size(1)) {}

  Batch<T> batch() const {
    return {data<const T>(features), labels.defined() ? data<const int64_t>(labels) : nullptr,
            samples, dimension};
  }

  Chunk<T> all_classes() const { return lgm::chunk_of<T>(all, 0, classes); }

  const Kernels<T>& kernels;
  Mixture all;
  Tensor features, labels;
  int64_t samples, classes, dimension;
};

/// One call of an operator by products: what its passes share.
template <typename T>
struct Call : Given<T> {
  using Given<T>::kernels, Given<T>::all, Given<T>::samples, Given<T>::classes, Given<T>::dimension,
      Given<T>::batch;

  Call(const Backend& backend_, const Arguments& given)
      : Given<T>(backend_, given),
        backend(backend_),
        products(kernels, this->features, all),
        plan(samples, classes, dimension, all.log_variances.size(1) > 1, sizeof(T), backend.tile,
             given.max_bytes),
        operands(size_t(plan.parts)),
        bases(torch::empty({classes}, all.means.options())),
        mean_squares(torch::empty({classes}, all.means.options())) {}

  /// Calls task(part, first, classes) for every tile of a chunk, the parts beside one another.
  template <typename Task>
  void for_each_tile(int64_t first, int64_t count, const Task& task) const {
    const int64_t tiles = (count + plan.tile - 1) / plan.tile;
    const auto run_parts = [&](int64_t begin, int64_t end) {
      const PlainOperators plain;  // each thread's own
      for (int64_t part = begin; part < end; ++part) {
        for (int64_t t = part * tiles / plan.parts; t < (part + 1) * tiles / plan.parts; ++t) {
          task(part, first + t * plan.tile, std::min(plan.tile, count - t * plan.tile));
        }
      }
    };
    if (backend.tile == 0) return run_parts(0, plan.parts);
    // Products divide themselves among threads, and sum in an order that depends on how many, but
    // not in a thread of several: hence at least two tasks, unless all is too small to be divided.
    constexpr int64_t kSmall = int64_t{1} << 20;
    if (plan.parts == 1 && samples * count * dimension <= kSmall) return run_parts(0, 1);
    at::parallel_for(0, std::max<int64_t>(plan.parts, 2), 1, [&](int64_t begin, int64_t end) {
      run_parts(begin, std::min(end, plan.parts));
    });
  }

  /// Calls pass(first, classes) for all classes, a chunk at a time.
  template <typename Pass>
  void for_each_chunk(const Pass& pass) const {
    for (int64_t first = 0; first < classes; first += plan.chunk) {
      pass(first, std::min(plan.chunk, classes - first));
    }
  }

  /// A chunk's logits by products, and what its kernels need of it.
  Chunk<T> write_logits(int64_t first, int64_t count, const Tensor& table) {
    for_each_tile(first, count, [&](int64_t part, int64_t of_tile, int64_t classes_of_tile) {
      ClassOperand& operand = operands[size_t(part)];
      products.set(operand, all.narrow(of_tile, classes_of_tile));
      bases.narrow(0, of_tile, classes_of_tile).copy_(operand.bases);
      mean_squares.narrow(0, of_tile, classes_of_tile).copy_(operand.mean_squares);
      Tensor logits = table.narrow(1, of_tile - first, classes_of_tile);
      write_product(logits, products.features(), operand.values.t());
    });
    largest = torch::stack(
        {bases.narrow(0, first, count).max(), mean_squares.narrow(0, first, count).max()});
    return chunk_of(first, count);
  }

  Chunk<T> chunk_of(int64_t first, int64_t count) const {
    Chunk<T> chunk = lgm::chunk_of<T>(all, first, count);
    chunk.bases = data<const T>(bases) + first;
    if (largest.defined()) chunk.largest = data<const Magnitudes<T>>(largest);
    return chunk;
  }

  /// Memory for the logits of a chunk: its columns of what is kept, or used by each in turn.
  Tensor table_of(const Tensor& kept, int64_t first, int64_t count) {
    if (plan.keep_posteriors) return kept.narrow(1, first, count);
    if (!scratch.defined()) scratch = torch::empty({samples, plan.chunk}, all.means.options());
    return scratch.narrow(1, 0, count);
  }

  static Table<T> memory(const Tensor& table) { return {data<T>(table), table.stride(0)}; }

  const Backend& backend;
  Products<T> products;
  MemoryPlan plan;
  std::vector<ClassOperand> operands;  // of each part
  Tensor bases, mean_squares, largest, scratch;
};

/// Whether all classes are worked out from x - mu, without products; posteriors are kept then.
template <typename T>
bool is_direct(const Backend& backend, const Arguments& given) {
  const int64_t samples = given.features.size(0), classes = given.means.size(0);
  const int64_t taken = 2 * samples * classes + given.log_variances.numel();  // posteriors twice
  return backend.most_direct > 0 &&
         samples * classes * given.means.size(1) <= backend.most_direct &&
         MemoryPlan::keeps(samples, classes, sizeof(T), given.max_bytes) &&
         (given.max_bytes == 0 || taken * int64_t{sizeof(T)} <= given.max_bytes);
}

template <typename T>
Forward forward_of(const Backend& backend, const Arguments& given) {
  const auto make = [&](at::IntArrayRef sizes) {
    return torch::empty(sizes, given.means.options());
  };
  const int64_t samples = given.features.size(0), classes = given.means.size(0);
  const bool keep = MemoryPlan::keeps(samples, classes, sizeof(T), given.max_bytes);
  Forward out{make({samples}),
              torch::empty({samples}, given.labels.options()),
              {make({samples, 2}), keep ? make({samples, classes}) : make({0})}};
  const SampleMemory<T> results{data<T>(out.loss), data<int64_t>(out.predicted),
                                data<OtherClasses<T>>(out.saved.other_classes)};
  if (is_direct<T>(backend, given)) {
    const Given<T> direct(backend, given);
    direct.kernels.loss(direct.batch(), direct.all_classes(), weights_of<T>(given), results,
                        {data<T>(out.saved.posteriors), classes});
    return out;
  }
  Call<T> call(backend, given);
  const Tensor others = structs<LogSum<T>>(out.loss, samples);
  call.for_each_chunk([&](int64_t first, int64_t count) {
    const Tensor table = call.table_of(out.saved.posteriors, first, count);
    const Chunk<T> chunk = call.write_logits(first, count, table);
    call.kernels.merge(call.batch(), chunk, call.memory(table), data<LogSum<T>>(others));
  });
  const OwnClasses own(call.all, call.features, call.labels);
  const Tensor distances = own.distances(), half_log_dets = own.half_log_dets(),
               log_priors = own.of.log_priors.contiguous();
  call.kernels.finish(call.batch(),
                      {data<const T>(distances), data<const T>(half_log_dets),
                       data<const T>(log_priors), weights_of<T>(given)},
                      data<const LogSum<T>>(others), results);
  if (call.plan.keep_posteriors) {
    call.kernels.posteriors(call.batch(), call.chunk_of(0, classes), results.other_classes, true,
                            call.memory(out.saved.posteriors));
  }
  return out;
}

/// What one tile of classes gives to the gradients, p(k|x) being the coefficients of the classes
/// other than the own up to -g_i, g_i the gradient that arrives at sample i's loss.
template <typename T>
struct OtherClassesGradient {
  Call<T>& call;
  const Tensor& weighted;  ///< -g_i X_i
  Tensor& sums;            ///< [parts,N,depth], sum_k p(k|x_i) V_k
  Gradients& gradients;

  void add(int64_t part, int64_t first, int64_t count, const Tensor& posteriors) const {
    if (call.backend.tile > 0) {
      const Nonzero found = call.kernels.nonzero({data<const T>(posteriors), posteriors.stride(0)},
                                                 call.samples, count);
      // So few that it pays to copy them.
      if (2 * found.rows.size() * found.classes.size() < size_t(posteriors.numel())) {
        return add_few(part, first, count, found, posteriors);
      }
    }
    ClassOperand& operand = call.operands[size_t(part)];
    const Mixture classes = call.all.narrow(first, count);
    call.products.set(operand, classes);
    sums[part].addmm_(posteriors, operand.values);
    if (!gradients.of_classes) return;
    call.products.class_gradients(operand, classes, weighted_sums(part, posteriors, weighted),
                                  gradients.means.narrow(0, first, count),
                                  gradients.log_variances.narrow(0, first, count));
  }

  /// sum_i p(k|x_i) weighted_i of each column of the posteriors.
  const Tensor& weighted_sums(int64_t part, const Tensor& posteriors, const Tensor& rows) const {
    Tensor& out = call.operands[size_t(part)].sums;
    if (!out.defined()) out = torch::empty({0}, rows.options());
    write_product(out.resize_({posteriors.size(1), rows.size(1)}), posteriors.t(), rows);
    return out;
  }

  void add_few(int64_t part, int64_t first, int64_t count, const Nonzero& found,
               const Tensor& posteriors) const {
    if (gradients.of_classes) {
      gradients.means.narrow(0, first, count).zero_();
      gradients.log_variances.narrow(0, first, count).zero_();
    }
    if (found.classes.empty()) return;
    const Tensor rows = torch::tensor(found.rows), columns = torch::tensor(found.classes);
    const Tensor few = posteriors.index_select(0, rows).index_select(1, columns);
    const Tensor classes = columns + first;
    const Mixture mixture = call.all.select(classes);
    ClassOperand& operand = call.operands[size_t(part)];
    call.products.set(operand, mixture);
    sums[part].index_add_(0, rows, torch::mm(few, operand.values));
    if (!gradients.of_classes) return;
    const auto of_few = [&](const Tensor& t) {
      return torch::empty({classes.numel(), t.size(1)}, t.options());
    };
    const Tensor means = of_few(gradients.means), log_variances = of_few(gradients.log_variances);
    call.products.class_gradients(operand, mixture,
                                  weighted_sums(part, few, weighted.index_select(0, rows)), means,
                                  log_variances);
    gradients.means.index_copy_(0, classes, means);
    gradients.log_variances.index_copy_(0, classes, log_variances);
  }
};

template <typename T>
std::tuple<Tensor, Tensor, Tensor> direct_backward_of(const Backend& backend, const Tensor& grad,
                                                      const Arguments& given,
                                                      const Tensor& other_classes,
                                                      const Tensor& saved_posteriors,
                                                      bool of_classes) {
  const Given<T> direct(backend, given);
  const Tensor posteriors = saved_posteriors.contiguous();
  Gradients out(direct.all, of_classes);
  out.features = torch::empty_like(direct.features);
  direct.kernels.gradients(direct.batch(), direct.all_classes(), weights_of<T>(given),
                           data<const T>(grad), data<const OtherClasses<T>>(other_classes),
                           {data<const T>(posteriors), posteriors.size(1)},
                           {data<T>(out.features), of_classes ? data<T>(out.means) : nullptr,
                            of_classes ? data<T>(out.log_variances) : nullptr});
  return out.as_asked(given);
}

template <typename T>
std::tuple<Tensor, Tensor, Tensor> backward_of(const Backend& backend, const Tensor& grad_loss,
                                               const Arguments& given, const Saved& saved,
                                               bool of_classes) {
  const Tensor grad = grad_loss.to(given.means.scalar_type()).contiguous();
  const Tensor other_classes = saved.other_classes.contiguous();
  if (is_direct<T>(backend, given)) {
    return direct_backward_of<T>(backend, grad, given, other_classes, saved.posteriors, of_classes);
  }
  Call<T> call(backend, given);
  Tensor weighted = of_classes ? call.products.features() * grad.neg().unsqueeze(1) : Tensor();
  Tensor sums = torch::zeros({call.plan.parts, call.samples, call.products.features().size(1)},
                             call.all.means.options());
  Gradients gradients(call.all, of_classes);
  call.for_each_chunk([&](int64_t first, int64_t count) {
    const Tensor table = call.table_of(saved.posteriors, first, count);
    if (!call.plan.keep_posteriors) {
      const Chunk<T> chunk = call.write_logits(first, count, table);
      call.kernels.posteriors(call.batch(), chunk, data<const OtherClasses<T>>(other_classes),
                              false, call.memory(table));
    }
    const OtherClassesGradient<T> others{call, weighted, sums, gradients};
    call.for_each_tile(first, count, [&](int64_t part, int64_t of_tile, int64_t classes_of_tile) {
      others.add(part, of_tile, classes_of_tile, table.narrow(1, of_tile - first, classes_of_tile));
    });
  });
  gradients.features = call.products.features_gradient(sums.sum(0)).mul_(grad.neg().unsqueeze(1));
  // Not there at the same time as the own classes' differences.
  sums = weighted = Tensor();
  call.operands.clear();
  const Tensor share = other_classes.select(1, 1);
  gradients.add<T>(OwnClasses(call.all, call.features, call.labels), call.labels,
                   own_distance_gradient(share, given.alpha, given.lambda) * grad,
                   own_half_log_det_gradient(share, given.lambda) * grad);
  return gradients.as_asked(given);
}

}  // namespace

Forward forward(const Backend& backend, const Arguments& given) {
  const c10::OptionalDeviceGuard guard(given.features.device());
  const PlainOperators plain;
  check_loss(given);
  check_label_values(given.labels, given.means.size(0));
  return AT_DISPATCH_FLOATING_TYPES(given.means.scalar_type(), "lgm_loss_forward",
                                    [&] { return forward_of<scalar_t>(backend, given); });
}

std::tuple<Tensor, Tensor, Tensor> backward(const Backend& backend, const Tensor& grad_loss,
                                            const Arguments& given, const Saved& saved,
                                            bool of_classes) {
  const c10::OptionalDeviceGuard guard(given.features.device());
  const PlainOperators plain;
  check_loss(given);
  check_saved(grad_loss, given, saved);
  // On another device the forward pass has asked.
  if (given.labels.is_cpu()) check_label_values(given.labels, given.means.size(0));
  return AT_DISPATCH_FLOATING_TYPES(given.means.scalar_type(), "lgm_loss_backward", [&] {
    return backward_of<scalar_t>(backend, grad_loss, given, saved, of_classes);
  });
}

Tensor distances(const Backend& backend, const Arguments& given) {
  const c10::OptionalDeviceGuard guard(given.features.device());
  const PlainOperators plain;
  check_mixture(given);
  return AT_DISPATCH_FLOATING_TYPES(given.means.scalar_type(), "lgm_distances", [&] {
    const Given<scalar_t> call(backend, given);
    Tensor result = torch::empty({call.samples, call.classes}, call.all.means.options());
    call.kernels.distances(call.batch(), call.all_classes(),
                           {data<scalar_t>(result), result.size(1)});
    return result;
  });
}

}  // namespace gmtrain::lgm
