#!/usr/bin/env python3
"""Counts the instructions of the kernels that altgrad-gpu-pipeline makes.

    check-ptx-counts.py --chip=sm_90 TABLE    the check
    check-ptx-counts.py --chip=sm_90 --print  prints the table
    check-ptx-counts.py --chip=sm_90 --show   prints the blocks that are counted

each for all kernels or for those whose names begin with TEXT (--only=TEXT, as in
"stall f32 E3M4"), with altgrad-opt in the PATH.

    check-ptx-counts.py --chip=sm_90 --ptxas=PROGRAM

prints what CUDA's assembler says of each: registers, and spills, which are an error
but for up to BYTES with --spills='KERNEL=BYTES'.

Counted is the block that almost all elements go through, the one with loads of
vectors, by kinds: accesses to memory; sums and products of floats; comparisons of
all types, with minima, maxima and selections; everything else on integers;
conversions between float types; moves. These are instructions of PTX: the assembler
merges some (three logical operations into one LOP3) and drops moves.

"issue" is the least share of the issue slots of an H200 that a kernel needs while
it moves data as fast as a copy:

    instructions * (COPY / bytes per element) / (SMS * 4 * 32 * CLOCK)

"half" is the same for comparisons and integers, of which a multiprocessor does half
as many per cycle. Above 1, the kernel cannot reach the copy. COPY and CLOCK are
assumptions, not measured here; the rest is published by NVIDIA (CUDA Programming
Guide, throughput of native arithmetic instructions).

The numbers must be within MARGIN of TABLE, above and below, so that the table
stays true: where one changed on purpose, put what --print prints in its place.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "test" / "Assembly"), str(ROOT / "test")]
sys.dont_write_bytecode = True  # The tests leave nothing in the sources.

from kernels import ELEMENT_BYTES, get_kernels  # noqa: E402
from print_ptx import BINARY, assemble, unescape  # noqa: E402

MARGIN = 0.05
# Of this much an element a change is noise: a shared address more or less.
LEAST = 0.2
OPERATIONS = [
    "quantize",
    "dequantize",
    "fake_quantize",
    "amax",
    "stall",
    "quantize+amax",
]
KINDS = ["memory", "float", "compare", "integer", "convert", "move"]
SHARES = ["issue", "half"]

# An H200: multiprocessors, comparisons and integer operations per cycle of each,
# bytes per second that a copy reads and writes, cycles per second under load.
SMS, HALF_RATE = 132, 64
COPY, CLOCK = 4.3e12, 1.7e9

INSTRUCTION = re.compile(r"(?:@!?%p\d+\s+)?([a-z][\w.:]*)\s")
FLOAT_TYPE = re.compile(r"\.(?:f16|f16x2|bf16|bf16x2|f32|f64|e4m3x2|e5m2x2)\b")
LOAD = re.compile(r"ld\.global(?:\.\w+)*?(?:\.v(\d))?\.[bfsu](\d+)\s")


def get_kind(name):
    """One of KINDS, or None for what is not counted as work: control."""
    operation = name.split(".")[0]
    if operation in ("ld", "st", "atom", "red"):
        return "memory"
    if operation == "mov":
        return "move"
    if operation == "cvt":
        return "convert" if FLOAT_TYPE.search(name) else "integer"
    if operation in ("setp", "set", "selp", "slct", "min", "max"):
        return "compare"
    return "float" if FLOAT_TYPE.search(name) else "integer"


class Block:
    """Instructions that always run together."""

    def __init__(self):
        self.lines = []

    @property
    def loaded_bytes(self):
        """What its loads of vectors read, 0 if it has none."""
        found = [LOAD.match(line) for line in self.lines]
        sizes = [int(m[1] or 1) * int(m[2]) // 8 for m in found if m]
        # A scalar loop loads one element; a vector has four bytes at least, and
        # there are several of them.
        return sum(sizes) if len(sizes) > 1 and max(sizes) >= 4 else 0

    def count_kinds(self):
        counts = dict.fromkeys(KINDS, 0)
        for line in self.lines:
            counts[get_kind(INSTRUCTION.match(line)[1])] += 1
        return counts


def get_blocks(text):
    """The blocks of a kernel in PTX."""
    blocks = [Block()]
    body = text[text.index("\n{") + 2 :]
    for line in body.splitlines():
        line = line.split("//")[0].strip()
        if line.endswith(":"):
            blocks.append(Block())
        elif line and line[0] not in ".}$":
            match = INSTRUCTION.match(line)
            name = match[1] if match else line.rstrip(";")
            if name.startswith(("bra", "ret", "bar", "brx")):
                blocks.append(Block())
            elif match:
                blocks[-1].lines.append(line)
    return blocks


class Count:
    """Instructions per element of one kernel."""

    def __init__(self, kernel, block, read_bytes, bytes_per_element):
        self.kernel, self.block = kernel, block
        self.elements = block.loaded_bytes / read_bytes
        self.kinds = {
            kind: count / self.elements for kind, count in block.count_kinds().items()
        }
        self.total = sum(self.kinds.values())
        rate = COPY / bytes_per_element
        self.issue = self.total * rate / (SMS * 4 * 32 * CLOCK)
        half = self.kinds["compare"] + self.kinds["integer"]
        self.half = half * rate / (SMS * HALF_RATE * CLOCK)

    def get_cells(self):
        cells = [f"{self.kinds[kind]:.2f}" for kind in KINDS]
        return cells + [f"{self.total:.2f}", f"{self.issue:.2f}", f"{self.half:.2f}"]


def get_widths(kernel):
    """Bytes per element: read, and read or written."""
    width = ELEMENT_BYTES[kernel.element]
    read = {"dequantize": 1, "stall": 2 * width}.get(kernel.operation, width)
    written = {
        "quantize": 1,
        "quantize+amax": 1,
        "dequantize": width,
        "fake_quantize": width,
    }.get(kernel.operation, 0)
    return read, read + written


def compile_kernels(kernels, chip):
    """{symbol: [PTX of each kernel of the function]}."""
    text = "".join(kernel.get_program() for kernel in kernels)
    command = ["altgrad-opt", f"--altgrad-gpu-pipeline=chip={chip}"]
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")
    found = {}
    for name, ptx in BINARY.findall(result.stdout):
        symbol = re.sub(r"_kernel(_\d+)?$", "", name)
        found.setdefault(symbol, []).append(unescape(ptx))
    return found


def count_all(kernels, programs):
    counts = []
    for kernel in kernels:
        widest, most = None, 0
        for ptx in programs.get(kernel.symbol, []):
            for block in get_blocks(ptx):
                if block.loaded_bytes > most:
                    widest, most = block, block.loaded_bytes
        if widest is None:
            sys.exit(f"{kernel}: no block loads vectors")
        counts.append(Count(kernel, widest, *get_widths(kernel)))
    return counts


def get_label(kernel):
    """How the table names a kernel; amax knows no format."""
    return [
        kernel.operation,
        kernel.element,
        "any" if kernel.operation == "amax" else kernel.format,
    ]


def format_table(chip, counts):
    titles = [*KINDS, "all", *SHARES]
    lines = [f"{chip:<29}" + "".join(f"{title:>9}" for title in titles)]
    for count in counts:
        operation, element, number_format = get_label(count.kernel)
        line = f"{operation:<15}{element:<6}{number_format:<8}"
        lines.append(line + "".join(f"{cell:>9}" for cell in count.get_cells()))
    return "\n".join(lines) + "\n"


def read_table(path):
    rows = {}
    for line in path.read_text().splitlines()[1:]:
        words = line.split()
        rows[" ".join(words[:3])] = [float(word) for word in words[3:]]
    return rows


def check(chip, counts, table, path):
    errors = 0
    for count in counts:
        expected = table.get(" ".join(get_label(count.kernel)))
        if expected is None:
            print(f"{chip}: {count.kernel}: not in {path.name}")
            errors += 1
            continue
        titles = [*KINDS, "all"]
        for title, want, cell in zip(titles, expected, count.get_cells()):
            got = float(cell)
            if abs(got - want) > max(MARGIN * want, LEAST):
                print(
                    f"{chip}: {count.kernel}: expected {want:.2f} per element of "
                    f"'{title}' but got {got:.2f}"
                )
                errors += 1
    if errors:
        print(f"{errors} errors. The table as it is now:\n")
        print(format_table(chip, counts), end="")
        sys.exit(1)
    print(f"{chip}: {len(counts)} kernels")


def report_assembler(ptxas, chip, kernels, programs, allowed):
    """Registers of the largest kernel of each function; spills are an error."""
    errors = 0
    for kernel in kernels:
        reports = "".join(assemble(ptxas, chip, p) for p in programs[kernel.symbol])
        registers = max(int(n) for n in re.findall(r"Used (\d+) reg", reports))
        spills = sum(int(n) for n in re.findall(r"(\d+) bytes spill", reports))
        print(f"{kernel}: {registers} registers, {spills} bytes of spills")
        errors += spills > allowed.get(str(kernel), 0)
    if errors:
        sys.exit(f"{errors} kernels spill more than they may")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chip", required=True)
    parser.add_argument("--only", metavar="TEXT", default="")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--ptxas", metavar="PROGRAM")
    parser.add_argument("--spills", metavar="KERNEL=BYTES", action="append", default=[])
    parser.add_argument("table", nargs="?", type=pathlib.Path)
    options = parser.parse_args()
    chosen = [options.print, options.show, bool(options.table), bool(options.ptxas)]
    if sum(chosen) != 1:
        parser.error("expected one of a table, --print, --show and --ptxas")
    kernels = [
        kernel
        for kernel in get_kernels()
        if kernel.operation in OPERATIONS
        and kernel.element != "f16"
        and str(kernel).startswith(options.only)
    ]
    kernels.sort(key=lambda kernel: OPERATIONS.index(kernel.operation))
    if not kernels:
        parser.error(f"no kernel begins with '{options.only}'")
    programs = compile_kernels(kernels, options.chip)
    if options.ptxas:
        allowed = {k: int(n) for k, n in (s.split("=") for s in options.spills)}
        report_assembler(options.ptxas, options.chip, kernels, programs, allowed)
        return
    counts = count_all(kernels, programs)
    if options.show:
        for count in counts:
            print(f"{count.kernel}: {count.elements:.0f} elements")
            print("\n".join(count.block.lines))
    elif options.print:
        print(format_table(options.chip, counts), end="")
    else:
        check(options.chip, counts, read_table(options.table), options.table)


if __name__ == "__main__":
    main()
