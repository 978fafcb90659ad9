#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds an OpenCV with this module in its tree (modules/opencv.sh) and tests the module in it: its own tests and
# those of cv2 as OpenCV's build has made them, then the tests of its internals and of the samples, linked with it.
# On the CPU, on OpenCL where there is a device, and on the CUDA targets where there is a GPU.
#
#   tests/in_tree.sh 4|5|cuda BUILD_FOLDER    (make test-in-tree, make test-opencv5)
set -euo pipefail
cd "$(dirname "$0")/.."
variant=$1 build=$2

# The module's library is in a cache that another checkout may use as well: one at a time.
tree=$(modules/opencv.sh "$variant" --where)
mkdir -p "$tree"
exec 8> "$tree/../tests.lock"
flock 8
modules/opencv.sh "$variant"

# cv::dnn takes a CPU as OpenCL device only when told to.
export OPENCV_OPENCL_DEVICE=:CPU: OPENCV_DNN_OPENCL_ALLOW_ALL_DEVICES=1
"$tree/bin/opencv_test_dnn_gm"
PYTHONPATH=$tree/lib/python3 /usr/bin/python3 -B modules/dnn_gm/misc/python/test/test_dnn_gm.py --verbose
cmake -G Ninja -S . -B "$build" "-DOpenCV_DIR=$tree" -DGM_BUILD_TRAINER=OFF -DGM_BUILD_ATTACH=OFF \
  -DGM_WARNINGS_AS_ERRORS=ON -DCMAKE_BUILD_TYPE=Release
cmake --build "$build" --target test_module test_samples
ctest --test-dir "$build" --output-on-failure --tests-regex '^(test_module|test_samples)$'
