#!/usr/bin/env python3
"""Runs straight-through gradients and compares them, bit for bit, with their
definition, written here a second time in exact arithmetic.

    check_straight_through.py FILE.mlir [altgrad-opt options...]

Differentiates and compiles FILE, then calls the gradient of each function that
a line of FILE names:

    // STRAIGHT_THROUGH @f kind=KIND format=F [key=value ...]

    kind=fake              @f(x[, scale]) fake-quantizes x, or has a pair that does
    kind=quantize          @f(x[, scale]) quantizes and dequantizes without a scale
    kind=dequantize        @f(x, scale) quantizes without a scale and dequantizes
    ste=clipped            (default identity)
    scale_grad=lsq         (default none)
    cotangent_format=F     (default none)

Values, gradients and the format's boundaries are drawn with NaN, infinities,
zeros of both signs and subnormal numbers among them. The sums of lsq are
compared bit for bit where every order of summation is exact, which it is in one
of the samples, and within the error of a sum otherwise. Formats come from the
tables in test/golden.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import bisect
import csv
import math
import os
import random
import re
import struct
import sys
from fractions import Fraction

sys.path.insert(0, os.path.dirname(__file__))
from compiled import Compiled, Scalar  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(__file__), "..", "golden")


class FloatType:
    """An IEEE type. Its numbers are Python floats, which hold all of them."""

    def __init__(self, precision, max_exponent):
        self.precision = precision
        self.max_exponent = max_exponent
        self.min_exponent = 1 - max_exponent
        self.largest = (2 - Fraction(2) ** (1 - precision)) * 2**max_exponent

    def round(self, exact, zero_sign=1.0):
        """The nearest number, ties to even."""
        if exact == 0:
            return math.copysign(0.0, zero_sign)
        magnitude = abs(exact)
        exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
        if Fraction(2) ** exponent > magnitude:
            exponent -= 1
        step = Fraction(2) ** (max(exponent, self.min_exponent) - self.precision + 1)
        rounded = round(magnitude / step) * step  # round() ties to even.
        sign = 1.0 if exact > 0 else -1.0
        if rounded > self.largest:
            return sign * math.inf
        return math.copysign(float(rounded), sign)

    def divide(self, x, y):
        sign = math.copysign(1.0, x) * math.copysign(1.0, y)
        if math.isnan(x) or math.isnan(y) or (math.isinf(x) and math.isinf(y)):
            return math.nan
        if math.isinf(x):
            return sign * math.inf
        if math.isinf(y):
            return sign * 0.0
        return self.round(Fraction(x) / Fraction(y), sign)

    def multiply(self, x, y):
        if not (math.isfinite(x) and math.isfinite(y)):
            return x * y
        sign = math.copysign(1.0, x) * math.copysign(1.0, y)
        return self.round(Fraction(x) * Fraction(y), sign)

    def subtract(self, x, y):
        if not (math.isfinite(x) and math.isfinite(y)) or x == y:
            return x - y
        return self.round(Fraction(x) - Fraction(y))

    def narrow(self, x):
        return self.round(Fraction(x), x) if math.isfinite(x) else x


FLOAT_TYPES = {
    "f64": FloatType(53, 1023),
    "f32": FloatType(24, 127),
    "bf16": FloatType(8, 127),
    "f16": FloatType(11, 15),
}


def to_bits(number, element):
    if element == "f64":
        return struct.unpack("<Q", struct.pack("<d", number))[0]
    if element == "f16":
        return struct.unpack("<H", struct.pack("<e", number))[0]
    bits = struct.unpack("<I", struct.pack("<f", number))[0]
    return bits >> 16 if element == "bf16" else bits


def from_bits(bits, element):
    if element == "f64":
        return struct.unpack("<d", struct.pack("<Q", bits))[0]
    if element == "f16":
        return struct.unpack("<e", struct.pack("<H", bits))[0]
    bits = bits << 16 if element == "bf16" else bits
    return struct.unpack("<f", struct.pack("<I", bits))[0]


class Format:
    """A format of test/golden, from its table of values alone."""

    def __init__(self, name):
        with open(os.path.join(GOLDEN, f"{name}.decode.csv")) as file:
            rows = list(csv.reader(file))[1:]
        table = {int(code, 16): float.fromhex(value) for code, value in rows}
        self.has_nan = any(math.isnan(value) for value in table.values())
        self.has_negative_zero = table[0x80] == 0
        mantissa = int(re.fullmatch(r"E\dM(\d)\w*", name)[1])
        # Ties go to the even mantissa field; without one to the smaller number.
        positive = sorted(
            (value, code % (1 << mantissa) % 2 == 0)
            for code, value in table.items()
            if code < 0x80 and math.isfinite(value)
        )
        self.values = [value for value, _ in positive]
        self.is_even = [mantissa and even for _, even in positive]
        self.largest = self.values[-1]

    def nearest(self, x):
        """decode(encode(x)), saturating."""
        if math.isnan(x):
            return math.nan if self.has_nan else 0.0
        magnitude = min(abs(x), self.largest)
        above = bisect.bisect_left(self.values, magnitude)
        result = self.values[above]
        if result != magnitude:
            below = self.values[above - 1]
            middle = (Fraction(result) + Fraction(below)) / 2
            if Fraction(magnitude) < middle or (
                Fraction(magnitude) == middle and not self.is_even[above]
            ):
                result = below
        if result == 0 and not self.has_negative_zero:
            return 0.0
        return math.copysign(result, x)

    def is_inside(self, u):
        return abs(u) <= self.largest


def fake_quantize(x, scale, format, type):
    return type.multiply(format.nearest(type.divide(x, scale)), scale)


def round_cotangents(g, format, element):
    """All of g in `format` with one scale, computed in f32 for 16-bit types."""
    carrier = FLOAT_TYPES["f64" if element == "f64" else "f32"]
    amax = math.nan if any(map(math.isnan, g)) else max(map(abs, g))
    scale = 1.0
    if math.isfinite(amax):
        scale = max(amax / format.largest, 1e-10)
        scale = FLOAT_TYPES["f32"].narrow(scale)
    narrow = FLOAT_TYPES[element].narrow
    return [narrow(fake_quantize(number, scale, format, carrier)) for number in g]


# ---------------------------------------------------------------------------
# The definition
# ---------------------------------------------------------------------------


class Sum:
    """A sum of products, and how far from it a computed one may be."""

    def __init__(self, terms, element):
        self.terms, self.element = terms, element

    def check(self, got):
        special = [term for term in self.terms if not math.isfinite(term)]
        if special:
            expected = sum(special)
            if not (got == expected or math.isnan(got) and math.isnan(expected)):
                return f"{expected} but got {got}"
            return None
        exact = sum(map(Fraction, self.terms))
        magnitude = sum(abs(Fraction(term)) for term in self.terms)
        carrier = FLOAT_TYPES["f64" if self.element == "f64" else "f32"]
        # The largest power of two that all terms are multiples of.
        quantum = min(
            (
                Fraction(number.numerator & -number.numerator, number.denominator)
                for number in map(Fraction, self.terms)
                if number
            ),
            default=Fraction(1),
        )
        expected = FLOAT_TYPES[self.element].round(exact)
        if magnitude <= quantum * 2**carrier.precision:
            self.is_exact = True
            return None if got == expected else f"exactly {expected} but got {got}"
        self.is_exact = False
        error = magnitude * len(self.terms) / 2**carrier.precision
        error += abs(exact) / 2 ** FLOAT_TYPES[self.element].precision
        if math.isfinite(got) and abs(Fraction(got) - exact) <= error:
            return None
        return f"{expected} within {float(error)} but got {got}"


def define(options, element, x, scale_of, g, scale_count):
    """The values, the cotangent of x and the terms of that of each scale."""
    kind = options["kind"]
    type = FLOAT_TYPES[element]
    format = Format(options["format"])
    is_clipped = options.get("ste") == "clipped"
    outer = scale_of if kind != "quantize" else lambda i: (0, 1.0)
    inner = scale_of if kind != "dequantize" else lambda i: (0, 1.0)

    if "cotangent_format" in options:
        g = round_cotangents(g, Format(options["cotangent_format"]), element)
    values, gradients = [], []
    terms = [[] for _ in range(scale_count)]
    for i, (number, cotangent) in enumerate(zip(x, g)):
        u = type.divide(number, inner(i)[1])
        rounded = format.nearest(u)
        values.append(type.multiply(rounded, outer(i)[1]))
        gradient = cotangent
        if kind == "quantize":
            gradient = type.divide(cotangent, inner(i)[1])
        if kind == "dequantize":
            gradient = type.multiply(cotangent, outer(i)[1])
        if is_clipped and not format.is_inside(u):
            gradient = 0.0
        gradients.append(gradient)
        factor = math.copysign(format.largest, u)
        if format.is_inside(u):
            factor = type.subtract(rounded, u)
        terms[scale_of(i)[0]].append(type.multiply(cotangent, factor))
    return values, gradients, terms


# ---------------------------------------------------------------------------
# Samples
# ---------------------------------------------------------------------------


def get_scale_index(index, sizes, scale_sizes):
    """Of the element with this linear index: i_k / (d_k / s_k)."""
    position, stride = 0, 1
    for size, scale_size in zip(reversed(sizes), reversed(scale_sizes)):
        index, i = divmod(index, size)
        position += i // (size // scale_size) * stride
        stride *= scale_size
    return position


def draw_special(format, type, scale, rng):
    """Where something happens in the format, or in floats."""
    index = rng.randrange(len(format.values) - 1)
    low, high = format.values[index : index + 2]
    step = Fraction(format.largest) - Fraction(format.values[-2])
    edges = [
        0.0,
        low,
        (Fraction(low) + Fraction(high)) / 2,
        format.largest,
        Fraction(format.largest) + step / 2,
        Fraction(format.largest) + step / 2048,
        Fraction(format.largest) * 5,
        Fraction(format.values[1]) / 2,
        Fraction(2) ** (type.min_exponent - type.precision + 1) / Fraction(scale),
    ]
    exact = Fraction(rng.choice(edges)) * Fraction(scale)
    sign = rng.choice((1, -1))
    return type.round(exact * sign, float(sign))


def draw_value(format, type, scale, rng):
    choice = rng.random()
    if choice < 0.1:
        return rng.choice((math.nan, math.inf, -math.inf, -0.0))
    if choice < 0.5:
        return draw_special(format, type, scale, rng)
    return type.narrow(rng.gauss(0, 1) * min(format.largest, 8.0) * scale)


def draw_cotangent(type, rng):
    choice = rng.random()
    smallest = float(Fraction(2) ** (type.min_exponent - type.precision + 1))
    if choice < 0.1:
        return rng.choice((0.0, -0.0, smallest, -smallest))
    return type.narrow(rng.gauss(0, 1) * 10 ** rng.uniform(-4, 2))


def draw(style, format, element, scale_count, count, scale_of_index, rng):
    type = FLOAT_TYPES[element]
    if style == "dyadic":  # Sums are exact in every order.
        scales = [2.0 ** rng.randrange(-2, 3) for _ in range(scale_count)]
        x = [
            rng.randrange(-80, 81) / 32 * scales[scale_of_index(i)]
            for i in range(count)
        ]
        g = [float(rng.randrange(-2, 3)) for _ in range(count)]
        return scales, x, g
    scales = [
        type.narrow(rng.choice((1.0, 0.37, 3e-3, 2.0**-6, 50.0)))
        for _ in range(scale_count)
    ]
    if style == "ordinary":
        x = [
            type.narrow(rng.gauss(0, 1) * scales[scale_of_index(i)] * 2)
            for i in range(count)
        ]
    else:
        x = [
            draw_value(format, type, scales[scale_of_index(i)], rng)
            for i in range(count)
        ]
    g = [draw_cotangent(type, rng) for _ in range(count)]
    if style == "wild":
        for i in range(count):
            if rng.random() < 0.1:
                g[i] = rng.choice((math.inf, -math.inf, math.nan))
    return scales, x, g


# ---------------------------------------------------------------------------
# Comparison
# ---------------------------------------------------------------------------


def pack(numbers, type, sizes):
    if isinstance(type, Scalar):
        return numbers[0]
    return (sizes, [to_bits(number, type.element) for number in numbers])


def unpack(value, type):
    if isinstance(type, Scalar):
        return [value]
    return [from_bits(bits, type.element) for bits in value[1]]


def is_same(got, expected):
    if math.isnan(expected):
        return math.isnan(got)
    return got == expected and math.copysign(1, got) == math.copysign(1, expected)


def check(module, name, options, rng):
    product = module.function(name + "_vjp")
    x_type, cotangent_type = product.arguments[0], product.arguments[-1]
    scale_type = product.arguments[1] if len(product.arguments) == 3 else None
    sizes = [size or 6 for size in getattr(x_type, "shape", [])]
    scale_sizes = [size or 3 for size in getattr(scale_type, "shape", [])]
    count, scale_count = math.prod(sizes), math.prod(scale_sizes)
    element = x_type.element

    def scale_of_index(index):
        if not scale_sizes:
            return 0
        return get_scale_index(index, sizes, scale_sizes)

    compared = exact_sums = 0
    for sample in range(60):
        style = ("dyadic", "ordinary", "special", "wild")[sample % 4]
        if isinstance(x_type, Scalar) and style == "wild":
            continue
        scales, x, g = draw(
            style,
            Format(options["format"]),
            element,
            scale_count,
            count,
            scale_of_index,
            rng,
        )
        if scale_type is None:
            scales = [1.0]

        def scale_of(i):
            return scale_of_index(i), scales[scale_of_index(i)]

        values, gradients, terms = define(
            options, element, x, scale_of, g, scale_count
        )
        arguments = [pack(x, x_type, sizes)]
        if scale_type is not None:
            arguments.append(pack(scales, scale_type, scale_sizes))
        arguments.append(pack(g, cotangent_type, sizes))
        results = product.call(arguments)
        for what, expected, result, type in (
            ("value", values, results[0], x_type),
            ("cotangent of x", gradients, results[1], x_type),
        ):
            for i, (got, wanted) in enumerate(zip(unpack(result, type), expected)):
                compared += 1
                if not is_same(got, wanted):
                    sys.exit(
                        f"@{name}: {what} {i} for x = {x[i]!r}, scale = "
                        f"{scale_of(i)[1]!r}, g = {g[i]!r}: expected {wanted!r} "
                        f"but got {got!r}"
                    )
        if scale_type is None:
            continue
        for i, got in enumerate(unpack(results[2], scale_type)):
            compared += 1
            if options.get("scale_grad") != "lsq":
                if not is_same(got, 0.0):
                    sys.exit(f"@{name}: cotangent of scale {i}: expected 0 got {got}")
                continue
            total = Sum(terms[i], scale_type.element)
            if any(math.isnan(x[j]) for j in range(count) if scale_of_index(j) == i):
                continue  # The sign of a NaN is open, and with it that of its term.
            message = total.check(got)
            if message:
                sys.exit(f"@{name}: cotangent of scale {i}: expected {message}")
            exact_sums += getattr(total, "is_exact", False)
    if options.get("scale_grad") == "lsq" and not exact_sums:
        sys.exit(f"@{name}: no sum was compared bit for bit")
    return compared


def main():
    path, options = sys.argv[1], sys.argv[2:] or ["--altgrad-differentiate"]
    with open(path) as file:
        lines = re.findall(r"^// STRAIGHT_THROUGH (.*)$", file.read(), re.MULTILINE)
    if not lines:
        sys.exit(f"{path} has no line // STRAIGHT_THROUGH @function")
    module = Compiled(path, options, has_tensors_of_bits=True)
    for line in lines:
        words = line.split()
        directive = dict(word.split("=", 1) for word in words[1:])
        unknown = set(directive) - {
            "kind",
            "format",
            "ste",
            "scale_grad",
            "cotangent_format",
        }
        if unknown:
            sys.exit(f"unknown key in the line STRAIGHT_THROUGH {line}")
        compared = check(module, words[0].lstrip("@"), directive, random.Random(1))
        print(f"{words[0]}: {compared} numbers agree")


if __name__ == "__main__":
    main()
