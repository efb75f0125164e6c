# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``python -m altgrad``: the versions, and a kernel compiled and run."""

import numpy as np

import altgrad
from altgrad.program import PIPELINE


def main() -> None:
    print(f"altgrad {altgrad.__version__}, LLVM {altgrad.llvm_version}, {PIPELINE}")
    print(f"compiled code is kept in {altgrad.cache.get_directory() or 'no directory'}")
    x = np.array([0.1, -1.0, 3.14159, 1000.0], np.float32)
    print(f"{x} in E4M3FN: {altgrad.fake_quantize(x, altgrad.E4M3FN)}")


if __name__ == "__main__":
    main()
