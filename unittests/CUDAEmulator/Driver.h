//===- Driver.h - The state behind the driver API ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_DRIVER_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_DRIVER_H

#include "DriverApi.h"
#include "Program.h"

#include <mutex>
#include <set>
#include <string>

// The library hides everything else.
#define EXPORT extern "C" __attribute__((visibility("default")))

namespace altgrad::emulator {

/// The chip that ALTGRAD_EMULATOR_CHIP names.
struct Chip {
  unsigned number = 90; // Of sm_90.
  char suffix = 0;

  int getMajor() const { return number / 10; }
  int getMinor() const { return number % 10; }
  /// Shared memory that a block can have when it asks for it.
  uint32_t getMaxSharedBytes() const;
  /// True if code for a target runs here.
  bool runs(unsigned target, char targetSuffix) const;
};

inline constexpr uint32_t defaultSharedBytes = 48 << 10;
inline constexpr int multiprocessors = 4;

/// All of it: one driver per process.
struct Driver {
  static Driver &get();

  std::mutex mutex;
  bool isInitialized = false;
  int devices = 1;
  Chip chip;
  int primaryReferences = 0;
  /// After a kernel has failed, every call fails, as on a device.
  CUresult stickyError = CUDA_SUCCESS;
  uint64_t launches = 0;
  std::set<const void *> handles; // Modules, streams and events that exist.
};

/// What a call needs before it can do anything.
enum class Needs { Nothing, Driver, Context };

/// Called first by every function: injected errors, missing initialization and
/// sticky errors.
CUresult enter(const char *function, Needs needs = Needs::Context);

/// True if `handle` is a live module, stream or event.
bool isLive(const void *handle);
void addHandle(const void *handle);
bool removeHandle(const void *handle);

/// The code that a name such as "CUDA_ERROR_OUT_OF_MEMORY" stands for.
bool parseErrorName(const std::string &name, CUresult &error);

} // namespace altgrad::emulator

/// A kernel as the driver API sees it.
struct CUfunc_st { // NOLINT(readability-identifier-naming)
  altgrad::emulator::Kernel *kernel;
  CUmodule module;
  uint32_t maxDynamicSharedBytes;
};

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_DRIVER_H
