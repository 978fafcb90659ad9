#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole command line on real MNIST, short: one epoch of a narrow network.
#   train.sh GMTRAIN RECIPE DATA RUN
set -eu
gmtrain=$1 recipe=$2 data=$3 run=$4
rm -rf "$run"
"$gmtrain" train --recipe "$recipe" --set data.root="$data" --set train.epochs=1 \
  --set network.widths='[8, 16, 32]' --out "$run"
"$gmtrain" calibrate "$run"
"$gmtrain" evaluate "$run"
"$gmtrain" attack "$run" --images 200
"$gmtrain" export "$run" --out "$run/model.onnx"
