#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures the GM head and the same head made of stock ONNX operators in one run, and prints their
# times side by side, with factors, by OpenCV's summary.py.
#
#   perf/compare.sh PERF_BINARY SUMMARY_PY FOLDER [options of the perf binary]
set -euo pipefail

binary=$1 summary=$2 folder=$3
shift 3
mkdir -p "$folder"
# What is compared must compute the same.
"$binary" --gtest_filter='StockOperators_.*'
for fixture in StockOperators GMHead; do
  "$binary" --gtest_filter="*/$fixture.*" --gtest_output="xml:$folder/$fixture.xml" "$@"
done
# summary.py pairs results by their names.
sed --in-place 's/StockOperators/GMHead/g' "$folder/StockOperators.xml"
mv "$folder/StockOperators.xml" "$folder/stock.xml"
mv "$folder/GMHead.xml" "$folder/gm_head.xml"
python3 "$summary" "$folder/stock.xml" "$folder/gm_head.xml" --output markdown |
  tee "$folder/summary.md"
