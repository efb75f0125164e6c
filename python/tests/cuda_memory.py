# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory of a CUDA device, as other libraries hand it over.

Nothing here is of the package: arrays are allocated and copied by the driver, and
speak the CUDA array interface or DLPack. The driver may be the emulator
(docs/Testing.md), whose memory the host cannot read either.
"""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np


@cache
def load_driver():
    """The driver with a context, or the reason why there is none."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        return f"no CUDA driver: {error}"
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return "no CUDA device"
    if count.value == 0:
        return "no CUDA device"
    return driver


def find_reason_to_skip() -> str | None:
    driver = load_driver()
    return driver if isinstance(driver, str) else None


def is_emulator() -> bool:
    driver = load_driver()
    if isinstance(driver, str):
        return False
    name = ctypes.create_string_buffer(256)
    driver.cuDeviceGetName(name, 255, 0)
    return b"emulator" in name.value


def call(name: str, *arguments) -> None:
    driver = load_driver()
    # A context belongs to a thread; all of them share the primary one.
    context = ctypes.c_void_p()
    driver.cuCtxGetCurrent(ctypes.byref(context))
    if not context:
        assert driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0) == 0
        assert driver.cuCtxSetCurrent(context) == 0
    error = getattr(driver, name)(*arguments)
    assert error == 0, f"{name}: {error}"


def make_stream() -> int:
    stream = ctypes.c_void_p()
    call("cuStreamCreate", ctypes.byref(stream), 1)
    return stream.value


class Memory:
    """Bytes on the device."""

    def __init__(self, size: int) -> None:
        self.address = ctypes.c_uint64()
        call("cuMemAlloc_v2", ctypes.byref(self.address), ctypes.c_size_t(max(size, 1)))

    def __del__(self) -> None:
        load_driver().cuMemFree_v2(self.address)


class CudaArray:
    """A copy of an array of NumPy on the device, with the CUDA array interface.

    In memory of its own, ``offset`` bytes from its start, in the order and with the
    gaps that the array has.
    """

    def __init__(self, array: np.ndarray, *, offset: int = 0, stream: int | None = None) -> None:
        self.array_shape, self.strides, self.type = array.shape, array.strides, array.dtype
        self.stream = stream
        low = high = 0
        for size, stride in zip(array.shape, array.strides):
            if size and stride < 0:
                low += (size - 1) * stride
            elif size:
                high += (size - 1) * stride
        self.size = high - low + array.itemsize if array.size else 0
        self.start = -low
        self.offset = offset
        self.memory = Memory(self.size + offset)
        self.host = np.zeros(self.size, np.uint8)
        self._view()[...] = array
        self._copy("cuMemcpyHtoD_v2")

    def _view(self) -> np.ndarray:
        return (
            np.ndarray(
                self.array_shape, self.type, self.host, offset=self.start, strides=self.strides
            )
            if self.size
            else np.empty(self.array_shape, self.type)
        )

    def _copy(self, name: str) -> None:
        if not self.size:
            return
        host = ctypes.c_void_p(self.host.ctypes.data)
        device = ctypes.c_uint64(self.memory.address.value + self.offset)
        arguments = (device, host) if "HtoD" in name else (host, device)
        call(name, *arguments, ctypes.c_size_t(self.size))

    @property
    def pointer(self) -> int:
        return self.memory.address.value + self.offset + self.start

    def numpy(self) -> np.ndarray:
        """What is on the device now."""
        call("cuCtxSynchronize")
        self._copy("cuMemcpyDtoH_v2")
        return self._view().copy()

    @property
    def __cuda_array_interface__(self) -> dict:
        interface = {
            "version": 3,
            "shape": self.array_shape,
            "typestr": self.type.str,
            "data": (self.pointer, False),
            "strides": self.strides,
        }
        if self.stream is not None:
            interface["stream"] = self.stream
        return interface


class Nowhere:
    """What looks like a CUDA array."""

    @property
    def __cuda_array_interface__(self) -> dict:
        return {"version": 3, "shape": (4,), "typestr": "<f4", "data": (4096, False)}


class _Tensor(ctypes.Structure):
    """DLManagedTensor."""


_Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Tensor))
_Tensor._fields_ = [
    ("data", ctypes.c_void_p),
    ("device_type", ctypes.c_int32),
    ("device_id", ctypes.c_int32),
    ("ndim", ctypes.c_int32),
    ("code", ctypes.c_uint8),
    ("bits", ctypes.c_uint8),
    ("lanes", ctypes.c_uint16),
    ("shape", ctypes.POINTER(ctypes.c_int64)),
    ("strides", ctypes.POINTER(ctypes.c_int64)),
    ("byte_offset", ctypes.c_uint64),
    ("manager", ctypes.c_void_p),
    ("deleter", _Deleter),
]
_LENT: dict[int, tuple] = {}


@_Deleter
def _delete(tensor) -> None:
    _LENT.pop(ctypes.addressof(tensor.contents))


class DLPackArray:
    """The same by DLPack. ``streams`` are those that consumers asked for."""

    def __init__(self, array: np.ndarray, *, device: int = 0, **options) -> None:
        self.cuda = CudaArray(array, **options)
        self.device = device
        self.streams: list[int | None] = []

    def numpy(self) -> np.ndarray:
        return self.cuda.numpy()

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, self.device)

    def __dlpack__(self, *, stream: int | None = None):
        self.streams.append(stream)
        kind = self.cuda.type
        rank = len(self.cuda.array_shape)
        numbers = ctypes.c_int64 * rank
        shape = numbers(*self.cuda.array_shape)
        strides = numbers(*(stride // kind.itemsize for stride in self.cuda.strides))
        code = 4 if kind.name == "bfloat16" else {"i": 0, "u": 1, "f": 2, "b": 6}[kind.kind]
        tensor = _Tensor(
            self.cuda.pointer,
            2,
            self.device,
            rank,
            code,
            8 * kind.itemsize,
            1,
            shape,
            strides,
            0,
            None,
            _delete,
        )
        _LENT[ctypes.addressof(tensor)] = (tensor, shape, strides, self.cuda)
        make = ctypes.pythonapi.PyCapsule_New
        make.restype = ctypes.py_object
        make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return make(ctypes.addressof(tensor), b"dltensor", None)


def lent() -> int:
    """Tensors that consumers of DLPack have not given back."""
    return len(_LENT)
