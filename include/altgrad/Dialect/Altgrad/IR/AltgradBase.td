//===- AltgradBase.td - The altgrad dialect ----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect itself and the type constraints its operations share.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BASE_TD
#define ALTGRAD_BASE_TD

include "mlir/IR/OpBase.td"

def Altgrad_Dialect : Dialect {
  let name = "altgrad";
  let cppNamespace = "::altgrad";
  let summary = "8-bit float formats of any split, and arithmetic on them";
  let description = [{
    A type for 8-bit floats of any exponent/mantissa split, bias and set of
    special values, and the operations that quantized training needs: quantize,
    dequantize, fake-quantize, amax and its history, scale and bit stall.

    **Codes and values.** A *code* is the bit pattern of one number; its type is
    `!altgrad.fp8<...>`. A *value* has an ordinary float type, the *expressed*
    type. No operation computes on codes; they are made by `quantize` and read
    by `dequantize`.

    **Encoding.** `encode(x)` is the code of the value of the format nearest to
    `x`, with one rounding whatever the type of `x`; `rounding(nearest_even)` is
    the only mode so far. A tie goes to the even mantissa field; without a
    mantissa field to the smaller magnitude. Subnormal numbers, of the format and
    of the input, are exact citizens: nothing flushes them to zero. The sign of
    zero survives, except in `fnuz` formats, which have one zero. Past the
    largest finite value rounding acts as if the grid went on one step: what
    rounds to that step or beyond overflows (448 < x <= 464 is 448 in E4M3FN).
    Then `overflow(saturate)`, the default, gives the largest finite value with
    the sign of `x`, and so do infinities; `overflow(infinity)` gives infinity
    (`ieee`) or NaN (`fn`, `fnuz`); `finite` formats saturate all the same. NaN
    gives the canonical NaN, 0x7F (`ieee`, `fn`) or 0x80 (`fnuz`), and +0 in a
    format without NaN. `decode(code)` is the value of a code, exact in f32.

    **The scale divides.** `quantize` encodes `x / scale`, with one IEEE 754
    division rounded in the element type of `x`. The scale has that element type
    too. Without a scale operand the scale is 1.

    **One rule for granularity.** A scale is a scalar, or a tensor (vector) of
    the rank of `x` each of whose dimensions divides the matching dimension of
    `x`. Element `i` of `x` uses scale element `i_k / (d_k / s_k)` in every
    dimension `k`. So `1x1` is per tensor, `Nx1` is per row and `1x(K/32)` is
    per block of 32 along a row. The result of `amax` follows the same rule.
    Three constraints carry it through all operations:

    - (S1) the scale has the element type of `x`;
    - (S2) the scale is a scalar, or of the same kind (tensor, vector) and rank
      as `x`;
    - (S3) every static dimension of the scale divides the one of `x`; 0 divides
      only 0;
    - (S4) along a scalable dimension of a vector the scale has size 1 or that
      same dimension.

    That the dynamic dimensions divide at run time is the program's promise.
    Where they do not, the elements that fill no block are left out of the
    result; nothing is accessed out of bounds.

    **Clauses** (`rounding`, `overflow`, `ste`, ...) stand behind the operands in
    the order in which an operation's syntax lists them; a default is not
    printed.

    **State is a value.** The amax history is an operand and a result, never a
    hidden variable.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{
    /// Registers the types; where their storage is complete.
    void registerTypes();
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

//===----------------------------------------------------------------------===//
// Type constraints
//===----------------------------------------------------------------------===//

def Altgrad_Float : AnyTypeOf<[F16, BF16, F32, F64],
    "f16, bf16, f32 or f64">;

// Encodings (sparse tensors) would have to be understood by every lowering.
class Altgrad_PlainTensorOf<list<Type> elements, string summary>
    : ConfinedType<RankedTensorOf<elements>,
        [CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">],
        summary>;

def Altgrad_FloatTensor : Altgrad_PlainTensorOf<[Altgrad_Float],
    "ranked tensor of f16, bf16, f32 or f64 without an encoding">;
def Altgrad_I8Tensor : Altgrad_PlainTensorOf<[I8],
    "ranked tensor of i8 without an encoding">;

def Altgrad_FloatLike : AnyTypeOf<
    [Altgrad_Float, VectorOfAnyRankOf<[Altgrad_Float]>, Altgrad_FloatTensor],
    "f16, bf16, f32 or f64, or a vector or ranked tensor of it">;
def Altgrad_F32Like : AnyTypeOf<
    [F32, VectorOfAnyRankOf<[F32]>,
     Altgrad_PlainTensorOf<[F32], "ranked tensor of f32 without an encoding">],
    "f32, or a vector or ranked tensor of it">;
def Altgrad_I8Like : AnyTypeOf<
    [I8, VectorOfAnyRankOf<[I8]>, Altgrad_I8Tensor],
    "i8, or a vector or ranked tensor of it">;

#endif // ALTGRAD_BASE_TD
