//===- FuseSiblingGenerics.cpp - altgrad-fuse-sibling-generics ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two reads of one tensor become one. Memory bandwidth is what quantization
// costs, so quantize and amax of the same tensor should cost one pass over it.
//
// The scan is linear in the size of a block: each op is compared with the last
// candidate per operand only, and the search for dependencies is bounded.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADFUSESIBLINGGENERICS
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// The dependencies that are moved up for one fusion, at most.
static constexpr unsigned kMaxMovedOps = 64;

/// Only bodies that vectorize as a whole are merged: one scalar op would make
/// scalar loops of both.
static bool isCandidate(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics())
    return false;
  return llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
    return OpTrait::hasElementwiseMappableTraits(&inner) ||
           inner.hasTrait<OpTrait::ConstantLike>();
  });
}

/// Gathers into `moved`, in block order, what `op` depends on between `earlier`
/// and itself. Fails if that includes `earlier`, has side effects or is long.
static LogicalResult collectDependencies(Operation *op, Operation *earlier,
                                         SmallVectorImpl<Operation *> &moved) {
  Block *block = op->getBlock();
  SmallPtrSet<Operation *, 16> seen;
  SmallVector<Operation *> worklist = {op};
  while (!worklist.empty()) {
    Operation *current = worklist.pop_back_val();
    WalkResult result = current->walk([&](Operation *nested) {
      for (Value operand : nested->getOperands()) {
        Operation *def = operand.getDefiningOp();
        if (!def)
          continue;
        def = block->findAncestorOpInBlock(*def);
        // Outside of the block, within `current`, or above `earlier`.
        if (!def || def == current || def->isBeforeInBlock(earlier))
          continue;
        if (def == earlier)
          return WalkResult::interrupt();
        if (!seen.insert(def).second)
          continue;
        if (!isMemoryEffectFree(def) || seen.size() > kMaxMovedOps)
          return WalkResult::interrupt();
        worklist.push_back(def);
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
  }
  moved.assign(seen.begin(), seen.end());
  llvm::sort(moved,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return success();
}

namespace {

/// Equality of operations, but for their locations.
struct ByMeaning : public llvm::DenseMapInfo<Operation *> {
  static unsigned getHashValue(const Operation *op) {
    return OperationEquivalence::computeHash(
        const_cast<Operation *>(op), OperationEquivalence::directHashValue,
        OperationEquivalence::ignoreHashValue,
        OperationEquivalence::IgnoreLocations);
  }
  static bool isEqual(const Operation *a, const Operation *b) {
    if (a == b)
      return true;
    if (a == getEmptyKey() || a == getTombstoneKey() || b == getEmptyKey() ||
        b == getTombstoneKey())
      return false;
    return OperationEquivalence::isEquivalentTo(
        const_cast<Operation *>(a), const_cast<Operation *>(b),
        OperationEquivalence::IgnoreLocations);
  }
};

} // namespace

/// Makes one of equal operations, so that two views of a tensor are one tensor
/// to read. Not of those with a body: CSE, which does that too, hashes none,
/// and compares each of n quantizations of a tensor with all others.
static void mergeEqualOps(RewriterBase &rewriter, Block &block) {
  DenseSet<Operation *, ByMeaning> known;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (op.getNumRegions() > 0 || op.getNumResults() == 0 ||
        !isMemoryEffectFree(&op))
      continue;
    auto [first, isNew] = known.insert(&op);
    if (!isNew)
      rewriter.replaceOp(&op, (*first)->getResults());
  }
}

/// One generic that does the work of both, in the place of `first`.
static linalg::GenericOp merge(RewriterBase &rewriter, linalg::GenericOp first,
                               linalg::GenericOp second) {
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> inputMaps, outputMaps;
  // For each input of either op, its place among the merged inputs.
  SmallVector<unsigned> places[2];
  linalg::GenericOp ops[2] = {first, second};
  for (unsigned which : {0, 1}) {
    linalg::GenericOp op = ops[which];
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      unsigned place = 0;
      while (place < inputs.size() &&
             (inputs[place] != operand->get() || inputMaps[place] != map))
        ++place;
      if (place == inputs.size()) {
        inputs.push_back(operand->get());
        inputMaps.push_back(map);
      }
      places[which].push_back(place);
    }
    for (OpOperand &operand : op.getDpsInitsMutable()) {
      outputs.push_back(operand.get());
      outputMaps.push_back(op.getMatchingIndexingMap(&operand));
    }
  }
  SmallVector<AffineMap> maps = std::move(inputMaps);
  llvm::append_range(maps, outputMaps);

  // A reduction of either is a reduction of both.
  SmallVector<utils::IteratorType> iterators = first.getIteratorTypesArray();
  for (auto [merged, other] :
       llvm::zip_equal(iterators, second.getIteratorTypesArray()))
    if (other == utils::IteratorType::reduction)
      merged = other;

  rewriter.setInsertionPoint(first);
  Location loc = rewriter.getFusedLoc({first.getLoc(), second.getLoc()});
  return linalg::GenericOp::create(
      rewriter, loc, ValueRange(outputs).getTypes(), inputs, outputs, maps,
      iterators, [&](OpBuilder &b, Location bodyLoc, ValueRange arguments) {
        SmallVector<Value> results;
        unsigned output = inputs.size();
        for (unsigned which : {0, 1}) {
          linalg::GenericOp op = ops[which];
          IRMapping mapping;
          Block *body = op.getBody();
          for (auto [i, place] : llvm::enumerate(places[which]))
            mapping.map(body->getArgument(i), arguments[place]);
          for (unsigned i = 0, end = op.getNumDpsInits(); i < end; ++i)
            mapping.map(body->getArgument(op.getNumDpsInputs() + i),
                        arguments[output++]);
          for (Operation &inner : body->without_terminator())
            b.clone(inner, mapping);
          for (Value yielded : body->getTerminator()->getOperands())
            results.push_back(mapping.lookupOrDefault(yielded));
        }
        linalg::YieldOp::create(b, bodyLoc, results);
      });
}

namespace {

class FuseSiblingGenericsPass
    : public altgrad::impl::AltgradFuseSiblingGenericsBase<
          FuseSiblingGenericsPass> {
public:
  using AltgradFuseSiblingGenericsBase::AltgradFuseSiblingGenericsBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](Block *block) {
      mergeEqualOps(rewriter, *block);
      fuseBlock(rewriter, *block);
    });
  }

private:
  using Read = std::pair<Value, AffineMap>;

  /// The reads of `op` that visit every iteration once, so that ops which share
  /// one have the same iteration space.
  static SmallVector<Read> getFullReads(linalg::GenericOp op) {
    SmallVector<Read> reads;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      if (map.isPermutation() && map.getNumDims() > 0)
        reads.emplace_back(operand->get(), map);
    }
    return reads;
  }

  /// Each merge copies both bodies, and a loop has so many registers.
  bool isTooLarge(linalg::GenericOp first, linalg::GenericOp second) {
    return first.getBody()->getOperations().size() +
               second.getBody()->getOperations().size() >
           maxBodySize;
  }

  void fuseBlock(RewriterBase &rewriter, Block &block) {
    DenseMap<Read, linalg::GenericOp> lastReader;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      auto generic = dyn_cast<linalg::GenericOp>(op);
      if (!generic || !isCandidate(generic))
        continue;
      for (const Read &read : getFullReads(generic)) {
        linalg::GenericOp earlier = lastReader.lookup(read);
        SmallVector<Operation *> moved;
        if (!earlier || isTooLarge(earlier, generic) ||
            failed(collectDependencies(generic, earlier, moved)))
          continue;
        for (Operation *dependency : moved)
          rewriter.moveOpBefore(dependency, earlier);
        linalg::GenericOp merged = merge(rewriter, earlier, generic);
        unsigned split = earlier.getNumResults();
        // What reads the replaced results is known under keys that die here.
        for (linalg::GenericOp replaced : {earlier, generic})
          for (const Read &stale : getFullReads(replaced))
            lastReader.erase(stale);
        for (linalg::GenericOp replaced : {earlier, generic})
          for (Operation *user : replaced->getUsers())
            if (auto reader = dyn_cast<linalg::GenericOp>(user))
              for (const Read &stale : getFullReads(reader))
                if (stale.first.getDefiningOp() == replaced)
                  lastReader.erase(stale);
        rewriter.replaceOp(earlier, merged.getResults().take_front(split));
        rewriter.replaceOp(generic, merged.getResults().drop_front(split));
        generic = merged;
        break;
      }
      for (const Read &read : getFullReads(generic))
        lastReader[read] = generic;
    }
  }
};

} // namespace
