# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operations on arrays.

What they have in common:

- Arrays are those of NumPy, CPU and CUDA tensors of PyTorch, and whatever has
  DLPack, the buffer protocol or the CUDA array interface; bfloat16 in NumPy is
  the one of ml_dtypes. Any shape and any strides; nothing is copied. Results
  come from the library of the first argument (NumPy for DLPack and buffers) in
  its memory order; a result of rank 0 is a NumPy scalar there.
- All arrays of a call are on the CPU or on one CUDA device; of one number, the
  CPU's may go to a device. There, results are tensors if the first argument is
  one, otherwise a :class:`altgrad.cuda.DeviceArray`; see :mod:`altgrad.cuda` for
  streams. Only :func:`stall`, whose result is Python integers, waits.
- ``format`` is a :class:`altgrad.Format` or the name of one.
- ``scale`` divides on the way to codes and multiplies on the way back. It is a
  number, an array of one element, or an array of the rank of ``x`` in which each
  size divides the one of ``x``: one scale for each block. Scales are rounded to
  the dtype of ``x``.
- ``out`` is an array to write the result to; it may be an argument as well.
- TypeError for a dtype, an object or a device that does not fit, ValueError for
  a shape or a word that does not, :class:`altgrad.CUDAError` for what fails in
  the CUDA driver.
- The first call for a format, dtype and kind of scale compiles a kernel, or
  loads it from the cache on disk (:mod:`altgrad.cache`). The GIL is released
  while a kernel runs over more than a few thousand elements; any number of
  threads may call.
- Nothing here has a gradient; :mod:`altgrad.torch` does. A tensor that requires
  grad is refused, unless under ``torch.no_grad()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from altgrad import _native

if TYPE_CHECKING:
    from altgrad.format import Format

__all__ = ["amax", "compute_scale", "dequantize", "fake_quantize", "quantize", "stall"]


def quantize(
    x: Any,
    format: Format | str,
    scale: Any = 1.0,
    *,
    overflow: str = "saturate",
    out: Any = None,
) -> Any:
    """The codes of ``x / scale``: uint8, of the shape of ``x``.

    ``x`` is float16, bfloat16, float32 or float64. One rounding, to nearest, ties
    to even. What rounds past the largest finite value becomes that value, or with
    ``overflow="infinity"`` infinity or NaN where the format has one. ``out`` may
    be uint8, int8, or the 8-bit float type of the format.

    >>> import altgrad, numpy as np
    >>> x = np.array([0.1, -1.0, 3.14159, 1000.0], np.float32)
    >>> altgrad.quantize(x, "E4M3FN")
    array([ 29, 184,  69, 126], dtype=uint8)
    >>> altgrad.quantize(x.reshape(2, 2), "E4M3FN", np.array([[0.5], [2.0]], np.float32))
    array([[ 37, 192],
           [ 61, 126]], dtype=uint8)
    """
    return _native.quantize(x, format, scale, overflow, out)


def dequantize(
    codes: Any,
    format: Format | str,
    scale: Any = 1.0,
    *,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """The values of ``codes`` times ``scale``.

    ``codes`` are uint8, int8, or of the 8-bit float type of the format in
    ml_dtypes or PyTorch. The result has ``dtype``, by default the one of ``out``,
    and float32 without that.

    >>> import altgrad, numpy as np
    >>> codes = np.array([29, 184, 69, 126], np.uint8)
    >>> altgrad.dequantize(codes, "E4M3FN", 0.5)
    array([ 5.078125e-02, -5.000000e-01,  1.625000e+00,  2.240000e+02],
          dtype=float32)
    """
    return _native.dequantize(codes, format, scale, dtype, out)


def fake_quantize(
    x: Any,
    format: Format | str,
    scale: Any = 1.0,
    *,
    overflow: str = "saturate",
    out: Any = None,
) -> Any:
    """The nearest value of the format to ``x / scale``, times ``scale``.

    Of the shape and dtype of ``x``; equal bit for bit to ``dequantize`` of
    ``quantize``, in one pass and without codes. In place with ``out=x``.

    >>> import altgrad, numpy as np
    >>> x = np.array([0.1, -1.0, 3.14159, 1000.0], np.float32)
    >>> altgrad.fake_quantize(x, "E4M3FN")
    array([ 1.015625e-01, -1.000000e+00,  3.250000e+00,  4.480000e+02],
          dtype=float32)
    """
    return _native.fake_quantize(x, format, scale, overflow, out)


def amax(
    x: Any,
    *,
    shape: tuple[int, ...] | None = None,
    nan: str = "propagate",
    out: Any = None,
) -> Any:
    """The largest magnitude of ``x``, or of each block of it; 0 of nothing.

    ``shape`` is the shape of the result: by default ``()``, one number for all of
    ``x``; otherwise the rank of ``x`` and sizes that divide its sizes, as for
    scales. NaN in a block makes its result NaN, unless ``nan="ignore"``. The
    result has the dtype of ``x``.

    >>> import altgrad, numpy as np
    >>> x = np.array([[0.5, -3.0, 1.0, 2.0], [0.0, 0.25, -8.0, 4.0]], np.float32)
    >>> altgrad.amax(x)
    np.float32(8.0)
    >>> altgrad.amax(x, shape=(2, 2))
    array([[3.  , 2.  ],
           [0.25, 8.  ]], dtype=float32)
    """
    return _native.amax(x, shape, nan, out)


def stall(
    w: Any,
    g: Any,
    lr: Any,
    format: Format | str,
    scale: Any = 1.0,
    *,
    threshold: float = 1e-10,
) -> tuple[int, int]:
    """How many updates are lost to rounding: ``(stalled, total)``.

    Counted is each weight whose gradient is larger than ``threshold``; stalled is
    one that ``w - lr * g`` leaves at the same value of the format, with ``scale``.
    ``w`` and ``g`` have one shape and one dtype; ``lr`` is a number.

    >>> import altgrad, numpy as np
    >>> w = np.array([1.0, 1.0, 1.0, 1.0], np.float32)
    >>> g = np.array([0.0, 0.1, 1.0, 10.0], np.float32)
    >>> altgrad.stall(w, g, 0.1, "E4M3FN")
    (1, 3)
    """
    return _native.stall(w, g, lr, format, scale, threshold, False)


def compute_scale(
    amax: float,
    format: Format | str,
    *,
    scale_min: float = 1e-10,
    margin: int = 0,
    power_of_two: str = "none",
) -> float:
    """The scale that maps ``amax`` to the largest finite value of the format.

    At least ``scale_min``, times ``2**margin``; 1.0 where ``amax`` is not finite.
    With ``power_of_two`` ``"ceil"`` or ``"floor"`` the next power of two. A float
    that is exact in float32.

    >>> import altgrad
    >>> altgrad.compute_scale(896.0, "E4M3FN")
    2.0
    >>> altgrad.compute_scale(1000.0, "E4M3FN", power_of_two="ceil")
    4.0
    """
    return _native.compute_scale(float(amax), format, scale_min, margin, power_of_two)
