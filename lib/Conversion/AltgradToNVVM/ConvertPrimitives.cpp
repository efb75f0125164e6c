//===- ConvertPrimitives.cpp - encode, decode and round in NVVM -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the instructions do (PTX ISA 9.0, section 9.7.9.21, cvt):
//
//   cvt.rn.satfinite.{e4m3x2,e5m2x2}.f32   two f32, one rounding to nearest
//       even each; past the largest value and infinite is the largest value
//       with the sign of the input; NaN is NaN, 0x7f; the first operand is
//       the upper byte.
//   cvt.rn.satfinite.{e4m3x2,e5m2x2}.f16x2  the same from a pair of f16, the
//       lower one to the lower byte.
//   cvt.rn.f16x2.{e4m3x2,e5m2x2}           exact, for f16 has all values of
//   both.
//
// Subnormals are read and made, and the sign of zero stays. So these are encode
// and decode with `overflow = saturate`; with `infinity`, and for all other
// formats, there is no instruction. f64 would be rounded twice.
//
// Pairs are put together as i16 and not as bytes: LLVM moves bytes of vectors
// one by one.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToNVVM/AltgradToNVVM.h"
#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace altgrad;

/// The builtin type by which NVVM calls the format, or null.
static Type getNVVMFormat(FP8Type type) {
  const Format &format = type.getFormat();
  if (format.getName() == "E4M3FN")
    return Float8E4M3FNType::get(type.getContext());
  if (format.getName() == "E5M2")
    return Float8E5M2Type::get(type.getContext());
  return {};
}

static bool hasFixedSize(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? !vector.isScalable() : !isa<TensorType>(type);
}

/// Floats that fit f32 on the way in and come out of f16 on the way back.
static bool hasConversionsOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return hasFixedSize(type) &&
         (element.isF32() || element.isF16() || element.isBF16());
}

namespace {

/// Emits the conversions of one format on vectors of one dimension, in pairs.
/// Of an odd number of elements the last one is a pair with itself.
class PairEmitter {
public:
  PairEmitter(ImplicitLocOpBuilder &b, Type format) : b(b), format(format) {}

  /// The codes of `x` in pairs.
  SmallVector<Value> encode(Value x);
  /// The values, in pairs of f16, of pairs of codes.
  SmallVector<Value> decode(ArrayRef<Value> codes);

  /// `size` bytes from pairs, and back.
  Value joinBytes(ArrayRef<Value> codes, int64_t size);
  SmallVector<Value> splitBytes(Value bytes);
  /// `size` floats of type `element` from pairs of f16.
  Value joinFloats(ArrayRef<Value> halves, int64_t size, FloatType element);

private:
  VectorType getPair(Type element) { return VectorType::get({2}, element); }
  Value extract(Value vector, int64_t index) {
    int64_t last = cast<VectorType>(vector.getType()).getNumElements() - 1;
    return vector::ExtractOp::create(b, vector, std::min(index, last));
  }
  /// Elements 0 to `size` of a vector; beyond its end, the last one again.
  Value resize(Value vector, int64_t size) {
    int64_t from = cast<VectorType>(vector.getType()).getNumElements();
    if (from == size)
      return vector;
    SmallVector<int64_t> order;
    for (int64_t k = 0; k < size; ++k)
      order.push_back(std::min(k, from - 1));
    return vector::ShuffleOp::create(b, vector, vector, order);
  }

  ImplicitLocOpBuilder &b;
  Type format;
};

} // namespace

SmallVector<Value> PairEmitter::encode(Value x) {
  auto type = cast<VectorType>(x.getType());
  bool isHalf = type.getElementType().isF16();
  if (type.getElementType().isBF16())
    x = arith::ExtFOp::create(b, type.clone(b.getF32Type()), x);
  SmallVector<Value> codes;
  for (int64_t k = 0, size = type.getNumElements(); k < size; k += 2) {
    Value low = extract(x, k), high = extract(x, k + 1);
    if (isHalf)
      codes.push_back(NVVM::ConvertF16x2ToF8x2Op::create(
          b, b.getI16Type(),
          vector::FromElementsOp::create(b, getPair(b.getF16Type()),
                                         ValueRange{low, high}),
          /*relu=*/false, format));
    else
      codes.push_back(NVVM::ConvertF32x2ToF8x2Op::create(
          b, b.getI16Type(), high, low, NVVM::FPRoundingMode::RN,
          NVVM::SaturationMode::SATFINITE, /*relu=*/false, format));
  }
  return codes;
}

SmallVector<Value> PairEmitter::decode(ArrayRef<Value> codes) {
  return llvm::map_to_vector(codes, [&](Value pair) -> Value {
    Value single = vector::FromElementsOp::create(
        b, VectorType::get({1}, b.getI16Type()), pair);
    Value bytes = vector::BitCastOp::create(b, getPair(b.getI8Type()), single);
    return NVVM::ConvertF8x2ToF16x2Op::create(b, getPair(b.getF16Type()), bytes,
                                              /*relu=*/false, format);
  });
}

Value PairEmitter::joinBytes(ArrayRef<Value> codes, int64_t size) {
  auto count = static_cast<int64_t>(codes.size());
  Value pairs = vector::FromElementsOp::create(
      b, VectorType::get({count}, b.getI16Type()), codes);
  Value bytes = vector::BitCastOp::create(
      b, VectorType::get({2 * count}, b.getI8Type()), pairs);
  return resize(bytes, size);
}

SmallVector<Value> PairEmitter::splitBytes(Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  int64_t count = (type.getNumElements() + 1) / 2;
  bytes = resize(bytes, 2 * count);
  Value pairs = vector::BitCastOp::create(
      b, VectorType::get({count}, b.getI16Type()), bytes);
  SmallVector<Value> result;
  for (int64_t k = 0; k < count; ++k)
    result.push_back(extract(pairs, k));
  return result;
}

Value PairEmitter::joinFloats(ArrayRef<Value> halves, int64_t size,
                              FloatType element) {
  SmallVector<Value> elements;
  for (Value pair : halves) {
    // bf16 by way of f32: both steps are exact.
    if (!element.isF16())
      pair = arith::ExtFOp::create(b, getPair(b.getF32Type()), pair);
    if (element.isBF16())
      pair = arith::TruncFOp::create(b, getPair(element), pair);
    elements.push_back(extract(pair, 0));
    elements.push_back(extract(pair, 1));
  }
  return vector::FromElementsOp::create(b, VectorType::get({size}, element),
                                        ArrayRef(elements).take_front(size));
}

/// `value`, a scalar or a vector, as a vector of one dimension.
static Value flatten(ImplicitLocOpBuilder &b, Value value) {
  auto type = dyn_cast<VectorType>(value.getType());
  if (!type)
    return vector::FromElementsOp::create(
        b, VectorType::get({1}, value.getType()), value);
  if (type.getRank() == 1)
    return value;
  return vector::ShapeCastOp::create(
      b, VectorType::get({type.getNumElements()}, type.getElementType()),
      value);
}

/// The inverse of `flatten`.
static Value unflatten(ImplicitLocOpBuilder &b, Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (!isa<VectorType>(type))
    return vector::ExtractOp::create(b, value, int64_t(0));
  return vector::ShapeCastOp::create(b, type, value);
}

static int64_t getSize(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

namespace {

/// encode -> cvt.rn.satfinite
struct ConvertEncode : public OpRewritePattern<EncodeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EncodeOp op,
                                PatternRewriter &rewriter) const override {
    Type format = getNVVMFormat(op.getFormat());
    if (!format || op.getOverflow() != OverflowPolicy::Saturate ||
        !hasConversionsOf(op.getX().getType()))
      return rewriter.notifyMatchFailure(op, "has no instruction");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    PairEmitter pairs(b, format);
    Value x = flatten(b, op.getX());
    Value codes = pairs.joinBytes(pairs.encode(x), getSize(x));
    rewriter.replaceOp(op, unflatten(b, codes, op.getType()));
    return success();
  }
};

/// decode -> cvt.rn.f16x2
struct ConvertDecode : public OpRewritePattern<DecodeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DecodeOp op,
                                PatternRewriter &rewriter) const override {
    Type format = getNVVMFormat(op.getFormat());
    if (!format || !hasConversionsOf(op.getType()))
      return rewriter.notifyMatchFailure(op, "has no instruction");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    PairEmitter pairs(b, format);
    Value codes = flatten(b, op.getCode());
    Value values =
        pairs.joinFloats(pairs.decode(pairs.splitBytes(codes)), getSize(codes),
                         cast<FloatType>(getElementTypeOrSelf(op.getType())));
    rewriter.replaceOp(op, unflatten(b, values, op.getType()));
    return success();
  }
};

/// round -> both: three instructions for a pair, less than half of what the
/// arithmetic takes.
struct ConvertRound : public OpRewritePattern<RoundOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RoundOp op,
                                PatternRewriter &rewriter) const override {
    Type format = getNVVMFormat(op.getFormat());
    if (!format || op.getOverflow() != OverflowPolicy::Saturate ||
        !hasConversionsOf(op.getType()))
      return rewriter.notifyMatchFailure(op, "has no instruction");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    PairEmitter pairs(b, format);
    Value x = flatten(b, op.getX());
    Value values =
        pairs.joinFloats(pairs.decode(pairs.encode(x)), getSize(x),
                         cast<FloatType>(getElementTypeOrSelf(op.getType())));
    rewriter.replaceOp(op, unflatten(b, values, op.getType()));
    return success();
  }
};

} // namespace

void altgrad::populateAltgradToNVVMPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertEncode, ConvertDecode, ConvertRound>(
      patterns.getContext());
}
