//===- Work.h - What is measured --------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations, formats and element types that the benchmarks are about, the
// same for processors and GPUs.
//
// No LLVM or MLIR in this header: kernels written by hand are compiled with
// flags of their own.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_COMMON_WORK_H
#define ALTGRAD_BENCHMARKS_COMMON_WORK_H

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

/// The project's own family, and the most used format beside it.
inline constexpr const char *kFormats[] = {"E0M7", "E1M6", "E3M4",
                                           "E5M2", "E7M0", "E4M3FN"};

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_COMMON_WORK_H
