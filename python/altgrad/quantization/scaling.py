# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From the largest magnitudes of past steps to a scale."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from altgrad.quantization.formats import FP8Format

if TYPE_CHECKING:
    import torch

__all__ = ["AmaxHistory", "ScalingConfig", "compute_scale"]


@dataclass
class ScalingConfig:
    """How many steps a scale looks back, and the smallest scale there is."""

    history_len: int = 16
    scale_min: float = 1e-10


class AmaxHistory:
    """The largest magnitudes of the last ``history_len`` steps.

    ValueError unless ``history_len`` is positive.

    >>> from altgrad.quantization import AmaxHistory
    >>> history = AmaxHistory(history_len=2)
    >>> history.get_amax()
    1.0
    >>> for amax in (8.0, 3.0, 2.0):
    ...     history.update(amax)
    >>> history.get_amax(), len(history)
    (3.0, 2)
    """

    def __init__(self, history_len: int = 16) -> None:
        if history_len <= 0:
            raise ValueError("history_len must be positive")
        self.history_len = history_len
        self._window: deque[float] = deque(maxlen=history_len)

    def update(self, amax: float | torch.Tensor) -> None:
        """Records a largest magnitude: a number or a tensor of one element.

        One that is not finite is not recorded, so that one bad batch cannot spoil
        the scales of the steps after it.
        """
        amax = float(amax)
        if math.isfinite(amax):
            self._window.append(amax)

    def get_amax(self) -> float:
        """The largest one in the window; 1.0 if there is none."""
        return max(self._window, default=1.0)

    def reset(self) -> None:
        """Forgets everything."""
        self._window.clear()

    def __len__(self) -> int:
        return len(self._window)


def compute_scale(amax: float, format: FP8Format, scale_min: float = 1e-10) -> float:
    """``amax / format.max_representable_value``, but at least ``scale_min``.

    1.0 where ``amax`` is not finite.

    >>> from altgrad.quantization import E5M2, compute_scale
    >>> compute_scale(57344.0, E5M2), compute_scale(0.0, E5M2)
    (1.0, 1e-10)
    """
    amax = float(amax)
    if not math.isfinite(amax):
        return 1.0
    return max(amax / format.max_representable_value, scale_min)
