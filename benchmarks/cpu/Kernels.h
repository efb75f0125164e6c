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

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace altgrad::bench {

enum class Op {
  Quantize,
  Dequantize,
  FakeQuantize,
  Amax,
  Stall,
  QuantizeAmax,
  FakeQuantizeAmax,
  StallUpdate
};
inline constexpr Op kAllOps[] = {
    Op::Quantize, Op::Dequantize,   Op::FakeQuantize,     Op::Amax,
    Op::Stall,    Op::QuantizeAmax, Op::FakeQuantizeAmax, Op::StallUpdate};

enum class Element { F32, BF16, F16 };
inline constexpr Element kAllElements[] = {Element::F32, Element::BF16,
                                           Element::F16};

/// What an operation divides by: nothing, a number it is given, or a power of
/// two, which it may multiply by instead.
enum class Scale { None, Runtime, PowerOfTwo };

inline size_t getByteWidth(Element element) {
  return element == Element::F32 ? 4 : 2;
}
inline bool isStall(Op op) { return op == Op::Stall || op == Op::StallUpdate; }
inline bool hasAmax(Op op) {
  return op == Op::Amax || op == Op::QuantizeAmax || op == Op::FakeQuantizeAmax;
}
/// Several operations of the dialect in one pass.
inline bool isFused(Op op) {
  return op == Op::QuantizeAmax || op == Op::FakeQuantizeAmax ||
         op == Op::StallUpdate;
}
/// Bytes per element of the first input, the second and the output.
inline size_t getInputWidth(Op op, Element element) {
  return op == Op::Dequantize ? 1 : getByteWidth(element);
}
inline size_t getSecondInputWidth(Op op, Element element) {
  return isStall(op) ? getByteWidth(element) : 0;
}
inline size_t getOutputWidth(Op op, Element element) {
  switch (op) {
  case Op::Quantize:
  case Op::QuantizeAmax:
    return 1;
  case Op::Amax:
  case Op::Stall:
    return 0;
  default:
    return getByteWidth(element);
  }
}

/// Words as they stand in names of rows, in functions and in the IR.
std::string_view getName(Op op);
std::string_view getName(Element element);

/// One operation on one kind of data: all that code depends on.
struct Work {
  Op op;
  /// The name of a format; empty for `Op::Amax`, which has none.
  std::string format;
  Element element = Element::F32;
  Scale scale = Scale::None;
};

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
