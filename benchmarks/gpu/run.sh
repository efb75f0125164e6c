#!/usr/bin/env bash
# benchmarks/gpu/run.sh program folder [options...]: runs altgrad-bench-gpu with
# the options and then peers.py, and leaves both results, side by side, in the
# folder as <device>-<date>.md and .json; a sweep, which has no peers, as
# <device>-<date>-sweep. For scripts/bench-gpu.sh and the bundles it makes.
#
# ALTGRAD_BENCH_PYTHON names a Python with PyTorch and NumPy (default: python3).
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

program=$1
folder=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${ALTGRAD_BENCH_PYTHON:-python3}

die() {
  echo "error: $*" >&2
  exit 1
}

# What both programs understand.
shared=() suffix='' peers=yes
for option in "$@"; do
  case $option in
  --log2-size=* | --rounds=* | --min-time=* | --filter=*) shared+=("$option") ;;
  --check-only) shared+=("$option") ;;
  --sweep) suffix=-sweep peers=no ;;
  # Peers have no scale.
  --scale=none) ;;
  --scale=*) suffix=-scale peers=no ;;
  esac
done

# A device that is no device shows before anything is measured.
"$program" --filter='^amax/any/f32$' --log2-size=12 --check-only \
  >/dev/null 2>"${TMPDIR:-/tmp}/altgrad-bench-gpu.$$" || {
  sed -n 's/^altgrad-bench-gpu: //p' "${TMPDIR:-/tmp}/altgrad-bench-gpu.$$" >&2
  rm -f "${TMPDIR:-/tmp}/altgrad-bench-gpu.$$"
  exit 1
}
rm -f "${TMPDIR:-/tmp}/altgrad-bench-gpu.$$"

mkdir -p "$folder"
work=$(mktemp -d "$folder/.running.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$program" --json="$work/altgrad.json" "$@" >"$work/altgrad.md" ||
  die "altgrad-bench-gpu failed; nothing was written"
device=$(sed -n 's/^- device: //p' "$work/altgrad.md")
name=$(tr 'A-Z ' 'a-z-' <<<"$device" | tr -cd 'a-z0-9-')-$(date -u +%F)$suffix

if [[ $peers == yes ]]; then
  status=0
  "$python" "$here/peers.py" --json="$work/peers.json" "${shared[@]}" \
    >"$work/peers.md" || status=$?
  # 77: there is no PyTorch, or it finds no device; it said so.
  ((status == 0 || status == 77)) || die "peers.py failed with status $status"
fi
if [[ $suffix != -sweep && -f $work/peers.json ]]; then
  "$python" "$here/report.py" "$work/altgrad.json" "$work/peers.json" \
    --json="$work/merged.json" >"$work/altgrad.md"
  mv "$work/merged.json" "$work/altgrad.json"
elif [[ $peers == yes ]]; then
  printf '\nPeers: not measured, no PyTorch with a CUDA device.\n' \
    >>"$work/altgrad.md"
fi
mv "$work/altgrad.md" "$folder/$name.md"
mv "$work/altgrad.json" "$folder/$name.json"
cat "$folder/$name.md"
echo "==> results are in $folder/$name.md and .json" >&2
