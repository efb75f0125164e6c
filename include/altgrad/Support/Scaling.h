//===- Scaling.h - From a largest magnitude to a scale ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference for `altgrad.compute_scale`. Plain C++, like Format.h.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_SUPPORT_SCALING_H
#define ALTGRAD_SUPPORT_SCALING_H

#include "altgrad/Support/Format.h"

#include <cstdint>

namespace altgrad {

/// Whether, and in which direction, a scale becomes a power of two.
enum class ScaleRounding { None, Ceil, Floor };

/// What else besides amax and format decides a scale.
struct ScaleOptions {
  /// The smallest scale before the margin; positive.
  double scaleMin = 1e-10;
  /// The scale is multiplied by 2^margin: headroom (positive) in powers of two.
  int margin = 0;
  ScaleRounding powerOfTwo = ScaleRounding::None;
};

/// The scale that maps `amax` to the largest finite value of `format`: 1.0
/// where amax is not finite, scaleMin where it is below scaleMin, else
/// max(amax / largest_finite, scaleMin) * 2^margin. Computed in f64, rounded
/// once to f32.
float computeScale(double amax, const Format &format,
                   const ScaleOptions &options = {});

} // namespace altgrad

#endif // ALTGRAD_SUPPORT_SCALING_H
