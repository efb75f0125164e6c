#!/usr/bin/env bash
# scripts/bench.sh folder [options...]: builds the CPU benchmark and runs it.
# Leaves in the folder: results.json, results.md (a table of ratios) and
# results.svg. The options are those of altgrad-bench-cpu, e.g. --quick or
# --filter=E5M2. ALTGRAD_BENCH_BUILD names another build directory than
# build/bench. A measurement wants a machine on which nothing else runs.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
caller_dir=$PWD
source "$(dirname "$0")/common.sh"

(($# >= 1)) && [[ $1 != -* ]] || die "expected a folder for the results"
case $1 in
/*) folder=$1 ;;
*) folder=$caller_dir/$1 ;;
esac
shift
build=${ALTGRAD_BENCH_BUILD:-build/bench}

if ! dpkg -s libbenchmark-dev >/dev/null 2>&1; then
  die "expected Google Benchmark: apt-get install libbenchmark-dev"
fi
if [[ ! -f $build/build.ninja || CMakePresets.json -nt $build/build.ninja ]]; then
  say "configuring $build"
  quietly cmake --preset release -B "$build" -DALTGRAD_INCLUDE_BENCHMARKS=ON
fi
say "building $build"
quietly ninja -C "$build" --quiet -j "$(nproc)" altgrad-bench-cpu

mkdir -p "$folder"
revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
say "running; results go to $folder"
"$build/bin/altgrad-bench-cpu" --revision="$revision" \
  --json="$folder/results.json" "$@" >"$folder/results.md"
python3 scripts/plot-bench.py "$folder/results.json" "$folder/results.svg"
cat "$folder/results.md"
