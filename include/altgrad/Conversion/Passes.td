//===- Passes.td - Conversions out of altgrad --------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_PASSES_TD
#define ALTGRAD_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertAltgradToLinalg
    : Pass<"convert-altgrad-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lower altgrad on tensors to linalg with elementwise primitives";
  let description = [{
    Turns each altgrad op on tensors into `linalg.generic` ops whose bodies are
    arith plus the primitives `altgrad.encode`, `altgrad.decode` and
    `altgrad.round` on scalars; ops on scalars and vectors become the same
    directly. Codes become `i8` everywhere: in tensors, function boundaries,
    block arguments and the types of other dialects' ops.

    Block scales split each dimension of `x` in two (`tensor.expand_shape`), so
    that all maps stay projected permutations.

    Example:

    ```mlir
    func.func @f(%x: tensor<?xf32>, %s: f32) -> tensor<?x!altgrad.fp8<E5M2>> {
      %q = altgrad.quantize %x, %s
          : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E5M2>>
      return %q : tensor<?x!altgrad.fp8<E5M2>>
    }
    // becomes
    func.func @f(%x: tensor<?xf32>, %s: f32) -> tensor<?xi8> {
      %e = tensor.empty(%d) : tensor<?xi8>
      %q = linalg.generic ins(%x) outs(%e) {
      ^bb0(%v: f32, %o: i8):
        %u = arith.divf %v, %s : f32
        %c = altgrad.encode %u in !altgrad.fp8<E5M2> : f32 -> i8
        linalg.yield %c : i8
      }
      return %q : tensor<?xi8>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertAltgradToArith
    : Pass<"convert-altgrad-to-arith", "::mlir::ModuleOp"> {
  let summary = "lower altgrad on scalars and vectors to arith";
  let description = [{
    Expands the primitives, and every other altgrad op on scalars and vectors,
    into integer and float arithmetic generated from the format's four
    parameters. This is the one place where numerics live; CPU and GPU share it.
    Codes become `i8` as in `convert-altgrad-to-linalg`. Ops on tensors are left
    alone: lower them to linalg first.

    The bits never depend on fast-math flags, on the vector length or on the
    target. What a `target` changes are the instructions, on vectors only:

    - with F16C, and on AArch64, formats that fit f16 are decoded by its
      conversion to f32;
    - with AVX-512 (x86-64-v4), vectors of 16, 32, ... f32 are encoded with
      tables and instructions for special values, as calls of LLVM's intrinsics;
      VBMI, VBMI2 and GFNI make that shorter.

    Such code needs a processor that has them: see `altgrad-set-cpu-target`.

    Example:

    ```mlir
    %c = altgrad.encode %x in !altgrad.fp8<E0M7> : f32 -> i8
    // becomes
    %bits = arith.bitcast %x : f32 to i32
    %magnitude = arith.andi %bits, %c0x7FFFFFFF : i32
    %clamped = arith.minui %magnitude, %largest : i32
    %value = arith.bitcast %clamped : i32 to f32
    %sum = arith.addf %value, %magic : f32        // rounds to multiples of 1/128
    ...
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"generic\"",
           "generic, native (the processor this runs on), or LLVM's name of an "
           "x86-64 processor or level (x86-64-v3, x86-64-v4, znver4, ...)">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // ALTGRAD_CONVERSION_PASSES_TD
