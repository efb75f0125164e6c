//===- Device.h - CUDA devices of this machine ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver, libcuda.so.1, is loaded when the first function of the CUDA
// runtime is called, and nothing of CUDA is needed to build: one build serves
// machines with and without a GPU. Where there is none, every function here
// returns the same error, one sentence that says what is missing.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_CUDA_DEVICE_H
#define ALTGRAD_EXECUTIONENGINE_CUDA_DEVICE_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace altgrad::cuda {

/// One of the devices, by what there is to know about it.
struct Device {
  int ordinal = 0;
  /// "NVIDIA H200".
  std::string name;
  /// The compute capability: 9 and 0 for sm_90.
  int major = 0, minor = 0;
  int multiprocessors = 0;
  uint64_t memoryBytes = 0;
  /// The driver can allocate and free in the order of a stream.
  bool hasMemoryPools = false;

  /// The name code generation knows the device by: "sm_90".
  std::string getChip() const;

  static llvm::Expected<Device> get(int ordinal);
  /// The device that this thread uses: that of its current context, or else
  /// the one chosen with `useDevice`, which is the first one by default.
  static llvm::Expected<Device> getCurrent();
};

/// How many devices there are; one at least, because none is an error.
llvm::Expected<int> countDevices();

/// The version of CUDA that the driver implements: "12.8".
llvm::Expected<std::string> getDriverVersion();

/// Makes this thread use a device: the primary context of the device, which
/// PyTorch and the CUDA runtime use as well, becomes the thread's current one.
///
/// A thread that never calls this uses the context that is current already, or
/// else the primary context of the first device.
llvm::Error useDevice(int ordinal);

/// The number of the device that memory belongs to; an error for memory that
/// the driver does not know.
llvm::Expected<int> getDeviceOf(const void *memory);

/// Calls of this thread use a device until the end of the scope: in the context
/// that is current, if it is one of this device, otherwise in the primary one,
/// which is what other libraries use. An error is kept for takeError.
class DeviceScope {
public:
  explicit DeviceScope(int ordinal);
  ~DeviceScope();
  DeviceScope(const DeviceScope &) = delete;
  DeviceScope &operator=(const DeviceScope &) = delete;

private:
  bool pushedContext = false;
};

} // namespace altgrad::cuda

#endif // ALTGRAD_EXECUTIONENGINE_CUDA_DEVICE_H
