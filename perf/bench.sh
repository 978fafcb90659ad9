#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What doc/performance.md says, measured anew: bench.sh BUILD PAGE [--quick]   (make bench)
# Each comparison is one run in which the rivals take turns; results are in BUILD/bench. To be run on a machine that does
# nothing else. ResNet-20 takes part where CIFAR-10 (JPEG) is, and what `make reproduce-outliers` leaves.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "$1") page=$2 quick=${3:-}
bench=$build/bench${quick:+-quick} python=$build/python/bin/python
mkdir -p "$bench/heads"
export OPENCV_LOG_LEVEL=ERROR # not a word about the domain of the head

"$build/bin/onnx_heads" "$bench/heads"
"$python" -B perf/heads.py "$bench/heads" "$build/lib/libtimed_dnn.so" "$bench/heads.json" ${quick:+"$quick"}
rm -r "$bench/heads"
"$python" -B perf/lgm_loss.py "$build/lib/liblgm.so" "$bench/loss.json" ${quick:+--rounds 1 --no-growth --no-compile}
networks=(--network conv6)
models=("conv6=$build/data/mnist/t10k-images-idx3-ubyte,data/models/mnist.onnx")
if [ -d "$build/data/cifar10-jpeg" ]; then networks+=(--network resnet20); fi
attached=$build/reproduce/outliers/cifar10-resnet20
if [ -e "$attached-gm.onnx" ]; then models+=("resnet20=$build/data/cifar10-jpeg/test,$attached-gm.onnx,$attached.onnx"); fi
"$python" -B perf/training.py "$build/bin/gmtrain" "$build/lib/liblgm.so" "$bench/training.json" --data "$build/data" \
  "${networks[@]}" ${quick:+--rounds 1 --steps 100}
"$python" -B perf/end_to_end.py "$build/lib/libtimed_dnn.so" "$build/bin/softmax_model" "$bench/end-to-end.json" \
  "${models[@]}" ${quick:+--rounds 1 --pictures 20}
if [ -n "$quick" ]; then # to see that it runs; not what a page should say
  cp "$page" "$bench/page.md"
  page=$bench/page.md
fi
"$python" -B perf/page.py "$bench" "$page"
