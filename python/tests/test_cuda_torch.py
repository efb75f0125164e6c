# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors of PyTorch on a CUDA device: the same as on the CPU.

They need PyTorch's own CUDA libraries and a device; the emulator is not enough.
"""

import threading

import numpy as np
import pytest

import altgrad

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("PyTorch finds no CUDA device", allow_module_level=True)
at = pytest.importorskip("altgrad.torch")
quantization = pytest.importorskip("altgrad.quantization")

FORMATS = ["E4M3FN", "E5M2", "E3M4"]
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def make_data(shape, dtype, seed=3):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    scale = torch.randint(-14, 12, x.shape, generator=generator).exp2()
    return (x * scale).to(dtype)


def check(result, expected):
    assert result.device.type == "cuda"
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    assert torch.equal(result.cpu().nan_to_num(1.25), expected.nan_to_num(1.25))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("shape", [(0,), (1,), (4099,), (33, 64), (3, 5, 7)], ids=str)
def test_operations(dtype, format, shape):
    x, g = make_data(shape, dtype), make_data(shape, dtype, 4)
    on_device = x.cuda()
    scales = [1.0, torch.tensor(0.37), torch.rand([1] * x.ndim) + 0.1]
    if x.numel() > 1:
        scales.append((torch.rand((shape[0], *[1] * (x.ndim - 1))) + 0.1).to(dtype))
    for scale in scales:
        places = [scale]
        if isinstance(scale, torch.Tensor):
            places.append(scale.cuda())
            if scale.numel() > 1:
                places = places[1:]
        for place in places:
            codes = altgrad.quantize(x, format, scale)
            check(altgrad.quantize(on_device, format, place), codes)
            check(
                altgrad.dequantize(codes.cuda(), format, place, dtype=dtype),
                altgrad.dequantize(codes, format, scale, dtype=dtype),
            )
            check(
                altgrad.fake_quantize(on_device, format, place),
                altgrad.fake_quantize(x, format, scale),
            )
            expected = altgrad.stall(x, g, 0.01, format, scale)
            assert altgrad.stall(on_device, g.cuda(), 0.01, format, place) == expected
    check(altgrad.amax(on_device), altgrad.amax(x))
    if x.numel():
        blocks = (*shape[:-1], 1)
        check(altgrad.amax(on_device, shape=blocks), altgrad.amax(x, shape=blocks))


def test_layouts_and_out():
    x = make_data((6, 4, 10), torch.float32)
    for view in (lambda t: t.permute(2, 0, 1), lambda t: t[::2, 1:, ::3], lambda t: t[:, :1]):
        expected = altgrad.fake_quantize(view(x), "E4M3FN")
        result = altgrad.fake_quantize(view(x.cuda()), "E4M3FN")
        check(result, expected)
        assert result.stride() == expected.stride()
        out = torch.zeros(2, *expected.shape, device="cuda")[1]
        assert altgrad.fake_quantize(view(x.cuda()), "E4M3FN", out=out) is out
        check(out, expected)
    inplace = x.cuda()
    altgrad.fake_quantize(inplace, "E4M3FN", out=inplace)
    check(inplace, altgrad.fake_quantize(x, "E4M3FN"))
    codes = torch.empty(x.shape, dtype=torch.float8_e5m2, device="cuda")
    altgrad.quantize(x.cuda(), "E5M2", out=codes)
    check(codes.view(torch.uint8), altgrad.quantize(x, "E5M2"))
    check(altgrad.dequantize(codes, "E5M2"), altgrad.fake_quantize(x, "E5M2"))


def test_streams():
    x = make_data(1 << 20, torch.float32)
    on_device = x.cuda()
    expected = altgrad.fake_quantize(x * 2, "E4M3FN", 0.5)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        result = altgrad.fake_quantize(on_device * 2, "E4M3FN", 0.5) + 0
    stream.synchronize()
    check(result, expected)


def test_nothing_waits():
    x = torch.randn(1 << 20, device="cuda")
    scale = torch.tensor(0.5, device="cuda")

    def step():
        largest = at.amax(x)
        computed = at.compute_scale(largest, "E4M3FN")
        at.fake_quantize(x, "E4M3FN", computed)
        return at.stall(x, x, 0.1, "E4M3FN", scale)

    step()  # compiles
    torch.cuda.synchronize()
    end = torch.cuda.Event()
    torch.cuda._sleep(200_000_000)  # a tenth of a second, or about
    counts = step()
    end.record()
    assert not end.query()
    assert counts.tolist() == list(altgrad.stall(x.cpu(), x.cpu(), 0.1, "E4M3FN", 0.5))


def test_threads():
    x = make_data(100_000, torch.float32)
    expected = altgrad.quantize(x, "E5M2", 0.3)
    failures = []

    def work():
        try:
            with torch.cuda.stream(torch.cuda.Stream()):
                for _ in range(20):
                    check(altgrad.quantize(x.cuda(), "E5M2", 0.3), expected)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_programs():
    text = """
      func.func @step(%w: tensor<?xbf16>, %s: bf16) -> (tensor<?xbf16>, bf16) {
        %y = altgrad.fake_quantize %w, %s in !altgrad.fp8<E3M4> : tensor<?xbf16>, bf16
        %amax = altgrad.amax %y : tensor<?xbf16> -> bf16
        return %y, %amax : tensor<?xbf16>, bf16
      }
    """
    step = altgrad.compile(text)
    w = make_data(1001, torch.bfloat16)
    expected = step(w, 0.5)
    result = step(w.cuda(), 0.5)
    check(result[0], expected[0])
    assert result[1] == expected[1]
    vjp = altgrad.vjp(step, wrt=[0], results=[0])
    g = make_data(1001, torch.bfloat16, 7)
    expected, result = vjp(w, 0.5, g), vjp(w.cuda(), 0.5, g.cuda())
    check(result[0], expected[0])
    check(result[2], expected[2])


@pytest.mark.parametrize("ste", ["identity", "clipped"])
@pytest.mark.parametrize("scale_grad", ["none", "lsq"])
def test_gradients(ste, scale_grad):
    grads = []
    for device in ("cpu", "cuda"):
        x = make_data(500, torch.float32).to(device).requires_grad_()
        scale = torch.tensor(0.5, device=device, requires_grad=True)
        y = at.fake_quantize(x, "E2M5", scale, ste=ste, scale_grad=scale_grad)
        y.backward(make_data(500, torch.float32, 9).to(device))
        grads.append((x.grad, scale.grad))
    check(grads[1][0], grads[0][0])
    if scale_grad == "lsq":  # a sum of floats, in another order
        torch.testing.assert_close(grads[1][1].cpu(), grads[0][1], rtol=1e-4, atol=1e-2)


def test_custom_ops():
    x = torch.randn(40, device="cuda")
    scale = torch.tensor(0.5, device="cuda")
    ops = torch.ops.altgrad
    check_op = torch.library.opcheck
    check_op(ops.fake_quantize, (x, scale, "E5M2", "saturate", "clipped", "none"))
    check_op(ops.quantize, (x, scale, "E5M2", "saturate"))
    check_op(ops.amax, (x, [], "propagate"))
    check_op(ops.compute_scale, (scale, "E5M2", 1e-10, 0, "none"))
    check_op(ops.stall, (x, x, scale, scale, "E5M2", 1e-10))


@pytest.mark.parametrize("scaling", ["delayed", "dynamic", 0.25])
def test_fake_quantizer(scaling):
    layers = [
        at.FakeQuantizer("E4M3FN", scaling=scaling, history_len=3).to(device)
        for device in ("cpu", "cuda")
    ]
    for step in range(5):
        x = make_data((7, 9), torch.float32, step)
        check(layers[1](x.cuda()), layers[0](x))
    for (name, buffer), other in zip(layers[0].state_dict().items(), layers[1].buffers()):
        assert torch.equal(buffer, other.cpu()), name


def test_quantization():
    x = make_data(300, torch.float32)
    expected = quantization.quantize(x, quantization.E3M4, 2.0)
    check(quantization.quantize(x.cuda(), quantization.E3M4, 2.0), expected)
    arguments = 0.1, quantization.E5M2, 1.0
    expected = quantization.detect_bit_stall(x, x, *arguments)
    assert quantization.detect_bit_stall(x.cuda(), x.cuda(), *arguments) == expected


def test_mistakes():
    x = torch.ones(4)
    with pytest.raises(TypeError, match="g on cuda:0, where w is, .* on the CPU"):
        altgrad.stall(x.cuda(), x, 0.1, "E5M2")
    with pytest.raises(TypeError, match="the scale on cuda:0, where x is, .* on the CPU"):
        altgrad.quantize(x.cuda(), "E5M2", x)
    with pytest.raises(TypeError, match="out on cuda:0, where the input is, .* on the CPU"):
        altgrad.quantize(x.cuda(), "E5M2", out=np.zeros(4, np.uint8))


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there is one CUDA device only")
def test_two_devices():
    x = make_data(100, torch.float32)
    result = altgrad.quantize(x.to("cuda:1"), "E5M2")
    assert result.device.index == 1
    check(result, altgrad.quantize(x, "E5M2"))
    with pytest.raises(TypeError, match="g on cuda:1, where w is, but got an array on cuda:0"):
        altgrad.stall(x.to("cuda:1"), x.to("cuda:0"), 0.1, "E5M2")
