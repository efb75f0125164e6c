# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operations once more, in NumPy, from the definition of a format.

Shares nothing with the package: values come from the formula, codes from a search
among them.
"""

from __future__ import annotations

import numpy as np


def values(format) -> np.ndarray:
    """The value of each code of an 8-bit format, float64."""
    exponent_bits, mantissa_bits = format.exponent_bits, format.mantissa_bits
    codes = np.arange(256)
    sign = np.where(codes >> 7, -1.0, 1.0)
    exponent = (codes & 0x7F) >> mantissa_bits
    mantissa = codes & ((1 << mantissa_bits) - 1)
    fraction = mantissa / 2.0**mantissa_bits
    if exponent_bits == 0:
        result = sign * fraction
    else:
        bias = format.bias
        result = sign * np.where(
            exponent == 0,
            np.ldexp(fraction, 1 - bias),
            np.ldexp(1 + fraction, exponent - bias),
        )
    top = exponent == (1 << exponent_bits) - 1
    if format.specials == "ieee":
        result[top] = np.where(mantissa[top] == 0, sign[top] * np.inf, np.nan)
    elif format.specials == "fn":
        result[(codes & 0x7F) == 0x7F] = np.nan
    elif format.specials == "fnuz":
        result[0x80] = np.nan
    return result


def encode(x: np.ndarray, format, overflow: str = "saturate") -> np.ndarray:
    """The code of each element, uint8. Each element is exact in float64."""
    x = x.astype(np.float64)
    positive = values(format)[:128]
    finite = int(np.isfinite(positive).sum())  # they come first
    grid = positive[:finite]
    # Where the grid would go on.
    step = grid[-1] - grid[-2]
    if format.mantissa_bits == 0 or (
        format.exponent_bits > 0 and (finite & ((1 << format.mantissa_bits) - 1)) == 0
    ):
        step = step if format.mantissa_bits else grid[-1]
    grid = np.append(grid, grid[-1] + step)
    middles = (grid[:-1] + grid[1:]) / 2
    magnitude = np.abs(x)
    below = np.searchsorted(middles, magnitude, side="left")  # a tie goes down
    tie = np.isin(magnitude, middles)
    if format.mantissa_bits:
        below = np.where(tie & (below % 2 == 1), below + 1, below)
    over = below >= finite
    code = np.where(over, finite - 1, below).astype(np.int64)
    if overflow == "infinity" and format.specials != "finite":
        special = {"ieee": finite, "fn": 0x7F, "fnuz": 0x80}[format.specials]
        code = np.where(over, special, code)
    isolated = np.isnan(x)  # from the sign
    if overflow == "infinity" and format.specials in ("fn", "fnuz"):
        isolated |= over  # NaN has one code
    if format.specials == "fnuz":
        isolated |= code == 0  # and so has zero
    code = np.where(np.signbit(x) & ~isolated, code | 0x80, code)
    nan = {"finite": 0, "ieee": 0x7F, "fn": 0x7F, "fnuz": 0x80}[format.specials]
    if format.specials == "ieee" and format.mantissa_bits == 0:
        nan = 0
    return np.where(np.isnan(x), nan, code).astype(np.uint8)


def expand(scale: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The scale of its block for each element."""
    for axis, size in enumerate(shape):
        if scale.shape[axis]:
            scale = np.repeat(scale, size // scale.shape[axis], axis)
    return scale


def quantize(x, format, scale, overflow="saturate"):
    """In the dtype of x; scale is a scalar of it, or an array as large as x."""
    with np.errstate(all="ignore"):
        return encode(x / scale, format, overflow)


def dequantize(codes, format, scale, dtype):
    with np.errstate(all="ignore"):
        return values(format).astype(dtype)[codes] * scale


def fake_quantize(x, format, scale, overflow="saturate"):
    return dequantize(quantize(x, format, scale, overflow), format, scale, x.dtype)


def stall(w, g, lr, format, scale, threshold=1e-10):
    with np.errstate(all="ignore"):
        threshold = w.dtype.type(threshold)
        counted = np.abs(g) > threshold
        moved = w + (-lr) * g
        same = fake_quantize(w, format, scale) == fake_quantize(moved, format, scale)
    return int((counted & same).sum()), int(counted.sum())
