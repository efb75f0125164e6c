# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CUDA arrays of libraries other than PyTorch: the same bits as on the CPU.

On a device, or on the emulator that scripts/test.sh puts in its place.
"""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import ROOT, same_bits
from cuda_memory import (
    CudaArray,
    DLPackArray,
    Nowhere,
    find_reason_to_skip,
    is_emulator,
    lent,
    make_stream,
)

import altgrad
from altgrad.cuda import DeviceArray

if reason := find_reason_to_skip():
    pytest.skip(reason, allow_module_level=True)
ml_dtypes = pytest.importorskip("ml_dtypes")

OWN = altgrad.Format(exponent_bits=3, mantissa_bits=4, bias=6, specials="finite")
FORMATS = ["E4M3FN", "E5M2", "E7M0", "E0M7", "E4M3FNUZ", OWN]
DTYPES = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64]
MAKERS = [CudaArray, DLPackArray]
emulator_only = pytest.mark.skipif(not is_emulator(), reason="what fails is chosen in the emulator")


def make_data(random, shape, dtype):
    """Magnitudes from below the smallest to past the largest value, and specials."""
    x = random.standard_normal(shape) * np.exp2(random.integers(-14, 12, shape))
    flat = x.reshape(-1)
    specials = [0.0, -0.0, np.nan, np.inf, -np.inf, 6e-8, 448.0, 464.0, 57344.0]
    count = min(len(specials), flat.size // 4)
    flat[:count] = specials[:count]
    with np.errstate(over="ignore"):
        return x.astype(dtype)


def check(result, expected):
    assert isinstance(result, DeviceArray)
    assert same_bits(result.numpy(), np.asarray(expected))


# ----------------------------------------------------------------------------
# Values
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_elementwise(random, dtype, format):
    for number, size in enumerate((0, 1, 7, 4099)):
        x = make_data(random, size, dtype)
        device = MAKERS[number % 2](x)
        for scale in (1.0, 0.37):
            for overflow in ("saturate", "infinity"):
                codes = altgrad.quantize(x, format, scale, overflow=overflow)
                check(altgrad.quantize(device, format, scale, overflow=overflow), codes)
                check(
                    altgrad.fake_quantize(device, format, scale, overflow=overflow),
                    altgrad.fake_quantize(x, format, scale, overflow=overflow),
                )
        codes = np.resize(np.arange(256, dtype=np.uint8), size)
        check(
            altgrad.dequantize(MAKERS[number % 2](codes), format, 0.37, dtype=np.dtype(dtype)),
            altgrad.dequantize(codes, format, 0.37, dtype=np.dtype(dtype)),
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale_dtype", DTYPES)
def test_scales_are_rounded(random, dtype, scale_dtype):
    x = make_data(random, (6, 40), dtype)
    for shape in ((), (1,), (6, 1), (3, 5), (6, 40)):
        scale = (random.random(shape) + 0.1).astype(scale_dtype)
        expected = altgrad.fake_quantize(x, "E3M4", scale)
        check(altgrad.fake_quantize(CudaArray(x), "E3M4", CudaArray(scale)), expected)
        if scale.size == 1:  # one number of the host may go to the device
            check(altgrad.fake_quantize(CudaArray(x), "E3M4", scale), expected)


BLOCKS = [
    ((4, 64), (4, 1)),  # rows of whole vectors
    ((4, 63), (4, 1)),
    ((4, 64), (1, 64)),  # columns
    ((4, 63), (1, 63)),
    ((8, 96), (8, 3)),
    ((6, 10), (3, 2)),
    ((4, 6, 8), (2, 1, 4)),
    ((2, 3, 4, 5), (2, 1, 4, 1)),
    ((5, 7), (5, 7)),
    ((5, 7), (1, 1)),
    ((0, 4), (0, 1)),
    ((4, 0), (4, 1)),
]


@pytest.mark.parametrize("shape, blocks", BLOCKS, ids=str)
def test_blocks(random, shape, blocks):
    x = make_data(random, shape, np.float32)
    g = make_data(random, shape, np.float32)
    scale = (random.random(blocks) + 0.1).astype(np.float32)
    on_device = CudaArray(x), CudaArray(g), CudaArray(scale)
    expected = altgrad.quantize(x, "E4M3FN", scale)
    check(altgrad.quantize(on_device[0], "E4M3FN", on_device[2]), expected)
    check(
        altgrad.dequantize(CudaArray(expected), "E4M3FN", on_device[2]),
        altgrad.dequantize(expected, "E4M3FN", scale),
    )
    assert altgrad.stall(on_device[0], on_device[1], 0.01, "E4M3FN", on_device[2]) == (
        altgrad.stall(x, g, 0.01, "E4M3FN", scale)
    )
    for nan in ("propagate", "ignore"):
        check(
            altgrad.amax(on_device[0], shape=blocks, nan=nan),
            altgrad.amax(x, shape=blocks, nan=nan),
        )


@pytest.mark.parametrize("dtype", DTYPES)
def test_amax(random, dtype):
    for size in (0, 1, 5, 1000, 20001):
        for nan in ("propagate", "ignore"):
            for x in (make_data(random, size, dtype), -np.ones(size, dtype)):
                check(altgrad.amax(CudaArray(x), nan=nan), altgrad.amax(x, nan=nan))
    x = make_data(random, (3, 8), dtype)
    out = CudaArray(np.ones((3, 1), dtype))
    assert altgrad.amax(CudaArray(x), shape=(3, 1), out=out) is out
    assert same_bits(out.numpy(), altgrad.amax(x, shape=(3, 1)))


def test_amax_of_long_rows(random):
    x = random.standard_normal((2, 1 << 16)).astype(np.float32)
    check(altgrad.amax(CudaArray(x), shape=(2, 1)), altgrad.amax(x, shape=(2, 1)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_stall(random, dtype):
    for size in (0, 1, 9, 5001):
        w, g = make_data(random, size, dtype), make_data(random, size, dtype)
        for scale in (1.0, 0.5):
            expected = altgrad.stall(w, g, 0.01, "E5M2", scale, threshold=1e-3)
            device = CudaArray(w), DLPackArray(g)
            assert altgrad.stall(*device, 0.01, "E5M2", scale, threshold=1e-3) == expected
            rate = np.array([0.01])
            for lr in (rate, CudaArray(rate)):
                assert altgrad.stall(*device, lr, "E5M2", scale, threshold=1e-3) == expected


def test_compute_scale(random):
    amax = np.abs(make_data(random, 200, np.float64))
    for dtype in DTYPES:
        largest = amax.astype(dtype)
        for margin, power_of_two in ((0, "none"), (2, "ceil"), (-3, "floor")):
            scales = altgrad._native.compute_scales(
                CudaArray(largest), "E4M3FN", 1e-6, margin, power_of_two
            )
            expected = [
                altgrad.compute_scale(
                    float(a), "E4M3FN", scale_min=1e-6, margin=margin, power_of_two=power_of_two
                )
                for a in largest
            ]
            check(scales, np.array(expected, np.float32))


# ----------------------------------------------------------------------------
# Layouts
# ----------------------------------------------------------------------------


def layouts(x):
    yield x.T
    yield x[::2]
    yield x[:, 1:5]
    yield x[:, ::-2]
    yield np.broadcast_to(x[:, :1], x.shape)
    yield np.broadcast_to(x[0], (3, *x.shape))
    yield x.reshape(3, 4, 2, 3).transpose(2, 0, 3, 1)
    yield x[:0]


def test_layouts(random):
    base = make_data(random, (12, 6), np.float32)
    for x in layouts(base):
        g = np.asarray(random.permutation(base.reshape(-1)))[: x.size]
        g = np.resize(g, x.shape) if x.size else np.zeros(x.shape, np.float32)
        device = CudaArray(x)
        assert same_bits(device.numpy(), x)
        check(altgrad.fake_quantize(device, "E4M3FN"), altgrad.fake_quantize(x, "E4M3FN"))
        check(altgrad.amax(device), altgrad.amax(x))
        shape = (1, *x.shape[1:])
        if x.size:
            check(altgrad.amax(device, shape=shape), altgrad.amax(x, shape=shape))
        expected = altgrad.stall(x, g, 0.1, "E4M3FN")
        assert altgrad.stall(device, CudaArray(g), 0.1, "E4M3FN") == expected


@pytest.mark.parametrize("dtype", DTYPES)
def test_alignment(random, dtype):
    x = make_data(random, 999, dtype)
    size = x.itemsize
    for offset in (size, 3 * size, 16):
        out = CudaArray(np.zeros(999, np.uint8), offset=offset // size)
        altgrad.quantize(CudaArray(x, offset=offset), "E5M2", out=out)
        assert same_bits(out.numpy(), altgrad.quantize(x, "E5M2"))
        check(altgrad.amax(CudaArray(x, offset=offset)), altgrad.amax(x))
    wrong, right = CudaArray(x, offset=1), CudaArray(x)
    for call in (
        lambda: altgrad.quantize(wrong, "E5M2"),
        lambda: altgrad.fake_quantize(right, "E5M2", out=wrong),
        lambda: altgrad.quantize(right, "E5M2", View(wrong, 0, 1)),
        lambda: altgrad.amax(wrong),
        lambda: altgrad.stall(right, wrong, 0.1, "E5M2"),
        lambda: altgrad.stall(right, right, View(wrong, 0, 1), "E5M2"),
    ):
        with pytest.raises(ValueError, match="at multiples of their size"):
            call()


def test_out(random):
    x = make_data(random, (4, 10), np.float32)
    expected = altgrad.fake_quantize(x, "E4M3FN", 0.3)
    device = CudaArray(x)
    assert altgrad.fake_quantize(device, "E4M3FN", 0.3, out=device) is device
    assert same_bits(device.numpy(), expected)
    out = CudaArray(np.zeros((10, 4), np.float32).T)
    assert altgrad.fake_quantize(CudaArray(x), "E4M3FN", 0.3, out=out) is out
    assert same_bits(out.numpy(), expected)
    codes = CudaArray(np.zeros((4, 10), np.int8))
    altgrad.quantize(CudaArray(x), "E4M3FN", 0.3, out=codes)
    assert same_bits(codes.numpy().view(np.uint8), altgrad.quantize(x, "E4M3FN", 0.3))
    half = DLPackArray(np.zeros((4, 10), np.float16))
    altgrad.dequantize(codes, "E4M3FN", out=half)
    assert same_bits(half.numpy(), altgrad.dequantize(codes.numpy(), "E4M3FN", dtype=np.float16))


class View:
    """Part of a CudaArray."""

    def __init__(self, array, start, count, step=1):
        size = array.type.itemsize
        self.__cuda_array_interface__ = {
            **array.__cuda_array_interface__,
            "data": (array.pointer + start * size, False),
            "shape": (count,),
            "strides": (step * size,),
        }


@pytest.mark.parametrize(
    "source, target", [((0, 99), (1, 99)), ((1, 99), (0, 99)), ((0, 50), (0, 50, 2))]
)
def test_out_overlaps(random, source, target):
    x = make_data(random, 100, np.float32)
    device = CudaArray(x)
    result = altgrad.fake_quantize(x[source[0] :][: source[1]], "E5M2", 0.3)
    altgrad.fake_quantize(View(device, *source), "E5M2", 0.3, out=View(device, *target))
    start, count, *step = target
    x[start :: step[0] if step else 1][:count] = result
    assert same_bits(device.numpy(), x)


# ----------------------------------------------------------------------------
# Protocols and streams
# ----------------------------------------------------------------------------


class OnlyDLPack:
    def __init__(self, array):
        self.__dlpack__ = array.__dlpack__
        self.__dlpack_device__ = array.__dlpack_device__


def test_device_array(random):
    for dtype in DTYPES:
        x = make_data(random, (3, 5), dtype)
        y = altgrad.fake_quantize(CudaArray(x), "E4M3FN")
        assert (y.shape, y.dtype, y.device) == ((3, 5), np.dtype(dtype).name, 0)
        assert repr(y) == f"DeviceArray(shape=(3, 5), dtype={y.dtype}, device=0)"
        assert y.__dlpack_device__() == (2, 0)
        expected = altgrad.quantize(y.numpy(), "E5M2")
        check(altgrad.quantize(y, "E5M2"), expected)
        check(altgrad.quantize(OnlyDLPack(y), "E5M2"), expected)
    interface = y.__cuda_array_interface__
    assert (interface["shape"], interface["typestr"], interface["version"]) == ((3, 5), "<f8", 3)
    assert interface["stream"] == 1
    y.__dlpack__(stream=None, max_version=None, dl_device=(2, 0), copy=False)
    one = altgrad.amax(CudaArray(np.ones(3, np.float32)))
    assert one.item() == float(one) == 1.0
    assert altgrad.compute_scale(one, "E0M7") == altgrad.compute_scale(1.0, "E0M7")
    with pytest.raises(BufferError, match="copy=True"):
        y.__dlpack__(copy=True)
    with pytest.raises(ValueError):
        y.item()


def test_what_was_lent_is_given_back():
    array = DLPackArray(np.ones(100, np.float32))
    result = altgrad.quantize(array, "E5M2")
    altgrad.stall(array, array, array.numpy()[:1], "E5M2")
    capsule = result.__dlpack__()
    del result, capsule
    gc.collect()
    assert lent() == 0


def test_streams(random):
    x = make_data(random, 1000, np.float32)
    expected = altgrad.fake_quantize(x, "E4M3FN", 2.0)
    scale = np.array(2.0, np.float32)
    own, other = make_stream(), make_stream()
    # The stream of the first array; the other is waited for.
    y = altgrad.fake_quantize(CudaArray(x, stream=own), "E4M3FN", CudaArray(scale, stream=other))
    assert y.__cuda_array_interface__["stream"] == own
    check(y, expected)
    check(altgrad.fake_quantize(y, "E4M3FN", 2.0), expected)
    y.__dlpack__(stream=other)
    y.__dlpack__(stream=-1)
    # The one that was chosen, of which exporters are told.
    array = DLPackArray(x)
    check(altgrad.fake_quantize(array, "E4M3FN", 2.0), expected)
    with altgrad.cuda.stream(other):
        y = altgrad.fake_quantize(array, "E4M3FN", CudaArray(scale, stream=own))
        with altgrad.cuda.stream(1):
            altgrad.amax(array)
        altgrad.amax(array)
    altgrad.amax(array)
    check(y, expected)
    assert y.__cuda_array_interface__["stream"] == other
    assert array.streams == [1, other, 1, other, 1]


def test_threads(random):
    x = make_data(random, 5000, np.float32)
    expected = altgrad.quantize(x, OWN, 0.21)
    failures = []

    def work(number):
        try:
            stream = make_stream() if number % 2 else 1
            device = CudaArray(x)
            for _ in range(5):
                with altgrad.cuda.stream(stream):
                    check(altgrad.quantize(device, OWN, 0.21), expected)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# ----------------------------------------------------------------------------
# Programs
# ----------------------------------------------------------------------------

STEP = """
  func.func @step(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32)
      -> (tensor<?x!altgrad.fp8<E4M3FN>>, f32, i64) {
    %amax = altgrad.amax %w : tensor<?xf32> -> f32
    %scale = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
    %q = altgrad.quantize %w, %scale
        : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
    %stalled, %total = altgrad.stall %w, %g, %lr, %scale in !altgrad.fp8<E4M3FN>
        : tensor<?xf32>, f32 -> i64, i64
    return %q, %scale, %stalled : tensor<?x!altgrad.fp8<E4M3FN>>, f32, i64
  }
"""


@pytest.mark.parametrize("cuda_options", [None, {"block_size": 128, "native_conversions": False}])
def test_program(random, cuda_options):
    step = altgrad.compile(STEP, cuda_options=cuda_options)
    w, g = random.standard_normal((2, 3001)).astype(np.float32)
    for lr in (0.01, CudaArray(np.array([0.01], np.float32))):
        codes, scale, stalled = step(CudaArray(w), DLPackArray(g), lr)
        expected = step(w, g, 0.01)
        check(codes, expected[0])
        assert (scale, stalled) == expected[1:]
    # Not in C order, and empty.
    check(step(CudaArray(w[::-2]), CudaArray(g[::-2]), 0.01)[0], step(w[::-2], g[::-2], 0.01)[0])
    check(step(CudaArray(w[:0]), CudaArray(g[:0]), 0.01)[0], np.empty(0, np.uint8))


def test_results_of_programs():
    twice = altgrad.compile("""
      func.func @twice(%x: tensor<?x3xbf16>, %m: memref<?xi64>)
          -> (tensor<?x3xbf16>, tensor<?x3xbf16>, tensor<i1>) {
        %seven = arith.constant 7 : i64
        linalg.fill ins(%seven : i64) outs(%m : memref<?xi64>)
        %true = arith.constant dense<true> : tensor<i1>
        return %x, %x, %true : tensor<?x3xbf16>, tensor<?x3xbf16>, tensor<i1>
      }
    """)
    x = np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16)
    memory = CudaArray(np.zeros(4, np.int64))
    first, second, true = twice(CudaArray(x), memory)
    check(first, x)
    check(second, x)
    assert true.item() is True
    pointers = {array.__cuda_array_interface__["data"][0] for array in (first, second)}
    assert len(pointers) == 2
    assert memory.numpy().tolist() == [7] * 4


def test_gradient_on_the_device(random):
    text = """
      func.func @f(%x: tensor<?xf32>, %s: f32) -> tensor<?xf32> {
        %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E4M3FN> ste(clipped)
          : tensor<?xf32>, f32
        return %y : tensor<?xf32>
      }
    """
    vjp = altgrad.vjp(altgrad.compile(text), wrt=[0])
    x, g = random.standard_normal((2, 500)).astype(np.float32)
    expected = vjp(x * 600, 1.0, g)
    for result, array in zip(vjp(CudaArray(x * 600), 1.0, CudaArray(g)), expected):
        check(result, array)


def test_mistakes_with_programs():
    step = altgrad.compile(STEP)
    x = np.ones(4, np.float32)
    with pytest.raises(TypeError, match="argument 1 on cuda:0, where argument 0 is, but got an a"):
        step(CudaArray(x), x, 0.1)
    with pytest.raises(
        TypeError, match="argument 1 on the CPU, where argument 0 is, but .* cuda:0"
    ):
        step(x, CudaArray(x), 0.1)
    with pytest.raises(TypeError, match="argument 0 of float32 .* but got float64"):
        step(CudaArray(x.astype(np.float64)), CudaArray(x), 0.1)
    with pytest.raises(ValueError, match=r"but got shape \(2, 2\)"):
        step(CudaArray(x.reshape(2, 2)), CudaArray(x), 0.1)
    plain = altgrad.compile(STEP, pipeline="altgrad-cpu-pipeline")
    with pytest.raises(TypeError, match="by a pipeline of its own, but got one on cuda:0"):
        plain(CudaArray(x), CudaArray(x), 0.1)
    wrong = altgrad.compile(STEP, cuda_options={"block_size": 100})
    with pytest.raises(altgrad.CompileError, match="power of two from 32 to 1024"):
        wrong(CudaArray(x), CudaArray(x), 0.1)
    with pytest.raises(ValueError, match="options or a pipeline but got both"):
        altgrad.compile(STEP, cuda_options={"ptx": 80}, pipeline="canonicalize")


# ----------------------------------------------------------------------------
# Mistakes
# ----------------------------------------------------------------------------


def test_mistakes(random):
    x = np.ones((4, 6), np.float32)
    device = CudaArray(x)
    scales = np.ones((4, 1), np.float32)
    with pytest.raises(TypeError, match="the scale on cuda:0, where x is, .* on the CPU"):
        altgrad.quantize(device, "E5M2", scales)
    with pytest.raises(TypeError, match="the scale on the CPU, where x is, .* on cuda:0"):
        altgrad.quantize(x, "E5M2", CudaArray(scales))
    with pytest.raises(TypeError, match="the scale on the CPU, where codes is, .* on cuda:0"):
        altgrad.dequantize(x.astype(np.uint8), "E5M2", CudaArray(scales[:1]))
    with pytest.raises(TypeError, match="out on cuda:0, where the input is, .* on the CPU"):
        altgrad.fake_quantize(device, "E5M2", out=x)
    with pytest.raises(TypeError, match="out on the CPU, where the input is, .* on cuda:0"):
        altgrad.fake_quantize(x, "E5M2", out=device)
    with pytest.raises(TypeError, match="out on cuda:0, where x is, .* on the CPU"):
        altgrad.amax(device, out=x[0, 0])
    with pytest.raises(TypeError, match="g on cuda:0, where w is, .* on the CPU"):
        altgrad.stall(device, x, 0.1, "E5M2")
    with pytest.raises(TypeError, match="g on the CPU, where w is, .* on cuda:0"):
        altgrad.stall(x, device, 0.1, "E5M2")
    with pytest.raises(TypeError, match="g on cuda:0, where w is, but got an array on cuda:1"):
        altgrad.stall(device, DLPackArray(x, device=1), 0.1, "E5M2")
    with pytest.raises(ValueError, match="sizes that divide"):
        altgrad.quantize(device, "E5M2", CudaArray(np.ones((3, 1), np.float32)))
    with pytest.raises(TypeError, match="x of float16, bfloat16, float32 or float64 but got int64"):
        altgrad.quantize(CudaArray(np.ones(3, np.int64)), "E5M2")
    with pytest.raises(TypeError, match="a CUDA array of type '<c16'"):
        altgrad.quantize(CudaArray(np.ones(3, np.complex128)), "E5M2")
    with pytest.raises(TypeError, match="out of float32 but got float64"):
        altgrad.fake_quantize(device, "E5M2", out=CudaArray(np.ones((4, 6))))
    with pytest.raises(ValueError, match=r"out of shape \(4, 6\) but got \(6, 4\)"):
        altgrad.fake_quantize(device, "E5M2", out=CudaArray(x.reshape(6, 4)))
    with pytest.raises(ValueError, match="that was broadcast"):
        altgrad.fake_quantize(device, "E5M2", out=CudaArray(np.broadcast_to(x[:1], x.shape)))
    read_only = View(device, 0, 24)
    read_only.__cuda_array_interface__["data"] = (device.pointer, True)
    with pytest.raises(ValueError, match="out to be writable"):
        altgrad.fake_quantize(View(device, 0, 24), "E5M2", out=read_only)


def test_memory_that_is_none():
    with pytest.raises(altgrad.CUDAError) as info:
        altgrad.amax(Nowhere())
    assert info.value.call == "cuPointerGetAttribute"
    assert info.value.name == "CUDA_ERROR_INVALID_VALUE"


# ----------------------------------------------------------------------------
# Other processes
# ----------------------------------------------------------------------------

CACHED = """
import numpy as np
import altgrad, altgrad.cache
from cuda_memory import CudaArray
x = np.linspace(-3, 3, 1000, dtype=np.float32)
y = altgrad.fake_quantize(CudaArray(x), "E6M1", 0.3).numpy()
f = altgrad.compile('''
  func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
    %y = arith.addf %x, %x : tensor<?xf32>
    return %y : tensor<?xf32>
  }
''')
z = f(CudaArray(x)).numpy()
assert (y == altgrad.fake_quantize(x, "E6M1", 0.3)).all() and (z == x + x).all()
print(*altgrad.cache.statistics())
"""


def run(script, **environment):
    return subprocess.run(
        [sys.executable, "-c", script],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT / "python" / "tests"), os.environ.get("PYTHONPATH", "")]
            ),
            **environment,
        },
        capture_output=True,
        text=True,
    )


def test_other_processes_load(tmp_path):
    directory = str(tmp_path)
    # The kernel for both machines, the program for both.
    assert run(CACHED, ALTGRAD_CACHE_DIR=directory).stdout == "4 0\n"
    assert run(CACHED, ALTGRAD_CACHE_DIR=directory).stdout == "0 4\n"


@emulator_only
def test_chips(tmp_path):
    directory = str(tmp_path)
    run(CACHED, ALTGRAD_CACHE_DIR=directory)
    # Code of another chip is other code; PTX of the newest that is known runs on newer ones.
    for chip, numbers in (("sm_80", "2 2\n"), ("sm_100", "2 2\n"), ("sm_199", "2 2\n")):
        result = run(CACHED, ALTGRAD_CACHE_DIR=directory, ALTGRAD_EMULATOR_CHIP=chip)
        assert result.stdout == numbers, result.stderr


FAILING = """
import numpy as np
import altgrad
from cuda_memory import CudaArray, Nowhere
array = ARRAY
try:
    altgrad.quantize(array, "E5M2")
except altgrad.CUDAError as error:
    print(error.call, error.name)
    print(error)
"""


@emulator_only
@pytest.mark.parametrize(
    "call, name",
    [
        ("cuMemAllocFromPoolAsync", "CUDA_ERROR_OUT_OF_MEMORY"),
        ("cuModuleLoadDataEx", "CUDA_ERROR_NO_BINARY_FOR_GPU"),
        ("cuLaunchKernel", "CUDA_ERROR_LAUNCH_FAILED"),
    ],
)
def test_failures_of_the_driver(call, name):
    script = FAILING.replace("ARRAY", "CudaArray(np.ones(4, np.float32))")
    result = run(script, ALTGRAD_EMULATOR_FAIL=f"{call}:{name}")
    assert result.stdout.startswith(f"{call} {name}\n{call} failed: {name}"), result.stderr


@emulator_only
def test_no_driver():
    script = FAILING.replace("ARRAY", "Nowhere()")
    result = run(script, ALTGRAD_EMULATOR_DEVICES="0")
    sentence = "no CUDA device: the driver is installed but finds no GPU it may use"
    assert result.stdout == f"None None\n{sentence}\n", result.stderr
    result = run(script, LD_LIBRARY_PATH="")
    assert result.stdout.startswith("None None\nno CUDA driver: libcuda.so.1 cannot be loaded")


# PyTorch has no CUDA tensors where there is no device that its own libraries know. These
# are its CPU tensors in the disguise of CUDA tensors, around memory of the driver, and so
# test what is read of tensors and asked of PyTorch, which is not PyTorch itself.
DISGUISED = """
import gc
import numpy as np
import torch
from cuda_memory import CudaArray, make_stream
STREAM, DEVICE = make_stream(), torch.device("cuda:0")
class Disguised(torch.Tensor):
    is_cpu, is_cuda, device = False, True, DEVICE
    def data_ptr(self):
        return self.cuda.pointer
def disguise(array, template=None):
    template = torch.from_numpy(array) if template is None else template
    tensor = torch.Tensor._make_subclass(Disguised, template)
    tensor.cuda = CudaArray(array)
    return tensor
def empty(sizes, dtype, device):
    assert device is DEVICE
    return disguise(np.zeros(sizes, str(dtype).rsplit(".")[-1]))
def empty_like(like, dtype=None, requires_grad=True):
    assert not requires_grad
    return empty(tuple(like.shape), dtype or like.dtype, DEVICE)
def from_dlpack(array):
    array.__dlpack__(stream=STREAM)
    result = disguise(array.numpy())
    result.stream = array.__cuda_array_interface__["stream"]
    return result
class Stream:
    cuda_stream = STREAM
def current_stream(device):
    assert device == 0
    return Stream
torch.empty, torch.empty_like, torch.from_dlpack = empty, empty_like, from_dlpack
torch.cuda.current_stream = current_stream

import altgrad
x = np.random.default_rng(1).standard_normal((8, 24)).astype(np.float32)
scale = altgrad.amax(x, shape=(8, 1)) / np.float32(448)
t, s = disguise(x), disguise(scale)
def check(tensor, expected):
    assert type(tensor) is Disguised and tensor.shape == expected.shape
    assert np.array_equal(tensor.cuda.numpy(), expected)
check(altgrad.fake_quantize(t, "E4M3FN", s), altgrad.fake_quantize(x, "E4M3FN", scale))
codes = altgrad.quantize(t, "E4M3FN", s)
check(codes, altgrad.quantize(x, "E4M3FN", scale))
check(
    altgrad.dequantize(codes, "E4M3FN", torch.tensor(0.3), dtype=torch.float16),
    altgrad.dequantize(codes.cuda.numpy(), "E4M3FN", 0.3, dtype=np.float16),
)
check(altgrad.amax(t), np.asarray(altgrad.amax(x)))
check(altgrad.amax(t, shape=(8, 1)), altgrad.amax(x, shape=(8, 1)))
counts = altgrad.stall(x, x, 0.1, "E4M3FN", scale)
assert altgrad.stall(t, CudaArray(x), 0.1, "E4M3FN", s) == counts
check(altgrad._native.stall(t, t, 0.1, "E4M3FN", s, 1e-10, True), np.array(counts))
check(
    altgrad._native.compute_scales(s, "E5M2", 1e-10, 0, "none"),
    np.array([[altgrad.compute_scale(a, "E5M2")] for a in scale[:, 0]], np.float32),
)
f = altgrad.compile('''
  func.func @f(%x: tensor<?x24xf32>) -> (tensor<?x24xf32>, tensor<?x24xf32>) {
    %y = arith.addf %x, %x : tensor<?x24xf32>
    return %y, %x : tensor<?x24xf32>, tensor<?x24xf32>
  }
''')
y, same = f(t)
check(y, x + x)
check(same, x)
assert y.stream == STREAM
try:
    altgrad.stall(t, torch.from_numpy(x), 0.1, "E4M3FN")
except TypeError as error:
    print(error)
"""


@emulator_only
def test_disguised_tensors():
    pytest.importorskip("torch")
    result = run(DISGUISED)
    assert result.stdout == ("expected g on cuda:0, where w is, but got an array on the CPU\n"), (
        result.stderr
    )
