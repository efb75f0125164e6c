#!/usr/bin/env python3
"""Looks at the vector loops that altgrad-cpu-pipeline and LLVM make.

    check-instruction-counts.py --target=CPU TABLE    the check
    check-instruction-counts.py --target=CPU --print  prints the table
    check-instruction-counts.py --target=CPU --show   prints the loops

each for all kernels or for those whose names begin with TEXT (--only=TEXT, as in
"stall f32 E3M4"), and with --assembly=FILE for code that is there already.

Every operation is compiled for CPU in six formats and three element types
(test/Assembly/kernels.py); no such processor is needed. In a kernel's vector
loops there may be no call, no gather, no arithmetic on single elements, no spill
and, with the 32 registers of AVX-512, no constant that is loaded again. There
are two versions of the loop that almost all elements go through: for large data
one with prefetches whose stores are all non-temporal, and one with neither.

The number of instructions per 64 elements must be within MARGIN of what TABLE
says, above and below, so that the table stays true: where it changed for the
better, put what --print prints in its place. The loop for large data, which
waits for memory, may have up to LARGE_MARGIN more, for the addresses of its
prefetches; these are not counted.
"178/13" in a table allows for 13 accesses to the stack in one iteration: what
does not fit the 16 registers of AVX2.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "Assembly"))
sys.dont_write_bytecode = True  # The tests leave nothing in the sources.

from kernels import ELEMENTS, FORMATS, OPERATIONS, get_kernels  # noqa: E402
from loops import get_functions, get_loops  # noqa: E402

MARGIN = 0.05
LARGE_MARGIN = 0.25
COUNTED_ELEMENTS = 64
# Arithmetic on single floats, moves between single lanes and other registers,
# and accesses to one element. Moves of 8 bytes and more may be of vectors.
SCALAR = (
    r"(?!vbroadcast|v?movsd|vpabsd)v?\w+s[sdh]|v?pextr\w+|v?pinsr\w+|v?movd"
    r"|mov[zs][bw]\w+|mov[bwl]|set\w+|cmov\w+|popcnt\w*|kmov\w+"
)
GATHER = r"v?p?gather\w+"


def run(command, text):
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")
    return result.stdout


def compile_kernels(kernels, target):
    """The assembly of all kernels."""
    text = "".join(kernel.get_program() for kernel in kernels)
    text = run(["altgrad-opt", f"--altgrad-cpu-pipeline=target={target}"], text)
    text = run(["mlir-translate", "--mlir-to-llvmir"], text)
    text = "target triple = \"x86_64-unknown-linux-gnu\"\n" + text
    text = run(["opt", "-O3", "-S"], text)
    return run(["llc", "-O3"], text)


def find_loops(kernel, functions):
    """(loop, elements) of each vector loop of a kernel, widest first."""
    loops = [loop for loop in get_loops(functions[kernel.symbol]) if loop.is_vector]
    counted = [(loop, loop.count_elements(kernel.input_bytes)) for loop in loops]
    return sorted(counted, key=lambda entry: -entry[1])


def find_wide(loops):
    """The loops that almost all elements go through."""
    most = max((elements for _, elements in loops), default=0)
    return [loop for loop, elements in loops if elements == most], most


class Checker:
    def __init__(self, target):
        self.target = target
        self.errors = 0

    def complain(self, kernel, message, loop=None):
        self.errors += 1
        print(f"{self.target}: {kernel}: {message}")
        if loop:
            print(loop)

    def check_body(self, kernel, loop, allowed_spills):
        """What no vector loop may have."""
        # A masked move costs what it costs from a register.
        constants = [
            i for i in loop.instructions if i.reads_constant and not i.is_masked
        ]
        for found, what in [
            (loop.spills if len(loop.spills) > allowed_spills else [], "spills"),
            (constants if loop.is_avx512 else [], "constants loaded again"),
            (loop.having("call.*"), "calls"),
            (loop.having(GATHER), "gathers"),
            (loop.having(SCALAR), "scalar instructions"),
        ]:
            if found:
                names = ", ".join(sorted({str(i) for i in found}))
                self.complain(kernel, f"{len(found)} {what}: {names}", loop)

    def check_versions(self, kernel, wide):
        """One loop for data in caches, and one for those in memory."""
        large = [loop for loop in wide if loop.prefetches]
        small = [loop for loop in wide if not loop.prefetches]
        if len(large) != 1 or len(small) != 1:
            text = "\n".join(map(str, wide))
            self.complain(
                kernel,
                f"expected two versions of the loop but got {len(large)} with "
                f"prefetches and {len(small)} without:\n{text}",
            )
            return None
        if small[0].non_temporal:
            self.complain(kernel, "non-temporal stores of small data", small[0])
        if len(large[0].stores) != len(large[0].non_temporal):
            self.complain(kernel, "temporal stores of large data", large[0])
        for loop in wide:
            if bool(loop.stores) != kernel.stores:
                count = len(loop.stores)
                self.complain(kernel, f"{count} stores in the loop", loop)
        return small[0], large[0]

    def check_spills(self, kernel, versions, allowed):
        """That the table allows for none that are not there."""
        most = max(len(loop.spills) for loop in versions)
        if most < allowed:
            self.complain(kernel, f"expected {allowed} spills but got {most}")

    def check_count(self, kernel, loop, elements, expected):
        count = count_instructions(loop, elements)
        margin = LARGE_MARGIN if loop.prefetches else MARGIN
        if abs(count - expected) <= margin * expected:
            return
        relation = "more" if count > expected else "less"
        self.complain(
            kernel,
            f"expected {expected:g} instructions per {COUNTED_ELEMENTS} elements "
            f"but got {count:g}, {abs(count / expected - 1):.0%} {relation}",
            loop,
        )


def count_instructions(loop, elements):
    count = len(loop) - len(loop.prefetches)
    return count * COUNTED_ELEMENTS / elements


def read_table(path):
    """{(operation, element, format): (instructions, spills)}"""
    lines = [line.split() for line in path.read_text().splitlines()[1:]]
    table = {}
    for operation, element, *cells in filter(None, lines):
        for number_format, cell in zip(FORMATS, cells):
            count, _, spills = cell.partition("/")
            table[operation, element, number_format] = float(count), int(spills or 0)
    return table


def print_table(target, kernels, functions):
    counts = {}
    for kernel in kernels:
        wide, elements = find_wide(find_loops(kernel, functions))
        small = [loop for loop in wide if not loop.prefetches]
        if not small or not elements:
            sys.exit(f"{target}: {kernel}: no vector loop")
        spills = max(len(loop.spills) for loop in wide)
        cell = f"{count_instructions(small[0], elements):g}"
        cell += f"/{spills}" if spills else ""
        counts[kernel.operation, kernel.element, kernel.format] = cell
    print(f"{target:<25}" + "".join(f"{name:>10}" for name in FORMATS))
    for operation in OPERATIONS:
        for element in ELEMENTS:
            row = [counts.get((operation, element, name), "") for name in FORMATS]
            line = f"{operation:<20}{element:<5}" + "".join(f"{n:>10}" for n in row)
            print(line.rstrip())


def check(target, kernels, functions, table):
    checker = Checker(target)
    for kernel in kernels:
        loops = find_loops(kernel, functions)
        wide, elements = find_wide(loops)
        if not elements:
            checker.complain(kernel, "no vector loop")
            continue
        key = kernel.operation, kernel.element, kernel.format
        if key not in table:
            checker.complain(kernel, "not in the table")
            continue
        count, spills = table[key]
        for loop, _ in loops:
            checker.check_body(kernel, loop, spills)
        versions = checker.check_versions(kernel, wide)
        if not versions:
            continue
        checker.check_spills(kernel, versions, spills)
        for loop in versions:
            checker.check_count(kernel, loop, elements, count)
    if checker.errors:
        print(f"{checker.errors} errors. The table as it is now:\n")
        print_table(target, kernels, functions)
        sys.exit(1)
    print(f"{target}: {len(kernels)} kernels")


def show(kernels, functions):
    for kernel in kernels:
        for loop, elements in find_loops(kernel, functions):
            print(f"{kernel}: {elements} elements, {len(loop)} instructions")
            print(loop)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--only", metavar="TEXT", default="")
    parser.add_argument("--assembly", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("table", nargs="?", type=pathlib.Path)
    options = parser.parse_args()
    if options.print + options.show + bool(options.table) != 1:
        parser.error("expected one of a table, --print and --show")
    kernels = [k for k in get_kernels() if str(k).startswith(options.only)]
    if not kernels:
        parser.error(f"no kernel begins with '{options.only}'")
    if options.assembly:
        assembly = options.assembly.read_text()
    else:
        assembly = compile_kernels(kernels, options.target)
    functions = get_functions(assembly)
    if options.show:
        show(kernels, functions)
    elif options.print:
        print_table(options.target, kernels, functions)
    else:
        check(options.target, kernels, functions, read_table(options.table))


if __name__ == "__main__":
    main()
