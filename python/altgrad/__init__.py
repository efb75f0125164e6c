# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""8-bit float formats of any split, and compiled operations on arrays.

>>> import altgrad, numpy as np
>>> x = np.array([0.1, -1.0, 3.14159, 1000.0], np.float32)
>>> altgrad.fake_quantize(x, "E4M3FN", scale=altgrad.compute_scale(altgrad.amax(x), "E4M3FN"))
array([ 9.5912389e-02, -9.7656250e-01,  3.0691965e+00,  1.0000000e+03],
      dtype=float32)

``altgrad.torch`` has the same with gradients for PyTorch, ``altgrad.quantization``
the interface of the research package that this one replaces.
"""

from altgrad import cache, cuda
from altgrad._native import Program, __version__, llvm_version
from altgrad.errors import CompileError, CUDAError, Diagnostic
from altgrad.format import FORMATS, Format
from altgrad.operations import amax, compute_scale, dequantize, fake_quantize, quantize, stall
from altgrad.program import compile, vjp

E0M7 = FORMATS["E0M7"]
E1M6 = FORMATS["E1M6"]
E3M4 = FORMATS["E3M4"]
E5M2 = FORMATS["E5M2"]
E7M0 = FORMATS["E7M0"]
E2M5 = FORMATS["E2M5"]
E6M1 = FORMATS["E6M1"]
E4M3FN = FORMATS["E4M3FN"]
E4M3 = FORMATS["E4M3"]
E3M4IEEE = FORMATS["E3M4IEEE"]
E4M3FNUZ = FORMATS["E4M3FNUZ"]
E5M2FNUZ = FORMATS["E5M2FNUZ"]
E4M3B11FNUZ = FORMATS["E4M3B11FNUZ"]

__all__ = [
    "FORMATS",
    "CUDAError",
    "CompileError",
    "Diagnostic",
    "E0M7",
    "E1M6",
    "E2M5",
    "E3M4",
    "E3M4IEEE",
    "E4M3",
    "E4M3B11FNUZ",
    "E4M3FN",
    "E4M3FNUZ",
    "E5M2",
    "E5M2FNUZ",
    "E6M1",
    "E7M0",
    "Format",
    "Program",
    "__version__",
    "amax",
    "cache",
    "compile",
    "compute_scale",
    "cuda",
    "dequantize",
    "fake_quantize",
    "llvm_version",
    "quantize",
    "stall",
    "vjp",
]
