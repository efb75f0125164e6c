#!/usr/bin/env bash
# scripts/python-study.sh [options...]: builds the Python package and runs its
# tutorial, examples/python/study.py, with these options.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

scripts/setup.sh
scripts/python-env.sh
scripts/build.sh python
PYTHONPATH=build/python exec build/venv/bin/python examples/python/study.py "$@"
