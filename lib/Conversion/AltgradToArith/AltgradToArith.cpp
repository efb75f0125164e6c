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
    std::optional<CPUTarget> chosen = CPUTarget::get(target);
    if (!chosen)
      return emitError(UnknownLoc::get(context))
             << "convert-altgrad-to-arith expected as target generic, native "
                "or "
                "LLVM's name of an x86-64 processor but got '"
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
    if (failed(rewriteUsersFirst(module, opPatterns, isOp)) ||
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
  FrozenRewritePatternSet opPatterns, primitivePatterns;
};

} // namespace
