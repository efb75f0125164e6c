# Sourced by the scripts beside it: the repository's root, and how they speak.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

llvm_bin=/usr/lib/llvm-22/bin

# One short line for each thing that takes a while.
say() { echo "==> $*" >&2; }

die() {
  echo "error: $*" >&2
  exit 1
}

# quietly command...: shows what a command said only where it failed.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    cat "$log" >&2
    echo "error: exit status $status from: $*" >&2
  fi
  rm -f "$log"
  return "$status"
}

# check name command...: one test that is a command, counted in the caller's
# `passed` and `failed`.
check() {
  local name=$1
  shift
  if quietly "$@"; then
    say "$name: passed"
    passed=$((passed + 1))
  else
    say "$name: FAILED"
    failed=$((failed + 1))
  fi
}

# The C++ files that people write here.
cxx_files() {
  find . \( -path './build*' -o -path './.*' \) -prune -o \
    -type f \( -name '*.h' -o -name '*.cpp' \) -print | sort
}
