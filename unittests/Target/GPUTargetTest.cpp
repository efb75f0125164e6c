//===- GPUTargetTest.cpp - Chips and versions of PTX ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table of chips against LLVM itself: every pair that GPUTarget accepts
// compiles, every pair it refuses for its version is one that LLVM dies of, and
// no chip and no version that LLVM knows is missing. Where ptxas is found, it
// takes each chip's default.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Target/GPUTarget.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "gtest/gtest.h"

using namespace altgrad;
using llvm::StringRef;

static constexpr unsigned kOldestChip = 70;
static constexpr unsigned kOldestPTXVersion = 60;

/// One instruction behind each of GPUTarget's flags.
static constexpr const char *kStore = R"(
  define ptx_kernel void @store(ptr addrspace(1) %p, float %x) {
    store float %x, ptr addrspace(1) %p
    ret void
  })";
static constexpr const char *kFP8 = R"(
  declare i16 @llvm.nvvm.ff.to.e4m3x2.rn(float, float)
  define i16 @fp8(float %x) {
    %r = call i16 @llvm.nvvm.ff.to.e4m3x2.rn(float %x, float %x)
    ret i16 %r
  })";
static constexpr const char *kBF16 = R"(
  define <2 x bfloat> @bf16(<2 x float> %x) {
    %r = fptrunc <2 x float> %x to <2 x bfloat>
    ret <2 x bfloat> %r
  })";
static constexpr const char *kNaNMin = R"(
  declare float @llvm.minimum.f32(float, float)
  define float @nan_min(float %x, float %y) {
    %r = call float @llvm.minimum.f32(float %x, float %y)
    ret float %r
  })";
static constexpr const char *kMagnitudeMin = R"(
  declare float @llvm.nvvm.fmin.nan.xorsign.abs.f(float, float)
  define float @magnitude_min(float %x, float %y) {
    %r = call float @llvm.nvvm.fmin.nan.xorsign.abs.f(float %x, float %y)
    ret float %r
  })";
static constexpr const char *kPackedBF16 = R"(
  define <2 x bfloat> @packed(<2 x bfloat> %x, <2 x bfloat> %y) {
    %r = fadd <2 x bfloat> %x, %y
    ret <2 x bfloat> %r
  })";
static constexpr const char *kRedux = R"(
  declare i32 @llvm.nvvm.redux.sync.umax(i32, i32)
  define i32 @redux(i32 %x) {
    %r = call i32 @llvm.nvvm.redux.sync.umax(i32 %x, i32 -1)
    ret i32 %r
  })";

static const llvm::Target &getNVPTX() {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(
      llvm::Triple("nvptx64-nvidia-cuda"), error);
  if (!target)
    llvm::report_fatal_error(StringRef(error));
  return *target;
}

/// What LLVM prints for `source`. LLVM ends the process where it cannot.
static std::string compile(StringRef chip, StringRef features,
                           const char *source) {
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::unique_ptr<llvm::TargetMachine> machine(getNVPTX().createTargetMachine(
      triple, chip, features, llvm::TargetOptions(), std::nullopt));
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  std::unique_ptr<llvm::Module> module =
      llvm::parseAssemblyString(source, error, context);
  if (!module)
    llvm::report_fatal_error(error.getMessage());
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, stream, nullptr,
                               llvm::CodeGenFileType::AssemblyFile);
  passes.run(*module);
  return text.str().str();
}

static GPUTarget getTarget(StringRef chip, unsigned ptxVersion = 0) {
  return llvm::cantFail(GPUTarget::get(chip, ptxVersion));
}

static std::string getError(llvm::Expected<GPUTarget> target) {
  EXPECT_FALSE(static_cast<bool>(target));
  return target ? "" : llvm::toString(target.takeError());
}

static std::unique_ptr<llvm::MCSubtargetInfo> getSubtargetInfo() {
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      getNVPTX().createMCSubtargetInfo(llvm::Triple("nvptx64-nvidia-cuda"), "",
                                       ""));
}

TEST(GPUTargetTest, KnowsTheChipsOfLLVM) {
  llvm::StringSet<> known;
  for (StringRef chip : GPUTarget::getKnownChips())
    EXPECT_TRUE(known.insert(chip).second) << chip.str();
  size_t count = 0;
  for (const auto &entry : getSubtargetInfo()->getAllProcessorDescriptions()) {
    unsigned number = 0;
    StringRef name(entry.Key), digits = name;
    ASSERT_TRUE(digits.consume_front("sm_"));
    ASSERT_FALSE(digits.consumeInteger(10, number));
    EXPECT_EQ(known.contains(name), number >= kOldestChip) << name.str();
    count += number >= kOldestChip;
  }
  EXPECT_EQ(count, known.size());
}

TEST(GPUTargetTest, KnowsTheVersionsOfPTXOfLLVM) {
  std::vector<unsigned> versions;
  for (const auto &entry : getSubtargetInfo()->getAllProcessorFeatures()) {
    StringRef name(entry.Key);
    unsigned version = 0;
    if (name.consume_front("ptx") && !name.getAsInteger(10, version) &&
        version >= kOldestPTXVersion)
      versions.push_back(version);
  }
  EXPECT_EQ(versions, GPUTarget::getKnownPTXVersions().vec());
}

TEST(GPUTargetTest, LLVMCompilesWhatIsAccepted) {
  for (StringRef chip : GPUTarget::getKnownChips()) {
    for (unsigned version : GPUTarget::getKnownPTXVersions()) {
      llvm::Expected<GPUTarget> target = GPUTarget::get(chip, version);
      if (!target) {
        llvm::consumeError(target.takeError());
        continue;
      }
      SCOPED_TRACE(chip.str() + " " + target->features);
      std::string ptx = compile(target->chip, target->features, kStore);
      EXPECT_NE(ptx.find(".target " + chip.str() + "\n"), std::string::npos);
      if (target->hasFP8Conversion)
        EXPECT_NE(compile(chip, target->features, kFP8)
                      .find("cvt.rn.satfinite.e4m3x2.f32"),
                  std::string::npos);
      EXPECT_EQ(
          compile(chip, target->features, kBF16).find("cvt.rn.bf16x2.f32") !=
              std::string::npos,
          target->hasBF16Conversion);
      EXPECT_EQ(compile(chip, target->features, kNaNMin).find("min.NaN.f32") !=
                    std::string::npos,
                target->hasNaNMinMax);
      if (target->hasMagnitudeMinMax)
        EXPECT_NE(compile(chip, target->features, kMagnitudeMin)
                      .find("min.NaN.xorsign.abs.f32"),
                  std::string::npos);
      EXPECT_EQ(
          compile(chip, target->features, kPackedBF16).find("add.rn.bf16x2") !=
              std::string::npos,
          target->hasPackedBF16);
      if (target->hasRedux)
        EXPECT_NE(compile(chip, target->features, kRedux).find("redux.sync"),
                  std::string::npos);
    }
  }
}

/// The other direction, on the version right below each chip's least: each
/// death is a process of its own.
TEST(GPUTargetDeathTest, LLVMAbortsOnWhatIsRefused) {
  llvm::ArrayRef<unsigned> versions = GPUTarget::getKnownPTXVersions();
  for (StringRef chip : GPUTarget::getKnownChips()) {
    unsigned refused = 0;
    for (unsigned version : versions)
      if (llvm::Expected<GPUTarget> target = GPUTarget::get(chip, version);
          !target) {
        llvm::consumeError(target.takeError());
        refused = version;
      }
    if (refused == 0) // The oldest version serves.
      continue;
    EXPECT_DEATH(compile(chip, "+ptx" + std::to_string(refused), kStore),
                 "does not support target '" + chip.str() + "'");
  }
}

TEST(GPUTargetDeathTest, FP8ConversionsNeedTheirVersion) {
  EXPECT_FALSE(getTarget("sm_89", 78).hasFP8Conversion);
  EXPECT_FALSE(getTarget("sm_89", 80).hasFP8Conversion);
  EXPECT_DEATH(compile("sm_89", "+ptx80", kFP8), "Cannot select");
  EXPECT_DEATH(compile("sm_80", "+ptx81", kFP8), "Cannot select");
}

TEST(GPUTargetDeathTest, MinimaOfMagnitudesNeedTheirVersion) {
  EXPECT_FALSE(getTarget("sm_86", 71).hasMagnitudeMinMax);
  EXPECT_DEATH(compile("sm_86", "+ptx71", kMagnitudeMin), "Cannot select");
  EXPECT_DEATH(compile("sm_80", "+ptx72", kMagnitudeMin), "Cannot select");
}

TEST(GPUTargetTest, DefaultsHaveWhatTheChipHas) {
  for (StringRef chip : GPUTarget::getKnownChips()) {
    GPUTarget least = getTarget(chip);
    GPUTarget latest = getTarget(chip, GPUTarget::getKnownPTXVersions().back());
    EXPECT_EQ(least.hasFP8Conversion, latest.hasFP8Conversion) << chip.str();
    EXPECT_EQ(least.hasBF16Conversion, latest.hasBF16Conversion) << chip.str();
    EXPECT_EQ(least.hasNaNMinMax, latest.hasNaNMinMax) << chip.str();
    EXPECT_EQ(least.hasMagnitudeMinMax, latest.hasMagnitudeMinMax)
        << chip.str();
    EXPECT_EQ(least.hasPackedBF16, latest.hasPackedBF16) << chip.str();
    EXPECT_EQ(least.hasRedux, latest.hasRedux) << chip.str();
  }
  EXPECT_EQ(getTarget("sm_70").features, "+ptx60");
  EXPECT_EQ(getTarget("sm_80").features, "+ptx70");
  EXPECT_EQ(getTarget("sm_86").features, "+ptx72");
  EXPECT_EQ(getTarget("sm_89").features, "+ptx81");
  EXPECT_EQ(getTarget("sm_90").features, "+ptx78");
  EXPECT_EQ(getTarget("sm_90a").features, "+ptx80");
  EXPECT_EQ(getTarget("sm_100").features, "+ptx86");
}

TEST(GPUTargetTest, Errors) {
  EXPECT_EQ(getError(GPUTarget::get("sm_90", 60)),
            "expected a PTX version of at least 7.8 for sm_90 but got 6.0");
  EXPECT_EQ(getError(GPUTarget::get("sm_110", 88)),
            "expected a PTX version of at least 9.0 for sm_110 but got 8.8");
  EXPECT_EQ(getError(GPUTarget::get("sm_120", 89)),
            "unknown PTX version 8.9; known for sm_120 are 8.7, 8.8, 9.0");
  std::string unknown = getError(GPUTarget::get("sm_1"));
  EXPECT_TRUE(StringRef(unknown).starts_with(
      "unknown chip 'sm_1'; known are sm_70, sm_72, "))
      << unknown;
  EXPECT_TRUE(StringRef(unknown).ends_with(", sm_121f")) << unknown;
  getError(GPUTarget::get(""));
  getError(GPUTarget::get("sm_50"));
  getError(GPUTarget::get("SM_90"));
}

TEST(GPUTargetTest, ReadsFeatures) {
  auto getVersion = [](StringRef chip, StringRef features) {
    return llvm::cantFail(GPUTarget::getFromFeatures(chip, features))
        .ptxVersion;
  };
  EXPECT_EQ(getVersion("sm_90", ""), 78u);
  EXPECT_EQ(getVersion("sm_90", "+ptx80"), 80u);
  EXPECT_EQ(getVersion("sm_90", "+ptx80,+ptx83,+ptx81"), 83u);
  EXPECT_EQ(getError(GPUTarget::getFromFeatures("sm_90", "+ptx60")),
            "expected a PTX version of at least 7.8 for sm_90 but got 6.0");
  for (StringRef features : {"ptx80", "-ptx80", "+ptx", "+ptx0", "+avx2"})
    EXPECT_EQ(getError(GPUTarget::getFromFeatures("sm_90", features)),
              "expected as features a PTX version such as '+ptx78' but got '" +
                  features.str() + "'");
}

TEST(GPUTargetTest, PtxasTakesEachDefault) {
  llvm::ErrorOr<std::string> ptxas = llvm::sys::findProgramByName("ptxas");
  if (!ptxas)
    ptxas = llvm::sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
  if (!ptxas)
    GTEST_SKIP() << "no ptxas found";
  llvm::SmallString<128> directory;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("altgrad", directory));
  std::string source = (directory + "/kernel.ptx").str();
  std::string output = (directory + "/output").str();
  auto run = [&](llvm::ArrayRef<StringRef> arguments) {
    std::optional<StringRef> redirects[] = {"", StringRef(output),
                                            StringRef(output)};
    return llvm::sys::ExecuteAndWait(*ptxas, arguments, std::nullopt,
                                     redirects);
  };
  auto getOutput = [&] {
    return (*llvm::MemoryBuffer::getFile(output))->getBuffer().str();
  };
  ASSERT_EQ(run({"ptxas", "--help"}), 0);
  std::string help = getOutput();
  unsigned count = 0;
  for (StringRef chip : GPUTarget::getKnownChips()) {
    // Another version of ptxas knows other chips.
    if (help.find("'" + chip.str() + "'") == std::string::npos)
      continue;
    {
      std::error_code error;
      llvm::raw_fd_ostream file(source, error);
      ASSERT_FALSE(error);
      file << compile(chip, getTarget(chip).features, kStore);
    }
    EXPECT_EQ(run({"ptxas", "-arch", chip, "-o", "/dev/null", source}), 0)
        << chip.str() << ": " << getOutput();
    ++count;
  }
  EXPECT_GT(count, 0u);
  EXPECT_FALSE(llvm::sys::fs::remove_directories(directory));
}
