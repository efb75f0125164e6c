//===- CPUPipeline.h - From altgrad to the LLVM dialect ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `altgrad-cpu-pipeline`: everything between a program on tensors and the LLVM
// dialect, as a plain sequence of passes that each run alone as well.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PIPELINES_CPUPIPELINE_H
#define ALTGRAD_PIPELINES_CPUPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace altgrad {

struct CPUPipelineOptions
    : public mlir::PassPipelineOptions<CPUPipelineOptions> {
  Option<unsigned> vectorWidth{
      *this, "vector-width",
      llvm::cl::desc("Bits of one vector: a power of two, 64 or more "
                     "(default: 512)"),
      llvm::cl::init(512)};
  Option<unsigned> threads{
      *this, "threads",
      llvm::cl::desc("Split loops over this many OpenMP threads "
                     "(default: 1, no OpenMP)"),
      llvm::cl::init(1)};
  Option<bool> fastMath{
      *this, "fast-math",
      llvm::cl::desc(
          "Multiply by the reciprocal of a scale instead of dividing "
          "by it, and let float sums use vector accumulators. Never "
          "changes how a value is encoded (default: false)"),
      llvm::cl::init(false)};
  Option<bool> emitCInterface{
      *this, "emit-c-interface",
      llvm::cl::desc("Emit a _mlir_ciface_ wrapper for each function, which "
                     "takes memref descriptors by pointer (default: false)"),
      llvm::cl::init(false)};
};

/// Appends the passes that lower altgrad ops, and the upstream dialects around
/// them, to the LLVM dialect.
void buildCPUPipeline(mlir::OpPassManager &manager,
                      const CPUPipelineOptions &options);

/// Registers `altgrad-cpu-pipeline`.
void registerCPUPipeline();

} // namespace altgrad

#endif // ALTGRAD_PIPELINES_CPUPIPELINE_H
