# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls from several threads, and what runs while a kernel does."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import altgrad
import altgrad.cache


def test_first_calls_at_once(random):
    """Threads that want one kernel share it; it is compiled once."""
    x = random.standard_normal(2000).astype(np.float32)
    format = altgrad.Format(2, 5, -3, "fn")  # nobody else's
    before = altgrad.cache.statistics()
    start = threading.Barrier(8)

    def call(_):
        start.wait()
        return altgrad.quantize(x, format)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(call, range(8)))
    after = altgrad.cache.statistics()
    assert after.compiled + after.loaded == before.compiled + before.loaded + 1
    for result in results:
        assert np.array_equal(result, results[0])


def test_different_kernels_at_once(random):
    x = random.standard_normal(5000).astype(np.float32)
    formats = [altgrad.Format(2, 5, bias, "ieee") for bias in range(-6, 6)]
    expected = {
        format: np.array([format.encode(float(value)) for value in x], np.uint8)
        for format in formats
    }

    def call(index):
        format = formats[index % len(formats)]
        return np.array_equal(altgrad.quantize(x, format), expected[format])

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(call, range(60)))


def test_programs_at_once():
    def run(index):
        text = f"""
            func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {{
              %s = arith.constant {index + 1}.0 : f32
              %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : tensor<?xf32>, f32
              return %y : tensor<?xf32>
            }}"""
        x = np.linspace(-9, 9, 1000, dtype=np.float32)
        return np.array_equal(
            altgrad.compile(text)(x), altgrad.fake_quantize(x, "E5M2", index + 1.0)
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(8)))


@pytest.fixture
def no_forced_switches():
    """Threads lose the GIL only where they give it away themselves."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(interval)


def test_the_gil_is_released(no_forced_switches):
    """While a kernel runs in one thread, Python runs in another."""
    x = np.ones(1 << 24, np.float32)
    out = np.empty(1 << 24, np.uint8)
    altgrad.quantize(x, "E3M4", out=out)
    turns = 0
    advances = []
    done = threading.Event()

    def work():
        for _ in range(20):
            before = turns
            altgrad.quantize(x, "E3M4", out=out)
            advances.append(turns - before)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(1e-4)
    thread.join()
    assert max(advances) > 0
