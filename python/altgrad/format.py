# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Number formats: any split of the bits, any bias, four kinds of special codes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from altgrad import _native

__all__ = ["FORMATS", "Format"]

# The types of ml_dtypes and PyTorch with the encoding of a named format.
_FLOAT8_NAMES = {
    "E4M3FN": "float8_e4m3fn",
    "E5M2": "float8_e5m2",
    "E4M3": "float8_e4m3",
    "E3M4IEEE": "float8_e3m4",
    "E4M3FNUZ": "float8_e4m3fnuz",
    "E5M2FNUZ": "float8_e5m2fnuz",
    "E4M3B11FNUZ": "float8_e4m3b11fnuz",
}


class Format(_native.Format):
    """A sign-magnitude number format: what each code means.

    ``Format(name)`` is a named format, one of ``altgrad.FORMATS``.
    ``Format(exponent_bits, mantissa_bits, bias, specials)`` is any other one;
    ``specials`` says which codes are no numbers:

    - ``"finite"``: none;
    - ``"ieee"``: exponent all ones is infinity (mantissa 0) or NaN;
    - ``"fn"``: all ones is NaN, there is no infinity;
    - ``"fnuz"``: the code of negative zero is NaN, there is no infinity.

    Formats are immutable, equal where their parameters are, hashable, and can be
    pickled. ValueError for parameters that make no format.

    >>> from altgrad import Format
    >>> Format("E4M3FN") == Format(4, 3, bias=7, specials="fn")
    True
    >>> narrow = Format(3, 4, 5, "finite")
    >>> narrow.max_finite, narrow.min_positive
    (7.75, 0.00390625)
    >>> narrow.encode(1.03)
    80
    >>> narrow.decode(80)
    1.0

    Properties, besides the four parameters: ``name`` (empty for an unnamed
    format), ``bit_width``, ``has_infinity``, ``has_nan``, ``has_negative_zero``,
    ``is_uniform`` (equally spaced values), ``max_finite`` and its code
    ``max_finite_code``, ``min_positive``, ``min_exponent``, ``max_exponent``,
    ``overflow_step`` (where the value after the largest one would be),
    ``canonical_nan_code`` (what NaN is encoded as, 0 where there is no NaN),
    ``infinity_code`` (or None), and ``text``: the name, or the four parameters with
    commas.
    """

    text: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # No property: torch.compile reads it while it traces.
        self.text = self.name or "{},{},{},{}".format(*self._parameters())

    def decode(self, code: int) -> float:
        """The value of a code.

        ValueError unless ``0 <= code < 2**bit_width``.

        >>> import altgrad
        >>> altgrad.E4M3FN.decode(0x7E)
        448.0
        """
        return self._decode(code)

    def encode(self, value: float, overflow: str = "saturate") -> int:
        """The code of the value nearest to ``value``, ties to even.

        What rounds past the largest finite value gives that value, or with
        ``overflow="infinity"`` infinity or NaN where the format has one.

        >>> import altgrad
        >>> hex(altgrad.E5M2.encode(1e6)), hex(altgrad.E5M2.encode(1e6, "infinity"))
        ('0x7b', '0x7c')
        """
        return self._encode(value, overflow)

    @property
    def values(self) -> np.ndarray:
        """The value of each code, float64 of shape (2**bit_width,).

        >>> import altgrad
        >>> altgrad.E1M6.values[[1, 64, 127]]
        array([0.03125, 2.     , 3.96875])
        """
        return np.array(self._values(), np.float64)

    @property
    def grid(self) -> np.ndarray:
        """The finite values in ascending order, zero once, float64.

        >>> import altgrad
        >>> len(altgrad.E5M2.grid), altgrad.E5M2.grid.max()
        (247, np.float64(57344.0))
        """
        values = self.values
        return np.unique(values[np.isfinite(values)])

    @property
    def mlir_type(self) -> str:
        """The type of codes in MLIR.

        >>> import altgrad
        >>> altgrad.E4M3FN.mlir_type
        '!altgrad.fp8<E4M3, bias = 7, fn>'
        """
        return (
            f"!altgrad.fp8<E{self.exponent_bits}M{self.mantissa_bits}, "
            f"bias = {self.bias}, {self.specials}>"
        )

    @property
    def numpy_dtype(self) -> np.dtype | None:
        """The dtype of ml_dtypes with this encoding, or None.

        ImportError where ml_dtypes has one but is not installed.

        >>> import altgrad
        >>> altgrad.E5M2.numpy_dtype
        dtype(float8_e5m2)
        >>> altgrad.E7M0.numpy_dtype is None
        True
        """
        name = _FLOAT8_NAMES.get(self.name)
        if name is None:
            return None
        import ml_dtypes

        return np.dtype(getattr(ml_dtypes, name))

    @property
    def torch_dtype(self) -> Any:
        """The dtype of PyTorch with this encoding, or None."""
        name = _FLOAT8_NAMES.get(self.name)
        if name is None:
            return None
        import torch

        return getattr(torch, name, None)

    def view(self, codes: Any) -> Any:
        """An array of codes (uint8) as numbers of an 8-bit float type; no copy.

        Of ml_dtypes for NumPy arrays, of PyTorch for tensors. ValueError if that
        library has no type with this encoding.

        >>> import altgrad, numpy as np
        >>> altgrad.E4M3FN.view(np.array([0x38, 0x7E], np.uint8))
        array([1, 448], dtype='float8_e4m3fn')
        """
        is_numpy = isinstance(codes, np.ndarray)
        dtype = self.numpy_dtype if is_numpy else self.torch_dtype
        if dtype is None:
            library = "ml_dtypes" if is_numpy else "torch"
            raise ValueError(f"expected a format that {library} has but got {self!r}")
        return codes.view(dtype)

    def __repr__(self) -> str:
        if self.name:
            return f"Format('{self.name}')"
        return "Format({}, {}, bias={}, specials='{}')".format(*self._parameters())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _native.Format):
            return NotImplemented
        return self._parameters() == other._parameters()

    def __hash__(self) -> int:
        return hash(self._parameters())

    def __reduce__(self) -> tuple[Any, ...]:
        return Format, self._parameters()


#: The named formats by their names.
FORMATS = MappingProxyType({name: Format(name) for name in _native.format_names()})
