#!/usr/bin/env bash
# Makes build/venv, a Python environment with what python/requirements.txt lists.
# Does nothing where it is up to date.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

venv=build/venv
stamp=$venv/altgrad-requirements
wanted=$(cat python/requirements.txt scripts/stand_in_for_cuda.py | sha256sum)
[[ ! -f $stamp || $(<"$stamp") != "$wanted" ]] || exit 0

say "installing Python packages into $venv (PyTorch's is 0.5 GB)"
rm -rf "$venv"
# Debian's own Python, whatever else is on the PATH.
quietly /usr/bin/python3 -m venv "$venv"
quietly "$venv/bin/pip" install --no-deps --disable-pip-version-check \
  -r python/requirements.txt
quietly /usr/bin/python3 scripts/stand_in_for_cuda.py \
  "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/torch/lib"
echo "$wanted" >"$stamp"
