//===- ConvertFloatToNVVM.cpp - convert-float-to-nvvm ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two bf16 are a register, and so is the result of comparing two with two: ones
// or zeros in each half. LLVM 22.1 compares one by one, converts one by one
// what is rounded to bf16 and read as f32 again (a quotient of bf16, for one),
// and has minima of magnitudes as intrinsics only.
//
// What becomes arithmetic of bf16 here must not meet the passes after it that
// emulate bf16 in f32, so it leaves for the LLVM dialect at once.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"
#include "altgrad/Conversion/AltgradToArith/FloatVectors.h"
#include "altgrad/Conversion/AltgradToArith/GPUModuleTarget.h"
#include "altgrad/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_CONVERTFLOATTONVVM
#include "altgrad/Conversion/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;
using llvm::APInt;

static Type getElement(Value value) {
  return getElementTypeOrSelf(value.getType());
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

/// True for vectors of pairs of bf16.
static bool isPairsOfBF16(Type type) {
  return hasGroups(type, 2) && getElementTypeOrSelf(type).isBF16();
}

/// True for one bf16 and vectors of it.
static bool isBF16(Type type) {
  return getElementTypeOrSelf(type).isBF16() &&
         (!isa<VectorType>(type) || hasGroups(type, 1));
}

/// The type of the pairs of a vector as words.
static VectorType getWordType(ImplicitLocOpBuilder &b, Value pairs) {
  int64_t size = cast<VectorType>(pairs.getType()).getNumElements();
  return VectorType::get({size / 2}, b.getI32Type());
}

/// The pairs of a vector of bf16, each a register.
static SmallVector<Value> getWords(ImplicitLocOpBuilder &b, Value pairs) {
  VectorType type = getWordType(b, pairs);
  Value words = vector::BitCastOp::create(b, type, pairs);
  SmallVector<Value> result;
  for (int64_t k = 0; k < type.getNumElements(); ++k)
    result.push_back(vector::ExtractOp::create(b, words, k));
  return result;
}

static Value joinWords(ImplicitLocOpBuilder &b, ArrayRef<Value> words) {
  auto size = static_cast<int64_t>(words.size());
  return vector::FromElementsOp::create(
      b, VectorType::get({size}, b.getI32Type()), words);
}

/// One pair between its forms.
static Value asPair(ImplicitLocOpBuilder &b, Value word) {
  return LLVM::BitcastOp::create(b, VectorType::get({2}, b.getBF16Type()),
                                 word);
}
static Value asWord(ImplicitLocOpBuilder &b, Value pair) {
  return LLVM::BitcastOp::create(b, b.getI32Type(), pair);
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

namespace {

/// f32 -> bf16, by cvt.rn.bf16x2.f32
struct TruncatePairs : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!isPairsOfBF16(op.getType()) || !getElement(x).isF32() ||
        !roundsToNearestEven(op))
      return rewriter.notifyMatchFailure(
          op, "requires pairs of f32 to bf16, to nearest even");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto pair = VectorType::get({2}, b.getBF16Type());
    SmallVector<Value> words;
    int64_t size = cast<VectorType>(op.getType()).getNumElements();
    for (int64_t k = 0; k < size; k += 2) {
      Value low = vector::ExtractOp::create(b, x, k);
      Value high = vector::ExtractOp::create(b, x, k + 1);
      words.push_back(
          asWord(b, NVVM::ConvertF32x2ToBF16x2Op::create(
                        b, pair, high, low, /*random_bits=*/Value(),
                        NVVM::FPRoundingMode::RN, NVVM::SaturationMode::NONE,
                        /*relu=*/false)));
    }
    rewriter.replaceOpWithNewOp<vector::BitCastOp>(op, op.getType(),
                                                   joinWords(b, words));
    return success();
  }
};

/// bf16 -> f32: the halves of words, shifted up.
struct ExtendPairs : public OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!isPairsOfBF16(op.getIn().getType()) ||
        !getElement(op.getOut()).isF32())
      return rewriter.notifyMatchFailure(op, "requires pairs of bf16 to f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    VectorType ints = getWordType(b, op.getIn());
    VectorType floats = ints.clone(b.getF32Type());
    auto constant = [&](uint32_t value) {
      return emitIntConstant(b, ints, APInt(32, value));
    };
    Value words = vector::BitCastOp::create(b, ints, op.getIn());
    Value low = arith::BitcastOp::create(
        b, floats, arith::ShLIOp::create(b, words, constant(16)));
    Value high = arith::BitcastOp::create(
        b, floats, arith::AndIOp::create(b, words, constant(0xffff0000)));
    SmallVector<int64_t> order;
    for (int64_t k = 0; k < ints.getNumElements(); ++k)
      llvm::append_values(order, k, ints.getNumElements() + k);
    rewriter.replaceOpWithNewOp<vector::ShuffleOp>(op, low, high, order);
    return success();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Minima and maxima of magnitudes
//===----------------------------------------------------------------------===//

/// True if no element of `value` has a sign.
static bool isMagnitude(Value value) {
  if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    return isMagnitude(broadcast.getSource());
  APFloat constant(0.0);
  return value.getDefiningOp<math::AbsFOp>() ||
         (matchPattern(value, m_ConstantFloat(&constant)) &&
          !constant.isNegative());
}

namespace {

/// copysign(min(|x|, |y|), x) -> min.NaN.xorsign.abs(x, |y|)
template <typename OpTy>
struct UseSignedMinMax : public OpRewritePattern<math::CopySignOp> {
  UseSignedMinMax(MLIRContext *context, StringRef name, bool hasPackedBF16)
      : OpRewritePattern(context), name(name), hasPackedBF16(hasPackedBF16) {}

  LogicalResult matchAndRewrite(math::CopySignOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getRhs();
    auto extremum = op.getLhs().getDefiningOp<OpTy>();
    auto magnitude =
        extremum ? extremum.getLhs().template getDefiningOp<math::AbsFOp>()
                 : math::AbsFOp();
    if (!magnitude || magnitude.getOperand() != x ||
        !isMagnitude(extremum.getRhs()))
      return rewriter.notifyMatchFailure(op, "requires a signed magnitude");
    Value limit = extremum.getRhs();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    if (hasPackedBF16 && isPairsOfBF16(op.getType())) {
      SmallVector<Value> words;
      for (auto [word, other] :
           llvm::zip_equal(getWords(b, x), getWords(b, limit)))
        words.push_back(asWord(
            b, call(b, name + ".bf16x2", {asPair(b, word), asPair(b, other)})));
      rewriter.replaceOpWithNewOp<vector::BitCastOp>(op, op.getType(),
                                                     joinWords(b, words));
      return success();
    }
    if (!getElement(x).isF32())
      return rewriter.notifyMatchFailure(op, "requires f32 or pairs of bf16");
    auto vector = dyn_cast<VectorType>(op.getType());
    if (!vector) {
      rewriter.replaceOp(op, call(b, name + ".f", {x, limit}));
      return success();
    }
    if (!hasGroups(vector, 1))
      return rewriter.notifyMatchFailure(op, "requires one dimension");
    SmallVector<Value> lanes;
    for (int64_t k = 0; k < vector.getNumElements(); ++k)
      lanes.push_back(call(b, name + ".f",
                           {vector::ExtractOp::create(b, x, k),
                            vector::ExtractOp::create(b, limit, k)}));
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(op, vector, lanes);
    return success();
  }

private:
  static Value call(ImplicitLocOpBuilder &b, const Twine &name,
                    ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, operands.front().getType(),
                                         b.getStringAttr(name), operands)
        .getResult(0);
  }

  StringRef name;
  bool hasPackedBF16;
};

//===----------------------------------------------------------------------===//
// Arithmetic of bf16
//===----------------------------------------------------------------------===//

/// An operation on vectors of pairs of bf16 -> LLVM's operation
template <typename OpTy, typename LLVMOpTy>
struct UsePackedOp : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!isPairsOfBF16(op.getType()))
      return rewriter.notifyMatchFailure(op, "requires pairs of bf16");
    rewriter.replaceOpWithNewOp<LLVMOpTy>(op, op.getType(), op->getOperands());
    return success();
  }
};

/// An operation on bf16 for whose type there is an instruction -> LLVM's
/// intrinsic
template <typename OpTy> struct UseIntrinsic : public OpRewritePattern<OpTy> {
  UseIntrinsic(MLIRContext *context, StringRef name,
               bool (*hasInstruction)(Type) = isPairsOfBF16)
      : OpRewritePattern<OpTy>(context), name(name),
        hasInstruction(hasInstruction) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!hasInstruction(op.getType()))
      return rewriter.notifyMatchFailure(op, "requires bf16");
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(
        op, op.getType(), rewriter.getStringAttr(name), op->getOperands());
    return success();
  }

  StringRef name;
  bool (*hasInstruction)(Type);
};

} // namespace

//===----------------------------------------------------------------------===//
// Comparisons of bf16
//===----------------------------------------------------------------------===//

/// What `set` calls a comparison; empty for the constant ones.
static StringRef getComparisonName(arith::CmpFPredicate predicate) {
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return "eq";
  case arith::CmpFPredicate::OGT:
    return "gt";
  case arith::CmpFPredicate::OGE:
    return "ge";
  case arith::CmpFPredicate::OLT:
    return "lt";
  case arith::CmpFPredicate::OLE:
    return "le";
  case arith::CmpFPredicate::ONE:
    return "ne";
  case arith::CmpFPredicate::ORD:
    return "num";
  case arith::CmpFPredicate::UEQ:
    return "equ";
  case arith::CmpFPredicate::UGT:
    return "gtu";
  case arith::CmpFPredicate::UGE:
    return "geu";
  case arith::CmpFPredicate::ULT:
    return "ltu";
  case arith::CmpFPredicate::ULE:
    return "leu";
  case arith::CmpFPredicate::UNE:
    return "neu";
  case arith::CmpFPredicate::UNO:
    return "nan";
  case arith::CmpFPredicate::AlwaysFalse:
  case arith::CmpFPredicate::AlwaysTrue:
    return "";
  }
  llvm_unreachable("all predicates are listed");
}

/// True if `condition` is one of comparisons of pairs of bf16.
static bool hasMask(Value condition) {
  if (auto both = condition.getDefiningOp<arith::AndIOp>())
    return hasMask(both.getLhs()) && hasMask(both.getRhs());
  auto comparison = condition.getDefiningOp<arith::CmpFOp>();
  return comparison && isPairsOfBF16(comparison.getLhs().getType()) &&
         !getComparisonName(comparison.getPredicate()).empty();
}

/// `condition` as words with ones in the halves where it is true. Two of the
/// same are merged by LLVM: the assembly has no effects.
static SmallVector<Value> getMask(ImplicitLocOpBuilder &b, Value condition) {
  if (auto both = condition.getDefiningOp<arith::AndIOp>()) {
    SmallVector<Value> words = getMask(b, both.getLhs());
    for (auto [word, other] : llvm::zip_equal(words, getMask(b, both.getRhs())))
      word = arith::AndIOp::create(b, word, other);
    return words;
  }
  auto comparison = condition.getDefiningOp<arith::CmpFOp>();
  std::string assembly =
      ("set." + getComparisonName(comparison.getPredicate()) +
       ".u32.bf16x2 $0, $1, $2;")
          .str();
  SmallVector<Value> words;
  for (auto [lhs, rhs] : llvm::zip_equal(getWords(b, comparison.getLhs()),
                                         getWords(b, comparison.getRhs())))
    words.push_back(LLVM::InlineAsmOp::create(
                        b, b.getI32Type(), ValueRange{lhs, rhs}, assembly,
                        "=r,r,r", /*has_side_effects=*/false,
                        /*is_align_stack=*/false, LLVM::TailCallKind::None,
                        LLVM::AsmDialectAttr(), ArrayAttr())
                        .getRes());
  return words;
}

namespace {

/// extsi(x < y) -> set.lt.u32.bf16x2
struct ExtendMask : public OpRewritePattern<arith::ExtSIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtSIOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElement(op.getOut()).isInteger(16) || !hasMask(op.getIn()))
      return rewriter.notifyMatchFailure(op, "requires comparisons of bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value words = joinWords(b, getMask(b, op.getIn()));
    rewriter.replaceOpWithNewOp<vector::BitCastOp>(op, op.getType(), words);
    return success();
  }
};

/// How often conditions are true, in two halves of a word and then in one.
struct CountMasks : public OpRewritePattern<vector::ReductionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::ReductionOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> conditions;
    if (op.getKind() != vector::CombiningKind::ADD ||
        !op.getType().isInteger(32) || !findTerms(op.getVector(), conditions) ||
        !fits(op, conditions.size()))
      return rewriter.notifyMatchFailure(
          op, "requires a sum of comparisons of bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto constant = [&](uint32_t value) -> Value {
      return arith::ConstantOp::create(
          b, b.getIntegerAttr(b.getI32Type(), APInt(32, value)));
    };
    Value ones = constant(0x00010001), sum;
    for (Value condition : conditions)
      for (Value word : getMask(b, condition)) {
        Value term = arith::AndIOp::create(b, word, ones);
        sum = sum ? arith::AddIOp::create(b, sum, term).getResult() : term;
      }
    Value low = arith::AndIOp::create(b, sum, constant(0xffff));
    Value high = arith::ShRUIOp::create(b, sum, constant(16));
    Value total = arith::AddIOp::create(b, low, high);
    if (op.getAcc())
      total = arith::AddIOp::create(b, total, op.getAcc());
    rewriter.replaceOp(op, total);
    return success();
  }

private:
  /// True if no half can overflow.
  static bool fits(vector::ReductionOp op, size_t numConditions) {
    auto lanes = op.getSourceVectorType().getNumElements();
    return static_cast<int64_t>(numConditions) * lanes / 2 < (1 << 16);
  }

  /// Adds the conditions whose values, 0 or 1, are summed in `sum`. False where
  /// that has other terms.
  static bool findTerms(Value sum, SmallVector<Value> &conditions) {
    if (auto add = sum.getDefiningOp<arith::AddIOp>())
      return findTerms(add.getLhs(), conditions) &&
             findTerms(add.getRhs(), conditions);
    auto extension = sum.getDefiningOp<arith::ExtUIOp>();
    if (!extension || !hasMask(extension.getIn()))
      return false;
    conditions.push_back(extension.getIn());
    return true;
  }
};

} // namespace

/// Patterns that read arithmetic, and those that take its place.
static std::pair<FrozenRewritePatternSet, FrozenRewritePatternSet>
getPatterns(MLIRContext *context, const GPUTarget &target) {
  RewritePatternSet reading(context), replacing(context);
  if (target.hasMagnitudeMinMax) {
    reading.add<UseSignedMinMax<arith::MinimumFOp>>(
        context, "llvm.nvvm.fmin.nan.xorsign.abs", target.hasPackedBF16);
    reading.add<UseSignedMinMax<arith::MaximumFOp>>(
        context, "llvm.nvvm.fmax.nan.xorsign.abs", target.hasPackedBF16);
  }
  if (target.hasPackedBF16) {
    reading.add<ExtendMask, CountMasks>(context);
    replacing.add<UsePackedOp<arith::AddFOp, LLVM::FAddOp>,
                  UsePackedOp<arith::MulFOp, LLVM::FMulOp>,
                  UsePackedOp<arith::SubFOp, LLVM::FSubOp>,
                  UsePackedOp<arith::NegFOp, LLVM::FNegOp>>(context);
    replacing.add<UseIntrinsic<math::AbsFOp>>(context, "llvm.fabs");
    replacing.add<UseIntrinsic<arith::MinimumFOp>>(context, "llvm.minimum");
    replacing.add<UseIntrinsic<arith::MaximumFOp>>(context, "llvm.maximum");
  }
  if (target.hasBF16Conversion) {
    replacing.add<TruncatePairs, ExtendPairs>(context);
    replacing.add<UseIntrinsic<math::FmaOp>>(context, "llvm.fma", isBF16);
  }
  return {std::move(reading), std::move(replacing)};
}

namespace {

class ConvertFloatToNVVMPass
    : public altgrad::impl::ConvertFloatToNVVMBase<ConvertFloatToNVVMPass> {
public:
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([&](gpu::GPUModuleOp module) {
      FailureOr<std::optional<GPUTarget>> target = getModuleTarget(module);
      if (failed(target))
        return WalkResult::interrupt();
      if (!*target)
        return WalkResult::advance();
      auto [reading, replacing] = getPatterns(&getContext(), **target);
      walkAndApplyPatterns(module, reading);
      walkAndApplyPatterns(module, replacing);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
