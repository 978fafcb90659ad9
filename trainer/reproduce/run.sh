#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains and measures the recipes that a list names, with each of the seeds beside them:
#   run.sh LIST BUILD RESULTS
# RESULTS/<recipe>/seed-<n>.json (and verification-seed-<n>.json, where the recipe verifies pairs) is
# kept when a run is finished, and what is there is not run again.
# Runs and their logs are in BUILD/reproduce. JOBS=n runs at once, each with its share of the cores.
# A run that fails does not stop the others. At the end all results that are there, of this list or
# another, are set beside the paper's: BUILD/reproduce/comparison.html, the marked tables of RESULTS.md and of
# the documents in RESULTS, if there are such, and their pictures.
set -euo pipefail
list=$1 build=$2 results=${3%/}
cores=$(nproc)
jobs=${JOBS:-$cores}
export OMP_NUM_THREADS=$(((cores + jobs - 1) / jobs)) build results
export one=$(dirname "$0")/one.sh

log_of_one() { # RECIPE SEED
  local name=$1-seed-$2
  local log=$build/reproduce/$name.log
  if [ -e "$results/$1/seed-$2.json" ]; then # kept last, after that of the pairs
    echo "$name: done before"
  elif "$one" "$1" "$2" "$build" "$results" > "$log" 2>&1; then
    echo "$name: done"
  else
    echo "$name: failed, see $log: $(tail -n 1 "$log")"
    return 1
  fi
}
export -f log_of_one

mkdir -p "$build/reproduce"
failed=0
sed 's/#.*//' "$list" | while read -r recipe seeds || [ -n "$recipe" ]; do
  for seed in $seeds; do echo "$recipe $seed"; done
done | xargs --no-run-if-empty --max-args=2 --max-procs="$jobs" bash -c 'log_of_one "$@"' log_of_one || failed=1

documents=() pictures=$(dirname "$results")/images/results
for document in "$results.md" "$results"/*.md; do
  if [ -e "$document" ] && grep -q '<!-- tables: ' "$document"; then
    documents+=(--markdown "$document")
  fi
done
if [ ${#documents[@]} != 0 ]; then
  documents+=(--figures "$pictures")
  # Fig. 1 needs the features of all images: the page of a run draws it, the comparison shows it.
  for run in "$build"/reproduce/*-2d-*/seed-1; do
    for picture in embedding-clean likelihood-map; do
      drawn=$run/figures/$picture.svg
      if [ -e "$drawn" ]; then
        mkdir -p "$pictures"
        cp "$drawn" "$pictures/fig1-$(basename "$(dirname "$run")")-$picture.svg"
      fi
    done
  done
fi
"$build/python/bin/python" -B "$(dirname "$0")/compare/compare.py" --results "$results" \
  --out "$build/reproduce/comparison.html" "${documents[@]}" || failed=1
exit $failed
