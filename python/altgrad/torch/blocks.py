# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One value for each block of a tensor: back and forth between blocks and elements."""

from __future__ import annotations

from collections.abc import Sequence

import torch

__all__ = ["expand_blocks", "sum_blocks"]


def expand_blocks(blocks: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """The value of its block for each element of a tensor of this shape.

    One value alone is left to broadcasting, in rank 0.
    """
    if blocks.numel() == 1:
        return blocks.reshape(())
    _check(blocks.shape, shape)
    for dim, size in enumerate(shape):
        if blocks.shape[dim] not in (1, size):
            blocks = blocks.repeat_interleave(size // blocks.shape[dim], dim)
    return blocks.expand(tuple(shape))


def sum_blocks(x: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """The sum over each block, in a tensor of this shape."""
    number = 1
    for size in shape:
        number *= size
    if number == 1:
        return x.sum().reshape(tuple(shape))
    _check(shape, x.shape)
    split: list[int] = []
    for blocks, size in zip(shape, x.shape):
        split += [blocks, size // blocks]
    return x.reshape(split).sum(dim=list(range(1, len(split), 2)))


def _check(blocks: Sequence[int], shape: Sequence[int]) -> None:
    if len(blocks) != len(shape) or any(
        size % count if count else size for count, size in zip(blocks, shape)
    ):
        raise ValueError(
            f"expected a scale of one element, or of the rank of {tuple(shape)} and with sizes "
            f"that divide its sizes, but got {tuple(blocks)}"
        )
