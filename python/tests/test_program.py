# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""altgrad.compile: arguments, results, and what it says of wrong ones."""

import ml_dtypes
import numpy as np
import pytest
from conftest import ROOT

import altgrad

STUDY = ROOT / "examples" / "format-study" / "study.mlir"


def test_a_file_and_its_functions(random):
    w = random.standard_normal((30, 20)).astype(np.float32)
    choose = altgrad.compile(STUDY, "choose_scale")
    assert choose.name == "choose_scale"
    assert choose.signature == "choose_scale(tensor<?x?xf32>) -> f32"
    scale = choose(w)
    assert scale == altgrad.compute_scale(altgrad.amax(w), "E4M3FN")
    stall = altgrad.compile(str(STUDY), "stall", format="E3M4")
    counts = stall(w, w * np.float32(0.1), 0.05, scale)
    assert counts == altgrad.stall(w, w * np.float32(0.1), 0.05, "E3M4", scale)


@pytest.mark.parametrize("format", ["E5M2", altgrad.Format(3, 4, 5, "finite")])
def test_in_another_format(format, random):
    x = random.standard_normal(100).astype(np.float32)
    rounded = altgrad.compile(
        """
        func.func @rounded(%x: tensor<?xf32>) -> tensor<?xf32> {
          %y = altgrad.fake_quantize %x in !altgrad.fp8<E4M3FN> : tensor<?xf32>
          return %y : tensor<?xf32>
        }""",
        format=format,
    )
    assert np.array_equal(rounded(x), altgrad.fake_quantize(x, format))


def test_bytecode(tmp_path):
    import shutil
    import subprocess

    tool = shutil.which("mlir-opt-22")
    if tool is None:
        pytest.skip("mlir-opt-22 was not found")
    text = "func.func @twice(%x: f64) -> f64 { %y = arith.addf %x, %x : f64 return %y : f64 }"
    file = tmp_path / "twice.mlirbc"
    subprocess.run([tool, "--emit-bytecode", "-o", file], input=text.encode(), check=True)
    assert altgrad.compile(file)(21.0) == 42.0
    assert altgrad.compile(file.read_bytes())(21.0) == 42.0


def identity(type, parameter=None):
    return altgrad.compile(
        f"func.func @same(%x: {parameter or type}) -> {type} {{ return %x : {type} }}"
    )


@pytest.mark.parametrize(
    "type, dtype",
    [
        ("f16", np.float16),
        ("bf16", ml_dtypes.bfloat16),
        ("f32", np.float32),
        ("f64", np.float64),
        ("i1", np.bool_),
        ("i8", np.int8),
        ("i16", np.int16),
        ("i32", np.int32),
        ("i64", np.int64),
        ("index", np.int64),
    ],
)
def test_element_types(type, dtype):
    x = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    y = identity(f"tensor<?x3x{type}>")(x)
    assert y.dtype == dtype and np.array_equal(y, x) and not np.shares_memory(x, y)
    for layout in (x.T.copy().T, x[::-1, ::-1], x[:1], x[:0]):
        assert np.array_equal(identity(f"tensor<?x3x{type}>")(layout), layout)
    value = identity(type)(x[0, 1])
    assert value == 1 and isinstance(value, (bool, int, float))


def test_codes():
    codes = np.array([0x38, 0xC4], np.uint8)
    both = altgrad.compile(
        """
        func.func @both(%q: tensor<?x!altgrad.fp8<E4M3FN>>, %c: !altgrad.fp8<E4M3FN>)
            -> (tensor<?xf32>, tensor<?x!altgrad.fp8<E4M3FN>>, !altgrad.fp8<E4M3FN>) {
          %x = altgrad.dequantize %q : tensor<?x!altgrad.fp8<E4M3FN>> -> tensor<?xf32>
          return %x, %q, %c : tensor<?xf32>, tensor<?x!altgrad.fp8<E4M3FN>>, !altgrad.fp8<E4M3FN>
        }"""
    )
    for array in (codes, codes.view(np.int8), altgrad.E4M3FN.view(codes)):
        x, q, c = both(array, 0xB8)
        assert x.tolist() == [1.0, -3.0]
        assert q.dtype == np.uint8 and np.array_equal(q, codes)
        assert c == 0xB8
    with pytest.raises(TypeError, match="expected argument 0 of uint8 .* but got float8"):
        both(codes.view(ml_dtypes.float8_e5m2), 0)


def test_numbers():
    mixed = altgrad.compile(
        """
        func.func @mixed(%a: f16, %b: bf16, %c: i32, %d: i1)
            -> (f16, bf16, f64, i32, i1, i8, index) {
          %e = arith.extf %a : f16 to f64
          %f = arith.constant -7 : i8
          %g = arith.index_cast %c : i32 to index
          return %a, %b, %e, %c, %d, %f, %g : f16, bf16, f64, i32, i1, i8, index
        }"""
    )
    third = float(np.float16(1 / 3))
    assert mixed(1 / 3, 1 / 3, -5, True) == (
        third,
        float(ml_dtypes.bfloat16(1 / 3)),
        third,
        -5,
        True,
        -7,
        -5,
    )


def test_memrefs_are_written_in_place():
    double = altgrad.compile(
        """
        func.func @double(%x: memref<?x?xf32, strided<[?, ?], offset: ?>>) {
          linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>],
                          iterator_types = ["parallel", "parallel"]}
              outs(%x : memref<?x?xf32, strided<[?, ?], offset: ?>>) {
          ^bb0(%a: f32):
            %b = arith.addf %a, %a : f32
            linalg.yield %b : f32
          }
          return
        }"""
    )
    x = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert double(x[::2, ::-3]) is None
    expected = np.arange(24, dtype=np.float32).reshape(4, 6)
    expected[::2, ::-3] *= 2
    assert np.array_equal(x, expected)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="expected argument 0 to be writable"):
        double(x)


def test_tensors_are_values(random):
    """A program that could work in place leaves the caller's array alone."""
    add = altgrad.compile(
        """
        func.func @add(%x: tensor<?xf32>) -> tensor<?xf32> {
          %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>],
                               iterator_types = ["parallel"]} outs(%x : tensor<?xf32>) {
          ^bb0(%a: f32):
            %b = arith.addf %a, %a : f32
            linalg.yield %b : f32
          } -> tensor<?xf32>
          return %y : tensor<?xf32>
        }"""
    )
    x = random.standard_normal(100).astype(np.float32)
    before = x.copy()
    x.flags.writeable = False
    assert np.array_equal(add(x), before + before)
    assert np.array_equal(x, before)


def test_results_own_their_memory():
    both = altgrad.compile(
        """
        func.func @both(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
          %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
          return %x, %x, %c : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
        }"""
    )
    x = np.zeros(4, np.float32)
    for _ in range(3):
        a, b, c = both(x)
        a += 1
        c += 1
        assert x.tolist() == b.tolist() == [0, 0, 0, 0]
        assert both(x)[2].tolist() == [1, 2, 3, 4]


def test_torch(random):
    torch = pytest.importorskip("torch")
    halves = altgrad.compile(
        """
        func.func @halves(%x: tensor<?xbf16>) -> (tensor<?xbf16>, bf16) {
          %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : tensor<?xbf16>
          %m = altgrad.amax %x : tensor<?xbf16> -> bf16
          return %y, %m : tensor<?xbf16>, bf16
        }"""
    )
    x = torch.randn(50).to(torch.bfloat16)
    y, m = halves(x)
    assert isinstance(y, torch.Tensor) and y.dtype == torch.bfloat16
    assert torch.equal(y, altgrad.fake_quantize(x, "E5M2"))
    assert m == x.abs().max().item()


def test_options_and_levels(random):
    text = STUDY.read_text()
    x = random.standard_normal((64, 32)).astype(np.float32)
    expected = altgrad.compute_scale(altgrad.amax(x), "E4M3FN")
    for arguments in (
        {"options": {"threads": 2}},
        {"options": {"target": "generic"}},
        {"options": {"vector_width": 128, "fast-math": True}},
        {"pipeline": "altgrad-cpu-pipeline{vector-width=256}"},
        {"opt_level": 0},
    ):
        assert altgrad.compile(text, "choose_scale", **arguments)(x) == expected
    with pytest.raises(ValueError, match="expected options or a pipeline but got both"):
        altgrad.compile(text, "stall", options={"threads": 2}, pipeline="a{b=c}")


ADD = "func.func @add(%x: tensor<2x?xf32>, %n: i32) -> i32 { return %n : i32 }"


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((), TypeError, r"expected 2 arguments for add\(tensor<2x\?xf32>, i32\) -> i32 but got 0"),
        ((1.0, 1), TypeError, "expected argument 0 to be an array"),
        (
            (np.zeros((2, 2)), 1),
            TypeError,
            r"expected argument 0 of float32 \(tensor<2x\?xf32>\) but got float64",
        ),
        (
            (np.zeros((3, 2), np.float32), 1),
            ValueError,
            r"expected argument 0 of tensor<2x\?xf32> but got shape \(3, 2\)",
        ),
        ((np.zeros(2, np.float32), 1), ValueError, r"but got shape \(2,\)"),
        (
            (np.zeros((2, 2), np.float32), 1.5),
            TypeError,
            "expected argument 1 to be an integer but got float",
        ),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        altgrad.compile(ADD)(*arguments)


@pytest.mark.parametrize(
    "text, location, message",
    [
        ("func.func @f(", "<string>:1:13", "expected"),
        (
            "func.func @f(%x: f32) -> f32 {\n"
            "  %y = altgrad.fake_quantize %x in !altgrad.fp8<E9M9> : f32\n"
            "  return %y : f32\n}",
            "<string>:2:49",
            "expected a named format",
        ),
        (
            "func.func @f(%x: tensor<4xf32>, %s: tensor<3xf32>) -> tensor<4xf32> {\n"
            "  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2>"
            " : tensor<4xf32>, tensor<3xf32>\n"
            "  return %y : tensor<4xf32>\n}",
            "<string>:2:8",
            "expected",
        ),
        (
            "func.func @f(%x: tensor<*xf32>) {\n  return\n}",
            "<string>:1:1",
            "expected parameter 0 to be a number, a ranked tensor",
        ),
        (
            "func.func private @g(f32)\nfunc.func @f(%x: f32) {\n"
            "  func.call @g(%x) : (f32) -> ()\n  return\n}",
            None,
            "no library defines what the program calls: g",
        ),
        ("func.func private @f(f32)", None, "expected one public function.* but got none"),
        (
            "func.func @f() { return }\nfunc.func @g() { return }",
            None,
            "expected one public function, or the name of one but got these: f, g",
        ),
    ],
)
def test_programs_that_do_not_compile(text, location, message):
    with pytest.raises(altgrad.CompileError, match=message) as caught:
        altgrad.compile(text)
    assert caught.value.location == location
    assert isinstance(caught.value, ValueError)


def test_notes_and_files(tmp_path):
    file = tmp_path / "program.mlir"
    file.write_text("func.func @f() {\n  return\n}\nfunc.func @f() {\n  return\n}\n")
    with pytest.raises(altgrad.CompileError) as caught:
        altgrad.compile(file)
    error, shown, note = caught.value.diagnostics
    assert (error.severity, error.file, error.line, error.column) == ("error", str(file), 4, 1)
    assert error.message == caught.value.message == "redefinition of symbol named 'f'"
    assert shown.message.splitlines()[0] == "see current operation: "
    assert (note.severity, note.line) == ("note", 1)
    with pytest.raises(OSError):
        altgrad.compile(tmp_path / "missing.mlir")
    with pytest.raises(altgrad.CompileError, match="expected a public function 'g' but got"):
        altgrad.compile("func.func @f() { return }", "g")
    with pytest.raises(altgrad.CompileError, match="in pipeline 'no-such-pass'"):
        altgrad.compile("func.func @f() { return }", pipeline="no-such-pass")


def test_pickling_of_errors():
    import pickle

    with pytest.raises(altgrad.CompileError) as caught:
        altgrad.compile("func.func @f(")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.diagnostics == caught.value.diagnostics
