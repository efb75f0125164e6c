//===- Data.h - What the kernels read ---------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Data are a function of the index alone, in integers, so that peers.py has the
// same ones without a file of gigabytes. With mix(x) the last step of
// MurmurHash3, the bits of the f32 element at `index` of an array are these:
//
//     first = mix(index ^ seed)    the seed is 0 for inputs and weights,
//     second = mix(first + 0x9e3779b9)          0x6c078965 for gradients
//
// - the float (a + b + c + d - 131070) * 2^-15 with the halves of both words:
//   nearly a normal distribution of deviation 1.15;
// - but mix(second + 0x9e3779b9), any bits at all, where second % 16 is 0: all
//   exponents, subnormal numbers, NaNs with any payload;
// - but one of kSpecials, in turn, where index % 1021 is 0.
//
// The first 4096 elements are all of the first kind, so that a reduction of
// them has no infinity or NaN. An element of bf16 is the upper half of these
// bits; a code is the low byte of mix(index).
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_DATA_H
#define ALTGRAD_BENCHMARKS_GPU_DATA_H

#include "common/Work.h"

#include <cstdint>
#include <string>
#include <vector>

namespace altgrad::bench {

/// So many elements at the beginning are ordinary numbers.
inline constexpr int64_t kOrdinaryElements = 4096;

/// Infinities, quiet NaNs, zeros, the smallest subnormal number and the largest
/// negative one.
inline constexpr uint32_t kSpecials[] = {0x7f800000, 0xff800000, 0x7fc00000,
                                         0xffc00000, 0x00000000, 0x80000000,
                                         0x00000001, 0x807fffff};

/// The arrays of all cases with one element type.
struct Data {
  Data(Element element, int64_t count);

  Element element;
  int64_t count;
  std::vector<char> input, gradient, codes;

  /// The sums of the bits of all elements, by which two programs can tell that
  /// they have the same data: "input 1f..., gradient ..., codes ...".
  std::string getDigest() const;
};

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_DATA_H
