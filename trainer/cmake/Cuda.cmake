# SPDX-License-Identifier: Apache-2.0
# Turns CUDA on as a language if GM_CUDA asks for it and there is a toolkit; else GM_CUDA becomes OFF.
# For the top level: what uses a language must be below where it is enabled.
if(NOT GM_CUDA)
  return()
endif()

if(DEFINED ENV{CUDACXX})
  set(GM_NVCC $ENV{CUDACXX} CACHE FILEPATH "CUDA compiler")
endif()
find_program(GM_NVCC nvcc PATHS /usr/local/cuda/bin DOC "CUDA compiler")
if(NOT GM_NVCC)
  message(STATUS "No CUDA toolkit (nvcc): the loss's CUDA kernels are left out, all else works")
  set(GM_CUDA OFF)
  return()
endif()

# Those of CUDA_ARCH; or the first architecture of each generation from Turing on that the toolkit
# knows and, for GPUs to come, the newest as PTX too.
set(GM_CUDA_ARCH "$ENV{CUDA_ARCH}" CACHE STRING "CUDA architectures, as 8.6 9.0; empty: see above")
if(NOT CMAKE_CUDA_ARCHITECTURES)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "CUDA_ARCH=${GM_CUDA_ARCH}" CUDACXX=${GM_NVCC}
                          ${PROJECT_SOURCE_DIR}/modules/opencv.sh cuda --architectures
                  OUTPUT_VARIABLE architectures OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "." "" architectures "${architectures}")
  string(REPLACE " " ";" architectures "${architectures}")
  list(TRANSFORM architectures APPEND "-real" OUTPUT_VARIABLE CMAKE_CUDA_ARCHITECTURES)
  if(NOT GM_CUDA_ARCH)
    list(GET architectures -1 newest)
    list(APPEND CMAKE_CUDA_ARCHITECTURES ${newest}-virtual)
  endif()
endif()
set(CMAKE_CUDA_COMPILER ${GM_NVCC})
if(CCACHE_PROGRAM)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
message(STATUS "CUDA ${CUDAToolkit_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
