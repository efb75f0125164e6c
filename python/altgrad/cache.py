# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled code on disk.

Code is kept in ``$ALTGRAD_CACHE_DIR``, else ``$XDG_CACHE_HOME/altgrad``, else
``~/.cache/altgrad``; an empty ``ALTGRAD_CACHE_DIR`` keeps nothing. Its key is made
of the program, the pipeline with the chip of a GPU, the build of altgrad, LLVM's
version and the processor, so nothing in it is ever out of date; it can be deleted at
any time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from altgrad import _native

__all__ = ["Statistics", "clear", "get_directory", "set_directory", "statistics"]


class Statistics(NamedTuple):
    """What this process has done: programs ``compiled``, and ``loaded`` from disk."""

    compiled: int
    loaded: int


def get_directory() -> Path | None:
    """The directory, which need not exist yet, or None if nothing is kept."""
    directory = _native.get_cache_directory()
    return Path(directory) if directory else None


def set_directory(directory: str | os.PathLike[str] | None) -> None:
    """Keeps code in another directory from now on, or nowhere.

    >>> import altgrad.cache
    >>> previous = altgrad.cache.get_directory()
    >>> altgrad.cache.set_directory(None)
    >>> altgrad.cache.get_directory() is None
    True
    >>> altgrad.cache.set_directory(previous)
    """
    _native.set_cache_directory("" if directory is None else os.path.abspath(directory))


def clear() -> int:
    """Deletes the code in the directory; returns the number of files deleted."""
    directory = get_directory()
    number = 0
    for file in directory.glob("*.code") if directory else ():
        file.unlink(missing_ok=True)
        number += 1
    return number


def statistics() -> Statistics:
    """What this process has compiled and loaded so far."""
    return Statistics(*_native.get_cache_statistics())


def _default_directory() -> str | None:
    directory = os.environ.get("ALTGRAD_CACHE_DIR")
    if directory is not None:
        return directory or None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return str(Path(base) / "altgrad" if base else Path.home() / ".cache" / "altgrad")
    except RuntimeError:  # no home
        return None


set_directory(_default_directory())
