#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What doc/outliers.md says: run.sh BUILD RESULTS
# GM_ARCHIVES names the folder of archives. RESULTS/<network>.json is kept when a network is measured, and what is there is not
# measured again; then the tables of RESULTS/../../outliers.md are written. The networks trained here are those that
# `make reproduce-cifar10` leaves; without them the others are measured.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) build=$(realpath "$1") results=$(mkdir -p "$2" && realpath "$2")
work=$build/reproduce/outliers python=$build/python/bin/python
"$python" -B "$here/sets.py" "$build/data" "$work/sets"
cd "$work" # whose names are in the results
ln -sfn "$build/data/cifar10-jpeg/train" train
ln -sfn "$build/data/cifar10-jpeg/test" test

sets=(tiny-imagenet imagenet textures lfw orl omniglot fashion-mnist uniform gaussian constant) outliers=()
for set in "${sets[@]}"; do outliers+=(--outliers "$set=sets/$set"); done

measure() { # NETWORK, of NETWORK.onnx here, and what it takes
  local network=$1
  [ -e "$results/$network.json" ] && return
  "$build/bin/gmattach" --model "$network.onnx" --images train --fit-images 4000 --test test --rivals "${outliers[@]}" \
    "${@:2}" --out "$network-gm.onnx"
  cp "$network-gm.json" "$results/$network.json"
}

for depth in 20 56; do
  ln -sf "$GM_ARCHIVES/models/cifar10-resnet$depth.onnx" .
  measure "cifar10-resnet$depth" --scale 1/255 --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225
done
trained() { # LOSS
  echo "$build/reproduce/cifar10-jpeg-resnet20-$1-short/seed-1"
}
if [ -e "$(trained softmax)/checkpoint.safetensors" ]; then
  "$build/bin/gmtrain" export "$(trained softmax)" --out resnet20-softmax-short.onnx
  measure resnet20-softmax-short --bgr
else
  echo "$(trained softmax) is not there: not measured"
fi
# L-GM has a head of its own, which gmtrain measures beside the same scores.
own=$results/resnet20-lgm-short.json
if [ -e "$own" ]; then
  :
elif [ -e "$(trained lgm)/calibration.json" ]; then
  rm -rf lgm
  cp -r "$(trained lgm)" lgm
  foreign=$(printf '"../reproduce/outliers/sets/%s",' "${sets[@]}")
  sed -i "s|^\[data\]$|&\noutliers = [${foreign%,}]|" lgm/recipe.toml
  "$build/bin/gmtrain" evaluate lgm --data "$build/data"
  cp lgm/evaluation.json "$own"
else
  echo "$(trained lgm) is not there: not measured"
fi
"$python" -B "$here/outlier_tables.py" "$results" "$(dirname "$(dirname "$results")")/outliers.md"
