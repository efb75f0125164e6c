//===- NarrowBF16.cpp - altgrad-narrow-bf16 -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why a sum, a difference or a product of numbers of bf16 has the same bits
// whether it is rounded once, to bf16, or first to f32: f32 has more than twice
// the 8 bits of bf16 and two more (Figueroa, "When is double rounding
// innocuous?", SIGNUM Newsletter 30(3), 1995), and the same exponents. Where
// the result is subnormal, sums are exact, and so are products that f32 holds.
// The others have 16 bits, of which the last is below 2^-149: they are less
// than 2^-134, half of the smallest number of bf16, and become at most that in
// f32, a tie that goes to the even zero. So they are zero both ways.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/FloatVectors.h"
#include "altgrad/Conversion/AltgradToArith/GPUModuleTarget.h"
#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/GPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADNARROWBF16
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

static Type getElement(Value value) {
  return getElementTypeOrSelf(value.getType());
}

/// True for vectors of pairs: their arithmetic gets cheaper.
static bool hasPairs(Type type) { return hasGroups(type, 2); }

/// The constant in bf16, where that is exact.
static TypedAttr getNarrowConstant(Value value) {
  APFloat number(0.0);
  if (!matchPattern(value, m_ConstantFloat(&number)))
    return {};
  bool losesInfo = false;
  number.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &losesInfo);
  if (losesInfo)
    return {};
  auto bf16 = BFloat16Type::get(value.getContext());
  TypedAttr attr = FloatAttr::get(bf16, number);
  if (auto shaped = dyn_cast<ShapedType>(value.getType()))
    attr = DenseElementsAttr::get(shaped.clone(bf16), attr);
  return attr;
}

/// True if all elements of `value`, of f32, are numbers of bf16 that are at
/// hand as such.
static bool isNarrow(Value value) {
  if (!getElement(value).isF32())
    return false;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<arith::ExtFOp>(op))
    return getElement(op->getOperand(0)).isBF16();
  if (isa<math::AbsFOp, arith::NegFOp, vector::BroadcastOp>(op))
    return isNarrow(op->getOperand(0));
  return getNarrowConstant(value) != nullptr;
}

/// `value` in bf16; requires `isNarrow(value)`.
static Value narrow(ImplicitLocOpBuilder &b, Value value) {
  Operation *op = value.getDefiningOp();
  if (isa<arith::ExtFOp>(op))
    return op->getOperand(0);
  if (isa<arith::ConstantOp>(op))
    return arith::ConstantOp::create(b, getNarrowConstant(value));
  Value operand = narrow(b, op->getOperand(0));
  if (isa<math::AbsFOp>(op))
    return math::AbsFOp::create(b, operand);
  if (isa<arith::NegFOp>(op))
    return arith::NegFOp::create(b, operand);
  return vector::BroadcastOp::create(
      b, cast<VectorType>(value.getType()).clone(b.getBF16Type()), operand);
}

/// True if bf16 has all values of a format: they are multiples, of at most 8
/// bits, of the smallest one.
static bool hasAllValues(const Format &format) {
  return format.getMantissaBits() <= 7 &&
         format.getMinExponent() - static_cast<int>(format.getMantissaBits()) >=
             -133 &&
         format.getMaxExponent() <= 127;
}

namespace {

/// truncf(extf(x) + extf(y)) -> x + y
template <typename OpTy>
struct NarrowArithmetic : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    auto wide = op.getIn().getDefiningOp<OpTy>();
    if (!wide || !roundsToNearestEven(op) || !hasPairs(op.getType()) ||
        !getElement(op.getOut()).isBF16() || !isNarrow(wide.getLhs()) ||
        !isNarrow(wide.getRhs()))
      return rewriter.notifyMatchFailure(op, "requires arithmetic on bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOpWithNewOp<OpTy>(op, narrow(b, wide.getLhs()),
                                      narrow(b, wide.getRhs()));
    return success();
  }
};

/// extf(x) < extf(y) -> x < y
struct NarrowComparison : public OpRewritePattern<arith::CmpFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::CmpFOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasPairs(op.getType()) || !isNarrow(op.getLhs()) ||
        !isNarrow(op.getRhs()))
      return rewriter.notifyMatchFailure(op, "requires numbers of bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOpWithNewOp<arith::CmpFOp>(
        op, op.getPredicate(), narrow(b, op.getLhs()), narrow(b, op.getRhs()));
    return success();
  }
};

/// round(extf(x)) -> extf(round(x))
struct NarrowRound : public OpRewritePattern<RoundOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RoundOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasPairs(op.getType()) || !isNarrow(op.getX()) ||
        !hasAllValues(op.getFormat().getFormat()))
      return rewriter.notifyMatchFailure(op, "requires numbers of bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value rounded = RoundOp::create(b, narrow(b, op.getX()), op.getFormat(),
                                    op.getRounding(), op.getOverflow());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), rounded);
    return success();
  }
};

class NarrowBF16Pass
    : public altgrad::impl::AltgradNarrowBF16Base<NarrowBF16Pass> {
public:
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet all(context);
    all.add<NarrowArithmetic<arith::AddFOp>, NarrowArithmetic<arith::MulFOp>,
            NarrowArithmetic<arith::SubFOp>, NarrowComparison, NarrowRound>(
        context);
    patterns = FrozenRewritePatternSet(std::move(all));
    return success();
  }

  void runOnOperation() override {
    FailureOr<std::optional<GPUTarget>> target =
        getModuleTarget(getOperation());
    if (failed(target))
      return signalPassFailure();
    if (!*target || !(*target)->hasPackedBF16)
      return;
    // Operands first, as the blocks have them.
    walkAndApplyPatterns(getOperation(), patterns);
    // Conversions that nothing reads any more would still count as users.
    getOperation()->walk<WalkOrder::PostOrder, ReverseIterator>(
        [](Operation *op) {
          if (isOpTriviallyDead(op))
            op->erase();
        });
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
