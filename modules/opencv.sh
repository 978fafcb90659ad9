#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds an OpenCV with dnn_gm as a module of it, in a cache folder outside the checkout: libraries, `cv2`, and
# the module's own tests. Made once for each version and set of options; afterwards only dnn_gm is brought up to date.
#
#   modules/opencv.sh 4|5|cuda          build, and print the build folder (an OpenCV_DIR) as the last line
#   modules/opencv.sh 4|5|cuda --where  print the build folder only
#   modules/opencv.sh cuda --architectures  print the architectures only
#
#   4     4.14.0 for the CPU
#   5     5.0.0 for the CPU
#   cuda  4.14.0 with CUDA and cuDNN; the exit code is 3 if there is no toolkit
#
# CUDA_ARCH=9.0 or "8.6 9.0"  code for these architectures only; without it for the first of each
#                             generation from Turing on that the toolkit knows, and PTX of the newest
# GM_CACHE=FOLDER             instead of ~/.cache/dnn_gm
set -euo pipefail

modules=$(cd "$(dirname "$0")" && pwd)
variant=${1:-} question=${2:-}
cache=${GM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dnn_gm}
case $variant in
  4 | cuda) version=4.14.0 ;;
  5) version=5.0.0 ;;
  *) echo "opencv.sh: expected 4, 5 or cuda, got '$variant'" >&2; exit 1 ;;
esac
case $variant$question in
  4 | 5 | cuda | *--where | cuda--architectures) ;;
  *) echo "opencv.sh $variant: expected --where, or of cuda --architectures, got '$question'" >&2; exit 1 ;;
esac

# As few modules as the tests need. Debian's python3 is the one whose headers are installed.
list=core,imgproc,imgcodecs,videoio,highgui,dnn,ts,python3,dnn_gm
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)
options=(
  -DCMAKE_BUILD_TYPE=Release
  -DBUILD_TESTS=ON -DBUILD_PERF_TESTS=ON -DBUILD_EXAMPLES=OFF -DBUILD_opencv_apps=OFF -DBUILD_JAVA=OFF
  "-DPYTHON3_EXECUTABLE=$python" -DBUILD_opencv_python2=OFF
  -DWITH_OPENEXR=OFF -DWITH_OPENJPEG=OFF -DWITH_JASPER=OFF -DWITH_TIFF=OFF -DWITH_WEBP=OFF -DWITH_AVIF=OFF
  -DWITH_FFMPEG=OFF -DWITH_GSTREAMER=OFF -DWITH_V4L=OFF -DWITH_GTK=OFF -DWITH_QT=OFF
  -DWITH_1394=OFF -DWITH_VA=OFF -DWITH_ADE=OFF -DWITH_IPP=OFF -DWITH_ITT=OFF
  # What it needs of the system is the C++ library (and CUDA's): it may be carried to another machine.
  -DWITH_LAPACK=OFF -DBUILD_ZLIB=ON -DBUILD_PNG=ON -DBUILD_JPEG=ON
)
targets=(opencv_highgui opencv_imgcodecs opencv_dnn_gm opencv_test_dnn_gm opencv_perf_dnn_gm opencv_python3)
extra_modules=$modules
identity=$version

# What CUDA adds to all this.
cuda_toolkit() {
  missing() {
    echo "opencv.sh: $1: the CUDA parts are left out, everything else works without." >&2
    exit 3
  }
  nvcc=${CUDACXX:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
  [ -x "$nvcc" ] || missing "no CUDA toolkit (nvcc is not on the PATH)"
  # 7.5 8.0 9.0 ...: code for x.y runs on every x.z with z >= y.
  architectures=${CUDA_ARCH:-$("$nvcc" --list-gpu-arch | sed -n 's/compute_\(.*\)\(.\)$/\1 \2/p' |
    sort -n -k 1 -k 2 | awk '$1 * 10 + $2 >= 75 && !seen[$1]++ { printf "%s%s.%s", sep, $1, $2; sep = " " }')}
  architectures=$(echo "$architectures" | tr -s ' ,;' ' ')
  if [ "$question" = --architectures ]; then
    echo "$architectures"
    exit
  fi
  local ptx=
  [ -n "${CUDA_ARCH:-}" ] || ptx=${architectures##* }
  toolkit=$(cd "$(dirname "$(readlink -f "$nvcc")")/.." && pwd)
  cuda=$("$nvcc" --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
  local cudnn
  cudnn=$(find "$toolkit/include" /usr/include -maxdepth 2 -name cudnn_version.h 2> /dev/null | head -n 1 || true)
  [ -n "$cudnn" ] || missing "no cuDNN (cudnn_version.h is neither in $toolkit/include nor /usr/include)"
  # The trainer's command, which the bundle for a GPU machine has, detects faces.
  list=$list,objdetect,cudev
  targets+=(opencv_objdetect)
  options+=(
    -DWITH_CUDA=ON -DENABLE_CUDA_FIRST_CLASS_LANGUAGE=ON -DWITH_CUDNN=ON -DOPENCV_DNN_CUDA=ON
    -DOPENCV_DNN_GM_CUDA=ON
    "-DCUDA_ARCH_BIN=${architectures// /;}" "-DCUDA_ARCH_PTX=$ptx"
  )
  identity=$(printf '%s\n' "$version" "$("$nvcc" --version)" "$cudnn")
  name=opencv-$version-cuda$cuda
}

# NPP's headers, which OpenCV's core includes and some toolkits lack.
find_npp() {
  if [ -e "$toolkit/include/nppi.h" ]; then
    npp=$toolkit/include
    return
  fi
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
}

name=opencv-$version
[ "$variant" != cuda ] || cuda_toolkit
options+=("-DBUILD_LIST=$list")
key=$(printf '%s\n' "$identity" "${options[@]}" | sha256sum | cut -c 1-12)
home=$cache/$name-$key
build=$home/build
if [ "$question" = --where ]; then
  echo "$build"
  exit
fi

# A second one waits here.
mkdir -p "$home"
exec 9> "$home/lock"
flock 9

source=$("$modules/../data/opencv/sources.sh" "$version")
# What is found on this machine, and does not make another build of it.
found=()
for language in C CXX CUDA; do
  command -v ccache > /dev/null && found+=("-DCMAKE_${language}_COMPILER_LAUNCHER=ccache")
done
if [ "$variant" = cuda ]; then
  find_npp
  found+=("-DCMAKE_CUDA_COMPILER=$nvcc" "-DCUDAToolkit_ROOT=$toolkit"
          "-DCMAKE_CXX_FLAGS=-isystem $npp" "-DCMAKE_CUDA_FLAGS=-isystem $npp")
  extra_modules="$source/opencv_contrib/modules/cudev;$modules"
fi

# Configured again when the checkout is another one or its list of files is.
listing=$(find "$modules/dnn_gm" -type f | sort; cat "$modules/dnn_gm/CMakeLists.txt")
if [ ! -e "$build/configured" ] || [ "$(cat "$build/configured")" != "$listing" ]; then
  echo "Configuring OpenCV $version${cuda:+ for CUDA $cuda, architectures $architectures}"
  mkdir -p "$build"
  cmake -S "$source/opencv" -B "$build" -G Ninja "${options[@]}" "${found[@]}" \
    "-DOPENCV_EXTRA_MODULES_PATH=$extra_modules" \
    > "$build/configure.log" 2>&1 || { tail -n 40 "$build/configure.log" >&2; exit 1; }
  printf '%s' "$listing" > "$build/configured"
fi
echo "Building, log in $build/build.log"
cmake --build "$build" --target "${targets[@]}" > "$build/build.log" 2>&1 || {
  grep --after-context 20 "^FAILED" "$build/build.log" >&2 || tail -n 40 "$build/build.log" >&2
  exit 1
}
# In the module's own files; nvcc makes functions of its own in .cu files.
if warnings=$(grep -E "modules/dnn_gm/[^:]*\.[ch]pp:[0-9:]+ warning:" "$build/build.log"); then
  printf 'opencv.sh: the module compiles with warnings:\n%s\n' "$warnings" >&2
  exit 1
fi
echo "$build"
