//===- AltgradOps.td - Operations of the altgrad dialect ---*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constraints are numbered; the verifier's comments and the names of its tests
// carry the same ids. S1 to S4, the rule for scales, stand in the dialect's
// description, T1 to T4 in the type's.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_OPS_TD
#define ALTGRAD_OPS_TD

include "altgrad/Dialect/Altgrad/IR/AltgradAttributes.td"
include "altgrad/Dialect/Altgrad/IR/AltgradTypes.td"
include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.td"
include "mlir/Dialect/Arith/IR/ArithBase.td"
include "mlir/Dialect/Arith/IR/ArithOpsInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Altgrad_Op<string mnemonic, list<Trait> traits = []>
    : Op<Altgrad_Dialect, mnemonic, !listconcat([Pure], traits)>;

// The three kinds of gradient: a rule of the operation's own, zero by
// definition, and none, which is an error where one would be needed.
defvar HasGradient = DeclareOpInterfaceMethods<DifferentiableOpInterface,
    ["buildCotangents", "getNeededPrimals", "hasZeroDerivative"]>;
defvar HasZeroGradient = DeclareOpInterfaceMethods<DifferentiableOpInterface,
    ["hasZeroDerivative"]>;
defvar HasNoGradient = DeclareOpInterfaceMethods<DifferentiableOpInterface,
    ["buildCotangents"]>;

defvar DefaultRounding = DefaultValuedAttr<Altgrad_RoundingAttr,
    "::altgrad::Rounding::NearestEven">;
defvar DefaultOverflow = DefaultValuedAttr<Altgrad_OverflowPolicyAttr,
    "::altgrad::OverflowPolicy::Saturate">;
defvar DefaultSTE = DefaultValuedAttr<Altgrad_STEKindAttr,
    "::altgrad::STEKind::Identity">;
defvar DefaultScaleGrad = DefaultValuedAttr<Altgrad_ScaleGradAttr,
    "::altgrad::ScaleGrad::None">;
defvar DefaultFastMath = DefaultValuedAttr<Arith_FastMathAttr,
    "::mlir::arith::FastMathFlags::none">;

//===----------------------------------------------------------------------===//
// Constants and reinterpretation of codes
//===----------------------------------------------------------------------===//

def Altgrad_ConstantOp : Altgrad_Op<"constant",
    [ConstantLike, HasZeroGradient,
     DeclareOpInterfaceMethods<OpAsmOpInterface,
                                             ["getAsmResultNames"]>]> {
  let summary = "constant codes";
  let description = [{
    Codes that are known. The attribute holds them as `i8`, for a dense
    attribute cannot hold a type that MLIR does not know.

    Constraints:

    - (K1) the value is an `i8` integer for a scalar result, else a dense
      attribute of `i8` with the shape of the result.

    Example:

    ```mlir
    %one = altgrad.constant 56 : i8 as !altgrad.fp8<E4M3FN>  // 1.0 (0x38: e=7, m=0)
    %two = altgrad.constant dense<[56, 64]> : tensor<2xi8>
             as tensor<2x!altgrad.fp8<E4M3FN>>
    ```

    Gradient: none, a constant has no operands.
  }];
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs Altgrad_FP8Like:$result);
  let assemblyFormat = "attr-dict $value `as` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Altgrad_BitcastOp : Altgrad_Op<"bitcast", [HasNoGradient]> {
  let summary = "reinterprets codes without changing a bit";
  let description = [{
    Reinterprets codes as `i8` or as the builtin float type of the same
    encoding, or the other way round.

    ```
    result[i] = bits(input[i])
    ```

    The builtin types that encode like a format of this dialect are f8E5M2,
    f8E4M3FN, f8E4M3, f8E3M4 (E3M4IEEE here), f8E5M2FNUZ, f8E4M3FNUZ and
    f8E4M3B11FNUZ.

    Constraints:

    - (B1) exactly one of the two sides has element type `!altgrad.fp8`;
    - (B2) the other side has element type `i8` or the builtin float type of
      the same encoding;
    - (B3) both sides are of one kind (scalar, vector, tensor) and shape.

    Example:

    ```mlir
    %bytes = altgrad.bitcast %q : tensor<4x!altgrad.fp8<E5M2>> to tensor<4xi8>
    %f8 = altgrad.bitcast %q : tensor<4x!altgrad.fp8<E5M2>> to tensor<4xf8E5M2>
    ```

    Gradient: none, for the bits of a code have no derivative. Where an argument
    to differentiate and a result with a cotangent are connected through this
    operation, altgrad-differentiate reports an error.
  }];
  let arguments = (ins AnyType:$input);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

def Altgrad_QuantizeOp : Altgrad_Op<"quantize",
    [HasGradient, DeclareOpInterfaceMethods<ArithFastMathInterface>]> {
  let summary = "encodes values divided by a scale";
  let description = [{
    Encodes every element of `x`, divided by its scale, in the format of the
    result.

    ```
    result[i] = encode(x[i] / scale[block(i)])
    ```

    The division is one IEEE 754 division rounded in the element type of `x`;
    the encoding, as the dialect's description defines it, rounds once more. With
    `fastmath<arcp>` the division may become a multiplication by the reciprocal,
    which can change the last bit of the quotient. It also becomes one for a
    scale that is known to be a power of two, where the bits are the same.

    Left open: what a scale that is zero, negative or not a number means. The
    division above defines the result.

    Constraints:

    - (Q1) the result has the kind and the shape of `x`;
    - S1 to S4 for the scale.

    Example:

    ```mlir
    %q = altgrad.quantize %x, %scale
        : tensor<4x8xf32>, f32 -> tensor<4x8x!altgrad.fp8<E4M3FN>>
    %r = altgrad.quantize %x, %rows overflow(infinity) ste(clipped)
        : tensor<4x8xf32>, tensor<4x1xf32> -> tensor<4x8x!altgrad.fp8<E5M2>>
    %s = altgrad.quantize %x : tensor<4x8xf32> -> tensor<4x8x!altgrad.fp8<E0M7>>
    ```

    Gradient: straight through. The cotangent of `x` is `g / scale`, with
    `ste(clipped)` only where `|x / scale|` is at most the largest finite value,
    else 0. The scale gets none, or with `scale_grad(lsq)` the learned-step-size
    gradient of `fake_quantize` (Esser et al., "Learned Step Size Quantization",
    ICLR 2020).

    With `cotangent_format(F)`, which changes nothing but the gradient, `g` is
    fake-quantized first, as in `fake_quantize`.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$x,
    Optional<Altgrad_FloatLike>:$scale,
    DefaultRounding:$rounding,
    DefaultOverflow:$overflow,
    DefaultSTE:$ste,
    DefaultScaleGrad:$scale_grad,
    DefaultFastMath:$fastmath,
    OptionalAttr<Altgrad_FormatAttr>:$cotangent_format
  );
  let results = (outs Altgrad_FP8Like:$result);
  let assemblyFormat = [{
    $x (`,` $scale^)? (`rounding` `(` custom<Word>($rounding)^ `)`)?
    (`overflow` `(` custom<Word>($overflow)^ `)`)? (`ste` `(` custom<Word>($ste)^ `)`)?
    (`scale_grad` `(` custom<Word>($scale_grad)^ `)`)?
    (`cotangent_format` `(` $cotangent_format^ `)`)? (`fastmath` `` $fastmath^)?
    attr-dict `:` type($x) (`,` type($scale)^)? `->` type($result)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$scale,
                   "::altgrad::FP8Type":$format)>
  ];
  let extraClassDeclaration = [{
    /// The element type of the result.
    FP8Type getFormat();
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Altgrad_DequantizeOp : Altgrad_Op<"dequantize", [HasGradient]> {
  let summary = "decodes codes and multiplies by a scale";
  let description = [{
    Decodes every element of `input` and multiplies it by its scale.

    ```
    result[i] = decode(input[i]) * scale[block(i)]
    ```

    Decoding is exact; the product is rounded once, to nearest even, in the
    element type of the result, and is infinity where it is too large for it.
    (For f16 and bf16 it is formed in f32 first, with the same bits.)

    Left open: the sign and the payload of a NaN in the result.

    Constraints:

    - (D1) the result has the kind and the shape of `input`;
    - S1 to S4 for the scale, with the result in the place of `x`.

    Example:

    ```mlir
    %y = altgrad.dequantize %q, %scale
        : tensor<4x8x!altgrad.fp8<E4M3FN>>, f32 -> tensor<4x8xf32>
    %z = altgrad.dequantize %q
        : tensor<4x8x!altgrad.fp8<E4M3FN>> -> tensor<4x8xbf16>
    ```

    Gradient: the cotangent of `input` is `g * scale`, of the expressed type;
    the scale gets none.
  }];
  let arguments = (ins
    Altgrad_FP8Like:$input,
    Optional<Altgrad_FloatLike>:$scale
  );
  let results = (outs Altgrad_FloatLike:$result);
  let assemblyFormat = [{
    $input (`,` $scale^)? attr-dict
    `:` type($input) (`,` type($scale)^)? `->` type($result)
  }];
  let builders = [
    // The result has the element type of `scale`.
    OpBuilder<(ins "::mlir::Value":$input, "::mlir::Value":$scale)>
  ];
  let extraClassDeclaration = [{
    /// The element type of the input.
    FP8Type getFormat();
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Altgrad_FakeQuantizeOp : Altgrad_Op<"fake_quantize",
    [AllTypesMatch<["x", "result"]>,
     HasGradient, DeclareOpInterfaceMethods<ArithFastMathInterface>]> {
  let summary = "rounds values to what quantize and dequantize would leave";
  let description = [{
    Quantizes and dequantizes every element of `x` in one pass without storing
    codes.

    ```
    result[i] = decode(encode(x[i] / scale[block(i)])) * scale[block(i)]
    ```

    Equal bit for bit to `quantize` followed by `dequantize` with the same scale
    and policies; the canonicalizer makes it from such a pair. So the division is
    that of `quantize`, and `fastmath<arcp>` means the same.

    Left open: the sign and the payload of a NaN in the result.

    Constraints:

    - (F1) the result has the type of `x`;
    - S1 to S4 for the scale.

    Example:

    ```mlir
    %y = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E3M4>
        : tensor<4x8xf32>, f32
    %z = altgrad.fake_quantize %x in !altgrad.fp8<E7M0> ste(clipped)
        : tensor<4x8xf32>
    ```

    Gradient: straight through. The cotangent of `x` is `g`, bit for bit, with
    `ste(clipped)` only where `|x / scale|` is at most the largest finite value,
    else 0. The scale gets none, or with `scale_grad(lsq)` the sum over its block
    of `g * (Q(u) - u)` inside and of `+-g * largest` outside, `u = x / scale`.

    With `cotangent_format(F)`, which changes nothing but the gradient, `g` is
    fake-quantized first: in the format F, with the one scale that maps its
    largest magnitude to the largest finite value, as `amax` and `compute_scale`
    give it. That is computed in f32 for an f16 or bf16 `g`.

    ```mlir
    %y = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E4M3FN>
        cotangent_format(!altgrad.fp8<E5M2>) : tensor<4x8xf32>, f32
    ```
  }];
  let arguments = (ins
    Altgrad_FloatLike:$x,
    Optional<Altgrad_FloatLike>:$scale,
    Altgrad_FormatAttr:$format,
    DefaultRounding:$rounding,
    DefaultOverflow:$overflow,
    DefaultSTE:$ste,
    DefaultScaleGrad:$scale_grad,
    DefaultFastMath:$fastmath,
    OptionalAttr<Altgrad_FormatAttr>:$cotangent_format
  );
  let results = (outs Altgrad_FloatLike:$result);
  let assemblyFormat = [{
    $x (`,` $scale^)? `in` $format (`rounding` `(` custom<Word>($rounding)^ `)`)?
    (`overflow` `(` custom<Word>($overflow)^ `)`)? (`ste` `(` custom<Word>($ste)^ `)`)?
    (`scale_grad` `(` custom<Word>($scale_grad)^ `)`)?
    (`cotangent_format` `(` $cotangent_format^ `)`)? (`fastmath` `` $fastmath^)?
    attr-dict `:` type($x) (`,` type($scale)^)?
  }];
  let builders = [
    // With no estimator but the default one.
    OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$scale,
                   "::altgrad::FP8Type":$format,
                   CArg<"::altgrad::Rounding",
                        "::altgrad::Rounding::NearestEven">:$rounding,
                   CArg<"::altgrad::OverflowPolicy",
                        "::altgrad::OverflowPolicy::Saturate">:$overflow)>
  ];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

def Altgrad_AmaxOp : Altgrad_Op<"amax", [HasZeroGradient]> {
  let summary = "largest magnitude";
  let description = [{
    The largest magnitude of `x`, one per block; the type of the result gives
    the granularity.

    ```
    result[j] = max of |x[i]| over all i with block(i) = j, and 0 if there is none
    ```

    A NaN in a block makes its result NaN; with `nan(ignore)` it is skipped.
    Left open: the sign and the payload of that NaN.

    Constraints:

    - (A1) a dynamic dimension of the result is dynamic in `x` too, and is as
      large: every index along it is a block of its own;
    - S1 to S4 with the result in the place of the scale.

    Example:

    ```mlir
    %all = altgrad.amax %x : tensor<4x64xf32> -> f32
    %rows = altgrad.amax %x nan(ignore) : tensor<4x64xf32> -> tensor<4x1xf32>
    %blocks = altgrad.amax %x : tensor<4x64xf32> -> tensor<4x2xf32>
    ```

    Gradient: zero.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$x,
    DefaultValuedAttr<Altgrad_NaNPolicyAttr,
                      "::altgrad::NaNPolicy::Propagate">:$nan
  );
  let results = (outs Altgrad_FloatLike:$result);
  let assemblyFormat = [{
    $x (`nan` `(` custom<Word>($nan)^ `)`)? attr-dict `:` type($x) `->` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Altgrad_UpdateAmaxHistoryOp : Altgrad_Op<"update_amax_history",
    [AllTypesMatch<["history", "result"]>, HasZeroGradient]> {
  let summary = "drops the oldest amax and appends the newest";
  let description = [{
    A window over the last amax values, oldest first: state in, state out.

    ```
    result = finite(amax) ? concat(history[1:], amax) : history
    ```

    An empty slot holds -1, so a new history is a tensor of -1. An amax that is
    infinite or NaN is not recorded, so that one bad batch cannot poison the
    scale. With an `amax` of several elements each has its own window: dimension
    0 of the history is the window, the others are those of `amax`.

    Constraints:

    - (H1) the history has one dimension more than `amax`, in front, and the
      same element type;
    - (H2) the window is not empty: a static dimension 0 is at least 1.

    Example:

    ```mlir
    %h1 = altgrad.update_amax_history %h0, %amax : tensor<16xf32>, f32
    %r1 = altgrad.update_amax_history %r0, %rows
        : tensor<16x4x1xf32>, tensor<4x1xf32>
    ```

    Gradient: zero.
  }];
  let arguments = (ins Altgrad_FloatLike:$history, Altgrad_FloatLike:$amax);
  let results = (outs Altgrad_FloatLike:$result);
  let assemblyFormat = [{
    $history `,` $amax attr-dict `:` type($history) `,` type($amax)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Altgrad_HistoryAmaxOp : Altgrad_Op<"history_amax",
    [InferTypeOpAdaptorWithIsCompatible, HasZeroGradient]> {
  let summary = "one amax out of a history";
  let description = [{
    The largest (`max`, the default) or the newest (`most_recent`) recorded amax
    of a window; 1.0 when nothing is recorded.

    ```
    filled = [h for h in history if h >= 0]           # oldest first; not NaN
    result = filled is empty ? 1.0 : max(filled)      # or: filled[last]
    ```

    Constraints:

    - (H2) the window is not empty: a static dimension 0 is at least 1;
    - (H3) the result is the history without dimension 0, a scalar for a history
      of rank 1.

    Example:

    ```mlir
    %amax = altgrad.history_amax %h : tensor<16xf32> -> f32
    %rows = altgrad.history_amax %r algorithm(most_recent)
        : tensor<16x4x1xf32> -> tensor<4x1xf32>
    ```

    Gradient: zero.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$history,
    DefaultValuedAttr<Altgrad_HistoryAlgorithmAttr,
                      "::altgrad::HistoryAlgorithm::Max">:$algorithm
  );
  let results = (outs Altgrad_FloatLike:$result);
  let assemblyFormat = [{
    $history (`algorithm` `(` custom<Word>($algorithm)^ `)`)? attr-dict
    `:` type($history) `->` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Altgrad_ComputeScaleOp : Altgrad_Op<"compute_scale",
    [InferTypeOpAdaptor, HasZeroGradient]> {
  let summary = "the scale that maps amax to the largest finite value";
  let description = [{
    The scale with which a tensor of the given amax just fits the format.

    ```
    if not finite(amax):    s = 1.0
    elif amax < scale_min:  s = scale_min
    else:                   s = max(amax / largest_finite, scale_min) * 2^margin
    if power_of_two is ceil (floor):
      s = the smallest power of two >= s (largest power of two <= s)
    result = f32(s)
    ```

    Everything is computed in f64 and rounded once to f32, to infinity if it is
    too large. The margin belongs to the last case only; a negative one can take
    the scale below `scale_min`. `power_of_two`
    applies to every case, so that its result always is a power of two; such a
    scale is multiplied by its reciprocal instead of divided by, with the same
    bits.

    Constraints:

    - (C1) the result has the kind and the shape of `amax`, of f32;
    - (C2) `scale_min` is a positive normal number of f32;
    - (C3) `margin` is between -100 and 100.

    Example:

    ```mlir
    %s = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
    %p = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> scale_min(1.0e-6)
        margin(1) power_of_two(ceil) : tensor<4x1xf32> -> tensor<4x1xf32>
    ```

    Gradient: zero.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$amax,
    Altgrad_FormatAttr:$format,
    DefaultValuedAttr<F64Attr, "1e-10">:$scale_min,
    DefaultValuedAttr<I64Attr, "0">:$margin,
    DefaultValuedAttr<Altgrad_PowerOfTwoAttr,
                      "::altgrad::PowerOfTwo::None">:$power_of_two
  );
  let results = (outs Altgrad_F32Like:$result);
  let assemblyFormat = [{
    $amax `in` $format (`scale_min` `(` $scale_min^ `)`)?
    (`margin` `(` $margin^ `)`)? (`power_of_two` `(` custom<Word>($power_of_two)^ `)`)?
    attr-dict `:` type($amax) `->` type($result)
  }];
  let builders = [
    // With the default policies.
    OpBuilder<(ins "::mlir::Value":$amax, "::altgrad::FP8Type":$format)>
  ];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Altgrad_StallOp : Altgrad_Op<"stall",
    [AllTypesMatch<["w", "g"]>,
     TypesMatchWith<"lr is a scalar of the element type of w", "w", "lr",
                    "::mlir::getElementTypeOrSelf($_self)">,
     HasZeroGradient, DeclareOpInterfaceMethods<ArithFastMathInterface>]> {
  let summary = "counts the weights that a gradient step does not move";
  let description = [{
    Counts the elements whose gradient is not zero, and those among them whose
    update is lost to rounding: the weight before and the weight after the step
    have one quantized value.

    ```
    counted = |g| > threshold
    w_new   = w + (-lr * g)
    stalled = counted and Q(w) == Q(w_new)       Q = decode(encode(. / scale))
    ```

    The product and the sum round separately, in the element type of `w`; they
    are never contracted to a fused multiply-add. Equality is of values: -0
    equals +0 and NaN equals nothing. The threshold is rounded to the element
    type of `w`. `w_new` is not stored.

    The division, the rounding and the overflow are those of `quantize`.

    Results: the number of stalled elements and the number of counted ones, both
    0 for an empty `w`.

    Constraints:

    - (L1) `g` has the type of `w`;
    - (L2) `lr` is a scalar of the element type of `w`;
    - (L3) `threshold` is finite and not negative;
    - S1 to S4 for the scale.

    Example:

    ```mlir
    %stalled, %total = altgrad.stall %w, %g, %lr, %scale in !altgrad.fp8<E5M2>
        : tensor<64x10xf32>, f32 -> i64, i64
    ```

    Gradient: zero.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$w,
    Altgrad_FloatLike:$g,
    Altgrad_Float:$lr,
    Optional<Altgrad_FloatLike>:$scale,
    Altgrad_FormatAttr:$format,
    DefaultValuedAttr<F64Attr, "1e-10">:$threshold,
    DefaultRounding:$rounding,
    DefaultOverflow:$overflow,
    DefaultFastMath:$fastmath
  );
  let results = (outs I64:$stalled, I64:$total);
  let assemblyFormat = [{
    $w `,` $g `,` $lr (`,` $scale^)? `in` $format (`threshold` `(` $threshold^ `)`)?
    (`rounding` `(` custom<Word>($rounding)^ `)`)? (`overflow` `(` custom<Word>($overflow)^ `)`)?
    (`fastmath` `` $fastmath^)? attr-dict
    `:` type($w) (`,` type($scale)^)? `->` type($stalled) `,` type($total)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// Primitives on plain values
//===----------------------------------------------------------------------===//

class Altgrad_PrimitiveOp<string mnemonic, list<Trait> traits = []>
    : Altgrad_Op<mnemonic,
        !listconcat([HasNoGradient], traits, ElementwiseMappable.traits)>;

def Altgrad_EncodeOp : Altgrad_PrimitiveOp<"encode", [InferTypeOpAdaptor]> {
  let summary = "the code of the nearest value, as i8";
  let description = [{
    Encodes floats into `i8` codes: `quantize` without a scale, on plain values.
    The lowering of `quantize` is made of it; it vectorizes like any elementwise
    operation.

    ```
    result = encode(x)
    ```

    Constraints:

    - (E1) the result has the kind and the shape of `x`, of `i8`.

    Example:

    ```mlir
    %code = altgrad.encode %x in !altgrad.fp8<E4M3FN> : f32 -> i8
    %codes = altgrad.encode %v in !altgrad.fp8<E5M2> overflow(infinity)
        : vector<16xf32> -> vector<16xi8>
    ```

    Gradient: none. altgrad-differentiate reports an error where it would need
    one: this is what lowering makes, differentiate before it.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$x,
    Altgrad_FormatAttr:$format,
    DefaultRounding:$rounding,
    DefaultOverflow:$overflow
  );
  let results = (outs Altgrad_I8Like:$result);
  let assemblyFormat = [{
    $x `in` $format (`rounding` `(` custom<Word>($rounding)^ `)`)?
    (`overflow` `(` custom<Word>($overflow)^ `)`)? attr-dict `:` type($x) `->` type($result)
  }];
  let hasFolder = 1;
}

def Altgrad_DecodeOp : Altgrad_PrimitiveOp<"decode"> {
  let summary = "the value of an i8 code";
  let description = [{
    Decodes `i8` codes into floats: `dequantize` without a scale, on plain
    values.

    ```
    result = decode(code)
    ```

    Exact in f32 and f64. A value that f16 or bf16 cannot hold is rounded to
    nearest even, to infinity if it is too large.

    Constraints:

    - (E2) the result has the kind and the shape of `code`.

    Example:

    ```mlir
    %x = altgrad.decode %code in !altgrad.fp8<E4M3FN> : i8 -> f32
    ```

    Gradient: none. altgrad-differentiate reports an error where it would need
    one: this is what lowering makes, differentiate before it.
  }];
  let arguments = (ins Altgrad_I8Like:$code, Altgrad_FormatAttr:$format);
  let results = (outs Altgrad_FloatLike:$result);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $code `in` $format attr-dict `:` type($code) `->` type($result)
  }];
  let hasFolder = 1;
}

def Altgrad_RoundOp : Altgrad_PrimitiveOp<"round",
    [SameOperandsAndResultType]> {
  let summary = "the nearest value of a format";
  let description = [{
    Rounds floats to values of the format: `fake_quantize` without a scale, on
    plain values.

    ```
    result = decode(encode(x))
    ```

    As in `decode`, a value of the format that f16 or bf16 cannot hold is
    rounded once more.

    Constraints:

    - (E3) the result has the type of `x`.

    Example:

    ```mlir
    %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : f32
    ```

    Gradient: none. altgrad-differentiate reports an error where it would need
    one: this is what lowering makes, differentiate before it.
  }];
  let arguments = (ins
    Altgrad_FloatLike:$x,
    Altgrad_FormatAttr:$format,
    DefaultRounding:$rounding,
    DefaultOverflow:$overflow
  );
  let results = (outs Altgrad_FloatLike:$result);
  let assemblyFormat = [{
    $x `in` $format (`rounding` `(` custom<Word>($rounding)^ `)`)?
    (`overflow` `(` custom<Word>($overflow)^ `)`)? attr-dict `:` type($x)
  }];
  let hasFolder = 1;
}

#endif // ALTGRAD_OPS_TD
