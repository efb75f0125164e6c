# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""altgrad.vjp: a whole training step against PyTorch's autograd.

The reference shares nothing with altgrad: it casts to PyTorch's own float8 types
and lets autograd differentiate.
"""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import altgrad

STEP = Path(__file__).parents[2] / "examples/train-digits/step.mlir"
WIDTHS = [64, 128, 64, 10]
BATCH = 9
HISTORY = 16
LARGEST = {"E4M3FN": 448.0, "E5M2": 57344.0}


def test_signature_and_values():
    program = """
      func.func @product(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?xf64> {
        %z = arith.mulf %x, %y : tensor<?xf64>
        return %z : tensor<?xf64>
      }
    """
    x, y, g = np.arange(1.0, 4.0), np.arange(4.0, 7.0), np.array([1.0, 10.0, 100.0])
    z, dx, dy = altgrad.vjp(program, "product")(x, y, g)
    np.testing.assert_array_equal(z, x * y)
    np.testing.assert_array_equal(dx, g * y)
    np.testing.assert_array_equal(dy, g * x)
    z, dy = altgrad.vjp(program, "product", wrt=[1])(x, y, g)
    np.testing.assert_array_equal(dy, g * x)


def test_errors():
    program = """
      func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
        %y = math.floor %x : tensor<4xf64>
        %z = linalg.softmax dimension(0) ins(%y : tensor<4xf64>)
          outs(%x : tensor<4xf64>) -> tensor<4xf64>
        return %z : tensor<4xf64>
      }
    """
    with pytest.raises(altgrad.CompileError, match="softmax.*DifferentiableOpInterface"):
        altgrad.vjp(program, "f")
    with pytest.raises(altgrad.CompileError, match="nothing"):
        altgrad.vjp(program, "nothing")


def quantized(torch, x, scale, name, ste):
    """x / scale rounded by PyTorch's cast, times scale, straight-through."""
    u = x / scale
    inside = u.clamp(-LARGEST[name], LARGEST[name])
    through = x if ste == "identity" else inside * scale
    value = inside.to(getattr(torch, f"float8_{name.lower()}")).float() * scale
    # The value is exactly `value`: what it is added to is exactly zero.
    return value.detach() + (through - through.detach())


def changed(text, variant):
    text = text[: text.index("// altgrad-differentiate writes it")]
    if variant == "f32":
        text = re.sub(r" *%([wx])q = altgrad\.fake_quantize .*\n", "", text)
        return text.replace("%wq", "%w").replace("%xq", "%x")
    clauses = {
        "clipped": "ste(clipped)",
        "hybrid": "cotangent_format(!altgrad.fp8<E5M2>)",
    }
    if variant in clauses:
        text = re.sub(r"(altgrad\.fake_quantize .* in !e4m3fn)", rf"\1 {clauses[variant]}", text)
    return text


@pytest.mark.parametrize("variant", ["f32", "identity", "clipped", "hybrid"])
def test_training_step(variant):
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(11)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    images = torch.randint(0, 17, (BATCH, 64), generator=generator) / 16
    labels = torch.randint(0, 10, (BATCH,), generator=generator)
    parameters = []
    for inputs, outputs in itertools.pairwise(WIDTHS):
        parameters += [normal(inputs, outputs) * (2 / inputs) ** 0.5, normal(outputs) / 10]
    # Below the largest magnitudes, so that some saturate.
    amaxes = [w.abs().max() / 1.5 for w in parameters[::2]] + [
        torch.tensor(amax) for amax in (0.7, 2.0, 2.0)
    ]
    histories = [torch.full((HISTORY,), -1.0) for _ in amaxes]
    for history, amax in zip(histories, amaxes):
        history[-1] = amax

    step = altgrad.vjp(changed(STEP.read_text(), variant), "loss", wrt=range(2, 8), results=[0])
    loss, *rest = step(images, labels.int(), *parameters, *histories, 1.0)
    gradients = rest[3:]

    for parameter in parameters:
        parameter.requires_grad_(True)
    x = images
    for layer in range(3):
        w, b = parameters[2 * layer], parameters[2 * layer + 1]
        if variant != "f32":
            ste = "clipped" if variant == "clipped" else "identity"
            weight_scale = 2 ** torch.ceil(torch.log2(amaxes[layer] / LARGEST["E4M3FN"]))
            input_scale = amaxes[3 + layer] / LARGEST["E4M3FN"]
            w = quantized(torch, w, weight_scale, "E4M3FN", ste)
            x = quantized(torch, x, input_scale, "E4M3FN", ste)
        if variant == "hybrid":

            def quantize_cotangent(g):
                scale = (g.abs().max() / LARGEST["E5M2"]).clamp(min=1e-10)
                return quantized(torch, g, scale, "E5M2", "identity")

            w.register_hook(quantize_cotangent)
            if x.requires_grad:
                x.register_hook(quantize_cotangent)
        x = x @ w + b
        if layer < 2:
            x = torch.relu(x)
    expected = torch.nn.functional.cross_entropy(x, labels)
    expected.backward()

    assert abs(loss - expected.item()) <= 1e-5 * expected.item()
    for got, parameter in zip(gradients, parameters):
        errors = (got - parameter.grad).abs()
        largest = parameter.grad.abs().max()
        if variant == "hybrid":
            # The last bit of a sum decides where it is next to the middle of two
            # values of E5M2, which are a quarter apart at most.
            rounded = (errors > 2e-5 * largest) & (errors <= 0.26 * parameter.grad.abs())
            assert rounded.sum() <= 3
            errors[rounded] = 0
        assert errors.max() <= 2e-5 * largest


def test_of_a_callable(random):
    text = """
      func.func @f(%x: tensor<?xf32>, %s: f32) -> tensor<?xf32> {
        %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E4M3FN> ste(clipped)
          : tensor<?xf32>, f32
        return %y : tensor<?xf32>
      }
    """
    x, g = random.standard_normal((2, 100)).astype(np.float32) * 5
    f = altgrad.compile(text, format="E2M5", options={"vector_width": 256}, opt_level=1)
    of_callable = altgrad.vjp(f, wrt=[0])
    of_source = altgrad.vjp(text, "f", wrt=[0], format="E2M5")
    assert of_callable.signature == of_source.signature
    for a, b in zip(of_callable(x, 1.0, g), of_source(x, 1.0, g)):
        assert np.array_equal(a, b)
    assert np.array_equal(f(x, 1.0), of_callable(x, 1.0, g)[0])
    for wrong in ({"entry": "f"}, {"format": "E5M2"}, {"libraries": ["x.so"]}, {"opt_level": 2}):
        with pytest.raises(ValueError, match="expected nothing but wrt and results for f"):
            altgrad.vjp(f, **wrong)
    with pytest.raises(ValueError, match="expected entry, the name of the function"):
        altgrad.vjp(text)
    with pytest.raises(altgrad.CompileError, match="wrt"):
        altgrad.vjp(f, wrt=[7])
