//===- Scaling.cpp - From a largest magnitude to a scale ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written in the order in which the lowering computes, so that both round at
// the same places.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Support/Scaling.h"

#include <algorithm>
#include <cmath>

using namespace altgrad;

static double roundToPowerOfTwo(double value, ScaleRounding rounding) {
  if (rounding == ScaleRounding::None || !std::isfinite(value))
    return value;
  int exponent = 0;
  double fraction = std::frexp(value, &exponent); // In [0.5, 1).
  if (rounding == ScaleRounding::Ceil && fraction > 0.5)
    ++exponent;
  return std::ldexp(1.0, exponent - 1);
}

float altgrad::computeScale(double amax, const Format &format,
                            const ScaleOptions &options) {
  double scale = 1.0;
  if (std::isfinite(amax)) {
    double fitted = std::max(amax / format.getMaxFinite(), options.scaleMin);
    scale = amax < options.scaleMin ? options.scaleMin
                                    : fitted * std::ldexp(1.0, options.margin);
  }
  return static_cast<float>(roundToPowerOfTwo(scale, options.powerOfTwo));
}
