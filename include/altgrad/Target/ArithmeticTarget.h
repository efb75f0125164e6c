//===- ArithmeticTarget.h - Which forms of arithmetic are fast --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the expansion of numerics asks of a processor, be it a CPU or a GPU. All
// forms of a computation have the same bits; these are about which one is fast.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_TARGET_ARITHMETICTARGET_H
#define ALTGRAD_TARGET_ARITHMETICTARGET_H

namespace altgrad {

/// The instructions that make one form of arithmetic better than another. The
/// default is a processor of which nothing is known.
struct ArithmeticTarget {
  /// a * b + c, rounded once, is one instruction (x86: FMA).
  bool hasFMA = false;

  /// The smaller and the larger of two f32, NaN if one of them is, are one
  /// instruction each (PTX: min.NaN.f32).
  bool hasNaNMinMax = false;

  /// The smaller or the larger of the magnitudes of two f32 with the sign of
  /// the first is one instruction where the second is positive, NaN if one of
  /// them is (PTX: min.NaN.xorsign.abs.f32).
  bool hasMagnitudeMinMax = false;

  /// All of that, sums, products and comparisons are one instruction for two
  /// bf16 in a register (PTX: fma.rn.bf16x2).
  bool hasPackedBF16 = false;

  /// Sums and products of f32 cost less than integer operations, comparisons
  /// and selections, and subnormal numbers cost nothing (GPUs).
  bool prefersFloatArithmetic = false;

  /// Vectors of f16 become f32 in one instruction (x86: F16C).
  bool hasHalfConversion = false;

  /// A vector of bf16 is worked on as half as many 32-bit integers.
  bool pairsBF16 = false;

  /// AVX-512 with F, BW, DQ and VL, as x86-64-v4 has.
  bool hasAVX512 = false;

  /// And with VBMI, VBMI2 and GFNI, as all since Ice Lake and Zen 4 have.
  bool hasAVX512ByteOps = false;
};

} // namespace altgrad

#endif // ALTGRAD_TARGET_ARITHMETICTARGET_H
