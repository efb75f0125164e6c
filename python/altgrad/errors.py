# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What goes wrong when a program is compiled, or on a CUDA device."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["CUDAError", "CompileError", "Diagnostic"]

_LINE = re.compile(r"(?:(?P<file>.*?):(?P<line>\d+):(?P<column>\d+): )?(?P<severity>error|note): ")
_FAILURE = re.compile(r"(?P<call>cu\w+) failed: (?P<name>\w+)")


class Diagnostic(NamedTuple):
    """One message of the compiler.

    ``file``, ``line`` and ``column`` (from 1) are None where the compiler named
    no place.
    """

    severity: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def location(self) -> str | None:
        """``file:line:column``, or None."""
        if self.file is None:
            return None
        return f"{self.file}:{self.line}:{self.column}"


class CompileError(ValueError):
    """A program that does not compile, with the compiler's messages.

    ``diagnostics`` are all of them, errors with the notes behind each;
    ``message`` and ``location`` are those of the first one.

    >>> import altgrad
    >>> try:
    ...     altgrad.compile("func.func @f(%x: f32) { return %y : f32 }")
    ... except altgrad.CompileError as error:
    ...     print(error.location, error.message)
    <string>:1:32 use of undeclared SSA value name
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.diagnostics = _parse(text)

    @property
    def message(self) -> str:
        return self.diagnostics[0].message

    @property
    def location(self) -> str | None:
        return self.diagnostics[0].location


class CUDAError(RuntimeError):
    """A call of the CUDA driver that failed, or that there is none to call.

    ``call`` is the driver's function and ``name`` its error, or None where the
    driver or a device is missing.

    >>> from altgrad import CUDAError
    >>> error = CUDAError("cuMemAlloc_v2 failed: CUDA_ERROR_OUT_OF_MEMORY (out of memory)")
    >>> error.call, error.name
    ('cuMemAlloc_v2', 'CUDA_ERROR_OUT_OF_MEMORY')
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        match = _FAILURE.search(text)
        self.call: str | None = match["call"] if match else None
        self.name: str | None = match["name"] if match else None


def _parse(text: str) -> tuple[Diagnostic, ...]:
    diagnostics: list[Diagnostic] = []
    for line in text.splitlines() or [""]:
        match = _LINE.match(line)
        if match:
            place = match["line"] and int(match["line"]), match["column"] and int(match["column"])
            diagnostics.append(
                Diagnostic(match["severity"], line[match.end() :], match["file"], *place)
            )
        elif diagnostics:
            # A message of several lines.
            last = diagnostics.pop()
            diagnostics.append(last._replace(message=last.message + "\n" + line))
        else:
            diagnostics.append(Diagnostic("error", line))
    return tuple(diagnostics)
