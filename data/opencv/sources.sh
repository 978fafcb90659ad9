#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches OpenCV's sources from the source package of opencv-contrib-python, once, into a cache
# folder outside the checkout. Prints the folder, with opencv/ and opencv_contrib/ in it.
#
#   data/opencv/sources.sh VERSION    4.6.0, 4.14.0 or 5.0.0: those with a file here
#
# GM_CACHE=FOLDER  instead of ~/.cache/dnn_gm
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
package=$here/$1.txt
if [ ! -e "$package" ]; then
  echo "sources.sh: no OpenCV $1 here: $(cd "$here" && echo ?.*.txt)" >&2
  exit 1
fi
folder=${GM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dnn_gm}/opencv-$1-source

mkdir -p "$(dirname "$folder")"
exec 9> "$folder.lock" # a second one waits here
flock 9
if [ ! -d "$folder" ]; then
  echo "Fetching the sources of OpenCV $1" >&2
  temporary=$(mktemp --directory "$folder.XXXXXX")
  trap 'rm -rf "$temporary"' EXIT
  python3 -m venv "$temporary/python"
  pip() {
    "$temporary/python/bin/pip" --quiet --disable-pip-version-check --no-input "$@"
  }
  pip install --no-deps --require-hashes --only-binary :all: --requirement "$here/tools.txt"
  pip download --no-deps --no-build-isolation --no-binary opencv-contrib-python --require-hashes \
    --dest "$temporary" --requirement "$package"
  mkdir "$temporary/sources"
  tar --extract --gzip --file "$temporary"/opencv*.tar.gz --directory "$temporary/sources" \
    --strip-components 1 --wildcards '*/opencv/*' '*/opencv_contrib/modules/cudev/*'
  mv "$temporary/sources" "$folder"
fi
echo "$folder"
