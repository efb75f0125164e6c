# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays in the memory of CUDA devices, other than PyTorch's tensors.

All functions of :mod:`altgrad` take them, from any library that has the CUDA array
interface or DLPack, and give a :class:`DeviceArray` back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from altgrad import _native
from altgrad._native import DeviceArray

__all__ = ["DeviceArray", "stream"]


@contextmanager
def stream(handle: int) -> Iterator[None]:
    """Calls of this thread run on another CUDA stream.

    ``handle`` is the number that libraries have for a stream: 1 is the legacy
    default stream, 2 the default stream of the thread. Without it, calls run on
    the stream that the first array names in its CUDA array interface, and on the
    legacy default stream where it names none. Calls with tensors run on PyTorch's
    current stream in any case.

    >>> import altgrad
    >>> with altgrad.cuda.stream(1):
    ...     pass  # altgrad.amax(array)
    """
    previous = _native.set_stream(handle)
    try:
        yield
    finally:
        _native.set_stream(previous)
