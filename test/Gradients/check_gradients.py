#!/usr/bin/env python3
"""Runs gradients and compares them with central differences in f64.

    check_gradients.py FILE.mlir [altgrad-opt options...]

Differentiates and compiles FILE, then calls the gradient of each function that
a line of FILE names:

    // GRADIENTS @f [key=value ...]

    range=LO:HI    where elements are drawn from (default -2:2)
    rangeN=LO:HI   the same for argument N
    argN=V         the value of an integer or index argument
    sizesN=4x3     the sizes of a tensor with dynamic ones (default: all 3)
    samples=K      how many points are drawn (default 4)
    step=H         of the central differences (default 1e-6)
    tolerance=T    of |gradient - difference| / max(1, |difference|) (default 1e-6)

All entries of the Jacobian are compared, with f64 arguments and results only;
those of integer type are passed through. The options go to the first run of
altgrad-opt (default: --altgrad-differentiate).
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from compiled import Compiled, Scalar  # noqa: E402


class Directive:
    def __init__(self, line):
        words = line.split()
        self.name = words[0].lstrip("@")
        self.options = dict(word.split("=", 1) for word in words[1:])
        for key in self.options:
            if not re.fullmatch(
                r"(range|arg|sizes)\d+|range|samples|step|tolerance", key
            ):
                sys.exit(f"unknown key '{key}' in the line GRADIENTS {line}")

    def number(self, key, default):
        return float(self.options.get(key, default))

    def range(self, position):
        text = self.options.get(f"range{position}", self.options.get("range", "-2:2"))
        return tuple(float(bound) for bound in text.split(":"))

    def sizes(self, position, type):
        given = self.options.get(f"sizes{position}")
        if given is None:
            return [3 if size is None else size for size in type.shape]
        return [int(size) for size in given.split("x")] if given else []


def draw(directive, position, type, rng):
    """An argument: a number, or a tensor as (sizes, flat list)."""
    if isinstance(type, Scalar) and not type.is_float:
        value = directive.options.get(f"arg{position}")
        if value is None:
            sys.exit(f"@{directive.name}: argument {position} needs arg{position}=")
        return int(value)
    low, high = directive.range(position)
    if isinstance(type, Scalar):
        return rng.uniform(low, high)
    sizes = directive.sizes(position, type)
    count = 1
    for size in sizes:
        count *= size
    if type.element == "i1":
        return (sizes, [rng.random() < 0.5 for _ in range(count)])
    if not type.is_float:
        return (sizes, [rng.randrange(count) for _ in range(count)])
    return (sizes, [rng.uniform(low, high) for _ in range(count)])


def elements(value):
    return value[1] if isinstance(value, tuple) else [value]


def with_element(value, index, number):
    if not isinstance(value, tuple):
        return number
    changed = list(value[1])
    changed[index] = number
    return (value[0], changed)


def zeros_like(value):
    if isinstance(value, tuple):
        return (value[0], [0.0] * len(value[1]))
    return 0.0


def check(module, directive, rng):
    """Returns the number of entries compared."""
    function = module.function(directive.name)
    product = module.function(directive.name + "_vjp")
    count = len(function.arguments)
    outputs = len(function.results)
    float_results = [i for i, t in enumerate(function.results) if t.is_float]
    wrt = [i for i, t in enumerate(function.arguments) if t.is_float]
    if len(product.results) != outputs + len(wrt):
        sys.exit(f"@{directive.name}: expected gradients of all float arguments")
    step = directive.number("step", 1e-6)
    tolerance = directive.number("tolerance", 1e-6)
    compared = 0
    for _ in range(int(directive.number("samples", 4))):
        arguments = [
            draw(directive, i, type, rng) for i, type in enumerate(function.arguments)
        ]
        base = function.call(arguments)
        # differences[argument][element][result] is a flat list.
        differences = {}
        for position in wrt:
            for index, value in enumerate(elements(arguments[position])):
                ends = []
                for end in (value + step, value - step):
                    point = list(arguments)
                    point[position] = with_element(point[position], index, end)
                    ends.append(function.call(point))
                differences[position, index] = [
                    [
                        (up - down) / (2 * step)
                        for up, down in zip(
                            elements(ends[0][result]), elements(ends[1][result])
                        )
                    ]
                    for result in float_results
                ]
        for number, result in enumerate(float_results):
            for entry in range(len(elements(base[result]))):
                cotangents = [zeros_like(base[other]) for other in float_results]
                cotangents[number] = with_element(cotangents[number], entry, 1.0)
                gradients = product.call(arguments + cotangents)[outputs:]
                for position, gradient in zip(wrt, gradients):
                    for index, got in enumerate(elements(gradient)):
                        expected = differences[position, index][number][entry]
                        error = abs(got - expected) / max(1.0, abs(expected))
                        compared += 1
                        if not error <= tolerance:
                            sys.exit(
                                f"@{directive.name}: d result {result}[{entry}] / "
                                f"d argument {position}[{index}] at {arguments}: "
                                f"expected {expected} but got {got}"
                            )
    return compared


def main():
    path, options = sys.argv[1], sys.argv[2:] or ["--altgrad-differentiate"]
    with open(path) as file:
        lines = re.findall(r"^// GRADIENTS (.*)$", file.read(), re.MULTILINE)
    if not lines:
        sys.exit(f"{path} has no line // GRADIENTS @function")
    module = Compiled(path, options)
    rng = random.Random(1)
    for line in lines:
        directive = Directive(line)
        compared = check(module, directive, rng)
        print(f"@{directive.name}: {compared} entries agree")


if __name__ == "__main__":
    main()
