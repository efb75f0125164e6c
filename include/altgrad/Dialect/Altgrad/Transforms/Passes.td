//===- Passes.td - Passes from altgrad to altgrad ----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_ALTGRAD_TRANSFORMS_PASSES_TD
#define ALTGRAD_DIALECT_ALTGRAD_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AltgradDifferentiate : Pass<"altgrad-differentiate", "::mlir::ModuleOp"> {
  let summary = "write the vector-Jacobian products of functions";
  let description = [{
    For each chosen function `f` adds `f_vjp`, which takes the arguments of `f`
    and a cotangent for each of its results of float type, and returns the
    results of `f` and the gradient of each of its arguments of float type:

    ```
    f_vjp(arguments..., cotangents...) -> (results..., gradients...)
    ```

    The gradients come from the rules that operations implement with
    `DifferentiableOpInterface`. An operation between an argument and a result
    that has none is an error. Pairs of `altgrad.quantize` and
    `altgrad.dequantize` become `altgrad.fake_quantize` first, and calls on the
    way are inlined. A declaration of `f_vjp` is replaced, so the program may
    call it.

    Example:

    ```mlir
    func.func @square(%x: f32) -> f32 {
      %y = arith.mulf %x, %x : f32
      return %y : f32
    }
    // gets beside it
    func.func @square_vjp(%x: f32, %g: f32) -> (f32, f32) {
      %y = arith.mulf %x, %x : f32
      %half = arith.mulf %g, %x : f32
      %gradient = arith.addf %half, %half : f32
      return %y, %gradient : f32, f32
    }
    ```
  }];
  let options = [
    ListOption<"functions", "functions", "std::string",
               "The functions to differentiate (default: all public ones with a "
               "body and with an argument and a result of float type)">,
    ListOption<"wrt", "wrt", "int64_t",
               "The indices of the arguments that get a gradient (default: all "
               "of float type)">,
    ListOption<"results", "results", "int64_t",
               "The indices of the results that have a cotangent (default: all "
               "of float type). No gradient comes from the others">,
    Option<"suffix", "suffix", "std::string", /*default=*/"\"_vjp\"",
           "What is appended to the name of a function">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect", "::altgrad::AltgradDialect"
  ];
}

def AltgradSetFormat : Pass<"altgrad-set-format"> {
  let summary = "rewrite the formats of a program";
  let description = [{
    Replaces `!altgrad.fp8` types by the format of the option everywhere: in
    operands, results, block arguments, function types and the `format`
    attributes. So one file can be studied in all formats.

    With `from`, only that format is replaced.

    The `cotangent_format` of `altgrad.quantize` and `altgrad.fake_quantize` is
    another decision and stays as it is. The option `cotangent-format` sets it on
    all of them, alone or together with `format`.

    Codes that are written down mean nothing in another format: a program with
    an `altgrad.constant` of a replaced format is refused, and so is one with an
    `altgrad.bitcast` between it and a builtin float type.

    Example, with `format=E5M2`:

    ```mlir
    %q = altgrad.quantize %x, %s : tensor<4xf32>, f32 -> tensor<4x!altgrad.fp8<E4M3FN>>
    // becomes
    %q = altgrad.quantize %x, %s : tensor<4xf32>, f32 -> tensor<4x!altgrad.fp8<E5M2>>
    ```
  }];
  let options = [
    Option<"format", "format", "std::string", /*default=*/"\"\"",
           "The new format, as inside !altgrad.fp8<...>: E5M2 or "
           "'E5M2, bias = 15, ieee'">,
    Option<"from", "from", "std::string", /*default=*/"\"\"",
           "The format to replace, written the same way (default: every one)">,
    Option<"cotangentFormat", "cotangent-format", "std::string",
           /*default=*/"\"\"",
           "The cotangent_format of each quantize and fake_quantize, written the "
           "same way, or none (default: leave them as they are)">
  ];
}

def AltgradSetFastMath : Pass<"altgrad-set-fast-math"> {
  let summary = "allow reciprocals of scales";
  let description = [{
    Sets `fastmath<arcp>` on each `altgrad.quantize`, `altgrad.fake_quantize` and
    `altgrad.stall`, so that a division by a run-time scale becomes a
    multiplication. This can change the last bit of a quotient, and so a code
    where the quotient is next to the middle of two. It touches nothing else.

    Example:

    ```mlir
    %q = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : tensor<4xf32>, f32
    // becomes
    %q = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> fastmath<arcp>
        : tensor<4xf32>, f32
    ```
  }];
}

def AltgradCheckLowered : Pass<"altgrad-check-lowered"> {
  let summary = "fail if anything but the target's dialects is left";
  let description = [{
    The last pass of a pipeline. Conversions to LLVM are partial: an operation
    that none of them knows stays behind without a word. This pass makes it an
    error at the operation's location.

    With `target=llvm`, the default, only `llvm` and `omp` operations may remain
    beside `builtin.module`; in particular no `builtin.unrealized_conversion_cast`.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"llvm\"",
           "What the program was lowered to: llvm">
  ];
}

#endif // ALTGRAD_DIALECT_ALTGRAD_TRANSFORMS_PASSES_TD
