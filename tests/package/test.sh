#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what was built and builds README's program on it, outside of the tree: by CMake, by
# pkg-config, and from the Debian package. All must say the same of an image.
#
#   test.sh BUILD_FOLDER COMPILER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 compiler=$2
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "package/test.sh: $1" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/prefix" > "$work/install.log"
# Another place than the one it was installed in.
mv "$work/prefix" "$work/moved"
prefix=$work/moved
libraries=$(dirname "$(find "$prefix" -name libopencv_dnn_gm.so)")

mkdir "$work/readme" "$work/model"
cp "$here/CMakeLists.txt" "$work/readme/"
# The first block of C++ of README.md.
sed -n '/^```cpp$/,/^```$/p; /^```$/q' "$here/../../README.md" | sed '/^```/d' > "$work/readme/main.cpp"

says() { # PROGRAM LIBRARIES: what it says of picture.png, with model.onnx
  (cd "$work/model" && LD_LIBRARY_PATH=$2 "$1")
}
by_cmake() { # NAME PREFIX
  cmake -S "$work/readme" -B "$work/$1" "-DCMAKE_PREFIX_PATH=$2" "-DCMAKE_CXX_COMPILER=$compiler" > "$work/$1.log" &&
    cmake --build "$work/$1" >> "$work/$1.log" || fail "by CMake from $1: $(cat "$work/$1.log")"
}

by_cmake installed "$prefix"
PKG_CONFIG_PATH=$libraries/pkgconfig pkg-config --cflags --libs dnn_gm > "$work/flags"
read -r -a flags < "$work/flags"
"$compiler" -std=c++17 "$work/readme/main.cpp" "${flags[@]}" -o "$work/by_pkg_config"
(cd "$build" && cpack -G DEB -B "$work/deb" > "$work/cpack.log") || fail "cpack: $(cat "$work/cpack.log")"
dpkg-deb --extract "$work"/deb/libopencv-dnn-gm_*.deb "$work/unpacked"
dpkg-deb --field "$work"/deb/libopencv-dnn-gm_*.deb Depends | grep "libopencv-dev" > /dev/null ||
  fail "the Debian package does not depend on OpenCV"
by_cmake packaged "$work/unpacked/usr"

model=$build/tests/mnist
if [ -e "$model/model.onnx" ]; then
  cp "$model/model.onnx" "$work/model/"
  cp "$(find "$model/images" -name '*.png' -print -quit)" "$work/model/picture.png"
  said=$(says "$work/installed/readme" "$libraries")
  grep --quiet --extended-regexp 'posterior|not like anything' <<< "$said" || fail "README's program said: $said"
  [ "$(says "$work/by_pkg_config" "$libraries")" = "$said" ] || fail "by pkg-config it says something else"
  [ "$(says "$work/packaged/readme" "$work/unpacked/usr/lib")" = "$said" ] || fail "from the package it says something else"
fi

"$prefix"/share/dnn_gm/samples/classify --help > /dev/null
if [ -n "${GM_TORCH:-}" ]; then
  GM_LIBTORCH=$GM_TORCH "$prefix/bin/gmtrain" --help > /dev/null || fail "gmtrain does not start"
  said=$(GM_LIBTORCH=$work/nowhere "$prefix/bin/gmtrain" --help 2>&1) && fail "gmtrain starts without LibTorch"
  grep --quiet "LibTorch was not found.*$work/nowhere" <<< "$said" || fail "without LibTorch gmtrain says: $said"
fi
