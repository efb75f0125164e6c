//===- DeviceComparison.h - The same program on both ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What no reference describes, because it is a program of somebody's own, has
// the results of the CPU. Where the semantics leave no bit open they are those
// of the device, too.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CONFORMANCE_DEVICECOMPARISON_H
#define ALTGRAD_UNITTESTS_CONFORMANCE_DEVICECOMPARISON_H

#include "TestDevice.h"

namespace altgrad::test {

/// A program for the CPU and for the device in several variants.
class DeviceComparison {
public:
  DeviceComparison(std::string text, llvm::ArrayRef<Variant> variants);

  /// That all of them return the same. Returns what the CPU does.
  std::vector<Array> expectSame(llvm::StringRef name,
                                llvm::ArrayRef<Array> arguments);
  /// That results are as close as a factor of 1 + `tolerance`.
  void expectClose(llvm::StringRef name, llvm::ArrayRef<Array> arguments,
                   double tolerance);

private:
  std::string text;
  std::unique_ptr<Program> expected;
  std::vector<std::pair<std::string, std::unique_ptr<Program>>> programs;
};

/// Vectors, tiles and grids of other sizes than the default ones, too.
std::vector<Variant> getDeviceShapeVariants();

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_CONFORMANCE_DEVICECOMPARISON_H
