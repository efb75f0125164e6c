//===- EmitVectorLoops.cpp - Vector loops of a linalg.generic -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops around the vector loop run in the generic's order. The vector loop
// itself is three: several vectors a step where reductions want independent
// accumulators, one vector a step, and scalars for what is left.
//
//===----------------------------------------------------------------------===//

#include "GenericLoops.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace altgrad;

namespace {

/// Independent accumulators per reduction, to hide the combiner's latency.
constexpr int64_t kInterleave = 4;

/// Elements that one chunk of a parallel loop starts at a multiple of: a cache
/// line of the narrowest element, so that threads do not share lines.
constexpr int64_t kChunkAlignment = 64;

class Emitter {
public:
  Emitter(RewriterBase &rewriter, linalg::GenericOp op,
          const VectorizationPlan &plan)
      : b(op.getLoc(), rewriter), op(op), plan(plan) {}

  void emit(unsigned threads);

private:
  // Loops.
  void emitOuterLoops(SmallVector<Value> &ivs, ArrayRef<unsigned> loops,
                      Value from, Value to);
  void emitVectorLoop(SmallVector<Value> &ivs, Value from, Value to);
  SmallVector<Value> reduceRange(SmallVector<Value> &ivs, Value from, Value to,
                                 ArrayRef<Value> initial);
  SmallVector<Value>
  emitLoop(Value from, Value to, int64_t step, ArrayRef<Value> initial,
           function_ref<SmallVector<Value>(Value, ValueRange)> body);
  void emitParallelChunks(unsigned threads);

  // Bodies.
  SmallVector<Value> emitVectorStep(SmallVector<Value> ivs,
                                    ArrayRef<Value> accumulators);
  SmallVector<Value> emitScalarStep(SmallVector<Value> ivs,
                                    ArrayRef<Value> accumulators);
  SmallVector<Value> getIndices(OpOperand &operand, ValueRange ivs);
  Value asVector(Value value, IRMapping &scalars, IRMapping &vectors);

  // Memory of the outputs.
  Value loadOutput(unsigned output, ValueRange ivs);
  void storeOutput(Value value, unsigned output, ValueRange ivs);

  // Reductions, in the order of the outputs that have one.
  SmallVector<unsigned> getReductions() const;
  Value getNeutral(unsigned output);
  VectorType getVectorType(Type element) const {
    return VectorType::get({plan.lanes}, element);
  }
  Type getOutputType(unsigned output) {
    return getElementTypeOrSelf(op.getDpsInits()[output].getType());
  }
  Value combine(unsigned output, Value lhs, Value rhs) {
    return vector::makeArithReduction(
        b, b.getLoc(), plan.outputs[output].combiningKind, lhs, rhs);
  }
  Value constantIndex(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }

  ImplicitLocOpBuilder b;
  linalg::GenericOp op;
  const VectorizationPlan &plan;
  SmallVector<Value> loopSizes;
  /// The loops around the vector loop, outermost first.
  SmallVector<unsigned> outerLoops;
};

} // namespace

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

SmallVector<unsigned> Emitter::getReductions() const {
  SmallVector<unsigned> result;
  for (auto [i, output] : llvm::enumerate(plan.outputs))
    if (output.kind != OutputKind::Elementwise)
      result.push_back(i);
  return result;
}

Value Emitter::getNeutral(unsigned output) {
  std::optional<TypedAttr> neutral =
      arith::getNeutralElement(plan.outputs[output].combiner);
  assert(neutral && "planned only where there is one");
  return arith::ConstantOp::create(b, *neutral);
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

SmallVector<Value> Emitter::getIndices(OpOperand &operand, ValueRange ivs) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) -> Value {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return ivs[dim.getPosition()];
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return constantIndex(constant.getValue());
    return affine::AffineApplyOp::create(
        b, AffineMap::get(map.getNumDims(), 0, expr), ivs);
  });
}

Value Emitter::loadOutput(unsigned output, ValueRange ivs) {
  OpOperand &operand = op.getDpsInitsMutable()[output];
  return memref::LoadOp::create(b, operand.get(), getIndices(operand, ivs));
}

void Emitter::storeOutput(Value value, unsigned output, ValueRange ivs) {
  OpOperand &operand = op.getDpsInitsMutable()[output];
  memref::StoreOp::create(b, value, operand.get(), getIndices(operand, ivs));
}

/// `value` of the body as a vector: what the lanes share is spread.
Value Emitter::asVector(Value value, IRMapping &scalars, IRMapping &vectors) {
  if (Value known = vectors.lookupOrNull(value))
    return known;
  Value scalar = scalars.lookupOrDefault(value);
  Value spread =
      vector::BroadcastOp::create(b, getVectorType(scalar.getType()), scalar);
  vectors.map(value, spread);
  return spread;
}

/// One vector of iterations. Returns the accumulators after it.
SmallVector<Value> Emitter::emitVectorStep(SmallVector<Value> ivs,
                                           ArrayRef<Value> accumulators) {
  Block *body = op.getBody();
  IRMapping scalars, vectors;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (!isa<MemRefType>(operand.get().getType())) {
      scalars.map(argument, operand.get());
      continue;
    }
    if (argument.use_empty())
      continue;
    if (plan.varying.contains(argument)) {
      vectors.map(argument, vector::LoadOp::create(
                                b, getVectorType(argument.getType()),
                                operand.get(), getIndices(operand, ivs)));
    } else if (!op.isDpsInit(&operand)) {
      scalars.map(argument, memref::LoadOp::create(b, operand.get(),
                                                   getIndices(operand, ivs)));
    }
  }

  SmallPtrSet<Operation *, 8> skipped;
  for (const OutputPlan &output : plan.outputs) {
    if (output.combiner)
      skipped.insert(output.combiner);
    if (output.extension)
      skipped.insert(output.extension);
  }
  for (Operation &inner : body->without_terminator()) {
    if (skipped.contains(&inner))
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      Value iv = ivs[index.getDim()];
      if (!plan.varying.contains(index.getResult())) {
        scalars.map(index.getResult(), iv);
        continue;
      }
      VectorType type = getVectorType(b.getIndexType());
      Value start = vector::BroadcastOp::create(b, type, iv);
      Value step = vector::StepOp::create(b, type);
      vectors.map(index.getResult(), arith::AddIOp::create(b, start, step));
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
      operands.push_back(asVector(operand, scalars, vectors));
    SmallVector<Type> types;
    for (Type type : inner.getResultTypes())
      types.push_back(getVectorType(type));
    OperationState state(inner.getLoc(), inner.getName(), operands, types,
                         inner.getAttrs());
    Operation *clone = b.create(state);
    for (auto [old, fresh] :
         llvm::zip_equal(inner.getResults(), clone->getResults()))
      vectors.map(old, fresh);
  }

  SmallVector<Value> results;
  auto yield = cast<linalg::YieldOp>(body->getTerminator());
  for (auto [i, output] : llvm::enumerate(plan.outputs)) {
    if (output.kind == OutputKind::Elementwise) {
      OpOperand &operand = op.getDpsInitsMutable()[i];
      Value stored = asVector(yield.getOperand(i), scalars, vectors);
      vector::StoreOp::create(b, stored, operand.get(),
                              getIndices(operand, ivs));
      continue;
    }
    Value accumulator = accumulators[results.size()];
    Value contribution = asVector(output.contribution, scalars, vectors);
    switch (output.kind) {
    case OutputKind::Elementwise:
      llvm_unreachable("handled above");
    case OutputKind::Lanes:
      results.push_back(combine(i, accumulator, contribution));
      break;
    case OutputKind::Ordered:
      results.push_back(vector::ReductionOp::create(b, output.combiningKind,
                                                    contribution, accumulator));
      break;
    case OutputKind::Count: {
      // The mask as one integer: its population is the count.
      Type maskType = b.getIntegerType(plan.lanes);
      Value packed = vector::BitCastOp::create(
          b, VectorType::get({1}, maskType), contribution);
      Value mask = vector::ExtractOp::create(b, packed, int64_t(0));
      Value population = math::CtPopOp::create(b, mask);
      unsigned width = getOutputType(i).getIntOrFloatBitWidth();
      if (width > plan.lanes)
        population = arith::ExtUIOp::create(b, getOutputType(i), population);
      else if (width < plan.lanes)
        population = arith::TruncIOp::create(b, getOutputType(i), population);
      results.push_back(arith::AddIOp::create(b, accumulator, population));
      break;
    }
    }
  }
  return results;
}

/// One iteration. Returns the accumulators after it.
SmallVector<Value> Emitter::emitScalarStep(SmallVector<Value> ivs,
                                           ArrayRef<Value> accumulators) {
  Block *body = op.getBody();
  IRMapping mapping;
  unsigned next = 0;
  for (auto [i, output] : llvm::enumerate(plan.outputs))
    if (output.kind != OutputKind::Elementwise)
      mapping.map(op.getRegionOutputArgs()[i], accumulators[next++]);
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (!isa<MemRefType>(operand.get().getType()))
      mapping.map(argument, operand.get());
    else if (!argument.use_empty() && !mapping.contains(argument))
      mapping.map(argument, memref::LoadOp::create(b, operand.get(),
                                                   getIndices(operand, ivs)));
  }
  for (Operation &inner : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      mapping.map(index.getResult(), ivs[index.getDim()]);
    else
      b.clone(inner, mapping);
  }
  SmallVector<Value> results;
  auto yield = cast<linalg::YieldOp>(body->getTerminator());
  for (auto [i, output] : llvm::enumerate(plan.outputs)) {
    Value value = mapping.lookupOrDefault(yield.getOperand(i));
    if (output.kind != OutputKind::Elementwise) {
      results.push_back(value);
      continue;
    }
    storeOutput(value, i, ivs);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Value>
Emitter::emitLoop(Value from, Value to, int64_t step, ArrayRef<Value> initial,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(
      b, from, to, constantIndex(step), initial,
      [&](OpBuilder &, Location, Value iv, ValueRange accumulators) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(iv.getParentBlock());
        scf::YieldOp::create(b, body(iv, accumulators));
      });
  return loop.getResults();
}

/// The iterations [from, to) of the vector loop, on top of `initial` scalar
/// accumulators. Returns the accumulators.
SmallVector<Value> Emitter::reduceRange(SmallVector<Value> &ivs, Value from,
                                        Value to, ArrayRef<Value> initial) {
  SmallVector<unsigned> reductions = getReductions();
  bool hasLanes = llvm::any_of(reductions, [&](unsigned output) {
    return plan.outputs[output].kind == OutputKind::Lanes;
  });
  bool hasOrdered = llvm::any_of(reductions, [&](unsigned output) {
    return plan.outputs[output].kind == OutputKind::Ordered;
  });
  // Ordered sums are one chain whatever is done.
  int64_t interleave = hasLanes && !hasOrdered ? kInterleave : 1;

  Value count = arith::SubIOp::create(b, to, from);
  auto roundDown = [&](int64_t step) -> Value {
    Value rest = arith::RemUIOp::create(b, count, constantIndex(step));
    return arith::SubIOp::create(b, to, rest);
  };
  auto step = [&](Value iv, ArrayRef<Value> accumulators) {
    SmallVector<Value> stepIvs = ivs;
    stepIvs[plan.vectorLoop] = iv;
    return emitVectorStep(stepIvs, accumulators);
  };

  // `current` holds one accumulator per reduction and interleaved copy: a
  // vector for Lanes, a scalar otherwise.
  SmallVector<Value> current;
  for (int64_t copy = 0; copy < interleave; ++copy)
    for (auto [k, output] : llvm::enumerate(reductions)) {
      if (plan.outputs[output].kind == OutputKind::Lanes)
        current.push_back(vector::BroadcastOp::create(
            b, getVectorType(getOutputType(output)), getNeutral(output)));
      else if (plan.outputs[output].kind == OutputKind::Count && copy > 0)
        current.push_back(getNeutral(output));
      else
        current.push_back(initial[k]);
    }

  Value position = from;
  unsigned width = reductions.size();
  if (interleave > 1) {
    Value end = roundDown(interleave * plan.lanes);
    current = emitLoop(
        position, end, interleave * plan.lanes, current,
        [&](Value iv, ValueRange accumulators) {
          SmallVector<Value> all(accumulators), results;
          for (int64_t copy = 0; copy < interleave; ++copy) {
            Value start =
                arith::AddIOp::create(b, iv, constantIndex(copy * plan.lanes));
            llvm::append_range(
                results, step(start, ArrayRef(all).slice(copy * width, width)));
          }
          return results;
        });
    position = end;
    // Pairwise, so that the last combinations are not one chain either.
    for (int64_t copies = interleave; copies > 1; copies /= 2)
      for (int64_t copy = 0; copy < copies / 2; ++copy)
        for (auto [k, output] : llvm::enumerate(reductions))
          current[copy * width + k] =
              combine(output, current[copy * width + k],
                      current[(copy + copies / 2) * width + k]);
    current.resize(width);
  }

  Value end = roundDown(plan.lanes);
  current = emitLoop(position, end, plan.lanes, current,
                     [&](Value iv, ValueRange accumulators) {
                       return step(iv, SmallVector<Value>(accumulators));
                     });

  for (auto [k, output] : llvm::enumerate(reductions)) {
    if (plan.outputs[output].kind != OutputKind::Lanes)
      continue;
    // Of sums and products of floats, whose lanes are there because the order
    // is open: here too. Otherwise each would wait for the one before it.
    bool isOpen =
        isa<arith::AddFOp, arith::MulFOp>(plan.outputs[output].combiner);
    Value reduced = vector::ReductionOp::create(
        b, plan.outputs[output].combiningKind, current[k],
        isOpen ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none);
    current[k] = combine(output, initial[k], reduced);
  }

  return emitLoop(end, to, 1, current, [&](Value iv, ValueRange accumulators) {
    SmallVector<Value> stepIvs = ivs;
    stepIvs[plan.vectorLoop] = iv;
    return emitScalarStep(stepIvs, SmallVector<Value>(accumulators));
  });
}

/// The whole vector loop for given outer iterations: reductions start from what
/// is in memory and end there.
void Emitter::emitVectorLoop(SmallVector<Value> &ivs, Value from, Value to) {
  SmallVector<Value> initial;
  for (unsigned output : getReductions())
    initial.push_back(loadOutput(output, ivs));
  SmallVector<Value> results = reduceRange(ivs, from, to, initial);
  for (auto [k, output] : llvm::enumerate(getReductions()))
    storeOutput(results[k], output, ivs);
}

/// The loops `loops`, outermost first, then the vector loop. [from, to) bounds
/// the first of them, or the vector loop if there is none.
void Emitter::emitOuterLoops(SmallVector<Value> &ivs, ArrayRef<unsigned> loops,
                             Value from, Value to) {
  if (loops.empty()) {
    emitVectorLoop(ivs, from, to);
    return;
  }
  emitLoop(from, to, 1, {}, [&](Value iv, ValueRange) {
    ivs[loops.front()] = iv;
    unsigned next = loops.size() > 1 ? loops[1] : plan.vectorLoop;
    emitOuterLoops(ivs, loops.drop_front(), constantIndex(0), loopSizes[next]);
    return SmallVector<Value>();
  });
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

/// Splits the first loop into one chunk per thread. Reductions along it get a
/// slot per chunk, combined in order at the end.
void Emitter::emitParallelChunks(unsigned threads) {
  bool isFlat = outerLoops.empty();
  unsigned first = isFlat ? plan.vectorLoop : outerLoops.front();
  SmallVector<unsigned> reductions =
      isFlat ? getReductions() : SmallVector<unsigned>();

  Value zero = constantIndex(0), one = constantIndex(1);
  Value size = loopSizes[first];
  Value count = constantIndex(threads);
  int64_t alignment = isFlat ? kChunkAlignment : 1;
  Value unit = constantIndex(threads * alignment);
  Value chunk = arith::MulIOp::create(
      b, arith::CeilDivUIOp::create(b, size, unit), constantIndex(alignment));

  SmallVector<Value> slots;
  for (unsigned output : reductions)
    slots.push_back(memref::AllocOp::create(
        b, MemRefType::get({threads}, getOutputType(output))));

  scf::ParallelOp::create(
      b, zero, count, one, [&](OpBuilder &, Location, ValueRange thread) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(thread.front().getParentBlock());
        Value from = arith::MinUIOp::create(
            b, arith::MulIOp::create(b, thread.front(), chunk), size);
        Value to = arith::MinUIOp::create(
            b, arith::AddIOp::create(b, from, chunk), size);
        SmallVector<Value> ivs(op.getNumLoops());
        if (!isFlat) {
          emitOuterLoops(ivs, outerLoops, from, to);
          return;
        }
        SmallVector<Value> initial;
        for (unsigned output : reductions)
          initial.push_back(getNeutral(output));
        SmallVector<Value> results = reduceRange(ivs, from, to, initial);
        for (auto [slot, result] : llvm::zip_equal(slots, results))
          memref::StoreOp::create(b, result, slot, thread);
      });

  if (reductions.empty())
    return;
  SmallVector<Value> initial, ivs(op.getNumLoops(), zero);
  for (unsigned output : reductions)
    initial.push_back(loadOutput(output, ivs));
  SmallVector<Value> totals =
      emitLoop(zero, count, 1, initial, [&](Value iv, ValueRange accumulators) {
        SmallVector<Value> results;
        for (auto [k, output] : llvm::enumerate(reductions)) {
          Value part = memref::LoadOp::create(b, slots[k], iv);
          results.push_back(combine(output, accumulators[k], part));
        }
        return results;
      });
  for (auto [k, output] : llvm::enumerate(reductions)) {
    storeOutput(totals[k], output, ivs);
    memref::DeallocOp::create(b, slots[k]);
  }
}

void Emitter::emit(unsigned threads) {
  auto linalgOp = cast<linalg::LinalgOp>(op.getOperation());
  for (Range range : linalgOp.createLoopRanges(b, b.getLoc()))
    loopSizes.push_back(
        getValueOrCreateConstantIndexOp(b, b.getLoc(), range.size));

  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    if (loop != plan.vectorLoop)
      outerLoops.push_back(loop);

  if (threads > 1) {
    bool canSplit;
    if (outerLoops.empty()) {
      // Chunks of an ordered sum would be another order.
      canSplit = llvm::none_of(plan.outputs, [](const OutputPlan &output) {
        return output.kind == OutputKind::Ordered;
      });
    } else {
      // Each chunk must own its outputs.
      canSplit = llvm::all_of(op.getDpsInitsMutable(), [&](OpOperand &output) {
        return op.getMatchingIndexingMap(&output).isFunctionOfDim(
            outerLoops.front());
      });
    }
    if (canSplit)
      return emitParallelChunks(threads);
  }

  SmallVector<Value> ivs(op.getNumLoops());
  unsigned first = outerLoops.empty() ? plan.vectorLoop : outerLoops.front();
  emitOuterLoops(ivs, outerLoops, constantIndex(0), loopSizes[first]);
}

void altgrad::emitVectorLoops(RewriterBase &rewriter, linalg::GenericOp op,
                              const VectorizationPlan &plan, unsigned threads) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Emitter(rewriter, op, plan).emit(threads);
}
