# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs in MLIR as functions on arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from altgrad import _native
from altgrad._native import Program

if TYPE_CHECKING:
    from altgrad.format import Format

__all__ = ["compile", "vjp"]

PIPELINE = "altgrad-cpu-pipeline"
CUDA_PIPELINE = "altgrad-gpu-pipeline"


def compile(
    source: str | bytes | os.PathLike[str],
    entry: str | None = None,
    *,
    format: Format | str | None = None,
    options: Mapping[str, object] | None = None,
    cuda_options: Mapping[str, object] | None = None,
    pipeline: str | None = None,
    opt_level: int = 3,
    libraries: Iterable[str | os.PathLike[str]] = (),
) -> Program:
    """Compiles a function of a program and returns it as a callable.

    - ``source``: the text (or bytecode) of a program, or the path of a file: a
      ``Path``, or a string of one line that ends in ``.mlir`` or ``.mlirbc``;
    - ``entry``: the function's name; not needed if only one is public;
    - ``format``: the program in this format instead of those it names, as
      ``altgrad-set-format`` makes it;
    - ``options``: options of ``altgrad-cpu-pipeline``, by their names with ``_``
      or ``-``: ``{"threads": 2}``; ``target`` is ``native`` unless they say
      otherwise;
    - ``cuda_options``: those of ``altgrad-gpu-pipeline``, for CUDA arrays; ``chip``
      is the device's unless they say otherwise;
    - ``pipeline``: another textual pipeline instead, which ends in the LLVM
      dialect; the callable takes no CUDA arrays then;
    - ``opt_level``: 0 to 3;
    - ``libraries``: paths of shared libraries that the program calls into.

    The callable takes the function's arguments in their order. Tensors are arrays
    (see :mod:`altgrad.operations`) of the shape and dtype that the function
    declares; they are not written to, and not copied if they are in C order. A
    memref is an array that the function may write to, and is never copied. Codes
    and i8 are uint8 or int8, i1 is bool, index is int64, and a number is a Python
    number. Results are new arrays (of PyTorch if an argument was), Python numbers,
    or a tuple of them; codes come back as uint8. The GIL is released during a
    call. ``signature`` and ``name`` say what was compiled.

    All arrays are on the CPU, or all on one CUDA device; the first call with
    arrays on a device compiles the program for it. Results are on that device,
    numbers on the host: a program that returns one, or needs one, is waited for.

    CompileError, with message and location, for a program that does not compile;
    TypeError and ValueError for arguments that do not fit; OSError for a file;
    CUDAError for what fails in the CUDA driver.

    >>> import altgrad, numpy as np
    >>> rounded = altgrad.compile('''
    ...   func.func @rounded(%x: tensor<?xf32>) -> (tensor<?xf32>, f32) {
    ...     %amax = altgrad.amax %x : tensor<?xf32> -> f32
    ...     %scale = altgrad.compute_scale %amax in !altgrad.fp8<E5M2> : f32 -> f32
    ...     %y = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E5M2> : tensor<?xf32>, f32
    ...     return %y, %scale : tensor<?xf32>, f32
    ...   }
    ... ''', format="E3M4")
    >>> rounded.signature
    'rounded(tensor<?xf32>) -> (tensor<?xf32>, f32)'
    >>> rounded(np.array([124.0, 3.7], np.float32))
    (array([124.  ,   3.75], dtype=float32), 1.0)
    """
    return _compile(
        source, entry, "", format, options, cuda_options, pipeline, opt_level, libraries
    )


def vjp(
    source: str | bytes | os.PathLike[str] | Program,
    entry: str | None = None,
    *,
    wrt: Iterable[int] | None = None,
    results: Iterable[int] | None = None,
    format: Format | str | None = None,
    options: Mapping[str, object] | None = None,
    cuda_options: Mapping[str, object] | None = None,
    pipeline: str | None = None,
    opt_level: int | None = None,
    libraries: Iterable[str | os.PathLike[str]] = (),
) -> Program:
    """Compiles the vector-Jacobian product of a function of a program.

    ``altgrad-differentiate`` writes it, from the gradient rule of each operation.
    ``source`` is a program as for :func:`compile`, and ``entry`` its function; or
    ``source`` is what :func:`compile` returned, and everything is as it was there.
    The callable takes the function's arguments, then a cotangent for each of its
    float results, of that result's type. It returns the function's results, then
    the gradient of each float argument.

    - ``wrt``: the numbers of the arguments to have gradients of, instead of all;
    - ``results``: the numbers of the results to take cotangents of, instead of all;
    - the others: as for :func:`compile`.

    CompileError also for an operation that has no gradient rule, at its location.
    ValueError for an ``entry`` that is missing, or given beside a callable; so too
    for what belongs to :func:`compile`.

    >>> import altgrad, numpy as np
    >>> scaled_vjp = altgrad.vjp('''
    ...   func.func @scaled(%x: tensor<?xf32>, %s: f32) -> tensor<?xf32> {
    ...     %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E4M3FN> ste(clipped)
    ...       : tensor<?xf32>, f32
    ...     return %y : tensor<?xf32>
    ...   }
    ... ''', "scaled", wrt=[0])
    >>> scaled_vjp(np.array([1.0, 500.0], np.float32), 1.0, np.array([2.0, 2.0], np.float32))
    (array([  1., 448.], dtype=float32), array([2., 0.], dtype=float32))
    """
    if isinstance(source, Program):
        given = (entry, format, options, cuda_options, pipeline, opt_level, libraries or None)
        if any(value is not None for value in given):
            raise ValueError(
                f"expected nothing but wrt and results for {source.signature}, which is "
                "compiled already"
            )
        entry = source.name
    elif entry is None:
        raise ValueError("expected entry, the name of the function to differentiate")
    chosen = [f"functions={entry}"]
    for name, numbers in (("wrt", wrt), ("results", results)):
        if numbers is not None:
            chosen.append(f"{name}={','.join(str(int(number)) for number in numbers)}")
    differentiate = f"altgrad-differentiate{{{' '.join(chosen)}}}"
    if isinstance(source, Program):
        return _native.recompile(source, f"{entry}_vjp", differentiate)
    return _compile(
        source,
        f"{entry}_vjp",
        differentiate,
        format,
        options,
        cuda_options,
        pipeline,
        3 if opt_level is None else opt_level,
        libraries,
    )


def _compile(
    source: str | bytes | os.PathLike[str],
    entry: str | None,
    preparation: str,
    format: Format | str | None,
    options: Mapping[str, object] | None,
    cuda_options: Mapping[str, object] | None,
    pipeline: str | None,
    opt_level: int,
    libraries: Iterable[str | os.PathLike[str]],
) -> Program:
    """``compile`` after a textual pipeline ``preparation``."""
    if isinstance(source, str) and "\n" not in source and source.endswith((".mlir", ".mlirbc")):
        source = Path(source)
    if isinstance(source, os.PathLike):
        name = os.fspath(source)
        content = Path(source).read_bytes()
    else:
        name = "<string>"
        content = source.encode() if isinstance(source, str) else bytes(source)
    cuda_pipeline = ""
    if pipeline is None:
        pipeline = _pipeline(PIPELINE, {"target": "native"}, options)
        cuda_pipeline = _pipeline(CUDA_PIPELINE, {"chip": "$CHIP"}, cuda_options)
    elif options or cuda_options:
        raise ValueError(
            f"expected options or a pipeline but got both, {options or cuda_options} and "
            f"{pipeline!r}"
        )
    if format is not None:
        # Within quotes, because of the commas.
        text = _as_format(format).mlir_type.removeprefix("!altgrad.fp8<")[:-1]
        set_format = f'altgrad-set-format{{format="{text}"}}'
        preparation = f"{set_format},{preparation}" if preparation else set_format
    return _native.compile(
        content,
        name,
        entry or "",
        preparation,
        pipeline,
        cuda_pipeline,
        opt_level,
        [os.fspath(library) for library in libraries],
    )


def _as_format(format: Format | str) -> Format:
    from altgrad.format import Format

    return Format(format) if isinstance(format, str) else format


def _pipeline(name: str, settings: dict[str, str], options: Mapping[str, object] | None) -> str:
    """A pipeline with options, those given before those in ``settings``."""
    given = ((key.replace("_", "-"), _option(value)) for key, value in (options or {}).items())
    settings.update(given)
    return f"{name}{{{' '.join(f'{key}={value}' for key, value in settings.items())}}}"


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
