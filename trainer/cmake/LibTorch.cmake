# SPDX-License-Identifier: Apache-2.0
# Defines the targets gm::torch, LibTorch for the CPU, and gm::torch_cuda, its CUDA half.
#
# The PyPI package `torch` is LibTorch (headers and libraries). Its own TorchConfig.cmake demands a
# CUDA toolkit and links everything, so the target is made here: libtorch_cpu and libc10 need only
# CUDA's runtime and CUPTI libraries to load, which are small packages of their own.
# A LibTorch that the user names with -DTorch_DIR=... is used as it is.
if(Torch_DIR)
  find_package(Torch REQUIRED)
  set(torch_version ${Torch_VERSION})
  add_library(gm::torch ALIAS torch)
  add_library(gm::torch_cuda ALIAS torch)
  return()
endif()

gm_python_require(${PROJECT_SOURCE_DIR}/trainer/requirements.txt)
file(GLOB torch_root ${GM_PYTHON_ENV}/lib/python3*/site-packages/torch)
if(NOT torch_root)
  message(FATAL_ERROR "No torch package in ${GM_PYTHON_ENV}")
endif()

file(STRINGS ${torch_root}/version.py torch_version REGEX "^__version__ = ")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" torch_version "${torch_version}")

add_library(gm_torch INTERFACE)
add_library(gm::torch ALIAS gm_torch)
target_include_directories(gm_torch SYSTEM INTERFACE
  ${torch_root}/include ${torch_root}/include/torch/csrc/api/include)
# libtorch_cpu finds the CUDA runtime through its own RPATH; the linker need not.
target_link_libraries(gm_torch INTERFACE ${torch_root}/lib/libtorch_cpu.so ${torch_root}/lib/libc10.so)
target_link_options(gm_torch INTERFACE -Wl,--allow-shlib-undefined -Wl,--unresolved-symbols=ignore-in-shared-libs)

add_library(gm_torch_cuda INTERFACE)
add_library(gm::torch_cuda ALIAS gm_torch_cuda)
target_link_libraries(gm_torch_cuda INTERFACE gm::torch ${torch_root}/lib/libc10_cuda.so
                                              ${torch_root}/lib/libtorch_cuda.so)

# cuBLAS, cuDNN and the like, 2 GB of packages: libtorch_cuda needs them to load, not to link.
function(gm_torch_cuda_packages)
  gm_python_target(torch_cuda_packages ${PROJECT_SOURCE_DIR}/trainer/requirements-cuda.txt)
endfunction()
