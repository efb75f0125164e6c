#!/usr/bin/env python3
"""Measures how the compile time of altgrad-cpu-pipeline grows.

    compile-time.py ALTGRAD-OPT [--print functions|block SIZE]

Modules of functions with ten operations each, and one function with a long
block, are lowered in two sizes. What is measured is the processor time of one
thread, which a busy machine changes little; a measurement that is too long is
repeated, and the shortest one counts.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import os
import subprocess
import sys
import tempfile

FORMATS = ["E4M3FN", "E5M2", "E3M4", "E0M7", "E7M0", "E1M6"]
ANY = "tensor<?xf32>"

# The bounds. Four times the program may take less than six times as long: a
# quadratic pass would take sixteen times.
MILLISECONDS_PER_FUNCTION = 10
GROWTH = 6
ATTEMPTS = 4

FUNCTIONS = [
    """
func.func @history{n}(%x: tensor<?xf32>, %h: tensor<16xf32>)
    -> (tensor<?x{q}>, tensor<?xf32>, tensor<16xf32>) {{
  %a = altgrad.amax %x : tensor<?xf32> -> f32
  %h1 = altgrad.update_amax_history %h, %a : tensor<16xf32>, f32
  %b = altgrad.history_amax %h1 : tensor<16xf32> -> f32
  %s = altgrad.compute_scale %b in {q} : f32 -> f32
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x{q}>
  %y = altgrad.dequantize %q, %s : tensor<?x{q}>, f32 -> tensor<?xf32>
  %z = arith.addf %y, %x : tensor<?xf32>
  %m = arith.mulf %z, %z : tensor<?xf32>
  %e = math.exp %m : tensor<?xf32>
  %r = altgrad.fake_quantize %e, %s in {q} : tensor<?xf32>, f32
  return %q, %r, %h1 : tensor<?x{q}>, tensor<?xf32>, tensor<16xf32>
}}""",
    """
func.func @update{n}(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32)
    -> (tensor<?xf32>, i64, i64) {{
  %c0 = arith.constant 0 : index
  %a = altgrad.amax %w nan(ignore) : tensor<?xf32> -> f32
  %s = altgrad.compute_scale %a in {q} margin(1) power_of_two(ceil) : f32 -> f32
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in {q}
      : tensor<?xf32>, f32 -> i64, i64
  %d = tensor.dim %w, %c0 : tensor<?xf32>
  %l = tensor.splat %lr[%d] : tensor<?xf32>
  %p = arith.mulf %g, %l : tensor<?xf32>
  %v = arith.subf %w, %p : tensor<?xf32>
  %m = arith.maximumf %v, %p : tensor<?xf32>
  %u = altgrad.fake_quantize %m, %s in {q} : tensor<?xf32>, f32
  return %u, %stalled, %total : tensor<?xf32>, i64, i64
}}""",
    """
func.func @layer{n}(%x: tensor<32x64xf32>, %w: tensor<64x16x{q}>, %s: f32,
                    %bias: tensor<16xf32>) -> (tensor<32x16x{q}>, f32) {{
  %c = arith.constant 0.0 : f32
  %wf = altgrad.dequantize %w, %s : tensor<64x16x{q}>, f32 -> tensor<64x16xf32>
  %e = tensor.empty() : tensor<32x16xf32>
  %z = linalg.fill ins(%c : f32) outs(%e : tensor<32x16xf32>) -> tensor<32x16xf32>
  %y = linalg.matmul ins(%x, %wf : tensor<32x64xf32>, tensor<64x16xf32>)
      outs(%z : tensor<32x16xf32>) -> tensor<32x16xf32>
  %b = linalg.broadcast ins(%bias : tensor<16xf32>) outs(%e : tensor<32x16xf32>)
      dimensions = [0]
  %v = arith.addf %y, %b : tensor<32x16xf32>
  %r = arith.maximumf %v, %z : tensor<32x16xf32>
  %a = altgrad.amax %r : tensor<32x16xf32> -> f32
  %sr = altgrad.compute_scale %a in {q} : f32 -> f32
  %q = altgrad.quantize %r, %sr : tensor<32x16xf32>, f32 -> tensor<32x16x{q}>
  return %q, %sr : tensor<32x16x{q}>, f32
}}""",
    """
func.func @blocks{n}(%x: tensor<8x64xf32>, %y: tensor<8x64xf32>)
    -> (tensor<8x64xf32>, tensor<8x2xf32>) {{
  %a = altgrad.amax %x : tensor<8x64xf32> -> tensor<8x2xf32>
  %s = altgrad.compute_scale %a in {q} : tensor<8x2xf32> -> tensor<8x2xf32>
  %q = altgrad.quantize %x, %s
      : tensor<8x64xf32>, tensor<8x2xf32> -> tensor<8x64x{q}>
  %d = altgrad.dequantize %q, %s
      : tensor<8x64x{q}>, tensor<8x2xf32> -> tensor<8x64xf32>
  %e = arith.subf %x, %d : tensor<8x64xf32>
  %m = arith.mulf %e, %e : tensor<8x64xf32>
  %t = arith.addf %m, %y : tensor<8x64xf32>
  %u = math.sqrt %t : tensor<8x64xf32>
  %v = arith.divf %e, %u : tensor<8x64xf32>
  %r = altgrad.fake_quantize %v, %s in {q} : tensor<8x64xf32>, tensor<8x2xf32>
  return %r, %s : tensor<8x64xf32>, tensor<8x2xf32>
}}""",
]


def get_format(number):
    return f"!altgrad.fp8<{FORMATS[number % len(FORMATS)]}>"


def make_functions(count):
    return "\n".join(
        FUNCTIONS[n % len(FUNCTIONS)].format(n=n, q=get_format(n))
        for n in range(count)
    )


class Block:
    """A function of one block, in parts that each have a way to be quadratic."""

    def __init__(self):
        self.lines = []
        self.count = 0

    def add(self, text):
        self.lines.append("  " + text)

    def define(self, text):
        self.count += 1
        self.add(f"%{self.count} = {text}")
        return f"%{self.count}"

    def chain(self, count, x):
        """Each operation reads the one before it."""
        for n in range(count // 2):
            x = self.define(
                f"altgrad.fake_quantize {x}, %scale in {get_format(n)} : {ANY}, f32"
            )
            x = self.define(f"arith.addf {x}, %g : {ANY}")
        return x

    def siblings(self, count, x):
        """All read one tensor, with a scale that is a constant."""
        for n in range(count // 4):
            s = self.define(f"arith.constant {1 + n / 16384} : f32")
            q = self.define(
                f"altgrad.fake_quantize %x, {s} in {get_format(n)} : {ANY}, f32"
            )
            a = self.define(f"altgrad.amax {q} : {ANY} -> f32")
            self.scalar = self.define(f"arith.maximumf {self.scalar}, {a} : f32")
        return x

    def slices(self, count, x):
        """All write to one tensor."""
        small = "tensor<8xf32>"
        for n in range(count // 3):
            e = self.define(f"tensor.extract_slice {x}[{n}] [8] [1] : {ANY} to {small}")
            e = self.define(
                f"altgrad.fake_quantize {e}, %scale in {get_format(n)} : {small}, f32"
            )
            x = self.define(
                f"tensor.insert_slice {e} into {x}[{n}] [8] [1] : {small} into {ANY}"
            )
        return x

    def training(self, count, x):
        h = "%h"
        for n in range(count // 8):
            q = get_format(n)
            a = self.define(f"altgrad.amax {x} : {ANY} -> f32")
            h = self.define(
                f"altgrad.update_amax_history {h}, {a} : tensor<16xf32>, f32"
            )
            b = self.define(f"altgrad.history_amax {h} : tensor<16xf32> -> f32")
            s = self.define(f"altgrad.compute_scale {b} in {q} : f32 -> f32")
            y = self.define(f"altgrad.fake_quantize {x}, {s} in {q} : {ANY}, f32")
            self.count += 1
            self.add(
                f"%{self.count}:2 = altgrad.stall {x}, %g, %scale, {s} in {q}"
                f" : {ANY}, f32 -> i64, i64"
            )
            self.total = self.define(
                f"arith.addi {self.total}, %{self.count}#0 : i64"
            )
            x = self.define(f"arith.subf {y}, %g : {ANY}")
        return x

    def scalars(self, count, x):
        for n in range(count // 2):
            self.scalar = self.define(
                f"altgrad.fake_quantize {self.scalar}, %scale in {get_format(n)}"
                " : f32, f32"
            )
            self.scalar = self.define(f"arith.addf {self.scalar}, %scale : f32")
        return x

    def write(self, count):
        self.add(
            f"func.func @block(%x: {ANY}, %g: {ANY}, %h: tensor<16xf32>, %scale: f32)"
            f" -> ({ANY}, f32, i64) {{"
        )
        self.scalar = self.define("arith.constant 0.0 : f32")
        self.total = self.define("arith.constant 0 : i64")
        x = "%x"
        for part in (
            self.chain, self.siblings, self.slices, self.training, self.scalars
        ):
            x = part(count // 5, x)
        self.add(f"return {x}, {self.scalar}, {self.total} : {ANY}, f32, i64")
        return "\n".join(self.lines + ["}"])


def make_block(count):
    return Block().write(count)


def measure(altgrad_opt, program):
    """The seconds of processor time that lowering the program takes."""
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        file.write(program)
        file.flush()
        process = subprocess.Popen(
            [altgrad_opt, file.name, "--altgrad-cpu-pipeline",
             "--mlir-disable-threading", "-o", os.devnull]
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"altgrad-opt failed with status {status}")
    return usage.ru_utime


def check(name, limit, get_value):
    """Takes the smallest of some values, until one is below the limit."""
    values = []
    while len(values) < ATTEMPTS and (not values or min(values) >= limit):
        values.append(get_value())
    good = min(values) < limit
    print(f"{name}: {min(values):.2f}, limit {limit}: {'ok' if good else 'too much'}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("altgrad_opt")
    parser.add_argument("--print", nargs=2, metavar=("PROGRAM", "SIZE"))
    options = parser.parse_args()
    programs = {"functions": make_functions, "block": make_block}
    if options.print:
        print(programs[options.print[0]](int(options.print[1])))
        return

    times = {"functions": {}, "block": {}}

    def time(kind, size):
        seconds = measure(options.altgrad_opt, programs[kind](size))
        times[kind][size] = min(seconds, times[kind].get(size, seconds))
        return times[kind][size]

    def grow(kind, size):
        return time(kind, 4 * size) / time(kind, size)

    good = check(
        "milliseconds for each of 1000 functions",
        MILLISECONDS_PER_FUNCTION,
        lambda: time("functions", 1000),
    )
    good &= check(
        "growth from 250 to 1000 functions", GROWTH, lambda: grow("functions", 250)
    )
    good &= check(
        "growth from 2500 to 10000 operations in a block",
        GROWTH,
        lambda: grow("block", 2500),
    )
    for kind, sizes in times.items():
        for size, seconds in sorted(sizes.items()):
            print(f"  {kind} {size}: {seconds:.2f} s")
    sys.exit(not good)


if __name__ == "__main__":
    main()
