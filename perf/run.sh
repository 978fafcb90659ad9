#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs all performance tests that this machine can and leaves their tables in BUILD_FOLDER/perf.
#
#   perf/run.sh BUILD_FOLDER [--quick]    (make perf; --quick: once each, to see that they run)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
head_options=() loss_options=(--benchmark_repetitions=5 --benchmark_report_aggregates_only)
if [ "${2:-}" = --quick ]; then
  head_options=(--perf_min_samples=1 --perf_force_samples=1) loss_options=(--benchmark_min_time=0)
fi
# Found by OpenCV where PoCL is installed.
export OPENCV_DNN_OPENCL_ALLOW_ALL_DEVICES=1

summary=$(data/opencv/sources.sh 4.14.0)/opencv/modules/ts/misc/summary.py
if [ -x "$build/bin/perf_gm_head" ]; then
  perf/compare.sh "$build/bin/perf_gm_head" "$summary" "$build/perf/installed" "${head_options[@]}"
fi
if in_tree=$(modules/opencv.sh cuda --where) && [ -x "$in_tree/bin/opencv_perf_dnn_gm" ]; then
  perf/compare.sh "$in_tree/bin/opencv_perf_dnn_gm" "$summary" "$build/perf/in-tree" \
    "${head_options[@]}"
fi
"$build/bin/perf_lgm_loss" "${loss_options[@]}" --benchmark_out="$build/perf/lgm_loss.json" |
  tee "$build/perf/lgm_loss.txt"
