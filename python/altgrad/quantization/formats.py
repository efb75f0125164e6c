# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""8-bit formats and the conversion of single numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from altgrad.format import Format

__all__ = ["E0M7", "E1M6", "E3M4", "E5M2", "E7M0", "FORMAT_REGISTRY", "FP8Format"]


@cache
def _find_format(
    exponent_bits: int, mantissa_bits: int, bias: int, has_inf: bool, has_nan: bool
) -> Format:
    if exponent_bits + mantissa_bits != 7:
        raise ValueError(
            f"expected 7 exponent and mantissa bits but got {exponent_bits} + {mantissa_bits}"
        )
    if has_inf and has_nan != (mantissa_bits > 0):
        raise ValueError(
            "expected has_nan together with has_inf where there is a mantissa, and not "
            f"where there is none, but got has_nan={has_nan}"
        )
    specials = "ieee" if has_inf else "fn" if has_nan else "finite"
    return Format(exponent_bits, mantissa_bits, bias, specials)


@dataclass(frozen=True)
class FP8Format:
    """One sign bit, ``exponent_bits`` of exponent, ``mantissa_bits`` of mantissa.

    With ``has_inf`` the top exponent is infinity and NaN; with ``has_nan`` alone
    the codes of all ones are NaN; otherwise every code is a number. ValueError for
    parameters that make no format of 8 bits.

    >>> from altgrad.quantization import FP8Format
    >>> FP8Format("E4M3", 4, 3, 7, has_nan=True).max_representable_value
    448.0
    """

    name: str
    exponent_bits: int
    mantissa_bits: int
    bias: int
    has_inf: bool = False
    has_nan: bool = False

    def __post_init__(self) -> None:
        _ = self.__altgrad_format__

    @property
    def __altgrad_format__(self) -> Format:
        return _find_format(
            self.exponent_bits, self.mantissa_bits, self.bias, self.has_inf, self.has_nan
        )

    @property
    def max_representable_value(self) -> float:
        """The largest finite value."""
        return self.__altgrad_format__.max_finite

    def to_real(self, bit_index: int) -> float:
        """The value of the code ``bit_index``; ValueError outside 0..255.

        >>> from altgrad.quantization import E5M2
        >>> E5M2.to_real(0x3C), E5M2.to_real(0x7C), E5M2.to_real(0x7F)
        (1.0, inf, nan)
        """
        return self.__altgrad_format__.decode(bit_index)

    def to_bits(self, value: float) -> int:
        """The code of the value nearest to ``value``, ties to even.

        Overflow gives infinity where the format has it and the largest value
        where not; NaN gives 0 in a format without NaN.

        >>> from altgrad.quantization import E1M6, E5M2
        >>> hex(E5M2.to_bits(1e9)), hex(E1M6.to_bits(-1e9)), E1M6.to_bits(float("nan"))
        ('0x7c', '0xff', 0)
        """
        overflow = "infinity" if self.has_inf else "saturate"
        return self.__altgrad_format__.encode(value, overflow)


E0M7 = FP8Format("E0M7", 0, 7, 0)
E1M6 = FP8Format("E1M6", 1, 6, 0)
E3M4 = FP8Format("E3M4", 3, 4, 1)
E5M2 = FP8Format("E5M2", 5, 2, 15, has_inf=True, has_nan=True)
E7M0 = FP8Format("E7M0", 7, 0, 63)

#: The formats of this module by their names.
FORMAT_REGISTRY: dict[str, FP8Format] = {
    format.name: format for format in (E0M7, E1M6, E3M4, E5M2, E7M0)
}
