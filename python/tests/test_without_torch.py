# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The package where PyTorch, or ml_dtypes, is not installed or not imported."""

import os
import subprocess
import sys

import pytest


def run(script, **environment):
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_importing_altgrad_does_not_import_torch():
    script = """
import sys, numpy as np, altgrad
altgrad.quantize(np.zeros(3, np.float32), "E5M2")
assert "torch" not in sys.modules and "ml_dtypes" not in sys.modules
"""
    result = run(script)
    assert result.returncode == 0, result.stderr


HIDE = """
import sys
class Hidden:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {"torch", "ml_dtypes"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""


def test_everything_works_with_numpy_alone():
    result = run(
        HIDE
        + """
import numpy as np, altgrad
x = np.array([0.1, -1.0, 1000.0], np.float32)
q = altgrad.quantize(x, "E4M3FN", np.ones((1,), np.float32))
assert altgrad.dequantize(q, "E4M3FN").tolist() == altgrad.fake_quantize(x, "E4M3FN").tolist()
assert altgrad.amax(x) == 1000 and altgrad.stall(x, x, 1e-9, "E5M2") == (3, 3)
f = altgrad.compile('''func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
    return %x : tensor<?xf32> }''')
assert f(x).tolist() == x.tolist()
try:
    altgrad.quantize([1.0], "E5M2")
except TypeError:
    pass
"""
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("module", ["altgrad.torch", "altgrad.quantization"])
def test_what_needs_torch_says_so(module):
    result = run(HIDE + f"import {module}")
    assert result.returncode == 1
    assert "ModuleNotFoundError: No module named 'torch'" in result.stderr


def test_bfloat16_needs_ml_dtypes():
    result = run(HIDE + "import altgrad; print(altgrad.E5M2.numpy_dtype)")
    assert "No module named 'ml_dtypes'" in result.stderr


@pytest.mark.parametrize("first, second", [("torch", "altgrad"), ("altgrad", "torch")])
def test_import_in_both_orders(first, second):
    """Both load large C++ libraries; neither may disturb the other."""
    pytest.importorskip("torch")
    script = f"""
import {first}
import {second}
import numpy as np
x = torch.randn(1000)
y = altgrad.fake_quantize(x, "E5M2")
assert y.tolist() == altgrad.fake_quantize(x.numpy(), "E5M2").tolist()
"""
    result = run(script)
    assert result.returncode == 0, result.stderr
