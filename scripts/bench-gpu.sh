#!/usr/bin/env bash
# scripts/bench-gpu.sh [options...]: builds the GPU benchmark, runs it on this
# machine's device and the peers after it, and leaves the results in
# benchmarks/results as <device>-<date>.md and .json. The options are those of
# altgrad-bench-gpu, e.g. --sweep or --filter=E5M2. Without a device it says so
# and exits with 1.
#
# scripts/bench-gpu.sh --bundle folder: packs the program, the shared libraries
# it needs and the peers into a folder instead, for a machine that has a CUDA
# driver and no LLVM. There, folder/run.sh does the same and leaves its results in
# folder/results.
#
# ALTGRAD_BENCH_BUILD names another build directory than build/bench,
# ALTGRAD_BENCH_PYTHON a Python that has PyTorch, NumPy and Triton, and
# ALTGRAD_BENCH_RESULTS another folder for results.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
caller_dir=$PWD
source "$(dirname "$0")/common.sh"

absolute() {
  case $1 in
  /*) echo "$1" ;;
  *) echo "$caller_dir/$1" ;;
  esac
}

bundle=
if [[ ${1:-} == --bundle || ${1:-} == --bundle=* ]]; then
  if [[ $1 == --bundle ]]; then shift; else set -- "${1#--bundle=}"; fi
  [[ -n ${1:-} && $# == 1 ]] || die "expected --bundle and a folder, nothing else"
  bundle=$(absolute "$1")
fi

build=${ALTGRAD_BENCH_BUILD:-build/bench}
results=$(absolute "${ALTGRAD_BENCH_RESULTS:-$PWD/benchmarks/results}")
if [[ ${ALTGRAD_BENCH_PYTHON:-} == */* ]]; then
  ALTGRAD_BENCH_PYTHON=$(absolute "$ALTGRAD_BENCH_PYTHON")
  export ALTGRAD_BENCH_PYTHON
fi

if ! dpkg -s libbenchmark-dev >/dev/null 2>&1; then
  die "expected Google Benchmark: apt-get install libbenchmark-dev"
fi
if [[ ! -f $build/build.ninja || CMakePresets.json -nt $build/build.ninja ]]; then
  say "configuring $build"
  quietly cmake --preset release -B "$build" -DALTGRAD_INCLUDE_BENCHMARKS=ON
fi
say "building $build"
quietly ninja -C "$build" --quiet -j "$(nproc)" altgrad-bench-gpu
program=$PWD/$build/bin/altgrad-bench-gpu
[[ $build != /* ]] || program=$build/bin/altgrad-bench-gpu
revision=$(git describe --always --dirty 2>/dev/null || echo unknown)

if [[ -z $bundle ]]; then
  exec benchmarks/gpu/run.sh "$program" "$results" --revision="$revision" "$@"
fi

# The C library, its parts and the loader belong together and to the machine.
c_library='ld-linux.*|linux-vdso|lib(c|m|dl|rt|pthread|resolv|util)'
mkdir -p "$bundle"/{bin,lib,benchmarks}
cp "$program" "$bundle/bin/"
ldd "$program" | while read -r name _ path _; do
  [[ $path == /* ]] || path=$name
  [[ ! $(basename "$name") =~ ^($c_library)\.so ]] || continue
  [[ -f $path ]] || continue
  cp -L "$path" "$bundle/lib/$(basename "$name")"
done
for folder in common gpu; do
  mkdir -p "$bundle/benchmarks/$folder"
  cp benchmarks/$folder/*.py "$bundle/benchmarks/$folder/"
done
cp benchmarks/gpu/run.sh "$bundle/benchmarks/gpu/"
cat >"$bundle/altgrad-bench-gpu" <<'END'
#!/usr/bin/env bash
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
exec "$here/bin/altgrad-bench-gpu" "$@"
END
cat >"$bundle/run.sh" <<END
#!/usr/bin/env bash
# run.sh [options of altgrad-bench-gpu...]: see scripts/bench-gpu.sh of altgrad.
here=\$(dirname "\$(readlink -f "\$0")")
exec "\$here/benchmarks/gpu/run.sh" "\$here/altgrad-bench-gpu" \\
  "\${ALTGRAD_BENCH_RESULTS:-\$here/results}" --revision=$revision "\$@"
END
chmod +x "$bundle/altgrad-bench-gpu" "$bundle/run.sh"
say "$(du -sh "$bundle" | cut -f1) in $bundle; it needs glibc" \
  "$(ldd --version | sed -n '1s/.* //p') or newer and a CUDA driver"
