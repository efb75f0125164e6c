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
#include "mlir/Dialect/Arith/Transforms/Passes.h"
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
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto withElement = [&](Type element) -> Type {
      auto shaped = dyn_cast<ShapedType>(from);
      return shaped ? Type(shaped.clone(element)) : element;
    };
    Type f32 = withElement(b.getF32Type()), i32 = withElement(b.getI32Type());
    Type i64 = withElement(b.getI64Type());
    auto constant = [&](Type type, int64_t value) -> Value {
      TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
      if (auto shaped = dyn_cast<ShapedType>(type))
        attr = DenseElementsAttr::get(shaped, attr);
      return arith::ConstantOp::create(b, attr);
    };
    auto magnitude = [&](Value value) -> Value {
      Value bits = arith::BitcastOp::create(b, i64, value);
      return arith::AndIOp::create(
          b, bits, constant(i64, std::numeric_limits<int64_t>::max()));
    };

    Value near = arith::TruncFOp::create(b, f32, op.getIn());
    Value back = arith::ExtFOp::create(b, from, near);
    Value isInexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, op.getIn());
    Value isAway = arith::CmpIOp::create(
        b, arith::CmpIPredicate::ugt, magnitude(back), magnitude(op.getIn()));
    // One step towards zero where the rounding went away from it, then odd.
    Value bits = arith::BitcastOp::create(b, i32, near);
    Value below = arith::SubIOp::create(b, bits, constant(i32, 1));
    Value truncated = arith::SelectOp::create(b, isAway, below, bits);
    Value odd = arith::OrIOp::create(b, truncated, constant(i32, 1));
    bits = arith::SelectOp::create(b, isInexact, odd, bits);
    Value sticky = arith::BitcastOp::create(b, f32, bits);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), sticky);
    return success();
  }
};

class ExpandBF16Pass
    : public altgrad::impl::AltgradExpandBF16Base<ExpandBF16Pass> {
public:
  void runOnOperation() override {
    RewritePatternSet wide(&getContext()), narrow(&getContext());
    wide.add<TruncateF64ToBF16>(&getContext());
    arith::populateExpandBFloat16Patterns(narrow);
    // One after the other: the second expands what the first makes.
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
