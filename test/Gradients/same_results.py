#!/usr/bin/env python3
"""Runs functions of one type on the same random numbers and compares their
results bit for bit.

    same_results.py FILE.mlir @FIRST @SECOND...

FILE is differentiated and compiled first. Arguments are static tensors of f32.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import math
import os
import random
import sys

sys.path.insert(0, os.path.dirname(__file__))
from compiled import Compiled  # noqa: E402


def main():
    path, *names = sys.argv[1:]
    module = Compiled(path, ["--altgrad-differentiate"])
    rng = random.Random(1)
    functions = [module.function(name.lstrip("@")) for name in names]
    for _ in range(8):
        arguments = [
            (type.shape, [rng.gauss(0, 2) for _ in range(math.prod(type.shape))])
            for type in functions[0].arguments
        ]
        expected = functions[0].call(arguments)
        if not any(number != 0 for number in expected[-2][1]):
            sys.exit("only zeros: nothing was compared")
        for name, function in zip(names[1:], functions[1:]):
            got = function.call(arguments)
            if got != expected:
                sys.exit(f"{names[0]} gives {expected}\nbut {name} gives {got}")
    print(f"{', '.join(names)}: the same results")


if __name__ == "__main__":
    main()
