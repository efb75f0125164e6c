//===- FloatArithmetic.h - Arithmetic of each float type of PTX -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// f32 and f64 are the host's, f16 and bf16 are computed in double and rounded
// once more, which is exact for one operation: a double has more than twice the
// bits and two more (Figueroa, 1995); for fma, by rounding to odd first. This
// must not be compiled with contraction or flushing of subnormals.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_FLOATARITHMETIC_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_FLOATARITHMETIC_H

#include "FloatFormats.h"

#include <cmath>

namespace altgrad::emulator {

struct Half {
  static constexpr const FloatLayout &layout = layoutF16;
  uint16_t bits;
};
struct BFloat {
  static constexpr const FloatLayout &layout = layoutBF16;
  uint16_t bits;
};
/// Two of them in a register of 32 bits.
template <class T> struct Pair {
  T low, high;
};

template <class T> inline constexpr bool isPair = false;
template <class T> inline constexpr bool isPair<Pair<T>> = true;
template <class T> inline constexpr bool isShort = false;
template <> inline constexpr bool isShort<Half> = true;
template <> inline constexpr bool isShort<BFloat> = true;

inline double widen(Half value) { return decodeF16(value.bits); }
inline double widen(BFloat value) { return decodeBF16(value.bits); }
inline float widen(float value) { return value; }
inline double widen(double value) { return value; }

/// Results that are NaN become the one NaN of the hardware; f64 keeps the NaN
/// that the host makes.
template <class T, class Wide> T narrow(Wide value) {
  if constexpr (isShort<T>)
    return T{
        static_cast<uint16_t>(encode(T::layout, value, Rounding::NearestEven))};
  else if constexpr (sizeof(T) == 4)
    return std::isnan(value) ? bitCast<float>(0x7fffffffu)
                             : static_cast<float>(value);
  else
    return value;
}

template <class T> bool isNaN(T value) { return std::isnan(widen(value)); }
template <class T> bool isNegative(T value) {
  return std::signbit(widen(value));
}

template <class T> T flipSign(T value) {
  if constexpr (isShort<T>)
    return T{static_cast<uint16_t>(value.bits ^ 0x8000)};
  else
    return -value;
}
template <class T> T clearSign(T value) {
  if constexpr (isShort<T>)
    return T{static_cast<uint16_t>(value.bits & 0x7fff)};
  else
    return std::fabs(value);
}

/// What .ftz does to operands and results.
template <class T> T flushSubnormal(T value) {
  if constexpr (isShort<T>) {
    uint16_t exponent = T::layout.infinity();
    if ((value.bits & exponent) == 0)
      value.bits &= 0x8000;
    return value;
  } else {
    return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(T(0), value)
                                                  : value;
  }
}
/// .sat: to [0, 1], NaN to zero.
template <class T> T saturate(T value) {
  auto wide = widen(value);
  if (!(wide > 0))
    return narrow<T>(decltype(wide)(0));
  return wide > 1 ? narrow<T>(decltype(wide)(1)) : value;
}
/// .relu: negative numbers to zero, NaN to the canonical NaN.
template <class T> T clampNegative(T value) {
  if (isNaN(value))
    return narrow<T>(widen(value));
  return isNegative(value) ? narrow<T>(decltype(widen(value))(0)) : value;
}

struct FloatAdd {
  template <class T> static T apply(T a, T b) {
    return narrow<T>(widen(a) + widen(b));
  }
};
struct FloatSub {
  template <class T> static T apply(T a, T b) {
    return narrow<T>(widen(a) - widen(b));
  }
};
struct FloatMul {
  template <class T> static T apply(T a, T b) {
    return narrow<T>(widen(a) * widen(b));
  }
};
struct FloatDiv {
  template <class T> static T apply(T a, T b) {
    return narrow<T>(widen(a) / widen(b));
  }
};
struct FloatFma {
  template <class T> static T apply(T a, T b, T c) {
    if constexpr (isShort<T>)
      return narrow<T>(addRoundToOdd(widen(a) * widen(b), widen(c)));
    else
      return narrow<T>(std::fma(a, b, c));
  }
};
struct FloatReciprocal {
  template <class T> static T apply(T a) {
    return narrow<T>(decltype(widen(a))(1) / widen(a));
  }
};
struct FloatSqrt {
  template <class T> static T apply(T a) {
    return narrow<T>(std::sqrt(widen(a)));
  }
};

/// min and max without .NaN: the operand that is a number; -0 is below +0.
template <bool isMax, bool propagatesNaN> struct FloatMinMax {
  template <class T> static T apply(T a, T b) {
    bool first = isNaN(a), second = isNaN(b);
    if (first || second) {
      if (propagatesNaN || (first && second))
        return narrow<T>(decltype(widen(a))(NAN));
      return first ? b : a;
    }
    if (widen(a) == widen(b))
      return isNegative(a) == isMax ? b : a;
    return (widen(a) < widen(b)) == isMax ? b : a;
  }
};

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_FLOATARITHMETIC_H
