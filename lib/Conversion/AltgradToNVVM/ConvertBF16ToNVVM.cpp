//===- ConvertBF16ToNVVM.cpp - convert-bf16-to-nvvm -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two elements in one instruction, where LLVM 22.1 converts one by one what is
// rounded to bf16 and read as f32 again: a quotient of bf16, for one.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"
#include "altgrad/Conversion/AltgradToArith/GPUModuleTarget.h"
#include "altgrad/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_CONVERTBF16TONVVM
#include "altgrad/Conversion/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;
using llvm::APInt;

/// True for vectors of pairs.
static bool hasPairs(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getRank() == 1 && !vector.isScalable() &&
         vector.getNumElements() % 2 == 0;
}

static Type getElement(Value value) {
  return getElementTypeOrSelf(value.getType());
}

namespace {

/// f32 -> bf16, by cvt.rn.bf16x2.f32
struct TruncatePairs : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!hasPairs(op.getType()) || !getElement(x).isF32() ||
        !getElement(op.getOut()).isBF16())
      return rewriter.notifyMatchFailure(op, "requires pairs of f32 to bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto pair = VectorType::get({2}, b.getBF16Type());
    auto word = VectorType::get({1}, b.getI32Type());
    SmallVector<Value> words;
    int64_t size = cast<VectorType>(op.getType()).getNumElements();
    for (int64_t k = 0; k < size; k += 2) {
      Value low = vector::ExtractOp::create(b, x, k);
      Value high = vector::ExtractOp::create(b, x, k + 1);
      Value converted = NVVM::ConvertF32x2ToBF16x2Op::create(
          b, pair, high, low, /*random_bits=*/Value(), NVVM::FPRoundingMode::RN,
          NVVM::SaturationMode::NONE,
          /*relu=*/false);
      words.push_back(vector::ExtractOp::create(
          b, vector::BitCastOp::create(b, word, converted), int64_t(0)));
    }
    Value all = vector::FromElementsOp::create(
        b, VectorType::get({size / 2}, b.getI32Type()), words);
    rewriter.replaceOpWithNewOp<vector::BitCastOp>(op, op.getType(), all);
    return success();
  }
};

/// bf16 -> f32: the halves of words, shifted up.
struct ExtendPairs : public OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasPairs(op.getType()) || !getElement(op.getIn()).isBF16() ||
        !getElement(op.getOut()).isF32())
      return rewriter.notifyMatchFailure(op, "requires pairs of bf16 to f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    int64_t count = cast<VectorType>(op.getType()).getNumElements() / 2;
    auto ints = VectorType::get({count}, b.getI32Type());
    auto floats = VectorType::get({count}, b.getF32Type());
    auto constant = [&](uint32_t value) {
      return emitIntConstant(b, ints, APInt(32, value));
    };
    Value words = vector::BitCastOp::create(b, ints, op.getIn());
    Value low = arith::BitcastOp::create(
        b, floats, arith::ShLIOp::create(b, words, constant(16)));
    Value high = arith::BitcastOp::create(
        b, floats, arith::AndIOp::create(b, words, constant(0xffff0000)));
    SmallVector<int64_t> order;
    for (int64_t k = 0; k < count; ++k)
      llvm::append_values(order, k, count + k);
    rewriter.replaceOpWithNewOp<vector::ShuffleOp>(op, low, high, order);
    return success();
  }
};

class ConvertBF16ToNVVMPass
    : public altgrad::impl::ConvertBF16ToNVVMBase<ConvertBF16ToNVVMPass> {
public:
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet both(context);
    both.add<TruncatePairs, ExtendPairs>(context);
    patterns = FrozenRewritePatternSet(std::move(both));
    return success();
  }

  void runOnOperation() override {
    WalkResult result = getOperation()->walk([&](gpu::GPUModuleOp module) {
      FailureOr<std::optional<GPUTarget>> target = getModuleTarget(module);
      if (failed(target))
        return WalkResult::interrupt();
      if (*target && (*target)->hasBF16Conversion)
        walkAndApplyPatterns(module, patterns);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
