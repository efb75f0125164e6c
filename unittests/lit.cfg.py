"""Runs the GoogleTest programs of the build tree under lit, test by test."""

import os
import sys

import lit.formats

sys.path.insert(0, os.path.join(config.altgrad_src_root, "test"))
from altgrad_lit import find_cuda_driver, set_up_sanitizers  # noqa: E402

config.name = "ALTGRAD-UNIT"
config.suffixes = []
config.test_source_root = os.path.join(config.altgrad_obj_root, "unittests")
config.test_exec_root = config.test_source_root
config.test_format = lit.formats.GoogleTest(".", "Tests")

set_up_sanitizers(config)
# Tests of the CUDA runtime use a device or, where there is none, the emulator.
find_cuda_driver(config)
