//===- LoopSizes.cpp - Sizes of tensors in a loop -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sizes are followed through what keeps them to where they come from. One that
// changes with the induction variable has its largest value found by a loop of
// integer arithmetic.
//
//===----------------------------------------------------------------------===//

#include "LoopSizes.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace altgrad;

//===----------------------------------------------------------------------===//
// Where sizes come from
//===----------------------------------------------------------------------===//

LoopSizes::Source LoopSizes::find(Value tensor, int64_t dim) {
  auto [known, isNew] = sources.try_emplace({tensor, dim});
  if (!isNew)
    return known->second;
  Source source = trace(tensor, dim);
  sources[{tensor, dim}] = source;
  return source;
}

LoopSizes::Source LoopSizes::trace(Value tensor, int64_t dim) {
  if (!isa<RankedTensorType>(tensor.getType()))
    return {};
  if (loop.isDefinedOutsideOfLoop(tensor))
    return {tensor, dim};
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return traceCarried(argument, dim);
  Operation *op = tensor.getDefiningOp();
  auto result = cast<OpResult>(tensor);
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return find(destination.getTiedOpOperand(result)->get(), dim);
  if (auto inner = dyn_cast<scf::ForOp>(op))
    return find(inner.getRegionIterArg(result.getResultNumber()), dim);
  if (isa<tensor::ExtractSliceOp>(op))
    return traceSlice(tensor, dim);
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return empty.getType().isDynamicDim(dim)
               ? traceIndex(empty.getDynamicSize(dim))
               : Source();
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    Source source = find(select.getTrueValue(), dim);
    return source == find(select.getFalseValue(), dim) ? source : Source();
  }
  if (OpTrait::hasElementwiseMappableTraits(op) ||
      isa<tensor::CastOp, FakeQuantizeOp, QuantizeOp, DequantizeOp>(op))
    return find(op->getOperand(0), dim);
  return {};
}

/// What is carried keeps its size if what is yielded follows from it.
LoopSizes::Source LoopSizes::traceCarried(BlockArgument argument, int64_t dim) {
  auto owner = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  if (!owner)
    return {};
  Source first = find(owner.getTiedLoopInit(argument)->get(), dim);
  sources[{argument, dim}] = first;
  Source next = find(owner.getTiedLoopYieldedValue(argument)->get(), dim);
  return next == first ? first : Source();
}

LoopSizes::Source LoopSizes::traceSlice(Value tensor, int64_t dim) {
  auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>();
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  SmallVector<OpFoldResult> sizes;
  for (auto [i, size] : llvm::enumerate(slice.getMixedSizes()))
    if (!dropped.test(i))
      sizes.push_back(size);
  auto size = dyn_cast<Value>(sizes[dim]);
  return size ? traceIndex(size) : Source();
}

LoopSizes::Source LoopSizes::traceIndex(Value index) {
  auto dim = index.getDefiningOp<tensor::DimOp>();
  if (dim && dim.getConstantIndex() && !loop.isDefinedOutsideOfLoop(index))
    return find(dim.getSource(), *dim.getConstantIndex());
  return {index, std::nullopt};
}

//===----------------------------------------------------------------------===//
// Their values
//===----------------------------------------------------------------------===//

LoopSizes::Kind LoopSizes::getKind(Value tensor, int64_t dim) {
  Source source = find(tensor, dim);
  if (!source.value)
    return Kind::Unknown;
  return source.dim ? Kind::Constant : getKind(source.value);
}

LoopSizes::Kind LoopSizes::getKind(Value index) {
  if (loop.isDefinedOutsideOfLoop(index))
    return Kind::Constant;
  if (index == loop.getInductionVar())
    return Kind::Variable;
  Operation *op = index.getDefiningOp();
  if (!op || op->getNumRegions() || !isMemoryEffectFree(op) ||
      !llvm::all_of(op->getResultTypes(),
                    [](Type type) { return type.isIntOrIndex(); }))
    return Kind::Unknown;
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return dim.getConstantIndex()
               ? getKind(dim.getSource(), *dim.getConstantIndex())
               : Kind::Unknown;
  Kind kind = Kind::Constant;
  for (Value operand : op->getOperands())
    kind = std::max(kind, getKind(operand));
  return kind;
}

Value LoopSizes::emitAgain(OpBuilder &b, Value index, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(index))
    return known;
  if (loop.isDefinedOutsideOfLoop(index))
    return index;
  Operation *op = index.getDefiningOp();
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    Source source = find(dim.getSource(), *dim.getConstantIndex());
    if (!source.dim)
      return emitAgain(b, source.value, mapping);
    return tensor::DimOp::create(b, dim.getLoc(), source.value, *source.dim);
  }
  for (Value operand : op->getOperands())
    mapping.map(operand, emitAgain(b, operand, mapping));
  b.clone(*op, mapping);
  return mapping.lookup(index);
}

Value LoopSizes::emitLargest(ImplicitLocOpBuilder &b, Value tensor,
                             int64_t dim) {
  Source source = find(tensor, dim);
  if (source.dim)
    return tensor::DimOp::create(b, source.value, *source.dim);
  IRMapping mapping;
  if (getKind(source.value) == Kind::Constant)
    return emitAgain(b, source.value, mapping);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  auto search = scf::ForOp::create(
      b, loop.getLowerBound(), loop.getUpperBound(), loop.getStep(), zero,
      [&](OpBuilder &nested, Location loc, Value variable,
          ValueRange arguments) {
        mapping.map(loop.getInductionVar(), variable);
        Value size = emitAgain(nested, source.value, mapping);
        Value largest = arith::MaxUIOp::create(nested, loc, arguments[0], size);
        scf::YieldOp::create(nested, loc, largest);
      },
      loop.getUnsignedCmp());
  return search.getResult(0);
}
