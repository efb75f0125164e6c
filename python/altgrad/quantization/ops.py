# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantization and dequantization of tensors, with straight-through gradients."""

from __future__ import annotations

from typing import Any

import torch

import altgrad
from altgrad.quantization.formats import FP8Format
from altgrad.torch.blocks import expand_blocks

__all__ = ["DequantizeFunc", "QuantizeFunc", "dequantize", "quantize"]


class QuantizeFunc(torch.autograd.Function):
    """``quantize`` for ``torch.autograd``: the gradient passes straight through."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        format: FP8Format,
        scale: torch.Tensor | float,
        overflow: str = "saturate",
    ) -> torch.Tensor:
        if overflow == "infinity" and not format.has_inf:
            overflow = "saturate"
        with torch.no_grad():
            return altgrad.fake_quantize(x, format, scale, overflow=overflow)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return grad_output, None, None, None


class DequantizeFunc(torch.autograd.Function):
    """``dequantize`` for ``torch.autograd``: the gradient is multiplied by the scale."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, scale: torch.Tensor | float) -> torch.Tensor:
        if isinstance(scale, torch.Tensor):
            scale = expand_blocks(scale, x.shape).to(x.dtype)
            ctx.save_for_backward(scale)
        else:
            ctx.scale = scale
        return x * scale

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        scale = ctx.saved_tensors[0] if ctx.saved_tensors else ctx.scale
        return grad_output * scale, None


def quantize(
    x: torch.Tensor,
    format: FP8Format,
    scale: torch.Tensor | float,
    *,
    overflow: str = "saturate",
) -> torch.Tensor:
    """The values of ``format`` nearest to ``x / scale``, times ``scale``.

    ``x`` has any shape and is float16, bfloat16, float32 or float64, on the CPU or
    a CUDA device; so is the result. ``scale`` is a number, a tensor of one element, or
    one scale for each block of ``x`` (a tensor of its rank whose sizes divide its
    sizes). What lies past the largest value saturates; with
    ``overflow="infinity"`` it becomes infinity where the format has one.

    The gradient of ``x`` is that of the result, unchanged; ``scale`` has none.
    TypeError or ValueError for a dtype, a device or a shape that does not fit.

    >>> import torch
    >>> from altgrad.quantization import E3M4, quantize
    >>> quantize(torch.tensor([0.3, 1.06, 500.0]), E3M4, 2.0)
    tensor([  0.2500,   1.0000, 248.0000])
    """
    return QuantizeFunc.apply(x, format, scale, overflow)


def dequantize(x: torch.Tensor, scale: torch.Tensor | float) -> torch.Tensor:
    """``x * scale``; the gradient of ``x`` is multiplied by ``scale``, which has none.

    >>> import torch
    >>> from altgrad.quantization import dequantize
    >>> dequantize(torch.tensor([1.0, 2.0]), 0.5)
    tensor([0.5000, 1.0000])
    """
    return DequantizeFunc.apply(x, scale)
