#!/usr/bin/env bash
# Builds OpenCV with CUDA and cuDNN, dnn_gm as a module of it, in a cache folder outside the checkout.
# Made once for each version, toolkit and set of options; afterwards only dnn_gm is brought up to date.
#
#   modules/opencv_cuda.sh          build, and print the build folder (an OpenCV_DIR) as the last line
#   modules/opencv_cuda.sh --where          print the build folder only
#   modules/opencv_cuda.sh --architectures  print the architectures only
#
# The exit code is 3 if there is no toolkit.
#
# CUDA_ARCH=9.0 or "8.6 9.0"  code for these architectures only; without it for the first of each
#                             generation from Turing on that the toolkit knows, and PTX of the newest
# GM_CACHE=FOLDER             instead of ~/.cache/dnn_gm
set -euo pipefail

modules=$(cd "$(dirname "$0")" && pwd)
version=4.14.0
cache=${GM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dnn_gm}

missing() {
  echo "opencv_cuda: $1: the CUDA parts are left out, everything else works without." >&2
  exit 3
}

nvcc=${CUDACXX:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
[ -x "$nvcc" ] || missing "no CUDA toolkit (nvcc is not on the PATH)"
# 7.5 8.0 9.0 ...: code for x.y runs on every x.z with z >= y.
architectures=${CUDA_ARCH:-$("$nvcc" --list-gpu-arch | sed -n 's/compute_\(.*\)\(.\)$/\1 \2/p' |
  sort -n -k 1 -k 2 | awk '$1 * 10 + $2 >= 75 && !seen[$1]++ { printf "%s%s.%s", sep, $1, $2; sep = " " }')}
architectures=$(echo "$architectures" | tr -s ' ,;' ' ')
ptx=
[ -n "${CUDA_ARCH:-}" ] || ptx=${architectures##* }
if [ "${1:-}" = --architectures ]; then
  echo "$architectures"
  exit
fi

toolkit=$(cd "$(dirname "$(readlink -f "$nvcc")")/.." && pwd)
cuda=$("$nvcc" --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
cudnn=$(find "$toolkit/include" /usr/include -maxdepth 2 -name cudnn_version.h 2> /dev/null | head -n 1 || true)
[ -n "$cudnn" ] || missing "no cuDNN (cudnn_version.h is neither in $toolkit/include nor /usr/include)"

options=(
  -DCMAKE_BUILD_TYPE=Release
  -DBUILD_LIST=core,imgproc,imgcodecs,videoio,highgui,objdetect,dnn,ts,cudev,dnn_gm
  -DBUILD_TESTS=OFF -DBUILD_PERF_TESTS=ON -DBUILD_EXAMPLES=OFF -DBUILD_opencv_apps=OFF -DBUILD_JAVA=OFF
  -DWITH_CUDA=ON -DENABLE_CUDA_FIRST_CLASS_LANGUAGE=ON -DWITH_CUDNN=ON -DOPENCV_DNN_CUDA=ON
  "-DCUDA_ARCH_BIN=${architectures// /;}" "-DCUDA_ARCH_PTX=$ptx"
  -DWITH_OPENEXR=OFF -DWITH_OPENJPEG=OFF -DWITH_JASPER=OFF -DWITH_TIFF=OFF -DWITH_WEBP=OFF
  -DWITH_FFMPEG=OFF -DWITH_GSTREAMER=OFF -DWITH_V4L=OFF -DWITH_GTK=OFF -DWITH_QT=OFF
  -DWITH_1394=OFF -DWITH_VA=OFF -DWITH_ADE=OFF -DWITH_IPP=OFF -DWITH_ITT=OFF
  # What it needs of the system is the C++ library and CUDA's: it may be carried to another machine.
  -DWITH_LAPACK=OFF -DBUILD_ZLIB=ON -DBUILD_PNG=ON -DBUILD_JPEG=ON
)
key=$(printf '%s\n' "$version" "$("$nvcc" --version)" "$cudnn" "${options[@]}" | sha256sum | cut -c 1-12)
home=$cache/opencv-$version-cuda$cuda-$key
build=$home/build
if [ "${1:-}" = --where ]; then
  echo "$build"
  exit
fi

# A second one waits here.
mkdir -p "$home"
exec 9> "$home/lock"
flock 9

source=$("$modules/../data/opencv/sources.sh" "$version")

if [ -e "$toolkit/include/nppi.h" ]; then
  npp=$toolkit/include
else
  if [ ! -d "$home/npp" ]; then
    echo "Fetching NPP's headers"
    rm -rf "$home/npp-fetched"
    python3 -m venv "$home/python"
    "$home/python/bin/pip" --quiet --disable-pip-version-check --no-input install --no-deps \
      --require-hashes --only-binary :all: --target "$home/npp-fetched" \
      --requirement "$modules/../data/opencv/npp.txt"
    mv "$home/npp-fetched" "$home/npp"
  fi
  npp=$(dirname "$(find "$home/npp" -name nppi.h)")
fi

# Configured again when the checkout is another one or its list of files is.
listing=$(cd "$modules" && find "$modules/dnn_gm" -type f | sort; cat "$modules/dnn_gm/CMakeLists.txt")
if [ ! -e "$build/configured" ] || [ "$(cat "$build/configured")" != "$listing" ]; then
  echo "Configuring OpenCV $version for CUDA $cuda, architectures $architectures"
  launcher=()
  if command -v ccache > /dev/null; then
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
              -DCMAKE_CUDA_COMPILER_LAUNCHER=ccache)
  fi
  mkdir -p "$build"
  cmake -S "$source/opencv" -B "$build" -G Ninja "${options[@]}" "${launcher[@]}" \
    "-DCMAKE_CUDA_COMPILER=$nvcc" "-DCUDAToolkit_ROOT=$toolkit" \
    "-DCMAKE_CXX_FLAGS=-isystem $npp" "-DCMAKE_CUDA_FLAGS=-isystem $npp" \
    "-DOPENCV_EXTRA_MODULES_PATH=$source/opencv_contrib/modules/cudev;$modules" \
    > "$build/configure.log" 2>&1 || { tail -n 40 "$build/configure.log" >&2; exit 1; }
  printf '%s' "$listing" > "$build/configured"
fi
echo "Building, log in $build/build.log"
cmake --build "$build" --target opencv_highgui opencv_imgcodecs opencv_objdetect opencv_dnn_gm opencv_perf_dnn_gm \
  > "$build/build.log" 2>&1 || {
    grep --after-context 20 "^FAILED" "$build/build.log" >&2 || tail -n 40 "$build/build.log" >&2
    exit 1
  }
echo "$build"
