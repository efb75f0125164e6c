//===- FormatOracle.h - A second opinion on every code ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Format computes a code from the exponent of its input. A test that repeated
// that arithmetic would repeat its mistakes, so this oracle goes the other way:
// it walks the grid of values from zero upwards, one addition per code, and
// finds a code by comparing the input with the midpoints between neighbours.
// It shares no code with the library and makes formats of its own parameters.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_SUPPORT_FORMATORACLE_H
#define ALTGRAD_UNITTESTS_SUPPORT_FORMATORACLE_H

#include "altgrad/Support/Format.h"

#include <cstdint>
#include <vector>

namespace altgrad::test {

class FormatOracle {
public:
  FormatOracle(unsigned exponentBits, unsigned mantissaBits, int bias,
               Specials specials);
  explicit FormatOracle(const Format &format)
      : FormatOracle(format.getExponentBits(), format.getMantissaBits(),
                     format.getBias(), format.getSpecials()) {}

  /// The code of `value`, found by a linear scan.
  uint32_t encode(double value, Overflow overflow) const;
  /// The value of `code`; NaN codes give NaN.
  double decode(uint32_t code) const;

  /// The values of the codes 0, 1, ... up to the largest finite one, and after
  /// it the value of one step more.
  const std::vector<double> &getGrid() const { return grid; }
  uint32_t getMaxFiniteCode() const { return grid.size() - 2; }

  /// The value halfway between the code and the next one; exact in double.
  double getMidpoint(uint32_t code) const {
    return (grid[code] + grid[code + 1]) / 2;
  }

  /// True if every finite value is a float.
  bool isExactInF32() const;

private:
  bool isReserved(uint32_t magnitude) const;

  unsigned mantissaBits;
  Specials specials;
  uint32_t signBit;
  uint32_t topExponent; // The magnitude with all exponent bits and no others.
  std::vector<double> grid;
};

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_SUPPORT_FORMATORACLE_H
