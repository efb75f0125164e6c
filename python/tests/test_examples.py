# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tutorial, the benchmark, and the examples of docs/Python.md, as users run them."""

import doctest
import json
import re
import subprocess
import sys

import pytest
from conftest import ROOT


def run(script, *arguments):
    return subprocess.run(
        [sys.executable, ROOT / script, *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_tutorial(tmp_path):
    pytest.importorskip("matplotlib")
    output = run("examples/python/study.py", "--out", tmp_path)
    # The same numbers as the C++ study prints.
    assert re.search(r"^E3M4 .* 6.503e-03 .* 37.65 +0.07% +95.62%$", output, re.MULTILINE)
    assert "3-4 bias 6" in output
    for name in ("grids", "errors", "stalls"):
        content = (tmp_path / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG") and len(content) > 20_000


def test_benchmark(tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "results.json"
    output = run(
        "benchmarks/python/benchmark.py", "--quick", "--formats", "E7M0,E5M2", "--json", file
    )
    results = json.loads(file.read_text())
    contenders = {(row["operation"], row["format"], row["with"]) for row in results["rows"]}
    for operation in ("fake_quantize", "stall"):
        for format in ("E7M0", "E5M2"):
            assert (operation, format, "altgrad") in contenders
            assert (operation, format, "PyTorch ops") in contenders
        assert (operation, "E5M2", "ml_dtypes") in contenders
        assert (operation, "E5M2", "PyTorch float8") in contenders
    assert "np.add(x, x)" in results["overhead"]
    assert "| `altgrad.stall(x, x, 0.1, format)` |" in output


def test_documentation():
    """The >>> examples of docs/Python.md, in one session from top to bottom."""
    pytest.importorskip("torch")
    text = (ROOT / "docs" / "Python.md").read_text()
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    test = parser.get_doctest("\n\n".join(blocks), {}, "docs/Python.md", "docs/Python.md", 0)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
