#!/usr/bin/env bash
# scripts/test.sh [--release] [--python] [--sanitize] [--tidy]: builds and runs
# every test of the named legs, by default of the first two. The last line counts
# all of them: "N passed, N failed", and ", N skipped" where some could not run.
#
#   --release   the lit suite, the lit suite with --verify-roundtrip, the unit
#               tests, and whether docs/reference and the formatting are current
#   --python    the Python package: its tests, whether its wheel builds and works,
#               and ruff; in an environment of its own (scripts/python-env.sh)
#   --sanitize  the lit suite and the unit tests in a build with assertions,
#               AddressSanitizer and UndefinedBehaviorSanitizer
#   --tidy      clang-tidy over all sources
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

legs=()
for argument in "$@"; do
  case $argument in
  --release | --python | --sanitize | --tidy) legs+=("${argument#--}") ;;
  *) die "expected --release, --python, --sanitize or --tidy but got '$argument'" ;;
  esac
done
((${#legs[@]})) || legs=(release python)

passed=0 failed=0 skipped=0

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

# pytest_suite name options...: every test of the Python package; on the emulator
# where there is no CUDA device.
pytest_suite() {
  local name=$1 report counts p f s driver=()
  shift
  report=$(mktemp)
  PYTHONPATH=test python3 -c \
    "import altgrad_lit, sys; sys.exit(not altgrad_lit.has_cuda_device())" ||
    driver=(LD_LIBRARY_PATH="$PWD/build/emulator")
  quietly env PYTHONPATH=build/python "${driver[@]}" build/venv/bin/python -m pytest \
    --junitxml="$report" "$@" || true
  counts=$(python3 scripts/count_pytest_results.py "$name" "$report")
  rm -f "$report"
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# The package as users get it: the wheel, installed somewhere else, used once.
check_wheel() {
  local python=build/venv/bin/python install status=0
  CMAKE_BUILD_PARALLEL_LEVEL=$(nproc) "$python" -m pip wheel . --no-deps \
    --no-build-isolation --disable-pip-version-check -w build/wheels \
    --config-settings=build-dir=build/wheel
  install=$(mktemp -d)
  "$python" -m pip install --no-deps --no-index --disable-pip-version-check \
    --target "$install" build/wheels/altgrad-*.whl &&
    (cd / && PYTHONPATH=$install "$OLDPWD/$python" -m altgrad) || status=1
  rm -rf "$install"
  return "$status"
}

python_leg() {
  scripts/python-env.sh && scripts/build.sh python || return 1
  pytest_suite "Python tests"
  check "wheel" check_wheel
  check "ruff" build/venv/bin/ruff check
  check "ruff format" build/venv/bin/ruff format --check
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
