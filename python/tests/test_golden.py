# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The lists of test/golden through arrays of NumPy and of PyTorch."""

import numpy as np
import pytest
from conftest import read_golden, same_bits
from test_format import NAMES

import altgrad


def read_inputs(name):
    rows = read_golden(f"{name}.encode.csv")
    bits = np.array([int(row["f32_bits"], 16) for row in rows], np.uint32)
    saturate = np.array([int(row["code_saturate"], 16) for row in rows], np.uint8)
    infinity = np.array([int(row["code_overflow"], 16) for row in rows], np.uint8)
    return bits.view(np.float32), {"saturate": saturate, "infinity": infinity}


@pytest.fixture(params=["numpy", "torch"])
def library(request):
    """Arrays of a library, there and back."""
    if request.param == "numpy":
        return lambda array: array, lambda array: array
    torch = pytest.importorskip("torch")
    return torch.from_numpy, lambda tensor: tensor.numpy()


@pytest.mark.parametrize("overflow", ["saturate", "infinity"])
@pytest.mark.parametrize("name", NAMES)
def test_inputs(name, overflow, library):
    there, back = library
    x, codes = read_inputs(name)
    expected = codes[overflow]
    assert np.array_equal(back(altgrad.quantize(there(x), name, overflow=overflow)), expected)
    values = altgrad.FORMATS[name].values.astype(np.float32)[expected]
    rounded = back(altgrad.fake_quantize(there(x), name, overflow=overflow))
    assert same_bits(rounded, values)
    # A scale that is a power of two changes no bit where nothing is subnormal.
    normal = np.abs(x) < 2.0**120
    doubled = back(altgrad.quantize(there(x[normal] * np.float32(4)), name, 4.0, overflow=overflow))
    assert np.array_equal(doubled, expected[normal])


@pytest.mark.parametrize("name", NAMES)
def test_codes(name, library):
    there, back = library
    codes = np.arange(256, dtype=np.uint8)
    golden = [float.fromhex(row["value"]) for row in read_golden(f"{name}.decode.csv")]
    expected = np.array(golden)
    for dtype in (np.float32, np.float64):
        values = back(altgrad.dequantize(there(codes), name, dtype=np.dtype(dtype).name))
        assert same_bits(values, expected.astype(dtype))
