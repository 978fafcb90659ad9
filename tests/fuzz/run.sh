#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs fuzzers one after the other. What they learn is kept in BUILD/corpus; what they find in BUILD/found/FUZZER, with
# a log beside each find. Faults of OpenCV's own code are counted, faults of ours fail the run.
#
#   tests/fuzz/run.sh BUILD [FUZZER...]   without names all
#
# FUZZ_SECONDS=60    for each of them
# FUZZ_RUNS=1000000  or until it has called so often
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
shift
seconds=${FUZZ_SECONDS:-60}
[ $# -gt 0 ] || set -- $(cd "$build/bin" && ls -d fuzz_* | sed 's/^fuzz_//')

# OpenCV is not instrumented: what it puts into a container is not known to be there.
export ASAN_OPTIONS=detect_container_overflow=0
export UBSAN_OPTIONS=print_stacktrace=1
limits=(-timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512)

# The corpus to begin with: some fuzzers read what others do.
corpus_of() {
  case $1 in
    classifier) echo "$root/tests/fuzz/corpus/onnx_file" ;;
    sample_pairs) echo "$root/tests/fuzz/corpus/pairs" ;;
    *) echo "$root/tests/fuzz/corpus/$1" ;;
  esac
}

# Whether the innermost function on a stack that is OpenCV's or ours is OpenCV's.
is_of_opencv() {
  grep -E -m 1 "^ *#[0-9]+ 0x.*(libopencv_(core|dnn|imgproc|imgcodecs)\.|$root/|$build/)" "$1" |
    grep -q -E 'libopencv_(core|dnn|imgproc|imgcodecs)\.'
}

failed=0
for name; do
  learnt=$build/corpus/$name found=$build/found/$name log=$build/found/$name.log
  rm -rf "$found"
  mkdir -p "$learnt" "$found"
  options=("${limits[@]}" -max_total_time="$seconds" -artifact_prefix="$found/" -print_final_stats=1)
  [ -z "${FUZZ_RUNS:-}" ] || options+=(-runs="$FUZZ_RUNS")
  # OpenCV's importer crashes soon: another process goes on then.
  [ "$name" != classifier ] || options+=(-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1)
  ended=0
  "$build/bin/fuzz_$name" "${options[@]}" "$learnt" "$(corpus_of "$name")" > "$log" 2>&1 || ended=$?
  if [ "$ended" != 0 ] && [ -z "$(ls "$found")" ]; then
    echo "$name: did not run:"
    tail -n 5 "$log"
    failed=1
    continue
  fi
  opencvs=0 ours=0
  for find in "$found"/*; do
    [ -e "$find" ] || continue
    "$build/bin/fuzz_$name" "${limits[@]}" "$find" > "$find.log" 2>&1 || true
    if is_of_opencv "$find.log"; then
      opencvs=$((opencvs + 1))
    else
      ours=$((ours + 1)) failed=1
      echo "$find:"
      grep -m 3 -E 'does not hold|expected one line|runtime error|ERROR|SUMMARY' "$find.log" || tail -n 5 "$find.log"
    fi
  done
  executions=$(sed -n -E 's/^(#|stat::number_of_executed_units: *)([0-9]+)(: cov:.*)?$/\2/p' "$log" | tail -n 1)
  echo "$name: ${executions:-0} executions, $ours faults, $opencvs of OpenCV's own"
done
exit $failed
