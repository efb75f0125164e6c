//===- GPUPipeline.h - From altgrad to PTX and host code --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `altgrad-gpu-pipeline`: everything between a program on tensors and kernels
// for NVIDIA GPUs with the host code that launches them, as a plain sequence of
// passes that each run alone as well.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PIPELINES_GPUPIPELINE_H
#define ALTGRAD_PIPELINES_GPUPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace altgrad {

/// What becomes of the kernels.
enum class GPUBinaryFormat { ISA, Bin, Fatbin, NVVM };

struct GPUPipelineOptions
    : public mlir::PassPipelineOptions<GPUPipelineOptions> {
  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc(
          "LLVM's name of the chip: sm_80, sm_89, sm_90, sm_100, ... "
          "(default: sm_80)"),
      llvm::cl::init("sm_80")};
  Option<unsigned> ptx{
      *this, "ptx",
      llvm::cl::desc("Version of PTX, 78 is 7.8; 0 is the oldest one that has "
                     "all that is used of the chip (default: 0)"),
      llvm::cl::init(0)};
  Option<GPUBinaryFormat> format{
      *this, "format",
      llvm::cl::desc("What becomes of the kernels (default: isa)"),
      llvm::cl::init(GPUBinaryFormat::ISA),
      llvm::cl::values(
          clEnumValN(GPUBinaryFormat::ISA, "isa",
                     "PTX, which the driver compiles"),
          clEnumValN(GPUBinaryFormat::Bin, "bin",
                     "a cubin, by the CUDA toolkit's ptxas"),
          clEnumValN(GPUBinaryFormat::Fatbin, "fatbin",
                     "a cubin and PTX, by the CUDA toolkit"),
          clEnumValN(GPUBinaryFormat::NVVM, "nvvm",
                     "nothing: they stay gpu.module ops in NVVM"))};
  Option<bool> nativeConversions{
      *this, "native-conversions",
      llvm::cl::desc("Use the chip's own FP8 conversions where they have the "
                     "same results. Never changes a bit (default: true)"),
      llvm::cl::init(true)};
  Option<int64_t> blockSize{
      *this, "block-size",
      llvm::cl::desc("Threads of a block: a power of two from 32 to 1024 "
                     "(default: 512)"),
      llvm::cl::init(512)};
  Option<int64_t> vectorsPerThread{
      *this, "vectors-per-thread",
      llvm::cl::desc("Vectors of 16 bytes that a thread loads before it "
                     "computes, of all operands together (default: 4)"),
      llvm::cl::init(4)};
  Option<int64_t> maxBlocks{
      *this, "max-blocks",
      llvm::cl::desc("Blocks of a kernel that reduces a whole tensor, at most "
                     "(default: 2048)"),
      llvm::cl::init(2048)};
  Option<bool> fastMath{
      *this, "fast-math",
      llvm::cl::desc(
          "Multiply by the reciprocal of a scale instead of dividing "
          "by it, and let float sums be computed in any order. Never "
          "changes how a value is encoded (default: false)"),
      llvm::cl::init(false)};
  Option<bool> emitCInterface{
      *this, "emit-c-interface",
      llvm::cl::desc("Emit a _mlir_ciface_ wrapper for each function, which "
                     "takes memref descriptors by pointer (default: false)"),
      llvm::cl::init(false)};
};

/// Appends the passes that lower altgrad ops, and the upstream dialects around
/// them, to kernels in gpu.binary ops and host code in the LLVM dialect.
void buildGPUPipeline(mlir::OpPassManager &manager,
                      const GPUPipelineOptions &options);

/// Registers `altgrad-gpu-pipeline`.
void registerGPUPipeline();

} // namespace altgrad

#endif // ALTGRAD_PIPELINES_GPUPIPELINE_H
