//===- ExpandDivision.cpp - altgrad-expand-division -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why the quotients x / s of 16-bit numbers are exact, with r = RN(1 / s) in
// f32, where RN rounds to nearest even.
//
// bf16: a quotient of two 8-bit significands is either a middle of two numbers
// of bf16 itself or at least 2^-17 away from each, relative to it: in units of
// their last places such a distance is an integer divided by the significand of
// s. x * r, with two roundings to 24 bits (22 for r where that is subnormal),
// is off by less than 2^-21, and so rounds to the same bf16. Where x / s is
// subnormal, numbers of f32 are 2^-149 apart, and the error of x * r is less
// than half of that: the sum of both is less than the 2^-142 that a middle is
// away. A subnormal s, whose reciprocal overflows, is scaled together with x,
// which is exact.
//
// f16: the same bounds are 2^-23 and 2^-22, so x * r gets one correction with
// the remainder, which a fused multiply-add gives exactly. Then it is RN(x / s)
// in f32 (Markstein, "Computation of elementary functions on the IBM RISC
// System/6000 processor", IBM J. R&D 34(1), 1990; Brisebarre, Muller and Raina,
// "Accelerating correctly rounded floating-point division when the divisor is
// known in advance", IEEE TC 53(8), 2004): no number of f16, no quotient and no
// remainder of two leaves the normal numbers of f32. A remainder of zero or NaN
// keeps x * r, with its zeros, infinities and NaN.
//
// f32 has no wider type to go to: nothing is done there.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADEXPANDDIVISION
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// `value` without a conversion from a narrower type.
static Value skipExtension(Value value) {
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : value;
}

static Type getElement(Value value) {
  return getElementTypeOrSelf(value.getType());
}

/// The one number in all elements of `vector`, as a scalar at the place of the
/// builder; null where they may differ.
static Value getUniform(ImplicitLocOpBuilder &b, Value vector) {
  if (auto broadcast = vector.getDefiningOp<vector::BroadcastOp>())
    return isa<FloatType>(broadcast.getSource().getType())
               ? broadcast.getSource()
               : Value();
  SplatElementsAttr splat;
  if (!matchPattern(vector, m_Constant(&splat)))
    return {};
  return arith::ConstantOp::create(
      b, cast<TypedAttr>(splat.getSplatValue<Attribute>()));
}

namespace {

/// A division of 16-bit floats by one number.
struct Division {
  /// All in f32: the dividends, the divisor, and the type of the result.
  Value dividends, divisor;
  VectorType type;

  Division(ImplicitLocOpBuilder &b, arith::DivFOp op, Value divisor)
      : type(cast<VectorType>(op.getType()).clone(b.getF32Type())) {
    auto widen = [&](Value value, Type f32) -> Value {
      return value.getType() == f32 ? value
                                    : arith::ExtFOp::create(b, f32, value);
    };
    dividends = widen(op.getLhs(), type);
    this->divisor = widen(divisor, b.getF32Type());
  }

  static Value constant(ImplicitLocOpBuilder &b, double value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value spread(ImplicitLocOpBuilder &b, Value scalar) const {
    return vector::BroadcastOp::create(b, type, scalar);
  }
};

/// truncf(extf(x) / extf(s)) in bf16 -> truncf(extf(x) * r)
struct DivideBF16 : public OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::DivFOp op,
                                PatternRewriter &rewriter) const override {
    auto becomesBF16 = [](Operation *user) {
      return isa<arith::TruncFOp>(user) &&
             getElement(user->getResult(0)).isBF16();
    };
    Value x = skipExtension(op.getLhs());
    if (!isa<VectorType>(op.getType()) || !getElement(op.getResult()).isF32() ||
        !getElement(x).isBF16() || !llvm::all_of(op->getUsers(), becomesBF16))
      return rewriter.notifyMatchFailure(op, "requires a quotient of bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value divisor = getUniform(b, skipExtension(op.getRhs()));
    if (divisor)
      divisor = skipExtension(divisor);
    if (!divisor || !divisor.getType().isBF16())
      return rewriter.notifyMatchFailure(op, "requires one divisor");

    Division division(b, op, divisor);
    Value magnitude = math::AbsFOp::create(b, division.divisor);
    Value isTiny =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, magnitude,
                              Division::constant(b, 0x1p-96));
    Value up = arith::SelectOp::create(b, isTiny, Division::constant(b, 0x1p32),
                                       Division::constant(b, 1.0));
    Value reciprocal =
        arith::DivFOp::create(b, Division::constant(b, 1.0),
                              arith::MulFOp::create(b, division.divisor, up));
    Value scaled =
        arith::MulFOp::create(b, division.dividends, division.spread(b, up));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, scaled,
                                               division.spread(b, reciprocal));
    return success();
  }
};

/// x / s in f16 -> truncf(q + (x - q * s) * r) with q = x * r
struct DivideF16 : public OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::DivFOp op,
                                PatternRewriter &rewriter) const override {
    if (!isa<VectorType>(op.getType()) || !getElement(op.getResult()).isF16())
      return rewriter.notifyMatchFailure(op, "requires a quotient of f16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value divisor = getUniform(b, op.getRhs());
    if (!divisor)
      return rewriter.notifyMatchFailure(op, "requires one divisor");

    Division division(b, op, divisor);
    Value x = division.dividends;
    Value reciprocal =
        division.spread(b, arith::DivFOp::create(b, Division::constant(b, 1.0),
                                                 division.divisor));
    Value minusDivisor =
        division.spread(b, arith::NegFOp::create(b, division.divisor));
    Value product = arith::MulFOp::create(b, x, reciprocal);
    Value remainder = math::FmaOp::create(b, product, minusDivisor, x);
    Value corrected = math::FmaOp::create(b, remainder, reciprocal, product);
    Value isInexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, remainder,
                              division.spread(b, Division::constant(b, 0.0)));
    Value quotient = arith::SelectOp::create(b, isInexact, corrected, product);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), quotient);
    return success();
  }
};

class ExpandDivisionPass
    : public altgrad::impl::AltgradExpandDivisionBase<ExpandDivisionPass> {
public:
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DivideBF16, DivideF16>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
