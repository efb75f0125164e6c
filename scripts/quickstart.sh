#!/usr/bin/env bash
# From a bare machine to a result: installs what is missing, builds, and runs
# the format study, the weights of a trained classifier in every named format.
# Arguments go to the study.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

scripts/setup.sh
scripts/build.sh release
build/bin/altgrad-study "$@"
