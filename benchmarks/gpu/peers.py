#!/usr/bin/env python3
"""peers.py [--log2-size=28] [--rounds=15] [--filter=REGEX] [--json=FILE]

Other people's casts on the data of altgrad-bench-gpu, on a CUDA device: a
straightforward implementation through torch.compile, kernels written by hand in
Triton (triton_kernels.py), PyTorch's float8 casts and norms. Needs PyTorch and
NumPy, not altgrad; Triton where it is installed.

Bandwidths stand next to that of a copy on the device, measured in turns. Before
it is timed, each result is compared with the format's definition, on the first
2^22 elements: all numbers in the format's range have to be the same. What comes
out of larger ones (the definition saturates) and of NaN is counted and listed
below the table, because there packages differ by design.

Exits with 77 where there is no PyTorch or no CUDA device. --device=cpu runs the
checks of what works there, torch.compile and Triton left out, and times nothing.
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import datetime
import json
import pathlib
import random
import re
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "common")]
sys.dont_write_bytecode = True  # Nothing is left in the sources.

NOT_AVAILABLE = 77
CHECKED = 1 << 22
PART = 1 << 24

# The data, as benchmarks/gpu/Data.h describes them. Integers of 64 bits wrap
# around, so that the lower 32 bits of a product are right.
ORDINARY = 4096
SPECIALS = [
    0x7F800000,
    0xFF800000,
    0x7FC00000,
    0xFFC00000,
    0x00000000,
    0x80000000,
    0x00000001,
    0x807FFFFF,
]
SEEDS = {"input": 0, "gradient": 0x6C078965}
NEXT = 0x9E3779B9
WORD = 0xFFFFFFFF


def mix(x):
    x = x ^ (x >> 16)
    x = (x * 0x85EBCA6B) & WORD
    x = x ^ (x >> 13)
    x = (x * 0xC2B2AE35) & WORD
    return x ^ (x >> 16)


def to_float_bits(library, x):
    """The bits of an array of integers as f32 times 2^-15."""
    if library.__name__ == "numpy":
        bits = (x.astype("float32") * library.float32(2.0**-15)).view("int32")
        return bits.astype("int64") & WORD
    return (x.float() * 2.0**-15).view(library.int32).long() & WORD


def get_bits(library, index, seed):
    """Bits of f32 elements; `library` is numpy or torch, `index` its int64."""
    first = mix(index ^ seed)
    second = mix((first + NEXT) & WORD)
    total = (first & 0xFFFF) + (first >> 16) + (second & 0xFFFF) + (second >> 16)
    bits = to_float_bits(library, total - 131070)
    late = index >= ORDINARY
    any_bits = mix((second + NEXT) & WORD)
    bits = library.where(late & (second % 16 == 0), any_bits, bits)
    # The remainder chooses; no array of specials on a device is needed.
    which = index // 1021 % len(SPECIALS)
    for number, special in enumerate(SPECIALS):
        chosen = late & (index % 1021 == 0) & (which == number)
        bits = library.where(chosen, special, bits)
    return bits


def get_codes(index):
    return mix(index) & 0xFF


def format_digest(sums):
    return ", ".join(f"{name} {value:x}" for name, value in sums.items())


class Data:
    """The arrays of one element type, on a device, made part by part."""

    def __init__(self, torch, element, count, device):
        self.torch, self.count = torch, count
        self.element = element
        self.dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[element]
        width = torch.int32 if element == "f32" else torch.int16
        sums = dict.fromkeys(["input", "gradient", "codes"], 0)
        self.input = torch.empty(count, dtype=width, device=device)
        self.codes = torch.empty(count, dtype=torch.uint8, device=device)
        for begin in range(0, count, PART):
            end = min(begin + PART, count)
            index = torch.arange(begin, end, dtype=torch.int64, device=device)
            for name, seed in SEEDS.items():
                bits = get_bits(torch, index, seed)
                if element == "bf16":
                    bits = bits >> 16
                sums[name] += int(bits.sum())
                if name == "input":
                    self.input[begin:end] = bits.to(width)
            codes = get_codes(index)
            sums["codes"] += int(codes.sum())
            self.codes[begin:end] = codes.to(torch.uint8)
        self.input = self.input.view(self.dtype)
        self.digest = format_digest(sums)


def quantize(torch, x, parameters):
    """(code, value) of each element, in the plainest way that is right."""
    largest, exponent_bits, bias, first_special = parameters
    mantissa_bits = 7 - exponent_bits
    x = x.float()
    magnitude = x.abs()
    exponent = (magnitude.view(torch.int32) >> 23) - 127
    exponent = exponent.clamp(min=1 - bias)
    step = torch.ldexp(torch.ones_like(x), exponent - mantissa_bits)
    rounded = (magnitude / step).round() * step
    rounded = rounded.clamp(max=largest)
    bits = rounded.view(torch.int32)
    normal = (bits >> (23 - mantissa_bits)) - ((127 - bias) << mantissa_bits)
    subnormal = (rounded * 2.0 ** (bias - 1 + mantissa_bits)).to(torch.int32)
    code = torch.where(rounded >= 2.0 ** (1 - bias), normal, subnormal)
    code = code | ((x.view(torch.int32) >> 24) & 0x80)
    nan_code = 0x7F if first_special < 0x80 else 0
    code = torch.where(x.isnan(), nan_code, code)
    return code.to(torch.uint8), torch.copysign(rounded, x)


class Straightforward:
    """The function above, compiled; as it is where `compiled` is false."""

    title = "torch.compile"

    def __init__(self, torch, formats, compiled=True):
        self.torch, self.formats = torch, formats
        self.compiled = compiled
        self.version = torch.__version__

    def compile(self, function):
        if not self.compiled:
            return function
        # It gives up on code that it has compiled too often, and then on code for
        # one size; each case is to have its own.
        self.torch.compiler.reset()
        return self.torch.compile(function, dynamic=False)

    def make(self, op, name, data, source):
        torch = self.torch
        if op == "amax":
            call = self.compile(lambda x: x.abs().amax())
            return lambda: call(source)
        parameters = self.formats[name]
        if op == "quantize":
            call = self.compile(lambda x: quantize(torch, x, parameters)[0])
        elif op == "fake_quantize":
            call = self.compile(
                lambda x: torch.where(
                    x.isnan(), x, quantize(torch, x, parameters)[1].to(x.dtype)
                )
            )
        elif op == "dequantize" and (dtype := get_dtype(torch, name)):
            call = self.compile(lambda x: x.view(dtype).to(data.dtype))
        else:
            return None
        return lambda: call(source)


def get_dtype(torch, name):
    return {"E5M2": torch.float8_e5m2, "E4M3FN": torch.float8_e4m3fn}.get(name)


class Casts:
    """PyTorch's own operations, into arrays that are there already."""

    title = "PyTorch"

    def __init__(self, torch):
        self.torch = torch
        self.version = torch.__version__

    def make(self, op, name, data, source):
        torch = self.torch
        if op == "amax":
            return lambda: torch.linalg.vector_norm(source, float("inf"))
        dtype = get_dtype(torch, name)
        if dtype is None:
            return None
        if op == "quantize":
            out = torch.empty(len(source), dtype=dtype, device=source.device)
            return lambda: out.copy_(source)
        out = torch.empty_like(data.input[: len(source)])
        if op == "dequantize":
            return lambda: out.copy_(source.view(dtype))
        middle = torch.empty(len(source), dtype=dtype, device=source.device)

        def fake_quantize():
            middle.copy_(source)
            return out.copy_(middle)

        return fake_quantize


class Triton:
    title = "Triton"

    def __init__(self, torch):
        import triton_kernels

        self.torch, self.kernels = torch, triton_kernels
        self.version = triton_kernels.VERSION

    def make(self, op, name, data, source):
        if op == "amax":
            return None
        torch, dtype = self.torch, get_dtype(self.torch, name)
        if op == "quantize":
            target = torch.empty(
                len(source), dtype=dtype or torch.uint8, device=source.device
            )
        else:
            target = torch.empty_like(data.input[: len(source)])
        if op == "dequantize" and dtype:
            source = source.view(dtype)
        call = self.kernels.make(op, name, source, target)
        if call is None:
            return None

        def run():
            call()
            return target

        return run


def get_cases(formats):
    """(op, format) of each case of altgrad-bench-gpu that has peers."""
    return [("amax", "")] + [
        (op, name)
        for op in ("quantize", "dequantize", "fake_quantize")
        for name in formats
    ]


def get_name(op, name, element):
    return f"{op}/{name or 'any'}/{element}"


def get_widths(op, element):
    """Bytes per element that are read and written."""
    width = {"f32": 4, "bf16": 2}[element]
    return {
        "quantize": (width, 1),
        "dequantize": (1, width),
        "fake_quantize": (width, width),
        "amax": (width, 0),
    }[op]


class Checker:
    """Compares results with the definition of the format."""

    def __init__(self, formats, encode, decode):
        self.formats, self.encode, self.decode = formats, encode, decode

    def check(self, op, name, source, result):
        """(None or what is wrong, None or what is different by design)."""
        import numpy as np

        if op == "amax":
            expected = np.abs(source).max()
            got = result.reshape(-1)[0]
            right = got == expected
            return (None if right else f"{got} instead of {expected}"), None
        if op == "dequantize":
            expected = self.decode(name)[source]
            in_range = np.ones(len(source), bool)
        else:
            largest = self.formats[name][0]
            numbers = np.nan_to_num(source, posinf=1e30, neginf=-1e30)
            expected = self.encode(name, numbers)
            if op == "fake_quantize":
                expected = self.decode(name)[expected]
            in_range = np.abs(source) <= largest
        if op == "quantize":
            same = result == expected
        else:
            same = result.view(np.uint32) == expected.view(np.uint32)
            same |= np.isnan(result) & np.isnan(expected)
        wrong = in_range & ~same
        if wrong.any():
            at = int(wrong.argmax())
            text = f"{wrong.sum()} of {len(same)} elements differ, first for "
            return text + f"{source[at]}: {result[at]}, not {expected[at]}", None
        nan = np.isnan(source) if op != "dequantize" else ~in_range
        outside = ~in_range & ~same & ~nan
        if not outside.any():
            return None, None
        at = int(outside.argmax())
        count = int((~in_range & ~nan).sum())
        return None, (
            f"{outside.sum()} of {count} numbers beyond the largest differ: "
            f"{source[at]} gives {result[at]}, altgrad {expected[at]}"
        )


def to_numpy(torch, tensor):
    """Codes as bytes, floats as f32."""
    if tensor.dtype in (torch.float8_e5m2, torch.float8_e4m3fn):
        tensor = tensor.view(torch.uint8)
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    return tensor.cpu().numpy()


def measure(torch, calls, rounds, min_seconds):
    """Seconds of a call, for each round: {name: [..]}. Names take turns."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def run(call, count):
        begin.record()
        for _ in range(count):
            call()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) * 1e-3

    batches = {}
    for name, call in calls.items():
        run(call, 1)
        seconds = max(run(call, 1), 5e-7)
        batches[name] = int(min(max(min_seconds / seconds, 1), 1000))
    result = {name: [] for name in calls}
    order = list(calls)
    generator = random.Random(1)
    for _ in range(rounds):
        generator.shuffle(order)
        for name in order:
            batch = batches[name]
            result[name].append(run(calls[name], batch) / batch)
    return result


def make_row(op, name, element, count, seconds, failures):
    total = sum(get_widths(op, element)) * count
    kernels = {title: {"failure": text} for title, text in failures.items()}
    medians = {title: statistics.median(s) for title, s in seconds.items()}
    for title, rounds in seconds.items():
        kernels[title] = {
            "gb_per_s": total / medians[title] * 1e-9,
            "of_copy": medians["copy"] / medians[title],
            "median_s": medians[title],
            "min_s": min(rounds),
            "max_s": max(rounds),
            "repetitions": len(rounds),
        }
    return {
        "name": get_name(op, name, element),
        "op": op,
        "format": name,
        "element": element,
        "elements": count,
        "bytes": total,
        "kernels": kernels,
    }


def make_copy(torch, op, data):
    """A copy that reads half of the traffic and writes the other half."""
    count = sum(get_widths(op, data.element)) * data.count // 2
    source = data.input.view(torch.uint8)
    while len(source) < count:
        source = torch.cat([source, source])
    target = torch.empty(count, dtype=torch.uint8, device=source.device)
    return lambda: target.copy_(source[:count])


def run_case(torch, peers, checker, op, name, data, options, notes):
    source = data.codes if op == "dequantize" else data.input
    part = source[: CHECKED if op != "amax" else ORDINARY]
    host = to_numpy(torch, part)
    calls, failures = {}, {}
    for peer in peers:
        where = f"{peer.title}, {get_name(op, name, data.element)}"
        try:
            checked = peer.make(op, name, data, part)
            if checked is None:
                continue
            result = to_numpy(torch, checked())
            wrong, different = checker.check(op, name, host, result)
        except Exception as error:  # noqa: BLE001, compilers fail in many ways
            text = str(error).strip().splitlines()
            wrong = text[0] if text else type(error).__name__
            different = None
        if wrong:
            failures[peer.title] = wrong
            notes[where] = f"not timed: {wrong}"
            continue
        if different:
            notes[where] = different
        calls[peer.title] = peer.make(op, name, data, source)
    seconds = {}
    if data.input.is_cuda and not options.check_only:
        calls = {"copy": make_copy(torch, op, data), **calls}
        seconds = measure(torch, calls, options.rounds, options.min_time)
    row = make_row(op, name, data.element, data.count, seconds, failures)
    row["verified"] = sorted(set(calls) - {"copy"})
    return row


def describe(torch, options):
    now = datetime.datetime.now(datetime.timezone.utc)
    context = {"date": now.strftime("%Y-%m-%d %H:%M UTC")}
    if options.device == "cuda":
        major, minor = torch.cuda.get_device_capability()
        context["device"] = torch.cuda.get_device_name()
        context["chip"] = f"sm_{major}{minor}"
    else:
        context["device"] = "the CPU"
    context["elements"] = str(1 << options.log2_size)
    return context


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--log2-size", type=int, default=28, metavar="N")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--min-time", type=float, default=0.01, metavar="SECONDS")
    parser.add_argument("--filter", default="", metavar="REGEX")
    parser.add_argument("--check-only", action="store_true")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def load_peers(torch, options, formats, notes):
    on_device = options.device == "cuda"
    peers = [Straightforward(torch, formats, compiled=on_device), Casts(torch)]
    if on_device:
        try:
            peers.append(Triton(torch))
        except ImportError as error:
            notes["Triton"] = f"not measured, {error}"
    return peers


def main():
    options = parse_arguments()
    try:
        import torch
        from formats import FORMATS, decode, encode
    except ImportError as error:
        print(f"peers.py: nothing to measure: {error}", file=sys.stderr)
        sys.exit(NOT_AVAILABLE)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("peers.py: PyTorch finds no CUDA device", file=sys.stderr)
        sys.exit(NOT_AVAILABLE)
    import report

    notes, rows = {}, []
    context = describe(torch, options)
    peers = load_peers(torch, options, FORMATS, notes)
    for peer in peers:
        context[peer.title] = peer.version
    checker = Checker(FORMATS, encode, decode)
    for element in ("f32", "bf16"):
        chosen = [
            case
            for case in get_cases(FORMATS)
            if re.search(options.filter, get_name(*case, element))
        ]
        if not chosen:
            continue
        data = Data(torch, element, 1 << options.log2_size, options.device)
        context[f"data, {element}"] = data.digest
        for op, name in chosen:
            print(get_name(op, name, element), file=sys.stderr)
            rows.append(run_case(torch, peers, checker, op, name, data, options, notes))
        del data
    result = {"context": context, "rows": rows, "notes": notes}
    print(report.format_context(context))
    print(report.format_rows(rows))
    print(report.format_context(notes), end="")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
