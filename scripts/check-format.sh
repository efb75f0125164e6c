#!/usr/bin/env bash
# scripts/check-format.sh [--fix]: is every C++ file as clang-format-22 has it?
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

mapfile -t files < <(cxx_files)
if [[ ${1:-} == --fix ]]; then
  exec clang-format-22 -i "${files[@]}"
fi
unformatted=$(clang-format-22 --dry-run --Werror "${files[@]}" 2>&1 |
  sed -n 's/:[0-9]*:[0-9]*: error: .*//p' | sort -u) || true
[[ -z $unformatted ]] ||
  die "not formatted: $(xargs <<<"$unformatted");" \
    "to mend it: scripts/check-format.sh --fix"
