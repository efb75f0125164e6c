#!/usr/bin/env bash
# scripts/build.sh [release|sanitize|python]: configures where that is needed,
# builds what has changed. The presets say what the first two are and where they
# go; python is the Python package, in build/python of the release build, for the
# Python of build/venv (scripts/python-env.sh), and the CUDA emulator its tests use.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

what=${1:-release}
preset=$what dir=build targets=() options=()
case $what in
release) ;;
sanitize) dir=build/sanitize ;;
python)
  preset=release targets=(altgrad-python AltgradCUDAEmulator)
  options=(-DALTGRAD_INCLUDE_PYTHON=ON
    -DPython_EXECUTABLE="$PWD/build/venv/bin/python")
  ;;
*) die "expected release, sanitize or python but got '$what'" ;;
esac

# CMake watches its own files, but not the presets.
if [[ ! -f $dir/build.ninja || CMakePresets.json -nt $dir/build.ninja ]] ||
  { [[ $what == python ]] &&
    ! grep -q '^ALTGRAD_INCLUDE_PYTHON:.*=ON$' "$dir/CMakeCache.txt"; }; then
  say "configuring $dir"
  quietly cmake --preset "$preset" "${options[@]}"
fi
# Nothing to do is not worth a line.
if ! ninja -C "$dir" -n "${targets[@]}" | grep -q 'no work to do'; then
  say "building $dir"
  quietly ninja -C "$dir" --quiet -j "$(nproc)" "${targets[@]}"
fi
