#!/usr/bin/env bash
# Everything that needs an NVIDIA GPU: the head on OpenCV's CUDA targets against the CPU, the loss on
# CUDA against float64, both under compute-sanitizer, and the benchmarks.
#
#   tests/gpu.sh BUILD_FOLDER    (make test-gpu)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1

step() {
  printf '\n=== %s\n' "$1"
}

if ! nvidia-smi > /dev/null 2>&1; then
  echo "tests/gpu.sh: no NVIDIA GPU here (nvidia-smi does not answer): nothing was run." >&2
  exit 3
fi
mkdir -p "$build/gpu"
{
  nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader
  date --utc '+%Y-%m-%d'
} | tee "$build/gpu/machine.txt"
CUDA_ARCH=${CUDA_ARCH:-$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1)}
export CUDA_ARCH GM_EXPECT_CUDA=1

step "OpenCV with CUDA, and the tests on it"
tests/in_tree.sh "$build/in-tree"
step "the loss on CUDA"
cmake -S . -B "$build" -DGM_CUDA=ON "-DGM_CUDA_ARCH=$CUDA_ARCH" -DGM_BUILD_PERF=ON
cmake --build "$build" --target test_gpu torch_cuda_packages perf_lgm_loss
"$build/bin/test_gpu" --log_level=test_suite

sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
for tool in memcheck racecheck; do
  if [ ! -x "$sanitizer" ]; then
    echo "tests/gpu.sh: no compute-sanitizer here: $tool was not run." >&2
    continue
  fi
  step "compute-sanitizer $tool"
  "$sanitizer" --tool "$tool" --error-exitcode 1 \
    "$build/in-tree/bin/test_module" --run_test=cuda_backend
  "$sanitizer" --tool "$tool" --error-exitcode 1 \
    "$build/bin/test_gpu" --run_test='!lgm_cuda/a_million_classes_fit_beside_their_parameters'
done

step "benchmarks"
perf/run.sh "$build"
