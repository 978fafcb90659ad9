#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that needs an NVIDIA GPU, on this machine: builds the bundle for its card and runs it.
#
#   tests/gpu.sh BUILD_FOLDER    (make test-gpu; results in BUILD_FOLDER/gpu-results)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1

if ! nvidia-smi > /dev/null 2>&1; then
  echo "tests/gpu.sh: no NVIDIA GPU here (nvidia-smi does not answer): nothing was run." >&2
  exit 3
fi
CUDA_ARCH=${CUDA_ARCH:-$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1)}
export CUDA_ARCH
tests/gpu/bundle.sh "$build"
cmake --build "$build/gpu" --target torch_python_packages torch_cuda_packages
GM_PYTHON=$build/python/bin/python "$build/gpu-bundle/run.sh" "$build/gpu-results"
