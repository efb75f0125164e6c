//===- CPUTarget.h - What code generation knows of a CPU --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything altgrad compiles has the same bits on every CPU. What a target
// decides is which of several equal forms of a computation is the fast one.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_TARGET_CPUTARGET_H
#define ALTGRAD_TARGET_CPUTARGET_H

#include "altgrad/Target/ArithmeticTarget.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace altgrad {

/// A processor by what the code generator asks of it.
struct CPUTarget : ArithmeticTarget {
  /// LLVM's name of the processor and a list of its features ("+avx2,-sse4a"),
  /// which functions are marked with. Empty where the code is for any processor
  /// and whoever compiles it says which one.
  std::string cpu, features;

  /// Bits of a vector in the program.
  unsigned vectorWidth = 512;

  /// How many vectors of the program a step of a loop may work on so that the
  /// values between stay in registers: four of 32 registers, two of 16, and one
  /// where LLVM has to split vectors.
  unsigned vectorsPerStep = 1;

  /// The target of this name: "generic"; "native", the processor this runs on;
  /// or LLVM's name of an x86-64 processor or level, such as "x86-64-v3" or
  /// "znver4". None for other names.
  static std::optional<CPUTarget> get(llvm::StringRef name);
};

/// The instructions that code for the x86-64 processor `cpu` with `features`,
/// as functions are marked with, may use and this machine lacks: LLVM's names
/// of features, sorted. Empty where it has them all, and where `cpu` is no
/// x86-64 processor that LLVM knows.
std::vector<std::string> getFeaturesMissingHere(llvm::StringRef cpu,
                                                llvm::StringRef features);

} // namespace altgrad

#endif // ALTGRAD_TARGET_CPUTARGET_H
