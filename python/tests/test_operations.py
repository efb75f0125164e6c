# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operations on NumPy arrays against loops over elements: dtypes, scales, layouts."""

import itertools

import ml_dtypes
import numpy as np
import pytest
import reference
from conftest import same_bits

import altgrad
from altgrad import FORMATS, Format

DTYPES = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64]
SOME_FORMATS = [
    FORMATS["E0M7"],
    FORMATS["E3M4"],
    FORMATS["E5M2"],
    FORMATS["E7M0"],
    FORMATS["E4M3FN"],
    FORMATS["E4M3FNUZ"],
    Format(3, 4, -2, "ieee"),
]


def draw(random, shape, dtype):
    """Numbers of very different magnitudes, with zeros, infinities and NaN."""
    x = random.standard_normal(shape) * np.exp2(random.integers(-20, 12, shape))
    special = random.random(shape)
    x = np.where(special < 0.02, 0.0, x)
    x = np.where(special > 0.99, -0.0, x)
    x = np.where((special > 0.03) & (special < 0.04), np.inf, x)
    x = np.where((special > 0.04) & (special < 0.05), np.nan, x)
    with np.errstate(over="ignore"):
        return x.astype(dtype)


def draw_scale(random, shape, dtype):
    return np.exp2(random.uniform(-3, 3, shape)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("format", SOME_FORMATS, ids=lambda format: format.text)
def test_all_operations(format, dtype, random):
    x = draw(random, 3000, dtype)
    g = draw(random, 3000, dtype)
    for scale in (1.0, 0.37, 8.0):
        rounded = dtype(scale)
        for overflow in ("saturate", "infinity"):
            codes = altgrad.quantize(x, format, scale, overflow=overflow)
            assert codes.dtype == np.uint8
            assert np.array_equal(codes, reference.quantize(x, format, rounded, overflow))
            values = altgrad.fake_quantize(x, format, scale, overflow=overflow)
            expected = reference.fake_quantize(x, format, rounded, overflow)
            assert same_bits(values, expected)
            again = altgrad.dequantize(codes, format, scale, dtype=dtype)
            assert same_bits(again, expected)
        lr = dtype(0.03)
        assert altgrad.stall(x, g, 0.03, format, scale) == reference.stall(
            x, g, lr, format, rounded
        )


@pytest.mark.parametrize("dtype", DTYPES)
def test_amax(dtype, random):
    x = draw(random, (24, 40), dtype)
    assert np.isnan(altgrad.amax(x))
    clean = np.nan_to_num(x.astype(np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf)
    assert altgrad.amax(x, nan="ignore") == np.abs(clean).max()
    assert type(altgrad.amax(x)) is np.dtype(dtype).type
    for shape in itertools.product((1, 2, 24), (1, 5, 8, 40)):
        blocks = clean.reshape(shape[0], 24 // shape[0], shape[1], 40 // shape[1])
        expected = np.abs(blocks).max(axis=(1, 3))
        result = altgrad.amax(x, shape=shape, nan="ignore")
        assert result.dtype == dtype and result.shape == shape
        assert np.array_equal(result.astype(np.float64), expected)
        has_nan = np.isnan(x.reshape(blocks.shape).astype(np.float64)).any(axis=(1, 3))
        propagated = altgrad.amax(x, shape=shape).astype(np.float64)
        assert np.array_equal(propagated, np.where(has_nan, np.nan, expected), equal_nan=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape, blocks",
    [
        ((6, 64), (6, 1)),  # per row
        ((6, 64), (1, 64)),  # per column
        ((6, 64), (6, 2)),  # blocks of 32
        ((6, 64), (3, 4)),  # tiles
        ((6, 64), (6, 64)),  # one each
        ((3, 3000), (3, 1)),  # rows too long for one kernel
        ((4, 6, 10), (2, 1, 5)),
        ((4, 6, 10), (1, 6, 1)),
        ((7,), (7,)),
        ((12,), (4,)),
        ((2, 3, 2, 4, 2), (1, 3, 1, 2, 2)),
    ],
)
def test_blocked_scales(shape, blocks, dtype, random):
    x, g = draw(random, shape, dtype), draw(random, shape, dtype)
    scale = draw_scale(random, blocks, dtype)
    each = reference.expand(scale, shape)
    for format in (altgrad.E4M3FN, altgrad.E3M4):
        codes = reference.quantize(x, format, each)
        values = reference.fake_quantize(x, format, each)
        assert np.array_equal(altgrad.quantize(x, format, scale), codes)
        assert same_bits(altgrad.fake_quantize(x, format, scale), values)
        assert same_bits(altgrad.dequantize(codes, format, scale, dtype=dtype), values)
        counts = reference.stall(x, g, dtype(0.01), format, each)
        assert altgrad.stall(x, g, 0.01, format, scale) == counts


def test_scales_of_one_element_and_of_other_dtypes(random):
    x = draw(random, (4, 8), np.float32)
    expected = altgrad.fake_quantize(x, "E4M3FN", 0.3)
    for scale in (
        np.float64(0.3),
        np.array(0.3),
        np.array([0.3]),
        np.array([[[0.3]]], np.float64),
    ):
        assert same_bits(altgrad.fake_quantize(x, "E4M3FN", scale), expected)
    assert same_bits(altgrad.fake_quantize(x, "E4M3FN", 2), altgrad.fake_quantize(x, "E4M3FN", 2.0))
    half = draw(random, (4, 8), ml_dtypes.bfloat16)
    scale = np.array([[0.3], [0.7], [1.1], [5.0]])
    assert same_bits(
        altgrad.fake_quantize(half, "E4M3FN", scale),
        altgrad.fake_quantize(half, "E4M3FN", scale.astype(ml_dtypes.bfloat16)),
    )


LAYOUTS = {
    "C order": lambda x: x,
    "F order": np.asfortranarray,
    "transposed": lambda x: x.transpose(2, 0, 1),
    "sliced": lambda x: x[1:, ::2, 3:-2],
    "every third": lambda x: x[..., ::3],
    "backwards": lambda x: x[::-1, :, ::-1],
    "broadcast": lambda x: np.broadcast_to(x[:, :1], x.shape),
    "one row": lambda x: x[2, 3],
    "one element": lambda x: x[2, 3, 4],
    "rank 0": lambda x: x[2, 3, 4, ...],
    "empty": lambda x: x[:, :0],
    "unaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, dtype, random):
    x = LAYOUTS[layout](draw(random, (6, 8, 21), dtype))
    g = LAYOUTS[layout](draw(random, (6, 8, 21), dtype))
    scale = dtype(0.7)
    codes = altgrad.quantize(x, "E4M3FN", 0.7)
    assert codes.shape == x.shape
    assert np.array_equal(codes, reference.quantize(x, altgrad.E4M3FN, scale))
    values = altgrad.fake_quantize(x, "E4M3FN", 0.7)
    expected = reference.fake_quantize(x, altgrad.E4M3FN, scale)
    assert same_bits(values, expected)
    strided = np.asarray(codes)
    assert same_bits(altgrad.dequantize(strided, "E4M3FN", 0.7, dtype=dtype), expected)
    assert altgrad.stall(x, g, 0.1, "E4M3FN", 0.7) == reference.stall(
        x, g, dtype(0.1), altgrad.E4M3FN, scale
    )
    magnitudes = np.abs(np.asarray(x, np.float64))
    finite = magnitudes[~np.isnan(magnitudes)]
    assert altgrad.amax(x, nan="ignore") == (finite.max() if finite.size else 0)
    # With a scale for each block as well.
    if np.ndim(x) and np.size(x):
        blocks = tuple(size if i % 2 else 1 for i, size in enumerate(x.shape))
        scales = draw_scale(random, blocks, dtype)
        expected = reference.fake_quantize(x, altgrad.E5M2, reference.expand(scales, x.shape))
        assert same_bits(altgrad.fake_quantize(x, "E5M2", scales), expected)
        found = altgrad.amax(x, shape=blocks, nan="ignore").astype(np.float64)
        axes = tuple(i for i in range(x.ndim) if i % 2 == 0)
        most = np.where(np.isnan(magnitudes), 0, magnitudes).max(axis=axes, keepdims=True)
        assert np.array_equal(found, most)


def test_memory_order_is_kept(random):
    x = draw(random, (6, 8), np.float32)
    assert altgrad.quantize(x, "E5M2").flags.c_contiguous
    assert altgrad.quantize(np.asfortranarray(x), "E5M2").flags.f_contiguous
    assert isinstance(altgrad.quantize(np.float32(1.5), "E5M2"), np.uint8)
    assert isinstance(altgrad.fake_quantize(np.array(1.5), "E5M2"), np.float64)


@pytest.mark.parametrize("size", [*range(70), 1023, 1024, 1025, 4095, 4096, 4097, 100_003])
def test_sizes(size, random):
    """Neither the last elements of a vector nor anything behind them go wrong."""
    x = draw(random, size, np.float32)
    out = np.full(size + 64, 0xAA, np.uint8)
    altgrad.quantize(x, "E4M3FN", out=out[:size])
    assert np.array_equal(out[:size], reference.quantize(x, altgrad.E4M3FN, 1))
    assert (out[size:] == 0xAA).all()


def test_out(random):
    x = draw(random, (6, 8), np.float32)
    expected = altgrad.fake_quantize(x, "E4M3FN", 0.7)
    codes = altgrad.quantize(x, "E4M3FN", 0.7)
    for out in (
        np.empty((6, 8), np.float32),
        np.empty((8, 6), np.float32).T,
        np.empty((12, 24), np.float32)[::2, ::-3],
    ):
        assert altgrad.fake_quantize(x, "E4M3FN", 0.7, out=out) is out
        assert same_bits(out.copy(), expected)
        assert altgrad.dequantize(codes, "E4M3FN", 0.7, out=out) is out
        assert same_bits(out.copy(), expected)
    for dtype in (np.uint8, np.int8, ml_dtypes.float8_e4m3fn):
        out = np.empty((6, 8), dtype)
        assert altgrad.quantize(x, "E4M3FN", 0.7, out=out) is out
        assert np.array_equal(out.view(np.uint8), codes)
        again = altgrad.dequantize(out, "E4M3FN", 0.7)
        assert same_bits(again, expected)
    out = np.empty((), np.float32)
    assert altgrad.amax(x, nan="ignore", out=out) is out
    assert out == altgrad.amax(x, nan="ignore")
    out = np.empty((1, 6), np.float32).T
    altgrad.amax(x, shape=(6, 1), out=out)
    assert same_bits(out.copy(), altgrad.amax(x, shape=(6, 1)))


def test_out_may_overlap(random):
    x = draw(random, 500, np.float32)
    expected = altgrad.fake_quantize(x, "E4M3FN", 0.7)
    inplace = x.copy()
    altgrad.fake_quantize(inplace, "E4M3FN", 0.7, out=inplace)
    assert same_bits(inplace, expected)
    for target, source in [(slice(0, 499), slice(1, 500)), (slice(1, 500), slice(0, 499))]:
        buffer = x.copy()
        altgrad.fake_quantize(buffer[source], "E4M3FN", 0.7, out=buffer[target])
        assert same_bits(buffer[target], expected[source])
    backwards = x.copy()
    altgrad.fake_quantize(backwards, "E4M3FN", 0.7, out=backwards[::-1])
    assert same_bits(backwards[::-1], expected)
    square = np.square(draw(random, (30, 30), np.float32))
    expected = altgrad.fake_quantize(square, "E4M3FN")
    altgrad.fake_quantize(square, "E4M3FN", out=square.T)
    assert same_bits(square.T.copy(), expected)
    shared = x.copy()
    codes = altgrad.quantize(x, "E4M3FN")
    altgrad.quantize(shared, "E4M3FN", out=shared.view(np.uint8)[:500])
    assert np.array_equal(shared.view(np.uint8)[:500], codes)
    scale = np.full(500, 0.7, np.float32)
    altgrad.fake_quantize(x, "E4M3FN", scale, out=scale)
    assert same_bits(scale, altgrad.fake_quantize(x, "E4M3FN", 0.7))


def test_large_arrays(random):
    """Larger than the caches, where stores go past them; in place and unaligned too."""
    size = (1 << 23) + 5
    x = random.standard_normal(size + 3).astype(np.float32)
    small = np.concatenate(
        [altgrad.fake_quantize(part, "E4M3FN", 0.7) for part in np.array_split(x, 100)]
    )
    assert same_bits(altgrad.fake_quantize(x, "E4M3FN", 0.7), small)
    out = np.zeros(size + 3, np.float32)
    altgrad.fake_quantize(x[1:-2], "E4M3FN", 0.7, out=out[2:-1])
    assert same_bits(out[2:-1], small[1:-2])
    assert not out[:2].any() and not out[-1:].any()
    codes = altgrad.quantize(x[3:], "E4M3FN", 0.7)
    assert same_bits(altgrad.dequantize(codes, "E4M3FN", 0.7), small[3:])
    scale = np.full((size, 1), 0.7, np.float32)[: size - 5].reshape(8, -1)[:, :1]
    rows = altgrad.fake_quantize(x[: size - 5].reshape(8, -1), "E4M3FN", scale)
    assert same_bits(rows.reshape(-1), small[: size - 5])
    altgrad.fake_quantize(x, "E4M3FN", 0.7, out=x)
    assert same_bits(x, small)


def test_arguments_stay_as_they_are(random):
    x = draw(random, (5, 6), np.float32)
    x.flags.writeable = False
    before = x.copy()
    altgrad.quantize(x, "E5M2", 0.3)
    altgrad.fake_quantize(x.T, "E5M2", np.ones((6, 1), np.float32))
    altgrad.amax(x, shape=(5, 1))
    altgrad.stall(x, x, 0.1, "E5M2")
    assert same_bits(x, before)


def test_threshold_of_stall(random):
    w = np.ones(4, np.float32)
    g = np.array([1e-3, 1e-2, -1e-1, 1.0], np.float32)
    assert altgrad.stall(w, g, 1e-6, "E4M3FN") == (4, 4)
    assert altgrad.stall(w, g, 1e-6, "E4M3FN", threshold=0.05) == (2, 2)
    assert altgrad.stall(w, g, 1e-6, "E4M3FN", threshold=0.0) == (4, 4)
    assert altgrad.stall(w, np.zeros(4, np.float32), 1.0, "E4M3FN") == (0, 0)


def test_compute_scale():
    assert altgrad.compute_scale(448.0, "E4M3FN") == 1.0
    assert altgrad.compute_scale(0.0, "E4M3FN") == float(np.float32(1e-10))
    assert altgrad.compute_scale(np.inf, "E4M3FN") == 1.0
    assert altgrad.compute_scale(np.nan, "E4M3FN") == 1.0
    assert altgrad.compute_scale(100.0, "E4M3FN") == float(np.float32(100 / 448))
    assert altgrad.compute_scale(448.0, "E4M3FN", margin=3) == 8.0
    assert altgrad.compute_scale(500.0, "E4M3FN", power_of_two="ceil") == 2.0
    assert altgrad.compute_scale(500.0, "E4M3FN", power_of_two="floor") == 1.0
    with pytest.raises(ValueError, match="power_of_two to be 'none', 'ceil' or 'floor'"):
        altgrad.compute_scale(1.0, "E4M3FN", power_of_two="up")
    with pytest.raises(ValueError, match="expected scale_min to be positive but got 0"):
        altgrad.compute_scale(1.0, "E4M3FN", scale_min=0)


X = np.zeros((4, 6), np.float32)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: altgrad.quantize([1.0], "E5M2"), TypeError, "expected x to be an array .* list"),
        (
            lambda: altgrad.quantize(None, "E5M2"),
            TypeError,
            "expected x to be an array .* NoneType",
        ),
        (lambda: altgrad.quantize(1.0, "E5M2"), TypeError, "expected x to be an array .* float"),
        (
            lambda: altgrad.quantize(X.astype(np.int32), "E5M2"),
            TypeError,
            "expected x of float16, bfloat16, float32 or float64 but got int32",
        ),
        (
            lambda: altgrad.quantize(X.astype(">f4"), "E5M2"),
            TypeError,
            "in native byte order but got >f4",
        ),
        (
            lambda: altgrad.quantize(X.astype(np.complex64), "E5M2"),
            TypeError,
            "of a supported dtype .* but got complex64",
        ),
        (
            lambda: altgrad.quantize(X.astype(object), "E5M2"),
            TypeError,
            "of a supported dtype .* but got object",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", np.ones((4, 4), np.float32)),
            ValueError,
            r"the shape of the scale .* the rank of \(4, 6\) .* but got \(4, 4\)",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", np.ones(6, np.float32)),
            ValueError,
            r"but got \(6,\)",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", np.ones((0, 6), np.float32)),
            ValueError,
            r"but got \(0, 6\)",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", np.ones((4, 1), np.int64)),
            TypeError,
            "expected the scale of float16, .* but got int64",
        ),
        (lambda: altgrad.quantize(X, "E5M2", "1"), TypeError, "expected the scale to be an array"),
        (
            lambda: altgrad.quantize(X, "E5M2", overflow="wrap"),
            ValueError,
            "expected overflow to be 'saturate' or 'infinity' but got 'wrap'",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", overflow=1),
            ValueError,
            "expected overflow to be .* but got 1",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", out=np.empty((4, 6), np.float32)),
            TypeError,
            "expected out of uint8 but got float32",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", out=np.empty((4, 6), ml_dtypes.float8_e4m3fn)),
            TypeError,
            "expected out of uint8 but got float8",
        ),
        (
            lambda: altgrad.quantize(X, "E5M2", out=np.empty((4, 5), np.uint8)),
            ValueError,
            r"expected out of shape \(4, 6\) but got \(4, 5\)",
        ),
        (
            lambda: altgrad.quantize(
                X, "E5M2", out=np.frombuffer(bytes(24), np.uint8).reshape(4, 6)
            ),
            ValueError,
            "expected out to be writable",
        ),
        (
            lambda: altgrad.fake_quantize(
                X, "E5M2", out=np.lib.stride_tricks.as_strided(X.copy(), (4, 6), (0, 4))
            ),
            ValueError,
            "expected out with an element for each index",
        ),
        (
            lambda: altgrad.dequantize(X, "E5M2"),
            TypeError,
            "expected codes of uint8, int8 or an 8-bit float but got float32",
        ),
        (
            lambda: altgrad.dequantize(np.zeros(3, ml_dtypes.float8_e4m3fn), "E5M2"),
            TypeError,
            "expected codes of the format but got an array of E4M3FN",
        ),
        (
            lambda: altgrad.dequantize(np.zeros(3, np.uint8), "E5M2", dtype="int32"),
            TypeError,
            "expected dtype to be float16, bfloat16, float32 or float64 but got int32",
        ),
        (lambda: altgrad.amax(X, shape=(3, 1)), ValueError, r"the shape of the result .* \(3, 1\)"),
        (lambda: altgrad.amax(X, shape=4), TypeError, "expected shape to be a tuple of integers"),
        (lambda: altgrad.amax(X, nan="skip"), ValueError, "expected nan to be 'propagate' or"),
        (
            lambda: altgrad.stall(X, X.astype(np.float64), 0.1, "E5M2"),
            TypeError,
            "expected g of w's dtype, float32, but got float64",
        ),
        (
            lambda: altgrad.stall(X, X.T, 0.1, "E5M2"),
            ValueError,
            r"expected g of w's shape, \(4, 6\), but got \(6, 4\)",
        ),
        (
            lambda: altgrad.stall(X, X, 0.1, "E5M2", threshold=-1.0),
            ValueError,
            "expected threshold to be finite and not negative but got -1",
        ),
        (
            lambda: altgrad.stall(X, X, np.ones(3, np.float32), "E5M2"),
            ValueError,
            r"expected lr to be one number but got an array of shape \(3,\)",
        ),
    ],
)
def test_mistakes(call, error, message):
    with pytest.raises(error, match=message):
        call()
