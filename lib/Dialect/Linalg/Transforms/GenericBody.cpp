//===- GenericBody.cpp - The body of a linalg.generic in loops ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericBody.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace altgrad;

SmallVector<Value> altgrad::getElementIndices(ImplicitLocOpBuilder &b,
                                              linalg::GenericOp op,
                                              OpOperand &operand,
                                              ValueRange ivs) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) -> Value {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return ivs[dim.getPosition()];
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return arith::ConstantIndexOp::create(b, constant.getValue());
    return affine::AffineApplyOp::create(
        b, AffineMap::get(map.getNumDims(), 0, expr), ivs);
  });
}

SmallVector<Value>
altgrad::emitScalarBody(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                        ValueRange ivs, IRMapping &mapping,
                        function_ref<Value(OpOperand &)> load) {
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (!isa<MemRefType>(operand.get().getType()))
      mapping.map(argument, operand.get());
    else if (!argument.use_empty() && !mapping.contains(argument))
      mapping.map(argument, load(operand));
  }
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      mapping.map(index.getResult(), ivs[index.getDim()]);
    else
      b.clone(inner, mapping);
  }
  return llvm::map_to_vector(
      op.getBody()->getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
}

Value altgrad::asVector(ImplicitLocOpBuilder &b, Value value, int64_t lanes,
                        IRMapping &scalars, IRMapping &vectors) {
  if (Value known = vectors.lookupOrNull(value))
    return known;
  Value scalar = scalars.lookupOrDefault(value);
  Value spread = vector::BroadcastOp::create(
      b, VectorType::get({lanes}, scalar.getType()), scalar);
  vectors.map(value, spread);
  return spread;
}

void altgrad::emitVectorBody(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                             const VectorizationPlan &plan, ValueRange ivs,
                             int64_t lanes, IRMapping &scalars,
                             IRMapping &vectors) {
  SmallPtrSet<Operation *, 8> skipped;
  for (const OutputPlan &output : plan.outputs) {
    if (output.combiner)
      skipped.insert(output.combiner);
    if (output.extension)
      skipped.insert(output.extension);
  }
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (skipped.contains(&inner))
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      Value iv = ivs[index.getDim()];
      if (!plan.varying.contains(index.getResult())) {
        scalars.map(index.getResult(), iv);
        continue;
      }
      auto type = VectorType::get({lanes}, b.getIndexType());
      Value start = vector::BroadcastOp::create(b, type, iv);
      Value offsets = vector::StepOp::create(b, type);
      vectors.map(index.getResult(), arith::AddIOp::create(b, start, offsets));
      continue;
    }
    bool varies = llvm::any_of(inner.getOperands(), [&](Value operand) {
      return plan.varying.contains(operand);
    });
    if (!varies) {
      b.clone(inner, scalars);
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(asVector(b, operand, lanes, scalars, vectors));
    SmallVector<Type> types;
    for (Type type : inner.getResultTypes())
      types.push_back(VectorType::get({lanes}, type));
    OperationState state(inner.getLoc(), inner.getName(), operands, types,
                         inner.getAttrs());
    Operation *clone = b.create(state);
    for (auto [old, fresh] :
         llvm::zip_equal(inner.getResults(), clone->getResults()))
      vectors.map(old, fresh);
  }
}
