//===- EmitGPUKernels.cpp - The kernel of a linalg.generic ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything is guarded by the sizes at run time, so that no access is out of
// bounds. Vectors are used where the addresses at run time allow it; the host
// code, which knows them, tells the kernel how far. Within a step all loads
// come before all stores: nothing tells the compiler that they do not overlap,
// and a thread is to have several in flight.
//
//===----------------------------------------------------------------------===//

#include "GPUKernels.h"
#include "GPUReductions.h"
#include "GenericBody.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace altgrad;

namespace {

class Emitter {
public:
  Emitter(RewriterBase &rewriter, linalg::GenericOp op,
          const GPUKernelPlan &kernel, const GPUKernelOptions &options)
      : b(op.getLoc(), rewriter), op(op), kernel(kernel), plan(kernel.vectors),
        options(options) {}

  void emit();

private:
  /// Where an iteration, or a vector of them, is.
  struct Position {
    SmallVector<Value> ivs;
    Value linear; // Its number, flat kernels only.
  };
  using Accumulators = SmallVector<Value>;

  // Kernels.
  void emitFlat();
  void emitRows();
  void emitPoints();
  gpu::LaunchOp launch(Value blocks, function_ref<void()> emitBody);

  // Parts of kernels.
  Accumulators emitTile(Value tile, ValueRange accumulators);
  void emitPointBody(SmallVector<Value> &ivs);
  Position getPosition(Value linear);
  Accumulators emitVectors(ArrayRef<Position> positions,
                           ValueRange accumulators);
  Accumulators emitScalar(const Position &position, ValueRange accumulators);
  Value reduceLanes(unsigned output, Value lanes, Value scalar);

  // Memory.
  bool hasVectors(OpOperand &operand) {
    return isa<MemRefType>(operand.get().getType()) &&
           plan.varying.contains(op.getMatchingBlockArgument(&operand));
  }
  void flattenOperands();
  Value canUseVectors();
  std::pair<Value, SmallVector<Value>> getElement(OpOperand &operand,
                                                  const Position &position);
  Value load(OpOperand &operand, const Position &position);
  Value loadVector(OpOperand &operand, const Position &position);
  void store(Value value, OpOperand &operand, const Position &position);
  void storeVector(Value value, OpOperand &operand, const Position &position);
  llvm::MaybeAlign getAlignment(VectorType type) const {
    return llvm::Align(getByteWidth(type.getElementType()) *
                       type.getNumElements());
  }
  static int64_t getByteWidth(Type type) {
    return type.isIndex() ? 8 : type.getIntOrFloatBitWidth() / 8;
  }
  OpOperand &getOutput(unsigned output) {
    return op.getDpsInitsMutable()[output];
  }

  // Reductions have two accumulators per thread: one per lane, or one counter
  // for all of them, and a scalar.
  Accumulators getNeutralAccumulators();
  Value getNeutral(unsigned output) {
    return arith::ConstantOp::create(b,
                                     getNeutralElement(plan.outputs[output]));
  }
  Value combine(unsigned output, Value lhs, Value rhs) {
    return vector::makeArithReduction(
        b, b.getLoc(), plan.outputs[output].combiningKind, lhs, rhs);
  }

  // Chips have no atomic operations on less than 32 bits.
  struct Total {
    Value memory; // Of one element.
    bool isWide;  // Memory of its own, of 32 bits.
  };
  Total prepareTotal(unsigned output);
  void emitAtomic(unsigned output, const Total &total, Value value);
  void finishTotal(unsigned output, const Total &total);
  Value widen(unsigned output, Value value);
  Value narrow(unsigned output, Value value);
  void emitSingleThread(function_ref<void()> emitBody);

  // Small things.
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value add(Value lhs, Value rhs) { return arith::AddIOp::create(b, lhs, rhs); }
  Value multiply(Value lhs, Value rhs) {
    return arith::MulIOp::create(b, lhs, rhs);
  }
  Value isLess(Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, lhs, rhs);
  }
  Value isEqual(Value lhs, int64_t rhs) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lhs,
                                 constant(rhs));
  }
  Value atLeastOne(Value value) {
    return arith::MaxUIOp::create(b, value, constant(1));
  }
  Value divideUp(Value value, int64_t by) {
    return arith::CeilDivUIOp::create(b, value, constant(by));
  }
  Value roundDown(Value value, int64_t to) {
    return arith::SubIOp::create(
        b, value, arith::RemUIOp::create(b, value, constant(to)));
  }
  Value product(ArrayRef<Value> sizes) {
    Value result = constant(1);
    for (Value size : sizes)
      result = multiply(result, size);
    return result;
  }

  /// A number to divide by in a kernel.
  struct Divisor {
    Value size;
    Value reciprocal; // Null for a constant.
  };
  Divisor getDivisor(Value size);
  SmallVector<Divisor> getDivisors(ArrayRef<Value> sizes) {
    return llvm::map_to_vector(sizes,
                               [&](Value size) { return getDivisor(size); });
  }
  std::pair<Value, Value> divide(Value value, const Divisor &divisor);
  SmallVector<Value> delinearize(Value linear, ArrayRef<Divisor> sizes);

  SmallVector<Value>
  emitLoop(Value from, Value to, Value step, ValueRange initial,
           function_ref<SmallVector<Value>(Value, ValueRange)> body);
  SmallVector<Value> emitIf(Value condition, TypeRange types,
                            function_ref<SmallVector<Value>()> ifTrue,
                            function_ref<SmallVector<Value>()> ifFalse);

  ImplicitLocOpBuilder b;
  linalg::GenericOp op;
  const GPUKernelPlan &kernel;
  const VectorizationPlan &plan;
  const GPUKernelOptions &options;
  SmallVector<Value> loopSizes;
  SmallVector<Divisor> divisors; // Flat kernels: of those.
  /// Flat kernels: operands that are walked from their first to their last
  /// element, as memrefs of one dimension.
  DenseMap<OpOperand *, Value> flat;

  // Within a kernel.
  Value block, blocks, thread;
  Value tileEnd, vectorTiles; // Flat: elements in all; tiles done in vectors.
};

} // namespace

//===----------------------------------------------------------------------===//
// Small things
//===----------------------------------------------------------------------===//

SmallVector<Value>
Emitter::emitLoop(Value from, Value to, Value step, ValueRange initial,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(
      b, from, to, step, initial,
      [&](OpBuilder &, Location, Value iv, ValueRange accumulators) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(iv.getParentBlock());
        scf::YieldOp::create(b, body(iv, accumulators));
      });
  return loop.getResults();
}

SmallVector<Value> Emitter::emitIf(Value condition, TypeRange types,
                                   function_ref<SmallVector<Value>()> ifTrue,
                                   function_ref<SmallVector<Value>()> ifFalse) {
  auto branch = scf::IfOp::create(b, types, condition, /*addThenBlock=*/true,
                                  /*addElseBlock=*/bool(ifFalse));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(branch.thenBlock());
  scf::YieldOp::create(b, ifTrue());
  if (ifFalse) {
    b.setInsertionPointToEnd(branch.elseBlock());
    scf::YieldOp::create(b, ifFalse());
  }
  return branch.getResults();
}

/// What `divide` needs, computed on the host: a kernel has no instruction for a
/// division of 64 bits.
Emitter::Divisor Emitter::getDivisor(Value size) {
  if (getConstantIntValue(size))
    return {size, nullptr};
  Value bits =
      arith::IndexCastUIOp::create(b, b.getI64Type(), atLeastOne(size));
  Value reciprocal =
      arith::DivUIOp::create(b, arith::ConstantIntOp::create(b, -1, 64), bits);
  return {size, reciprocal};
}

/// Quotient and remainder. With m = floor((2^64 - 1) / d) the upper half of n *
/// m is the quotient or one less, because n / d - n * m / 2^64 is at most n /
/// 2^64, and so less than one.
std::pair<Value, Value> Emitter::divide(Value value, const Divisor &divisor) {
  if (!divisor.reciprocal)
    return {arith::DivUIOp::create(b, value, divisor.size),
            arith::RemUIOp::create(b, value, divisor.size)};
  Value bits = arith::IndexCastUIOp::create(b, b.getI64Type(), value);
  auto product = arith::MulUIExtendedOp::create(b, bits, divisor.reciprocal);
  Value quotient =
      arith::IndexCastUIOp::create(b, b.getIndexType(), product.getHigh());
  Value rest =
      arith::SubIOp::create(b, value, multiply(quotient, divisor.size));
  Value isExact = isLess(rest, divisor.size);
  return {
      arith::SelectOp::create(b, isExact, quotient, add(quotient, constant(1))),
      arith::SelectOp::create(b, isExact, rest,
                              arith::SubIOp::create(b, rest, divisor.size))};
}

/// The indices of element `linear` of an array in C order.
SmallVector<Value> Emitter::delinearize(Value linear, ArrayRef<Divisor> sizes) {
  SmallVector<Value> indices(sizes.size());
  for (size_t i = sizes.size(); i-- > 1;)
    std::tie(linear, indices[i]) = divide(linear, sizes[i]);
  if (!sizes.empty())
    indices[0] = linear;
  return indices;
}

gpu::LaunchOp Emitter::launch(Value gridSize, function_ref<void()> emitBody) {
  Value one = constant(1), threads = constant(options.blockSize);
  auto op = gpu::LaunchOp::create(b, gridSize, one, one, threads, one, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&op.getBody().front());
  block = op.getBlockIds().x;
  blocks = op.getGridSize().x;
  thread = op.getThreadIds().x;
  emitBody();
  gpu::TerminatorOp::create(b);
  return op;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Finds the operands that a flat kernel walks element by element.
void Emitter::flattenOperands() {
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || !op.getMatchingIndexingMap(&operand).isIdentity())
      continue;
    if (type.getRank() == 1) {
      flat[&operand] = operand.get();
      continue;
    }
    ReassociationIndices all =
        llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
    if (memref::CollapseShapeOp::isGuaranteedCollapsible(type, {all}))
      flat[&operand] = memref::CollapseShapeOp::create(
          b, operand.get(), ArrayRef<ReassociationIndices>{all});
  }
}

/// True, on the host, if the addresses of all operands are aligned for vectors.
Value Emitter::canUseVectors() {
  Value misaligned;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!hasVectors(operand))
      continue;
    auto type = cast<MemRefType>(operand.get().getType());
    int64_t bytes = getByteWidth(type.getElementType());
    if (plan.lanes * bytes == 1)
      continue;
    Value address =
        memref::ExtractAlignedPointerAsIndexOp::create(b, operand.get());
    SmallVector<int64_t> strides;
    int64_t offset = 0;
    if (failed(type.getStridesAndOffset(strides, offset)) || offset != 0) {
      auto metadata =
          memref::ExtractStridedMetadataOp::create(b, operand.get());
      address = add(address, multiply(metadata.getOffset(), constant(bytes)));
    }
    Value low =
        arith::AndIOp::create(b, address, constant(plan.lanes * bytes - 1));
    misaligned =
        misaligned ? arith::OrIOp::create(b, misaligned, low).getResult() : low;
  }
  return misaligned ? isEqual(misaligned, 0)
                    : arith::ConstantIntOp::create(b, 1, 1).getResult();
}

/// The memref that holds the operand's element, and its indices there.
std::pair<Value, SmallVector<Value>>
Emitter::getElement(OpOperand &operand, const Position &position) {
  if (position.linear)
    if (Value row = flat.lookup(&operand))
      return {row, {position.linear}};
  return {operand.get(), getElementIndices(b, op, operand, position.ivs)};
}

Value Emitter::load(OpOperand &operand, const Position &position) {
  auto [memory, indices] = getElement(operand, position);
  return memref::LoadOp::create(b, memory, indices);
}

Value Emitter::loadVector(OpOperand &operand, const Position &position) {
  auto [memory, indices] = getElement(operand, position);
  auto type = VectorType::get(
      {plan.lanes}, cast<MemRefType>(memory.getType()).getElementType());
  return vector::LoadOp::create(b, type, memory, indices,
                                /*nontemporal=*/false, getAlignment(type));
}

void Emitter::store(Value value, OpOperand &operand, const Position &position) {
  auto [memory, indices] = getElement(operand, position);
  memref::StoreOp::create(b, value, memory, indices);
}

void Emitter::storeVector(Value value, OpOperand &operand,
                          const Position &position) {
  auto [memory, indices] = getElement(operand, position);
  vector::StoreOp::create(b, value, memory, indices, /*nontemporal=*/false,
                          getAlignment(cast<VectorType>(value.getType())));
}

//===----------------------------------------------------------------------===//
// Iterations
//===----------------------------------------------------------------------===//

Emitter::Accumulators Emitter::getNeutralAccumulators() {
  Accumulators result;
  for (unsigned output : plan.getReductions()) {
    Value neutral = getNeutral(output);
    if (plan.outputs[output].kind == OutputKind::Count) {
      // Counters of 32 bits: no thread comes to that many elements.
      result.push_back(arith::ConstantIntOp::create(b, 0, 32));
    } else {
      result.push_back(vector::BroadcastOp::create(
          b, VectorType::get({plan.lanes}, neutral.getType()), neutral));
    }
    result.push_back(neutral);
  }
  return result;
}

/// One vector from each position. Returns the accumulators after them.
Emitter::Accumulators Emitter::emitVectors(ArrayRef<Position> positions,
                                           ValueRange accumulators) {
  // All loads first.
  SmallVector<IRMapping> scalars(positions.size()), vectors(positions.size());
  for (auto [i, position] : llvm::enumerate(positions))
    for (OpOperand &operand : op->getOpOperands()) {
      BlockArgument argument = op.getMatchingBlockArgument(&operand);
      if (!isa<MemRefType>(operand.get().getType()))
        scalars[i].map(argument, operand.get());
      else if (argument.use_empty())
        continue;
      else if (hasVectors(operand))
        vectors[i].map(argument, loadVector(operand, position));
      else if (!op.isDpsInit(&operand))
        scalars[i].map(argument, load(operand, position));
    }

  Accumulators results(accumulators);
  SmallVector<Value> counts(accumulators.size());
  SmallVector<SmallVector<Value>> stored(positions.size());
  auto yield = cast<linalg::YieldOp>(op.getBody()->getTerminator());
  for (auto [i, position] : llvm::enumerate(positions)) {
    emitVectorBody(b, op, plan, position.ivs, plan.lanes, scalars[i],
                   vectors[i]);
    size_t next = 0;
    for (auto [k, output] : llvm::enumerate(plan.outputs)) {
      if (output.kind == OutputKind::Elementwise) {
        stored[i].push_back(asVector(b, yield.getOperand(k), plan.lanes,
                                     scalars[i], vectors[i]));
        continue;
      }
      Value &lanes = results[next], &count = counts[next];
      next += 2;
      Value contribution =
          asVector(b, output.contribution, plan.lanes, scalars[i], vectors[i]);
      if (output.kind == OutputKind::Count) {
        Value one = arith::ExtUIOp::create(
            b, VectorType::get({plan.lanes}, b.getI32Type()), contribution);
        count = count ? arith::AddIOp::create(b, count, one).getResult() : one;
      } else {
        lanes = combine(k, lanes, contribution);
      }
    }
  }

  for (auto [result, count] : llvm::zip_equal(results, counts))
    if (count)
      result = arith::AddIOp::create(
          b, result,
          vector::ReductionOp::create(b, vector::CombiningKind::ADD, count));

  for (auto [values, position] : llvm::zip_equal(stored, positions)) {
    size_t next = 0;
    for (auto [k, output] : llvm::enumerate(plan.outputs))
      if (output.kind == OutputKind::Elementwise)
        storeVector(values[next++], getOutput(k), position);
  }
  return results;
}

/// One iteration. Returns the accumulators after it.
Emitter::Accumulators Emitter::emitScalar(const Position &position,
                                          ValueRange accumulators) {
  IRMapping mapping;
  Accumulators results(accumulators);
  size_t next = 0;
  for (auto [k, output] : llvm::enumerate(plan.outputs))
    if (output.kind != OutputKind::Elementwise) {
      mapping.map(op.getRegionOutputArgs()[k], results[next + 1]);
      next += 2;
    }
  SmallVector<Value> yielded =
      emitScalarBody(b, op, position.ivs, mapping, [&](OpOperand &operand) {
        return load(operand, position);
      });
  next = 0;
  for (auto [k, output] : llvm::enumerate(plan.outputs)) {
    if (output.kind == OutputKind::Elementwise) {
      store(yielded[k], getOutput(k), position);
    } else {
      results[next + 1] = yielded[k];
      next += 2;
    }
  }
  return results;
}

/// What a thread has reduced: its lanes and its scalar.
Value Emitter::reduceLanes(unsigned output, Value lanes, Value scalar) {
  const OutputPlan &outputPlan = plan.outputs[output];
  if (outputPlan.kind == OutputKind::Count) {
    Value count = lanes;
    Type type = scalar.getType();
    unsigned width = type.getIntOrFloatBitWidth();
    if (width > 32)
      count = arith::ExtUIOp::create(b, type, count);
    else if (width < 32)
      count = arith::TruncIOp::create(b, type, count);
    return combine(output, scalar, count);
  }
  // The order of float sums and products with lanes is open.
  Value reduced = vector::ReductionOp::create(
      b, outputPlan.combiningKind, lanes,
      isa<arith::AddFOp, arith::MulFOp>(outputPlan.combiner)
          ? arith::FastMathFlags::reassoc
          : arith::FastMathFlags::none);
  return combine(output, scalar, reduced);
}

//===----------------------------------------------------------------------===//
// Flat kernels
//===----------------------------------------------------------------------===//

Emitter::Position Emitter::getPosition(Value linear) {
  return {delinearize(linear, divisors), linear};
}

/// What a block does at once: every thread a few vectors that lie a block's
/// width apart, so that neighbours access neighbours; or, where the addresses
/// or the end of the data do not allow that, single elements.
Emitter::Accumulators Emitter::emitTile(Value tile, ValueRange accumulators) {
  int64_t elements = options.blockSize * plan.lanes * kernel.vectorsPerThread;
  Value start = multiply(tile, constant(elements));
  return emitIf(
      isLess(tile, vectorTiles), accumulators.getTypes(),
      [&] {
        SmallVector<Position> positions;
        Value first = add(start, multiply(thread, constant(plan.lanes)));
        for (int64_t i = 0; i < kernel.vectorsPerThread; ++i)
          positions.push_back(getPosition(
              add(first, constant(i * options.blockSize * plan.lanes))));
        return emitVectors(positions, accumulators);
      },
      [&] {
        Value end =
            arith::MinUIOp::create(b, add(start, constant(elements)), tileEnd);
        return emitLoop(add(start, thread), end, constant(options.blockSize),
                        accumulators, [&](Value iv, ValueRange current) {
                          return emitScalar(getPosition(iv), current);
                        });
      });
}

void Emitter::emitSingleThread(function_ref<void()> emitBody) {
  launch(constant(1), [&] {
    emitIf(
        isEqual(thread, 0), {},
        [&] {
          emitBody();
          return SmallVector<Value>();
        },
        nullptr);
  });
}

/// Exact, and the order of values stays.
Value Emitter::widen(unsigned output, Value value) {
  if (isa<FloatType>(value.getType()))
    return arith::ExtFOp::create(b, b.getF32Type(), value);
  vector::CombiningKind kind = plan.outputs[output].combiningKind;
  if (kind == vector::CombiningKind::MAXSI ||
      kind == vector::CombiningKind::MINSI)
    return arith::ExtSIOp::create(b, b.getI32Type(), value);
  return arith::ExtUIOp::create(b, b.getI32Type(), value);
}

Value Emitter::narrow(unsigned output, Value value) {
  Type type =
      cast<MemRefType>(getOutput(output).get().getType()).getElementType();
  if (isa<FloatType>(type))
    return arith::TruncFOp::create(b, type, value);
  return arith::TruncIOp::create(b, type, value);
}

/// Where the blocks combine what they have of an output.
Emitter::Total Emitter::prepareTotal(unsigned output) {
  OpOperand &operand = getOutput(output);
  Type type = cast<MemRefType>(operand.get().getType()).getElementType();
  if (type.isIndex() || type.getIntOrFloatBitWidth() >= 32)
    return {operand.get(), false};
  Type wide = isa<FloatType>(type) ? Type(b.getF32Type()) : b.getI32Type();
  Value memory = memref::AllocOp::create(b, MemRefType::get({}, wide));
  Position position{SmallVector<Value>(op.getNumLoops(), constant(0)), nullptr};
  emitSingleThread([&] {
    memref::StoreOp::create(b, widen(output, load(operand, position)), memory);
  });
  return {memory, true};
}

void Emitter::emitAtomic(unsigned output, const Total &total, Value value) {
  SmallVector<Value> indices;
  if (total.isWide)
    value = widen(output, value);
  else
    indices =
        getElementIndices(b, op, getOutput(output),
                          SmallVector<Value>(op.getNumLoops(), constant(0)));
  memref::AtomicRMWOp::create(
      b, *getAtomicKind(plan.outputs[output].combiningKind, value.getType()),
      value, total.memory, indices);
}

void Emitter::finishTotal(unsigned output, const Total &total) {
  if (!total.isWide)
    return;
  Position position{SmallVector<Value>(op.getNumLoops(), constant(0)), nullptr};
  emitSingleThread([&] {
    Value value = memref::LoadOp::create(b, total.memory);
    store(narrow(output, value), getOutput(output), position);
  });
  memref::DeallocOp::create(b, total.memory);
}

void Emitter::emitFlat() {
  int64_t elements = options.blockSize * plan.lanes * kernel.vectorsPerThread;
  SmallVector<unsigned> reductions = plan.getReductions();
  flattenOperands();
  divisors = getDivisors(loopSizes);
  tileEnd = product(loopSizes);
  vectorTiles = arith::SelectOp::create(
      b, canUseVectors(),
      arith::DivUIOp::create(b, tileEnd, constant(elements)), constant(0));
  Value tiles = divideUp(tileEnd, elements);
  Value gridSize = atLeastOne(tiles);
  if (reductions.empty()) {
    launch(gridSize, [&] { emitTile(block, {}); });
    return;
  }

  gridSize = arith::MinUIOp::create(b, gridSize, constant(options.maxBlocks));
  SmallVector<Total> totals = llvm::map_to_vector(
      reductions, [&](unsigned output) { return prepareTotal(output); });
  SmallVector<Value> parts;
  gpu::LaunchOp kernelOp = launch(gridSize, [&] {
    Accumulators accumulators =
        emitLoop(block, tiles, blocks, getNeutralAccumulators(),
                 [&](Value tile, ValueRange current) {
                   return emitTile(tile, current);
                 });
    for (auto [i, output] : llvm::enumerate(reductions))
      parts.push_back(
          reduceLanes(output, accumulators[2 * i], accumulators[2 * i + 1]));
  });
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(kernelOp.getBody().front().getTerminator());
    for (auto [i, output] : llvm::enumerate(reductions))
      parts[i] = emitBlockReduction(b, kernelOp, options.blockSize, parts[i],
                                    getNeutral(output),
                                    plan.outputs[output].combiningKind);
    emitIf(
        isEqual(thread, 0), {},
        [&] {
          for (auto [i, output] : llvm::enumerate(reductions))
            emitAtomic(output, totals[i], parts[i]);
          return SmallVector<Value>();
        },
        nullptr);
  }
  for (auto [i, output] : llvm::enumerate(reductions))
    finishTotal(output, totals[i]);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void Emitter::emitRows() {
  SmallVector<unsigned> reductions = plan.getReductions();
  int64_t groups = options.blockSize / kernel.groupSize;
  ArrayRef<Value> outerSizes = ArrayRef(loopSizes).drop_back();
  Value rows = product(outerSizes), size = loopSizes.back();
  SmallVector<Divisor> outerDivisors = getDivisors(outerSizes);
  Value vectorsEnd = constant(0);
  if (kernel.usesVectors) {
    // Rows lie one after the other: all are aligned, or none.
    Value aligned = arith::AndIOp::create(
        b, canUseVectors(),
        isEqual(arith::RemUIOp::create(b, size, constant(plan.lanes)), 0));
    vectorsEnd = arith::SelectOp::create(b, aligned, size, vectorsEnd);
  }

  launch(atLeastOne(divideUp(rows, groups)), [&] {
    Value zero = constant(0), groupSize = constant(kernel.groupSize);
    Value row = add(multiply(block, constant(groups)),
                    arith::DivUIOp::create(b, thread, groupSize));
    Value lane = arith::RemUIOp::create(b, thread, groupSize);
    Value isRow = isLess(row, rows);
    SmallVector<Value> outer = delinearize(row, outerDivisors);
    auto at = [&](Value column) {
      Position position;
      position.ivs = outer;
      position.ivs.push_back(column);
      return position;
    };

    Accumulators parts = getNeutralAccumulators();
    Value scalarsStart = zero;
    if (kernel.usesVectors) {
      Value end = arith::SelectOp::create(b, isRow, vectorsEnd, zero);
      int64_t step = kernel.groupSize * plan.lanes;
      int64_t wideStep = step * kernel.vectorsPerThread;
      Value wideEnd = roundDown(end, wideStep);
      Value first = multiply(lane, constant(plan.lanes));
      parts =
          emitLoop(first, wideEnd, constant(wideStep), parts,
                   [&](Value column, ValueRange current) {
                     SmallVector<Position> positions;
                     for (int64_t i = 0; i < kernel.vectorsPerThread; ++i)
                       positions.push_back(at(add(column, constant(i * step))));
                     return emitVectors(positions, current);
                   });
      parts = emitLoop(add(wideEnd, first), end, constant(step), parts,
                       [&](Value column, ValueRange current) {
                         return emitVectors(at(column), current);
                       });
      scalarsStart = vectorsEnd;
    }
    Value end = arith::SelectOp::create(b, isRow, size, zero);
    parts = emitLoop(add(scalarsStart, lane), end, groupSize, parts,
                     [&](Value column, ValueRange current) {
                       return emitScalar(at(column), current);
                     });

    SmallVector<Value> totals;
    for (auto [i, output] : llvm::enumerate(reductions))
      totals.push_back(emitGroupReduction(
          b, reduceLanes(output, parts[2 * i], parts[2 * i + 1]),
          plan.outputs[output].combiningKind, kernel.groupSize));
    Value isFirst = arith::AndIOp::create(b, isRow, isEqual(lane, 0));
    emitIf(
        isFirst, {},
        [&] {
          for (auto [i, output] : llvm::enumerate(reductions)) {
            OpOperand &operand = getOutput(output);
            Value total = combine(output, load(operand, at(zero)), totals[i]);
            store(total, operand, at(zero));
          }
          return SmallVector<Value>();
        },
        nullptr);
  });
}

//===----------------------------------------------------------------------===//
// Points
//===----------------------------------------------------------------------===//

/// What a thread does for its iteration of the parallel loops: the others, in
/// order. Outputs that those do not visit stay in registers.
void Emitter::emitPointBody(SmallVector<Value> &ivs) {
  SmallVector<unsigned> inner;
  for (auto [i, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (type != utils::IteratorType::parallel)
      inner.push_back(i);
  unsigned numOutputs = op.getNumDpsInits();
  SmallVector<bool> isKept(numOutputs);
  for (unsigned output = 0; output < numOutputs; ++output) {
    AffineMap map = op.getMatchingIndexingMap(&getOutput(output));
    isKept[output] = !inner.empty() && llvm::none_of(inner, [&](unsigned loop) {
      return map.isFunctionOfDim(loop);
    });
  }
  for (unsigned loop : inner)
    ivs[loop] = constant(0);

  SmallVector<Value> kept;
  for (unsigned output = 0; output < numOutputs; ++output)
    if (isKept[output])
      kept.push_back(load(getOutput(output), {ivs, nullptr}));

  auto emitIteration = [&](ValueRange current) {
    IRMapping mapping;
    SmallVector<Value> results;
    size_t next = 0;
    for (unsigned output = 0; output < numOutputs; ++output)
      if (isKept[output])
        mapping.map(op.getRegionOutputArgs()[output], current[next++]);
    SmallVector<Value> yielded =
        emitScalarBody(b, op, ivs, mapping, [&](OpOperand &operand) {
          return load(operand, {ivs, nullptr});
        });
    for (unsigned output = 0; output < numOutputs; ++output) {
      if (isKept[output])
        results.push_back(yielded[output]);
      else
        store(yielded[output], getOutput(output), {ivs, nullptr});
    }
    return results;
  };

  std::function<SmallVector<Value>(ArrayRef<unsigned>, ValueRange)> emitLoops =
      [&](ArrayRef<unsigned> loops, ValueRange current) {
        if (loops.empty())
          return emitIteration(current);
        return emitLoop(constant(0), loopSizes[loops.front()], constant(1),
                        current, [&](Value iv, ValueRange now) {
                          ivs[loops.front()] = iv;
                          return emitLoops(loops.drop_front(), now);
                        });
      };
  SmallVector<Value> results = emitLoops(inner, kept);

  for (unsigned loop : inner)
    ivs[loop] = constant(0);
  size_t next = 0;
  for (unsigned output = 0; output < numOutputs; ++output)
    if (isKept[output])
      store(results[next++], getOutput(output), {ivs, nullptr});
}

void Emitter::emitPoints() {
  SmallVector<unsigned> parallel;
  SmallVector<Value> sizes;
  for (auto [i, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (type == utils::IteratorType::parallel) {
      parallel.push_back(i);
      sizes.push_back(loopSizes[i]);
    }
  Value points = product(sizes);
  SmallVector<Divisor> pointDivisors = getDivisors(sizes);
  launch(atLeastOne(divideUp(points, options.blockSize)), [&] {
    Value point = add(multiply(block, constant(options.blockSize)), thread);
    emitIf(
        isLess(point, points), {},
        [&] {
          SmallVector<Value> ivs(op.getNumLoops());
          SmallVector<Value> indices = delinearize(point, pointDivisors);
          for (auto [loop, index] : llvm::zip_equal(parallel, indices))
            ivs[loop] = index;
          emitPointBody(ivs);
          return SmallVector<Value>();
        },
        nullptr);
  });
}

void Emitter::emit() {
  auto linalgOp = cast<linalg::LinalgOp>(op.getOperation());
  for (Range range : linalgOp.createLoopRanges(b, b.getLoc()))
    loopSizes.push_back(
        getValueOrCreateConstantIndexOp(b, b.getLoc(), range.size));
  switch (kernel.kind) {
  case GPUKernelKind::Flat:
    return emitFlat();
  case GPUKernelKind::Rows:
    return emitRows();
  case GPUKernelKind::Points:
    return emitPoints();
  }
}

void altgrad::emitGPUKernel(RewriterBase &rewriter, linalg::GenericOp op,
                            const GPUKernelPlan &plan,
                            const GPUKernelOptions &options) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Emitter(rewriter, op, plan, options).emit();
}
