//===- CheckLowered.cpp - altgrad-check-lowered ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's conversions to LLVM are partial. Without this check a program that
// was not lowered would reach the translation, or the user, in pieces.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADCHECKLOWERED
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

class CheckLoweredPass
    : public altgrad::impl::AltgradCheckLoweredBase<CheckLoweredPass> {
public:
  using AltgradCheckLoweredBase::AltgradCheckLoweredBase;

  void runOnOperation() override {
    if (target != "llvm") {
      emitError(getOperation()->getLoc())
          << "altgrad-check-lowered expected the target llvm but got '"
          << target << "'";
      return signalPassFailure();
    }
    bool isClean = true;
    getOperation()->walk([&](Operation *op) {
      StringRef dialect = op->getName().getDialectNamespace();
      if (isa<ModuleOp>(op) || dialect == "llvm" || dialect == "omp")
        return;
      // Translated as they are: kernels, compiled or not, and their launches.
      if (isa<gpu::GPUModuleOp, gpu::BinaryOp, gpu::LaunchFuncOp>(op) ||
          (dialect == "nvvm" && op->getParentOfType<gpu::GPUModuleOp>()))
        return;
      isClean = false;
      op->emitOpError() << "was not lowered to the LLVM dialect";
    });
    if (!isClean)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
