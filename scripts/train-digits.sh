#!/usr/bin/env bash
# scripts/train-digits.sh [options...]: builds altgrad-train and trains the
# classifier of examples/train-digits in all formats, with these options. Leaves
# in build/train-digits: table.txt, steps.csv, and a plot, steps.png and .svg.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

scripts/setup.sh
scripts/build.sh release
build/bin/altgrad-train --out=build/train-digits "$@"
# Debian's own Python has Debian's matplotlib, whatever else is on the PATH.
/usr/bin/python3 examples/train-digits/plot.py build/train-digits
