//===- Programs.cpp - The operations as programs for altgrad --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "common/Programs.h"

#include "altgrad/ExecutionEngine/Diagnostics.h"
#include "altgrad/InitAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSwitch.h"

using namespace altgrad;
using namespace altgrad::bench;
using namespace mlir;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// Programs are written with $T for the element type, $C for the code type and
/// two parts that depend on the scale: $PARAMETER and $SCALE with $SCALETYPE,
/// both behind a comma or empty.
static std::string fill(StringRef text, const Work &work) {
  std::string element(getName(work.element));
  std::string parameter;
  if (work.scale != Scale::None)
    parameter =
        (work.scale == Scale::Runtime ? ", %scale: " : ", %amax_given: ") +
        element;
  std::pair<StringRef, std::string> replacements[] = {
      {"$SCALETYPE", work.scale == Scale::None ? "" : ", " + element},
      {"$PARAMETER", parameter},
      {"$SCALE", work.scale == Scale::None ? "" : ", %scale"},
      {"$C", "!altgrad.fp8<" + work.format + ">"},
      {"$T", element}};
  std::string result = text.str();
  for (const auto &[name, value] : replacements)
    for (size_t at = 0; (at = result.find(name, at)) != std::string::npos;
         at += value.size())
      result.replace(at, name.size(), value);
  return result;
}

/// The scale of a program that makes it a power of two.
static constexpr StringLiteral kComputeScale =
    "  %scale = altgrad.compute_scale %amax_given in $C power_of_two(ceil)\n"
    "      : $T -> f32\n";

static constexpr StringLiteral kReadInput =
    "  %x = bufferization.to_tensor %input restrict\n"
    "      : memref<?x$T> to tensor<?x$T>\n";
static constexpr StringLiteral kReadGradient =
    "  %g = bufferization.to_tensor %gradient restrict\n"
    "      : memref<?x$T> to tensor<?x$T>\n";
static constexpr StringLiteral kQuantize =
    "  %codes = altgrad.quantize %x$SCALE\n"
    "      : tensor<?x$T>$SCALETYPE -> tensor<?x$C>\n"
    "  %bytes = altgrad.bitcast %codes : tensor<?x$C> to tensor<?xi8>\n";
static constexpr StringLiteral kFakeQuantize =
    "  %y = altgrad.fake_quantize %x$SCALE in $C : tensor<?x$T>$SCALETYPE\n";
static constexpr StringLiteral kAmax =
    "  %amax = altgrad.amax %x : tensor<?x$T> -> $T\n";
static constexpr StringLiteral kStall =
    "  %stalled, %total = altgrad.stall %x, %g, %lr$SCALE in $C\n"
    "      : tensor<?x$T>$SCALETYPE -> i64, i64\n";
/// The definition that altgrad.stall gives of the moved weight, around a body.
static constexpr StringLiteral kBeginUpdate =
    "  %zero = arith.constant 0 : index\n"
    "  %size = tensor.dim %x, %zero : tensor<?x$T>\n"
    "  %empty = tensor.empty(%size) : tensor<?x$T>\n"
    "  %minus = arith.negf %lr : $T\n"
    "  %y = linalg.generic {\n"
    "    indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>,\n"
    "                     affine_map<(i) -> (i)>],\n"
    "    iterator_types = [\"parallel\"]\n"
    "  } ins(%x, %g : tensor<?x$T>, tensor<?x$T>)\n"
    "    outs(%empty : tensor<?x$T>) {\n"
    "  ^bb0(%weight: $T, %slope: $T, %out: $T):\n";
static constexpr StringLiteral kMove =
    "    %step = arith.mulf %minus, %slope : $T\n"
    "    %moved = arith.addf %weight, %step : $T\n";
static constexpr StringLiteral kEndUpdate = "    linalg.yield %moved : $T\n"
                                            "  } -> tensor<?x$T>\n";
static constexpr StringLiteral kWriteBytes =
    "  bufferization.materialize_in_destination %bytes in restrict writable\n"
    "      %output : (tensor<?xi8>, memref<?xi8>) -> ()\n";
static constexpr StringLiteral kWriteFloats =
    "  bufferization.materialize_in_destination %y in restrict writable\n"
    "      %output : (tensor<?x$T>, memref<?x$T>) -> ()\n";

namespace {
/// What becomes of the numbers that a program computes beside arrays.
struct ScalarParts {
  StringRef parameter, results, store, terminator;
};
} // namespace

static ScalarParts getScalarParts(bench::Op op, ScalarResults scalars) {
  if (!isStall(op) && !hasAmax(op))
    return {"", "", "", "  return\n"};
  if (scalars == ScalarResults::Returned) {
    if (isStall(op))
      return {"", " -> (i64, i64)", "",
              "  return %stalled, %total : i64, i64\n"};
    return {"", " -> $T", "", "  return %amax : $T\n"};
  }
  if (isStall(op))
    return {", %scalars: memref<2xi64>", "",
            "  %gathered = tensor.from_elements %stalled, %total\n"
            "      : tensor<2xi64>\n"
            "  bufferization.materialize_in_destination %gathered\n"
            "      in restrict writable %scalars\n"
            "      : (tensor<2xi64>, memref<2xi64>) -> ()\n",
            "  return\n"};
  return {", %scalars: memref<1x$T>", "",
          "  %gathered = tensor.from_elements %amax : tensor<1x$T>\n"
          "  bufferization.materialize_in_destination %gathered\n"
          "      in restrict writable %scalars\n"
          "      : (tensor<1x$T>, memref<1x$T>) -> ()\n",
          "  return\n"};
}

std::string altgrad::bench::getProgram(const Work &work,
                                       ScalarResults scalarResults) {
  StringRef parameters;
  SmallVector<StringRef> body;
  switch (work.op) {
  case Op::Quantize:
    parameters = "%input: memref<?x$T>, %output: memref<?xi8>$PARAMETER";
    body = {kReadInput, kQuantize, kWriteBytes};
    break;
  case Op::QuantizeAmax:
    parameters = "%input: memref<?x$T>, %output: memref<?xi8>$PARAMETER";
    body = {kReadInput, kQuantize, kAmax, kWriteBytes};
    break;
  case Op::FakeQuantize:
    parameters = "%input: memref<?x$T>, %output: memref<?x$T>$PARAMETER";
    body = {kReadInput, kFakeQuantize, kWriteFloats};
    break;
  case Op::FakeQuantizeAmax:
    parameters = "%input: memref<?x$T>, %output: memref<?x$T>$PARAMETER";
    body = {kReadInput, kFakeQuantize, kAmax, kWriteFloats};
    break;
  case Op::Dequantize:
    parameters = "%input: memref<?xi8>, %output: memref<?x$T>$PARAMETER";
    body = {"  %bytes = bufferization.to_tensor %input restrict\n"
            "      : memref<?xi8> to tensor<?xi8>\n"
            "  %x = altgrad.bitcast %bytes : tensor<?xi8> to tensor<?x$C>\n"
            "  %y = altgrad.dequantize %x$SCALE\n"
            "      : tensor<?x$C>$SCALETYPE -> tensor<?x$T>\n",
            kWriteFloats};
    break;
  case Op::Amax:
    parameters = "%input: memref<?x$T>";
    body = {kReadInput, kAmax};
    break;
  case Op::Stall:
    parameters = "%input: memref<?x$T>, %gradient: memref<?x$T>, "
                 "%lr: $T$PARAMETER";
    body = {kReadInput, kReadGradient, kStall};
    break;
  case Op::StallUpdate:
    parameters = "%input: memref<?x$T>, %gradient: memref<?x$T>, "
                 "%output: memref<?x$T>, %lr: $T$PARAMETER";
    body = {kReadInput, kReadGradient, kStall,      kBeginUpdate,
            kMove,      kEndUpdate,    kWriteFloats};
    break;
  }
  std::string text = "func.func @";
  text += getName(work.op);
  ScalarParts scalars = getScalarParts(work.op, scalarResults);
  text +=
      ("(" + parameters + scalars.parameter + ")" + scalars.results + " {\n")
          .str();
  if (work.scale == Scale::PowerOfTwo)
    text += kComputeScale;
  for (StringRef part : body)
    text += part;
  text += scalars.store;
  text += scalars.terminator;
  return fill(text + "}\n", work);
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

const DialectRegistry &altgrad::bench::getProgramRegistry() {
  static DialectRegistry registry = [] {
    DialectRegistry registry;
    altgrad::registerAllDialects(registry);
    altgrad::registerAllPasses();
    altgrad::registerAllPipelines();
    return registry;
  }();
  return registry;
}

/// True if `value` is computed from an argument, and so from an array's size.
static bool dependsOnArguments(Value value) {
  Operation *op = value.getDefiningOp();
  return !op || llvm::any_of(op->getOperands(), dependsOnArguments);
}

/// Accumulators of a known size may be allocated; arrays may not.
static Error checkDoesNotAllocate(ModuleOp module) {
  std::string message;
  module.walk([&](Operation *op) {
    Value size;
    if (auto call = dyn_cast<LLVM::CallOp>(op)) {
      int operand = llvm::StringSwitch<int>(call.getCallee().value_or(""))
                        .Cases({"malloc", "mgpuMemAlloc"}, 0)
                        .Case("mgpuMemcpy", 2)
                        .Default(-1);
      if (operand >= 0)
        size = call.getArgOperands()[operand];
    } else if (auto copy = dyn_cast<LLVM::MemcpyOp>(op))
      size = copy.getLen();
    if (size && dependsOnArguments(size))
      llvm::raw_string_ostream(message)
          << "expected code that works in place but it has " << *op;
  });
  return message.empty() ? Error::success() : llvm::createStringError(message);
}

static Expected<std::unique_ptr<CompiledModule>>
lowerAndCompile(StringRef text, StringRef pipeline, MLIRContext *context) {
  OwningOpRef<ModuleOp> module;
  {
    ErrorCollector errors(context);
    module = parseSourceString<ModuleOp>(text, ParserConfig(context));
    if (!module)
      return errors.takeError("cannot parse the program");
  }
  auto unit = UnitAttr::get(context);
  for (auto function : module->getOps<func::FuncOp>())
    function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(), unit);
  if (Error error = runPipeline(*module, pipeline))
    return std::move(error);
  if (Error error = checkDoesNotAllocate(*module))
    return std::move(error);
  return CompiledModule::compile(*module);
}

Expected<std::unique_ptr<CompiledModule>>
altgrad::bench::compileProgram(StringRef text, StringRef pipeline,
                               MLIRContext *context) {
  auto compiled = lowerAndCompile(text, pipeline, context);
  if (!compiled)
    return llvm::createStringError(llvm::toString(compiled.takeError()) +
                                   "\nin:\n" + text);
  return compiled;
}

//===----------------------------------------------------------------------===//
// Calling
//===----------------------------------------------------------------------===//

void altgrad::bench::addFloat(PackedArguments &arguments, Element element,
                              float value) {
  switch (element) {
  case Element::F32:
    return arguments.addScalar(value);
  case Element::BF16:
    return arguments.addScalar(BFloat16::fromDouble(value));
  case Element::F16:
    return arguments.addScalar(Float16::fromDouble(value));
  }
}
