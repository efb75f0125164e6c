//===- FloatFormats.h - Formats that the host does not have -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// f16, bf16, tf32, e4m3 and e5m2 and every rounding between them, written from
// the PTX ISA and the OCP OFP8 specification and from nothing in altgrad: what
// altgrad's code generator emits is compared with what this file computes.
//
// A number on its way into a format is a sign, an integer and a power of two,
// so that the one rounding it gets is the last step.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_FLOATFORMATS_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_FLOATFORMATS_H

#include <cstdint>
#include <cstring>

namespace altgrad::emulator {

enum class Rounding : uint8_t {
  NearestEven, // .rn
  NearestAway, // .rna: ties away from zero
  TowardZero,  // .rz
  Down,        // .rm
  Up           // .rp
};

struct FloatLayout {
  unsigned exponentBits;
  unsigned mantissaBits;
  int bias;
  bool hasInfinity; // Otherwise the topmost code alone is NaN (e4m3).

  uint32_t signBit() const { return 1u << (exponentBits + mantissaBits); }
  uint32_t maxFinite() const {
    uint32_t top = signBit() - 1;
    return hasInfinity ? top - (1u << mantissaBits) : top - 1;
  }
  uint32_t infinity() const { return maxFinite() + 1; }
};

inline constexpr FloatLayout layoutF16{5, 10, 15, true};
inline constexpr FloatLayout layoutBF16{8, 7, 127, true};
inline constexpr FloatLayout layoutTF32{8, 10, 127, true};
inline constexpr FloatLayout layoutE4M3{4, 3, 7, false};
inline constexpr FloatLayout layoutE5M2{5, 2, 15, true};

/// The NaN that NVIDIA's hardware returns: all bits but the sign.
inline uint32_t getCanonicalNaN(const FloatLayout &layout) {
  return layout.signBit() - 1;
}

/// The code of (-1)^isNegative * significand * 2^exponent, a bit more in
/// magnitude if `isSticky`.
uint32_t roundToFormat(const FloatLayout &layout, bool isNegative,
                       uint64_t significand, int exponent, bool isSticky,
                       Rounding rounding, bool saturatesToFinite);

/// The code of `value`, rounded once.
uint32_t encode(const FloatLayout &layout, double value, Rounding rounding,
                bool saturatesToFinite = false);

/// The value of a code, which every double can hold.
double decode(const FloatLayout &layout, uint32_t code);

/// x + y rounded to odd: a later rounding to at most 51 bits gives what one
/// rounding of the exact sum gives (Boldo and Melquiond, 2008).
double addRoundToOdd(double x, double y);

template <class To, class From> To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

/// Exact, and quick enough for arithmetic on f16.
inline float decodeF16(uint16_t bits) {
  uint32_t magnitude = bits & 0x7fff;
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  if (magnitude >= 0x7c00) // Infinity and NaN.
    return bitCast<float>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
  // 2^112 moves the exponent from one bias to the other, also for subnormals.
  float value = bitCast<float>(magnitude << 13) * 0x1p112f;
  return bitCast<float>(sign | bitCast<uint32_t>(value));
}
inline float decodeBF16(uint16_t bits) {
  return bitCast<float>(static_cast<uint32_t>(bits) << 16);
}

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_FLOATFORMATS_H
