#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs what needs an NVIDIA GPU, out of an unpacked bundle (make gpu-bundle), within some minutes:
#
#   run.sh [RESULTS_FOLDER] [--seconds N]
#
# It leaves results.json, results.md and log.txt in the folder. Exit code: 0 if all steps passed, 1 if
# one failed or was left out, 3 without a GPU.
#
# GM_PYTHON=python3   an interpreter that has PyTorch
set -euo pipefail
bundle=$(cd "$(dirname "$0")" && pwd)
export GM_PYTHON=${GM_PYTHON:-python3}

fail() {
  echo "run.sh: $2" >&2
  exit "$1"
}

torch=$("$GM_PYTHON" -c '
import importlib.util
found = importlib.util.find_spec("torch")
print(found.submodule_search_locations[0] if found else "")')
[ -n "$torch" ] || fail 1 "$GM_PYTHON has no PyTorch: nothing was run."
libraries=$bundle/lib:$torch/lib
for folder in "$torch"/../nvidia/*/lib; do
  libraries=$libraries:$folder
done
export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

missing=$(for file in "$bundle"/bin/* "$bundle"/lib/*; do
  ldd "$file" | sed -n "s|^[[:space:]]*\(.*\) => not found|${file##*/} lacks \1|p"
done)
[ -z "$missing" ] || fail 1 "libraries are missing: $missing"
nvidia-smi > /dev/null 2>&1 || fail 3 "no NVIDIA GPU here (nvidia-smi does not answer): nothing was run."
exec "$GM_PYTHON" "$bundle/python/run.py" "$bundle" "$@"
