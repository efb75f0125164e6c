//===- MapGenericsToGPU.cpp - altgrad-map-generics-to-gpu -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUKernels.h"
#include "GPUReductions.h"

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADMAPGENERICSTOGPU
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

static StringRef spell(GPUKernelKind kind) {
  switch (kind) {
  case GPUKernelKind::Flat:
    return "a flat kernel";
  case GPUKernelKind::Rows:
    return "a kernel on rows";
  case GPUKernelKind::Points:
    return "a kernel on points";
  }
  llvm_unreachable("unknown kind");
}

namespace {

class MapGenericsToGPUPass
    : public altgrad::impl::AltgradMapGenericsToGPUBase<MapGenericsToGPUPass> {
public:
  using AltgradMapGenericsToGPUBase::AltgradMapGenericsToGPUBase;

  LogicalResult initialize(MLIRContext *context) override {
    auto complain = [&](StringRef expected, int64_t found) {
      return emitError(UnknownLoc::get(context))
             << "altgrad-map-generics-to-gpu expected " << expected
             << " but got " << found;
    };
    if (blockSize < kWarpSize || blockSize > 1024 ||
        !llvm::isPowerOf2_64(blockSize))
      return complain("a block-size that is a power of two from 32 to 1024",
                      blockSize);
    if (vectorBytes < 8 || vectorBytes > 16 ||
        !llvm::isPowerOf2_64(vectorBytes))
      return complain("vector-bytes of 8 or 16", vectorBytes);
    if (vectorsPerThread < 1 || vectorsPerThread > 16)
      return complain("vectors-per-thread from 1 to 16", vectorsPerThread);
    if (maxBlocks < 1)
      return complain("max-blocks of at least 1", maxBlocks);
    return success();
  }

  void runOnOperation() override {
    // Upstream lowers gpu.memcpy without the offset of a slice.
    generalizeStridedCopies(getOperation(), /*keepContiguous=*/false);
    SmallVector<linalg::GenericOp> generics;
    getOperation()->walk([&](linalg::GenericOp op) {
      if (op.hasPureBufferSemantics())
        generics.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    GPUKernelOptions options;
    options.blockSize = blockSize;
    options.vectorBytes = vectorBytes;
    options.vectorsPerThread = vectorsPerThread;
    options.maxBlocks = maxBlocks;
    for (linalg::GenericOp op : generics) {
      op = collapseLoops(rewriter, op);
      std::string reason;
      GPUKernelPlan plan = planGPUKernel(op, options, reassociate, reason);
      if (remarks) {
        InFlightDiagnostic remark = op.emitRemark()
                                    << "becomes " << spell(plan.kind);
        if (!reason.empty())
          remark << ": " << reason;
      }
      emitGPUKernel(rewriter, op, plan, options);
      rewriter.eraseOp(op);
    }
  }
};

} // namespace
