#!/usr/bin/env python3
"""Random programs on tensors that share buffers, run twice.

    aliasing.py ALTGRAD-OPT MLIR-RUNNER LIBRARIES [--seed N] [--functions N]

Once lowered with altgrad-cpu-pipeline, and once with upstream's bufferization
copying before every write and freeing at the end of each block. A tensor is a
value, so both have to print the same: what every function returns, and its
arguments after the call. Every buffer has to be freed in the end.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import random
import re
import subprocess
import sys

TENSOR = "tensor<8xf32>"
HEADER = """
#element = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>
func.func private @printF32(f32)
func.func private @printComma()
func.func private @printNewline()
func.func private @print_live_buffers()
func.func @print(%x: tensor<8xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %eight = arith.constant 8 : index
  scf.for %i = %zero to %eight step %one {
    %e = tensor.extract %x[%i] : tensor<8xf32>
    func.call @printF32(%e) : (f32) -> ()
    func.call @printComma() : () -> ()
  }
  call @printNewline() : () -> ()
  return
}
"""

# What malloc and free become, to count the buffers.
COUNTERS = """
llvm.func @printI64(i64)
llvm.mlir.global internal @live(0 : i64) : i64
llvm.func @add_to_live(%n: i64) {
  %address = llvm.mlir.addressof @live : !llvm.ptr
  %old = llvm.load %address : !llvm.ptr -> i64
  %new = llvm.add %old, %n : i64
  llvm.store %new, %address : i64, !llvm.ptr
  llvm.return
}
llvm.func @counted_malloc(%size: i64) -> !llvm.ptr {
  %one = llvm.mlir.constant(1 : i64) : i64
  llvm.call @add_to_live(%one) : (i64) -> ()
  %buffer = llvm.call @malloc(%size) : (i64) -> !llvm.ptr
  llvm.return %buffer : !llvm.ptr
}
llvm.func @counted_free(%buffer: !llvm.ptr) {
  %one = llvm.mlir.constant(-1 : i64) : i64
  llvm.call @add_to_live(%one) : (i64) -> ()
  llvm.call @free(%buffer) : (!llvm.ptr) -> ()
  llvm.return
}
llvm.func @print_live_buffers() {
  %address = llvm.mlir.addressof @live : !llvm.ptr
  %live = llvm.load %address : !llvm.ptr -> i64
  llvm.call @printI64(%live) : (i64) -> ()
  llvm.call @printNewline() : () -> ()
  llvm.return
}
"""


class Function:
    """One function of random operations."""

    def __init__(self, rng, number):
        self.rng = rng
        self.number = number
        self.lines = []
        self.count = 0

    def name(self, prefix="v"):
        self.count += 1
        return f"%{prefix}{self.count}"

    def emit(self, text, indent="  "):
        self.lines.append(indent + text)

    def define(self, text, indent="  "):
        name = self.name()
        self.emit(f"{name} = {text}", indent)
        return name

    def elementwise(self, pool, indent):
        x, y = self.rng.choices(pool, k=2)
        op = self.rng.choice(["addf", "subf", "maximumf"])
        return self.define(f"arith.{op} {x}, {y} : {TENSOR}", indent)

    def fake_quantize(self, pool, indent):
        x = self.rng.choice(pool)
        return self.define(
            f"altgrad.fake_quantize {x} in !altgrad.fp8<E3M4> : {TENSOR}", indent
        )

    def into_slice(self, pool, indent):
        """A slice is computed from others and put into a tensor."""
        x, y = self.rng.choices(pool, k=2)
        z = self.rng.choice([x, self.rng.choice(pool)])
        first, second = self.rng.choices([0, 2, 4], k=2)
        third = self.rng.choice([first, self.rng.choice([0, 2, 4])])
        small = "tensor<4xf32>"
        a = self.define(
            f"tensor.extract_slice {x}[{first}] [4] [1] : {TENSOR} to {small}", indent
        )
        b = self.define(
            f"tensor.extract_slice {y}[{second}] [4] [1] : {TENSOR} to {small}", indent
        )
        kind = self.rng.randrange(4)
        if kind == 0:
            c = self.define(f"arith.addf {a}, {b} : {small}", indent)
        elif kind == 1:  # In place, in the slice.
            c = self.define(
                f"linalg.add ins({a}, {b} : {small}, {small}) outs({a} : {small})"
                f" -> {small}",
                indent,
            )
        elif kind == 2:
            empty = self.define(f"tensor.empty() : {small}", indent)
            c = self.define(
                f"linalg.transpose ins({self.to_square(a, indent)} : tensor<2x2xf32>)"
                f" outs({self.to_square(empty, indent)} : tensor<2x2xf32>)"
                " permutation = [1, 0]",
                indent,
            )
            c = self.define(
                f"tensor.collapse_shape {c} [[0, 1]] : tensor<2x2xf32> into {small}",
                indent,
            )
        else:
            c = b
        if self.rng.random() < 0.2:
            pool.append(self.elementwise(pool, indent))
        return self.define(
            f"tensor.insert_slice {c} into {z}[{third}] [4] [1]"
            f" : {small} into {TENSOR}",
            indent,
        )

    def to_square(self, value, indent):
        return self.define(
            f"tensor.expand_shape {value} [[0, 1]] output_shape [2, 2]"
            " : tensor<4xf32> into tensor<2x2xf32>",
            indent,
        )

    def insert(self, pool, indent):
        x, y = self.rng.choices(pool, k=2)
        i = self.define(f"arith.constant {self.rng.randrange(8)} : index", indent)
        e = self.define(f"tensor.extract {x}[{i}] : {TENSOR}", indent)
        s = self.define(f"arith.addf {e}, %one : f32", indent)
        return self.define(f"tensor.insert {s} into {y}[{i}] : {TENSOR}", indent)

    def accumulate(self, pool, indent):
        x, y = self.rng.choices(pool, k=2)
        return self.define(
            "linalg.generic {indexing_maps = [#element, #element],"
            ' iterator_types = ["parallel"]}'
            f" ins({x} : {TENSOR}) outs({y} : {TENSOR}) {{"
            " ^bb0(%in: f32, %out: f32): %sum = arith.addf %in, %out : f32"
            f" linalg.yield %sum : f32 }} -> {TENSOR}",
            indent,
        )

    def overwrite(self, pool, indent):
        x, y, z = self.rng.choices(pool, k=3)
        return self.define(
            f"linalg.sub ins({x}, {y} : {TENSOR}, {TENSOR})"
            f" outs({z} : {TENSOR}) -> {TENSOR}",
            indent,
        )

    def reverse(self, pool, indent):
        """Reads a tensor that it may write to, element by element."""
        x, y = self.rng.choices(pool, k=2)
        return self.define(
            "linalg.generic {indexing_maps = [#element], iterator_types ="
            f' ["parallel"]}} outs({y} : {TENSOR}) {{'
            " ^bb0(%out: f32): %i = linalg.index 0 : index"
            " %j = arith.subi %seven, %i : index"
            f" %e = tensor.extract {x}[%j] : {TENSOR}"
            f" linalg.yield %e : f32 }} -> {TENSOR}",
            indent,
        )

    def fill(self, pool, indent):
        y = self.rng.choice(pool)
        if self.rng.random() < 0.5:
            y = self.define(f"tensor.empty() : {TENSOR}", indent)
        x = self.rng.choice(pool)
        amax = self.define(f"altgrad.amax {x} : {TENSOR} -> f32", indent)
        return self.define(
            f"linalg.fill ins({amax} : f32) outs({y} : {TENSOR}) -> {TENSOR}", indent
        )

    def select(self, pool, indent):
        x, y = self.rng.choices(pool, k=2)
        return self.define(f"arith.select %flag, {x}, {y} : {TENSOR}", indent)

    def call(self, pool, indent):
        if self.number == 0:
            return self.elementwise(pool, indent)
        x, y = self.rng.choices(pool, k=2)
        callee = self.rng.randrange(max(0, self.number - 8), self.number)
        name = self.name()
        self.emit(
            f"{name}:2 = func.call @f{callee}({x}, {y}, %flag)"
            f" : ({TENSOR}, {TENSOR}, i1) -> ({TENSOR}, {TENSOR})",
            indent,
        )
        return f"{name}#{self.rng.randrange(2)}"

    def loop(self, pool, indent):
        x, y = self.rng.choices(pool, k=2)
        name, a, b = self.name(), self.name("a"), self.name("b")
        self.emit(
            f"{name}:2 = scf.for %step_number = %zero to %two step %step"
            f" iter_args({a} = {x}, {b} = {y}) -> ({TENSOR}, {TENSOR}) {{",
            indent,
        )
        inner = pool + [a, b]
        self.body(inner, indent + "  ", self.rng.randrange(1, 4), nested=True)
        r, s = self.rng.choices(inner[len(pool) :], k=2)
        self.emit(f"scf.yield {r}, {s} : {TENSOR}, {TENSOR}", indent + "  ")
        self.emit("}", indent)
        return f"{name}#{self.rng.randrange(2)}"

    def branch(self, pool, indent):
        name = self.name()
        self.emit(f"{name} = scf.if %flag -> {TENSOR} {{", indent)
        for otherwise in (False, True):
            if otherwise:
                self.emit("} else {", indent)
            inner = list(pool)
            self.body(inner, indent + "  ", self.rng.randrange(3), nested=True)
            self.emit(f"scf.yield {inner[-1]} : {TENSOR}", indent + "  ")
        self.emit("}", indent)
        return name

    def body(self, pool, indent, count, nested=False):
        straight = [
            self.elementwise,
            self.fake_quantize,
            self.into_slice,
            self.into_slice,
            self.insert,
            self.accumulate,
            self.overwrite,
            self.reverse,
            self.fill,
            self.select,
        ]
        # Half of the functions are straight lines.
        others = [self.call, self.loop, self.branch]
        if nested or self.number % 2 == 0:
            others = []
        for _ in range(count):
            pool.append(self.rng.choice(straight + others)(pool, indent))

    def write(self):
        pool = ["%x", "%y"]
        self.body(pool, "  ", self.rng.randrange(2, 14))
        # Results are arguments, one value twice, or anything.
        results = self.rng.choices(pool, k=2)
        return "\n".join(
            [
                f"func.func @f{self.number}(%x: {TENSOR}, %y: {TENSOR}, %flag: i1)"
                f" -> ({TENSOR}, {TENSOR}) {{",
                "  %one = arith.constant 1.0 : f32",
                "  %zero = arith.constant 0 : index",
                "  %step = arith.constant 1 : index",
                "  %two = arith.constant 2 : index",
                "  %seven = arith.constant 7 : index",
                *self.lines,
                f"  return {results[0]}, {results[1]} : {TENSOR}, {TENSOR}",
                "}",
            ]
        )


def make_program(rng, count):
    functions = [Function(rng, number).write() for number in range(count)]
    lines = ["func.func @run() {"]

    for number in range(count):
        flag = rng.choice(["true", "false"])
        lines.append(f"  %flag{number} = arith.constant {flag}")
        values = [[rng.randrange(-8, 9) / 4 for _ in range(8)] for _ in range(2)]
        for name, numbers in zip("xy", values):
            lines.append(f"  %{name}{number} = arith.constant dense<{numbers}> : {TENSOR}")
        lines.append(
            f"  %r{number}:2 = call @f{number}(%x{number}, %y{number}, %flag{number})"
            f" : ({TENSOR}, {TENSOR}, i1) -> ({TENSOR}, {TENSOR})"
        )
        for value in ("r{}#0", "r{}#1", "x{}", "y{}"):
            lines.append(
                f"  call @print(%{value.format(number)}) : ({TENSOR}) -> ()"
            )
    lines += ["  return", "}", "func.func @main() {", "  call @run() : () -> ()",
              "  call @print_live_buffers() : () -> ()", "  return", "}"]
    return HEADER + "\n".join(functions + lines) + "\n"


def count_buffers(lowered):
    """The module with counters in the place of malloc and free."""
    lowered = re.sub(r"llvm.call @(malloc|free)\(", r"llvm.call @counted_\1(", lowered)
    lowered = re.sub(r"  llvm.func @print_live_buffers\(\).*\n", "", lowered)
    return lowered.rstrip().removesuffix("}") + COUNTERS + "}\n"


def get_reference_pipeline(altgrad_opt):
    """The pipeline with upstream's bufferization, without any analysis."""
    dump = subprocess.run(
        [altgrad_opt, "--altgrad-cpu-pipeline", "--dump-pass-pipeline"],
        input="", capture_output=True, text=True, check=True,
    ).stderr
    text = "".join(line.strip() for line in dump.splitlines()[1:])
    start = text.index("altgrad-bufferize")
    end = text.index("altgrad-run-if-present{ops={bufferization.dealloc}")
    return (
        text[:start]
        + "one-shot-bufferize{copy-before-write=true bufferize-function-boundaries=true"
        " function-boundary-type-conversion=identity-layout-map"
        " allow-return-allocs-from-loops=true},canonicalize,"
        "ownership-based-buffer-deallocation,canonicalize,"
        + text[end:]
    )


def run(command, text):
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)[:200]}: exit {result.returncode}\n{result.stderr}")
    return result.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("altgrad_opt")
    parser.add_argument("runner")
    parser.add_argument("library")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--functions", type=int, default=100)
    parser.add_argument("--print", action="store_true")
    options = parser.parse_args()
    program = make_program(random.Random(options.seed), options.functions)
    if options.print:
        print(program)
        return
    runner = [options.runner, "-e", "main", "-entry-point-result=void",
              "-shared-libs=" + options.library]
    printed = []
    for pipeline in (
        "--altgrad-cpu-pipeline",
        "--pass-pipeline=" + get_reference_pipeline(options.altgrad_opt),
    ):
        lowered = run([options.altgrad_opt, pipeline], program)
        printed.append(run(runner, count_buffers(lowered)).splitlines())
    ours, reference = printed
    live, upstream_live = ours.pop(), reference.pop()
    wrong = sorted({i // 4 for i, pair in enumerate(zip(ours, reference))
                    if pair[0] != pair[1]})
    for number in wrong:
        print(f"@f{number}: expected", *reference[4 * number : 4 * number + 4])
        print(f"@f{number}: but got", *ours[4 * number : 4 * number + 4])
    print(f"{options.functions} functions, seed {options.seed}: {len(wrong)} differ,"
          f" {live} buffers are not freed")
    complete = len(ours) == len(reference) == 4 * options.functions
    sys.exit(not complete or bool(wrong) or live != "0" or upstream_live != "0")


if __name__ == "__main__":
    main()
