# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""altgrad for PyTorch: gradients, custom ops, and a layer.

The functions are those of :mod:`altgrad` for CPU and CUDA tensors, as ops of
``torch.library`` that ``torch.compile`` and ``torch.export`` accept. Importing this
package imports PyTorch; :mod:`altgrad` alone does not.
"""

from altgrad.torch.module import FakeQuantizer
from altgrad.torch.operations import (
    amax,
    compute_scale,
    dequantize,
    fake_quantize,
    quantize,
    stall,
)

__all__ = [
    "FakeQuantizer",
    "amax",
    "compute_scale",
    "dequantize",
    "fake_quantize",
    "quantize",
    "stall",
]
