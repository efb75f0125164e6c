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
// f32, where only what a format makes of x / s counts: with s from 2^-32 to
// 2^32 and zl the rest of the reciprocal, 1 / s = (r + zl) (1 + e) with |e| <
// 2^-46, q = RN(x * r + RN(x * zl)) is less than one unit in the last place
// off, and the correction with the remainder gives RN(x / s) (Markstein, as
// above), if that is 2^-70 or more: then x is at least 2^-102, and the
// remainder a multiple of 2^-149. Anything smaller stays below 2^-69 and is
// zero in a format whose smallest value is 2^-68 or more. Numbers that are far
// too large for the format are clamped first, so that q is finite; NaN stays
// NaN. The zeros among the quotients get their sign from x. Other divisors take
// the division.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/MapVector.h"

#include <cmath>

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADEXPANDDIVISION
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

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
    return arith::ConstantOp::create(
        b, b.getF32FloatAttr(static_cast<float>(value)));
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

/// round(x / s) in f32, or encode -> the same of q + (x - q * s) * r, all
/// quotients of a block by one divisor at once: there is one branch between the
/// two ways, so what was loaded together stays together.
class DivideForFormats {
public:
  explicit DivideForFormats(IRRewriter &rewriter) : rewriter(rewriter) {}

  void run(Operation *root) {
    llvm::MapVector<std::pair<Block *, Value>, SmallVector<arith::DivFOp>>
        groups;
    root->walk([&](arith::DivFOp op) {
      if (!isa<VectorType>(op.getType()) ||
          !getElement(op.getResult()).isF32() || op->use_empty() ||
          !llvm::all_of(op->getUsers(), isPossible))
        return;
      auto broadcast = op.getRhs().getDefiningOp<vector::BroadcastOp>();
      if (broadcast && broadcast.getSource().getType().isF32())
        groups[{op->getBlock(), broadcast.getSource()}].push_back(op);
    });
    for (auto &[key, group] : groups) {
      SmallVector<Value> dividends = llvm::map_to_vector(
          group, [](arith::DivFOp op) { return op.getLhs(); });
      if (succeeded(moveValueDefinitions(rewriter, dividends, group.front()))) {
        expand(group, key.second);
        continue;
      }
      for (arith::DivFOp op : group)
        expand(op, key.second);
    }
  }

private:
  /// So that the limit of a divisor of 2^32 is far from infinity.
  static constexpr int kMaxExponent = 64;

  static std::optional<Format> getFormat(Operation *user) {
    if (auto round = dyn_cast<RoundOp>(user))
      return round.getFormat().getFormat();
    if (auto encode = dyn_cast<EncodeOp>(user))
      return encode.getFormat().getFormat();
    return std::nullopt;
  }

  /// True if all that `user` reads are quotients rounded to a format in range.
  static bool isPossible(Operation *user) {
    std::optional<Format> format = getFormat(user);
    return format && format->getMinPositive() >= 0x1p-68 &&
           format->getMaxExponent() <= kMaxExponent;
  }

  /// True if nothing sees the sign of a zero.
  static bool isOnlyCompared(arith::DivFOp op) {
    return llvm::all_of(op->getUsers(), [](Operation *user) {
      return isa<RoundOp>(user) &&
             llvm::all_of(user->getUsers(), [](Operation *reader) {
               return isa<arith::CmpFOp>(reader);
             });
    });
  }

  /// Where the first of `group` is.
  void expand(ArrayRef<arith::DivFOp> group, Value divisor) {
    arith::DivFOp first = group.front();
    rewriter.setInsertionPoint(first);
    ImplicitLocOpBuilder b(first.getLoc(), rewriter);
    auto constant = [&](double value) -> Value {
      return arith::ConstantOp::create(
          b, b.getF32FloatAttr(static_cast<float>(value)));
    };
    int exponent = 0;
    for (arith::DivFOp op : group)
      for (Operation *user : op->getUsers())
        exponent = std::max(exponent, getFormat(user)->getMaxExponent());

    Value isOrdinary = arith::AndIOp::create(
        b,
        arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, divisor,
                              constant(0x1p-32)),
        arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, divisor,
                              constant(0x1p32)));
    Value one = constant(1.0);
    Value reciprocal = arith::DivFOp::create(b, one, divisor);
    Value minusDivisor = arith::NegFOp::create(b, divisor);
    Value error = math::FmaOp::create(b, reciprocal, minusDivisor, one);
    Value rest = arith::MulFOp::create(b, error, reciprocal);
    // Past everything that does not overflow.
    Value limit = math::AbsFOp::create(
        b, arith::MulFOp::create(b, divisor,
                                 constant(std::ldexp(1.0, exponent + 2))));
    auto multiply = [&](OpBuilder &builder, Location loc) {
      ImplicitLocOpBuilder b(loc, builder);
      SmallVector<Value> quotients;
      for (arith::DivFOp op : group) {
        Value x = op.getLhs();
        auto spread = [&](Value scalar) -> Value {
          return vector::BroadcastOp::create(b, cast<VectorType>(x.getType()),
                                             scalar);
        };
        Value least = arith::MinimumFOp::create(b, math::AbsFOp::create(b, x),
                                                spread(limit));
        Value bounded = math::CopySignOp::create(b, least, x);
        Value product = math::FmaOp::create(
            b, bounded, spread(reciprocal),
            arith::MulFOp::create(b, bounded, spread(rest)));
        Value remainder =
            math::FmaOp::create(b, product, spread(minusDivisor), bounded);
        Value quotient =
            math::FmaOp::create(b, remainder, spread(reciprocal), product);
        if (!isOnlyCompared(op))
          quotient = math::CopySignOp::create(b, quotient, x);
        quotients.push_back(quotient);
      }
      scf::YieldOp::create(b, quotients);
    };
    auto divide = [&](OpBuilder &builder, Location loc) {
      SmallVector<Value> quotients;
      for (arith::DivFOp op : group) {
        Value divisors = vector::BroadcastOp::create(
            builder, loc, cast<VectorType>(op.getType()), divisor);
        quotients.push_back(
            arith::DivFOp::create(builder, op.getLoc(), op.getLhs(), divisors));
      }
      scf::YieldOp::create(builder, loc, quotients);
    };
    auto choice = scf::IfOp::create(b, isOrdinary, multiply, divide);
    for (auto [op, quotient] : llvm::zip_equal(group, choice.getResults()))
      rewriter.replaceOp(op, quotient);
  }

  IRRewriter &rewriter;
};

class ExpandDivisionPass
    : public altgrad::impl::AltgradExpandDivisionBase<ExpandDivisionPass> {
public:
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DivideBF16, DivideF16>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    IRRewriter rewriter(&getContext());
    DivideForFormats(rewriter).run(getOperation());
  }
};

} // namespace
