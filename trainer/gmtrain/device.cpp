// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/device.hpp"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include <cstdlib>
#include <stdexcept>

namespace gmtrain {
namespace {

torch::Device& chosen() {
  static torch::Device device = torch::kCPU;
  return device;
}

void allow_tf32(bool allowed) {
  at::globalContext().setAllowTF32CuDNN(allowed);
  at::globalContext().setAllowTF32CuBLAS(allowed);
}

void compute_repeatably() {
  auto& context = at::globalContext();
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  context.setDeterministicFillUninitializedMemory(false);
  // cuBLAS reads it when it is loaded.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

/// The loss's CUDA kernels, and with them LibTorch's CUDA half, are loaded only where they are
/// wanted: that takes seconds and gigabytes.
void load_cuda() {
#ifdef GM_CUDA
  if (!dlopen("liblgm_cuda.so", RTLD_NOW | RTLD_GLOBAL)) {
    throw std::runtime_error(
        std::string("--device cuda: expected liblgm_cuda and the CUDA libraries of LibTorch, which "
                    "trainer/requirements-cuda.txt lists: ") +
        dlerror());
  }
  if (!torch::cuda::is_available()) {
    throw std::runtime_error("--device cuda: no NVIDIA GPU with a driver for it here");
  }
#else
  throw std::runtime_error("--device cuda: this gmtrain was built without a CUDA toolkit");
#endif
}

}  // namespace

torch::Device compute_device() {
  return chosen();
}

void use_device(const std::string& name) {
  if (name == "cuda") {
    compute_repeatably();
    load_cuda();
    allow_tf32(false);
  }
  chosen() = torch::Device(name);
}

Tf32::Tf32(bool allowed) {
  if (allowed && compute_device().is_cuda()) allow_tf32(true);
}

Tf32::~Tf32() {
  if (compute_device().is_cuda()) allow_tf32(false);
}

}  // namespace gmtrain
