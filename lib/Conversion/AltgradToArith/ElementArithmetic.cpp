//===- ElementArithmetic.cpp - What ops compute per element ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arithmetic on bf16 is spelled out as f32 with a rounding after every
// operation: the same bits as an IEEE bf16 operation (f32 has more than twice
// the precision and the same exponents), without leaning on each target's own
// way to legalize bf16.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;
using llvm::APInt;

Value altgrad::emitFloatConstant(ImplicitLocOpBuilder &b, Type type,
                                 double value) {
  auto element = cast<FloatType>(getElementTypeOrSelf(type));
  TypedAttr attr = b.getFloatAttr(element, value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, attr);
  return arith::ConstantOp::create(b, attr);
}

Value altgrad::emitIntConstant(ImplicitLocOpBuilder &b, Type type,
                               const APInt &value) {
  TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, attr);
  return arith::ConstantOp::create(b, attr);
}

Value altgrad::emitBytes(ImplicitLocOpBuilder &b, Value codes) {
  return BitcastOp::create(
      b, cloneWithElementType(codes.getType(), b.getI8Type()), codes);
}

static unsigned getWidth(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

static bool isBF16(Value value) {
  return getElementTypeOrSelf(value.getType()).isBF16();
}

/// The type of `value` with f32 elements.
static Type getF32LikeOf(Value value) {
  return cloneWithElementType(value.getType(),
                              Float32Type::get(value.getContext()));
}

/// `value` in f32 if its type has 16 bits, else itself.
static Value widenTo32(ImplicitLocOpBuilder &b, Value value) {
  if (getWidth(value) != 16)
    return value;
  return arith::ExtFOp::create(b, getF32LikeOf(value), value);
}

/// `value` in f64.
static Value widenTo64(ImplicitLocOpBuilder &b, Value value) {
  value = widenTo32(b, value);
  if (getWidth(value) == 64)
    return value;
  Type f64 = cloneWithElementType(value.getType(), b.getF64Type());
  return arith::ExtFOp::create(b, f64, value);
}

/// An IEEE operation on two values of one type, rounded once in that type.
template <typename OpTy>
static Value emitRounded(ImplicitLocOpBuilder &b, Value lhs, Value rhs) {
  if (!isBF16(lhs))
    return OpTy::create(b, lhs, rhs);
  Value wide = OpTy::create(b, widenTo32(b, lhs), widenTo32(b, rhs));
  return arith::TruncFOp::create(b, lhs.getType(), wide);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

bool altgrad::isKnownPowerOfTwo(Value scale) {
  auto op = scale.getDefiningOp<ComputeScaleOp>();
  if (!op || op.getPowerOfTwo() == PowerOfTwo::None)
    return false;
  auto margin = static_cast<int64_t>(op.getMargin());
  double smallest = std::ldexp(op.getScaleMin().convertToDouble(),
                               int(std::min<int64_t>(margin, 0)));
  // An infinite scale is fine as well: x / inf and x * (1 / inf) agree.
  return smallest >= 0x1p-126;
}

ElementScale altgrad::prepareScale(ImplicitLocOpBuilder &b, Value scale,
                                   arith::FastMathFlags flags,
                                   bool isPowerOfTwo) {
  ElementScale result;
  if (!scale)
    return result;
  FloatAttr constant;
  if (matchPattern(scale, m_Constant(&constant))) {
    if (constant.getValue().isExactlyValue(1.0))
      return result;
    APFloat inverse(0.0);
    // Only for powers of two whose reciprocal is normal.
    if (constant.getValue().getExactInverse(&inverse)) {
      result.factor = scale;
      result.reciprocal = arith::ConstantOp::create(
          b, b.getFloatAttr(scale.getType(), inverse));
      return result;
    }
  }
  result.factor = scale;
  if (isPowerOfTwo || bitEnumContainsAll(flags, arith::FastMathFlags::arcp))
    result.reciprocal = emitRounded<arith::DivFOp>(
        b, emitFloatConstant(b, scale.getType(), 1.0), scale);
  else
    result.divisor = scale;
  return result;
}

/// `scalar` as an operand beside `x`: spread over its elements.
static Value spread(ImplicitLocOpBuilder &b, Value scalar, Value x) {
  Type type =
      cloneWithElementType(x.getType(), getElementTypeOrSelf(scalar.getType()));
  if (scalar.getType() == type)
    return scalar;
  return vector::BroadcastOp::create(b, type, scalar);
}

Value altgrad::emitScaled(ImplicitLocOpBuilder &b, Value x,
                          const ElementScale &scale) {
  if (scale.reciprocal)
    return emitRounded<arith::MulFOp>(b, x, spread(b, scale.reciprocal, x));
  if (scale.divisor)
    return emitRounded<arith::DivFOp>(b, x, spread(b, scale.divisor, x));
  return x;
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

Value altgrad::emitQuantize(ImplicitLocOpBuilder &b, Value x,
                            const ElementScale &scale, FP8Type format,
                            OverflowPolicy overflow) {
  return EncodeOp::create(b, emitScaled(b, x, scale), format,
                          Rounding::NearestEven, overflow);
}

/// value * factor, rounded once to `resultType`; with a factor, `value` is f32
/// or f64.
static Value emitFactor(ImplicitLocOpBuilder &b, Value value, Value factor,
                        Type resultType) {
  if (factor)
    value =
        arith::MulFOp::create(b, value, widenTo32(b, spread(b, factor, value)));
  if (value.getType() == resultType)
    return value;
  return arith::TruncFOp::create(b, resultType, value);
}

/// The type in which products with a scale are formed: f64 for f64, else f32.
static Type getProductType(Type type) {
  MLIRContext *context = type.getContext();
  bool isDouble = getElementTypeOrSelf(type).isF64();
  return cloneWithElementType(type, isDouble ? Type(Float64Type::get(context))
                                             : Float32Type::get(context));
}

Value altgrad::emitDequantize(ImplicitLocOpBuilder &b, Value code, Value factor,
                              FP8Type format, Type resultType) {
  if (!factor)
    return DecodeOp::create(b, resultType, code, format);
  Value value = DecodeOp::create(b, getProductType(resultType), code, format);
  return emitFactor(b, value, factor, resultType);
}

Value altgrad::emitFakeQuantize(ImplicitLocOpBuilder &b, Value x,
                                const ElementScale &scale, FP8Type format,
                                OverflowPolicy overflow) {
  Value scaled = emitScaled(b, x, scale);
  if (scale.factor)
    scaled = widenTo32(b, scaled);
  Value rounded =
      RoundOp::create(b, scaled, format, Rounding::NearestEven, overflow);
  return emitFactor(b, rounded, scale.factor, x.getType());
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

/// |x| as bits, and the type of them.
static Value emitAbsBits(ImplicitLocOpBuilder &b, Value x) {
  unsigned width = getWidth(x);
  Type bitsType = cloneWithElementType(x.getType(), b.getIntegerType(width));
  Value bits = arith::BitcastOp::create(b, bitsType, x);
  return arith::AndIOp::create(
      b, bits, emitIntConstant(b, bitsType, APInt::getSignedMaxValue(width)));
}

/// The bits of infinity in the element type of `x`, in the type of `bits`.
static Value emitInfinityBits(ImplicitLocOpBuilder &b, Value x, Value bits) {
  auto element = cast<FloatType>(getElementTypeOrSelf(x.getType()));
  return emitIntConstant(
      b, bits.getType(),
      APFloat::getInf(element.getFloatSemantics()).bitcastToAPInt());
}

Value altgrad::emitMagnitudeBits(ImplicitLocOpBuilder &b, Value x,
                                 NaNPolicy nan) {
  Value bits = emitAbsBits(b, x);
  if (nan == NaNPolicy::Propagate)
    return bits;
  Value isNaN = arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, bits,
                                      emitInfinityBits(b, x, bits));
  Value zero = emitIntConstant(b, bits.getType(), APInt(getWidth(x), 0));
  return arith::SelectOp::create(b, isNaN, zero, bits);
}

Value altgrad::emitIsFinite(ImplicitLocOpBuilder &b, Value x) {
  Value bits = emitAbsBits(b, x);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, bits,
                               emitInfinityBits(b, x, bits));
}

Value altgrad::emitHistoryStep(ImplicitLocOpBuilder &b, Value found,
                               Value entry, HistoryAlgorithm algorithm) {
  Value wide = widenTo32(b, entry);
  Value take = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, wide,
                                     emitFloatConstant(b, wide.getType(), 0.0));
  if (algorithm == HistoryAlgorithm::Max) {
    Value isLarger = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, wide,
                                           widenTo32(b, found));
    take = arith::AndIOp::create(b, take, isLarger);
  }
  return arith::SelectOp::create(b, take, entry, found);
}

Value altgrad::emitHistoryResult(ImplicitLocOpBuilder &b, Value found) {
  Value wide = widenTo32(b, found);
  Value isEmpty =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, wide,
                            emitFloatConstant(b, wide.getType(), 0.0));
  return arith::SelectOp::create(
      b, isEmpty, emitFloatConstant(b, found.getType(), 1.0), found);
}

Value altgrad::emitComputeScale(ImplicitLocOpBuilder &b, Value amax,
                                ComputeScaleOp op) {
  Value wide = widenTo64(b, amax);
  Type f64 = wide.getType();
  auto constant = [&](double value) {
    return emitFloatConstant(b, f64, value);
  };
  double scaleMin = op.getScaleMin().convertToDouble();
  auto margin = static_cast<int64_t>(op.getMargin());

  Value fitted = arith::DivFOp::create(
      b, wide, constant(op.getFormat().getFormat().getMaxFinite()));
  Value isSmall = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, fitted,
                                        constant(scaleMin));
  Value scale = arith::SelectOp::create(b, isSmall, constant(scaleMin), fitted);
  if (margin != 0)
    scale =
        arith::MulFOp::create(b, scale, constant(std::ldexp(1.0, int(margin))));

  Value isBelow = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, wide,
                                        constant(scaleMin));
  scale = arith::SelectOp::create(b, isBelow, constant(scaleMin), scale);
  Value isFinite = emitIsFinite(b, wide);
  scale = arith::SelectOp::create(b, isFinite, scale, constant(1.0));

  // The scale is positive and normal in f64: its exponent field is what is
  // left of it.
  if (op.getPowerOfTwo() != PowerOfTwo::None) {
    Type i64 = cloneWithElementType(f64, b.getI64Type());
    Value bits = arith::BitcastOp::create(b, i64, scale);
    if (op.getPowerOfTwo() == PowerOfTwo::Ceil)
      bits = arith::AddIOp::create(
          b, bits, emitIntConstant(b, i64, APInt::getLowBitsSet(64, 52)));
    bits = arith::AndIOp::create(
        b, bits, emitIntConstant(b, i64, APInt::getBitsSet(64, 52, 63)));
    scale = arith::BitcastOp::create(b, f64, bits);
  }
  return arith::TruncFOp::create(b, getF32LikeOf(amax), scale);
}

StallConditions altgrad::emitStall(ImplicitLocOpBuilder &b, Value w, Value g,
                                   Value lr, const ElementScale &scale,
                                   StallOp op) {
  // Two roundings, never one: no contract flag anywhere near.
  Value step = emitRounded<arith::MulFOp>(
      b, spread(b, arith::NegFOp::create(b, lr), g), g);
  Value moved = emitRounded<arith::AddFOp>(b, w, step);
  auto quantized = [&](Value value) -> Value {
    return RoundOp::create(b, widenTo32(b, emitScaled(b, value, scale)),
                           op.getFormat(), Rounding::NearestEven,
                           op.getOverflow());
  };
  // An ordered comparison of values: -0 equals +0, NaN equals nothing.
  Value isEqual = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ,
                                        quantized(w), quantized(moved));

  auto element = cast<FloatType>(getElementTypeOrSelf(g.getType()));
  APFloat threshold = op.getThreshold();
  bool losesInfo = false;
  threshold.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
  Value magnitude = math::AbsFOp::create(b, widenTo32(b, g));
  Value counted = arith::CmpFOp::create(
      b, arith::CmpFPredicate::OGT, magnitude,
      emitFloatConstant(b, magnitude.getType(),
                        FloatAttr::get(element, threshold).getValueAsDouble()));
  return {arith::AndIOp::create(b, counted, isEqual), counted};
}
