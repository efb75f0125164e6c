"""The formats that other packages have too, in NumPy: what peers are checked with."""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np

# Largest finite value, exponent bits, bias; magnitude codes from here are not
# numbers.
FORMATS = {
    "E3M4": (124.0, 3, 1, 0x80),
    "E5M2": (57344.0, 5, 15, 0x7C),
    "E4M3FN": (448.0, 4, 7, 0x7F),
}


def decode(name):
    """The values of all 256 codes, as f32."""
    _, exponent_bits, bias, first_special = FORMATS[name]
    mantissa_bits = 7 - exponent_bits
    codes = np.arange(256)
    exponent = (codes >> mantissa_bits) & ((1 << exponent_bits) - 1)
    mantissa = codes & ((1 << mantissa_bits) - 1)
    magnitude = np.where(
        exponent == 0,
        mantissa * 2.0 ** (1 - bias - mantissa_bits),
        (mantissa + (1 << mantissa_bits))
        * 2.0 ** (np.maximum(exponent, 1) - bias - mantissa_bits),
    )
    magnitude[(codes & 0x7F) >= first_special] = np.nan
    if name == "E5M2":
        magnitude[(codes & 0x7F) == 0x7C] = np.inf
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.float32)


def encode(name, x):
    """altgrad.quantize of finite numbers: nearest, ties to even, saturating."""
    first_special = FORMATS[name][3]
    values = decode(name)[:first_special].astype(np.float64)
    magnitude = np.abs(x).astype(np.float64)
    # The first code whose value is at least the magnitude, then its neighbour.
    above = np.minimum(np.searchsorted(values, magnitude), len(values) - 1)
    below = np.maximum(above - 1, 0)
    to_above = values[above] - magnitude
    to_below = magnitude - values[below]
    is_below = (to_below < to_above) | ((to_below == to_above) & (below % 2 == 0))
    code = np.where(is_below & (magnitude < values[above]), below, above)
    return (code | np.where(np.signbit(x), 0x80, 0)).astype(np.uint8)
