//===- AltgradGradients.cpp - Gradient rules of the dialect ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding has a derivative of zero almost everywhere. Training through it
// takes a straight-through estimator instead, which an operation states as an
// attribute and which is lost once it is lowered. Operations that feed the
// scale have a gradient of zero by definition: the scale follows the values, it
// is not trained. What stands below differentiation, bits and roundings without
// an estimator, has none, and says so where it would be needed.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Altgrad/Utils/ScaledElements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;

//===----------------------------------------------------------------------===//
// Straight-through estimators
//===----------------------------------------------------------------------===//

/// `number` in the type of `like`, a scalar or a vector.
static Value emitConstant(ImplicitLocOpBuilder &b, Value like,
                          const APFloat &number) {
  Type type = like.getType();
  TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), number);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, cast<Attribute>(attr));
  return arith::ConstantOp::create(b, attr);
}

/// The largest finite value of `format`, as far as the type of `like` goes.
/// Rounded down, so that |u| <= largest has one meaning for each u of the type.
static Value emitLargest(ImplicitLocOpBuilder &b, Value like, FP8Type format) {
  auto type = cast<FloatType>(getElementTypeOrSelf(like.getType()));
  APFloat largest(format.getFormat().getMaxFinite());
  bool isInexact;
  largest.convert(type.getFloatSemantics(), APFloat::rmTowardZero, &isInexact);
  return emitConstant(b, like, largest);
}

/// x / scale.
static Value emitUnscaled(ImplicitLocOpBuilder &b, Value x, Value scale) {
  return scale ? Value(arith::DivFOp::create(b, x, scale)) : x;
}

/// True where |u| is at most the largest finite value; false for NaN.
static Value emitIsInside(ImplicitLocOpBuilder &b, Value u, FP8Type format) {
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OLE,
                               math::AbsFOp::create(b, u),
                               emitLargest(b, u, format));
}

/// The incoming cotangent in the format that the operation asks for, with a
/// scale that fits it. In f32 for 16-bit types: a scale is out of f16's range
/// where the cotangents are small, which is where they need it.
static Value roundCotangent(BackwardBuilder &b, Value g,
                            std::optional<Type> format) {
  if (!format)
    return g;
  auto codes = cast<FP8Type>(*format);
  auto element = cast<FloatType>(getElementTypeOrSelf(g.getType()));
  Type carrier = element.getWidth() < 32 ? Type(b.getF32Type()) : element;
  Value wide = b.createCast(g, carrier);
  Value amax = AmaxOp::create(b, carrier, wide);
  Value scale = ComputeScaleOp::create(b, amax, codes);
  Value rounded =
      FakeQuantizeOp::create(b, wide, b.createCast(scale, carrier), codes);
  return b.createCast(rounded, element);
}

/// g where x / scale is inside of the format's range, else 0, after `element`.
template <typename OpTy>
static Value clipCotangent(BackwardBuilder &b, OpTy op, Value g, Value scale,
                           ScaledBody element) {
  return mapScaledElements(
      b, {b.getPrimal(op.getX()), g}, scale,
      [&](ImplicitLocOpBuilder &inner, ValueRange elements, Value s) -> Value {
        Value u = emitUnscaled(inner, elements[0], s);
        Value isInside = emitIsInside(inner, u, op.getFormat());
        Value result = element(inner, elements.drop_front(), s);
        Value zero = arith::ConstantOp::create(
            inner, cast<TypedAttr>(inner.getZeroAttr(result.getType())));
        return arith::SelectOp::create(inner, isInside, result, zero);
      });
}

/// The learned step size's gradient: sum of g * (Q(u) - u) where u = x / scale
/// is inside of the format's range, of g * +-largest where it is outside.
template <typename OpTy>
static void addScaleCotangent(BackwardBuilder &b, OpTy op, Value g,
                              Value scale) {
  Value sum = sumScaledElements(
      b, {b.getPrimal(op.getX()), g}, scale,
      [&](ImplicitLocOpBuilder &inner, ValueRange elements, Value s) -> Value {
        Value u = emitUnscaled(inner, elements[0], s);
        Value rounded =
            FakeQuantizeOp::create(inner, u, /*scale=*/Value(), op.getFormat(),
                                   op.getRounding(), op.getOverflow());
        Value error = arith::SubFOp::create(inner, rounded, u);
        Value largest = math::CopySignOp::create(
            inner, emitLargest(inner, u, op.getFormat()), u);
        Value factor = arith::SelectOp::create(
            inner, emitIsInside(inner, u, op.getFormat()), error, largest);
        return arith::MulFOp::create(inner, elements[1], factor);
      });
  b.addCotangent(op.getScale(), sum);
}

/// The scale's cotangent is wanted, and so is a rule for it.
template <typename OpTy> static bool hasScaleGradient(OpTy op) {
  return op.getScale() && op.getScaleGrad() == ScaleGrad::LSQ;
}

/// `scaleForX`: whether the cotangent of x needs the scale in any case.
template <typename OpTy>
static void addNeededPrimals(OpTy op, NeededPrimals &needs, bool scaleForX) {
  bool isClipped = needs.isWanted(op.getX()) && op.getSte() == STEKind::Clipped;
  bool isLearned = hasScaleGradient(op) && needs.isWanted(op.getScale());
  if (isClipped || isLearned)
    needs.addValue(op.getX());
  if (op.getScale() &&
      (isClipped || isLearned || (scaleForX && needs.isWanted(op.getX()))))
    needs.addValue(op.getScale());
}

//===----------------------------------------------------------------------===//
// QuantizeOp
//===----------------------------------------------------------------------===//

bool QuantizeOp::hasZeroDerivative(OpOperand &operand) {
  return operand.getOperandNumber() == 1 && getScaleGrad() == ScaleGrad::None;
}

void QuantizeOp::getNeededPrimals(NeededPrimals &needs) {
  addNeededPrimals(*this, needs, /*scaleForX=*/true);
}

LogicalResult QuantizeOp::buildCotangents(BackwardBuilder &b) {
  Type element = getElementTypeOrSelf(getX().getType());
  Value g = b.createCast(
      roundCotangent(b, b.getWideCotangent(getResult()), getCotangentFormat()),
      element);
  bool isLearned = hasScaleGradient(*this) && b.isWanted(getScale());
  bool usesScale = getScale() && (b.isWanted(getX()) || isLearned);
  Value scale = usesScale ? b.getPrimal(getScale()) : Value();
  if (b.isWanted(getX())) {
    auto divide = [](ImplicitLocOpBuilder &inner, ValueRange elements,
                     Value s) { return emitUnscaled(inner, elements[0], s); };
    if (getSte() == STEKind::Clipped)
      b.addCotangent(getX(), clipCotangent(b, *this, g, scale, divide));
    else
      b.addCotangent(getX(),
                     scale ? mapScaledElements(b, g, scale, divide) : g);
  }
  if (isLearned)
    addScaleCotangent(b, *this, g, scale);
  return success();
}

//===----------------------------------------------------------------------===//
// DequantizeOp
//===----------------------------------------------------------------------===//

bool DequantizeOp::hasZeroDerivative(OpOperand &operand) {
  return operand.getOperandNumber() == 1;
}

void DequantizeOp::getNeededPrimals(NeededPrimals &needs) {
  if (getScale())
    needs.addValue(getScale());
}

LogicalResult DequantizeOp::buildCotangents(BackwardBuilder &b) {
  if (!getScale()) {
    b.addCotangent(getInput(), b.getWideCotangent(getResult()));
    return success();
  }
  Value g = b.getCotangent(getResult());
  b.addCotangent(getInput(),
                 mapScaledElements(
                     b, g, b.getPrimal(getScale()),
                     [](ImplicitLocOpBuilder &inner, ValueRange elements,
                        Value scale) -> Value {
                       return arith::MulFOp::create(inner, elements[0], scale);
                     }));
  return success();
}

//===----------------------------------------------------------------------===//
// FakeQuantizeOp
//===----------------------------------------------------------------------===//

bool FakeQuantizeOp::hasZeroDerivative(OpOperand &operand) {
  return operand.getOperandNumber() == 1 && getScaleGrad() == ScaleGrad::None;
}

void FakeQuantizeOp::getNeededPrimals(NeededPrimals &needs) {
  addNeededPrimals(*this, needs, /*scaleForX=*/false);
}

LogicalResult FakeQuantizeOp::buildCotangents(BackwardBuilder &b) {
  Value wide =
      roundCotangent(b, b.getWideCotangent(getResult()), getCotangentFormat());
  bool isClipped = b.isWanted(getX()) && getSte() == STEKind::Clipped;
  bool isLearned = hasScaleGradient(*this) && b.isWanted(getScale());
  if (!isClipped)
    b.addCotangent(getX(), wide);
  if (!isClipped && !isLearned)
    return success();
  Value g = b.createCast(wide, getElementTypeOrSelf(getX().getType()));
  Value scale = getScale() ? b.getPrimal(getScale()) : Value();
  if (isClipped)
    b.addCotangent(getX(),
                   clipCotangent(b, *this, g, scale,
                                 [](ImplicitLocOpBuilder &, ValueRange elements,
                                    Value) { return elements[0]; }));
  if (isLearned)
    addScaleCotangent(b, *this, g, scale);
  return success();
}

//===----------------------------------------------------------------------===//
// Zero, and none
//===----------------------------------------------------------------------===//

bool ConstantOp::hasZeroDerivative(OpOperand &) { return true; }
bool AmaxOp::hasZeroDerivative(OpOperand &) { return true; }
bool UpdateAmaxHistoryOp::hasZeroDerivative(OpOperand &) { return true; }
bool HistoryAmaxOp::hasZeroDerivative(OpOperand &) { return true; }
bool ComputeScaleOp::hasZeroDerivative(OpOperand &) { return true; }
bool StallOp::hasZeroDerivative(OpOperand &) { return true; }

static LogicalResult refuse(Operation *op) {
  return op->emitOpError()
         << "has no gradient: expected altgrad.quantize, altgrad.dequantize or "
            "altgrad.fake_quantize between an argument to differentiate and a "
            "result with a cotangent";
}

LogicalResult BitcastOp::buildCotangents(BackwardBuilder &) {
  return refuse(*this);
}
LogicalResult EncodeOp::buildCotangents(BackwardBuilder &) {
  return refuse(*this);
}
LogicalResult DecodeOp::buildCotangents(BackwardBuilder &) {
  return refuse(*this);
}
LogicalResult RoundOp::buildCotangents(BackwardBuilder &) {
  return refuse(*this);
}
