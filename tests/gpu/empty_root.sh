#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks the bundle in a root that has only what a GPU machine has: glibc, the C++ library, a shell and
# its tools, Python with PyTorch. Every program must find its libraries there, and without a GPU
# run.sh must say so in one line.
#
#   tests/gpu/empty_root.sh BUILD_FOLDER    after tests/gpu/bundle.sh BUILD_FOLDER
set -euo pipefail
build=$(cd "$1" && pwd)
root=$build/gpu-root

fail() {
  printf 'empty_root.sh: %s\n' "$@" >&2
  exit 1
}

cmake --build "$build/gpu" --target torch_python_packages torch_cuda_packages
rm -rf "$root"
mkdir -p "$root/dev" "$root/tmp" "$root/usr/bin" "$root/usr/lib/python3" "$root/usr/lib64"
for folder in bin lib lib64; do
  ln -s "usr/$folder" "$root/$folder"
done
: > "$root/dev/null"

put() { # a file of this system and what it loads, in the same places
  for file in "$1" $(ldd "$1" 2> /dev/null | grep --only-matching '/[^ ]*'); do
    mkdir -p "$root$(dirname "$file")"
    cp --dereference --no-clobber "$file" "$root$file"
  done
}
python=$(readlink --canonicalize "$build/python/bin/python")
for tool in bash cat dirname env ldd sed; do
  put "$(command -v "$tool")"
done
put "$python"
libraries=$(dirname "$(ldd "$python" | grep --only-matching '/[^ ]*/libc\.so\.6')")
for library in c.so.6 m.so.6 dl.so.2 rt.so.1 pthread.so.0 util.so.1 resolv.so.2 stdc++.so.6 gcc_s.so.1; do
  put "$libraries/lib$library"
done
standard=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
mkdir -p "$root$(dirname "$standard")"
cp --recursive --no-clobber "$standard" "$root$standard"
# Links where both are on one file system: PyTorch and CUDA's libraries are 4 GB.
site=$(echo "$build"/python/lib/python3*/site-packages)
cp --recursive --link "$site" "$root/usr/lib/python3/dist-packages" 2> /dev/null ||
  cp --recursive "$site" "$root/usr/lib/python3/dist-packages"
tar --extract --file "$build/gpu-bundle.tar.xz" --directory "$root"

inside=(chroot "$root")
[ "$(id -u)" = 0 ] || inside=(unshare --user --map-root-user chroot "$root")
run() { # what run.sh prints, and its exit code
  "${inside[@]}" /usr/bin/env PATH=/usr/bin:/bin "GM_PYTHON=$python" PYTHONPATH=/usr/lib/python3/dist-packages \
    /bin/bash /gpu-bundle/run.sh /tmp/results 2>&1 && code=0 || code=$?
  echo "exit code $code"
}

said=$(run)
wanted='run.sh: no NVIDIA GPU here (nvidia-smi does not answer): nothing was run.
exit code 3'
[ "$said" = "$wanted" ] || fail "expected of run.sh:" "$wanted" "got:" "$said"

# The check of libraries can fail.
library=$(basename "$(echo "$root"/gpu-bundle/lib/libopencv_core.so.*)")
mv "$root/gpu-bundle/lib/$library" "$root/tmp/"
said=$(run)
case $said in
  *"lacks $library"*"exit code 1") ;;
  *) fail "expected the missing $library to be named, got:" "$said" ;;
esac
rm -rf "$root"
echo "empty_root.sh: the bundle finds all its libraries, and says that there is no GPU."
