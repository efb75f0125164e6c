#!/usr/bin/env python3
"""Prints the PTX in the gpu.binary ops that altgrad-gpu-pipeline wrote.

Usage: altgrad-opt ... | print_ptx.py [--ptxas PTXAS --chip CHIP]

Reads standard input. With --ptxas the assembler has to accept every kernel, and
its report is printed after the kernel: registers, stack and spills.
"""

import argparse
import re
import subprocess
import sys
import tempfile

BINARY = re.compile(r'gpu\.binary @(\S+) .*?assembly = "((?:[^"\\]|\\.)*)"', re.S)


def unescape(text):
    """The bytes of an MLIR string, without the zero at its end."""
    plain = re.sub(r"\\([0-9A-Fa-f]{2})", lambda m: chr(int(m.group(1), 16)), text)
    return plain.rstrip("\0")


def assemble(ptxas, chip, text):
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as source:
        source.write(text)
        source.flush()
        command = [ptxas, f"-arch={chip}", "-v", source.name, "-o", "/dev/null"]
        result = subprocess.run(command, capture_output=True, text=True)
    report = result.stdout + result.stderr
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{report}")
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ptxas")
    parser.add_argument("--chip")
    options = parser.parse_args()
    kernels = BINARY.findall(sys.stdin.read())
    if not kernels:
        sys.exit("no gpu.binary with assembly in the input")
    for name, text in kernels:
        print(f"// gpu.binary @{name}")
        print(unescape(text))
        if options.ptxas:
            print(assemble(options.ptxas, options.chip, unescape(text)))


if __name__ == "__main__":
    main()
