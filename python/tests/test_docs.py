# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples in docstrings, and the stubs of what is not written in Python."""

import ast
import doctest
import importlib
import inspect
import pkgutil

import pytest
from conftest import ROOT

import altgrad
from altgrad import _native

MODULES = ["altgrad"] + [
    info.name
    for info in pkgutil.walk_packages(altgrad.__path__, "altgrad.")
    if info.name != "altgrad._native"
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    if "torch" in name or "quantization" in name:
        pytest.importorskip("torch")
    pytest.importorskip("ml_dtypes")
    results = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert results.failed == 0


def get_public(module):
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            yield f"{module.__name__}.{name}", thing


@pytest.mark.parametrize(
    "module", ["altgrad", "altgrad.cuda", "altgrad.torch", "altgrad.quantization"]
)
def test_everything_public_is_documented(module):
    if module not in ("altgrad", "altgrad.cuda"):
        pytest.importorskip("torch")
    for name, thing in get_public(importlib.import_module(module)):
        assert thing.__doc__, name
        if inspect.isfunction(thing):
            assert ">>>" in thing.__doc__, f"{name} has no example"
            for parameter in inspect.signature(thing).parameters.values():
                assert parameter.annotation is not parameter.empty, f"{name}: {parameter}"


def test_stubs_are_complete():
    text = (ROOT / "python" / "altgrad" / "_native.pyi").read_text()
    stubs = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            stubs[node.name] = {item.name for item in node.body if hasattr(item, "name")}
        elif isinstance(node, ast.FunctionDef):
            stubs[node.name] = None
        elif isinstance(node, ast.AnnAssign):
            stubs[node.target.id] = None
    own = {name for name in vars(_native) if not name.startswith("__") or name == "__version__"}
    assert own == set(stubs)
    for name, members in stubs.items():
        if members is not None:
            found = set(vars(getattr(_native, name)))
            special = {member for member in members if member.startswith("__")}
            assert special <= found, name
            if name not in ("DeviceArray", "Program"):  # nobody makes these
                assert "__init__" in special
            assert {member for member in found if not member.startswith("__")} == (
                members - special
            ), name


def test_version():
    assert altgrad.__version__ == _native.__version__
    assert altgrad.llvm_version.startswith("22.")
    assert (ROOT / "python" / "altgrad" / "py.typed").exists()
    assert f"project(altgrad VERSION {altgrad.__version__}" in (ROOT / "CMakeLists.txt").read_text()
