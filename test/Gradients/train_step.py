#!/usr/bin/env python3
"""Compares the gradients of a whole training step with NumPy's.

    train_step.py STEP.mlir VARIANT

The program is examples/train-digits/step.mlir. Here the same loss is written
down once more, and its backward pass derived by hand, in f64; only what the
semantics round to f32 or to a format is rounded. VARIANT says how step.mlir is
changed before it is differentiated:

    identity    not at all
    clipped     ste(clipped)
    lsq         ste(clipped) scale_grad(lsq); element 0 of each history is the
                scale itself, so that the scales get gradients
    hybrid      a cotangent format, E5M2
    f32         no fake_quantize

All gradients must agree within the rounding of f32 sums.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import os
import re
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.dirname(__file__))
from compiled import Compiled  # noqa: E402

TOLERANCE = 1e-5  # Of the largest magnitude in each gradient.
WIDTHS = [64, 128, 64, 10]
BATCH = 7
HISTORY = 16


class Format:
    """Rounds to the nearest value, ties to even, and saturates."""

    def __init__(self, exponent_bits, mantissa_bits, bias, numbers):
        codes = np.arange(numbers)
        exponents, mantissas = codes >> mantissa_bits, codes % (1 << mantissa_bits)
        fractions = mantissas / (1 << mantissa_bits) + (exponents > 0)
        # Of codes without the sign, in ascending order.
        self.values = fractions * 2.0 ** (np.maximum(exponents, 1) - bias)
        self.largest = self.values[-1]

    def round(self, x):
        magnitudes = np.minimum(np.abs(x), self.largest)
        above = np.searchsorted(self.values, magnitudes)
        below = np.maximum(above - 1, 0)
        up = self.values[above] - magnitudes
        down = magnitudes - self.values[below]
        code = np.where((up < down) | ((up == down) & (above % 2 == 0)), above, below)
        return np.copysign(self.values[code], x)


E4M3FN = Format(4, 3, 7, 0x7F)
E5M2 = Format(5, 2, 15, 0x7C)


def to_f32(x):
    return np.asarray(x, np.float32).astype(np.float64)


def compute_scale(amax, format):
    return to_f32(max(amax / format.largest, 1e-10))


class FakeQuantize:
    def __init__(self, variant, x, scale):
        self.variant, self.scale = variant, scale
        self.u = to_f32(to_f32(x) / scale)
        self.rounded = E4M3FN.round(self.u)
        self.value = to_f32(self.rounded * scale) if variant != "f32" else x

    def backward(self, g):
        """The cotangents of x and of the scale."""
        if self.variant == "hybrid":
            scale = compute_scale(np.abs(to_f32(g)).max(), E5M2)
            g = to_f32(E5M2.round(to_f32(to_f32(g) / scale)) * scale)
        if self.variant not in ("clipped", "lsq"):
            return g, 0.0
        inside = np.abs(self.u) <= E4M3FN.largest
        outside = np.sign(self.u) * E4M3FN.largest
        by_scale = g * np.where(inside, self.rounded - self.u, outside)
        return np.where(inside, g, 0.0), by_scale.sum()


def scales(variant, weight_history, input_history):
    if variant == "lsq":
        return weight_history[0], input_history[0]

    def amax(history):
        return max([h for h in history if h >= 0], default=1.0)

    weight_scale = 2.0 ** np.ceil(np.log2(amax(weight_history) / E4M3FN.largest))
    return weight_scale, compute_scale(amax(input_history), E4M3FN)


def reference(variant, images, labels, parameters, weight_histories, input_histories):
    """The loss, the gradients of the parameters, and those of the scales."""
    x, layers = images, []
    for layer in range(3):
        w, b = parameters[2 * layer], parameters[2 * layer + 1]
        weight_scale, input_scale = scales(
            variant, weight_histories[layer], input_histories[layer]
        )
        wq = FakeQuantize(variant, w, weight_scale)
        xq = FakeQuantize(variant, x, input_scale)
        z = xq.value @ wq.value + b
        layers.append((wq, xq, z))
        x = np.maximum(z, 0.0)

    shifted = z - z.max(axis=1, keepdims=True)
    probabilities = np.exp(shifted)
    sums = probabilities.sum(axis=1, keepdims=True)
    picked = shifted[np.arange(BATCH), labels]
    loss = (np.log(sums[:, 0]) - picked).mean()

    g = (probabilities / sums - np.eye(10)[labels]) / BATCH
    gradients, by_scales = [None] * 6, [None] * 6
    for layer in (2, 1, 0):
        wq, xq, z = layers[layer]
        if layer != 2:
            g = np.where(z > 0, g, 0.0)
        gradients[2 * layer + 1] = g.sum(axis=0)
        gradients[2 * layer], by_scales[layer] = wq.backward(xq.value.T @ g)
        g, by_scales[3 + layer] = xq.backward(g @ wq.value.T)
    return loss, gradients, by_scales


def change(text, variant):
    if variant == "f32":
        text = re.sub(r" *%([wx])q = altgrad\.fake_quantize .*\n", "", text)
        text = text.replace("%wq", "%w").replace("%xq", "%x")
    clauses = {
        "clipped": "ste(clipped)",
        "lsq": "ste(clipped) scale_grad(lsq)",
        "hybrid": "cotangent_format(!altgrad.fp8<E5M2>)",
    }.get(variant)
    if clauses:
        text = re.sub(r"(altgrad\.fake_quantize .* in !e4m3fn)", rf"\1 {clauses}", text)
    if variant == "lsq":
        text, count = re.subn(
            r"( *)(%[wx]_scale) = call @\w+\((%\w+)\) : \(!history\) -> f32",
            r"\1\2_place = arith.constant 0 : index"
            "\n"
            r"\1\2 = tensor.extract \3[\2_place] : !history",
            text,
        )
        assert count == 6
    # The step needs a declaration; only the loss is of interest here.
    return text[: text.index("// altgrad-differentiate writes it")]


def pack(array):
    return (list(array.shape), array.ravel().tolist())


def compare(name, got, expected, may_round_otherwise=False):
    got = np.ravel(got[1] if isinstance(got, tuple) else got)
    expected = np.ravel(expected)
    largest = np.abs(expected).max()
    errors = np.abs(got - expected)
    if may_round_otherwise:
        # The last bit of a sum decides where it is next to the middle of two
        # values of E5M2. Those are 1/4 apart at most.
        is_neighbour = errors <= 0.26 * np.abs(expected)
        others = (errors > TOLERANCE * largest) & is_neighbour
        if others.sum() <= 2:
            errors[others] = 0
    print(f"{name}: largest difference {errors.max():.2e}, magnitude {largest:.2e}")
    if not errors.max() <= TOLERANCE * largest:
        sys.exit(f"{name} differs")


def main():
    path, variant = sys.argv[1:]
    rng = np.random.default_rng(7)
    images = rng.integers(0, 17, (BATCH, 64)) / 16.0
    labels = rng.integers(0, 10, BATCH)
    parameters = []
    for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
        parameters.append(to_f32(rng.normal(0, (2 / inputs) ** 0.5, (inputs, outputs))))
        parameters.append(to_f32(rng.normal(0, 0.1, outputs)))

    def history(amax):
        if variant == "lsq":
            amax = amax / E4M3FN.largest
            return to_f32(np.full(HISTORY, amax))
        # Empty slots, an older amax and the newest one.
        return to_f32(np.array([-1.0] * (HISTORY - 2) + [amax, amax / 2]))

    # Two thirds of the largest magnitudes, so that something saturates.
    weight_histories = [history(np.abs(w).max() / 1.5) for w in parameters[::2]]
    input_histories = [history(amax) for amax in (0.7, 2.0, 2.0)]

    with open(path) as file:
        text = change(file.read(), variant)
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as changed:
        changed.write(text)
        changed.flush()
        wrt = range(2, 14) if variant == "lsq" else range(2, 8)
        options = f"functions=loss results=0 wrt={','.join(map(str, wrt))}"
        program = Compiled(changed.name, [f"--altgrad-differentiate={options}"])

    arguments = [pack(images), pack(labels), *map(pack, parameters)]
    arguments += [pack(h) for h in weight_histories + input_histories]
    results = program.function("loss_vjp").call([*arguments, 1.0])
    loss, gradients, by_scales = reference(
        variant, images, labels, parameters, weight_histories, input_histories
    )
    compare("loss", results[0], loss)
    # Then the three histories.
    for layer in range(3):
        compare(
            f"weights {layer + 1}",
            results[4 + 2 * layer],
            gradients[2 * layer],
            may_round_otherwise=variant == "hybrid",
        )
        compare(f"biases {layer + 1}", results[5 + 2 * layer], gradients[2 * layer + 1])
    if variant == "lsq":
        for number, by_scale in enumerate(by_scales):
            expected = np.zeros(HISTORY)
            expected[0] = by_scale
            compare(f"scale {number + 1}", results[10 + number], expected)


if __name__ == "__main__":
    main()
