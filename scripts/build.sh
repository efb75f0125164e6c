#!/usr/bin/env bash
# scripts/build.sh [release|sanitize]: configures where that is needed, builds
# what has changed. The presets say what the two are and where they go.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

preset=${1:-release}
case $preset in
release) dir=build ;;
sanitize) dir=build/sanitize ;;
*) die "expected release or sanitize but got '$preset'" ;;
esac

# CMake watches its own files, but not the presets.
if [[ ! -f $dir/build.ninja || CMakePresets.json -nt $dir/build.ninja ]]; then
  say "configuring $dir"
  quietly cmake --preset "$preset"
fi
# Nothing to do is not worth a line.
if ! ninja -C "$dir" -n | grep -q 'no work to do'; then
  say "building $dir"
  quietly ninja -C "$dir" --quiet -j "$(nproc)"
fi
