//===- BlockedIteration.cpp - Loops over a tensor and its blocks ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/Utils/BlockedIteration.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace altgrad;

/// The size as far as a type says it. A Value is dynamic even where it is a
/// known constant: the type it comes from is.
static int64_t getStaticSize(OpFoldResult size) {
  auto attr = dyn_cast<Attribute>(size);
  return attr ? cast<IntegerAttr>(attr).getInt() : ShapedType::kDynamic;
}

/// size / count, with count at least 1 so that an empty dimension of unknown
/// size does not divide by zero.
static OpFoldResult divide(ImplicitLocOpBuilder &b, OpFoldResult size,
                           OpFoldResult count) {
  int64_t staticSize = getStaticSize(size), staticCount = getStaticSize(count);
  if (!ShapedType::isDynamic(staticSize) && !ShapedType::isDynamic(staticCount))
    return b.getIndexAttr(staticCount == 0 ? 0 : staticSize / staticCount);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value divisor = arith::MaxUIOp::create(
      b, getValueOrCreateConstantIndexOp(b, b.getLoc(), count), one);
  Value dividend = getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  return arith::DivUIOp::create(b, dividend, divisor).getResult();
}

static RankedTensorType getTypeOfSizes(ArrayRef<OpFoldResult> sizes,
                                       Type elementType) {
  return RankedTensorType::get(llvm::map_to_vector(sizes, getStaticSize),
                               elementType);
}

BlockedIteration::BlockedIteration(ImplicitLocOpBuilder &b, Value x,
                                   Type blocksType, Value blocks)
    : b(b), xType(cast<RankedTensorType>(x.getType())) {
  auto blocksTensor = dyn_cast_if_present<RankedTensorType>(blocksType);
  ReassociationIndices pendingUnits;
  for (int64_t dim = 0, rank = xType.getRank(); dim < rank; ++dim) {
    OpFoldResult size = tensor::getMixedSize(b, b.getLoc(), x, dim);
    int64_t count = blocksTensor ? blocksTensor.getDimSize(dim) : 1;
    ReassociationIndices loops = {int64_t(loopSizes.size())};

    if (count == 1) { // One block: the loop is inside it.
      loopSizes.push_back(size);
      loopsOfDim.push_back(loops);
      if (!blocksTensor)
        continue;
      // The dimension collapses into the kept one before it, or after it.
      if (blockGroups.empty())
        pendingUnits.push_back(dim);
      else
        blockGroups.back().push_back(dim);
      continue;
    }

    // Every index a block of its own. A dynamic size of a result is x's.
    bool isWhole =
        ShapedType::isDynamic(count) ? !blocks : count == xType.getDimSize(dim);
    blockLoops.push_back(loops.front());
    pendingUnits.push_back(dim);
    blockGroups.push_back(pendingUnits);
    pendingUnits.clear();
    if (isWhole) {
      loopSizes.push_back(size);
      loopsOfDim.push_back(loops);
      continue;
    }

    OpFoldResult countValue =
        ShapedType::isDynamic(count)
            ? tensor::getMixedSize(b, b.getLoc(), blocks, dim)
            : OpFoldResult(b.getIndexAttr(count));
    loopSizes.push_back(countValue);
    loopSizes.push_back(divide(b, size, countValue));
    loops.push_back(loops.front() + 1);
    loopsOfDim.push_back(loops);
    isSplit = true;
  }
}

AffineMap BlockedIteration::getIdentityMap() const {
  return b.getMultiDimIdentityMap(getNumLoops());
}

AffineMap BlockedIteration::getBlocksMap() const {
  SmallVector<AffineExpr> results;
  for (int64_t loop : blockLoops)
    results.push_back(b.getAffineDimExpr(loop));
  return AffineMap::get(getNumLoops(), 0, results, b.getContext());
}

SmallVector<utils::IteratorType>
BlockedIteration::getReductionIterators() const {
  SmallVector<utils::IteratorType> iterators(getNumLoops(),
                                             utils::IteratorType::reduction);
  for (int64_t loop : blockLoops)
    iterators[loop] = utils::IteratorType::parallel;
  return iterators;
}

Value BlockedIteration::split(Value tensor) const {
  if (!isSplit)
    return tensor;
  auto type = cast<RankedTensorType>(tensor.getType());
  RankedTensorType splitType = getTypeOfSizes(loopSizes, type.getElementType());
  // A static dimension cannot expand into a dynamic one: forget its size.
  SmallVector<int64_t> shape(type.getShape());
  for (auto [dim, loops] : llvm::enumerate(loopsOfDim))
    if (llvm::any_of(
            loops, [&](int64_t loop) { return splitType.isDynamicDim(loop); }))
      shape[dim] = ShapedType::kDynamic;
  auto castType = RankedTensorType::get(shape, type.getElementType());
  if (castType != type)
    tensor = tensor::CastOp::create(b, castType, tensor);
  return tensor::ExpandShapeOp::create(b, splitType, tensor, loopsOfDim,
                                       loopSizes);
}

Value BlockedIteration::unsplit(Value tensor, RankedTensorType type) const {
  if (isSplit)
    tensor = tensor::CollapseShapeOp::create(b, tensor, loopsOfDim);
  if (tensor.getType() != type)
    tensor = tensor::CastOp::create(b, type, tensor);
  return tensor;
}

Value BlockedIteration::reduceRank(Value blocks) const {
  auto type = cast<RankedTensorType>(blocks.getType());
  if (int64_t(blockGroups.size()) == type.getRank())
    return blocks;
  return tensor::CollapseShapeOp::create(b, blocks, blockGroups);
}

Value BlockedIteration::restoreRank(Value blocks, RankedTensorType type) const {
  if (int64_t(blockGroups.size()) != type.getRank()) {
    SmallVector<OpFoldResult> sizes(type.getRank(), b.getIndexAttr(1));
    for (auto [group, loop] : llvm::zip_equal(blockGroups, blockLoops))
      for (int64_t dim : group)
        if (type.getDimSize(dim) != 1)
          sizes[dim] = loopSizes[loop];
    blocks = tensor::ExpandShapeOp::create(
        b, getTypeOfSizes(sizes, type.getElementType()), blocks, blockGroups,
        sizes);
  }
  if (blocks.getType() != type)
    blocks = tensor::CastOp::create(b, type, blocks);
  return blocks;
}

SmallVector<OpFoldResult> BlockedIteration::getBlockSizes() const {
  return llvm::map_to_vector(blockLoops,
                             [&](int64_t loop) { return loopSizes[loop]; });
}
