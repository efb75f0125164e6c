//===- ExpandBF16.cpp - altgrad-expand-bf16 -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// bf16 by integer arithmetic, because LLVM's own ways lose subnormals or do not
// link. See the pass's description.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADEXPANDBF16
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

namespace {

/// Emits arithmetic on scalars, or on vectors or tensors of one shape.
class Elements {
public:
  Elements(Operation *op, PatternRewriter &rewriter, Type shape)
      : b(op->getLoc(), rewriter), shape(shape) {}

  Type get(Type element) const {
    auto shaped = dyn_cast<ShapedType>(shape);
    return shaped ? Type(shaped.clone(element)) : element;
  }
  Type getInt(unsigned width) { return get(b.getIntegerType(width)); }
  Value constant(unsigned width, int64_t value) {
    TypedAttr attr = b.getIntegerAttr(b.getIntegerType(width), value);
    if (auto shaped = dyn_cast<ShapedType>(getInt(width)))
      attr = DenseElementsAttr::get(shaped, attr);
    return arith::ConstantOp::create(b, attr);
  }

  /// A result that was rounded to nearest, of so many bits, to odd: where that
  /// was away from zero one step back, and then a last bit of one.
  Value roundToOdd(unsigned width, Value nearest, Value isAway,
                   Value isInexact) {
    Value bits = arith::BitcastOp::create(b, getInt(width), nearest);
    Value one = constant(width, 1);
    Value below = arith::SubIOp::create(b, bits, one);
    Value truncated = arith::SelectOp::create(b, isAway, below, bits);
    Value odd = arith::OrIOp::create(b, truncated, one);
    bits = arith::SelectOp::create(b, isInexact, odd, bits);
    return arith::BitcastOp::create(b, nearest.getType(), bits);
  }

  ImplicitLocOpBuilder b;

private:
  Type shape;
};

/// a * b + c in bf16: an exact product in f64, and a sum rounded to odd there,
/// as below. Its error, exact as well, is that of Knuth ("The Art of Computer
/// Programming", volume 2, section 4.2.2, theorem B).
struct ExpandFMA : public OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FmaOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "requires bf16");
    Elements elements(op, rewriter, op.getType());
    ImplicitLocOpBuilder &b = elements.b;
    Type f64 = elements.get(b.getF64Type()), i64 = elements.getInt(64);
    auto widen = [&](Value value) -> Value {
      return arith::ExtFOp::create(b, f64, value);
    };
    auto subtract = [&](Value lhs, Value rhs) -> Value {
      return arith::SubFOp::create(b, lhs, rhs);
    };
    Value product =
        arith::MulFOp::create(b, widen(op.getA()), widen(op.getB()));
    Value addend = widen(op.getC());
    Value sum = arith::AddFOp::create(b, product, addend);
    Value rest = subtract(sum, product);
    Value error = arith::AddFOp::create(
        b, subtract(product, subtract(sum, rest)), subtract(addend, rest));

    Value isAway = arith::CmpIOp::create(
        b, arith::CmpIPredicate::slt,
        arith::XOrIOp::create(b, arith::BitcastOp::create(b, i64, sum),
                              arith::BitcastOp::create(b, i64, error)),
        elements.constant(64, 0));
    // Not for infinity and NaN, whose error is NaN.
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(f64));
    Value isInexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, error, zero);
    Value sticky = elements.roundToOdd(64, sum, isAway, isInexact);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), sticky);
    return success();
  }
};

/// f64 -> bf16 by way of f32 rounded to odd: an inexact f32 ends in a 1 bit, so
/// the second rounding never takes it for a tie. (Boldo and Melquiond,
/// "Emulation of FMA and correctly rounded sums", IEEE TC 57(4), 2008: exact
/// for an intermediate of two bits more.)
struct TruncateF64ToBF16 : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType();
    if (!getElementTypeOrSelf(from).isF64() ||
        !getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "requires f64 to bf16");
    Elements elements(op, rewriter, from);
    ImplicitLocOpBuilder &b = elements.b;
    Type f32 = elements.get(b.getF32Type());
    auto magnitude = [&](Value value) -> Value {
      Value bits = arith::BitcastOp::create(b, elements.getInt(64), value);
      return arith::AndIOp::create(
          b, bits, elements.constant(64, std::numeric_limits<int64_t>::max()));
    };

    Value near = arith::TruncFOp::create(b, f32, op.getIn());
    Value back = arith::ExtFOp::create(b, from, near);
    Value isInexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, op.getIn());
    Value isAway = arith::CmpIOp::create(
        b, arith::CmpIPredicate::ugt, magnitude(back), magnitude(op.getIn()));
    Value sticky = elements.roundToOdd(32, near, isAway, isInexact);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), sticky);
    return success();
  }
};

/// f32 -> bf16, the upper half of it: add just less than half of what is cut,
/// and one more where the rest is odd. NaN is chosen among 32 bits: a selection
/// next to a cast to bf16 becomes one of bf16, which LLVM (22.1) takes apart
/// lane by lane.
struct TruncateF32ToBF16 : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!getElementTypeOrSelf(x.getType()).isF32() ||
        !getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "requires f32 to bf16");
    Elements elements(op, rewriter, x.getType());
    ImplicitLocOpBuilder &b = elements.b;
    Value bits = arith::BitcastOp::create(b, elements.getInt(32), x);
    Value sixteen = elements.constant(32, 16);
    Value isOdd = arith::AndIOp::create(
        b, arith::ShRUIOp::create(b, bits, sixteen), elements.constant(32, 1));
    Value bias = arith::AddIOp::create(b, isOdd, elements.constant(32, 0x7fff));
    Value rounded = arith::AddIOp::create(b, bits, bias);
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    Value result = arith::SelectOp::create(
        b, isNaN, elements.constant(32, 0x7fc00000), rounded);
    Value upper = arith::ShRUIOp::create(b, result, sixteen);
    Value narrow = arith::TruncIOp::create(b, elements.getInt(16), upper);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), narrow);
    return success();
  }
};

/// bf16 -> f32: below it are zeros.
struct ExtendBF16ToF32 : public OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!getElementTypeOrSelf(x.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "requires bf16");
    Elements elements(op, rewriter, x.getType());
    ImplicitLocOpBuilder &b = elements.b;
    Value bits = arith::BitcastOp::create(b, elements.getInt(16), x);
    Value wide = arith::ExtUIOp::create(b, elements.getInt(32), bits);
    Value upper = arith::ShLIOp::create(b, wide, elements.constant(32, 16));
    Value value =
        arith::BitcastOp::create(b, elements.get(b.getF32Type()), upper);
    if (value.getType() != op.getType())
      value = arith::ExtFOp::create(b, op.getType(), value);
    rewriter.replaceOp(op, value);
    return success();
  }
};

class ExpandBF16Pass
    : public altgrad::impl::AltgradExpandBF16Base<ExpandBF16Pass> {
  /// What follows, and LLVM where no mode was set before, rounds to nearest
  /// even.
  LogicalResult checkRoundings() {
    WalkResult result = getOperation()->walk([](arith::TruncFOp op) {
      std::optional<arith::RoundingMode> mode = op.getRoundingmode();
      if (!mode || *mode == arith::RoundingMode::to_nearest_even)
        return WalkResult::advance();
      op.emitOpError() << "expected rounding to nearest even but got "
                       << arith::stringifyRoundingMode(*mode)
                       << ", which is not supported";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

public:
  void runOnOperation() override {
    if (failed(checkRoundings()))
      return signalPassFailure();
    RewritePatternSet fused(&getContext()), wide(&getContext()),
        narrow(&getContext());
    fused.add<ExpandFMA>(&getContext());
    wide.add<TruncateF64ToBF16>(&getContext());
    narrow.add<TruncateF32ToBF16, ExtendBF16ToF32>(&getContext());
    // One after the other: each expands what the one before makes.
    walkAndApplyPatterns(getOperation(), std::move(fused));
    walkAndApplyPatterns(getOperation(), std::move(wide));
    walkAndApplyPatterns(getOperation(), std::move(narrow));
    // LLVM 22.1 leaves arith's flags on llvm.fpext and llvm.fptrunc, which have
    // none of their own: mlir-translate and mlir-runner cannot read that. What
    // is left here converts to or from f16, for math that is done in f32.
    getOperation()->walk([](arith::ArithFastMathInterface op) {
      if (isa<arith::ExtFOp, arith::TruncFOp>(op.getOperation()))
        op->removeAttr(op.getFastMathAttrName());
    });
  }
};

} // namespace
