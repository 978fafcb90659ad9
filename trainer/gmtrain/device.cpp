#include "gmtrain/device.hpp"

#include <dlfcn.h>
#include <torch/cuda.h>

#include <stdexcept>

namespace gmtrain {
namespace {

torch::Device& chosen() {
  static torch::Device device = torch::kCPU;
  return device;
}

/// The loss's CUDA kernels, and with them LibTorch's CUDA half, are loaded only where they are
/// wanted: that takes seconds and gigabytes.
void load_cuda() {
#ifdef GM_CUDA
  if (!dlopen("liblgm_cuda.so", RTLD_NOW | RTLD_GLOBAL)) {
    throw std::runtime_error(std::string("--device cuda: ") + dlerror());
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
  if (name == "cuda") load_cuda();
  chosen() = torch::Device(name);
}

}  // namespace gmtrain
