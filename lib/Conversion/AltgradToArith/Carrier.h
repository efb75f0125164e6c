//===- Carrier.h - The float type that carries a computation ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Codes and rounded values come out of the arithmetic of a float type with more
// bits than the format has.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_CARRIER_H
#define ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_CARRIER_H

#include "altgrad/Support/Format.h"

#include "llvm/ADT/APFloat.h"

namespace altgrad {

/// The float type that carries the computation, and its layout.
struct Carrier {
  unsigned width;        // Bits of the type.
  unsigned mantissaBits; // P.
  int bias;              // Of its exponent field, and its largest exponent.

  static Carrier bf16() { return {16, 7, 127}; }
  static Carrier f32() { return {32, 23, 127}; }
  static Carrier f64() { return {64, 52, 1023}; }

  bool isDouble() const { return width == 64; }

  const llvm::fltSemantics &semantics() const {
    return width == 64   ? llvm::APFloat::IEEEdouble()
           : width == 32 ? llvm::APFloat::IEEEsingle()
                         : llvm::APFloat::BFloat();
  }

  /// True if every constant of the algorithms is a normal number of this type.
  bool fits(const Format &format) const {
    int shift = int(mantissaBits) - int(format.getMantissaBits());
    // One exponent of room for the overflow step above, and for half of the
    // smallest power of two below.
    return format.getMinExponent() - 1 >= 1 - bias &&
           format.getMaxExponent() + 1 + shift <= bias;
  }

  /// The bits of a value that is exact in this type.
  uint64_t getBits(double value) const {
    llvm::APFloat converted(value);
    bool losesInfo = false;
    converted.convert(semantics(), llvm::APFloat::rmNearestTiesToEven,
                      &losesInfo);
    assert(!losesInfo && "the carrier holds every constant exactly");
    return converted.bitcastToAPInt().getZExtValue();
  }
  uint64_t getInfinityBits() const {
    return uint64_t(2 * bias + 1) << mantissaBits;
  }
  /// Of the last place of powers of two, which round ties down.
  uint64_t getLessThanHalf() const {
    return (uint64_t(1) << (mantissaBits - 1)) - 1;
  }
  uint64_t getSignBit() const { return uint64_t(1) << (width - 1); }
  uint64_t getQuietNaNBits() const {
    return getInfinityBits() | (uint64_t(1) << (mantissaBits - 1));
  }
};

/// True where overflow has a value of its own instead of the largest one.
inline bool overflows(const Format &format, Overflow overflow) {
  return overflow == Overflow::Infinity &&
         format.getSpecials() != Specials::Finite;
}

/// The largest magnitude: where overflow has a value of its own that is one
/// step past the largest one, which has the code of infinity in ieee formats.
inline double getLimit(const Format &format, Overflow overflow) {
  return overflows(format, overflow) ? format.getOverflowStep()
                                     : format.getMaxFinite();
}

/// True where it is NaN, in formats without an infinity.
inline bool overflowsToNaN(const Format &format, Overflow overflow) {
  return overflows(format, overflow) && !format.hasInfinity();
}

} // namespace altgrad

#endif // ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_CARRIER_H
