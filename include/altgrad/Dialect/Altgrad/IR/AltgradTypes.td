//===- AltgradTypes.td - The 8-bit float type --------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `!altgrad.fp8`: a code's type carries all four parameters of its format, so
// that no pass needs a registry to know what a code means.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_TYPES_TD
#define ALTGRAD_TYPES_TD

include "altgrad/Dialect/Altgrad/IR/AltgradBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"

def Altgrad_FP8Type : TypeDef<Altgrad_Dialect, "FP8",
    [MemRefElementTypeInterface, VectorElementTypeInterface]> {
  let mnemonic = "fp8";
  let summary = "8-bit float of any exponent/mantissa split, bias and specials";
  let description = [{
    The type of a code: one sign bit, `E` exponent bits, `M` mantissa bits,
    sign-magnitude, in 8 bits.

    ```
    E = 0      value = (-1)^s * m / 2^M                        fixed point
    e = 0      value = (-1)^s * 2^(1-bias) * m / 2^M           zero, subnormal
    otherwise  value = (-1)^s * 2^(e-bias) * (1 + m / 2^M)     normal
    ```

    ```
    type ::= `!altgrad.fp8` `<` name `>`
           | `!altgrad.fp8` `<` `E`int`M`int `,` `bias` `=` int `,` specials `>`
    specials ::= `finite` | `ieee` | `fn` | `fnuz`
    ```

    The named formats (E0M7, E1M6, E3M4, E5M2, E7M0, E2M5, E6M1, E4M3FN, E4M3,
    E3M4IEEE, E4M3FNUZ, E5M2FNUZ, E4M3B11FNUZ) are sugar of the parser. Printing
    always shows bias and specials, because a split alone names several formats.

    `specials` says which codes are not numbers: none (`finite`); exponent all
    ones is infinity (m = 0) or NaN (`ieee`); exponent and mantissa all ones is NaN
    (`fn`); the code 0x80 is NaN and there is no negative zero (`fnuz`).

    Constraints:

    - (T1) `E + M = 7`;
    - (T2) `E = 0` needs bias 0, for it has no exponent to bias;
    - (T3) `E = 0` cannot be `ieee`, which would reserve every code;
    - (T4) every finite value is exact in f32.

    A code is stored in one byte and becomes `i8` in
    `convert-altgrad-to-linalg`. The type can be an element of tensors, vectors
    and memrefs.

    Example:

    ```mlir
    !altgrad.fp8<E4M3FN>
    !altgrad.fp8<E4M3, bias = 7, fn>  // the same type
    !altgrad.fp8<E3M4, bias = 5, finite>
    ```
  }];
  let parameters = (ins "unsigned":$exponentBits, "unsigned":$mantissaBits,
                        "int":$bias, "::altgrad::Specials":$specials);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "const ::altgrad::Format &":$format), [{
      return $_get($_ctxt, format.getExponentBits(), format.getMantissaBits(),
                   format.getBias(), format.getSpecials());
    }]>
  ];
  let extraClassDeclaration = [{
    /// The arithmetic of this type: encode, decode and limits.
    ::altgrad::Format getFormat() const;

    /// Bits of storage of one code.
    static constexpr unsigned kBitWidth = 8;
  }];
}

def Altgrad_FP8Tensor : Altgrad_PlainTensorOf<[Altgrad_FP8Type],
    "ranked tensor of !altgrad.fp8 without an encoding">;
def Altgrad_FP8Like : AnyTypeOf<
    [Altgrad_FP8Type, VectorOfAnyRankOf<[Altgrad_FP8Type]>, Altgrad_FP8Tensor],
    "!altgrad.fp8, or a vector or ranked tensor of it">;

// The format of an operation whose operands and results are plain values.
def Altgrad_FormatAttr : TypeAttrOf<Altgrad_FP8Type> {
  let summary = "the format, as the type of its codes";
}

#endif // ALTGRAD_TYPES_TD
