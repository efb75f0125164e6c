//===- Reference.cpp - The format study in plain C++ ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One statement per rounding: a compiler may contract a product and a sum that
// stand in one expression into a fused multiply-add, which rounds once.
//
//===----------------------------------------------------------------------===//

#include "Measurement.h"

#include "altgrad/Support/Scaling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

using namespace altgrad;
using namespace altgrad::study;

/// The threshold of altgrad.stall where none is given.
static constexpr float kStallThreshold = 1e-10f;

float altgrad::study::getOverflowThreshold(const Format &format) {
  // Halfway between the largest finite value and the step after it. A tie
  // rounds to whichever of the two has the even mantissa field.
  double halfway = (format.getMaxFinite() + format.getOverflowStep()) / 2;
  auto threshold = static_cast<float>(halfway);
  if (format.roundMagnitude(halfway) > format.getMaxFiniteCode())
    return threshold;
  return std::nextafter(threshold, std::numeric_limits<float>::infinity());
}

float altgrad::study::chooseScale(const Format &format, const float *weights,
                                  size_t count) {
  float amax = 0;
  for (size_t i = 0; i < count; ++i) {
    if (std::isnan(weights[i]))
      return computeScale(weights[i], format);
    amax = std::max(amax, std::fabs(weights[i]));
  }
  return computeScale(amax, format);
}

/// Q(x) = decode(encode(x / scale)) * scale.
static float fakeQuantize(const Format &format, float x, float scale) {
  float v = x / scale;
  auto rounded = static_cast<float>(format.round(v));
  return rounded * scale;
}

static Distortion measureDistortion(const Format &format, float scale,
                                    const float *weights, size_t count) {
  Distortion result = {};
  for (size_t i = 0; i < count; ++i) {
    float x = weights[i];
    float q = fakeQuantize(format, x, scale);
    double difference = static_cast<double>(x) - static_cast<double>(q);
    double error = std::fabs(difference);
    // Not std::max: a NaN must stay, as with arith.maximumf.
    if (std::isnan(error) || error > result.largestError)
      result.largestError = error;
    double signal = static_cast<double>(x) * static_cast<double>(x);
    result.signalPower += signal;
    double noise = difference * difference;
    result.noisePower += noise;
    // Not x != 0, which holds for NaN.
    result.flushed += std::fabs(x) > 0 && q == 0;
    float magnitude = std::fabs(x / scale);
    result.saturated +=
        !std::isnan(magnitude) &&
        format.roundMagnitude(magnitude) > format.getMaxFiniteCode();
  }
  return result;
}

static StallCount countStalls(const Format &format, float scale,
                              const float *weights, const float *gradients,
                              size_t count, float learningRate) {
  StallCount result = {};
  for (size_t i = 0; i < count; ++i) {
    if (!(std::fabs(gradients[i]) > kStallThreshold))
      continue;
    float update = -learningRate * gradients[i];
    float next = weights[i] + update;
    ++result.total;
    // Values, not codes: the scale takes part in neither comparison.
    double before = format.round(weights[i] / scale);
    double after = format.round(next / scale);
    result.stalled += before == after;
  }
  return result;
}

Measurement altgrad::study::measure(const Format &format, float scale,
                                    const float *weights,
                                    const float *gradients, size_t count,
                                    const std::vector<float> &learningRates) {
  Measurement result;
  result.scale = scale;
  result.distortion = measureDistortion(format, scale, weights, count);
  for (float learningRate : learningRates)
    result.stalls.push_back(
        countStalls(format, scale, weights, gradients, count, learningRate));
  return result;
}

std::string altgrad::study::compare(const Measurement &compiled,
                                    const Measurement &reference) {
  std::ostringstream os;
  os.precision(17);
  auto check = [&](const char *what, auto got, auto expected,
                   double tolerance = 0) {
    auto a = static_cast<double>(got), b = static_cast<double>(expected);
    if (a == b || (std::isnan(a) && std::isnan(b)) ||
        std::fabs(a - b) <= tolerance * std::fabs(b))
      return;
    os << "  " << what << ": expected " << expected << " but got " << got
       << "\n";
  };
  const Distortion &c = compiled.distortion, &r = reference.distortion;
  check("scale", compiled.scale, reference.scale);
  check("largest error", c.largestError, r.largestError);
  check("signal power", c.signalPower, r.signalPower, 1e-12);
  check("noise power", c.noisePower, r.noisePower, 1e-12);
  check("flushed to zero", c.flushed, r.flushed);
  check("saturated", c.saturated, r.saturated);
  for (size_t i = 0; i < reference.stalls.size(); ++i) {
    check("stalled", compiled.stalls[i].stalled, reference.stalls[i].stalled);
    check("counted for stalls", compiled.stalls[i].total,
          reference.stalls[i].total);
  }
  return os.str();
}
