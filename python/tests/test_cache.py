# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled code on disk, across processes."""

import os
import stat
import subprocess
import sys

import numpy as np
import pytest

import altgrad
import altgrad.cache

SCRIPT = """
import numpy as np
import altgrad, altgrad.cache
x = np.linspace(-3, 3, 1000, dtype=np.float32)
y = altgrad.fake_quantize(x, "E6M1", 0.3)
f = altgrad.compile("func.func @f(%x: f32) -> f32 { %y = arith.addf %x, %x : f32 return %y : f32 }")
print(*altgrad.cache.statistics(), y.sum(dtype=np.float64), f(2.0))
"""


def run(directory, **environment):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "ALTGRAD_CACHE_DIR": str(directory), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    compiled, loaded, *results = result.stdout.split()
    return int(compiled), int(loaded), results


def test_other_processes_load(tmp_path):
    directory = tmp_path / "code"
    first = run(directory)
    second = run(directory)
    assert first[:2] == (2, 0)
    assert second[:2] == (0, 2)
    assert first[2] == second[2]
    files = sorted(directory.iterdir())
    assert len(files) == 2
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700

    # Damaged files are compiled again and replaced.
    for path in files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert run(directory) == first
    assert run(directory) == second


def test_nothing_is_kept(tmp_path):
    assert run("", HOME=str(tmp_path))[:2] == (2, 0)
    assert list(tmp_path.iterdir()) == []
    # Where nothing can be written, everything still works.
    file = tmp_path / "file"
    file.write_text("")
    assert run(file / "below")[:2] == (2, 0)


def test_default_directories(tmp_path):
    script = "import altgrad.cache; print(altgrad.cache.get_directory())"
    environment = {key: os.environ[key] for key in os.environ if key != "ALTGRAD_CACHE_DIR"}

    def where(**more):
        command = [sys.executable, "-c", script]
        output = subprocess.check_output(command, env={**environment, **more}, text=True)
        return output.strip()

    assert where(XDG_CACHE_HOME="/x") == "/x/altgrad"
    assert where(XDG_CACHE_HOME="", HOME="/home/me") == "/home/me/.cache/altgrad"
    assert where(ALTGRAD_CACHE_DIR="/y") == "/y"
    assert where(ALTGRAD_CACHE_DIR="") == "None"


@pytest.fixture
def directory(tmp_path):
    previous = altgrad.cache.get_directory()
    altgrad.cache.set_directory(tmp_path)
    yield tmp_path
    altgrad.cache.set_directory(previous)


def test_directory_and_clear(directory):
    assert altgrad.cache.get_directory() == directory
    altgrad.quantize(np.zeros(3, np.float32), altgrad.Format(1, 6, -9, "finite"))
    (directory / "mine.txt").write_text("kept")
    assert altgrad.cache.clear() == 1
    assert [path.name for path in directory.iterdir()] == ["mine.txt"]
    altgrad.cache.set_directory(None)
    assert altgrad.cache.clear() == 0
