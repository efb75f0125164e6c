# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A layer that rounds what passes through it."""

from __future__ import annotations

import torch

from altgrad.format import Format
from altgrad.torch.operations import _parse, _text, amax, compute_scale, fake_quantize

__all__ = ["FakeQuantizer"]


class FakeQuantizer(torch.nn.Module):
    """Fake-quantizes its input with a scale of its own.

    ``scaling`` decides the scale:

    - ``"delayed"``: from the largest magnitude of the last ``history_len``
      batches, not from the one at hand, which is then recorded (in training mode;
      one that is not finite is not recorded). Before the first one, as if it had
      been 1.0;
    - ``"dynamic"``: from the largest magnitude of the batch at hand;
    - a number: that scale.

    ``scale_min``, ``margin`` and ``power_of_two`` are those of
    :func:`altgrad.compute_scale`; ``algorithm`` is ``"max"``, or
    ``"most_recent"`` for the newest recorded magnitude; ``overflow`` and ``ste``
    are those of :func:`altgrad.torch.fake_quantize`.

    The buffers ``amax_history`` (newest last, -1 where nothing is recorded) and
    ``scale`` (the last one used) are part of ``state_dict``, so that training goes
    on with the same scales after a restart.

    >>> import torch, altgrad.torch
    >>> layer = altgrad.torch.FakeQuantizer("E4M3FN", history_len=2)
    >>> for batch in ([448.0, 1.0], [1.03, 2.0]):
    ...     y = layer(torch.tensor(batch))
    >>> y, layer.scale
    (tensor([1., 2.]), tensor(1.))
    """

    amax_history: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        format: Format | str,
        *,
        scaling: str | float = "delayed",
        history_len: int = 16,
        scale_min: float = 1e-10,
        margin: int = 0,
        power_of_two: str = "none",
        algorithm: str = "max",
        overflow: str = "saturate",
        ste: str = "identity",
    ) -> None:
        super().__init__()
        if history_len <= 0:
            raise ValueError("history_len must be positive")
        if isinstance(scaling, str) and scaling not in ("delayed", "dynamic"):
            raise ValueError(
                f"expected scaling to be 'delayed', 'dynamic' or a number but got {scaling!r}"
            )
        if algorithm not in ("max", "most_recent"):
            raise ValueError(
                f"expected algorithm to be 'max' or 'most_recent' but got {algorithm!r}"
            )
        self.format = _text(format)
        _parse(self.format)  # a wrong one is an error here, not at the first batch
        self.scaling = scaling
        self.scale_min = scale_min
        self.margin = margin
        self.power_of_two = power_of_two
        self.algorithm = algorithm
        self.overflow = overflow
        self.ste = ste
        first = 1.0 if isinstance(scaling, str) else float(scaling)
        self.register_buffer("amax_history", torch.full((history_len,), -1.0))
        self.register_buffer("scale", torch.tensor(first))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scale = self.scale
        if self.scaling == "dynamic":
            scale = self._compute_scale(amax(x))
        elif self.scaling == "delayed":
            scale = self._compute_scale(self._get_amax())
            if self.training:
                self._record(amax(x).to(self.amax_history.dtype))
        if self.training and isinstance(self.scaling, str):
            self.scale.copy_(scale)
        return fake_quantize(x, self.format, scale, overflow=self.overflow, ste=self.ste)

    def _compute_scale(self, largest: torch.Tensor) -> torch.Tensor:
        return compute_scale(
            largest,
            self.format,
            scale_min=self.scale_min,
            margin=self.margin,
            power_of_two=self.power_of_two,
        )

    def _get_amax(self) -> torch.Tensor:
        history = self.amax_history
        largest = history.amax() if self.algorithm == "max" else history[-1]
        # Recorded magnitudes fill the history from the end.
        return torch.where(largest < 0, torch.ones_like(largest), largest)

    def _record(self, largest: torch.Tensor) -> None:
        moved = torch.cat([self.amax_history[1:], largest.reshape(1)])
        self.amax_history.copy_(torch.where(largest.isfinite(), moved, self.amax_history))

    def extra_repr(self) -> str:
        return f"{self.format}, scaling={self.scaling!r}, history_len={len(self.amax_history)}"
