# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Against ml_dtypes: all inputs of 16 bits, and ten million of float32."""

import ml_dtypes
import numpy as np
import pytest

import altgrad

# ml_dtypes overflows to infinity or NaN; E5M2FNUZ and the like have no infinity.
FORMATS = ["E4M3FN", "E5M2", "E4M3", "E3M4IEEE", "E4M3FNUZ", "E5M2FNUZ", "E4M3B11FNUZ"]


def check(x, name):
    dtype = altgrad.FORMATS[name].numpy_dtype
    with np.errstate(all="ignore"):
        expected = x.astype(dtype)
    codes = altgrad.quantize(x, name, overflow="infinity")
    # One NaN here, several there: those with a sign.
    nan = np.isnan(expected.astype(np.float32))
    assert np.array_equal(codes[~nan], expected.view(np.uint8)[~nan])
    assert (codes[nan] == altgrad.FORMATS[name].canonical_nan_code).all()
    values = altgrad.dequantize(expected, name)
    assert np.array_equal(values, expected.astype(np.float32), equal_nan=True)


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16])
@pytest.mark.parametrize("name", FORMATS)
def test_all_inputs_of_16_bits(name, dtype):
    check(np.arange(1 << 16, dtype=np.uint16).view(dtype), name)


@pytest.mark.parametrize("name", FORMATS)
def test_ten_million_inputs_of_float32(name):
    random = np.random.default_rng(11)
    # Half of all bit patterns, half of magnitudes that the formats have.
    bits = random.integers(0, 1 << 32, 5_000_000, dtype=np.uint32).view(np.float32)
    near = random.standard_normal(5_000_000) * np.exp2(random.integers(-18, 18, 5_000_000))
    check(np.concatenate([bits, near.astype(np.float32)]), name)
