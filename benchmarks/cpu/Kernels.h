//===- Kernels.h - What is measured, and on what ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A row of the benchmark is one operation on one kind of data. Kernels of
// several kinds do the same work for it and meet here: the limit (its traffic
// and nothing else), code written by hand, and what altgrad compiles.
//
// No LLVM or MLIR in this header: kernels written by hand are compiled with
// flags of their own.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_KERNELS_H
#define ALTGRAD_BENCHMARKS_CPU_KERNELS_H

#include "common/Work.h"

#include <cstdint>
#include <string_view>

namespace altgrad::bench {

/// The arguments and the results of one call.
struct Call {
  /// Elements; or codes for `Op::Dequantize`; or weights for the stalls.
  const void *input = nullptr;
  /// Gradients for the stalls.
  const void *secondInput = nullptr;
  void *output = nullptr;
  int64_t count = 0;
  /// Exact in the element type.
  float learningRate = 0;
  float scale = 1;
  /// What compiled code computes the power of two from.
  float scaleAmax = 1;

  // Results.
  uint32_t amaxBits = 0; ///< In the element type's width.
  int64_t stalled = 0;
  int64_t total = 0;
};

using Kernel = void (*)(Call &);

/// The traffic of an operation without its work, in plain vector code. Requires
/// a count that is a multiple of 64 and pointers aligned to 64 bytes. Null for
/// non-temporal stores of an operation that stores nothing.
Kernel getLimit(Op op, Element element, bool nonTemporal);

/// The operation written by hand; null where nobody wrote it.
Kernel getHandWritten(const Work &work);
/// The fastest form known, with intrinsics; null where there is none for this
/// processor. `streaming` is for arrays that do not fit in the cache: the input
/// is fetched ahead and results are stored past the cache.
Kernel getBestForm(const Work &work, bool streaming);
/// Splits a call over OpenMP threads and combines the results.
void runThreads(Kernel kernel, const Work &work, Call &call, int threads);

/// The flags that the kernels above were compiled with.
std::string_view getKernelFlags();

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_CPU_KERNELS_H
