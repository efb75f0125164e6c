//===- LinalgBody.cpp - Build structured backward operations --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBody.h"

#include "LinalgOutputs.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace altgrad;

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

void BodyReads::declare(linalg::LinalgOp op, NeededPrimals &needs) const {
  for (OpOperand *operand : operands)
    needs.addValue(operand->get());
  for (unsigned result : results)
    needs.addValue(op->getResult(result));
  for (Value value : captured)
    needs.addValue(value);
}

/// The output whose elements are `value`, which is not an argument of the body.
static std::optional<unsigned> getYieldedAs(linalg::LinalgOp op, Value value) {
  for (auto [number, yielded] :
       llvm::enumerate(op.getBlock()->getTerminator()->getOperands())) {
    AffineMap map =
        op.getMatchingIndexingMap(op.getDpsInitOperand(int64_t(number)));
    if (yielded == value && getReducedLoops(map).empty())
      return unsigned(number);
  }
  return std::nullopt;
}

BodyReads altgrad::getBodyReads(linalg::LinalgOp op, ArrayRef<Value> values,
                                bool fromResults) {
  BodyReads reads;
  Block *body = op.getBlock();
  SetVector<Value> worklist(values.begin(), values.end());
  for (size_t i = 0; i < worklist.size(); ++i) {
    Value value = worklist[i];
    if (auto argument = dyn_cast<BlockArgument>(value);
        argument && argument.getOwner() == body) {
      reads.operands.insert(&op->getOpOperand(argument.getArgNumber()));
      continue;
    }
    Operation *definition = value.getDefiningOp();
    if (!definition || definition->getBlock() != body) {
      reads.captured.insert(value);
      continue;
    }
    if (fromResults && definition->getNumOperands() != 0)
      if (std::optional<unsigned> number = getYieldedAs(op, value)) {
        reads.results.insert(*number);
        continue;
      }
    reads.recomputed.insert(definition);
    worklist.insert(definition->operand_begin(), definition->operand_end());
    visitUsedValuesDefinedAbove(
        definition->getRegions(),
        [&](OpOperand *operand) { worklist.insert(operand->get()); });
  }
  return reads;
}

std::pair<OpOperand *, unsigned> altgrad::getLoopSource(linalg::LinalgOp op,
                                                        unsigned loop) {
  std::pair<OpOperand *, unsigned> source;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [position, result] : llvm::enumerate(map.getResults()))
      if (result.isFunctionOfDim(loop)) {
        source = {&operand, unsigned(position)};
        if (!ShapedType::isDynamic(op.getShape(&operand)[position]))
          return source;
      }
  }
  return source;
}

//===----------------------------------------------------------------------===//
// LinalgBody
//===----------------------------------------------------------------------===//

LinalgBody::LinalgBody(BackwardBuilder &b, linalg::LinalgOp op,
                       AffineMap resultMap)
    : b(b), op(op), resultMap(resultMap), block(std::make_unique<Block>()) {
  SmallVector<unsigned> reduced = getReducedLoops(resultMap);
  hasReduction = !reduced.empty();
  SmallVector<AffineExpr> newLoops(op.getNumLoops());
  for (auto [position, result] : llvm::enumerate(resultMap.getResults()))
    newLoops[cast<AffineDimExpr>(result).getPosition()] =
        b.getAffineDimExpr(position);
  for (auto [position, loop] : llvm::enumerate(reduced))
    newLoops[loop] = b.getAffineDimExpr(resultMap.getNumResults() + position);
  toNewLoops = AffineMap::get(op.getNumLoops(), 0, newLoops, b.getContext());
}

Value LinalgBody::addInput(Value tensor, AffineMap map) {
  AffineMap newMap = map.compose(toNewLoops);
  for (auto [known, knownMap, argument] :
       llvm::zip(inputs, maps, block->getArguments()))
    if (known == tensor && knownMap == newMap)
      return argument;
  inputs.push_back(tensor);
  maps.push_back(newMap);
  return block->addArgument(
      cast<RankedTensorType>(tensor.getType()).getElementType(), b.getLoc());
}

void LinalgBody::addReads(const BodyReads &reads, IRMapping &available) {
  for (OpOperand *operand : reads.operands) {
    Value primal = b.getPrimal(operand->get());
    available.map(op.getMatchingBlockArgument(operand),
                  op.isScalar(operand)
                      ? primal
                      : addInput(primal, op.getMatchingIndexingMap(operand)));
  }
  for (unsigned number : reads.results) {
    Value element =
        addInput(b.getPrimal(op->getResult(number)),
                 op.getMatchingIndexingMap(op.getDpsInitOperand(number)));
    available.map(op.getBlock()->getTerminator()->getOperand(number), element);
  }
  for (Value value : reads.captured)
    available.map(value, b.getPrimal(value));

  OpBuilder builder = getBuilder();
  for (Operation &inner : *op.getBlock()) {
    if (!reads.recomputed.contains(&inner))
      continue;
    Operation *clone = builder.clone(inner, available);
    clone->walk([&](linalg::IndexOp index) {
      AffineExpr loop = toNewLoops.getResult(index.getDim());
      index.setDim(cast<AffineDimExpr>(loop).getPosition());
    });
  }
}

Value LinalgBody::getPosition(ArrayRef<unsigned> loops) {
  Value position;
  for (unsigned loop : loops) {
    auto [operand, dim] = getLoopSource(op, loop);
    Value size = getValueOrCreateConstantIndexOp(
        b, b.getLoc(), b.getSizes(operand->get())[dim]);
    OpBuilder builder = getBuilder();
    unsigned newLoop =
        cast<AffineDimExpr>(toNewLoops.getResult(loop)).getPosition();
    Value index = linalg::IndexOp::create(builder, b.getLoc(), newLoop);
    if (position) {
      position = arith::MulIOp::create(builder, b.getLoc(), position, size);
      position = arith::AddIOp::create(builder, b.getLoc(), position, index);
    } else {
      position = index;
    }
  }
  OpBuilder builder = getBuilder();
  return arith::IndexCastOp::create(builder, b.getLoc(), b.getI64Type(),
                                    position);
}

Value LinalgBody::getIdentity(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != block.get() || hasReduction)
    return {};
  unsigned number = argument.getArgNumber();
  return maps[number].isIdentity() ? inputs[number] : Value();
}

void LinalgBody::removeUnused() {
  for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(*block)))
    if (isOpTriviallyDead(&inner))
      inner.erase();
  for (unsigned number = inputs.size(); number-- > 0;) {
    if (!block->getArgument(number).use_empty())
      continue;
    block->eraseArgument(number);
    inputs.erase(inputs.begin() + number);
    maps.erase(maps.begin() + number);
  }
}

void LinalgBody::addMissingSizes() {
  AffineMap newResultMap = resultMap.compose(toNewLoops);
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) {
    AffineExpr newLoop = toNewLoops.getResult(loop);
    unsigned position = cast<AffineDimExpr>(newLoop).getPosition();
    auto coversLoop = [&](AffineMap map) {
      return map.isFunctionOfDim(position);
    };
    if (coversLoop(newResultMap) || llvm::any_of(maps, coversLoop))
      continue;
    auto [operand, dim] = getLoopSource(op, loop);
    Value sized = tensor::EmptyOp::create(b, {b.getSizes(operand->get())[dim]},
                                          b.getF32Type());
    addInput(sized, AffineMap::get(op.getNumLoops(), 0,
                                   getAffineDimExpr(loop, b.getContext())));
  }
}

/// True if consecutive iterations of `loop` read one element or consecutive
/// ones.
static bool isContiguousAlong(AffineMap map, unsigned loop) {
  return !map.isFunctionOfDim(loop) ||
         map.getResults().back().isFunctionOfDim(loop);
}

void LinalgBody::transposeInputs() {
  unsigned rank = resultMap.getNumResults(), numLoops = op.getNumLoops();
  if (!hasReduction || rank == 0)
    return;
  unsigned innermost = rank - 1;
  SmallVector<unsigned> strided;
  for (auto [number, map] : llvm::enumerate(maps))
    if (!isContiguousAlong(map, innermost))
      strided.push_back(number);

  // Dynamic sizes are batches most of the time.
  constexpr int64_t kUsualSize = 32;
  SmallVector<int64_t> sizes(numLoops);
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
    sizes[toNewLoops.getDimPosition(loop)] =
        ShapedType::isDynamic(size) ? kUsualSize : size;
  bool hasDotProduct = false;
  int64_t length = 1;
  for (unsigned loop = rank; loop < numLoops; ++loop) {
    length *= sizes[loop];
    hasDotProduct |= llvm::all_of(
        maps, [&](AffineMap map) { return isContiguousAlong(map, loop); });
  }
  for (unsigned number : strided) {
    // How many rows of the result read an element.
    int64_t uses = 1;
    for (unsigned loop = 0; loop < rank; ++loop)
      if (!maps[number].isFunctionOfDim(loop))
        uses *= sizes[loop];
    // The end of a dot product costs about as much as moving four elements.
    if (uses == 1 || (hasDotProduct && length > 4 * uses))
      return;
  }
  for (unsigned number : strided) {
    AffineMap map = maps[number];
    int64_t stridedDim = *map.getResultPosition(b.getAffineDimExpr(innermost));
    SmallVector<int64_t> order;
    for (int64_t dim = 0, end = map.getNumResults(); dim < end; ++dim)
      if (dim != stridedDim)
        order.push_back(dim);
    order.push_back(stridedDim);
    SmallVector<OpFoldResult> inputSizes =
        tensor::getMixedSizes(b, b.getLoc(), inputs[number]);
    SmallVector<OpFoldResult> outputSizes = llvm::map_to_vector(
        order, [&](int64_t dim) { return inputSizes[dim]; });
    Value empty = tensor::EmptyOp::create(b, outputSizes,
                                          block->getArgument(number).getType());
    inputs[number] =
        linalg::TransposeOp::create(b, inputs[number], empty, order)
            ->getResult(0);
    maps[number] =
        map.getSubMap(SmallVector<unsigned>(order.begin(), order.end()));
  }
}

Value LinalgBody::finish(
    Value contribution, Value init,
    function_ref<Value(OpBuilder &, Value, Value)> combine) {
  OpBuilder builder = getBuilder();
  auto yield = linalg::YieldOp::create(builder, b.getLoc(), contribution);
  removeUnused();
  transposeInputs();
  addMissingSizes();
  Value element = block->addArgument(
      cast<RankedTensorType>(init.getType()).getElementType(), b.getLoc());
  if (combine) {
    builder.setInsertionPoint(yield);
    yield->setOperand(0, combine(builder, element, yield->getOperand(0)));
  }
  maps.push_back(resultMap.compose(toNewLoops));
  SmallVector<utils::IteratorType> iterators(op.getNumLoops(),
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), resultMap.getNumResults(),
              utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(b, init.getType(), inputs, init,
                                           maps, iterators);
  generic.getRegion().push_back(block.release());
  return generic.getResult(0);
}
