#!/usr/bin/env python3
"""benchmarks/cpu/peers.py --altgrad=PROGRAM [--json=results.json] [...]

Other people's conversions on the data of altgrad-bench-cpu, in one table with
altgrad's: ml_dtypes (NumPy), PyTorch's float8 casts, FBGEMM's HFP8 operators
and QPyTorch. What is not installed is listed with the reason. With --json the
result is added to that file under "peers".

Each peer is compared with altgrad's semantics first, on the data that are
timed: one that gives other codes or values for more than a thousandth of them is
not timed. How it differs there and elsewhere (overflow, NaN) is written below
the table. altgrad itself is measured
by its own benchmark, before and after the peers, with the mean shown and the
drift stated. One thread. Where a peer can write into a given array it does;
one that always allocates its result is marked, and memory is kept between
calls so that no page faults are timed.
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import importlib.metadata
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
sys.dont_write_bytecode = True  # Nothing is left in the sources.

from formats import FORMATS, decode, encode  # noqa: E402

# The allocator of the C library gives large blocks back at once, unless told.
KEEP_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "MALLOC_TOP_PAD_": str(64 << 20),
}

SIZES = {"cache": 256 << 10, "memory": 256 << 20}
QUICK_SIZES = {"cache": 16 << 10, "memory": 256 << 10}
PERIOD = 1 << 20
# A peer that rounds some numbers otherwise does the same work all the same.
TOLERATED = 1e-3


class MLDtypes:
    title = "ml_dtypes"

    def __init__(self):
        import ml_dtypes

        self.version = ml_dtypes.__version__
        self.types = {
            "E5M2": ml_dtypes.float8_e5m2,
            "E4M3FN": ml_dtypes.float8_e4m3fn,
        }

    def make(self, op, name, x, codes):
        """A function, the array its result is in (or None: it returns it),
        and whether it allocates."""
        import numpy as np

        if name not in self.types:
            return None
        code_type = self.types[name]
        if op == "quantize":
            out = np.zeros(len(x), code_type)
            return (lambda: np.copyto(out, x, casting="unsafe")), out, False
        if op == "dequantize":
            typed = codes.view(code_type)
            out = np.zeros(len(x), np.float32)
            return (lambda: np.copyto(out, typed)), out, False
        middle = np.zeros(len(x), code_type)
        out = np.zeros(len(x), np.float32)

        def fake_quantize():
            np.copyto(middle, x, casting="unsafe")
            np.copyto(out, middle)

        return fake_quantize, out, False


class Torch:
    title = "PyTorch"

    def __init__(self):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        capability = torch.backends.cpu.get_cpu_capability()
        self.version = f"{torch.__version__}, {capability}"
        self.types = {"E5M2": torch.float8_e5m2, "E4M3FN": torch.float8_e4m3fn}

    def make(self, op, name, x, codes):
        torch = self.torch
        if name not in self.types:
            return None
        code_type = self.types[name]
        source = torch.from_numpy(x)
        if op == "quantize":
            out = torch.zeros(len(x), dtype=code_type)
            return (lambda: out.copy_(source)), out.view(torch.uint8).numpy(), False
        out = torch.zeros(len(x), dtype=torch.float32)
        if op == "dequantize":
            typed = torch.from_numpy(codes).view(code_type)
            return (lambda: out.copy_(typed)), out.numpy(), False
        middle = torch.zeros(len(x), dtype=code_type)

        def fake_quantize():
            middle.copy_(source)
            out.copy_(middle)

        return fake_quantize, out.numpy(), False


class FBGEMM:
    title = "FBGEMM"

    def __init__(self):
        import torch

        try:
            import fbgemm_gpu  # noqa: F401, registers operators
        except OSError as error:
            version = importlib.metadata.version("fbgemm-gpu-cpu")
            raise ImportError(
                f"fbgemm-gpu-cpu {version} does not load with PyTorch "
                f"{torch.__version__}: {error}"
            ) from error
        torch.set_num_threads(1)
        self.torch = torch
        self.version = importlib.metadata.version("fbgemm-gpu-cpu")

    def make(self, op, name, x, codes):
        torch = self.torch
        largest, exponent_bits, bias, _ = FORMATS[name]
        # A matrix is what it takes.
        if op == "quantize":
            source = torch.from_numpy(x).view(1, -1)
            quantize = torch.ops.fbgemm.FloatToHFP8Quantized
            return (
                lambda: quantize(source, exponent_bits, bias, largest).numpy()[0],
                None,
                True,
            )
        if op == "dequantize":
            source = torch.from_numpy(codes).view(1, -1)
            dequantize = torch.ops.fbgemm.HFP8QuantizedToFloat
            return (
                lambda: dequantize(source, exponent_bits, bias).numpy()[0],
                None,
                True,
            )
        return None


class QPyTorch:
    title = "QPyTorch"

    def __init__(self):
        import torch
        from qtorch.quant import float_quantize

        torch.set_num_threads(1)
        self.torch = torch
        self.function = float_quantize
        self.version = importlib.metadata.version("qtorch")

    def make(self, op, name, x, codes):
        # Its bias is always the middle one.
        if op != "fake_quantize" or name == "E3M4":
            return None
        exponent_bits = FORMATS[name][1]
        source = self.torch.from_numpy(x)
        return (
            lambda: self.function(
                source, exp=exponent_bits, man=7 - exponent_bits, rounding="nearest"
            ).numpy(),
            None,
            True,
        )


PEERS = [MLDtypes, Torch, FBGEMM, QPyTorch]


def load_peers():
    """The peers that work here, and the reasons of the others."""
    found, missing = [], {}
    for peer in PEERS:
        try:
            found.append(peer())
        except Exception as error:  # noqa: BLE001, builds and loads fail in many ways
            text = str(error).strip().splitlines()
            missing[peer.title] = text[0] if text else type(error).__name__
    return found, missing


def make_inputs(count):
    import numpy as np

    generator = np.random.default_rng(1)
    period = generator.standard_normal(min(count, PERIOD)).astype(np.float32)
    return np.resize(period, count)


def run(function, out):
    result = function() if out is None else (function(), out)[1]
    return result


def differences(got, expected):
    """How many elements differ in their bits; NaNs are equal."""
    import numpy as np

    if expected.dtype == np.float32:
        same = got.view(np.uint32) == expected.view(np.uint32)
        same |= np.isnan(got) & np.isnan(expected)
    else:
        same = got.view(np.uint8) == expected
    return int(np.count_nonzero(~same)), same


def describe_edges(peer, name):
    """In words: how a peer's quantize differs outside of the timed data."""
    import numpy as np

    largest = FORMATS[name][0]
    x = np.array(
        [largest * 1.02, largest * 2, -largest * 4, np.inf, -np.inf, np.nan]
        + [2.0**-40, -(2.0**-40), 2.0**-149] * 3
        + [0.0],
        dtype=np.float32,
    )
    expected = encode(name, np.nan_to_num(x, posinf=1e30, neginf=-1e30))
    expected[np.isnan(x)] = 0x7F if name != "E3M4" else 0
    made = peer.make("quantize", name, x, None)
    if made is None:
        return None
    got = run(made[0], made[1]).view(np.uint8)
    found = []
    for value, code, wanted in zip(x, got, expected):
        text = f"{value:g}: 0x{code:02X}, altgrad 0x{wanted:02X}"
        if code != wanted and text not in found:
            found.append(text)
    return "; ".join(found) or "no difference found"


def check_and_time(found, sizes, rounds, min_time):
    """One row for each operation, format and size."""
    import numpy as np

    rows, notes = [], {}
    for size, byte_count in sizes.items():
        x = make_inputs(byte_count // 4)
        for name in FORMATS:
            period = x[:PERIOD]
            codes_period = encode(name, period)
            values = decode(name)
            codes = np.resize(codes_period, len(x))
            for op in ("quantize", "dequantize", "fake_quantize"):
                print(f"peers: {op}/{name}/f32/{size}", file=sys.stderr)
                wanted = codes_period
                if op != "quantize":
                    wanted = values[codes_period]
                runs = []
                for peer in found:
                    made = peer.make(op, name, x, codes)
                    if made is None:
                        continue
                    function, out, allocates = made
                    result = run(function, out)
                    wrong, same = differences(result[: len(wanted)], wanted)
                    if wrong:
                        at = int(np.argmin(same))
                        notes[f"{peer.title}, {op} {name}"] = (
                            f"{wrong} of {len(wanted)} elements differ, the first "
                            f"for {period[at]:g}"
                        )
                    if wrong > TOLERATED * len(wanted):
                        notes[f"{peer.title}, {op} {name}"] += "; not timed"
                        continue
                    runs.append([peer.title, function, allocates, []])
                if runs:
                    row = time_row(op, name, size, len(x), runs, rounds, min_time)
                    rows.append(row)
    for peer in found:
        for name in FORMATS:
            if text := describe_edges(peer, name):
                notes[f"{peer.title}, {name}, edge cases"] = text
    return rows, notes


def time_row(op, name, size, count, runs, rounds, min_time):
    repeats = {}
    for title, function, _, _ in runs:
        start = time.perf_counter()
        function()
        one = time.perf_counter() - start
        repeats[title] = max(1, int(min_time / max(one, 1e-9)))
    if size == "memory":
        rounds = (rounds + 1) // 2
    for _ in range(rounds):
        for title, function, _, seconds in random.sample(runs, len(runs)):
            start = time.perf_counter()
            for _ in range(repeats[title]):
                function()
            seconds.append((time.perf_counter() - start) / repeats[title])
    kernels = {
        title: {
            "gel_per_s": count / statistics.median(seconds) * 1e-9,
            "min_s": min(seconds),
            "median_s": statistics.median(seconds),
            "max_s": max(seconds),
            "allocates": allocates,
        }
        for title, _, allocates, seconds in runs
    }
    return {"op": op, "format": name, "data": size, "kernels": kernels}


def run_altgrad(program, quick):
    names = "|".join(FORMATS)
    pattern = f"^(quantize|dequantize|fake_quantize)/({names})/f32/(cache|memory)$"
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [program, f"--filter={pattern}", f"--json={file.name}"]
        command += ["--quick"] if quick else ["--repetitions=5"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(file.name, encoding="utf-8") as text:
            rows = json.load(text)["rows"]
    return {
        (row["op"], row["format"], row["data"]): row["kernels"]["altgrad"]["gel_per_s"]
        for row in rows
    }


def print_table(result):
    titles = list(result["versions"])
    print("\n## Peers\n")
    print("Rates in 10^9 elements per second, medians, one thread. In brackets how")
    print("many times faster altgrad is. *: allocates its result (memory is reused).")
    print("fake_quantize is two calls for ml_dtypes and PyTorch.\n")
    print("| row | altgrad | " + " | ".join(titles) + " |")
    print("|---|---:|" + "---:|" * len(titles))
    for row in result["rows"]:
        cells = [f"{row['op']}/{row['format']}/f32/{row['data']}"]
        cells.append(f"{row['altgrad']:.2f}")
        for title in titles:
            kernel = row["kernels"].get(title)
            if kernel is None:
                cells.append("")
                continue
            star = "*" if kernel["allocates"] else ""
            ratio = row["altgrad"] / kernel["gel_per_s"]
            cells.append(f"{kernel['gel_per_s']:.2f}{star} ({ratio:.1f}x)")
        print("| " + " | ".join(cells) + " |")
    print()
    for title, version in result["versions"].items():
        print(f"- {title}: {version}")
    for title, reason in result["missing"].items():
        print(f"- {title}: not measured, {reason}")
    print(f"- altgrad before and after the peers: {result['drift']}")
    for where, text in result["notes"].items():
        print(f"- {where}: {text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--altgrad", required=True, help="altgrad-bench-cpu")
    parser.add_argument("--json", help="results to add the peers to")
    parser.add_argument("--quick", action="store_true", help="measures nothing")
    arguments = parser.parse_args()
    if any(os.environ.get(key) != value for key, value in KEEP_MEMORY.items()):
        os.environ.update(KEEP_MEMORY)
        os.execv(sys.executable, [sys.executable, *sys.argv])

    try:
        import numpy  # noqa: F401
    except ImportError:
        sys.exit("error: expected NumPy: pip install -r benchmarks/cpu/peers.txt")
    found, missing = load_peers()
    if arguments.json:
        with open(arguments.json, encoding="utf-8") as file:
            results = json.load(file)

    before = run_altgrad(arguments.altgrad, arguments.quick)
    sizes = QUICK_SIZES if arguments.quick else SIZES
    rounds, min_time = (1, 0) if arguments.quick else (5, 0.005)
    rows, notes = check_and_time(found, sizes, rounds, min_time)
    after = run_altgrad(arguments.altgrad, arguments.quick)
    for row in rows:
        key = (row["op"], row["format"], row["data"])
        row["altgrad"] = (before[key] + after[key]) / 2
    drifts = [after[key] / before[key] for key in before]
    result = {
        "versions": {peer.title: peer.version for peer in found},
        "missing": missing,
        "drift": f"rates changed by factors {min(drifts):.2f} to {max(drifts):.2f}",
        "notes": notes,
        "rows": rows,
    }
    print_table(result)
    if arguments.json:
        results["peers"] = result
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
