"""check_peers.py altgrad.json: tests of benchmarks/gpu/peers.py and report.py
with NumPy alone. altgrad.json has digests of the data, by altgrad-bench-gpu."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "benchmarks" / name) for name in ("gpu", "common")]
sys.dont_write_bytecode = True

import formats  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402


def check_data(context):
    count = int(context["elements"])
    index = np.arange(count, dtype=np.int64)
    codes = int(peers.get_codes(index).sum())
    for element in ("f32", "bf16"):
        sums = {}
        for name, seed in peers.SEEDS.items():
            bits = peers.get_bits(np, index, seed)
            sums[name] = int((bits if element == "f32" else bits >> 16).sum())
        sums["codes"] = codes
        assert context[f"data, {element}"] == peers.format_digest(sums)

    values = peers.get_bits(np, index, 0).astype(np.uint32).view(np.float32)
    assert np.isfinite(values[: peers.ORDINARY]).all()
    assert np.isnan(values).any() and np.isinf(values).any()
    subnormal = (values != 0) & (np.abs(values) < 2.0**-126)
    assert subnormal.any()
    ordinary = values[: peers.ORDINARY]
    assert abs(ordinary.mean()) < 0.1 and 1.0 < ordinary.std() < 1.3


def check_formats():
    for name, (largest, *_, first_special) in formats.FORMATS.items():
        values = formats.decode(name)
        finite = values[:first_special]
        assert finite[-1] == largest and (np.diff(finite) > 0).all()
        codes = formats.encode(name, np.concatenate([finite, -finite]))
        expected = np.arange(first_special)
        assert (codes == np.concatenate([expected, expected | 0x80])).all()
        # Half way between two values the even code is taken.
        middle = (finite[1:].astype(np.float64) + finite[:-1]) / 2
        codes = formats.encode(name, middle)
        assert (codes % 2 == 0).all()
        assert (np.abs(codes - expected[:-1] - 0.5) == 0.5).all()


def check_checker():
    checker = peers.Checker(formats.FORMATS, formats.encode, formats.decode)
    source = np.array([1.0, 1.04, -3.0, 1e9, np.nan], np.float32)
    right = formats.encode("E4M3FN", np.nan_to_num(source))
    assert checker.check("quantize", "E4M3FN", source, right) == (None, None)
    wrong = right.copy()
    wrong[1] += 1
    text, _ = checker.check("quantize", "E4M3FN", source, wrong)
    assert text.startswith("1 of 5 elements differ, first for 1.0"), text
    # Another code for what is too large is a note; NaN is nobody's business.
    other = right.copy()
    other[3:] = 0x7F
    text, note = checker.check("quantize", "E4M3FN", source, other)
    assert text is None and note.startswith("1 of 1 numbers beyond"), note
    values = formats.decode("E4M3FN")
    rounded = values[right]
    rounded[4] = np.nan
    assert checker.check("fake_quantize", "E4M3FN", source, rounded) == (None, None)
    rounded[0] = -rounded[0]
    assert checker.check("fake_quantize", "E4M3FN", source, rounded)[0]
    codes = np.arange(256, dtype=np.uint8)
    assert checker.check("dequantize", "E4M3FN", codes, values) == (None, None)
    assert checker.check("dequantize", "E4M3FN", codes, values[::-1].copy())[0]
    numbers = np.array([-3.0, 1.0], np.float32)
    assert checker.check("amax", "", numbers, np.float32([3])) == (None, None)
    assert checker.check("amax", "", numbers, np.float32([1]))[0]


def check_report():
    row = peers.make_row(
        "quantize",
        "E5M2",
        "f32",
        1000,
        {"copy": [2e-6], "Triton": [3e-6, 4e-6, 9e-6]},
        {},
    )
    assert row["bytes"] == 5000 and row["kernels"]["Triton"]["of_copy"] == 0.5
    own = json.loads(json.dumps(row).replace("Triton", "altgrad"))
    own["kernels"]["altgrad"]["of_copy"] = 0.95
    lines = report.format_comparison([own], [row]).splitlines()
    assert lines[2] == "| quantize/E5M2/f32 | 0.950 | 0.500 | 1.90 |", lines
    assert report.format_target([own]) == "1 of 1 cases reach 0.90 of the copy.\n"
    failed = peers.make_row("amax", "", "bf16", 8, {}, {"Triton": "no"})
    assert failed["name"] == "amax/any/bf16"
    assert " fails |" in report.format_rows([row, failed])


def check_without_device():
    """One sentence and a status of its own, with PyTorch or without."""
    command = [sys.executable, ROOT / "benchmarks" / "gpu" / "peers.py"]
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="")
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == peers.NOT_AVAILABLE, result
    assert result.stdout == "" and result.stderr.count("\n") == 1, result
    assert result.stderr.startswith("peers.py: "), result


with open(sys.argv[1], encoding="utf-8") as file:
    check_data(json.load(file)["context"])
check_formats()
check_checker()
check_report()
check_without_device()
