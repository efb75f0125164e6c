#!/usr/bin/env bash
# scripts/test-gpu.sh [build-folder]: every test that needs a GPU, on the GPU of
# this machine. Builds the release build, or takes a folder with a build in it.
# Where CUDA's compute-sanitizer is found, its memcheck and racecheck go over some
# of the tests. The last line counts: "N passed, N failed, N skipped on DEVICE".
# Without a device it says so and exits with 1.
#
#   ALTGRAD_EXHAUSTIVE=1   also all 2^32 inputs of f32 in every named format
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

build=${1:-build}
# What the driver calls the first device, and its own version; the emulator of
# this repository is none.
device=$(python3 - <<'PYTHON'
import ctypes
import sys

try:
    driver = ctypes.CDLL("libcuda.so.1")
except OSError:
    sys.exit("no CUDA driver: libcuda.so.1 cannot be loaded")
count, version = ctypes.c_int(), ctypes.c_int()
name = ctypes.create_string_buffer(256)
if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
    sys.exit("no CUDA device: the driver finds none")
device = ctypes.c_int()
driver.cuDeviceGet(ctypes.byref(device), 0)
driver.cuDeviceGetName(name, len(name), device)
driver.cuDriverGetVersion(ctypes.byref(version))
if name.value.startswith(b"altgrad"):
    sys.exit("no CUDA device: libcuda.so.1 is the emulator")
number = version.value
print(f"{name.value.decode()}, driver for CUDA {number // 1000}.{number % 1000 // 10}")
PYTHON
) || exit 1

if (($# == 0)); then
  scripts/setup.sh
  scripts/build.sh release
fi
[[ -x $build/bin/altgrad-exhaustive-check ]] || die "$build has no build of altgrad"
say "on $device"

passed=0 failed=0 skipped=0

# gtest name program filter...: the tests of a GoogleTest program, one by one.
gtest() {
  local name=$1 program=$2 filter=$3 report counts p f s
  report=$(mktemp)
  quietly "$program" --gtest_filter="$filter" --gtest_output=xml:"$report" || true
  counts=$(python3 - "$name" "$report" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

name, path = sys.argv[1:]
try:
    cases = list(tree.parse(path).iter("testcase"))
except (OSError, tree.ParseError):
    cases = []
failed = sum(case.find("failure") is not None for case in cases)
reasons = {}
for case in cases:
    found = case.find("skipped")
    if found is not None:
        reason = (found.get("message") or "").split("\n")[-1]
        reasons[reason] = reasons.get(reason, 0) + 1
skipped = sum(reasons.values())
# A program that ran nothing, or that broke off, has failed.
failed += not cases
passed = max(len(cases) - failed - skipped, 0)
print(f"==> {name}: {passed} passed, {failed} failed, {skipped} skipped", file=sys.stderr)
for reason, number in reasons.items():
    print(f"    skipped {number}: {reason}", file=sys.stderr)
print(passed, failed, skipped)
PYTHON
)
  rm -f "$report"
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

conformance=$build/unittests/Conformance/AltgradConformanceTests
gtest "CUDA runtime" "$build/unittests/ExecutionEngine/AltgradExecutionEngineTests" 'CUDA*'
gtest "device tests" "$conformance" '*OnDevice*'
check "altgrad-run on the device" "$llvm_bin/lit" -q "$build/test/Tools/altgrad-run"
check "all f32, E4M3FN, E5M2 and E3M4 in part" \
  "$build/bin/altgrad-exhaustive-check" --target=cuda --workers="$(nproc)" \
  --first=0x3f000000 --count=33554432 E4M3FN E5M2 E3M4
if [[ ${ALTGRAD_EXHAUSTIVE:-} ]]; then
  "$build/bin/altgrad-exhaustive-check" --target=cuda --workers="$(nproc)" &&
    passed=$((passed + 1)) || failed=$((failed + 1))
fi

sanitizer=$(command -v compute-sanitizer ||
  command -v /usr/local/cuda/bin/compute-sanitizer || true)
if [[ $sanitizer ]]; then
  # Some of each kind of kernel: a sanitizer is a hundred times slower.
  some='*OnDeviceMisaligned*:OnDevicePrograms*:*Amax.OnDevice/*:*Quantize.OnDevice/f32'
  for tool in memcheck racecheck; do
    check "compute-sanitizer $tool" "$sanitizer" --tool "$tool" --error-exitcode 9 \
      "$conformance" --gtest_filter="$some"
  done
else
  say "compute-sanitizer: skipped, not found"
  skipped=$((skipped + 2))
fi

echo "$passed passed, $failed failed, $skipped skipped on $device"
((failed == 0))
