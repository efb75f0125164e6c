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
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("The processor whose instructions may be used: generic, "
                     "native (the one this runs on), or LLVM's name of an "
                     "x86-64 processor or level, such as x86-64-v3, x86-64-v4, "
                     "znver4. Never changes a bit (default: generic)"),
      llvm::cl::init("generic")};
  Option<unsigned> vectorWidth{
      *this, "vector-width",
      llvm::cl::desc(
          "Bits of one vector: a power of two, 64 or more; 0 is what "
          "suits the target, for generic 512 (default: 0)"),
      llvm::cl::init(0)};
  Option<uint64_t> largeBytes{
      *this, "large-bytes",
      llvm::cl::desc(
          "Bytes that an operation reads and writes from which on no "
          "cache holds them: stores become non-temporal and inputs "
          "are prefetched; 0 is never (default: 33554432, for "
          "the generic target 0)"),
      llvm::cl::init(uint64_t(32) << 20)};
  Option<unsigned> prefetchBytes{
      *this, "prefetch-bytes",
      llvm::cl::desc("Prefetch large inputs this far ahead of a loop; 0 is not "
                     "at all (default: 4096)"),
      llvm::cl::init(4096)};
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
