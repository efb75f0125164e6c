//===- DifferentiableOpInterface.cpp - Gradient rules ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cotangent is kept in the widest type in which a part of it was added, and
// rounded where arithmetic of a narrower type takes it. So extf and truncf do
// not round gradients, and those of codes need no type of their own.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.cpp.inc"

bool altgrad::canHaveCotangent(Type type) {
  if (isa<ShapedType>(type) && !isa<VectorType, RankedTensorType>(type))
    return false;
  return isa<FloatType, FP8Type>(getElementTypeOrSelf(type));
}

LogicalResult altgrad::emitMissingRule(Operation *op) {
  return op->emitOpError() << "has no gradient rule: expected an implementation"
                              " of DifferentiableOpInterface, because an "
                              "argument to differentiate and a result with a "
                              "cotangent are connected through it";
}

//===----------------------------------------------------------------------===//
// Activity, PrimalAugmenter
//===----------------------------------------------------------------------===//

bool Activity::hasActiveResult(Operation *op) const {
  return llvm::any_of(op->getResults(),
                      [&](Value result) { return isActive(result); });
}

void Activity::replace(Value from, Value to) {
  // The address of `from` may become that of another value.
  if (varied.erase(from))
    varied.insert(to);
  if (useful.erase(from))
    useful.insert(to);
}

void PrimalAugmenter::replacePrimal(Operation *op, Operation *augmented,
                                    ValueRange tape) {
  llvm::append_range(plan.tapes[augmented], tape);
  if (op == augmented)
    return;
  ResultRange results = augmented->getResults().take_front(op->getNumResults());
  for (auto [from, to] : llvm::zip_equal(op->getResults(), results))
    plan.activity.replace(from, to);
  plan.tapes.erase(op);
  replaceOp(op, results);
}

//===----------------------------------------------------------------------===//
// Types of cotangents
//===----------------------------------------------------------------------===//

/// The narrowest type that holds both.
static FloatType getCommonFloat(FloatType a, FloatType b) {
  if (a == b)
    return a;
  if (a.getWidth() != b.getWidth())
    return a.getWidth() > b.getWidth() ? a : b;
  return Float32Type::get(a.getContext()); // f16 and bf16.
}

Value BackwardBuilder::createCast(Value value, Type elementType) {
  auto from = cast<FloatType>(getElementTypeOrSelf(value.getType()));
  auto to = cast<FloatType>(elementType);
  if (from == to)
    return value;
  if (from.getWidth() == to.getWidth()) // Neither contains the other.
    return createCast(createCast(value, getF32Type()), to);
  Type type = cloneWithElementType(value.getType(), to);
  if (from.getWidth() > to.getWidth())
    return arith::TruncFOp::create(*this, type, value);
  return arith::ExtFOp::create(*this, type, value);
}

Value BackwardBuilder::createConstant(Value like, double number) {
  Type type = like.getType();
  auto element = cast<FloatType>(getElementTypeOrSelf(type));
  FloatAttr scalar = getFloatAttr(element, number);
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return arith::ConstantOp::create(*this, scalar);
  if (shaped.hasStaticShape())
    return arith::ConstantOp::create(*this,
                                     DenseElementsAttr::get(shaped, scalar));
  Value empty = tensor::EmptyOp::create(
      *this, tensor::getMixedSizes(*this, getLoc(), like), element);
  Value value = arith::ConstantOp::create(*this, scalar);
  return linalg::FillOp::create(*this, value, empty).getResult(0);
}

Value BackwardBuilder::createZero(Value primal) {
  Type type = primal.getType();
  Type element = getElementTypeOrSelf(type);
  if (!isa<FloatType>(element)) // Codes.
    element = getF32Type();
  TypedAttr zero = cast<TypedAttr>(getZeroAttr(element));
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return arith::ConstantOp::create(*this, zero);
  if (shaped.hasStaticShape())
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(
                   cast<ShapedType>(cloneWithElementType(type, element)),
                   cast<Attribute>(zero)));
  Value empty = tensor::EmptyOp::create(*this, getSizes(primal), element);
  Value value = arith::ConstantOp::create(*this, zero);
  Value filled = linalg::FillOp::create(*this, value, empty).getResult(0);
  Type expected = cloneWithElementType(type, element);
  if (filled.getType() != expected)
    filled = tensor::CastOp::create(*this, expected, filled);
  return filled;
}

//===----------------------------------------------------------------------===//
// Cotangents
//===----------------------------------------------------------------------===//

Value BackwardBuilder::getWideCotangent(Value value) {
  return cotangents.lookup(value);
}

Value BackwardBuilder::takeCotangent(Value value) {
  Value cotangent = cotangents.lookup(value);
  cotangents.erase(value);
  return cotangent;
}

Value BackwardBuilder::getCotangent(Value value) {
  Value cotangent = cotangents.lookup(value);
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(value.getType()));
  return cotangent && element ? createCast(cotangent, element) : cotangent;
}

/// True if all elements of `tensor` are +0.
static bool isZero(Value tensor) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    tensor = fill.getInputs()[0];
  return matchPattern(tensor, m_PosZeroFloat());
}

/// sum + cotangent where that is a part of a tensor in zeros otherwise: adds to
/// the part alone, so that a loop over parts need not add all the zeros. Null
/// if it is something else.
static Value addPart(ImplicitLocOpBuilder &b, Value sum, Value cotangent) {
  if (auto slice = cotangent.getDefiningOp<tensor::InsertSliceOp>();
      slice && isZero(slice.getDest())) {
    Value part = tensor::ExtractSliceOp::create(
        b, slice.getSourceType(), sum, slice.getMixedOffsets(),
        slice.getMixedSizes(), slice.getMixedStrides());
    part = arith::AddFOp::create(b, part, slice.getSource());
    return tensor::InsertSliceOp::create(b, part, sum, slice.getMixedOffsets(),
                                         slice.getMixedSizes(),
                                         slice.getMixedStrides());
  }
  if (auto element = cotangent.getDefiningOp<tensor::InsertOp>();
      element && isZero(element.getDest())) {
    Value part = tensor::ExtractOp::create(b, sum, element.getIndices());
    part = arith::AddFOp::create(b, part, element.getScalar());
    return tensor::InsertOp::create(b, part, sum, element.getIndices());
  }
  return {};
}

void BackwardBuilder::addCotangent(Value operand, Value cotangent) {
  if (!cotangent || !isWanted(operand))
    return;
  // Static sizes may be known on one side only.
  Type shape = cloneWithElementType(operand.getType(),
                                    getElementTypeOrSelf(cotangent.getType()));
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(cotangent.getType()));
  if (!isFloat || cotangent.getType() != shape) {
    if (!isFloat ||
        !tensor::CastOp::areCastCompatible(cotangent.getType(), shape)) {
      hadError = true;
      mlir::emitError(getLoc())
          << "the gradient rule built a cotangent of type "
          << cotangent.getType() << " for a value of type "
          << operand.getType();
      return;
    }
    cotangent = tensor::CastOp::create(*this, shape, cotangent);
  }

  // At least as wide as the value, and as everything that was added before.
  auto type = cast<FloatType>(getElementTypeOrSelf(cotangent.getType()));
  if (auto element =
          dyn_cast<FloatType>(getElementTypeOrSelf(operand.getType())))
    type = getCommonFloat(type, element);
  Value sum = cotangents.lookup(operand);
  if (sum)
    type = getCommonFloat(type,
                          cast<FloatType>(getElementTypeOrSelf(sum.getType())));
  if (!sum) {
    cotangents[operand] = createCast(cotangent, type);
    return;
  }
  sum = createCast(sum, type);
  Value total;
  if (cotangent.getType() == sum.getType())
    total = addPart(*this, sum, cotangent);
  if (!total)
    total = arith::AddFOp::create(*this, sum, createCast(cotangent, type));
  cotangents[operand] = total;
}

//===----------------------------------------------------------------------===//
// Primal values
//===----------------------------------------------------------------------===//

Value BackwardBuilder::lookUpPrimal(Value value) const {
  for (const BackwardBuilder *scope = this; scope; scope = scope->parent)
    if (Value available = scope->primals.lookup(value))
      return available;
  return value;
}

void BackwardBuilder::checkDeclared(Value value, bool sizesOnly) {
  if (!declared || declared->getValues().contains(value) ||
      (sizesOnly && declared->getSizes().contains(value)))
    return;
  hadError = true;
  current->emitOpError() << "asked for a primal value that getNeededPrimals of "
                            "its gradient rule did not declare: "
                         << value;
}

Value BackwardBuilder::getPrimal(Value value) {
  checkDeclared(value, /*sizesOnly=*/false);
  return lookUpPrimal(value);
}

SmallVector<OpFoldResult> BackwardBuilder::getSizes(Value tensor) {
  if (cast<RankedTensorType>(tensor.getType()).hasStaticShape())
    return tensor::getMixedSizes(*this, getLoc(), tensor);
  checkDeclared(tensor, /*sizesOnly=*/true);
  for (const BackwardBuilder *scope = this; scope; scope = scope->parent)
    if (auto known = scope->sizes.find(tensor); known != scope->sizes.end())
      return known->second;
  return tensor::getMixedSizes(*this, getLoc(), lookUpPrimal(tensor));
}

SmallVector<Value> BackwardBuilder::getTape(Operation *op) {
  auto tape = plan.tapes.find(op);
  if (tape == plan.tapes.end())
    return {};
  return llvm::map_to_vector(tape->second,
                             [&](Value value) { return lookUpPrimal(value); });
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

LogicalResult BackwardBuilder::runRule(Operation *op) {
  if (llvm::none_of(op->getResults(),
                    [&](Value result) { return cotangents.lookup(result); }))
    return success();
  auto rule = dyn_cast<DifferentiableOpInterface>(op);
  if (!rule)
    return emitMissingRule(op);
  NeededPrimals needs(plan);
  rule.getNeededPrimals(needs);
  setLoc(op->getLoc());
  current = op;
  declared = &needs;
  LogicalResult result = rule.buildCotangents(*this);
  declared = nullptr;
  return failure(failed(result) || hadError);
}
