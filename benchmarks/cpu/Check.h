//===- Check.h - Data, and what must come out of them -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fast kernel that is wrong is no kernel. Before anything is timed, each one
// meets altgrad::Format, element by element, on the data that are timed and on
// those that break kernels.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_CHECK_H
#define ALTGRAD_BENCHMARKS_CPU_CHECK_H

#include "Rows.h"

#include <functional>
#include <string>
#include <vector>

namespace altgrad::bench {

/// The numbers that calls take besides arrays. Learning rate and scales make
/// all data below interesting: some saturate, some are subnormal, some stall.
Call makeCall(const Work &work);

/// Inputs in the layout of a Call.
struct Inputs {
  std::vector<char> input;
  std::vector<char> secondInput;
  int64_t count = 0;
};

/// One period of the data that are timed: a normal distribution of elements,
/// all codes that are numbers; no NaN.
Inputs makeTimedInputs(const Work &work, int64_t period);

/// Everything that was ever wrong in a kernel: for f16 and bf16 all numbers,
/// for f32 each value and midpoint of the format with its neighbours, zeros,
/// infinities, NaNs, subnormals and random bits; all codes.
Inputs makeEdgeInputs(const Work &work, bool withNaN);

/// What the reference says of some inputs.
struct Expectation {
  std::vector<char> output;
  /// Per element: bit 0, counted by a stall; bit 1, stalled as well.
  std::vector<uint8_t> stall;
  /// Per element, for amax.
  std::vector<float> magnitudes;
};
Expectation computeExpectation(const Work &work, const Inputs &inputs);

/// Compares what a call left behind with the expectation, repeated as often as
/// the call's count asks for. Returns the first difference, or an empty string.
std::string compare(const Work &work, const Call &call, const Inputs &inputs,
                    const Expectation &expected);

/// Runs a kernel on edge cases: whole, in short pieces, and on arrays that are
/// not aligned. `bind` makes a call's function. Returns the first difference.
using Bind = std::function<std::function<void()>(Call &)>;
std::string checkEdges(const Work &work, const Inputs &inputs,
                       const Expectation &expected, const Bind &bind);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_CPU_CHECK_H
