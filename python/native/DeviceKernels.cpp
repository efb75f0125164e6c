//===- DeviceKernels.cpp - The operations compiled for GPUs ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceKernels.h"

#include "CodeCache.h"
#include "DeviceCalls.h"
#include "Errors.h"
#include "KernelTable.h"
#include "ProgramText.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"
#include "altgrad/Target/GPUTarget.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringExtras.h"

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::Expected;
using llvm::StringRef;
using Function = CompiledModule::PackedFunction;

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

static StringRef getBody(DeviceOperation operation) {
  switch (operation) {
  case DeviceOperation::Quantize:
    return R"(
    %code = altgrad.quantize %x$S$OVERFLOW : $T$COMMAT -> $F
    %result = altgrad.bitcast %code : $F to i8)";
  case DeviceOperation::Dequantize:
    return R"(
    %code = altgrad.bitcast %x : i8 to $F
    %result = altgrad.dequantize %code$S : $F$COMMAT -> $T)";
  case DeviceOperation::FakeQuantize:
    return R"(
    %result = altgrad.fake_quantize %x$S in $F$OVERFLOW : $T$COMMAT)";
  case DeviceOperation::ComputeScale:
    return R"(
    %result = altgrad.compute_scale %x in $F scale_min($LIMIT)
        margin($MARGIN)$POWEROFTWO : $T -> f32)";
  default:
    return R"(
    %result = arith.bitcast %x : $T to $T)";
  }
}

static constexpr llvm::StringLiteral kElementwise = R"(
func.func @kernel(%input: $MIN$SCALEPARAMETER, %output: $MOUT) {
  %inputs = bufferization.to_tensor %input restrict : $MIN to $TIN
  %outputs = bufferization.to_tensor %output restrict writable : $MOUT to $TOUT
$READSCALES
  %results = linalg.generic {
    indexing_maps = [$MAP$SCALEMAP, $MAP], iterator_types = [$PARALLEL]
  } ins(%inputs$SCALEINPUT : $TIN$SCALETYPE) outs(%outputs : $TOUT) {
  ^bb0(%x: $IN$SCALEELEMENT, %unused: $OUT):$ROUNDSCALE$BODY
    linalg.yield %result : $OUT
  } -> $TOUT
  bufferization.materialize_in_destination %results in restrict writable %output
      : ($TOUT, $MOUT) -> ()
  return
}
)";

static constexpr llvm::StringLiteral kAmax = R"(
func.func @kernel(%input: $MIN, %output: memref<$T>) {
  %x = bufferization.to_tensor %input restrict : $MIN to $TIN
  %number = altgrad.amax %x$NAN : $TIN -> $T
  %amax = tensor.from_elements %number : tensor<$T>
  bufferization.materialize_in_destination %amax in restrict writable %output
      : (tensor<$T>, memref<$T>) -> ()
  return
}
)";

static constexpr llvm::StringLiteral kAmaxOfBlocks = R"(
func.func @kernel(%input: $MIN, %output: memref<$BLOCKSx$T, $ANY>) {
  %x = bufferization.to_tensor %input restrict : $MIN to $TIN
  %amax = altgrad.amax %x$NAN : $TIN -> tensor<$BLOCKSx$T>
  bufferization.materialize_in_destination %amax in restrict writable %output
      : (tensor<$BLOCKSx$T>, memref<$BLOCKSx$T, $ANY>) -> ()
  return
}
)";

static constexpr llvm::StringLiteral kStall = R"(
func.func @kernel(%weights: $MIN, %gradients: $MIN$RATEPARAMETER$SCALEPARAMETER,
                  %stalled: memref<i64>, %total: memref<i64>) {
  %inputs = bufferization.to_tensor %weights restrict : $MIN to $TIN
  %slopes = bufferization.to_tensor %gradients restrict : $MIN to $TIN
$READRATE
$READSCALES
  %zero = arith.constant 0 : i64
  %empty = tensor.empty() : tensor<i64>
  %none = linalg.fill ins(%zero : i64) outs(%empty : tensor<i64>) -> tensor<i64>
  %counts:2 = linalg.generic {
    indexing_maps = [$MAP, $MAP$RATEMAP$SCALEMAP, $NOTHING, $NOTHING],
    iterator_types = [$REDUCTION]
  } ins(%inputs, %slopes$RATEINPUT$SCALEINPUT
        : $TIN, $TIN$RATETYPE$SCALETYPE)
    outs(%none, %none : tensor<i64>, tensor<i64>) {
  ^bb0(%w: $T, %g: $T$RATEELEMENT$SCALEELEMENT, %some: i64, %all: i64):$ROUNDRATE$ROUNDSCALE
    %one, %two = altgrad.stall %w, %g, %rate$S in $F threshold($LIMIT)
        : $T$COMMAT -> i64, i64
    %some_more = arith.addi %some, %one : i64
    %all_more = arith.addi %all, %two : i64
    linalg.yield %some_more, %all_more : i64, i64
  } -> (tensor<i64>, tensor<i64>)
  bufferization.materialize_in_destination %counts#0 in restrict writable
      %stalled : (tensor<i64>, memref<i64>) -> ()
  bufferization.materialize_in_destination %counts#1 in restrict writable
      %total : (tensor<i64>, memref<i64>) -> ()
  return
}
)";

/// "strided<[?, 1]>": whatever the strides are, the last may be known to be 1.
static std::string getStrides(unsigned rank, bool isDense) {
  std::string text = "strided<[";
  for (unsigned i = 0; i < rank; ++i)
    text += (i ? ", " : "") + std::string(isDense && i + 1 == rank ? "1" : "?");
  return text + "]>";
}

/// A map from all loops to those in the set.
static std::string getMap(unsigned rank, uint64_t loops) {
  std::string dims, results;
  for (unsigned i = 0; i < rank; ++i) {
    std::string dim = "d" + std::to_string(i);
    dims += (i ? ", " : "") + dim;
    if ((loops >> i) & 1)
      results += (results.empty() ? "" : ", ") + dim;
  }
  return "affine_map<(" + dims + ") -> (" + results + ")>";
}

static std::string repeat(StringRef text, unsigned count, StringRef separator) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += (i ? separator : "").str() + text.str();
  return result;
}

/// An op, with a line before it, that makes `to` of the float `from`, rounded
/// once; nothing if the types are one.
static std::string getConversion(StringRef from, DataType fromType,
                                 StringRef to, DataType toType) {
  StringRef source = getElementName(fromType), target = getElementName(toType);
  std::string line = "\n    " + to.str() + " = ";
  if (getItemSize(fromType) < getItemSize(toType))
    return line + "arith.extf " + from.str() + " : " + source.str() + " to " +
           target.str();
  if (getItemSize(fromType) > getItemSize(toType))
    return line + "arith.truncf " + from.str() + " : " + source.str() + " to " +
           target.str();
  if (fromType == toType)
    return line + "arith.bitcast " + from.str() + " : " + source.str() +
           " to " + target.str();
  // f16 and bf16 both fit f32.
  return "\n    " + to.str() + "_wide = arith.extf " + from.str() + " : " +
         source.str() + " to f32" + line + "arith.truncf " + to.str() +
         "_wide : f32 to " + target.str();
}

/// What a number adds to a program, under names that begin with `prefix`.
static void
addNumber(llvm::SmallVectorImpl<std::pair<StringRef, std::string>> &names,
          const DeviceKernelKey &key, NumberForm form, DataType type,
          uint64_t loops, bool isDense, bool isScale) {
  StringRef element = getElementName(type);
  auto rank = static_cast<unsigned>(llvm::popcount(loops));
  std::string tensor = "tensor<" + repeat("?x", rank, "") + element.str() + ">";
  std::string memref = "memref<" + repeat("?x", rank, "") + element.str();
  if (rank > 1 || (rank == 1 && !isDense))
    memref += ", " + getStrides(rank, isDense);
  memref += ">";
  std::string name = isScale ? "scale" : "rate";
  bool isDevice = form == NumberForm::Device;
  auto add = [&](StringRef scaleName, StringRef rateName, std::string text) {
    names.push_back({isScale ? scaleName : rateName, std::move(text)});
  };
  auto where = [](bool condition, std::string text) {
    return condition ? std::move(text) : std::string();
  };
  add("$SCALEPARAMETER", "$RATEPARAMETER",
      isDevice ? ", %" + name + "_memory: " + memref
      : form == NumberForm::Host
          ? ", %" + name + ": " + getElementName(key.type).str()
          : "");
  add("$READSCALES", "$READRATE",
      where(isDevice, "  %" + name + "s = bufferization.to_tensor %" + name +
                          "_memory restrict : " + memref + " to " + tensor));
  add("$SCALEMAP", "$RATEMAP", where(isDevice, ", " + getMap(key.rank, loops)));
  add("$SCALEINPUT", "$RATEINPUT", where(isDevice, ", %" + name + "s"));
  add("$SCALETYPE", "$RATETYPE", where(isDevice, ", " + tensor));
  add("$SCALEELEMENT", "$RATEELEMENT",
      where(isDevice, ", %" + name + "_element: " + element.str()));
  add("$ROUNDSCALE", "$ROUNDRATE",
      where(isDevice, getConversion("%" + name + "_element", type, "%" + name,
                                    key.type)));
}

static StringRef chooseText(const DeviceKernelKey &key) {
  switch (key.operation) {
  case DeviceOperation::Stall:
    return kStall;
  case DeviceOperation::Amax:
    return key.scaleLoops ? kAmaxOfBlocks : kAmax;
  default:
    return kElementwise;
  }
}

std::string altgrad::python::getProgram(const DeviceKernelKey &key) {
  std::string element = getElementName(key.type).str();
  bool isAmax = key.operation == DeviceOperation::Amax;
  std::string in =
      key.operation == DeviceOperation::Dequantize ? "i8" : element;
  std::string out = key.operation == DeviceOperation::Quantize       ? "i8"
                    : key.operation == DeviceOperation::ComputeScale ? "f32"
                                                                     : element;
  std::string sizes = key.rowSize ? repeat("?x", key.rank - 1, "") +
                                        std::to_string(key.rowSize) + "x"
                                  : repeat("?x", key.rank, "");
  std::string layout;
  if (key.layout != Layout::Dense)
    layout = ", " + getStrides(key.rank, key.layout == Layout::Rows);
  auto memref = [&](const std::string &type) {
    return "memref<" + sizes + type + layout + ">";
  };
  auto tensor = [&](const std::string &type) {
    return "tensor<" + sizes + type + ">";
  };
  auto where = [](bool condition, const std::string &text) {
    return condition ? text : std::string();
  };
  std::string blocks;
  for (unsigned loop = 0; loop < key.rank; ++loop) {
    blocks += loop ? "x" : "";
    bool isKept = (key.scaleLoops >> loop) & 1;
    blocks += !isKept ? "1"
              : key.rowSize && loop + 1 == key.rank
                  ? std::to_string(key.rowSize)
                  : "?";
  }
  bool isScaled = key.scale != NumberForm::None;

  // Longer names before the shorter ones they begin with.
  llvm::SmallVector<std::pair<StringRef, std::string>> names = {
      {"$BODY", getBody(key.operation).str()}, {"$BLOCKS", blocks}};
  if (!isAmax) {
    addNumber(names, key, key.scale, key.scaleType, key.scaleLoops,
              key.scaleIsDense, /*isScale=*/true);
    addNumber(names, key, key.rate, key.rateType, 0, false, /*isScale=*/false);
  }
  std::pair<StringRef, std::string> more[] = {
      {"$MAP", getMap(key.rank, ~uint64_t(0))},
      {"$NOTHING", getMap(key.rank, 0)},
      {"$PARALLEL", repeat("\"parallel\"", key.rank, ", ")},
      {"$REDUCTION", repeat("\"reduction\"", key.rank, ", ")},
      {"$OVERFLOW",
       where(key.overflow == Overflow::Infinity, " overflow(infinity)")},
      {"$LIMIT", getNumberText(key.limit)},
      {"$MARGIN", std::to_string(key.margin)},
      {"$POWEROFTWO", key.powerOfTwo == ScaleRounding::None ? ""
                      : key.powerOfTwo == ScaleRounding::Ceil
                          ? " power_of_two(ceil)"
                          : " power_of_two(floor)"},
      {"$NAN", where(key.ignoreNaN, " nan(ignore)")},
      {"$ANY", getStrides(key.rank, false)},
      {"$MIN", memref(in)},
      {"$MOUT", memref(out)},
      {"$TIN", tensor(in)},
      {"$TOUT", tensor(out)},
      {"$IN", in},
      {"$OUT", out},
      {"$COMMAT", where(isScaled, ", $T")},
      {"$S", where(isScaled, ", %scale")},
      {"$T", element},
      {"$F", getFormatText(key.format)}};
  names.append(std::begin(more), std::end(more));
  return fillIn(chooseText(key), names);
}

//===----------------------------------------------------------------------===//
// Chips
//===----------------------------------------------------------------------===//

/// The number in "sm_90"; names with letters behind it are variants that only
/// this very chip runs.
static std::optional<unsigned> getNumber(StringRef chip) {
  unsigned number = 0;
  if (!chip.consume_front("sm_") || chip.getAsInteger(10, number))
    return std::nullopt;
  return number;
}

static Expected<std::string> findChip(int device) {
  Expected<cuda::Device> found = cuda::Device::get(device);
  if (!found)
    return found.takeError();
  std::string own = found->getChip();
  unsigned number = getNumber(own).value_or(0);
  std::optional<unsigned> best;
  for (StringRef chip : GPUTarget::getKnownChips())
    if (std::optional<unsigned> known = getNumber(chip))
      if (*known <= number && (!best || *known > *best))
        best = known;
  if (!best)
    return llvm::createStringError(
        "expected a CUDA device that code can be generated for but " +
        found->name + " is an " + own);
  return "sm_" + std::to_string(*best);
}

Expected<std::string> altgrad::python::getChip(int device) {
  static std::mutex mutex;
  static auto &chips = *new llvm::DenseMap<int, std::string>;
  std::lock_guard<std::mutex> lock(mutex);
  auto known = chips.find(device);
  if (known != chips.end())
    return known->second;
  Expected<std::string> chip = findChip(device);
  if (chip)
    chips[device] = *chip;
  return chip;
}

//===----------------------------------------------------------------------===//
// The kernels of this process
//===----------------------------------------------------------------------===//

namespace {
struct HashKey {
  size_t operator()(const DeviceKernelKey &key) const {
    return llvm::hash_combine(
        static_cast<int>(key.operation), static_cast<int>(key.type), key.rank,
        static_cast<int>(key.layout), key.rowSize, static_cast<int>(key.scale),
        static_cast<int>(key.scaleType), key.scaleLoops,
        static_cast<int>(key.rateType), key.format.getExponentBits(),
        key.format.getBias(), static_cast<int>(key.format.getSpecials()),
        static_cast<int>(key.overflow), key.ignoreNaN, key.device);
  }
};
using Kernels = KernelTable<DeviceKernelKey, HashKey>;
} // namespace

/// Never freed: threads may still call kernels when the interpreter ends.
static Kernels &getKernels() {
  static Kernels *kernels = new Kernels;
  return *kernels;
}

Function altgrad::python::getDeviceKernel(const DeviceKernelKey &key) {
  Kernels &kernels = getKernels();
  if (Function function = kernels.find(key))
    return function;
  Expected<std::string> chip = getChip(key.device);
  if (!chip)
    raiseCUDAError(chip.takeError());
  Expected<Function> function = [&] {
    nb::gil_scoped_release released;
    return kernels.compile(key, [&] {
      return compileTextCached(getProgram(key),
                               "altgrad-gpu-pipeline{chip=" + *chip + "}", {});
    });
  }();
  if (!function)
    raiseCompileError(function.takeError());
  return *function;
}
