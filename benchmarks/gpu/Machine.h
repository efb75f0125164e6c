//===- Machine.h - The device, its driver and its clocks --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a table of times is worthless without. The driver's own version and the
// clocks come from NVML (libnvidia-ml.so.1), which is part of the driver; where
// it is missing, so are they.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_MACHINE_H
#define ALTGRAD_BENCHMARKS_GPU_MACHINE_H

#include "common/Report.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"

#include <optional>
#include <string>

namespace altgrad::bench {

/// True for the interpreter that tests run on: its times mean nothing.
bool isEmulator(const cuda::Device &device);

/// The management library of the driver, as far as it is there.
class Management {
public:
  explicit Management(const cuda::Device &device);
  ~Management();
  Management(const Management &) = delete;
  Management &operator=(const Management &) = delete;

  /// "580.65.06".
  std::string getDriver() const;

  struct Clocks {
    unsigned processors, memory; ///< In MHz.
  };
  std::optional<Clocks> getClocks() const;
  std::optional<Clocks> getHighestClocks() const;

private:
  using Function = int (*)(void *, int, unsigned *);
  template <typename T> T find(const char *symbol) const;
  std::optional<Clocks> readClocks(const char *symbol) const;

  void *library = nullptr;
  void *handle = nullptr; ///< Of the device, to NVML.
};

/// "1980 MHz, memory 3201 MHz".
std::string toString(const Management::Clocks &clocks);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_MACHINE_H
