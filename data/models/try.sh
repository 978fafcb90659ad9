#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lets every model here judge the pictures here, by OpenCV alone.
#
#   data/models/try.sh BUILD_FOLDER    which has the sample classify; the contact sheets are written there
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/pictures"
# OpenCV 4 warns of the operator's domain, which is harmless.
export OPENCV_LOG_LEVEL=ERROR

sheets=
for model in ../*.onnx; do
  name=$(basename "$model" .onnx)
  printf '\n%s\n' "The model $name.onnx:"
  "$build/bin/classify" --model="$model" --sheet="$build/$name.png" digits attacked clothes foreign
  sheets="$sheets $build/$name.png"
done
printf '\n%s\n' "Contact sheets, refused pictures framed in red:$sheets"
