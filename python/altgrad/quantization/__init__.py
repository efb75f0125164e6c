# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Simulated quantization of PyTorch tensors: the published interface.

The names, signatures and results of the research package that altgrad replaces,
on compiled kernels. Needs PyTorch.

>>> import torch
>>> from altgrad.quantization import E5M2, compute_scale, quantize
>>> x = torch.tensor([0.1, -1.0, 3.14159], requires_grad=True)
>>> y = quantize(x, E5M2, compute_scale(3.14159, E5M2))
>>> y.sum().backward()
>>> x.grad
tensor([1., 1., 1.])
"""

from altgrad.quantization.diagnostics import BitStallDetector, detect_bit_stall
from altgrad.quantization.formats import (
    E0M7,
    E1M6,
    E3M4,
    E5M2,
    E7M0,
    FORMAT_REGISTRY,
    FP8Format,
)
from altgrad.quantization.ops import DequantizeFunc, QuantizeFunc, dequantize, quantize
from altgrad.quantization.scaling import AmaxHistory, ScalingConfig, compute_scale

__all__ = [
    "E0M7",
    "E1M6",
    "E3M4",
    "E5M2",
    "E7M0",
    "FORMAT_REGISTRY",
    "AmaxHistory",
    "BitStallDetector",
    "DequantizeFunc",
    "FP8Format",
    "QuantizeFunc",
    "ScalingConfig",
    "compute_scale",
    "dequantize",
    "detect_bit_stall",
    "quantize",
]
