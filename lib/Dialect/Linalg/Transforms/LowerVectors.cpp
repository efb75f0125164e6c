//===- LowerVectors.cpp - altgrad-lower-vectors ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops of altgrad-vectorize-generics hold vectors of one dimension, which
// convert-to-llvm takes as they are. Three passes over each function that would
// find nothing to do are a tenth of the compile time, so they run only where
// the program has vectors of its own that need them.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADLOWERVECTORS
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// True if convert-to-llvm needs help with `op`.
static bool needsLowering(Operation *op) {
  if (!isa_and_nonnull<vector::VectorDialect>(op->getDialect()))
    return false;
  if (!isa<vector::BitCastOp, vector::BroadcastOp, vector::ExtractOp,
           vector::FMAOp, vector::InsertOp, vector::LoadOp, vector::ReductionOp,
           vector::ShuffleOp, vector::StoreOp>(op))
    return true;
  auto isLarge = [](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getRank() != 1;
  };
  return llvm::any_of(op->getOperandTypes(), isLarge) ||
         llvm::any_of(op->getResultTypes(), isLarge);
}

namespace {

class LowerVectorsPass
    : public altgrad::impl::AltgradLowerVectorsBase<LowerVectorsPass> {
public:
  void runOnOperation() override {
    Operation *function = getOperation();
    WalkResult result = function->walk([](Operation *op) {
      return needsLowering(op) ? WalkResult::interrupt()
                               : WalkResult::advance();
    });
    if (!result.wasInterrupted())
      return markAllAnalysesPreserved();
    OpPassManager manager(function->getName());
    // Restricted by upstream to these.
    if (isa<func::FuncOp>(function))
      manager.addPass(vector::createLowerVectorMultiReductionPass());
    manager.addPass(createConvertVectorToSCFPass());
    manager.addPass(createConvertVectorToLLVMPass());
    if (failed(runPipeline(manager, function)))
      signalPassFailure();
  }
};

} // namespace
