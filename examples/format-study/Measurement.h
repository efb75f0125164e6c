//===- Measurement.h - What the format study measures -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same numbers come from compiled altgrad code and from a reference written
// in plain C++, and must agree: a study that only one of them made would prove
// nothing about the compiler.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXAMPLES_FORMATSTUDY_MEASUREMENT_H
#define ALTGRAD_EXAMPLES_FORMATSTUDY_MEASUREMENT_H

#include "altgrad/Support/Format.h"

#include <cstdint>
#include <string>
#include <vector>

namespace altgrad::study {

/// The results of `@measure` in study.mlir, in their order and layout.
struct Distortion {
  double largestError;
  double signalPower;
  double noisePower;
  int64_t flushed;
  int64_t saturated;
};

/// The results of `@stall` in study.mlir.
struct StallCount {
  int64_t stalled;
  int64_t total;
};

/// What one format does to one matrix; a stall count per learning rate.
struct Measurement {
  float scale;
  Distortion distortion;
  std::vector<StallCount> stalls;
};

/// The least f32 that rounds past the largest finite value of `format`.
float getOverflowThreshold(const Format &format);

/// The scale that maps the largest magnitude of `count` weights to the largest
/// finite value.
float chooseScale(const Format &format, const float *weights, size_t count);

/// All of a measurement, one element after the other.
Measurement measure(const Format &format, float scale, const float *weights,
                    const float *gradients, size_t count,
                    const std::vector<float> &learningRates);

/// Says, one line each, where two measurements differ. Sums of powers depend on
/// the order of the additions and may differ by 1e-12 of their value; all else
/// must be equal.
std::string compare(const Measurement &compiled, const Measurement &reference);

} // namespace altgrad::study

#endif // ALTGRAD_EXAMPLES_FORMATSTUDY_MEASUREMENT_H
