#!/usr/bin/env python3
"""make_digits.py FILE.npy COUNT WIDTH VALUE: an array of u8 that are all VALUE,
COUNTxWIDTH, or of COUNT elements where WIDTH is 0.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import sys

path, count, width, value = sys.argv[1], *map(int, sys.argv[2:])
shape = f"({count}, {width})" if width else f"({count},)"
header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(path, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little"))
    file.write(header.encode() + bytes([value]) * (count * (width or 1)))
