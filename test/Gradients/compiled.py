"""Compiles a program with altgrad-opt and calls its functions from Python.

A number is a Python number, a tensor a pair of its sizes and a flat list of its
elements. The tools are found through PATH, the C++ compiler in CXX.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile

# 16-bit floats and codes are passed as their bits.
C_TYPES = {
    "f64": ctypes.c_double,
    "f32": ctypes.c_float,
    "f16": ctypes.c_uint16,
    "bf16": ctypes.c_uint16,
    "i64": ctypes.c_int64,
    "index": ctypes.c_int64,
    "i32": ctypes.c_int32,
    "i8": ctypes.c_uint8,
    "i1": ctypes.c_bool,
}


class Scalar:
    def __init__(self, element):
        self.element = element
        self.is_float = element in ("f64", "f32", "f16", "bf16")
        self.c_type = C_TYPES[element]

    def pack(self, value, keep):
        return self.c_type(value)

    def unpack(self, value):
        return value


class Tensor:
    def __init__(self, shape, element):
        self.shape = shape  # None for a dynamic size.
        self.element = element
        self.is_float = element in ("f64", "f32", "f16", "bf16")
        self.c_element = C_TYPES[element]
        rank = len(shape)
        fields = [
            ("allocated", ctypes.c_void_p),
            ("aligned", ctypes.c_void_p),
            ("offset", ctypes.c_int64),
        ]
        if rank:
            fields += [
                ("sizes", ctypes.c_int64 * rank),
                ("strides", ctypes.c_int64 * rank),
            ]
        self.c_type = type("MemRef", (ctypes.Structure,), {"_fields_": fields})

    def pack(self, value, keep):
        sizes, elements = value
        buffer = (self.c_element * max(1, len(elements)))(*elements)
        descriptor = self.c_type()
        descriptor.allocated = descriptor.aligned = ctypes.addressof(buffer)
        stride = 1
        for dim in reversed(range(len(sizes))):
            descriptor.sizes[dim] = sizes[dim]
            descriptor.strides[dim] = stride
            stride *= sizes[dim]
        keep += [buffer, descriptor]
        return ctypes.byref(descriptor)

    def unpack(self, descriptor):
        rank = len(self.shape)
        sizes = [descriptor.sizes[dim] for dim in range(rank)]
        size = ctypes.sizeof(self.c_element)
        elements = []

        def read(dim, offset):
            if dim == rank:
                address = descriptor.aligned + offset * size
                elements.append(self.c_element.from_address(address).value)
                return
            for i in range(sizes[dim]):
                read(dim + 1, offset + i * descriptor.strides[dim])

        read(0, descriptor.offset)
        return (sizes, elements)


def parse_types(text):
    types = []
    for word in re.findall(r"tensor<[^>]*>|[\w]+", text):
        match = re.fullmatch(r"tensor<((?:(?:\d+|\?)x)*)(\w+)>", word)
        if not match:
            types.append(Scalar(word))
            continue
        shape = [None if s == "?" else int(s) for s in match[1].split("x")[:-1]]
        types.append(Tensor(shape, match[2]))
    return types


class Function:
    def __init__(self, library, name, arguments, results):
        self.name, self.arguments, self.results = name, arguments, results
        self.entry = getattr(library, "_mlir_ciface_" + name)
        self.is_returned = len(results) == 1 and isinstance(results[0], Scalar)
        self.entry.restype = results[0].c_type if self.is_returned else None

    def call(self, arguments):
        keep = []
        packed = [
            type.pack(value, keep) for type, value in zip(self.arguments, arguments)
        ]
        if self.is_returned:
            return [self.entry(*packed)]
        fields = [(f"r{i}", type.c_type) for i, type in enumerate(self.results)]
        results = type("Results", (ctypes.Structure,), {"_fields_": fields})()
        self.entry(ctypes.byref(results), *packed)
        return [
            type.unpack(getattr(results, f"r{i}"))
            for i, type in enumerate(self.results)
        ]


class Compiled:
    """The program in `path` after `options` and altgrad-cpu-pipeline."""

    def __init__(self, path, options, pipeline_options=""):
        self.source = run(["altgrad-opt", path, *options])
        pipeline = f"--altgrad-cpu-pipeline=emit-c-interface {pipeline_options}"
        lowered = run(["altgrad-opt", pipeline.strip()], self.source)
        ir = run(["mlir-translate", "--mlir-to-llvmir"], lowered)
        directory = tempfile.TemporaryDirectory()
        library = os.path.join(directory.name, "program.so")
        compiler = os.environ.get("CXX", "clang++-22")
        options = ["-shared", "-fPIC", "-O1", "-Wno-override-module", "-xir", "-"]
        run([compiler, *options, "-o", library, "-lm"], ir)
        self.library = ctypes.CDLL(library)
        self.directory = directory

    def function(self, name):
        match = re.search(
            rf"func\.func (?:private )?@{name}\((.*?)\)(?: -> (.*?))?"
            r"(?: attributes \{.*\})? \{$",
            self.source,
            re.MULTILINE,
        )
        if not match:
            sys.exit(f"no function @{name}")
        arguments = re.sub(r"\{.*?\}|%\w+: ", "", match[1])
        return Function(
            self.library, name, parse_types(arguments), parse_types(match[2] or "")
        )


def run(command, text=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}:\n{result.stderr}")
    return result.stdout
