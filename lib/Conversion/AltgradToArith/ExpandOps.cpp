//===- ExpandOps.cpp - Ops on scalars and vectors -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rewrites every operation but the primitives, on scalars and vectors, into
// primitives and upstream dialects. Codes go through altgrad.bitcast, so that
// each rewrite is valid IR on its own.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"
#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"
#include "altgrad/Conversion/AltgradToArith/RewriteUsersFirst.h"
#include "altgrad/Dialect/Altgrad/Utils/VectorBlocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace altgrad;
using llvm::APInt;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

template <typename OpTy>
static ElementScale getScaleFor(ImplicitLocOpBuilder &b, OpTy op, Type x) {
  bool isPowerOfTwo = op.getScale() && isKnownPowerOfTwo(op.getScale());
  return prepareScale(b, spreadBlocks(b, op.getScale(), x), op.getFastmath(),
                      isPowerOfTwo);
}

static bool isMultiDimensionalScalable(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.isScalable() && vector.getRank() > 1;
}

namespace {

/// A rewrite of an op on scalars and vectors: refuses tensors, and gives the
/// derived pattern a builder at the op.
template <typename OpTy> struct ExpandPattern : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  virtual LogicalResult expand(OpTy op, ImplicitLocOpBuilder &b,
                               PatternRewriter &rewriter) const = 0;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const final {
    if (isOnTensors(op))
      return rewriter.notifyMatchFailure(op, "requires scalars or vectors");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    return expand(op, b, rewriter);
  }
};

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// altgrad.constant -> arith.constant. Holds for tensors too.
struct ExpandConstant : public OpRewritePattern<ConstantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConstantOp op,
                                PatternRewriter &rewriter) const override {
    Value bytes =
        arith::ConstantOp::create(rewriter, op.getLoc(), op.getValue());
    rewriter.replaceOpWithNewOp<BitcastOp>(op, op.getType(), bytes);
    return success();
  }
};

/// quantize -> encode(x / scale)
struct ExpandQuantize : public ExpandPattern<QuantizeOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(QuantizeOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    ElementScale scale = getScaleFor(b, op, op.getX().getType());
    Value bytes =
        emitQuantize(b, op.getX(), scale, op.getFormat(), op.getOverflow());
    rewriter.replaceOpWithNewOp<BitcastOp>(op, op.getType(), bytes);
    return success();
  }
};

/// dequantize -> decode(q) * scale
struct ExpandDequantize : public ExpandPattern<DequantizeOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(DequantizeOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    Value bytes = emitBytes(b, op.getInput());
    Value factor = spreadBlocks(b, op.getScale(), op.getType());
    rewriter.replaceOp(
        op, emitDequantize(b, bytes, factor, op.getFormat(), op.getType()));
    return success();
  }
};

/// fake_quantize -> round(x / scale) * scale
struct ExpandFakeQuantize : public ExpandPattern<FakeQuantizeOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(FakeQuantizeOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    ElementScale scale = getScaleFor(b, op, op.getX().getType());
    rewriter.replaceOp(op, emitFakeQuantize(b, op.getX(), scale, op.getFormat(),
                                            op.getOverflow()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

/// amax -> integer maximum over the bits of the magnitudes
struct ExpandAmax : public ExpandPattern<AmaxOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(AmaxOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    Type xType = op.getX().getType();
    auto blocks = dyn_cast<VectorType>(op.getType());
    if (isMultiDimensionalScalable(xType) ||
        (blocks && blocks != xType && cast<VectorType>(xType).isScalable()))
      return rewriter.notifyMatchFailure(
          op, "requires a fixed-size vector for this granularity");

    Value bits = emitMagnitudeBits(b, op.getX(), op.getNan());
    if (blocks && blocks != xType) {
      auto bitsType = cast<VectorType>(bits.getType());
      Value split = vector::ShapeCastOp::create(
          b,
          VectorType::get(getSplitShape(bitsType, blocks),
                          bitsType.getElementType()),
          bits);
      SmallVector<bool> reduced;
      for ([[maybe_unused]] int64_t count : blocks.getShape())
        llvm::append_values(reduced, false, true);
      Type resultBits = cloneWithElementType(blocks, bitsType.getElementType());
      Value zero = emitIntConstant(b, resultBits,
                                   APInt(bitsType.getElementTypeBitWidth(), 0));
      bits = vector::MultiDimReductionOp::create(b, split, zero, reduced,
                                                 vector::CombiningKind::MAXUI);
    } else if (!blocks && isa<VectorType>(xType)) {
      bits = vector::ReductionOp::create(b, vector::CombiningKind::MAXUI,
                                         flattenVector(b, bits));
    }
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), bits);
    return success();
  }
};

/// update_amax_history -> select(finite(amax), shifted, history)
struct ExpandUpdateAmaxHistory : public ExpandPattern<UpdateAmaxHistoryOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(UpdateAmaxHistoryOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    auto type = cast<VectorType>(op.getType());
    if (type.isScalable())
      return rewriter.notifyMatchFailure(op, "requires a fixed-size vector");
    Value amax = op.getAmax();
    if (auto amaxType = dyn_cast<VectorType>(amax.getType()))
      if (amaxType.getRank() == 0) // vector.insert takes it as a scalar.
        amax = vector::ExtractOp::create(b, amax, ArrayRef<int64_t>());
    int64_t slots = type.getDimSize(0);
    Value shifted = op.getHistory();
    if (slots > 1) {
      Value rest = vector::ExtractStridedSliceOp::create(
          b, op.getHistory(), /*offsets=*/{1}, /*sizes=*/{slots - 1},
          /*strides=*/{1});
      SmallVector<int64_t> offsets(type.getRank(), 0),
          strides(type.getRank(), 1);
      shifted = vector::InsertStridedSliceOp::create(b, rest, shifted, offsets,
                                                     strides);
    }
    shifted = vector::InsertOp::create(b, amax, shifted, slots - 1);
    Value isFinite = emitIsFinite(b, amax);
    isFinite = vector::BroadcastOp::create(
        b, cloneWithElementType(type, b.getI1Type()), isFinite);
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isFinite, shifted,
                                                 op.getHistory());
    return success();
  }
};

/// history_amax -> one select per slot
struct ExpandHistoryAmax : public ExpandPattern<HistoryAmaxOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(HistoryAmaxOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    auto type = cast<VectorType>(op.getHistory().getType());
    if (type.isScalable())
      return rewriter.notifyMatchFailure(op, "requires a fixed-size vector");
    Value found = emitFloatConstant(b, op.getType(), kEmptyHistorySlot);
    for (int64_t slot = 0, end = type.getDimSize(0); slot < end; ++slot) {
      Value entry = vector::ExtractOp::create(b, op.getHistory(), slot);
      found = emitHistoryStep(b, found, entry, op.getAlgorithm());
    }
    rewriter.replaceOp(op, emitHistoryResult(b, found));
    return success();
  }
};

/// compute_scale -> f64 arithmetic
struct ExpandComputeScale : public ExpandPattern<ComputeScaleOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(ComputeScaleOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, emitComputeScale(b, op.getAmax(), op));
    return success();
  }
};

/// stall -> two roundings, a comparison and two counts
struct ExpandStall : public ExpandPattern<StallOp> {
  using ExpandPattern::ExpandPattern;

  LogicalResult expand(StallOp op, ImplicitLocOpBuilder &b,
                       PatternRewriter &rewriter) const override {
    Type type = op.getW().getType();
    if (isMultiDimensionalScalable(type))
      return rewriter.notifyMatchFailure(op, "requires a fixed-size vector");
    ElementScale scale = getScaleFor(b, op, type);
    StallConditions conditions =
        emitStall(b, op.getW(), op.getG(), op.getLr(), scale, op);
    auto count = [&](Value condition) -> Value {
      Type i64 = cloneWithElementType(type, b.getI64Type());
      Value wide = arith::ExtUIOp::create(b, i64, condition);
      if (!isa<VectorType>(type))
        return wide;
      return vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                         flattenVector(b, wide));
    };
    rewriter.replaceOp(op,
                       {count(conditions.stalled), count(conditions.counted)});
    return success();
  }
};

} // namespace

void altgrad::populateExpandOpsPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandConstant, ExpandQuantize, ExpandDequantize,
               ExpandFakeQuantize, ExpandAmax, ExpandUpdateAmaxHistory,
               ExpandHistoryAmax, ExpandComputeScale, ExpandStall>(
      patterns.getContext());
}
