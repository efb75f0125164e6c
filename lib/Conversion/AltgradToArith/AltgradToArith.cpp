//===- AltgradToArith.cpp - convert-altgrad-to-arith ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass. Its numerics are in ExpandPrimitives.cpp, what an operation
// computes in ExpandOps.cpp.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"
#include "altgrad/Conversion/AltgradToArith/GPUModuleTarget.h"
#include "altgrad/Conversion/AltgradToArith/RewriteUsersFirst.h"
#include "altgrad/Conversion/Passes.h"
#include "altgrad/Target/CPUTarget.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace altgrad {
#define GEN_PASS_DEF_CONVERTALTGRADTOARITH
#include "altgrad/Conversion/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

static bool isPrimitive(Operation *op) {
  return isa<EncodeOp, DecodeOp, RoundOp>(op);
}

namespace {

class ConvertAltgradToArithPass
    : public altgrad::impl::ConvertAltgradToArithBase<
          ConvertAltgradToArithPass> {
public:
  using ConvertAltgradToArithBase::ConvertAltgradToArithBase;

  LogicalResult initialize(MLIRContext *context) override {
    std::optional<ArithmeticTarget> chosen = getTarget();
    if (!chosen)
      return emitError(UnknownLoc::get(context))
             << "convert-altgrad-to-arith expected as target generic, native "
                "or LLVM's name of an x86-64 processor or an NVIDIA chip but "
                "got '"
             << target << "'";
    RewritePatternSet ops(context), primitives(context);
    populateExpandOpsPatterns(ops);
    populateExpandPrimitivesPatterns(primitives, *chosen);
    opPatterns = FrozenRewritePatternSet(std::move(ops));
    primitivePatterns = FrozenRewritePatternSet(std::move(primitives));
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto isOp = [](Operation *op) {
      return !isPrimitive(op) && !isa<BitcastOp>(op) && !isOnTensors(op);
    };
    auto isScalarPrimitive = [](Operation *op) {
      return isPrimitive(op) && !isOnTensors(op);
    };
    if (failed(rewriteUsersFirst(module, opPatterns, isOp)))
      return signalPassFailure();
    WalkResult kernels = module.walk([&](gpu::GPUModuleOp kernels) {
      FailureOr<std::optional<GPUTarget>> chips = getModuleTarget(kernels);
      if (failed(chips))
        return WalkResult::interrupt();
      if (!*chips)
        return WalkResult::advance();
      RewritePatternSet patterns(&getContext());
      populateExpandPrimitivesPatterns(patterns, **chips);
      return WalkResult(
          rewriteUsersFirst(kernels, std::move(patterns), isScalarPrimitive));
    });
    if (kernels.wasInterrupted() ||
        failed(rewriteUsersFirst(module, primitivePatterns, isScalarPrimitive)))
      return signalPassFailure();

    // Ops on tensors that are still to be lowered need the types of their
    // codes; convert-altgrad-to-linalg converts them then.
    WalkResult left = module.walk([&](Operation *op) {
      bool isOurs = isa_and_nonnull<AltgradDialect>(op->getDialect());
      return isOurs && !isPrimitive(op) && !isa<BitcastOp>(op)
                 ? WalkResult::interrupt()
                 : WalkResult::advance();
    });
    if (!left.wasInterrupted() && failed(convertCodeTypes(module)))
      signalPassFailure();
  }

private:
  std::optional<ArithmeticTarget> getTarget() {
    if (std::optional<CPUTarget> cpu = CPUTarget::get(target))
      return *cpu;
    llvm::Expected<GPUTarget> chip = GPUTarget::get(target);
    if (chip)
      return *chip;
    llvm::consumeError(chip.takeError());
    return std::nullopt;
  }

  FrozenRewritePatternSet opPatterns, primitivePatterns;
};

} // namespace
