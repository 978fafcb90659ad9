#!/usr/bin/env bash
# Builds OpenCV with CUDA and this module in its tree (modules/opencv_cuda.sh) and runs the tests of
# the module and the samples on it: on its CPU, and on its CUDA targets where there is a GPU.
#
#   tests/in_tree.sh BUILD_FOLDER    (make test-in-tree)
set -euo pipefail
cd "$(dirname "$0")/.."

# The module's library is in a cache that another checkout may use as well: one at a time.
tree=$(modules/opencv_cuda.sh --where)
mkdir -p "$tree"
exec 8> "$tree/../tests.lock"
flock 8
modules/opencv_cuda.sh
cmake -G Ninja -S . -B "$1" "-DOpenCV_DIR=$tree" \
  -DGM_BUILD_TRAINER=OFF -DCMAKE_BUILD_TYPE=Release
cmake --build "$1" --target test_module test_samples
ctest --test-dir "$1" --output-on-failure --tests-regex '^(test_module|test_samples)$'
