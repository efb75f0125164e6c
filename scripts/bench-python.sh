#!/usr/bin/env bash
# scripts/bench-python.sh [options...]: builds the Python package and times it
# beside PyTorch and ml_dtypes. The options are those of
# benchmarks/python/benchmark.py. A measurement wants a machine on which nothing
# else runs.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

scripts/setup.sh
scripts/python-env.sh
scripts/build.sh python
PYTHONPATH=build/python exec build/venv/bin/python \
  benchmarks/python/benchmark.py "$@"
