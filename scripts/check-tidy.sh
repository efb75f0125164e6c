#!/usr/bin/env bash
# scripts/check-tidy.sh [--fix] [file.cpp...]: clang-tidy-22 with the checks of
# .clang-tidy over the given files, by default over all that the release build
# compiles. Takes minutes.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

options=()
if [[ ${1:-} == --fix ]]; then
  options+=(-fix)
  shift
fi
scripts/setup.sh
scripts/build.sh release # clang-tidy reads the generated headers

# run-clang-tidy takes regular expressions over absolute paths.
patterns=()
for file in "$@"; do
  patterns+=("^$(realpath "$file")\$")
done
quietly run-clang-tidy-22 -quiet -p build -j "$(nproc)" \
  -warnings-as-errors='*' "${options[@]}" "${patterns[@]:-^$PWD/(?!build/)}"
