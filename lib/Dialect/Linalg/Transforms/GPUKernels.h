//===- GPUKernels.h - How a linalg.generic becomes a kernel -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three shapes of kernel cover every generic on memrefs:
//
// - flat: all iterations are one long row, walked in vectors. Elementwise
//   computations, reductions to one element, both at once, blocked scales.
// - rows: the innermost loop is a reduction, and each row belongs to a warp or
//   a part of one.
// - points: one thread for each iteration of the parallel loops, which runs the
//   other loops in the order of the program. Whatever is left.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GPUKERNELS_H
#define ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GPUKERNELS_H

#include "GenericLoops.h"

namespace altgrad {

struct GPUKernelOptions {
  /// Threads of a block: a power of two, a warp at least.
  int64_t blockSize = 512;
  /// Bytes of the widest operand that a thread moves by one access.
  int64_t vectorBytes = 16;
  /// Vectors that a thread has in flight, of all operands together.
  int64_t vectorsPerThread = 4;
  /// Blocks of a kernel that reduces: each ends in one atomic operation.
  int64_t maxBlocks = 2048;
};

enum class GPUKernelKind { Flat, Rows, Points };

struct GPUKernelPlan {
  GPUKernelKind kind = GPUKernelKind::Points;
  /// For flat kernels and rows; `lanes` is what one access moves.
  VectorizationPlan vectors;
  /// Rows: threads that share one, a power of two.
  int64_t groupSize = 1;
  /// Vectors of each operand that a thread loads before it computes.
  int64_t vectorsPerThread = 1;
  /// False where no access may have a vector.
  bool usesVectors = true;
};

/// Decides for `op`, on memrefs, whose loops have been collapsed. `reason` says
/// why it is no flat kernel and none on rows.
GPUKernelPlan planGPUKernel(mlir::linalg::GenericOp op,
                            const GPUKernelOptions &options, bool reassociate,
                            std::string &reason);

/// Emits a gpu.launch that computes `op` before it.
void emitGPUKernel(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                   const GPUKernelPlan &plan, const GPUKernelOptions &options);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GPUKERNELS_H
