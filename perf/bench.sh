#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What doc/performance.md says, measured anew: bench.sh BUILD PAGE [--quick]   (make bench)
# Each comparison is one run in which the rivals take turns; results are in BUILD/bench. To be run on a machine that does
# nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "$1") page=$2 quick=${3:-}
bench=$build/bench python=$build/python/bin/python
mkdir -p "$bench/heads"
export OPENCV_LOG_LEVEL=ERROR # not a word about the domain of the head

"$build/bin/onnx_heads" "$bench/heads"
"$python" -B perf/heads.py "$bench/heads" "$build/lib/libtimed_head.so" "$bench/heads.json" ${quick:+"$quick"}
rm -r "$bench/heads"
"$python" -B perf/lgm_loss.py "$build/lib/liblgm.so" "$bench/loss.json" ${quick:+--rounds 1 --no-growth --no-compile}
"$python" -B perf/page.py "$bench" "$page"
