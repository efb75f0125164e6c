//===- AltgradCanonicalization.cpp - Rewrites that keep every bit ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each rewrite holds for every input, NaN, infinities and zeros included, or it
// is not here. In particular quantize(dequantize(q, s), s) is q only for scales
// with which no code rounds away, so that needs a constant scale and a look at
// all the codes.
//
//===----------------------------------------------------------------------===//

#include "ConstantArithmetic.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;

/// The one value of a constant scale, or nothing; 1 where there is no scale.
static std::optional<APFloat> getUniformScale(Value scale, Type x) {
  if (!scale)
    return APFloat::getOne(
        cast<FloatType>(getElementTypeOrSelf(x)).getFloatSemantics());
  Attribute attr;
  if (!matchPattern(scale, m_Constant(&attr)))
    return std::nullopt;
  if (auto scalar = dyn_cast<FloatAttr>(attr))
    return scalar.getValue();
  auto dense = dyn_cast<DenseFPElementsAttr>(attr);
  if (dense && dense.isSplat())
    return dense.getSplatValue<APFloat>();
  return std::nullopt;
}

/// True if quantizing what `code` dequantizes to gives `code` again. Folds the
/// two operations' own arithmetic, one code at a time.
static bool survivesRoundTrip(Format::Code code, const APFloat &scale,
                              const Format &format, Overflow overflow) {
  APFloat value = decodeConstant(code, scale, format);
  return encodeConstant(value, scale, format, overflow) == code;
}

/// True if every code of `format` survives. With `canonicalOnly` the codes that
/// encoding never makes, NaNs but the canonical one, need not.
static bool allCodesSurvive(const APFloat &scale, const Format &format,
                            Overflow overflow, bool canonicalOnly) {
  Format::Code end = Format::Code(1) << format.getBitWidth();
  for (Format::Code code = 0; code < end; ++code) {
    if (canonicalOnly && format.isNaN(code) &&
        code != format.getCanonicalNaNCode())
      continue;
    // Saturation makes no infinity.
    if (canonicalOnly && overflow == Overflow::Saturate &&
        format.isInfinity(code))
      continue;
    if (!survivesRoundTrip(code, scale, format, overflow))
      return false;
  }
  return true;
}

/// Two operands that are the same scale.
static bool isSameScale(Value a, Value b) { return a == b; }

LogicalResult altgrad::fuseQuantizeDequantize(RewriterBase &rewriter,
                                              DequantizeOp op) {
  auto quantize = op.getInput().getDefiningOp<QuantizeOp>();
  if (!quantize)
    return rewriter.notifyMatchFailure(op, "requires codes of a quantize");
  if (!isSameScale(op.getScale(), quantize.getScale()) ||
      op.getType() != quantize.getX().getType())
    return rewriter.notifyMatchFailure(op, "requires one scale and type");
  rewriter.replaceOpWithNewOp<FakeQuantizeOp>(
      op, op.getType(), quantize.getX(), quantize.getScale(),
      quantize.getFormat(), quantize.getRounding(), quantize.getOverflow(),
      quantize.getSte(), quantize.getScaleGrad(), quantize.getFastmath(),
      quantize.getCotangentFormatAttr());
  return success();
}

namespace {

/// x / 1 and decode(q) * 1 are exact: an operation needs no scale operand then.
template <typename OpTy> struct DropUnitScale : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!op.getScale())
      return rewriter.notifyMatchFailure(op, "requires a scale");
    std::optional<APFloat> scale =
        getUniformScale(op.getScale(), op.getScale().getType());
    if (!scale || !scale->isExactlyValue(1.0))
      return rewriter.notifyMatchFailure(op, "requires the constant scale 1");
    rewriter.modifyOpInPlace(op, [&] { op.getScaleMutable().clear(); });
    return success();
  }
};

/// dequantize(quantize(x, s), s) -> fake_quantize(x, s)
struct FuseQuantizeDequantize : public OpRewritePattern<DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    return fuseQuantizeDequantize(rewriter, op);
  }
};

/// quantize(dequantize(q, s), s) -> q, for a constant s under which all codes
/// come back.
struct FoldDequantizeQuantize : public OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto dequantize = op.getX().getDefiningOp<DequantizeOp>();
    if (!dequantize || dequantize.getInput().getType() != op.getType() ||
        !isSameScale(op.getScale(), dequantize.getScale()))
      return rewriter.notifyMatchFailure(
          op, "requires a dequantize of the same format and scale");
    // What clips or rounds the gradient has to stay.
    if (op.getSte() != STEKind::Identity || op.getCotangentFormat())
      return rewriter.notifyMatchFailure(
          op, "requires no clipping and no cotangent format");
    std::optional<APFloat> scale =
        getUniformScale(op.getScale(), op.getX().getType());
    if (!scale || op.getFastmath() != arith::FastMathFlags::none ||
        !allCodesSurvive(*scale, op.getFormat().getFormat(),
                         getOverflow(op.getOverflow()),
                         /*canonicalOnly=*/false))
      return rewriter.notifyMatchFailure(
          op, "requires a constant scale that loses no code");
    rewriter.replaceOp(op, dequantize.getInput());
    return success();
  }
};

/// fake_quantize(fake_quantize(x, s), s) -> fake_quantize(x, s), and the same
/// over a dequantize, for a constant s under which all codes come back. A
/// straight-through estimator passes the gradient through twice as it does
/// once; a clipped one clips at the same place.
struct FoldIdempotentFakeQuantize : public OpRewritePattern<FakeQuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantizeOp op,
                                PatternRewriter &rewriter) const override {
    Overflow overflow = getOverflow(op.getOverflow());
    Format format = op.getFormat().getFormat();
    if (auto inner = op.getX().getDefiningOp<FakeQuantizeOp>()) {
      if (inner.getFormat() != op.getFormat() ||
          inner.getRounding() != op.getRounding() ||
          inner.getOverflow() != op.getOverflow() ||
          inner.getSte() != op.getSte() ||
          inner.getScaleGrad() != op.getScaleGrad() ||
          !isSameScale(inner.getScale(), op.getScale()))
        return rewriter.notifyMatchFailure(
            op, "requires one format, scale and policy");
    } else if (auto inner = op.getX().getDefiningOp<DequantizeOp>()) {
      // Clipping stops the gradient at codes of infinity, which dequantize
      // passes on.
      if (inner.getFormat() != op.getFormat() ||
          op.getSte() != STEKind::Identity ||
          !isSameScale(inner.getScale(), op.getScale()))
        return rewriter.notifyMatchFailure(
            op, "requires one format and scale, and no clipping");
    } else {
      return rewriter.notifyMatchFailure(op, "requires a quantized operand");
    }
    // A learned scale would get its gradient twice, and the rounding of the
    // cotangent would be lost.
    if (op.getScaleGrad() != ScaleGrad::None || op.getCotangentFormat() ||
        op.getFastmath() != arith::FastMathFlags::none)
      return rewriter.notifyMatchFailure(
          op, "requires no scale gradient and no cotangent format");

    std::optional<APFloat> scale =
        getUniformScale(op.getScale(), op.getX().getType());
    bool canonicalOnly = !op.getX().getDefiningOp<DequantizeOp>();
    if (!scale || !allCodesSurvive(*scale, format, overflow, canonicalOnly))
      return rewriter.notifyMatchFailure(
          op, "requires a constant scale that loses no code");
    rewriter.replaceOp(op, op.getX());
    return success();
  }
};

} // namespace

void QuantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<DropUnitScale<QuantizeOp>, FoldDequantizeQuantize>(context);
}

void DequantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<DropUnitScale<DequantizeOp>, FuseQuantizeDequantize>(context);
}

void FakeQuantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                 MLIRContext *context) {
  patterns.add<DropUnitScale<FakeQuantizeOp>, FoldIdempotentFakeQuantize>(
      context);
}

void StallOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<DropUnitScale<StallOp>>(context);
}
