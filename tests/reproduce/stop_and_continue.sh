#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What run.sh and one.sh do again and what they do not, with a gmtrain that only writes files and a comparison
# that is only called:
#   stop_and_continue.sh TRAINER_REPRODUCE
set -euo pipefail
reproduce=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build=$folder/build results=$folder/results calls=$folder/calls
mkdir -p "$build/bin" "$build/python/bin"

# Trains everything but `broken`; `stopped` only when it is resumed.
cat > "$build/bin/gmtrain" <<'FAKE'
#!/usr/bin/env bash
set -euo pipefail
echo "$@" >> "$CALLS"
verb=$1 run=${*: -1}
case "$verb $*" in
  train*/broken/*) echo "no data" >&2; exit 1 ;;
  train*) mkdir -p "$run"; touch "$run/checkpoint.safetensors"; echo '[train]' > "$run/recipe.toml" ;;
esac
case "$verb $*" in
  train*/stopped/*) [[ $* == *--resume* ]] ;;
  train*/pairs/*) echo '[verification]' >> "$run/recipe.toml" ;;
  evaluate*) echo '{"whole": true}' > "$run/evaluation.json" ;;
  verify*) echo '{"pairs": true}' > "$run/verification.json" ;;
esac
FAKE
printf '#!/bin/sh\necho "$@" >> "$CALLS"\n' > "$build/python/bin/python"
chmod +x "$build/bin/gmtrain" "$build/python/bin/python"
unset OPTIONS
export CALLS=$calls JOBS=1

fail() { echo "expected $1; output and calls:"; cat "$folder/output" "$calls"; exit 1; }
run() { # expected exit code
  : > "$calls"
  local code=0
  "$reproduce/run.sh" "$folder/list.txt" "$build" "$results" > "$folder/output" 2>&1 || code=$?
  [ $code = "$1" ] || fail "exit code $1, not $code"
}
calls() { [ "$(grep -c -- "$1" "$calls" || true)" = "$2" ] || fail "$2 calls of $1"; }
says() { grep -q -- "$1" "$folder/output" || fail "the words: $1"; }

# The last line has no newline.
printf '# recipe seeds\nbroken 1\nstopped 1\npairs 2 # of faces\nsoftmax 1 3' > "$folder/list.txt"
run 1
says "broken-seed-1: failed, see .*: no data"
says "stopped-seed-1: failed"
says "softmax-seed-3: done"
calls "^train" 5
calls "^calibrate.*/pairs/seed-2" 1
calls "^calibrate.*/softmax/" 0
calls "/compare.py --results" 1
calls "--markdown" 0
kept=$(cd "$results" && find . -type f | sort | tr '\n' ' ')
[ "$kept" = "./pairs/seed-2.json ./pairs/verification-seed-2.json ./softmax/seed-1.json ./softmax/seed-3.json " ] ||
  fail "whole results alone, not $kept"

# What is kept is not run again; what stopped goes on, its recipe given for gmtrain to compare.
rm "$results/softmax/seed-1.json"
run 1
says "softmax-seed-3: done before"
says "stopped-seed-1: done"
calls "^train" 3
calls "^train --resume --recipe .*/stopped.toml --set train.seed=1 .*/stopped/seed-1" 1
calls "^train --resume .*/softmax/seed-1" 1
calls "^train --recipe .*/broken.toml" 1

# Documents with marks are written, others are not.
printf '<!-- tables: paper -->\n<!-- end of tables -->\n' > "$results/paper.md"
echo 'no marks' > "$results.md"
run 1
calls "/compare.py .*--markdown $results/paper.md --figures $folder/images/results" 1
calls "--markdown $results.md" 0
