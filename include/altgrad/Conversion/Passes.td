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

    What stands in a `gpu.module` is expanded for the chips that its
    `#nvvm.target` attributes name, whatever `target` says; GPUs have

    - the clamp of `round` as `arith.minimumf` and `arith.maximumf` (sm_80 and
      later);
    - `encode` in floating-point operations where there is a choice, and four
      codes put together as one integer.

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
           "x86-64 processor or level (x86-64-v3, x86-64-v4, znver4, ...) or "
           "of an NVIDIA chip (sm_90, ...)">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertAltgradToNVVM : Pass<"convert-altgrad-to-nvvm"> {
  let summary = "lower altgrad to the conversion instructions of NVIDIA chips";
  let description = [{
    Rewrites `encode`, `decode` and `round` in E4M3FN and E5M2, on scalars and
    vectors of f32, f16 and bf16, into NVVM's conversions: two elements in one
    instruction, on chips that have them (sm_89 with PTX 8.1, sm_90 and later).
    Other altgrad ops on scalars and vectors become these primitives first.

    The bits are those of `convert-altgrad-to-arith`, which takes what is left:
    other formats, other chips, `overflow = infinity` and f64.

    Works on the code in each `gpu.module`, for the chips that its
    `#nvvm.target` attributes name; with `chip`, on all code below the operation
    that it runs on.

    Example:

    ```mlir
    %c = altgrad.encode %x in !altgrad.fp8<E5M2>
        : vector<2xf32> -> vector<2xi8>
    // becomes
    %low = vector.extract %x[0] : f32 from vector<2xf32>
    %high = vector.extract %x[1] : f32 from vector<2xf32>
    %pair = nvvm.convert.f32x2.to.f8x2 %high, %low
        {rnd = #nvvm.fp_rnd_mode<rn>, sat = #nvvm.sat_mode<satfinite>}
        : i16(f8E5M2)
    %pairs = vector.from_elements %pair : vector<1xi16>
    %c = vector.bitcast %pairs : vector<1xi16> to vector<2xi8>
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"\"",
           "LLVM's name of the chip (sm_90, ...), in place of the attributes of "
           "gpu.module">,
    Option<"ptx", "ptx", "unsigned", /*default=*/"0",
           "The version of PTX for `chip`: 78 is 7.8; 0 is the oldest that has "
           "the chip's conversions">,
    Option<"native", "native", "bool", /*default=*/"true",
           "Use the instructions; without, everything is left for "
           "convert-altgrad-to-arith">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertFloatToNVVM : Pass<"convert-float-to-nvvm"> {
  let summary = "use instructions for floats that LLVM does not find";
  let description = [{
    Rewrites arithmetic in each `gpu.module` into instructions of its chip, where
    LLVM 22.1 would take more of them or one for each element:

    - `arith.truncf` from f32 to bf16 and `arith.extf` back, on vectors of 2, 4,
      ... elements: conversions of two elements at once, and shifts (sm_80);
    - `math.fma` of bf16, rounded once (sm_80);
    - minima and maxima of magnitudes with a sign, that is `math.copysign` of
      `arith.minimumf` or `arith.maximumf` of `math.absf` and a positive constant:
      `min.NaN.xorsign.abs` (sm_86);
    - on vectors of 2, 4, ... bf16, which are two to a register, arithmetic and
      comparisons, and sums of the latter's results (sm_90).

    Example:

    ```mlir
    %y = arith.truncf %x : vector<2xf32> to vector<2xbf16>
    // becomes
    %low = vector.extract %x[0] : f32 from vector<2xf32>
    %high = vector.extract %x[1] : f32 from vector<2xf32>
    %y = nvvm.convert.f32x2.to.bf16x2 %high, %low
        {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // ALTGRAD_CONVERSION_PASSES_TD
