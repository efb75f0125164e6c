//===- EmitVectorLoops.cpp - Vector loops of a linalg.generic -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops around the vector loop run in the generic's order. The vector loop
// itself is three: several registers a step where that pays (reductions want
// independent accumulators, narrow outputs whole registers), one register a
// step, and scalars for what is left. Where data may be too large for caches,
// the first of them exists twice, and scalars before it reach an aligned
// address.
//
//===----------------------------------------------------------------------===//

#include "GenericBody.h"
#include "GenericLoops.h"
#include "LargeData.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace altgrad;

namespace {

/// Independent accumulators per reduction, to hide the combiner's latency.
constexpr int64_t kInterleave = 4;

/// Counters of lanes are 32 bits wide and count in units of two: of an addition
/// of one under a mask LLVM makes an extension of the mask, which is slower. A
/// range is counted in pieces of so many elements that they cannot overflow.
constexpr int64_t kCountUnit = 2;
constexpr int64_t kCountedRange = int64_t(1) << 31;

/// Elements that one chunk of a parallel loop starts at a multiple of: a cache
/// line of the narrowest element, so that threads do not share lines.
constexpr int64_t kChunkAlignment = 64;

class Emitter {
public:
  Emitter(RewriterBase &rewriter, linalg::GenericOp op,
          const VectorizationPlan &plan, const LoopOptions &options)
      : b(op.getLoc(), rewriter), op(op), plan(plan), options(options) {}

  void emit();

private:
  /// How one step of a vector loop goes.
  struct Step {
    int64_t lanes;  // Elements of one vector.
    int64_t copies; // Vectors, each with accumulators of its own.
    bool isLarge;   // Made for data that no cache holds.

    int64_t getElements() const { return lanes * copies; }
  };

  // Loops.
  void emitOuterLoops(SmallVector<Value> &ivs, ArrayRef<unsigned> loops,
                      Value from, Value to);
  void emitVectorLoop(SmallVector<Value> &ivs, Value from, Value to);
  void emitLoops(SmallVector<Value> &ivs, Value from, Value to);
  SmallVector<Value> reduceLongRange(SmallVector<Value> &ivs, Value from,
                                     Value to, ArrayRef<Value> initial);
  SmallVector<Value> reduceRange(SmallVector<Value> &ivs, Value from, Value to,
                                 ArrayRef<Value> initial);
  SmallVector<Value> emitSteps(ArrayRef<Value> ivs, Value from, Value to,
                               const Step &step, ArrayRef<Value> accumulators);
  SmallVector<Value>
  emitLoop(Value from, Value to, int64_t step, ArrayRef<Value> initial,
           function_ref<SmallVector<Value>(Value, ValueRange)> body);
  scf::ForOp
  createLoop(Value from, Value to, int64_t step, ArrayRef<Value> initial,
             function_ref<SmallVector<Value>(Value, ValueRange)> body);
  SmallVector<Value>
  emitShortLoop(Value from, Value to, ArrayRef<Value> initial,
                function_ref<SmallVector<Value>(Value, ValueRange)> body);
  void emitParallelChunks(unsigned threads);

  // Bodies.
  SmallVector<Value> emitVectorStep(ArrayRef<Value> ivs, const Step &step,
                                    ArrayRef<Value> accumulators);
  SmallVector<Value> emitScalarStep(SmallVector<Value> ivs,
                                    ArrayRef<Value> accumulators);
  SmallVector<Value> getIndices(OpOperand &operand, ValueRange ivs) {
    return getElementIndices(b, op, operand, ivs);
  }

  // Memory of the outputs.
  Value loadOutput(unsigned output, ValueRange ivs);
  void storeOutput(Value value, unsigned output, ValueRange ivs);
  void prefetchInputs(ArrayRef<Value> ivs, Value iv, int64_t elements);
  void storeVector(Value value, unsigned output, ValueRange ivs, bool isLarge);

  // Reductions, in the order of the outputs that have one.
  Value getNeutral(unsigned output);
  SmallVector<Value> spreadAccumulators(const Step &step,
                                        ArrayRef<Value> initial);
  Value emitIntVector(Type type, int64_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(cast<VectorType>(type),
                                  b.getI32IntegerAttr(value)));
  }
  Value convertCounters(Value counters, Type type);
  SmallVector<Value> foldAccumulators(const Step &step,
                                      ArrayRef<Value> accumulators);
  VectorType getVectorType(Type element, int64_t lanes) const {
    return VectorType::get({lanes}, element);
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
  const LoopOptions &options;
  SmallVector<Value> loopSizes;
  /// The loops around the vector loop, outermost first.
  SmallVector<unsigned> outerLoops;
  /// Null where the data fit a cache for sure.
  std::unique_ptr<LargeData> large;
};

} // namespace

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value Emitter::getNeutral(unsigned output) {
  return arith::ConstantOp::create(b, getNeutralElement(plan.outputs[output]));
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

Value Emitter::loadOutput(unsigned output, ValueRange ivs) {
  OpOperand &operand = op.getDpsInitsMutable()[output];
  return memref::LoadOp::create(b, operand.get(), getIndices(operand, ivs));
}

void Emitter::storeOutput(Value value, unsigned output, ValueRange ivs) {
  OpOperand &operand = op.getDpsInitsMutable()[output];
  memref::StoreOp::create(b, value, operand.get(), getIndices(operand, ivs));
}

void Emitter::storeVector(Value value, unsigned output, ValueRange ivs,
                          bool isLarge) {
  OpOperand &operand = op.getDpsInitsMutable()[output];
  bool streams = isLarge && large->streamsOutputs();
  llvm::MaybeAlign alignment;
  if (streams)
    alignment = LargeData::getAlignment(cast<VectorType>(value.getType()));
  vector::StoreOp::create(b, value, operand.get(), getIndices(operand, ivs),
                          /*nontemporal=*/streams, alignment);
}

/// Fetches what the inputs will have under the step that comes some way after
/// the one from `iv` on: each cache line once.
void Emitter::prefetchInputs(ArrayRef<Value> ivs, Value iv, int64_t elements) {
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || argument.use_empty() || !plan.varying.contains(argument) ||
        type.getElementType().isIndex())
      continue;
    int64_t width = type.getElementTypeBitWidth() / 8;
    int64_t ahead = options.prefetchBytes / width;
    for (int64_t element = 0; element < elements;
         element += kLineBytes / width) {
      SmallVector<Value> far(ivs);
      far[plan.vectorLoop] =
          arith::AddIOp::create(b, iv, constantIndex(ahead + element));
      memref::PrefetchOp::create(b, operand.get(), getIndices(operand, far),
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
    }
  }
}

/// One vector of iterations. Returns the accumulators after it.
SmallVector<Value> Emitter::emitVectorStep(ArrayRef<Value> ivs,
                                           const Step &step,
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
      vectors.map(argument,
                  vector::LoadOp::create(
                      b, getVectorType(argument.getType(), step.lanes),
                      operand.get(), getIndices(operand, ivs)));
    } else if (!op.isDpsInit(&operand)) {
      scalars.map(argument, memref::LoadOp::create(b, operand.get(),
                                                   getIndices(operand, ivs)));
    }
  }

  emitVectorBody(b, op, plan, ivs, step.lanes, scalars, vectors);

  SmallVector<Value> results;
  auto yield = cast<linalg::YieldOp>(body->getTerminator());
  for (auto [i, output] : llvm::enumerate(plan.outputs)) {
    if (output.kind == OutputKind::Elementwise) {
      storeVector(
          asVector(b, yield.getOperand(i), step.lanes, scalars, vectors), i,
          ivs, step.isLarge);
      continue;
    }
    Value accumulator = accumulators[results.size()];
    Value contribution =
        asVector(b, output.contribution, step.lanes, scalars, vectors);
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
      Value unit = emitIntVector(accumulator.getType(), kCountUnit);
      Value more = arith::AddIOp::create(b, accumulator, unit);
      results.push_back(
          arith::SelectOp::create(b, contribution, more, accumulator));
      break;
    }
    }
  }
  return results;
}

/// One iteration. Returns the accumulators after it.
SmallVector<Value> Emitter::emitScalarStep(SmallVector<Value> ivs,
                                           ArrayRef<Value> accumulators) {
  IRMapping mapping;
  unsigned next = 0;
  for (auto [i, output] : llvm::enumerate(plan.outputs))
    if (output.kind != OutputKind::Elementwise)
      mapping.map(op.getRegionOutputArgs()[i], accumulators[next++]);
  SmallVector<Value> yielded =
      emitScalarBody(b, op, ivs, mapping, [&](OpOperand &operand) -> Value {
        return memref::LoadOp::create(b, operand.get(),
                                      getIndices(operand, ivs));
      });
  SmallVector<Value> results;
  for (auto [i, output] : llvm::enumerate(plan.outputs)) {
    Value value = yielded[i];
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

scf::ForOp
Emitter::createLoop(Value from, Value to, int64_t step, ArrayRef<Value> initial,
                    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  return scf::ForOp::create(
      b, from, to, constantIndex(step), initial,
      [&](OpBuilder &, Location, Value iv, ValueRange accumulators) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(iv.getParentBlock());
        scf::YieldOp::create(b, body(iv, accumulators));
      });
}

SmallVector<Value>
Emitter::emitLoop(Value from, Value to, int64_t step, ArrayRef<Value> initial,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  return createLoop(from, to, step, initial, body).getResults();
}

/// A loop in steps of one over fewer elements than a vector has, which LLVM
/// must not vectorize or unroll once more.
SmallVector<Value> Emitter::emitShortLoop(
    Value from, Value to, ArrayRef<Value> initial,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  scf::ForOp loop = createLoop(from, to, 1, initial, body);
  if (options.marksShortLoops) {
    auto yes = b.getBoolAttr(true);
    auto vectorize = LLVM::LoopVectorizeAttr::get(b.getContext(), yes, {}, {},
                                                  {}, {}, {}, {});
    auto unroll =
        LLVM::LoopUnrollAttr::get(b.getContext(), yes, {}, {}, {}, {}, {}, {});
    loop->setDiscardableAttr("llvm.loop_annotation",
                             LLVM::LoopAnnotationAttr::get(
                                 b.getContext(), {}, vectorize, {}, unroll, {},
                                 {}, {}, {}, {}, {}, {}, {}, {}, {}, {}));
  }
  return loop.getResults();
}

/// The loop over [from, to) in steps of `step.copies` vectors. `accumulators`
/// are those of each copy in turn.
SmallVector<Value> Emitter::emitSteps(ArrayRef<Value> ivs, Value from, Value to,
                                      const Step &step,
                                      ArrayRef<Value> accumulators) {
  unsigned width = accumulators.size() / step.copies;
  return emitLoop(
      from, to, step.getElements(), accumulators,
      [&](Value iv, ValueRange current) {
        SmallVector<Value> all(current), results;
        if (step.isLarge && options.prefetchBytes > 0)
          prefetchInputs(ivs, iv, step.getElements());
        for (int64_t copy = 0; copy < step.copies; ++copy) {
          SmallVector<Value> stepIvs(ivs);
          stepIvs[plan.vectorLoop] =
              copy == 0 ? iv
                        : arith::AddIOp::create(
                              b, iv, constantIndex(copy * step.lanes))
                              .getResult();
          llvm::append_range(results, emitVectorStep(stepIvs, step,
                                                     ArrayRef(all).slice(
                                                         copy * width, width)));
        }
        return results;
      });
}

/// The accumulators to start the first loop over vectors with.
SmallVector<Value> Emitter::spreadAccumulators(const Step &step,
                                               ArrayRef<Value> initial) {
  SmallVector<Value> result;
  for (int64_t copy = 0; copy < step.copies; ++copy)
    for (auto [k, output] : llvm::enumerate(plan.getReductions())) {
      switch (plan.outputs[output].kind) {
      case OutputKind::Elementwise:
        llvm_unreachable("not a reduction");
      case OutputKind::Lanes:
        result.push_back(vector::BroadcastOp::create(
            b, getVectorType(getOutputType(output), step.lanes),
            getNeutral(output)));
        break;
      case OutputKind::Count:
        result.push_back(arith::ConstantOp::create(
            b, b.getZeroAttr(getVectorType(b.getI32Type(), step.lanes))));
        break;
      case OutputKind::Ordered:
        result.push_back(initial[k]);
        break;
      }
    }
  return result;
}

/// Counters as integers of the output's type.
Value Emitter::convertCounters(Value counters, Type type) {
  counters = arith::DivUIOp::create(
      b, counters, emitIntVector(counters.getType(), kCountUnit));
  unsigned width = type.getIntOrFloatBitWidth();
  Type vector = cast<VectorType>(counters.getType()).clone(type);
  if (width > 32)
    return arith::ExtUIOp::create(b, vector, counters);
  if (width < 32)
    return arith::TruncIOp::create(b, vector, counters);
  return counters;
}

/// The accumulators of many copies, or of wider vectors, as one copy of
/// `plan.lanes`. Pairwise, so that the combinations are not one chain either.
SmallVector<Value> Emitter::foldAccumulators(const Step &step,
                                             ArrayRef<Value> accumulators) {
  SmallVector<Value> current(accumulators);
  SmallVector<unsigned> reductions = plan.getReductions();
  unsigned width = reductions.size();
  for (int64_t copies = step.copies; copies > 1; copies /= 2)
    for (int64_t copy = 0; copy < copies / 2; ++copy)
      for (auto [k, output] : llvm::enumerate(reductions))
        current[copy * width + k] =
            combine(output, current[copy * width + k],
                    current[(copy + copies / 2) * width + k]);
  current.resize(width);
  for (auto [k, output] : llvm::enumerate(reductions)) {
    if (plan.outputs[output].kind == OutputKind::Ordered)
      continue;
    Value &folded = current[k];
    for (int64_t lanes = step.lanes; lanes > plan.lanes; lanes /= 2) {
      Value halves[2];
      for (int64_t half : {0, 1})
        halves[half] = vector::ExtractStridedSliceOp::create(
            b, folded, ArrayRef(half * lanes / 2), ArrayRef(lanes / 2),
            ArrayRef(int64_t(1)));
      folded = combine(output, halves[0], halves[1]);
    }
  }
  return current;
}

/// The iterations [from, to) of the vector loop, on top of `initial` scalar
/// accumulators. Returns the accumulators.
SmallVector<Value> Emitter::reduceRange(SmallVector<Value> &ivs, Value from,
                                        Value to, ArrayRef<Value> initial) {
  SmallVector<unsigned> reductions = plan.getReductions();
  auto hasKind = [&](OutputKind kind) {
    return llvm::any_of(reductions, [&](unsigned output) {
      return plan.outputs[output].kind == kind;
    });
  };
  auto emitScalars = [&](Value first, Value last, ArrayRef<Value> current) {
    return emitShortLoop(first, last, current, [&](Value iv, ValueRange now) {
      SmallVector<Value> stepIvs = ivs;
      stepIvs[plan.vectorLoop] = iv;
      return emitScalarStep(stepIvs, SmallVector<Value>(now));
    });
  };

  // Ordered sums are one chain whatever is done.
  Step wide{plan.wideLanes, 1, false};
  if (hasKind(OutputKind::Lanes) && !hasKind(OutputKind::Ordered))
    wide.copies =
        std::max<int64_t>(1, kInterleave * plan.lanes / plan.wideLanes);
  Step narrow{plan.lanes, 1, false};

  Value position = from;
  SmallVector<Value> scalars(initial), current;
  LargeData::Start start;
  if (large) {
    start = large->align(b, ivs, from, to);
    scalars = emitScalars(from, start.position, scalars);
    position = start.position;
  }
  Value count = arith::SubIOp::create(b, to, position);
  auto roundDown = [&](int64_t elements) -> Value {
    Value rest = arith::RemUIOp::create(b, count, constantIndex(elements));
    return arith::SubIOp::create(b, to, rest);
  };

  bool hasWide = wide.getElements() > narrow.getElements() || large;
  if (hasWide) {
    current = spreadAccumulators(wide, scalars);
    Value end = roundDown(wide.getElements());
    auto emitWide = [&](bool isLarge) {
      Step step = wide;
      step.isLarge = isLarge;
      return emitSteps(ivs, position, end, step, current);
    };
    if (large) {
      auto branch =
          scf::IfOp::create(b, ValueRange(current).getTypes(), start.isLarge,
                            /*addThenBlock=*/true, /*addElseBlock=*/true);
      for (bool isLarge : {true, false}) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(isLarge ? branch.thenBlock()
                                         : branch.elseBlock());
        scf::YieldOp::create(b, emitWide(isLarge));
      }
      current = branch.getResults();
    } else {
      current = emitWide(/*isLarge=*/false);
    }
    current = foldAccumulators(wide, current);
    position = end;
  } else {
    current = spreadAccumulators(narrow, scalars);
  }

  // Nothing is left for single vectors where the first loop had them.
  if (!hasWide || wide.getElements() > narrow.getElements()) {
    Value end = roundDown(narrow.getElements());
    current = emitSteps(ivs, position, end, narrow, current);
    position = end;
  }

  for (auto [k, output] : llvm::enumerate(reductions)) {
    if (plan.outputs[output].kind == OutputKind::Ordered)
      continue;
    Value lanes = current[k];
    if (plan.outputs[output].kind == OutputKind::Count)
      lanes = convertCounters(lanes, getOutputType(output));
    // Of sums and products of floats, whose lanes are there because the order
    // is open: here too. Otherwise each would wait for the one before it.
    bool isOpen =
        isa<arith::AddFOp, arith::MulFOp>(plan.outputs[output].combiner);
    Value reduced = vector::ReductionOp::create(
        b, plan.outputs[output].combiningKind, lanes,
        isOpen ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none);
    current[k] = combine(output, scalars[k], reduced);
  }
  return emitScalars(position, to, current);
}

/// The same for a range of any length.
SmallVector<Value> Emitter::reduceLongRange(SmallVector<Value> &ivs, Value from,
                                            Value to, ArrayRef<Value> initial) {
  bool counts = llvm::any_of(plan.outputs, [](const OutputPlan &output) {
    return output.kind == OutputKind::Count;
  });
  std::optional<int64_t> size = getConstantIntValue(loopSizes[plan.vectorLoop]);
  if (!counts || (size && *size <= kCountedRange))
    return reduceRange(ivs, from, to, initial);
  return emitLoop(
      from, to, kCountedRange, initial, [&](Value iv, ValueRange accumulators) {
        Value end = arith::MinUIOp::create(
            b, arith::AddIOp::create(b, iv, constantIndex(kCountedRange)), to);
        return reduceRange(ivs, iv, end, SmallVector<Value>(accumulators));
      });
}

/// The whole vector loop for given outer iterations: reductions start from what
/// is in memory and end there.
void Emitter::emitVectorLoop(SmallVector<Value> &ivs, Value from, Value to) {
  SmallVector<Value> initial;
  for (unsigned output : plan.getReductions())
    initial.push_back(loadOutput(output, ivs));
  SmallVector<Value> results = reduceLongRange(ivs, from, to, initial);
  for (auto [k, output] : llvm::enumerate(plan.getReductions()))
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

/// All loops of one thread.
void Emitter::emitLoops(SmallVector<Value> &ivs, Value from, Value to) {
  emitOuterLoops(ivs, outerLoops, from, to);
  if (large)
    large->emitFence(b);
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
      isFlat ? plan.getReductions() : SmallVector<unsigned>();

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
          emitLoops(ivs, from, to);
          return;
        }
        SmallVector<Value> initial;
        for (unsigned output : reductions)
          initial.push_back(getNeutral(output));
        SmallVector<Value> results = reduceLongRange(ivs, from, to, initial);
        for (auto [slot, result] : llvm::zip_equal(slots, results))
          memref::StoreOp::create(b, result, slot, thread);
        if (large)
          large->emitFence(b);
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

void Emitter::emit() {
  auto linalgOp = cast<linalg::LinalgOp>(op.getOperation());
  for (Range range : linalgOp.createLoopRanges(b, b.getLoc()))
    loopSizes.push_back(
        getValueOrCreateConstantIndexOp(b, b.getLoc(), range.size));

  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    if (loop != plan.vectorLoop)
      outerLoops.push_back(loop);

  large = LargeData::create(b, op, plan, loopSizes, options.largeBytes);

  if (options.threads > 1) {
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
      return emitParallelChunks(options.threads);
  }

  SmallVector<Value> ivs(op.getNumLoops());
  unsigned first = outerLoops.empty() ? plan.vectorLoop : outerLoops.front();
  emitLoops(ivs, constantIndex(0), loopSizes[first]);
}

void altgrad::emitVectorLoops(RewriterBase &rewriter, linalg::GenericOp op,
                              const VectorizationPlan &plan,
                              const LoopOptions &options) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Emitter(rewriter, op, plan, options).emit();
}
