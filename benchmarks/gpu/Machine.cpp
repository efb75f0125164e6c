//===- Machine.cpp - The device, its driver and its clocks ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Compiler.h"
#include "llvm/Support/FormatVariadic.h"

#include <dlfcn.h>

using namespace altgrad;
using namespace altgrad::bench;

bool altgrad::bench::isEmulator(const cuda::Device &device) {
  return llvm::StringRef(device.name).contains("emulator");
}

template <typename T> T Management::find(const char *symbol) const {
  return library ? reinterpret_cast<T>(dlsym(library, symbol)) : nullptr;
}

/// The two libraries number devices differently; the address on the bus is the
/// same. Only the driver knows it, which is loaded by now.
static std::string getBusAddress(int ordinal) {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver)
    return "";
  auto getAddress = reinterpret_cast<int (*)(char *, int, int)>(
      dlsym(driver, "cuDeviceGetPCIBusId"));
  char text[32] = {};
  if (!getAddress || getAddress(text, sizeof(text), ordinal) != 0)
    return "";
  return text;
}

Management::Management(const cuda::Device &device) {
  std::string address = isEmulator(device) ? "" : getBusAddress(device.ordinal);
  if (address.empty())
    return;
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  auto start = find<int (*)()>("nvmlInit_v2");
  auto getHandle =
      find<int (*)(const char *, void **)>("nvmlDeviceGetHandleByPciBusId_v2");
  if (!start || !getHandle || start() != 0 ||
      getHandle(address.c_str(), &handle) != 0)
    handle = nullptr;
}

Management::~Management() {
  // Unloading it is left to the end of the process.
  if (auto stop = find<int (*)()>("nvmlShutdown"))
    stop();
}

std::string Management::getDriver() const {
  auto getVersion =
      find<int (*)(char *, unsigned)>("nvmlSystemGetDriverVersion");
  char text[96] = {};
  if (!handle || !getVersion || getVersion(text, sizeof(text)) != 0)
    return "";
  return text;
}

std::optional<Management::Clocks>
Management::readClocks(const char *symbol) const {
  // As nvml.h numbers them.
  constexpr int processors = 1, memory = 2;
  auto read = find<Function>(symbol);
  Clocks clocks = {};
  if (!handle || !read || read(handle, processors, &clocks.processors) != 0 ||
      read(handle, memory, &clocks.memory) != 0)
    return std::nullopt;
  return clocks;
}

std::optional<Management::Clocks> Management::getClocks() const {
  return readClocks("nvmlDeviceGetClockInfo");
}

std::optional<Management::Clocks> Management::getHighestClocks() const {
  return readClocks("nvmlDeviceGetMaxClockInfo");
}

std::string altgrad::bench::toString(const Management::Clocks &clocks) {
  return llvm::formatv("{0} MHz, memory {1} MHz", clocks.processors,
                       clocks.memory)
      .str();
}
