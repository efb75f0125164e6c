//===- CPUTarget.cpp - What code generation knows of a CPU ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Target/CPUTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace altgrad;
using llvm::StringRef;

/// What an x86-64 processor with these features is asked for.
static CPUTarget getX86Target(const llvm::StringSet<> &features) {
  auto hasAll = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(
        names, [&](StringRef name) { return features.contains(name); });
  };
  CPUTarget target;
  if (!hasAll({"avx2", "f16c", "fma"}))
    return target;
  target.hasFMA = true;
  target.hasHalfConversion = true;
  target.pairsBF16 = true;
  // LLVM's lists leave out what is implied, such as avx512f.
  target.hasAVX512 = hasAll({"avx512bw", "avx512dq", "avx512vl"});
  target.hasAVX512ByteOps =
      target.hasAVX512 && hasAll({"avx512vbmi", "avx512vbmi2", "gfni"});
  target.vectorWidth = target.hasAVX512 ? 512 : 256;
  target.vectorsPerStep = target.hasAVX512 ? 4 : 2;
  return target;
}

static CPUTarget getNative() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  llvm::StringSet<> present;
  std::vector<std::string> list;
  for (const auto &feature : llvm::sys::getHostCPUFeatures()) {
    if (feature.second)
      present.insert(feature.first());
    list.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  llvm::sort(list);

  CPUTarget target;
  if (triple.getArch() == llvm::Triple::x86_64) {
    target = getX86Target(present);
  } else if (triple.isAArch64()) {
    target.vectorWidth = 128;
    target.vectorsPerStep = 4;
    target.hasFMA = true;
    target.hasHalfConversion = true;
    target.pairsBF16 = true;
  }
  target.cpu = llvm::sys::getHostCPUName().str();
  target.features = llvm::join(list, ",");
  return target;
}

/// What LLVM's list for an x86-64 processor names, or nothing for other names.
static std::optional<llvm::StringSet<>> getX86Features(StringRef cpu) {
  if (llvm::X86::parseArchX86(cpu, /*Only64Bit=*/true) == llvm::X86::CK_None)
    return std::nullopt;
  llvm::SmallVector<StringRef> list;
  llvm::X86::getFeaturesForCPU(cpu, list);
  llvm::StringSet<> features;
  for (StringRef feature : list)
    features.insert(feature);
  return features;
}

std::optional<CPUTarget> CPUTarget::get(StringRef name) {
  if (name == "generic")
    return CPUTarget();
  if (name == "native")
    return getNative();
  std::optional<llvm::StringSet<>> features = getX86Features(name);
  if (!features)
    return std::nullopt;
  CPUTarget target = getX86Target(*features);
  target.cpu = name.str();
  return target;
}

std::vector<std::string> altgrad::getFeaturesMissingHere(StringRef cpu,
                                                         StringRef features) {
  llvm::StringSet<> needed = getX86Features(cpu).value_or(llvm::StringSet<>());
  llvm::SmallVector<StringRef> changes;
  features.split(changes, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef change : changes) {
    if (change.consume_front("+"))
      needed.insert(change);
    else if (change.consume_front("-"))
      needed.erase(change);
  }
  std::vector<std::string> missing;
  for (const auto &[name, isPresent] : llvm::sys::getHostCPUFeatures())
    if (!isPresent && needed.contains(name))
      missing.push_back(name.str());
  llvm::sort(missing);
  return missing;
}
