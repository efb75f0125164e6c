# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operations as PyTorch sees them: custom ops with gradients and fake kernels.

Each op is registered with ``torch.library`` under ``torch.ops.altgrad``, so
``torch.compile`` and ``torch.export`` keep it in the graph as one node. A format is
a string there: a name, or the four parameters with commas.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch

import altgrad
from altgrad.format import Format
from altgrad.torch.blocks import expand_blocks, sum_blocks

__all__ = ["amax", "compute_scale", "dequantize", "fake_quantize", "quantize", "stall"]


@cache
def _parse(text: str) -> Format:
    if "," not in text:
        return Format(text)
    exponent_bits, mantissa_bits, bias, specials = text.split(",")
    return Format(int(exponent_bits), int(mantissa_bits), int(bias), specials)


def _text(format: Any) -> str:
    if isinstance(format, str):
        return format
    return getattr(format, "__altgrad_format__", format).text


def _as_tensor(value: torch.Tensor | float) -> torch.Tensor:
    """A number as a tensor that holds all of its bits."""
    if isinstance(value, torch.Tensor):
        return value
    return torch.full((), value, dtype=torch.float64)


# ----------------------------------------------------------------------------
# fake_quantize
# ----------------------------------------------------------------------------


@torch.library.custom_op("altgrad::fake_quantize", mutates_args=())
def _fake_quantize(
    x: torch.Tensor, scale: torch.Tensor, format: str, overflow: str, ste: str, scale_grad: str
) -> torch.Tensor:
    return altgrad.fake_quantize(x.detach(), _parse(format), scale.detach(), overflow=overflow)


@_fake_quantize.register_fake
def _(x, scale, format, overflow, ste, scale_grad):
    return torch.empty_like(x)


def _save_for_fake_quantize(ctx, inputs, output):
    x, scale, format, _, ste, scale_grad = inputs
    ctx.format, ctx.ste, ctx.scale_grad = format, ste, scale_grad
    if ste != "identity" or scale_grad != "none":
        ctx.save_for_backward(x, scale)


def _differentiate_fake_quantize(ctx, grad):
    if ctx.ste == "identity" and ctx.scale_grad == "none":
        return grad, None, None, None, None, None
    x, scale = ctx.saved_tensors
    limit = _parse(ctx.format).max_finite
    u = x / expand_blocks(scale, x.shape).to(x.dtype)
    inside = u.abs() <= limit
    grad_x = torch.where(inside, grad, 0) if ctx.ste == "clipped" else grad
    grad_scale = None
    if ctx.scale_grad == "lsq" and ctx.needs_input_grad[1]:
        one = torch.ones((), dtype=u.dtype, device=u.device)
        rounded = _fake_quantize(u, one, ctx.format, "saturate", "identity", "none")
        # Sums of 16-bit floats would lose what they add up.
        exact = torch.promote_types(u.dtype, torch.float32)
        outside = torch.sign(u).to(exact) * limit
        slope = torch.where(inside, rounded.to(exact) - u.to(exact), outside)
        grad_scale = sum_blocks(grad.to(exact) * slope, scale.shape)
        grad_scale = grad_scale.to(device=scale.device, dtype=scale.dtype)
    return grad_x, grad_scale, None, None, None, None


_fake_quantize.register_autograd(
    _differentiate_fake_quantize, setup_context=_save_for_fake_quantize
)


def fake_quantize(
    x: torch.Tensor,
    format: Format | str,
    scale: torch.Tensor | float = 1.0,
    *,
    overflow: str = "saturate",
    ste: str = "identity",
    scale_grad: str = "none",
) -> torch.Tensor:
    """:func:`altgrad.fake_quantize` with a gradient.

    ``ste`` is the gradient of ``x``: ``"identity"`` passes it on unchanged;
    ``"clipped"`` makes it zero where ``|x / scale|`` is past the largest finite
    value. ``scale_grad`` is the one of a scale that requires grad: ``"none"``, or
    ``"lsq"`` (learned step size): with ``u = x / scale``, the sum over a block of
    the gradient times ``round(u) - u``, or times the largest finite value with the
    sign of ``u`` past it.

    >>> import torch, altgrad.torch
    >>> x = torch.tensor([0.3, 20.0], requires_grad=True)
    >>> scale = torch.tensor(2.0, requires_grad=True)
    >>> y = altgrad.torch.fake_quantize(x, "E2M5", scale, ste="clipped", scale_grad="lsq")
    >>> y.sum().backward()
    >>> y.detach(), x.grad, scale.grad
    (tensor([ 0.3125, 15.7500]), tensor([1., 0.]), tensor(7.8812))
    """
    if ste not in ("identity", "clipped"):
        raise ValueError(f"expected ste to be 'identity' or 'clipped' but got {ste!r}")
    if scale_grad not in ("none", "lsq"):
        raise ValueError(f"expected scale_grad to be 'none' or 'lsq' but got {scale_grad!r}")
    scale = _as_tensor(scale)
    if scale_grad == "none":
        scale = scale.detach()
    return _fake_quantize(x, scale, _text(format), overflow, ste, scale_grad)


# ----------------------------------------------------------------------------
# quantize and dequantize
# ----------------------------------------------------------------------------


@torch.library.custom_op("altgrad::quantize", mutates_args=())
def _quantize(x: torch.Tensor, scale: torch.Tensor, format: str, overflow: str) -> torch.Tensor:
    return altgrad.quantize(x.detach(), _parse(format), scale.detach(), overflow=overflow)


@_quantize.register_fake
def _(x, scale, format, overflow):
    return torch.empty_like(x, dtype=torch.uint8)


def quantize(
    x: torch.Tensor,
    format: Format | str,
    scale: torch.Tensor | float = 1.0,
    *,
    overflow: str = "saturate",
) -> torch.Tensor:
    """:func:`altgrad.quantize` as a custom op: codes, uint8.

    Codes are no numbers to PyTorch and carry no gradient; to train through them
    use :func:`fake_quantize`, which has the same values.

    >>> import torch, altgrad.torch
    >>> altgrad.torch.quantize(torch.tensor([1.0, -2.0]), "E5M2")
    tensor([ 60, 192], dtype=torch.uint8)
    """
    return _quantize(x.detach(), _as_tensor(scale).detach(), _text(format), overflow)


@torch.library.custom_op("altgrad::dequantize", mutates_args=())
def _dequantize(
    codes: torch.Tensor, scale: torch.Tensor, format: str, dtype: torch.dtype
) -> torch.Tensor:
    return altgrad.dequantize(codes, _parse(format), scale.detach(), dtype=dtype)


@_dequantize.register_fake
def _(codes, scale, format, dtype):
    return torch.empty_like(codes, dtype=dtype)


def dequantize(
    codes: torch.Tensor,
    format: Format | str,
    scale: torch.Tensor | float = 1.0,
    *,
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """:func:`altgrad.dequantize` as a custom op.

    >>> import torch, altgrad.torch
    >>> altgrad.torch.dequantize(torch.tensor([60, 192], dtype=torch.uint8), "E5M2", 0.5)
    tensor([ 0.5000, -1.0000])
    """
    return _dequantize(codes, _as_tensor(scale).detach(), _text(format), dtype)


# ----------------------------------------------------------------------------
# amax, compute_scale and stall: their gradient is zero
# ----------------------------------------------------------------------------


@torch.library.custom_op("altgrad::amax", mutates_args=())
def _amax(x: torch.Tensor, shape: list[int], nan: str) -> torch.Tensor:
    return altgrad.amax(x.detach(), shape=tuple(shape), nan=nan)


@_amax.register_fake
def _(x, shape, nan):
    return x.new_empty(shape)


def amax(
    x: torch.Tensor, *, shape: tuple[int, ...] | None = None, nan: str = "propagate"
) -> torch.Tensor:
    """:func:`altgrad.amax` as a custom op; its gradient is zero.

    >>> import torch, altgrad.torch
    >>> altgrad.torch.amax(torch.tensor([1.0, -2.0]))
    tensor(2.)
    """
    return _amax(x.detach(), list(shape or ()), nan)


# What the dialect's op allows.
_LEAST_NORMAL = float(np.finfo(np.float32).tiny)
_LARGEST_MARGIN = 100


@torch.library.custom_op("altgrad::compute_scale", mutates_args=())
def _compute_scale(
    amax: torch.Tensor, format: str, scale_min: float, margin: int, power_of_two: str
) -> torch.Tensor:
    if amax.is_cuda and scale_min >= _LEAST_NORMAL and abs(margin) <= _LARGEST_MARGIN:
        # No need to wait for the amax.
        return altgrad._native.compute_scales(
            amax.detach(), _parse(format), scale_min, margin, power_of_two
        )
    scales = [
        altgrad.compute_scale(
            value, _parse(format), scale_min=scale_min, margin=margin, power_of_two=power_of_two
        )
        for value in amax.detach().reshape(-1).tolist()
    ]
    scale = torch.from_numpy(np.array(scales, np.float32)).reshape(amax.shape)
    return scale.to(amax.device)


@_compute_scale.register_fake
def _(amax, format, scale_min, margin, power_of_two):
    return amax.new_empty(amax.shape, dtype=torch.float32)


def compute_scale(
    amax: torch.Tensor | float,
    format: Format | str,
    *,
    scale_min: float = 1e-10,
    margin: int = 0,
    power_of_two: str = "none",
) -> torch.Tensor:
    """:func:`altgrad.compute_scale` of each element, float32; its gradient is zero.

    >>> import torch, altgrad.torch
    >>> altgrad.torch.compute_scale(torch.tensor([448.0, 896.0]), "E4M3FN")
    tensor([1., 2.])
    """
    return _compute_scale(_as_tensor(amax).detach(), _text(format), scale_min, margin, power_of_two)


@torch.library.custom_op("altgrad::stall", mutates_args=())
def _stall(
    w: torch.Tensor,
    g: torch.Tensor,
    lr: torch.Tensor,
    scale: torch.Tensor,
    format: str,
    threshold: float,
) -> torch.Tensor:
    # On a device the counts stay there, and nothing waits for them.
    counts = altgrad._native.stall(
        w.detach(),
        g.detach(),
        lr.detach(),
        _parse(format),
        scale.detach(),
        threshold,
        w.is_cuda,
    )
    return counts if w.is_cuda else torch.tensor(counts, dtype=torch.int64)


@_stall.register_fake
def _(w, g, lr, scale, format, threshold):
    return w.new_empty(2, dtype=torch.int64)


def stall(
    w: torch.Tensor,
    g: torch.Tensor,
    lr: torch.Tensor | float,
    format: Format | str,
    scale: torch.Tensor | float = 1.0,
    *,
    threshold: float = 1e-10,
) -> torch.Tensor:
    """:func:`altgrad.stall` as a custom op: a tensor of ``stalled`` and ``total``.

    >>> import torch, altgrad.torch
    >>> altgrad.torch.stall(torch.ones(2), torch.tensor([0.1, 4.0]), 0.1, "E5M2")
    tensor([1, 2])
    """
    return _stall(
        w.detach(),
        g.detach(),
        _as_tensor(lr).detach(),
        _as_tensor(scale).detach(),
        _text(format),
        threshold,
    )
