# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests share."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import altgrad
import altgrad.cache

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Code of the tests goes nowhere near the user's."""
    altgrad.cache.set_directory(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def random():
    return np.random.default_rng(5)


def read_golden(name: str) -> list[dict[str, int]]:
    """The rows of a list in test/golden, with all their numbers."""
    with open(GOLDEN / name, newline="") as file:
        return [{key: row[key] for key in row} for row in csv.DictReader(file)]


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal bit for bit, all NaNs being one."""
    a, b = np.asarray(a), np.asarray(b)
    unsigned = f"u{a.dtype.itemsize}"
    nan = (a != a) & (b != b)
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and bool(np.all((a.view(unsigned) == b.view(unsigned)) | nan))
    )
