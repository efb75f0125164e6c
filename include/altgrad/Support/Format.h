//===- Format.h - Parametric low-precision float formats --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The single source of truth for what a code means. The verifier, the constant
// folder, the arith lowering, the C API and the tests all ask this class, so
// that none of them can disagree about a bit.
//
// Plain C++17 without any MLIR or LLVM include: it can be used, and tested, on
// its own. Nothing here assumes that a code has eight bits.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_SUPPORT_FORMAT_H
#define ALTGRAD_SUPPORT_FORMAT_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace altgrad {

/// Which codes a format takes away from the numbers.
enum class Specials {
  /// None: every code is a number.
  Finite,
  /// IEEE 754 style: exponent all ones is infinity (m = 0) or NaN (m != 0).
  IEEE,
  /// OCP OFP8 E4M3 style: exponent and mantissa all ones is NaN; no infinity.
  FN,
  /// The code of negative zero is the only NaN; no infinity, no negative zero.
  FNUZ
};

/// What encoding does with a value that rounds past the largest finite one.
enum class Overflow {
  /// The largest finite value with the sign of the input; infinities too.
  Saturate,
  /// Infinity (ieee) or NaN (fn, fnuz). Finite formats saturate all the same.
  Infinity
};

/// A sign-magnitude number format: one sign bit, `exponentBits` bits of
/// exponent and `mantissaBits` bits of mantissa, from the high bit to the low.
///
///     E = 0      value = (-1)^s * m / 2^M                        fixed point
///     e = 0      value = (-1)^s * 2^(1-bias) * m / 2^M           subnormal
///     otherwise  value = (-1)^s * 2^(e-bias) * (1 + m / 2^M)     normal
///
/// A Format is always valid: `get` is the only way to make one.
class Format {
public:
  /// A code: the bits of one number, in the low `bitWidth()` bits.
  using Code = uint32_t;

  /// The widest code the class handles; every finite value of a format that
  /// wide is still exact in double.
  static constexpr unsigned kMaxBitWidth = 16;

  /// Returns the format with these parameters, or nothing if there is no such
  /// format; then `error`, if given, receives the reason as a phrase without
  /// capital or full stop.
  static std::optional<Format> get(unsigned exponentBits, unsigned mantissaBits,
                                   int bias, Specials specials,
                                   std::string *error = nullptr);

  /// Returns the format known under `name` ("E4M3FN"), or nothing.
  static std::optional<Format> getNamed(std::string_view name);

  /// The named formats, in the order in which the documentation lists them.
  struct Named;
  static const std::vector<Named> &getAllNamed();

  /// The name under which `getNamed` finds this format, or an empty view.
  std::string_view getName() const;

  unsigned getExponentBits() const { return exponentBits; }
  unsigned getMantissaBits() const { return mantissaBits; }
  int getBias() const { return bias; }
  Specials getSpecials() const { return specials; }

  /// Sign, exponent and mantissa bits together.
  unsigned getBitWidth() const { return 1 + exponentBits + mantissaBits; }
  /// The bit that holds the sign.
  Code getSignMask() const { return Code(1) << (exponentBits + mantissaBits); }
  /// All bits but the sign.
  Code getMagnitudeMask() const { return getSignMask() - 1; }

  bool hasInfinity() const { return specials == Specials::IEEE; }
  bool hasNaN() const;
  bool hasNegativeZero() const { return specials != Specials::FNUZ; }

  /// True if the non-negative finite values are equally spaced: no exponent
  /// field, or a one-bit one, whose two binades share one spacing.
  bool isUniform() const { return exponentBits <= 1; }

  /// The code of the largest finite value.
  Code getMaxFiniteCode() const;
  /// The code of positive infinity; only where `hasInfinity()`.
  Code getInfinityCode() const;
  /// The code that encoding gives for NaN: all magnitude bits (ieee, fn), the
  /// code of negative zero (fnuz), or +0 where the format has no NaN.
  Code getCanonicalNaNCode() const;

  /// The exponent of the smallest binade: subnormal values are multiples of
  /// 2^(getMinExponent() - M).
  int getMinExponent() const { return exponentBits == 0 ? 0 : 1 - bias; }
  /// The exponent of the largest finite value.
  int getMaxExponent() const;
  /// The largest finite value.
  double getMaxFinite() const { return decode(getMaxFiniteCode()); }
  /// The value one step past the largest finite one, where an exponent and
  /// mantissa that went on counting would put it.
  double getOverflowStep() const;
  /// The smallest positive value.
  double getMinPositive() const { return decode(1); }

  bool isNaN(Code code) const;
  bool isInfinity(Code code) const;

  /// The value of `code`, exactly; NaN codes give a positive quiet NaN.
  /// Requires `code < 2^getBitWidth()`.
  double decode(Code code) const;

  /// The code of the value nearest to `value`; ties go to the even mantissa
  /// field, and to the smaller magnitude where there is no mantissa field. One
  /// rounding: every f16, bf16, f32 and f64 input is exact in `value`.
  Code encode(double value, Overflow overflow = Overflow::Saturate) const;

  /// decode(encode(value)).
  double round(double value, Overflow overflow = Overflow::Saturate) const {
    return decode(encode(value, overflow));
  }

  /// The code of the magnitude that `magnitude` (not NaN, not negative) rounds
  /// to if the format went on past its largest value without end; never more
  /// than one past the overflow step. The numeric heart of `encode`.
  Code roundMagnitude(double magnitude) const;

  friend bool operator==(const Format &a, const Format &b) {
    return a.exponentBits == b.exponentBits &&
           a.mantissaBits == b.mantissaBits && a.bias == b.bias &&
           a.specials == b.specials;
  }
  friend bool operator!=(const Format &a, const Format &b) { return !(a == b); }

private:
  Format(unsigned exponentBits, unsigned mantissaBits, int bias,
         Specials specials)
      : exponentBits(exponentBits), mantissaBits(mantissaBits), bias(bias),
        specials(specials) {}

  unsigned exponentBits;
  unsigned mantissaBits;
  int bias;
  Specials specials;
};

struct Format::Named {
  std::string_view name;
  Format format;
};

/// The word for `specials` in the textual IR: finite, ieee, fn or fnuz.
std::string_view stringifySpecials(Specials specials);
/// The inverse of `stringifySpecials`; nothing for any other word.
std::optional<Specials> symbolizeSpecials(std::string_view word);

} // namespace altgrad

#endif // ALTGRAD_SUPPORT_FORMAT_H
