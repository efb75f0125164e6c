#!/usr/bin/env bash
# scripts/bench.sh folder [options...]: builds the CPU benchmark and runs it, and
# the peers after it. Leaves in the folder: results.json, results.md (tables of
# rates and ratios), and a plot for each element type, results-f32.svg and so on,
# as PNG too where rsvg-convert is installed. The options are those of
# altgrad-bench-cpu, e.g. --quick or --filter=E5M2.
#
# ALTGRAD_BENCH_BUILD names another build directory than build/bench.
# ALTGRAD_BENCH_PYTHON names a Python that has the packages of
# benchmarks/cpu/peers.txt; without NumPy the peers are left out, and the table
# says so. A measurement wants a machine on which nothing else runs.
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
python=${ALTGRAD_BENCH_PYTHON:-python3}
[[ $python != */* || $python == /* ]] || python=$caller_dir/$python

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
program=$build/bin/altgrad-bench-cpu
revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
say "running; results go to $folder"
"$program" --revision="$revision" --json="$folder/results.json" "$@" \
  >"$folder/results.md"

quick=()
[[ " $* " != *" --quick "* ]] || quick=(--quick)
if "$python" -c 'import numpy' 2>/dev/null; then
  say "running the peers"
  # QPyTorch builds itself with the ninja of its environment.
  PATH=$(dirname "$(command -v "$python")"):$PATH "$python" \
    benchmarks/cpu/peers.py --altgrad="$program" \
    --json="$folder/results.json" "${quick[@]}" >>"$folder/results.md"
else
  say "leaving out the peers: $python has no NumPy, see benchmarks/cpu/peers.txt"
  printf '\nPeers: not measured, no NumPy.\n' >>"$folder/results.md"
fi

for element in f32 bf16 f16; do
  plot=$folder/results-$element
  # A filter may have left no rows of it.
  grep -q "\"element\": \"$element\"" "$folder/results.json" || continue
  python3 scripts/plot-bench.py "$folder/results.json" "$plot.svg" "$element" ||
    continue
  if command -v rsvg-convert >/dev/null; then
    python3 scripts/plot-bench.py "$folder/results.json" "$plot.png" "$element"
  fi
done
cat "$folder/results.md"
