# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times altgrad's Python functions beside what else does the same work.

    scripts/bench-python.sh [--quick] [--json FILE] [--formats E5M2,...]

Everything runs in one process, one thread each, on the same data, in rounds: each
round runs every contender once, so that what the machine does meanwhile hits all of
them. A row is the best of its rounds. Before anything is timed its result is compared
with altgrad's, and a wrong one ends the program.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import ml_dtypes
import numpy as np
import torch
import vectorized

import altgrad

FORMATS = ["E0M7", "E1M6", "E3M4", "E5M2", "E7M0", "E4M3FN"]
SCALE = 0.37
RATE = 0.01


class Contender(NamedTuple):
    operation: str
    format: str
    name: str
    run: Callable[[], object]


class Data(NamedTuple):
    x: np.ndarray
    g: np.ndarray
    codes: np.ndarray
    floats: np.ndarray


def check(what: str, found: np.ndarray, expected: np.ndarray) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    if not np.array_equal(found, expected, equal_nan=True):
        wrong = np.flatnonzero(found != expected)
        raise SystemExit(f"error: {what} differs at {len(wrong)} elements, first {wrong[:3]}")


def quantizers(data: Data, name: str) -> Iterator[Contender]:
    """Codes, without a scale: a cast has none."""
    x, tensor = data.x, torch.from_numpy(data.x)
    yield Contender("quantize", name, "altgrad", lambda: altgrad.quantize(x, name))
    yield Contender(
        "quantize", name, "altgrad, out=", lambda: altgrad.quantize(x, name, out=data.codes)
    )
    format = altgrad.FORMATS[name]
    if format.numpy_dtype is not None:
        dtype, float8 = format.numpy_dtype, format.torch_dtype
        codes = altgrad.quantize(x, name)
        check(f"ml_dtypes {name}", x.astype(dtype).view(np.uint8), codes)
        yield Contender("quantize", name, "ml_dtypes", lambda: x.astype(dtype))
        check(f"PyTorch float8 {name}", tensor.to(float8).view(torch.uint8).numpy(), codes)
        yield Contender("quantize", name, "PyTorch float8", lambda: tensor.to(float8))


def fake_quantizers(data: Data, name: str) -> Iterator[Contender]:
    x, tensor, format = data.x, torch.from_numpy(data.x), altgrad.FORMATS[name]
    yield Contender(
        "fake_quantize", name, "altgrad", lambda: altgrad.fake_quantize(x, format, SCALE)
    )
    yield Contender(
        *("fake_quantize", name, "altgrad, out="),
        lambda: altgrad.fake_quantize(x, format, SCALE, out=data.floats),
    )
    yield Contender(
        *("fake_quantize", name, "altgrad, tensors"),
        lambda: altgrad.fake_quantize(tensor, format, SCALE),
    )
    expected = altgrad.fake_quantize(x, format, SCALE)
    result = vectorized.fake_quantize(tensor, format, SCALE).numpy()
    check(f"PyTorch {name}", result, expected)
    yield Contender(
        *("fake_quantize", name, "PyTorch ops"),
        lambda: vectorized.fake_quantize(tensor, format, SCALE),
    )
    if format.numpy_dtype is None:
        return
    dtype, float8, scale = format.numpy_dtype, format.torch_dtype, np.float32(SCALE)

    def by_ml_dtypes() -> np.ndarray:
        return (x / scale).astype(dtype).astype(np.float32) * scale

    def by_float8() -> torch.Tensor:
        return (tensor / SCALE).to(float8).to(torch.float32) * SCALE

    check(f"ml_dtypes {name}", by_ml_dtypes(), expected)
    check(f"PyTorch float8 {name}", by_float8().numpy(), expected)
    yield Contender("fake_quantize", name, "ml_dtypes", by_ml_dtypes)
    yield Contender("fake_quantize", name, "PyTorch float8", by_float8)


def stalls(data: Data, name: str) -> Iterator[Contender]:
    w, g, format = data.x, data.g, altgrad.FORMATS[name]
    tensors = torch.from_numpy(w), torch.from_numpy(g)
    yield Contender("stall", name, "altgrad", lambda: altgrad.stall(w, g, RATE, format, SCALE))
    expected = altgrad.stall(w, g, RATE, format, SCALE)
    check(f"stall {name}", vectorized.stall(*tensors, RATE, format, SCALE), expected)
    yield Contender(
        "stall", name, "PyTorch ops", lambda: vectorized.stall(*tensors, RATE, format, SCALE)
    )
    if format.numpy_dtype is None:
        return
    dtype, scale, rate = format.numpy_dtype, np.float32(SCALE), np.float32(RATE)
    float8 = format.torch_dtype

    def by_ml_dtypes() -> tuple[int, int]:
        counted = np.abs(g) > np.float32(1e-10)
        before = (w / scale).astype(dtype).astype(np.float32)
        after = ((w + -rate * g) / scale).astype(dtype).astype(np.float32)
        return int((counted & (before == after)).sum()), int(counted.sum())

    def by_float8() -> tuple[int, int]:
        counted = tensors[1].abs() > 1e-10
        before = (tensors[0] / SCALE).to(float8).to(torch.float32)
        after = ((tensors[0] + -RATE * tensors[1]) / SCALE).to(float8).to(torch.float32)
        return int((counted & (before == after)).sum()), int(counted.sum())

    check(f"stall by ml_dtypes {name}", by_ml_dtypes(), expected)
    check(f"stall by PyTorch float8 {name}", by_float8(), expected)
    yield Contender("stall", name, "ml_dtypes", by_ml_dtypes)
    yield Contender("stall", name, "PyTorch float8", by_float8)


def measure(contenders: list[Contender], rounds: int) -> list[float]:
    """The best time of each, in seconds."""
    best = [float("inf")] * len(contenders)
    for _ in range(rounds):
        for index, contender in enumerate(contenders):
            begin = time.perf_counter()
            contender.run()
            best[index] = min(best[index], time.perf_counter() - begin)
    return best


def measure_overhead(repeats: int) -> dict[str, float]:
    """Microseconds for a call with eight elements."""
    x = np.ones(8, np.float32)
    out, tensor = np.empty_like(x), torch.ones(8)
    format = altgrad.E4M3FN
    calls = {
        "np.add(x, x)": lambda: np.add(x, x),
        "altgrad.fake_quantize(x, format)": lambda: altgrad.fake_quantize(x, format),
        "altgrad.fake_quantize(x, 'E4M3FN', 0.5)": lambda: altgrad.fake_quantize(x, "E4M3FN", 0.5),
        "altgrad.fake_quantize(x, format, out=out)": (
            lambda: altgrad.fake_quantize(x, format, out=out)
        ),
        "altgrad.stall(x, x, 0.1, format)": lambda: altgrad.stall(x, x, 0.1, format),
        "torch.add(t, t)": lambda: torch.add(tensor, tensor),
        "altgrad.fake_quantize(t, format)": lambda: altgrad.fake_quantize(tensor, format),
    }
    number = 20_000 if repeats > 3 else 1_000
    return {
        name: min(timeit.repeat(call, number=number, repeat=repeats)) / number * 1e6
        for name, call in calls.items()
    }


def describe_machine() -> dict[str, str]:
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(": ")[2] if names else cpu
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": cpu,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "ml_dtypes": ml_dtypes.__version__,
        "altgrad": altgrad.__version__,
        "llvm": altgrad.llvm_version,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small arrays, three rounds")
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--log2-size", type=int, default=24, help="elements, as a power of two")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the results to this file as well")
    arguments = parser.parse_args()
    log2_size = 16 if arguments.quick else arguments.log2_size
    rounds = 3 if arguments.quick else arguments.rounds

    torch.set_num_threads(1)
    size = 1 << log2_size
    random = np.random.default_rng(1)
    # Within the range of E0M7 with this scale, where no cast overflows: E4M3FN of
    # ml_dtypes and of PyTorch makes NaN of what altgrad saturates.
    x = random.uniform(-0.36, 0.36, size).astype(np.float32)
    data = Data(
        x,
        (random.standard_normal(size) * 0.3).astype(np.float32),
        np.empty(size, np.uint8),
        np.empty(size, np.float32),
    )

    machine = describe_machine()
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    print(f"\n2^{log2_size} floats, one thread; the best of {rounds} rounds\n")
    print("| operation | format | with | ms | 10^9 elements/s | altgrad is faster by |")
    print("|---|---|---|---|---|---|")
    rows = []
    for contenders_of in (quantizers, fake_quantizers, stalls):
        for name in arguments.formats.split(","):
            contenders = list(contenders_of(data, name))
            best = measure(contenders, rounds)
            for contender, seconds in zip(contenders, best):
                ratio = seconds / best[0]
                faster = "" if contender.name.startswith("altgrad") else f"{ratio:.1f}x"
                print(
                    f"| {contender.operation} | {name} | {contender.name} | {seconds * 1e3:.2f} "
                    f"| {size / seconds / 1e9:.3f} | {faster} |",
                    flush=True,
                )
                rows.append(
                    {
                        "operation": contender.operation,
                        "format": name,
                        "with": contender.name,
                        "seconds": seconds,
                        "ratio": ratio,
                    }
                )

    print("\nA call with eight elements\n\n| call | microseconds |\n|---|---|")
    overhead = measure_overhead(3 if arguments.quick else 7)
    for name, microseconds in overhead.items():
        print(f"| `{name}` | {microseconds:.2f} |")
    if arguments.json:
        results = {"machine": machine, "size": size, "rows": rows, "overhead": overhead}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
