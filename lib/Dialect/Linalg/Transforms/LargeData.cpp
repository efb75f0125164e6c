//===- LargeData.cpp - Loops over more than caches hold -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LargeData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace altgrad;

/// A row must be this long for the scalars up to its first aligned element not
/// to matter, unless rows are aligned anyway.
static constexpr int64_t kMinUnalignedRow = 2048;

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

static Value constantIndex(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

static Value emitAnd(ImplicitLocOpBuilder &b, Value lhs, Value rhs) {
  return arith::AndIOp::create(b, lhs, rhs);
}

/// True where `value` is a multiple of a cache line.
static Value emitIsAligned(ImplicitLocOpBuilder &b, Value value) {
  Value rest =
      arith::AndIOp::create(b, value, constantIndex(b, kLineBytes - 1));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rest,
                               constantIndex(b, 0));
}

static Value emitBaseAddress(ImplicitLocOpBuilder &b, Value memref) {
  return memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
}

static int64_t getElementBytes(Value memref) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  return element.isIndex() ? 8 : element.getIntOrFloatBitWidth() / 8;
}

llvm::Align LargeData::getAlignment(VectorType type) {
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  // Non-temporal stores are collected by cache line; one that is written in
  // part costs a read of the rest.
  return llvm::Align(std::min(bytes, kLineBytes));
}

/// What `op` reads, or reads and writes, an element of in each iteration.
static SmallVector<Value> getVaryingOperands(linalg::GenericOp op,
                                             const VectorizationPlan &plan) {
  SmallVector<Value> result;
  for (OpOperand &operand : op->getOpOperands())
    if (isa<MemRefType>(operand.get().getType()) &&
        !op.getMatchingBlockArgument(&operand).use_empty() &&
        op.getMatchingIndexingMap(&operand).isFunctionOfDim(plan.vectorLoop))
      result.push_back(operand.get());
  return result;
}

/// What every iteration writes an element of.
static SmallVector<OpOperand *> getWritten(linalg::GenericOp op,
                                           const VectorizationPlan &plan) {
  SmallVector<OpOperand *> result;
  for (auto [i, output] : llvm::enumerate(plan.outputs))
    if (output.kind == OutputKind::Elementwise)
      result.push_back(&op.getDpsInitsMutable()[i]);
  return result;
}

//===----------------------------------------------------------------------===//
// Before the loops
//===----------------------------------------------------------------------===//

std::unique_ptr<LargeData> LargeData::create(ImplicitLocOpBuilder &b,
                                             linalg::GenericOp op,
                                             const VectorizationPlan &plan,
                                             ArrayRef<Value> loopSizes,
                                             uint64_t minBytes) {
  if (minBytes == 0)
    return nullptr;
  uint64_t bytes = 0;
  for (Value input : getVaryingOperands(op, plan))
    bytes += getElementBytes(input);
  for (OpOperand *output : getWritten(op, plan))
    bytes += getElementBytes(output->get());

  // The size is often known.
  bool isKnown = true;
  uint64_t known = bytes;
  for (Value size : loopSizes) {
    std::optional<int64_t> constant = getConstantIntValue(size);
    isKnown &= constant.has_value();
    known *= constant.value_or(1);
  }
  if (isKnown && known < minBytes)
    return nullptr;

  auto result = std::make_unique<LargeData>();
  result->vectorLoop = plan.vectorLoop;
  Value total = constantIndex(b, static_cast<int64_t>(bytes));
  for (Value size : loopSizes)
    total = arith::MulIOp::create(b, total, size);
  result->condition =
      arith::CmpIOp::create(b, arith::CmpIPredicate::uge, total,
                            constantIndex(b, static_cast<int64_t>(minBytes)));
  result->planStreaming(b, op, plan, loopSizes);
  return result;
}

/// Chooses the outputs to stream: all or none. Narrows the condition to where
/// they may be.
void LargeData::planStreaming(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                              const VectorizationPlan &plan,
                              ArrayRef<Value> loopSizes) {
  SmallVector<OpOperand *> written = getWritten(op, plan);
  SmallVector<Value> inputs = getVaryingOperands(op, plan);
  bool streams = !written.empty();
  for (OpOperand *output : written) {
    auto type = cast<MemRefType>(output->get().getType());
    // A loop that an output does not depend on would write it again and again.
    streams &= type.getLayout().isIdentity() &&
               op.getMatchingIndexingMap(output).isPermutation() &&
               !type.getElementType().isIndex() &&
               !llvm::is_contained(inputs, output->get());
  }
  if (!streams)
    return;
  std::swap(written.front(),
            *llvm::min_element(written, [](OpOperand *lhs, OpOperand *rhs) {
              return getElementBytes(lhs->get()) < getElementBytes(rhs->get());
            }));

  Value rowsAreAligned =
      arith::ConstantIntOp::create(b, /*value=*/1, /*width=*/1);
  Value rowSize = loopSizes[plan.vectorLoop];
  for (OpOperand *operand : written) {
    Output output;
    output.address = emitBaseAddress(b, operand->get());
    output.map = op.getMatchingIndexingMap(operand);
    output.elementBytes = getElementBytes(operand->get());
    for (AffineExpr expr : output.map.getResults())
      output.sizes.push_back(
          loopSizes[cast<AffineDimExpr>(expr).getPosition()]);
    for (Value input : inputs) {
      Value isOther =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                emitBaseAddress(b, input), output.address);
      condition = emitAnd(b, condition, isOther);
    }
    Value rowBytes = arith::MulIOp::create(
        b, rowSize, constantIndex(b, output.elementBytes));
    rowsAreAligned =
        emitAnd(b, rowsAreAligned, emitIsAligned(b, output.address));
    rowsAreAligned = emitAnd(b, rowsAreAligned, emitIsAligned(b, rowBytes));
    outputs.push_back(std::move(output));
  }
  Value isLongRow = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, rowSize,
                                          constantIndex(b, kMinUnalignedRow));
  condition =
      emitAnd(b, condition, arith::OrIOp::create(b, rowsAreAligned, isLongRow));
}

//===----------------------------------------------------------------------===//
// At a vector loop, and after all
//===----------------------------------------------------------------------===//

/// The address of an output's element at the iteration `ivs`.
Value LargeData::emitAddress(ImplicitLocOpBuilder &b, const Output &output,
                             ArrayRef<Value> ivs) const {
  Value position = constantIndex(b, 0);
  for (auto [expr, size] :
       llvm::zip_equal(output.map.getResults(), output.sizes)) {
    position = arith::MulIOp::create(b, position, size);
    position = arith::AddIOp::create(
        b, position, ivs[cast<AffineDimExpr>(expr).getPosition()]);
  }
  Value offset =
      arith::MulIOp::create(b, position, constantIndex(b, output.elementBytes));
  return arith::AddIOp::create(b, output.address, offset);
}

LargeData::Start LargeData::align(ImplicitLocOpBuilder &b, ArrayRef<Value> ivs,
                                  Value from, Value to) const {
  if (outputs.empty())
    return {from, condition};
  SmallVector<Value> first(ivs);
  first[vectorLoop] = from;
  // To the narrowest output's next cache line.
  Value address = emitAddress(b, outputs.front(), first);
  Value missing = arith::AndIOp::create(
      b, arith::SubIOp::create(b, constantIndex(b, 0), address),
      constantIndex(b, kLineBytes - 1));
  Value elements = arith::DivUIOp::create(
      b, missing, constantIndex(b, outputs.front().elementBytes));
  Value skipped =
      arith::SelectOp::create(b, condition, elements, constantIndex(b, 0));
  Start start;
  start.position =
      arith::MinUIOp::create(b, arith::AddIOp::create(b, from, skipped), to);
  start.isLarge = condition;
  first[vectorLoop] = start.position;
  for (const Output &output : outputs)
    start.isLarge = emitAnd(b, start.isLarge,
                            emitIsAligned(b, emitAddress(b, output, first)));
  return start;
}

void LargeData::emitFence(ImplicitLocOpBuilder &b) const {
  if (outputs.empty())
    return;
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  LLVM::FenceOp::create(b, LLVM::AtomicOrdering::seq_cst);
}
