//===- Kernels.cpp - The compiled operations ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "CodeCache.h"
#include "KernelTable.h"
#include "ProgramText.h"

#include "llvm/ADT/Hashing.h"

using namespace altgrad;
using namespace altgrad::python;
using llvm::Expected;
using llvm::StringRef;

/// Kernels run where they are compiled.
static constexpr llvm::StringLiteral kPipeline =
    "altgrad-cpu-pipeline{target=native}";

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// $S is the scale with a comma before it, $ST its type, both or neither there.
static StringRef getBody(Operation operation) {
  switch (operation) {
  case Operation::Quantize:
    return R"(
    %code = altgrad.quantize %x$S$OVERFLOW : $T$ST -> $F
    %result = altgrad.bitcast %code : $F to i8)";
  case Operation::Dequantize:
    return R"(
    %code = altgrad.bitcast %x : i8 to $F
    %result = altgrad.dequantize %code$S : $F$ST -> $T)";
  default:
    return R"(
    %result = altgrad.fake_quantize %x$S in $F$OVERFLOW : $T$ST)";
  }
}

static constexpr llvm::StringLiteral kElementwise = R"(
func.func @kernel(%input: $MIN$PARAMETER, %output: $MOUT) {
  %inputs = bufferization.to_tensor %input restrict : $MIN to $TIN
  %outputs = bufferization.to_tensor %output restrict writable : $MOUT to $TOUT
$READSCALES
  %results = linalg.generic {
    indexing_maps = [$MAP$SCALEMAP, $MAP], iterator_types = [$PARALLEL]
  } ins(%inputs$INSCALE : $TIN$INTYPE) outs(%outputs : $TOUT) {
  ^bb0(%x: $IN$BLOCKSCALE, %unused: $OUT):$BODY
    linalg.yield %result : $OUT
  } -> $TOUT
  bufferization.materialize_in_destination %results in restrict writable %output
      : ($TOUT, $MOUT) -> ()
  return
}
)";

static constexpr llvm::StringLiteral kAmax = R"(
func.func @kernel(%input: $MIN) -> $T {
  %x = bufferization.to_tensor %input restrict : $MIN to $TIN
  %amax = altgrad.amax %x$NAN : $TIN -> $T
  return %amax : $T
}
)";

static constexpr llvm::StringLiteral kAmaxOfRows = R"(
func.func @kernel(%input: $MIN, %output: memref<?x1x$T>) {
  %x = bufferization.to_tensor %input restrict : $MIN to $TIN
  %amax = altgrad.amax %x$NAN : $TIN -> tensor<?x1x$T>
  bufferization.materialize_in_destination %amax in restrict writable %output
      : (tensor<?x1x$T>, memref<?x1x$T>) -> ()
  return
}
)";

static constexpr llvm::StringLiteral kStall = R"(
func.func @kernel(%weights: $MIN, %gradients: $MIN, %rate: $T$PARAMETER)
    -> (i64, i64) {
  %inputs = bufferization.to_tensor %weights restrict : $MIN to $TIN
  %slopes = bufferization.to_tensor %gradients restrict : $MIN to $TIN
$READSCALES
  %zero = arith.constant dense<0> : tensor<i64>
  %counts:2 = linalg.generic {
    indexing_maps = [$MAP, $MAP$SCALEMAP, $NOTHING, $NOTHING],
    iterator_types = [$REDUCTION]
  } ins(%inputs, %slopes$INSCALE : $TIN, $TIN$INTYPE)
    outs(%zero, %zero : tensor<i64>, tensor<i64>) {
  ^bb0(%w: $T, %g: $T$BLOCKSCALE, %some: i64, %all: i64):
    %one, %two = altgrad.stall %w, %g, %rate$S in $F threshold($THRESHOLD)
        : $T$ST -> i64, i64
    %some_more = arith.addi %some, %one : i64
    %all_more = arith.addi %all, %two : i64
    linalg.yield %some_more, %all_more : i64, i64
  } -> (tensor<i64>, tensor<i64>)
  %stalled = tensor.extract %counts#0[] : tensor<i64>
  %total = tensor.extract %counts#1[] : tensor<i64>
  return %stalled, %total : i64, i64
}
)";

std::string altgrad::python::getProgram(const KernelKey &key) {
  std::string element = getElementName(key.type).str();
  std::string in = key.operation == Operation::Dequantize ? "i8" : element;
  std::string out = key.operation == Operation::Quantize ? "i8" : element;
  bool rows = key.form == ScaleForm::Rows;
  // Where there are several scales they are an input of the loop.
  bool several = rows || key.form == ScaleForm::Each;
  std::string scaleType = several ? "memref<?x" + element + ">" : element;
  std::string sizes = rows ? "?x?x" : "?x";
  std::string layout = rows ? ", strided<[?, 1]>" : "";
  auto memref = [&](const std::string &type) {
    return "memref<" + sizes + type + layout + ">";
  };
  auto tensor = [&](const std::string &type) {
    return "tensor<" + sizes + type + ">";
  };
  auto where = [](bool condition, const std::string &text) {
    return condition ? text : std::string();
  };
  bool scaled = key.form != ScaleForm::None;
  StringRef text = key.operation == Operation::Stall ? kStall
                   : key.operation != Operation::Amax
                       ? kElementwise
                       : (rows ? kAmaxOfRows : kAmax);
  // Longer names before the shorter ones they begin with.
  return fillIn(
      text,
      {{"$BODY", getBody(key.operation).str()},
       {"$READSCALES",
        where(several, "  %scales = bufferization.to_tensor %scale restrict : "
                       "memref<?x$T> to tensor<?x$T>")},
       {"$PARAMETER", where(scaled, ", %scale: " + scaleType)},
       {"$INSCALE", where(several, ", %scales")},
       {"$INTYPE", where(several, ", tensor<?x$T>")},
       {"$BLOCKSCALE", where(several, ", %s: $T")},
       {"$SCALEMAP", where(several, rows ? ", affine_map<(i, j) -> (i)>"
                                         : ", affine_map<(i) -> (i)>")},
       {"$MAP",
        rows ? "affine_map<(i, j) -> (i, j)>" : "affine_map<(i) -> (i)>"},
       {"$NOTHING",
        rows ? "affine_map<(i, j) -> ()>" : "affine_map<(i) -> ()>"},
       {"$PARALLEL", rows ? "\"parallel\", \"parallel\"" : "\"parallel\""},
       {"$REDUCTION", rows ? "\"reduction\", \"reduction\"" : "\"reduction\""},
       {"$OVERFLOW",
        where(key.overflow == Overflow::Infinity, " overflow(infinity)")},
       {"$THRESHOLD", getNumberText(key.threshold)},
       {"$NAN", where(key.ignoreNaN, " nan(ignore)")},
       {"$MIN", memref(in)},
       {"$MOUT", memref(out)},
       {"$TIN", tensor(in)},
       {"$TOUT", tensor(out)},
       {"$IN", in},
       {"$OUT", out},
       {"$ST", where(scaled, ", $T")},
       {"$S", where(scaled, several ? ", %s" : ", %scale")},
       {"$T", element},
       {"$F", getFormatText(key.format)}});
}

//===----------------------------------------------------------------------===//
// The kernels of this process
//===----------------------------------------------------------------------===//

bool KernelKey::operator==(const KernelKey &other) const {
  return operation == other.operation && form == other.form &&
         type == other.type && format == other.format &&
         overflow == other.overflow && ignoreNaN == other.ignoreNaN &&
         threshold == other.threshold;
}

namespace {
struct HashKey {
  size_t operator()(const KernelKey &key) const {
    return llvm::hash_combine(
        static_cast<int>(key.operation), static_cast<int>(key.form),
        static_cast<int>(key.type), key.format.getExponentBits(),
        key.format.getMantissaBits(), key.format.getBias(),
        static_cast<int>(key.format.getSpecials()),
        static_cast<int>(key.overflow), key.ignoreNaN,
        llvm::bit_cast<uint64_t>(key.threshold));
  }
};
using Kernels = KernelTable<KernelKey, HashKey>;
} // namespace

/// Never freed: threads may still call kernels when the interpreter ends.
static Kernels &getKernels() {
  static Kernels *kernels = new Kernels;
  return *kernels;
}

CompiledModule::PackedFunction
altgrad::python::findKernel(const KernelKey &key) {
  return getKernels().find(key);
}

Expected<CompiledModule::PackedFunction>
altgrad::python::compileKernel(const KernelKey &key) {
  return getKernels().compile(
      key, [&] { return compileTextCached(getProgram(key), kPipeline, {}); });
}
