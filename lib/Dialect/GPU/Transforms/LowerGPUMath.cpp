//===- LowerGPUMath.cpp - altgrad-lower-gpu-math --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/GPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Target/LLVM/NVVM/Utils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADLOWERGPUMATH
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

namespace {

/// A function of the chip -> LLVM's intrinsic. By its name: the LLVM dialect's
/// own ops for these are what upstream turns into calls of libdevice.
template <typename MathOp>
struct UseIntrinsic : public OpRewritePattern<MathOp> {
  UseIntrinsic(MLIRContext *context, StringRef name)
      : OpRewritePattern<MathOp>(context), name(name) {}

  LogicalResult matchAndRewrite(MathOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(
        op, op.getType(), rewriter.getStringAttr(name), op->getOperands());
    return success();
  }

  StringRef name;
};

} // namespace

/// Where upstream looks for it, too.
static bool hasLibdevice() {
  SmallString<128> path(NVVM::getCUDAToolkitPath());
  llvm::sys::path::append(path, "nvvm", "libdevice", "libdevice.10.bc");
  return llvm::sys::fs::exists(path);
}

namespace {

class LowerGPUMathPass
    : public altgrad::impl::AltgradLowerGPUMathBase<LowerGPUMathPass> {
public:
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    set.add<UseIntrinsic<arith::MaxNumFOp>>(context, "llvm.maxnum");
    set.add<UseIntrinsic<arith::MinNumFOp>>(context, "llvm.minnum");
    set.add<UseIntrinsic<math::AbsFOp>>(context, "llvm.fabs");
    set.add<UseIntrinsic<math::CeilOp>>(context, "llvm.ceil");
    set.add<UseIntrinsic<math::CopySignOp>>(context, "llvm.copysign");
    set.add<UseIntrinsic<math::FloorOp>>(context, "llvm.floor");
    set.add<UseIntrinsic<math::FmaOp>>(context, "llvm.fma");
    set.add<UseIntrinsic<math::RoundEvenOp>>(context, "llvm.roundeven");
    set.add<UseIntrinsic<math::RoundOp>>(context, "llvm.round");
    set.add<UseIntrinsic<math::SqrtOp>>(context, "llvm.sqrt");
    set.add<UseIntrinsic<math::TruncOp>>(context, "llvm.trunc");
    math::populateExpansionPatterns(set,
                                    {"acosh", "asinh", "atanh", "cosh", "exp2",
                                     "fpowi", "powf", "rsqrt", "sinh", "tan"});
    populateMathPolynomialApproximationPatterns(
        set, [](StringRef name) { return true; });
    patterns = FrozenRewritePatternSet(std::move(set));
    return success();
  }

  void runOnOperation() override {
    if (failed(applyPatternsGreedily(getOperation(), patterns)))
      return signalPassFailure();
    WalkResult left = getOperation()->walk([](Operation *op) {
      bool isFunction = isa<arith::RemFOp>(op) ||
                        isa_and_nonnull<math::MathDialect>(op->getDialect());
      bool needsLibrary =
          isFunction && llvm::any_of(op->getOperandTypes(), [](Type type) {
            return isa<FloatType>(getElementTypeOrSelf(type));
          });
      if (!needsLibrary || hasLibdevice())
        return WalkResult::advance();
      op->emitOpError("in a kernel needs libdevice, which is part of the CUDA "
                      "toolkit: none was found (set CUDA_ROOT, CUDA_HOME or "
                      "CUDA_PATH)");
      return WalkResult::interrupt();
    });
    if (left.wasInterrupted())
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
