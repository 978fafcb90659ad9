// SPDX-License-Identifier: Apache-2.0
// The L-GM loss, forward and backward, beside the same loss composed of ATen operators: time and
// the most memory taken. Each size is measured with both, in one run.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <cstdio>
#include <string>

#include "gmtrain/ops/lgm_loss.hpp"
#include "peak_memory.hpp"

namespace {

using torch::Tensor;

struct Inputs {
  Tensor features, means, log_variances, log_priors, labels;
};

Inputs make_inputs(int64_t N, int64_t K, int64_t D, torch::Device device) {
  torch::manual_seed(1);
  const auto options = torch::TensorOptions().device(device);
  return {torch::randn({N, D}, options).requires_grad_(true),
          torch::randn({K, D}, options).requires_grad_(true),
          torch::zeros({K, D}, options).requires_grad_(true),
          torch::full({K}, -std::log(double(K)), options),
          torch::randint(K, {N}, options.dtype(torch::kLong))};
}

Tensor ours(const Inputs& in, int64_t max_bytes) {
  return gmtrain::lgm_loss({in.features, in.means, in.log_variances, in.log_priors, in.labels, 1.0,
                            0.1, max_bytes})
      .loss;
}

/// As one would compose it for speed: |x|^2 - 2 x.mu + |mu|^2 in units of the deviations, by matrix
/// products; nothing of size N x K x D, and the digits that such an expansion costs.
Tensor composed(const Inputs& in, int64_t) {
  const Tensor precisions = in.log_variances.neg().exp();
  const Tensor distances = 0.5 * (torch::mm(in.features.square(), precisions.t()) -
                                  2 * torch::mm(in.features, (in.means * precisions).t()) +
                                  (in.means.square() * precisions).sum(1));
  const Tensor half_log_dets = 0.5 * in.log_variances.sum(1);
  const Tensor own_column = in.labels.unsqueeze(1);
  const Tensor own = distances.gather(1, own_column);
  const Tensor logits =
      (in.log_priors - half_log_dets - distances).scatter_add(1, own_column, -own);
  return torch::cross_entropy_loss(logits, in.labels, {}, at::Reduction::None) +
         0.1 * (own.squeeze(1) + half_log_dets.index({in.labels}));
}

using Loss = Tensor (*)(const Inputs&, int64_t);

void measure(benchmark::State& state, Loss loss, torch::Device device, int64_t max_bytes) {
  const Inputs in = make_inputs(state.range(0), state.range(1), state.range(2), device);
  const auto step = [&] {
    const auto gradients = torch::autograd::grad({loss(in, max_bytes).sum()},
                                                 {in.features, in.means, in.log_variances});
    if (device.is_cuda()) gradients[0].flatten()[0].item();  // waits for the device
  };
  state.counters["peak_MB"] = double(gmtrain::test::peak_memory_of(step)) / (1 << 20);
  for (auto _ : state) step();
}

void add_benchmarks(const std::string& name, torch::Device device) {
  const auto add = [&](const std::string& loss_name, Loss loss, int64_t max_bytes) {
    benchmark::RegisterBenchmark((loss_name + "/" + name).c_str(), measure, loss, device, max_bytes)
        ->ArgNames({"N", "K", "D"})
        ->Args({128, 10, 100})
        ->Args({256, 1000, 512})
        ->Args({256, 10575, 512})
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  add("lgm", ours, 0);
  add("lgm_within_16MB", ours, 16 << 20);
  add("composed", composed, 0);
}

}  // namespace

int main(int argc, char** argv) {
  add_benchmarks("cpu", torch::kCPU);
#ifdef GM_LGM_CUDA
  // The CUDA half of LibTorch comes with it; without a GPU or its libraries the CPU remains.
  if (!dlopen(GM_LGM_CUDA, RTLD_NOW | RTLD_GLOBAL)) std::fprintf(stderr, "%s\n", dlerror());
  if (torch::cuda::is_available()) {
    add_benchmarks("cuda", torch::kCUDA);
  } else {
    std::fprintf(stderr, "No GPU: only the CPU is measured.\n");
  }
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
