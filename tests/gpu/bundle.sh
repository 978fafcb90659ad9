#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds, on a machine with the CUDA toolkit, a folder that runs what needs a GPU on a machine that has
# one and no packages of ours: x86-64, glibc and the C++ library of Ubuntu 24.04, an NVIDIA driver, the
# CUDA 13.0 toolkit, and Python with PyTorch 2.11.0 for it. Packed it is one file:
#
#   tests/gpu/bundle.sh BUILD_FOLDER    (make gpu-bundle; BUILD_FOLDER/gpu-bundle.tar.xz)
#
# CUDA_ARCH=9.0   the architecture of the card; exit code 3 if there is no toolkit
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p "$1"
build=$(cd "$1" && pwd)
export CUDA_ARCH=${CUDA_ARCH:-9.0}
most_bytes=$((50 << 20))

tree=$(modules/opencv.sh cuda --where)
# The module's library is in a cache that another checkout may use as well: one at a time.
mkdir -p "$tree"
exec 8> "$tree/../tests.lock"
flock 8
modules/opencv.sh cuda
# The data sets, and PyTorch, are those of BUILD_FOLDER.
cmake -G Ninja -S . -B "$build/gpu" "-DOpenCV_DIR=$tree" -DCMAKE_BUILD_TYPE=Release \
  -DGM_BUILD_SAMPLES=OFF "-DGM_CUDA_ARCH=$CUDA_ARCH" \
  "-DGM_PYTHON_ENV=$build/python" "-DGM_DATA_ROOT=$build/data"
programs="gmtrain test_gpu test_kernels_on_gpu time_head_kernels planted_fault"
cmake --build "$build/gpu" --target $programs lgm_cuda data-mnist

bundle=$build/gpu-bundle
rm -rf "$bundle" "$bundle.tar.xz"
mkdir -p "$bundle/bin" "$bundle/lib" "$bundle/python" "$bundle/data/mnist" "$bundle/recipes"
for program in $programs; do
  cp "$build/gpu/bin/$program" "$bundle/bin/"
done
cp "$tree/bin/opencv_test_dnn_gm" "$tree/bin/opencv_perf_dnn_gm" "$bundle/bin/"
cp "$build/gpu/lib/liblgm_cuda.so" "$bundle/lib/"
cp tests/gpu/run.sh "$bundle/"
cp tests/gpu/*.py perf/networks.py "$bundle/python/"
cp "$build"/data/mnist/*-ubyte "$bundle/data/mnist/"
cp trainer/recipes/mnist-*.toml "$bundle/recipes/"

# Every library that they load, under the name it is asked for by, but for those of the target:
# glibc, the C++ library, PyTorch and CUDA.
of_target='^(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+|torch.*|c10.*|shm|gomp-.*))\.so'
of_cuda='^lib(cu(da|dart|blas|blasLt|dnn.*|fft|fftw|file.*|rand|solver.*|sparse.*|pti)|nv.*|nccl|caffe2_nvrtc)\.so'
ldd "$bundle"/bin/* "$bundle"/lib/*.so | awk '$2 == "=>" { print $1, $3 }' | sort -u |
  grep --extended-regexp --invert-match "$of_target|$of_cuda" |
  while read -r name file; do
    if [ "$file" = not ]; then
      echo "bundle.sh: $name, which the programs need, was not found" >&2
      exit 1
    fi
    cp --dereference "$file" "$bundle/lib/$name"
  done
python3 -B tests/gpu/run.py "$bundle" --check
strip --strip-unneeded "$bundle"/bin/* "$bundle"/lib/*

tar --create --directory "$build" gpu-bundle | xz -6 --threads=2 > "$bundle.tar.xz"
bytes=$(stat --format=%s "$bundle.tar.xz")
echo "$bundle.tar.xz: $((bytes >> 20)) MiB, for compute capability $CUDA_ARCH"
if [ "$bytes" -gt "$most_bytes" ]; then
  echo "bundle.sh: expected at most $((most_bytes >> 20)) MiB" >&2
  exit 1
fi
