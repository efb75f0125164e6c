//===- Program.cpp - One program, folded or compiled ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"
#include "altgrad/ExecutionEngine/Diagnostics.h"
#include "altgrad/InitAll.h"
#include "altgrad/Pipelines/GPUPipeline.h"
#include "altgrad/Target/CPUTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringMap.h"

#include <cstdlib>
#include <set>

using namespace altgrad;
using namespace altgrad::test;
using llvm::ArrayRef;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string Variant::str() const {
  std::string text =
      "O" + std::to_string(optLevel) + "-v" + std::to_string(vectorWidth);
  if (threads != 1)
    text += "-t" + std::to_string(threads);
  if (fastMath)
    text += "-fast";
  if (!cpu.empty())
    text += "-" + cpu;
  if (target != "generic")
    text += "-for-" + target;
  if (largeBytes != 0)
    text += "-large";
  if (!arithmetic.empty())
    text += "-like-" + arithmetic;
  if (!chip.empty()) {
    text = chip + (fastMath ? "-fast" : "") +
           (nativeConversions ? "" : "-not-native");
    text += "-b" + std::to_string(blockSize) + "-v" +
            std::to_string(vectorsPerThread) + "-m" + std::to_string(maxBlocks);
    if (misalignment != 0)
      text += "-at-" + std::to_string(misalignment);
  }
  return text;
}

std::string
altgrad::test::fill(StringRef text,
                    ArrayRef<std::pair<StringRef, std::string>> replacements) {
  std::string result = text.str();
  for (const auto &[name, value] : replacements)
    for (size_t at = 0; (at = result.find(name.str(), at)) != std::string::npos;
         at += value.size())
      result.replace(at, name.size(), value);
  return result;
}

std::string altgrad::test::spellType(const Format &format) {
  return "!altgrad.fp8<E" + std::to_string(format.getExponentBits()) + "M" +
         std::to_string(format.getMantissaBits()) +
         ", bias = " + std::to_string(format.getBias()) + ", " +
         std::string(stringifySpecials(format.getSpecials())) + ">";
}

std::string altgrad::test::spell(Overflow overflow) {
  return overflow == Overflow::Saturate ? "saturate" : "infinity";
}

std::vector<Variant> altgrad::test::getTargetVariants() {
  std::vector<Variant> variants;
  auto add = [&](std::string name, uint64_t largeBytes) {
    Variant &variant = variants.emplace_back();
    variant.vectorWidth = 0;
    variant.target = name;
    variant.cpu = name == "native" ? "" : name;
    variant.largeBytes = largeBytes;
  };
  add("native", 0);
  add("native", 1);
  if (StringRef(LLVM_HOST_TRIPLE).starts_with("x86_64"))
    for (const char *name : {"x86-64-v3", "x86-64-v4"})
      if (getFeaturesMissingHere(name, "").empty())
        add(name, 0);
  // Without minima that keep NaN, with them, and with those of magnitudes and
  // bf16 as its own carrier.
  for (const char *name : {"sm_75", "sm_80", "sm_90"})
    variants.emplace_back().arithmetic = name;
  return variants;
}

std::vector<Variant> altgrad::test::getAllVariants() {
  std::vector<Variant> variants = getTargetVariants();
  for (unsigned optLevel : {0, 3})
    for (unsigned vectorWidth : {128, 256, 512})
      variants.push_back({optLevel, vectorWidth});
  if (StringRef(LLVM_HOST_TRIPLE).starts_with("x86_64")) {
    variants.push_back({3, 128, 1, false, "x86-64"});
    if (getFeaturesMissingHere("x86-64-v3", "").empty())
      variants.push_back({3, 256, 1, false, "x86-64-v3"});
  }
  return variants;
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

static mlir::MLIRContext *getContext() {
  // lit runs as many processes as there are cores.
  static mlir::MLIRContext context(
      [] {
        mlir::DialectRegistry registry;
        altgrad::registerAllDialects(registry);
        return registry;
      }(),
      mlir::MLIRContext::Threading::DISABLED);
  return &context;
}

/// For textual pipelines.
static void registerPasses() {
  [[maybe_unused]] static bool once = [] {
    mlir::registerAllPasses();
    altgrad::registerAllPasses();
    return true;
  }();
}

/// `manager` with another target for convert-altgrad-to-arith, and the other
/// forms of arithmetic that GPUs get.
static void setArithmetic(mlir::PassManager &manager, StringRef target) {
  registerPasses();
  std::string text;
  llvm::raw_string_ostream stream(text);
  manager.printAsTextualPipeline(stream);
  StringRef pass = "convert-altgrad-to-arith{target=";
  size_t from = text.find(pass.str());
  ASSERT_NE(from, std::string::npos) << text;
  from += pass.size();
  text.replace(from, text.find_first_of(" }", from) - from, target.str());
  text.insert(text.find(pass.str()), "altgrad-expand-division,");
  StringRef passes = text;
  ASSERT_TRUE(passes.consume_front("builtin.module(") &&
              passes.consume_back(")"))
      << text;
  manager.clear();
  ASSERT_TRUE(mlir::succeeded(mlir::parsePassPipeline(passes, manager)))
      << text;
}

static mlir::OwningOpRef<mlir::ModuleOp> parse(StringRef text) {
  ErrorCollector errors(getContext());
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, getContext());
  if (!module)
    ADD_FAILURE() << llvm::toString(errors.takeError("does not parse"))
                  << "\nin:\n"
                  << text.str();
  return module;
}

namespace {
/// What a function takes or returns, as memory.
struct ValueKind {
  Element element;
  bool isScalar;
  unsigned rank;
};

struct FunctionKind {
  std::vector<ValueKind> arguments, results;
};
} // namespace

static Element getElement(mlir::Type type) {
  if (type.isF16())
    return Element::F16;
  if (type.isBF16())
    return Element::BF16;
  if (type.isF32())
    return Element::F32;
  if (type.isF64())
    return Element::F64;
  if (type.isInteger(64))
    return Element::I64;
  return Element::I8; // i8, and codes.
}

static ValueKind getValueKind(mlir::Type type) {
  auto shaped = mlir::dyn_cast<mlir::ShapedType>(type);
  if (!shaped)
    return {getElement(type), true, 0};
  return {getElement(shaped.getElementType()), false,
          static_cast<unsigned>(shaped.getRank())};
}

static llvm::StringMap<FunctionKind> getFunctionKinds(mlir::ModuleOp module) {
  llvm::StringMap<FunctionKind> kinds;
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    FunctionKind kind;
    for (mlir::Type type : function.getArgumentTypes())
      kind.arguments.push_back(getValueKind(type));
    for (mlir::Type type : function.getResultTypes())
      kind.results.push_back(getValueKind(type));
    kinds[function.getName()] = kind;
  }
  return kinds;
}

Program::~Program() = default;

Array Program::callForOne(StringRef name, ArrayRef<Array> arguments) {
  std::vector<Array> results = call(name, arguments);
  return results.size() == 1 ? std::move(results.front()) : Array();
}

//===----------------------------------------------------------------------===//
// Compiled
//===----------------------------------------------------------------------===//

namespace {
class Compiled : public Program {
public:
  Compiled(std::unique_ptr<CompiledModule> module,
           llvm::StringMap<FunctionKind> kinds, const Variant &variant)
      : module(std::move(module)), kinds(std::move(kinds)),
        onDevice(!variant.chip.empty()), misalignment(variant.misalignment) {}

  std::vector<Array> call(StringRef name, ArrayRef<Array> arguments) override;
  Array callForEach(StringRef name, const Array &arguments) override;
  CompiledModule::PackedFunction lookup(StringRef name) const override;

private:
  CompiledModule::PackedFunction find(StringRef name,
                                      ArrayRef<Array> arguments) const;
  cuda::DeviceBuffer upload(const Array &array) const;
  Array copyMemRef(const ValueKind &kind,
                   const MemRefDescriptor &descriptor) const;
  /// Frees what a function returned.
  void release(void *allocated) const;

  std::unique_ptr<CompiledModule> module;
  llvm::StringMap<FunctionKind> kinds;
  bool onDevice;
  size_t misalignment;
};
} // namespace

static void addPasses(mlir::PassManager &manager, const Variant &variant) {
  if (!variant.chip.empty()) {
    GPUPipelineOptions options;
    options.chip = variant.chip;
    options.nativeConversions = variant.nativeConversions;
    options.blockSize = variant.blockSize;
    options.vectorsPerThread = variant.vectorsPerThread;
    options.maxBlocks = variant.maxBlocks;
    options.fastMath = variant.fastMath;
    options.emitCInterface = true;
    buildGPUPipeline(manager, options);
    return;
  }
  CPUPipelineOptions options;
  options.vectorWidth = variant.vectorWidth;
  options.target = variant.target;
  options.largeBytes = variant.largeBytes;
  options.threads = variant.threads;
  options.fastMath = variant.fastMath;
  options.emitCInterface = true;
  buildCPUPipeline(manager, options);
  if (!variant.arithmetic.empty())
    setArithmetic(manager, variant.arithmetic);
}

std::string Program::transform(StringRef text, StringRef pipeline) {
  registerPasses();
  auto module = parse(text);
  if (!module)
    return "";
  if (llvm::Error error = runPipeline(*module, pipeline)) {
    ADD_FAILURE() << llvm::toString(std::move(error)) << "\nin:\n"
                  << text.str();
    return "";
  }
  std::string result;
  llvm::raw_string_ostream stream(result);
  module->print(stream);
  return result;
}

std::unique_ptr<Program> Program::compile(StringRef text,
                                          const Variant &variant) {
  auto module = parse(text);
  if (!module)
    return nullptr;
  llvm::StringMap<FunctionKind> kinds = getFunctionKinds(*module);

  mlir::PassManager manager(getContext(), mlir::ModuleOp::getOperationName());
  addPasses(manager, variant);
  {
    ErrorCollector errors(getContext());
    if (mlir::failed(manager.run(*module))) {
      ADD_FAILURE() << llvm::toString(errors.takeError("does not lower"))
                    << "\nin:\n"
                    << text.str();
      return nullptr;
    }
  }
  CompileOptions compileOptions;
  compileOptions.optLevel = variant.optLevel;
  compileOptions.cpu = variant.cpu;
  auto compiled = CompiledModule::compile(*module, compileOptions);
  if (!compiled) {
    ADD_FAILURE() << variant.str() << ": "
                  << llvm::toString(compiled.takeError());
    return nullptr;
  }
  return std::make_unique<Compiled>(std::move(*compiled), std::move(kinds),
                                    variant);
}

CompiledModule::PackedFunction Compiled::lookup(StringRef name) const {
  auto function = module->lookup(name);
  if (function)
    return *function;
  ADD_FAILURE() << llvm::toString(function.takeError());
  return nullptr;
}

CompiledModule::PackedFunction Compiled::find(StringRef name,
                                              ArrayRef<Array> arguments) const {
  CompiledModule::PackedFunction function = lookup(name);
  if (!function)
    return nullptr;
  // What the pointers point at is nobody else's to check.
  const FunctionKind &kind = kinds.find(name)->second;
  bool fits = arguments.size() == kind.arguments.size();
  for (size_t i = 0; fits && i < arguments.size(); ++i)
    fits = arguments[i].getElement() == kind.arguments[i].element &&
           arguments[i].isScalar() == kind.arguments[i].isScalar &&
           arguments[i].getShape().size() == kind.arguments[i].rank;
  if (fits)
    return function;
  ADD_FAILURE() << "wrong arguments for " << name.str();
  return nullptr;
}

/// The array in memory of the device that ends with its last byte, so that
/// whatever is accessed behind it is outside.
cuda::DeviceBuffer Compiled::upload(const Array &array) const {
  size_t offset = misalignment * getByteWidth(array.getElement());
  auto buffer = cuda::DeviceBuffer::allocate(
      array.size() == 0 ? 0 : offset + array.getByteSize());
  if (!buffer) {
    ADD_FAILURE() << llvm::toString(buffer.takeError());
    return {};
  }
  if (array.size() != 0)
    if (llvm::Error error =
            cuda::copyToDevice(static_cast<char *>(buffer->getData()) + offset,
                               array.data(), array.getByteSize()))
      ADD_FAILURE() << llvm::toString(std::move(error));
  return std::move(*buffer);
}

/// The array that a returned memref describes.
Array Compiled::copyMemRef(const ValueKind &kind,
                           const MemRefDescriptor &descriptor) const {
  Array result = Array::zeros(kind.element, descriptor.getShape());
  EXPECT_EQ(descriptor.getOffset(), 0);
  int64_t stride = 1;
  for (size_t dim = kind.rank; dim-- > 0;) {
    if (result.size() > 0)
      EXPECT_EQ(descriptor.getStrides()[dim], stride);
    stride *= descriptor.getShape()[dim];
  }
  if (result.size() == 0)
    return result;
  if (!onDevice) {
    std::memcpy(result.data(), descriptor.getAligned(), result.getByteSize());
    return result;
  }
  if (llvm::Error error = cuda::copyToHost(
          result.data(), descriptor.getAligned(), result.getByteSize()))
    ADD_FAILURE() << llvm::toString(std::move(error));
  return result;
}

void Compiled::release(void *allocated) const {
  if (onDevice)
    cuda::DeviceBuffer::adopt(allocated, 0);
  else
    std::free(allocated);
}

std::vector<Array> Compiled::call(StringRef name, ArrayRef<Array> arguments) {
  CompiledModule::PackedFunction function = find(name, arguments);
  if (!function)
    return {};
  const std::vector<ValueKind> &kinds = this->kinds.find(name)->second.results;

  // One scalar is stored as it is; a memref, or several results, in a struct.
  bool isAggregate = kinds.size() > 1 || !kinds[0].isScalar;
  std::vector<size_t> offsets;
  size_t size = 0;
  for (const ValueKind &kind : kinds) {
    size_t width = kind.isScalar ? getByteWidth(kind.element) : 8;
    size = (size + width - 1) / width * width;
    offsets.push_back(size);
    size += kind.isScalar ? width : 8 * (3 + 2 * kind.rank);
  }
  std::vector<uint64_t> memory(size / 8 + 1);
  auto at = [&](size_t index) {
    return reinterpret_cast<char *>(memory.data()) + offsets[index];
  };

  PackedArguments packed;
  // A function may write to its arguments, and return them.
  std::vector<Array> copies(arguments.begin(), arguments.end());
  std::vector<cuda::DeviceBuffer> buffers;
  std::set<void *> released = {nullptr};
  if (isAggregate)
    packed.addAggregateResult(memory.data());
  for (Array &argument : copies) {
    if (argument.isScalar()) {
      // Read by its own type, whose bytes come first.
      packed.addScalar(argument.getBits(0));
      continue;
    }
    auto *begin = static_cast<char *>(argument.data());
    if (onDevice) {
      buffers.push_back(upload(argument));
      begin = static_cast<char *>(buffers.back().getData());
      if (argument.size() != 0)
        begin += misalignment * getByteWidth(argument.getElement());
    }
    released.insert(begin);
    packed.addMemRef(begin, argument.getShape());
  }
  if (!isAggregate)
    packed.addResult(memory[0]);
  function(packed.get().data());
  if (onDevice) {
    llvm::Error error =
        llvm::joinErrors(cuda::takeError(), cuda::synchronize());
    if (error) {
      ADD_FAILURE() << name.str() << ": " << llvm::toString(std::move(error));
      return {};
    }
  }

  std::vector<Array> results;
  std::vector<void *> allocated;
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].isScalar) {
      Array result = Array::scalar(kinds[i].element, 0);
      std::memcpy(result.data(), at(i), result.getByteSize());
      results.push_back(std::move(result));
      continue;
    }
    MemRefDescriptor descriptor(kinds[i].rank);
    std::memcpy(descriptor.getRaw(), at(i), 8 * (3 + 2 * kinds[i].rank));
    results.push_back(copyMemRef(kinds[i], descriptor));
    // Two results may be one buffer.
    allocated.push_back(descriptor.getAllocated());
  }
  for (void *memory : allocated)
    if (released.insert(memory).second)
      release(memory);
  return results;
}

Array Compiled::callForEach(StringRef name, const Array &arguments) {
  Array example = Array::scalar(arguments.getElement(), 0);
  CompiledModule::PackedFunction function = find(name, {example});
  if (!function)
    return {};
  Array results = Array::zeros(kinds.find(name)->second.results[0].element,
                               arguments.getShape());
  uint64_t argument = 0, result = 0;
  void *pointers[] = {&argument, &result};
  for (size_t i = 0; i < arguments.size(); ++i) {
    argument = arguments.getBits(i);
    function(pointers);
    results.setBits(i, result);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Folded
//===----------------------------------------------------------------------===//

namespace {
class Folded : public Program {
public:
  explicit Folded(mlir::OwningOpRef<mlir::ModuleOp> module)
      : module(std::move(module)) {}

  std::vector<Array> call(StringRef name, ArrayRef<Array> arguments) override;
  Array callForEach(StringRef name, const Array &arguments) override;
  CompiledModule::PackedFunction lookup(StringRef) const override {
    return nullptr;
  }

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

std::unique_ptr<Program> Program::fold(StringRef text) {
  auto module = parse(text);
  return module ? std::make_unique<Folded>(std::move(module)) : nullptr;
}

/// A constant of `type`, which may be a code type.
static mlir::Value makeConstant(mlir::OpBuilder &builder, mlir::Location loc,
                                mlir::Type type, const Array &array) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  bool isCode = mlir::isa<FP8Type>(element);
  mlir::Type storage =
      isCode ? cloneWithElementType(type, builder.getI8Type()) : type;
  ArrayRef<char> bytes(static_cast<const char *>(array.data()),
                       array.getByteSize());
  mlir::TypedAttr attr;
  if (auto shaped = mlir::dyn_cast<mlir::ShapedType>(storage))
    attr = mlir::DenseElementsAttr::getFromRawBuffer(shaped, bytes);
  else
    attr = mlir::cast<mlir::TypedAttr>(
        mlir::DenseElementsAttr::getFromRawBuffer(
            mlir::RankedTensorType::get({1}, storage), bytes)
            .getSplatValue<mlir::Attribute>());
  if (isCode)
    return ConstantOp::create(builder, loc, type, attr);
  return mlir::arith::ConstantOp::create(builder, loc, attr);
}

/// The elements of a constant attribute.
static Array readConstant(mlir::Attribute attr) {
  if (auto number = mlir::dyn_cast<mlir::FloatAttr>(attr)) {
    Array result = Array::scalar(getElement(number.getType()), 0);
    result.setBits(0, number.getValue().bitcastToAPInt().getZExtValue());
    return result;
  }
  if (auto number = mlir::dyn_cast<mlir::IntegerAttr>(attr)) {
    Array result = Array::scalar(getElement(number.getType()), 0);
    result.setBits(0, number.getValue().getZExtValue());
    return result;
  }
  auto dense = mlir::cast<mlir::DenseElementsAttr>(attr);
  Array result = Array::zeros(getElement(dense.getElementType()),
                              dense.getType().getShape());
  ArrayRef<char> bytes = dense.getRawData();
  if (!dense.isSplat()) {
    std::memcpy(result.data(), bytes.data(), result.getByteSize());
    return result;
  }
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), bytes.size());
  for (size_t i = 0; i < result.size(); ++i)
    result.setBits(i, bits);
  return result;
}

std::vector<Array> Folded::call(StringRef name, ArrayRef<Array> arguments) {
  auto original = module->lookupSymbol<mlir::func::FuncOp>(name);
  if (!original || original.getNumArguments() != arguments.size()) {
    ADD_FAILURE() << "wrong arguments for " << name.str();
    return {};
  }
  // A module of its own, in which each argument is a constant.
  mlir::OwningOpRef<mlir::ModuleOp> scratch =
      mlir::ModuleOp::create(original.getLoc());
  auto function = mlir::cast<mlir::func::FuncOp>(original->clone());
  scratch->push_back(function);
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockBegin(&function.front());
  for (size_t i = 0; i < arguments.size(); ++i) {
    mlir::BlockArgument argument = function.getArgument(i);
    argument.replaceAllUsesWith(makeConstant(builder, function.getLoc(),
                                             argument.getType(), arguments[i]));
  }

  mlir::PassManager manager(getContext(), mlir::ModuleOp::getOperationName());
  manager.addPass(mlir::createCanonicalizerPass());
  if (mlir::failed(manager.run(*scratch))) {
    ADD_FAILURE() << name.str() << ": the canonicalizer failed";
    return {};
  }

  std::vector<Array> results;
  for (mlir::Value value : function.front().getTerminator()->getOperands()) {
    mlir::Attribute attr;
    if (!mlir::matchPattern(value, mlir::m_Constant(&attr))) {
      ADD_FAILURE() << name.str() << " was not folded";
      return {};
    }
    results.push_back(readConstant(attr));
  }
  return results;
}

Array Folded::callForEach(StringRef name, const Array &arguments) {
  Array results;
  for (size_t i = 0; i < arguments.size(); ++i) {
    Array argument = Array::scalar(arguments.getElement(), 0);
    argument.setBits(0, arguments.getBits(i));
    Array result = callForOne(name, {argument});
    if (i == 0)
      results = Array::zeros(result.getElement(), arguments.getShape());
    if (result.size() != 1)
      return {};
    results.setBits(i, result.getBits(0));
  }
  return results;
}
