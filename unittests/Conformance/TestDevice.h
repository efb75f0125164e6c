//===- TestDevice.h - The GPU that tests run on -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code for GPUs runs on whatever libcuda.so.1 gives: a device, or the emulator
// of unittests/CUDAEmulator, which is thousands of times slower and gets fewer
// sizes. Without either the tests are skipped, and say why.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CONFORMANCE_TESTDEVICE_H
#define ALTGRAD_UNITTESTS_CONFORMANCE_TESTDEVICE_H

#include "Program.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"

#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace altgrad::test {

struct TestDevice {
  cuda::Device device;
  bool isEmulator = false;

  /// The device, or null. Says on stdout which one it is, once.
  static const TestDevice *get();
  /// Why there is none.
  static std::string getReason();
};

/// True if tests run on the emulator.
bool isEmulated();
/// For the chip of the device: with its own conversions, and without.
std::vector<Variant> getDeviceVariants();
/// The same for programs with one format. On the emulator only one of them, if
/// no chip has conversions of the format.
std::vector<Variant> getDeviceVariants(const Format &format);

} // namespace altgrad::test

/// At the begin of a test, or of the set-up of its fixture.
#define ALTGRAD_SKIP_WITHOUT_DEVICE()                                          \
  if (!altgrad::test::TestDevice::get())                                       \
  GTEST_SKIP() << altgrad::test::TestDevice::getReason()

#endif // ALTGRAD_UNITTESTS_CONFORMANCE_TESTDEVICE_H
