"""Casts written by hand in Triton: the device's own for the two formats that it
has, adding a large power of two for E3M4. Each with the block sizes that Triton
finds best for it."""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import torch
import triton
import triton.language as tl

VERSION = triton.__version__
CONFIGS = [
    triton.Config({"BLOCK": block}, num_warps=warps)
    for block in (1024, 2048, 4096, 8192)
    for warps in (4, 8)
]


@triton.autotune(configs=CONFIGS, key=["count"])
@triton.jit
def cast_kernel(source, target, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    x = tl.load(source + at, mask=inside).to(tl.float32)
    tl.store(target + at, x.to(target.dtype.element_ty), mask=inside)


@triton.autotune(configs=CONFIGS, key=["count"])
@triton.jit
def round_kernel(source, target, count, FORMAT: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    x = tl.load(source + at, mask=inside).to(tl.float32).to(FORMAT)
    tl.store(target + at, x.to(tl.float32).to(target.dtype.element_ty), mask=inside)


@triton.jit
def add_magic(x):
    """(power, magic, sum): the sum's last bit is worth one step of E3M4 there."""
    magnitude = tl.minimum(tl.abs(x), 124.0)
    exponent = magnitude.to(tl.int32, bitcast=True) & 0x7F800000
    # Subnormal numbers have the steps of the first binade, which begins at 1.
    power = tl.maximum(exponent, 0x3F800000)
    # 2^19 times: 23 bits of mantissa, of which 4 stay.
    magic = (power + (19 << 23)).to(tl.float32, bitcast=True)
    return power, magic, magnitude + magic


@triton.autotune(configs=CONFIGS, key=["count"])
@triton.jit
def quantize_e3m4_kernel(source, target, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    x = tl.load(source + at, mask=inside).to(tl.float32)
    power, magic, moved = add_magic(x)
    steps = moved.to(tl.int32, bitcast=True) - magic.to(tl.int32, bitcast=True)
    code = ((power - 0x3F800000) >> 19) + steps
    code = tl.where(x != x, 0, code | ((x.to(tl.int32, bitcast=True) >> 24) & 0x80))
    tl.store(target + at, code.to(tl.uint8), mask=inside)


@triton.autotune(configs=CONFIGS, key=["count"])
@triton.jit
def round_e3m4_kernel(source, target, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    x = tl.load(source + at, mask=inside).to(tl.float32)
    _, magic, moved = add_magic(x)
    rounded = (moved - magic).to(tl.int32, bitcast=True)
    sign = x.to(tl.int32, bitcast=True) & -2147483648
    y = tl.where(x != x, x, (rounded | sign).to(tl.float32, bitcast=True))
    tl.store(target + at, y.to(target.dtype.element_ty), mask=inside)


FORMATS = {"E4M3FN": tl.float8e4nv, "E5M2": tl.float8e5}


def make(op, name, source, target):
    """A call that fills `target`."""
    count = source.numel()

    def grid(meta):
        return (triton.cdiv(count, meta["BLOCK"]),)

    if op in ("quantize", "dequantize") and name in FORMATS:
        return lambda: cast_kernel[grid](source, target, count)
    if op == "fake_quantize" and name in FORMATS:
        return lambda: round_kernel[grid](source, target, count, FORMATS[name])
    if op == "quantize":
        return lambda: quantize_e3m4_kernel[grid](
            source, target.view(torch.uint8), count
        )
    if op == "fake_quantize":
        return lambda: round_e3m4_kernel[grid](source, target, count)
    return None
