//===- ScaledElements.cpp - Maps over elements and scales -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/Utils/ScaledElements.h"

#include "altgrad/Dialect/Altgrad/Utils/BlockedIteration.h"
#include "altgrad/Dialect/Altgrad/Utils/VectorBlocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace altgrad;

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

/// The scale of each element of the vector type `x`.
static Value getVectorScale(ImplicitLocOpBuilder &b, Value scale, Type x) {
  if (!scale || isa<VectorType>(scale.getType()))
    return spreadBlocks(b, scale, x);
  return vector::BroadcastOp::create(b, cast<VectorType>(x), scale);
}

/// The sums over the blocks of a scale.
static Value sumVector(ImplicitLocOpBuilder &b, Value value, Type scale) {
  auto blocks = dyn_cast<VectorType>(scale);
  if (!blocks)
    return vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                       flattenVector(b, value));
  auto type = cast<VectorType>(value.getType());
  if (type.getShape() == blocks.getShape())
    return value;
  Value split = vector::ShapeCastOp::create(
      b, VectorType::get(getSplitShape(type, blocks), type.getElementType()),
      value);
  SmallVector<bool> reduced;
  for ([[maybe_unused]] int64_t count : blocks.getShape())
    llvm::append_values(reduced, false, true);
  Type resultType = blocks.clone(type.getElementType());
  Value zero =
      arith::ConstantOp::create(b, cast<TypedAttr>(b.getZeroAttr(resultType)));
  return vector::MultiDimReductionOp::create(b, split, zero, reduced,
                                             vector::CombiningKind::ADD);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

namespace {

/// The operands of a linalg.generic over inputs and their scale.
struct GenericOperands {
  GenericOperands(ImplicitLocOpBuilder &b, const BlockedIteration &iteration,
                  ValueRange inputs, Value scale)
      : numInputs(inputs.size()) {
    for (Value input : inputs) {
      values.push_back(iteration.split(input));
      maps.push_back(iteration.getIdentityMap());
    }
    if (!scale || !isa<RankedTensorType>(scale.getType())) {
      outside = scale;
      return;
    }
    Value reduced = iteration.reduceRank(scale);
    if (cast<RankedTensorType>(reduced.getType()).getRank() == 0) {
      outside = tensor::ExtractOp::create(b, reduced, ValueRange{});
      return;
    }
    values.push_back(reduced);
    maps.push_back(iteration.getBlocksMap());
  }

  ValueRange getElements(ValueRange arguments) const {
    return arguments.take_front(numInputs);
  }
  Value getScale(ValueRange arguments) const {
    return values.size() > numInputs ? arguments[numInputs] : outside;
  }

  size_t numInputs;
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  /// A scale that is the same for all elements; null where there is none.
  Value outside;
};

} // namespace

static Value mapTensors(ImplicitLocOpBuilder &b, ValueRange inputs, Value scale,
                        ScaledBody body) {
  auto type = cast<RankedTensorType>(inputs[0].getType());
  BlockedIteration iteration(b, inputs[0], scale ? scale.getType() : Type(),
                             scale);
  GenericOperands operands(b, iteration, inputs, scale);
  operands.maps.push_back(iteration.getIdentityMap());
  Value empty = tensor::EmptyOp::create(b, iteration.getLoopSizes(),
                                        type.getElementType());
  SmallVector<utils::IteratorType> iterators(iteration.getNumLoops(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, empty.getType(), operands.values, empty, operands.maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder inner(loc, nested);
        linalg::YieldOp::create(inner,
                                body(inner, operands.getElements(arguments),
                                     operands.getScale(arguments)));
      });
  return iteration.unsplit(generic.getResult(0), type);
}

static Value sumTensors(ImplicitLocOpBuilder &b, ValueRange inputs, Value scale,
                        Type carrier, ScaledBody body) {
  BlockedIteration iteration(b, inputs[0], scale.getType(), scale);
  GenericOperands operands(b, iteration, inputs, scale);
  operands.maps.push_back(iteration.getBlocksMap());
  Value empty = tensor::EmptyOp::create(b, iteration.getBlockSizes(), carrier);
  Value zero =
      arith::ConstantOp::create(b, cast<TypedAttr>(b.getZeroAttr(carrier)));
  Value init = linalg::FillOp::create(b, zero, empty).getResult(0);
  auto generic = linalg::GenericOp::create(
      b, init.getType(), operands.values, init, operands.maps,
      iteration.getReductionIterators(),
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder inner(loc, nested);
        Value element = body(inner, operands.getElements(arguments),
                             operands.getScale(arguments));
        if (element.getType() != carrier)
          element = arith::ExtFOp::create(inner, carrier, element);
        Value sum = arith::AddFOp::create(inner, arguments.back(), element);
        linalg::YieldOp::create(inner, sum);
      });
  Value sums = generic.getResult(0);
  if (auto type = dyn_cast<RankedTensorType>(scale.getType()))
    return iteration.restoreRank(sums, type.clone(carrier));
  return tensor::ExtractOp::create(b, sums, ValueRange{});
}

//===----------------------------------------------------------------------===//
// All kinds
//===----------------------------------------------------------------------===//

Value altgrad::mapScaledElements(ImplicitLocOpBuilder &b, ValueRange inputs,
                                 Value scale, ScaledBody body) {
  Type type = inputs[0].getType();
  if (isa<RankedTensorType>(type))
    return mapTensors(b, inputs, scale, body);
  if (isa<VectorType>(type))
    return body(b, inputs, getVectorScale(b, scale, type));
  return body(b, inputs, scale);
}

Value altgrad::sumScaledElements(ImplicitLocOpBuilder &b, ValueRange inputs,
                                 Value scale, ScaledBody body) {
  Type type = inputs[0].getType();
  Type element = getElementTypeOrSelf(type);
  Type carrier =
      element.getIntOrFloatBitWidth() < 32 ? Type(b.getF32Type()) : element;
  Value sums;
  if (isa<RankedTensorType>(type)) {
    sums = sumTensors(b, inputs, scale, carrier, body);
  } else if (auto vector = dyn_cast<VectorType>(type)) {
    Value elements = body(b, inputs, getVectorScale(b, scale, type));
    if (carrier != element)
      elements = arith::ExtFOp::create(b, vector.clone(carrier), elements);
    sums = sumVector(b, elements, scale.getType());
  } else {
    return body(b, inputs, scale);
  }
  if (carrier != element)
    sums = arith::TruncFOp::create(b, scale.getType(), sums);
  return sums;
}
