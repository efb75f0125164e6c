# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""altgrad.Format: parameters, limits, single numbers, tables, pickling."""

import copy
import math
import pickle

import ml_dtypes
import numpy as np
import pytest
import reference
from conftest import read_golden

import altgrad
from altgrad import FORMATS, Format

NAMES = [
    "E0M7",
    "E1M6",
    "E3M4",
    "E5M2",
    "E7M0",
    "E2M5",
    "E6M1",
    "E4M3FN",
    "E4M3",
    "E3M4IEEE",
    "E4M3FNUZ",
    "E5M2FNUZ",
    "E4M3B11FNUZ",
]


def test_named_formats():
    assert list(FORMATS) == NAMES
    for name in NAMES:
        assert getattr(altgrad, name) is FORMATS[name]
        assert FORMATS[name].name == name
        assert Format(name) == FORMATS[name]


@pytest.mark.parametrize(
    "name, exponent_bits, mantissa_bits, bias, specials, largest, code, smallest",
    [
        ("E0M7", 0, 7, 0, "finite", 127 / 128, 0x7F, 1 / 128),
        ("E1M6", 1, 6, 0, "finite", 3.96875, 0x7F, 2**-5),
        ("E3M4", 3, 4, 1, "finite", 124.0, 0x7F, 2**-4),
        ("E5M2", 5, 2, 15, "ieee", 57344.0, 0x7B, 2**-16),
        ("E7M0", 7, 0, 63, "finite", 2.0**64, 0x7F, 2**-62),
        ("E2M5", 2, 5, 1, "finite", 7.875, 0x7F, 2**-5),
        ("E6M1", 6, 1, 31, "finite", 1.5 * 2**32, 0x7F, 2**-31),
        ("E4M3FN", 4, 3, 7, "fn", 448.0, 0x7E, 2**-9),
        ("E4M3", 4, 3, 7, "ieee", 240.0, 0x77, 2**-9),
        ("E3M4IEEE", 3, 4, 3, "ieee", 15.5, 0x6F, 2**-6),
        ("E4M3FNUZ", 4, 3, 8, "fnuz", 240.0, 0x7F, 2**-10),
        ("E5M2FNUZ", 5, 2, 16, "fnuz", 57344.0, 0x7F, 2**-17),
        ("E4M3B11FNUZ", 4, 3, 11, "fnuz", 30.0, 0x7F, 2**-13),
    ],
)
def test_parameters_and_limits(
    name, exponent_bits, mantissa_bits, bias, specials, largest, code, smallest
):
    format = Format(exponent_bits, mantissa_bits, bias, specials)
    assert format == FORMATS[name]
    assert format.exponent_bits == exponent_bits
    assert format.mantissa_bits == mantissa_bits
    assert format.bias == bias
    assert format.specials == specials
    assert format.bit_width == 8
    assert format.max_finite == largest
    assert format.max_finite_code == code
    assert format.min_positive == smallest
    assert format.has_infinity == (specials == "ieee")
    assert format.has_nan == (specials != "finite")
    assert format.has_negative_zero == (specials != "fnuz")
    assert format.is_uniform == (exponent_bits <= 1)
    assert format.infinity_code == (code + 1 if specials == "ieee" else None)
    nan = {"finite": 0, "ieee": 0x7F, "fn": 0x7F, "fnuz": 0x80}[specials]
    assert format.canonical_nan_code == nan
    assert format.overflow_step > largest


@pytest.mark.parametrize("name", NAMES)
def test_values_are_the_golden_ones(name):
    format = FORMATS[name]
    golden = np.array([float.fromhex(row["value"]) for row in read_golden(f"{name}.decode.csv")])
    assert np.array_equal(format.values, golden, equal_nan=True)
    assert np.array_equal(np.signbit(format.values), np.signbit(golden))
    assert np.array_equal(reference.values(format), golden, equal_nan=True)
    decoded = [format.decode(code) for code in range(256)]
    assert np.array_equal(decoded, golden, equal_nan=True)
    finite = golden[np.isfinite(golden)]
    assert np.array_equal(format.grid, np.unique(finite))


@pytest.mark.parametrize("name", NAMES)
def test_single_numbers_are_the_golden_ones(name):
    format = FORMATS[name]
    for row in read_golden(f"{name}.encode.csv"):
        value = float(np.uint32(int(row["f32_bits"], 16)).view(np.float32))
        assert format.encode(value) == int(row["code_saturate"], 16)
        assert format.encode(value, "infinity") == int(row["code_overflow"], 16)


def test_codes_of_other_widths():
    narrow = Format(2, 1, 1, "finite")  # E2M1 of OCP MX
    assert narrow.bit_width == 4
    assert narrow.values[:8].tolist() == [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    with pytest.raises(ValueError, match="expected a format of 8 bits but got one of 4"):
        altgrad.quantize(np.zeros(2, np.float32), narrow)


def test_equality_hash_and_text():
    assert Format(4, 3, 7, "fn") == altgrad.E4M3FN != altgrad.E4M3
    assert len({Format(4, 3, 7, "fn"), altgrad.E4M3FN, altgrad.E4M3}) == 2
    assert altgrad.E4M3FN != "E4M3FN"
    assert repr(altgrad.E4M3FN) == "Format('E4M3FN')"
    unnamed = Format(exponent_bits=3, mantissa_bits=4, bias=5, specials="finite")
    assert repr(unnamed) == "Format(3, 4, bias=5, specials='finite')"
    assert (unnamed.name, unnamed.text) == ("", "3,4,5,finite")
    assert eval(repr(unnamed)) == unnamed
    assert unnamed.mlir_type == "!altgrad.fp8<E3M4, bias = 5, finite>"


@pytest.mark.parametrize("format", [altgrad.E5M2, Format(3, 4, 5, "finite")])
def test_pickle_and_copy(format):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(format, protocol))
        assert again == format and hash(again) == hash(format)
    assert copy.deepcopy(format) == format
    x = np.array([1.5, -0.3], np.float32)
    again = pickle.loads(pickle.dumps(format))
    assert np.array_equal(altgrad.quantize(x, again), altgrad.quantize(x, format))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("E9M9",), r"expected the name of a format \(E0M7, .*\) but got 'E9M9'"),
        (
            (4, 3, 7, "odd"),
            "expected specials to be 'finite', 'ieee', 'fn' or 'fnuz' but got 'odd'",
        ),
        ((-1, 8, 0, "finite"), "expected no negative number of bits but got -1"),
        ((0, 7, 5, "finite"), "bias"),
        ((0, 7, 0, "ieee"), "exponent"),
        ((20, 20, 0, "finite"), "bits"),
    ],
)
def test_parameters_that_make_no_format(arguments, message):
    with pytest.raises(ValueError, match=message):
        Format(*arguments)


@pytest.mark.parametrize("code", [-1, 256, 10**9])
def test_codes_outside_of_the_format(code):
    with pytest.raises(ValueError, match=f"expected a code from 0 to 255 but got {code}"):
        altgrad.E4M3FN.decode(code)


def test_overflow_of_single_numbers():
    assert altgrad.E5M2.decode(altgrad.E5M2.encode(math.inf)) == 57344
    assert altgrad.E5M2.decode(altgrad.E5M2.encode(-math.inf, "infinity")) == -math.inf
    with pytest.raises(ValueError, match="expected overflow to be 'saturate' or 'infinity'"):
        altgrad.E5M2.encode(1.0, "wrap")


def test_views():
    codes = altgrad.quantize(np.array([1.0, 448.0], np.float32), "E4M3FN")
    view = altgrad.E4M3FN.view(codes)
    assert view.dtype == ml_dtypes.float8_e4m3fn
    assert view.astype(np.float32).tolist() == [1.0, 448.0]
    assert np.shares_memory(view, codes)
    with pytest.raises(ValueError, match="expected a format that ml_dtypes has but got Format"):
        altgrad.E7M0.view(codes)
    for name in NAMES:
        dtype = FORMATS[name].numpy_dtype
        if dtype is not None:
            values = np.arange(256, dtype=np.uint8).view(dtype).astype(np.float64)
            assert np.array_equal(values, FORMATS[name].values, equal_nan=True)


@pytest.mark.parametrize("value", [1.0, None, np.float32, ["E4M3FN"]])
def test_what_is_no_format(value):
    with pytest.raises(TypeError, match="expected a format"):
        altgrad.quantize(np.zeros(2, np.float32), value)
