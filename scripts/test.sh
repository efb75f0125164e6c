#!/usr/bin/env bash
# scripts/test.sh [--release] [--sanitize] [--tidy]: builds and runs every test
# of the named legs, by default of the release leg. The last line counts all of
# them: "N passed, N failed", and ", N skipped" where some could not run.
#
#   --release   the lit suite, the lit suite with --verify-roundtrip, the unit
#               tests, and whether docs/reference and the formatting are current
#   --sanitize  the lit suite and the unit tests in a build with assertions,
#               AddressSanitizer and UndefinedBehaviorSanitizer
#   --tidy      clang-tidy over all sources
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

legs=()
for argument in "$@"; do
  case $argument in
  --release | --sanitize | --tidy) legs+=("${argument#--}") ;;
  *) die "expected --release, --sanitize or --tidy but got '$argument'" ;;
  esac
done
((${#legs[@]})) || legs=(release)

passed=0 failed=0 skipped=0

# check name command...: one test that is a command.
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

# lit_suite name folder options...: every test of a lit suite. Where some fail,
# what lit says of them is shown as it is.
lit_suite() {
  local name=$1 folder=$2 results counts p f s
  shift 2
  results=$(mktemp -d)
  quietly "$llvm_bin/lit" -q -v -o "$results/json" \
    --xunit-xml-output "$results/xml" "$@" "$folder" || true
  counts="0 1 0" # lit found no test to run
  [[ ! -f $results/xml ]] ||
    counts=$(python3 scripts/count_lit_results.py \
      "$name" "$results/json" "$results/xml")
  rm -rf "$results"
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

release_leg() {
  scripts/build.sh release || return 1
  lit_suite "lit suite" build/test
  lit_suite "lit suite, round trip" build/test -D verify_roundtrip=1
  lit_suite "unit tests" build/unittests
  check "docs/reference is current" scripts/generate-docs.sh --check
  check "formatting" scripts/check-format.sh
}

sanitize_leg() {
  scripts/build.sh sanitize || return 1
  lit_suite "lit suite, sanitizers" build/sanitize/test
  lit_suite "unit tests, sanitizers" build/sanitize/unittests
}

tidy_leg() {
  check "clang-tidy" scripts/check-tidy.sh
}

scripts/setup.sh
for leg in "${legs[@]}"; do
  # A leg that does not build is a failure like any other.
  if ! "${leg}_leg"; then
    say "$leg leg: FAILED to build"
    failed=$((failed + 1))
  fi
done

total="$passed passed, $failed failed"
((skipped == 0)) || total+=", $skipped skipped"
echo "$total"
((failed == 0))
