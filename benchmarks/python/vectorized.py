# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same semantics in plain PyTorch: what one would write without a compiler.

Vectorized over the tensor, one operation of PyTorch after the other, for any format.
"""

from __future__ import annotations

import torch

import altgrad


def fake_quantize(x: torch.Tensor, format: altgrad.Format, scale: float) -> torch.Tensor:
    """The nearest value of the format to x / scale, times scale; saturating."""
    v = x / scale
    magnitude = v.abs()
    # magnitude = mantissa * 2**exponent with the mantissa in [1, 2).
    _, exponent = torch.frexp(magnitude)
    exponent = exponent - 1
    if format.exponent_bits == 0:
        exponent = torch.zeros_like(exponent)
    exponent = exponent.clamp(min=format.min_exponent)
    step = torch.ldexp(torch.ones_like(v), exponent - format.mantissa_bits)
    if format.mantissa_bits:
        rounded = torch.round(magnitude / step) * step  # ties to even
    else:
        # Ties to the smaller magnitude; below the smallest value there is zero.
        rounded = torch.ceil(magnitude / step - 0.5) * step
        rounded = torch.where(rounded < format.min_positive, 0.0, rounded)
    rounded = rounded.clamp(max=format.max_finite)
    rounded = torch.copysign(rounded, v)
    nan = float("nan") if format.has_nan else 0.0
    return torch.where(v.isnan(), nan, rounded) * scale


def stall(
    w: torch.Tensor, g: torch.Tensor, lr: float, format: altgrad.Format, scale: float
) -> tuple[int, int]:
    counted = g.abs() > 1e-10
    moved = w + (-lr) * g
    same = fake_quantize(w, format, scale) == fake_quantize(moved, format, scale)
    return int((counted & same).sum()), int(counted.sum())
