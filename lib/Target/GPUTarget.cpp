//===- GPUTarget.cpp - What code generation knows of a GPU ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table is LLVM 22.1's; unittests/Target compares it with LLVM.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Target/GPUTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

using namespace altgrad;
using llvm::StringRef;

namespace {

struct Chip {
  StringRef name;
  unsigned number;
  unsigned leastPTXVersion;
};

} // namespace

/// Since Volta, the first with warps whose threads go their own ways.
static constexpr Chip kChips[] = {
    {"sm_70", 70, 60},    {"sm_72", 72, 61},   {"sm_75", 75, 63},
    {"sm_80", 80, 70},    {"sm_86", 86, 71},   {"sm_87", 87, 74},
    {"sm_88", 88, 90},    {"sm_89", 89, 78},   {"sm_90", 90, 78},
    {"sm_90a", 90, 80},   {"sm_100", 100, 86}, {"sm_100a", 100, 86},
    {"sm_100f", 100, 88}, {"sm_101", 101, 86}, {"sm_101a", 101, 86},
    {"sm_101f", 101, 88}, {"sm_103", 103, 88}, {"sm_103a", 103, 88},
    {"sm_103f", 103, 88}, {"sm_110", 110, 90}, {"sm_110a", 110, 90},
    {"sm_110f", 110, 90}, {"sm_120", 120, 87}, {"sm_120a", 120, 87},
    {"sm_120f", 120, 88}, {"sm_121", 121, 88}, {"sm_121a", 121, 88},
    {"sm_121f", 121, 88},
};

static constexpr unsigned kPTXVersions[] = {60, 61, 62, 63, 64, 65, 70, 71, 72,
                                            73, 74, 75, 76, 77, 78, 80, 81, 82,
                                            83, 84, 85, 86, 87, 88, 90};

/// The version of PTX with all that GPUTarget has a name for on this chip: only
/// the FP8 conversions and minima of magnitudes came to a chip after the chip
/// itself.
static unsigned getDefaultPTXVersion(const Chip &chip) {
  switch (chip.number) {
  case 86:
    return 72;
  case 89:
    return 81;
  default:
    return chip.leastPTXVersion;
  }
}

static std::string formatVersion(unsigned version) {
  return llvm::formatv("{0}.{1}", version / 10, version % 10);
}

std::vector<StringRef> GPUTarget::getKnownChips() {
  std::vector<StringRef> names;
  for (const Chip &chip : kChips)
    names.push_back(chip.name);
  return names;
}

llvm::ArrayRef<unsigned> GPUTarget::getKnownPTXVersions() {
  return kPTXVersions;
}

llvm::Expected<GPUTarget> GPUTarget::get(StringRef name, unsigned ptxVersion) {
  const Chip *chip =
      llvm::find_if(kChips, [&](const Chip &c) { return c.name == name; });
  if (chip == std::end(kChips))
    return llvm::createStringError("unknown chip '" + name + "'; known are " +
                                   llvm::join(getKnownChips(), ", "));
  if (ptxVersion == 0)
    ptxVersion = getDefaultPTXVersion(*chip);
  if (ptxVersion < chip->leastPTXVersion)
    return llvm::createStringError("expected a PTX version of at least " +
                                   formatVersion(chip->leastPTXVersion) +
                                   " for " + name + " but got " +
                                   formatVersion(ptxVersion));
  if (!llvm::is_contained(kPTXVersions, ptxVersion)) {
    auto versions = llvm::map_range(
        llvm::make_filter_range(
            kPTXVersions,
            [&](unsigned version) { return version >= chip->leastPTXVersion; }),
        formatVersion);
    return llvm::createStringError("unknown PTX version " +
                                   formatVersion(ptxVersion) + "; known for " +
                                   name + " are " + llvm::join(versions, ", "));
  }

  GPUTarget target;
  target.chip = name.str();
  target.ptxVersion = ptxVersion;
  target.features = "+ptx" + llvm::utostr(ptxVersion);
  // PTX ISA, the sections of fma, cvt, min, set and redux.sync: "PTX ISA Notes"
  // and "Target ISA Notes". A chip's least version has what is not compared
  // here.
  target.hasFMA = true;
  target.prefersFloatArithmetic = true;
  target.hasHalfConversion = true;
  target.pairsBF16 = true;
  target.hasNaNMinMax = chip->number >= 80;
  target.hasMagnitudeMinMax = chip->number >= 86 && ptxVersion >= 72;
  target.hasPackedBF16 = chip->number >= 90;
  target.hasBF16Conversion = chip->number >= 80;
  target.hasRedux = chip->number >= 80;
  target.hasFP8Conversion =
      chip->number >= 90 || (chip->number == 89 && ptxVersion >= 81);
  return target;
}

llvm::Expected<GPUTarget> GPUTarget::getFromFeatures(StringRef chip,
                                                     StringRef features) {
  unsigned ptxVersion = 0;
  llvm::SmallVector<StringRef> list;
  features.split(list, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef feature : list) {
    unsigned version = 0;
    if (!feature.consume_front("+ptx") || feature.getAsInteger(10, version) ||
        version == 0)
      return llvm::createStringError(
          "expected as features a PTX version such as '+ptx78' but got '" +
          features + "'");
    // LLVM takes the highest.
    ptxVersion = std::max(ptxVersion, version);
  }
  return get(chip, ptxVersion);
}
