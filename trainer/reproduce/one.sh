#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One training of a recipe with a seed, measured: one.sh RECIPE SEED BUILD RESULTS
# An interrupted training goes on from its last epoch; a recipe that has changed since is an error.
# OPTIONS="--device cuda" goes to gmtrain.
set -euo pipefail
recipe=$1 seed=$2 build=$3 results=$4
run=$build/reproduce/$recipe/seed-$seed kept=$results/$recipe/seed-$seed.json
gmtrain() { # the verb first
  "$build/bin/gmtrain" "$@" ${OPTIONS:-}
}

resume=--resume
[ -e "$run/checkpoint.safetensors" ] || { rm -rf "$run"; resume=; }
gmtrain train $resume --recipe "$(dirname "$0")/../recipes/$recipe.toml" --set train.seed="$seed" \
  --set data.root="$build/data" --out "$run"
case $recipe in
  *softmax*) ;; # no distances to calibrate
  *) gmtrain calibrate "$run" ;;
esac
gmtrain evaluate "$run"
if grep -q '^\[verification\]' "$run/recipe.toml"; then
  gmtrain verify "$run"
  pairs=$results/$recipe/verification-seed-$seed.json
  mkdir -p "$results/$recipe"
  cp "$run/verification.json" "$pairs.unfinished"
  mv "$pairs.unfinished" "$pairs"
fi
mkdir -p "$results/$recipe"
cp "$run/evaluation.json" "$kept.unfinished"
mv "$kept.unfinished" "$kept"
# The result is kept by now: without a page the run is finished all the same.
"$build/bin/gmtrain" report "$run" || echo "no page of $run"
