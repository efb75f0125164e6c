# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bit stall: updates that rounding loses although the gradient is not zero."""

from __future__ import annotations

import torch

import altgrad
from altgrad.quantization.formats import FP8Format

__all__ = ["BitStallDetector", "detect_bit_stall"]


def detect_bit_stall(
    weight: torch.Tensor,
    grad: torch.Tensor,
    lr: float,
    format: FP8Format,
    scale: torch.Tensor | float,
) -> tuple[int, int]:
    """Counts weights that ``weight - lr * grad`` leaves at the same quantized value.

    Returns ``(stalled, total)``, where ``total`` counts the weights whose gradient
    is larger than 1e-10 in magnitude. Both tensors have one shape; ``scale`` is as
    for ``quantize``.

    >>> import torch
    >>> from altgrad.quantization import E5M2, detect_bit_stall
    >>> detect_bit_stall(torch.ones(4), torch.tensor([0.0, 0.1, 1.0, 4.0]), 0.1, E5M2, 1.0)
    (1, 3)
    """
    with torch.no_grad():
        return altgrad.stall(weight, grad.to(weight.dtype), lr, format, scale)


class BitStallDetector:
    """Adds up the counts of ``detect_bit_stall`` over steps.

    >>> import torch
    >>> from altgrad.quantization import E5M2, BitStallDetector
    >>> detector = BitStallDetector()
    >>> detector.update(torch.ones(2), torch.tensor([0.1, 4.0]), 0.1, E5M2, 1.0)
    (1, 2)
    >>> detector.get_stats()
    {'stall_rate': 0.5, 'stall_count': 1, 'total_count': 2, 'steps': 1}
    """

    def __init__(self) -> None:
        self.reset()

    def update(
        self,
        weight: torch.Tensor,
        grad: torch.Tensor,
        lr: float,
        format: FP8Format,
        scale: torch.Tensor | float,
    ) -> tuple[int, int]:
        """Counts one step; returns its ``(stalled, total)``."""
        stalled, total = detect_bit_stall(weight, grad, lr, format, scale)
        self.stall_count += stalled
        self.total_count += total
        self.step_count += 1
        return stalled, total

    def get_stall_rate(self) -> float:
        """The share of counted weights that stalled; 0.0 if none was counted."""
        return self.stall_count / self.total_count if self.total_count else 0.0

    def reset(self) -> None:
        """Sets all counts to zero."""
        self.stall_count = 0
        self.total_count = 0
        self.step_count = 0

    def get_stats(self) -> dict[str, float | int]:
        """``stall_rate``, ``stall_count``, ``total_count`` and ``steps``."""
        return {
            "stall_rate": self.get_stall_rate(),
            "stall_count": self.stall_count,
            "total_count": self.total_count,
            "steps": self.step_count,
        }
