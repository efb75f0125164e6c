# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch: tensors of all kinds, gradients, custom ops, compile and export, the layer."""

import io
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import altgrad  # noqa: E402
import altgrad.torch as at  # noqa: E402
from altgrad import FORMATS  # noqa: E402

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
UNNAMED = altgrad.Format(3, 4, 5, "finite")


def bits(tensor):
    return tensor.view({2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.itemsize])


# ----------------------------------------------------------------------------
# Tensors as arrays
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["E4M3FN", "E5M2", "E4M3FNUZ", "E5M2FNUZ"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_against_float8_of_torch(name, dtype):
    x = (torch.randn(4000) * 2.0 ** torch.randint(-12, 5, (4000,))).to(dtype)
    float8 = getattr(torch, f"float8_{name.lower()}")
    assert FORMATS[name].torch_dtype is float8
    expected = x.to(float8)
    # PyTorch casts by way of float32, which rounds a float64 twice.
    once = x if dtype != torch.float64 else x.float().double()
    codes = altgrad.quantize(once, name)
    assert torch.equal(codes, expected.view(torch.uint8))
    assert torch.equal(altgrad.dequantize(codes, name), expected.float())
    assert torch.equal(altgrad.dequantize(expected, name, dtype=dtype), expected.to(dtype))
    assert FORMATS[name].view(codes).dtype == float8


def test_all_codes_of_float8():
    codes = torch.arange(256, dtype=torch.uint8)
    for name in ("E4M3FN", "E5M2", "E4M3FNUZ", "E5M2FNUZ"):
        values = codes.view(FORMATS[name].torch_dtype).float()
        assert torch.equal(altgrad.dequantize(codes, name).nan_to_num(7), values.nan_to_num(7))


def test_libraries_may_be_mixed():
    x = torch.randn(4, 6)
    scale = np.full((4, 1), 0.7, np.float32)
    expected = altgrad.fake_quantize(x, "E4M3FN", torch.from_numpy(scale))
    assert torch.equal(altgrad.fake_quantize(x, "E4M3FN", scale), expected)
    out = np.empty((4, 6), np.float32)
    assert altgrad.fake_quantize(x, "E4M3FN", 0.7, out=out) is out
    assert np.array_equal(out, expected.numpy())


def test_memory_is_shared():
    x = torch.randn(1000)
    out = torch.empty(1000)
    pointer = out.data_ptr()
    assert altgrad.fake_quantize(x, "E3M4", out=out) is out
    assert out.data_ptr() == pointer
    assert torch.equal(out, altgrad.fake_quantize(x, "E3M4"))
    altgrad.fake_quantize(x, "E3M4", out=x)
    assert torch.equal(x, out)


def test_dlpack_and_buffers():
    class OnlyDLPack:
        def __init__(self, tensor):
            self.tensor = tensor

        def __dlpack__(self, **arguments):
            return self.tensor.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.tensor.__dlpack_device__()

    import array

    x = torch.randn(4, 6)
    expected = altgrad.fake_quantize(x.numpy(), "E5M2")
    result = altgrad.fake_quantize(OnlyDLPack(x), "E5M2")
    assert isinstance(result, np.ndarray) and np.array_equal(result, expected)
    turned = altgrad.fake_quantize(OnlyDLPack(x.T), "E5M2")
    assert np.array_equal(turned, expected.T)
    halves = altgrad.quantize(OnlyDLPack(x.to(torch.bfloat16)), "E5M2")
    assert np.array_equal(halves, altgrad.quantize(x.to(torch.bfloat16), "E5M2").numpy())
    out = torch.empty(4, 6)
    altgrad.fake_quantize(x, "E5M2", out=OnlyDLPack(out))
    assert np.array_equal(out.numpy(), expected)
    plain = array.array("f", x.reshape(-1).tolist())
    assert np.array_equal(altgrad.fake_quantize(plain, "E5M2"), expected.reshape(-1))
    view = memoryview(x.numpy())
    assert np.array_equal(altgrad.fake_quantize(view, "E5M2"), expected)
    codes = altgrad.quantize(x.numpy(), "E5M2").tobytes()
    assert np.array_equal(altgrad.dequantize(codes, "E5M2"), expected.reshape(-1))
    with pytest.raises(TypeError, match="expected x of float16, .* but got int32"):
        altgrad.quantize(array.array("i", [1]), "E5M2")


def test_what_tensors_may_not_be():
    x = torch.randn(3, requires_grad=True)
    with pytest.raises(TypeError, match=r"tensor that requires grad: detach\(\) it, or call"):
        altgrad.quantize(x, "E5M2")
    with torch.no_grad():
        assert torch.equal(altgrad.quantize(x, "E5M2"), altgrad.quantize(x.detach(), "E5M2"))
    with pytest.raises(TypeError, match="with strides but got a tensor of layout torch.sparse_coo"):
        altgrad.quantize(torch.eye(3).to_sparse(), "E5M2")
    with pytest.raises(TypeError, match="of a supported dtype .* but got torch.complex64"):
        altgrad.quantize(torch.zeros(3, dtype=torch.complex64), "E5M2")
    negative = torch.tensor([1 + 2j, 3 - 4j]).conj().imag
    assert negative.is_neg()
    assert altgrad.fake_quantize(negative, "E5M2").tolist() == [-2.0, 4.0]


# ----------------------------------------------------------------------------
# Gradients
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["E3M4", "E4M3FN", UNNAMED], ids=str)
@pytest.mark.parametrize("ste", ["identity", "clipped"])
@pytest.mark.parametrize("scale_grad", ["none", "lsq"])
@pytest.mark.parametrize("blocks", [(), (4, 1), (2, 3)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_straight_through_variants(format, ste, scale_grad, blocks, dtype):
    """Against the definition, written with ops that PyTorch differentiates itself."""
    generator = torch.Generator().manual_seed(2)
    limit = FORMATS[format].max_finite if isinstance(format, str) else format.max_finite
    x = (torch.randn(4, 6, generator=generator) * limit).to(dtype)
    scale = (torch.rand(blocks, generator=generator) + 0.5).to(dtype)
    weight = torch.randn(4, 6, generator=generator).to(dtype)
    each = scale
    for dim, size in enumerate(blocks):
        each = each.repeat_interleave((4, 6)[dim] // size, dim)

    x.requires_grad_()
    scale.requires_grad_()
    y = at.fake_quantize(x, format, scale, ste=ste, scale_grad=scale_grad)
    assert torch.equal(y.detach(), altgrad.fake_quantize(x.detach(), format, scale.detach()))
    y.backward(weight)

    u = x.detach() / each.detach()
    inside = u.abs() <= limit
    expected = torch.where(inside, weight, 0) if ste == "clipped" else weight
    assert torch.equal(bits(x.grad), bits(expected))
    if scale_grad == "none":
        assert scale.grad is None
        return
    rounded = altgrad.fake_quantize(u, format)
    exact = torch.promote_types(dtype, torch.float32)
    slope = torch.where(inside, rounded.to(exact) - u.to(exact), torch.sign(u).to(exact) * limit)
    products = (weight.to(exact) * slope).double()
    total = torch.zeros(blocks, dtype=torch.float64)
    for i in range(4):
        for j in range(6):
            index = tuple(k * size // full for k, size, full in zip((i, j), blocks, (4, 6)))
            total[index] += products[i, j]
    tolerance = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 1e-2}[dtype]
    torch.testing.assert_close(scale.grad.double(), total, rtol=tolerance, atol=tolerance * limit)


def test_what_has_no_gradient():
    x = torch.randn(4, requires_grad=True)
    codes = at.quantize(x, "E5M2")
    assert not codes.requires_grad and codes.dtype == torch.uint8
    assert not at.dequantize(codes, "E5M2", torch.tensor(1.0, requires_grad=True)).requires_grad
    assert not at.amax(x).requires_grad
    assert not at.compute_scale(at.amax(x), "E5M2").requires_grad
    assert not at.stall(x, x, 0.1, "E5M2").requires_grad


def test_mistakes():
    x = torch.randn(4)
    with pytest.raises(ValueError, match="expected ste to be 'identity' or 'clipped' but got 'x'"):
        at.fake_quantize(x, "E5M2", ste="x")
    with pytest.raises(ValueError, match="expected scale_grad to be 'none' or 'lsq' but got 'x'"):
        at.fake_quantize(x, "E5M2", scale_grad="x")
    with pytest.raises(ValueError, match="expected the name of a format"):
        at.fake_quantize(x, "E9M9")


# ----------------------------------------------------------------------------
# Custom ops
# ----------------------------------------------------------------------------


def op_cases():
    x = torch.randn(4, 6)
    scale = torch.tensor(0.5)
    blocks = torch.rand(4, 1) + 0.5
    codes = altgrad.quantize(x, "E4M3FN", 0.5)
    ops = torch.ops.altgrad
    grad = torch.randn(4, 6, requires_grad=True)
    step = torch.tensor(0.5, requires_grad=True)
    return [
        (ops.fake_quantize, (x, scale, "E4M3FN", "saturate", "identity", "none")),
        (ops.fake_quantize, (grad, blocks, UNNAMED.text, "saturate", "clipped", "none")),
        (ops.fake_quantize, (grad, step, "E5M2", "infinity", "clipped", "lsq")),
        (ops.fake_quantize, (x.T, scale, "E5M2", "saturate", "identity", "none")),
        (ops.quantize, (x, scale, "E4M3FN", "saturate")),
        (ops.dequantize, (codes, scale, "E4M3FN", torch.bfloat16)),
        (ops.amax, (x, [], "propagate")),
        (ops.amax, (x, [2, 3], "ignore")),
        (ops.compute_scale, (blocks, "E4M3FN", 1e-10, 1, "ceil")),
        (ops.stall, (x, x, torch.tensor(0.1), scale, "E4M3FN", 1e-10)),
    ]


@pytest.mark.parametrize("index", range(10))
@pytest.mark.filterwarnings("ignore")
def test_opcheck(index):
    """PyTorch's own test of a custom op: schema, fake kernel, autograd, AOT."""
    op, arguments = op_cases()[index]
    torch.library.opcheck(op.default, arguments)


def step(x, w):
    scale = at.compute_scale(at.amax(w), altgrad.E4M3FN)
    rounded = at.fake_quantize(w, altgrad.E4M3FN, scale, ste="clipped")
    hidden = torch.relu(x @ rounded)
    codes = at.quantize(hidden, UNNAMED, 0.25)
    return (hidden + at.dequantize(codes, UNNAMED, 0.25)).square().mean()


@pytest.mark.filterwarnings("ignore")
def test_compile():
    x, w = torch.randn(5, 6), torch.randn(6, 7, requires_grad=True)
    expected = step(x, w)
    expected.backward()
    gradient, w.grad = w.grad, None
    compiled = torch.compile(step, backend="aot_eager", fullgraph=True)
    result = compiled(x, w)
    result.backward()
    assert torch.equal(result, expected) and torch.equal(w.grad, gradient)


def test_fake_kernels_stay_on_the_device():
    """As torch.compile sees CUDA tensors, which takes no device."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        x, scale = torch.empty(4, 6, device="cuda"), torch.empty((), device="cuda")
        codes = at.quantize(x, "E5M2", scale)
        results = [
            codes,
            at.dequantize(codes, "E5M2", scale),
            at.fake_quantize(x, "E5M2", scale),
            at.amax(x),
            at.compute_scale(scale, "E5M2"),
            at.stall(x, x, 0.1, "E5M2", scale),
        ]
    assert {result.device.type for result in results} == {"cuda"}


@pytest.mark.filterwarnings("ignore")
def test_export(tmp_path):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(6, 4)
            self.quantizer = at.FakeQuantizer(altgrad.E4M3FN, scaling="dynamic")

        def forward(self, x):
            return self.quantizer(self.linear(x))

    model = Model().eval()
    x = torch.randn(3, 6)
    program = torch.export.export(model, (x,))
    targets = {str(node.target) for node in program.graph.nodes}
    assert "altgrad.fake_quantize.default" in targets
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    assert torch.equal(torch.export.load(file).module()(x), model(x))


# ----------------------------------------------------------------------------
# FakeQuantizer
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["max", "most_recent"])
def test_delayed_scaling(algorithm):
    layer = at.FakeQuantizer("E4M3FN", history_len=3, algorithm=algorithm)
    recorded = []
    for amax in (3.0, 5.0, math.inf, 1.0, math.nan, 0.5, 0.25):
        x = torch.tensor([0.1, -amax])
        window = recorded[-3:]
        past = (max(window) if algorithm == "max" else window[-1]) if window else 1.0
        scale = altgrad.compute_scale(past, "E4M3FN")
        expected = altgrad.fake_quantize(x, "E4M3FN", scale)
        assert torch.equal(layer(x).nan_to_num(-9), expected.nan_to_num(-9))
        assert layer.scale.item() == scale
        if math.isfinite(amax):
            recorded.append(amax)
    assert layer.amax_history.tolist() == recorded[-3:]
    before = layer.amax_history.clone()
    layer.eval()
    layer(torch.tensor([100.0]))
    assert torch.equal(layer.amax_history, before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dynamic_and_fixed_scaling(dtype):
    x = torch.randn(50).to(dtype)
    dynamic = at.FakeQuantizer(UNNAMED, scaling="dynamic", margin=1, power_of_two="ceil")
    scale = altgrad.compute_scale(altgrad.amax(x), UNNAMED, margin=1, power_of_two="ceil")
    assert torch.equal(dynamic(x), altgrad.fake_quantize(x, UNNAMED, scale))
    assert dynamic.scale.item() == scale
    fixed = at.FakeQuantizer(UNNAMED, scaling=0.5, overflow="infinity")
    assert torch.equal(fixed(x), altgrad.fake_quantize(x, UNNAMED, 0.5))
    assert (fixed.amax_history == -1).all()


def test_state_is_saved():
    layer = at.FakeQuantizer("E5M2", history_len=4)
    for _ in range(3):
        layer(torch.randn(20))
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    again = at.FakeQuantizer("E5M2", history_len=4)
    again.load_state_dict(torch.load(file))
    assert list(again.state_dict()) == ["amax_history", "scale"]
    x = torch.randn(20)
    assert torch.equal(layer(x), again(x))
    assert torch.equal(layer.amax_history, again.amax_history)
    assert "E5M2, scaling='delayed', history_len=4" in repr(layer)


def test_layer_trains_and_compiles():
    torch.manual_seed(0)
    layer = at.FakeQuantizer("E4M3FN", ste="clipped", history_len=2)
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    layer(x).sum().backward()
    # The first scale is made for 1.0; nothing is past it.
    assert x.grad.tolist() == [1.0, 1.0]
    y = torch.tensor([0.5, 8.0], requires_grad=True)
    layer(y).sum().backward()
    assert y.grad.tolist() == [1.0, 0.0]

    one, two = at.FakeQuantizer("E4M3FN"), at.FakeQuantizer("E4M3FN")
    compiled = torch.compile(two, backend="aot_eager", fullgraph=True)
    for _ in range(3):
        batch = torch.randn(10)
        assert torch.equal(one(batch), compiled(batch))
    assert torch.equal(one.amax_history, two.amax_history)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"format": "E9M9"}, "expected the name of a format"),
        ({"history_len": 0}, "history_len must be positive"),
        ({"scaling": "later"}, "expected scaling to be 'delayed', 'dynamic' or a number"),
        ({"algorithm": "mean"}, "expected algorithm to be 'max' or 'most_recent' but got 'mean'"),
    ],
)
def test_wrong_layers(arguments, message):
    with pytest.raises(ValueError, match=message):
        at.FakeQuantizer(**{"format": "E5M2", **arguments})
