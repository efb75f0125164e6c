//===- GPUTarget.h - What code generation knows of a GPU --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A chip and a version of PTX have to fit each other, and LLVM aborts the
// process where they do not. So every chip and version goes through here first.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_TARGET_GPUTARGET_H
#define ALTGRAD_TARGET_GPUTARGET_H

#include "altgrad/Target/ArithmeticTarget.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace altgrad {

/// An NVIDIA chip by what the code generator asks of it.
struct GPUTarget : ArithmeticTarget {
  /// LLVM's name of it, "sm_90".
  std::string chip;

  /// The version of PTX that is printed: 78 is 7.8.
  unsigned ptxVersion = 0;

  /// LLVM's list of features, which says no more than that: "+ptx78".
  std::string features;

  /// Pairs of f32 and of f16 become pairs of E4M3FN or E5M2 in one instruction,
  /// and those become pairs of f16.
  bool hasFP8Conversion = false;

  /// f32 becomes bf16 in one instruction, two at a time.
  bool hasBF16Conversion = false;

  /// A reduction of 32-bit integers over a warp is one instruction.
  bool hasRedux = false;

  /// The chip of this name with this version of PTX (78 is 7.8), or with 0 the
  /// oldest version that has all instructions named above that the chip has:
  /// the older the version, the more drivers compile it. The error says what
  /// is possible.
  static llvm::Expected<GPUTarget> get(llvm::StringRef chip,
                                       unsigned ptxVersion = 0);

  /// The same from a list of features such as "+ptx78", as `#nvvm.target` has
  /// it; a list without a version stands for the oldest one as above.
  static llvm::Expected<GPUTarget> getFromFeatures(llvm::StringRef chip,
                                                   llvm::StringRef features);

  /// The names that `get` knows, older chips first.
  static std::vector<llvm::StringRef> getKnownChips();

  /// The versions of PTX that `get` knows, in order.
  static llvm::ArrayRef<unsigned> getKnownPTXVersions();
};

} // namespace altgrad

#endif // ALTGRAD_TARGET_GPUTARGET_H
