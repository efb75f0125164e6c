//===- TestDevice.cpp - The GPU that tests run on -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>

using namespace altgrad;
using namespace altgrad::test;

namespace {
struct Search {
  Search() {
    llvm::Expected<cuda::Device> device = cuda::Device::getCurrent();
    if (!device) {
      reason = llvm::toString(device.takeError());
      return;
    }
    llvm::Expected<std::string> version = cuda::getDriverVersion();
    if (!version) {
      reason = llvm::toString(version.takeError());
      return;
    }
    bool isEmulator =
        llvm::StringRef(device->name).starts_with("altgrad PTX emulator");
    llvm::outs() << "device: " << device->name << " (" << device->getChip()
                 << ", driver for CUDA " << *version << ")"
                 << (isEmulator ? ", no GPU: some sizes are left out" : "")
                 << "\n";
    llvm::outs().flush();
    found = TestDevice{std::move(*device), isEmulator};
  }
  std::optional<TestDevice> found;
  std::string reason;
};
} // namespace

static const Search &getSearch() {
  static const Search search;
  return search;
}

const TestDevice *TestDevice::get() {
  const std::optional<TestDevice> &found = getSearch().found;
  return found ? &*found : nullptr;
}

std::string TestDevice::getReason() { return getSearch().reason; }

bool altgrad::test::isEmulated() {
  const TestDevice *device = TestDevice::get();
  return device && device->isEmulator;
}

std::vector<Variant> altgrad::test::getDeviceVariants() {
  std::vector<Variant> variants(2);
  for (Variant &variant : variants)
    variant.chip = TestDevice::get()->device.getChip();
  variants[1].nativeConversions = false;
  return variants;
}

std::vector<Variant> altgrad::test::getDeviceVariants(const Format &format) {
  std::vector<Variant> variants = getDeviceVariants();
  bool hasInstructions =
      format.getName() == "E4M3FN" || format.getName() == "E5M2";
  if (isEmulated() && !hasInstructions)
    variants.resize(1);
  return variants;
}
