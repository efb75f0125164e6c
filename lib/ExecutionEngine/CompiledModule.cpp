//===- CompiledModule.cpp - Compile a module and call it ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/Diagnostics.h"
#include "altgrad/Target/CPUTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/ObjectCache.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <map>
#include <mutex>

using namespace altgrad;
using namespace mlir;
using llvm::Error;
using llvm::Expected;
using llvm::orc::DynamicLibrarySearchGenerator;
using llvm::orc::JITTargetMachineBuilder;
using llvm::orc::LLJIT;
using llvm::orc::LLJITBuilder;
using llvm::orc::ThreadSafeModule;

/// Functions, each with the length of its array of pointers.
using FunctionLengths = std::vector<std::pair<std::string, size_t>>;

/// What func-to-llvm puts before the name of a function's C interface.
static constexpr StringRef kInterfacePrefix = "_mlir_ciface_";
/// What is put before the name of its packed form here.
static constexpr StringRef kPackedPrefix = "_altgrad_packed_";
/// The functions that run when a module is loaded and when it is destroyed.
static constexpr StringRef kInitializerName = "_altgrad_initialize";
static constexpr StringRef kFinalizerName = "_altgrad_finalize";

/// The libraries that MLIR's lowerings call into, next to LLVM's own.
static constexpr StringRef kRuntimeLibraries[] = {
    "libmlir_c_runner_utils", "libmlir_runner_utils", "libomp"};

//===----------------------------------------------------------------------===//
// Parsing and lowering
//===----------------------------------------------------------------------===//

Expected<OwningOpRef<ModuleOp>> altgrad::parseModuleFile(StringRef path,
                                                         MLIRContext *context) {
  ErrorCollector errors(context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, context);
  if (!module)
    return errors.takeError(path + ": could not be parsed");
  return module;
}

Error altgrad::runPipeline(ModuleOp module, StringRef pipeline) {
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  std::string message;
  llvm::raw_string_ostream os(message);
  if (failed(parsePassPipeline(pipeline, manager, os)))
    return llvm::createStringError("in pipeline '" + pipeline +
                                   "': " + StringRef(message).trim());
  ErrorCollector errors(module.getContext());
  if (failed(manager.run(module)))
    return errors.takeError("pipeline '" + pipeline + "' failed");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Steps of compiling
//===----------------------------------------------------------------------===//

static void initializeNativeTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

static Expected<JITTargetMachineBuilder>
chooseTarget(const CompileOptions &options) {
  if (options.optLevel > 3)
    return llvm::createStringError(
        "expected an optimization level from 0 to 3 but got " +
        Twine(options.optLevel));
  Expected<JITTargetMachineBuilder> target =
      JITTargetMachineBuilder::detectHost();
  if (!target)
    return target;
  // Never None, which the level 0 would be: instruction selection then passes
  // each bf16 argument through an f32 and back, by an instruction that flushes
  // subnormals or a function that no library here has (LLVM 22.1). The level
  // still decides what optimizes the IR.
  llvm::CodeGenOptLevel optLevel = *llvm::CodeGenOpt::getLevel(
      std::max(1, static_cast<int>(options.optLevel)));
  target->setCodeGenOptLevel(optLevel);
  if (options.cpu.empty())
    return target;

  // A target machine for an unknown processor prints a warning and is made for
  // some other one, so the name is looked up first.
  JITTargetMachineBuilder named(target->getTargetTriple());
  named.setCodeGenOptLevel(optLevel);
  Expected<std::unique_ptr<llvm::TargetMachine>> machine =
      named.createTargetMachine();
  if (!machine)
    return machine.takeError();
  if (!(*machine)->getMCSubtargetInfo()->isCPUStringValid(options.cpu))
    return llvm::createStringError("expected the name of a processor of " +
                                   target->getTargetTriple().getArchName() +
                                   " but got '" + options.cpu + "'");
  named.setCPU(options.cpu);
  return named;
}

/// Functions may be marked with the processor they are for. One that this is
/// not would stop the process at the first instruction it lacks.
static Error checkProcessor(const llvm::Module &module) {
  for (const llvm::Function &function : module) {
    StringRef cpu = function.getFnAttribute("target-cpu").getValueAsString();
    std::vector<std::string> missing = getFeaturesMissingHere(
        cpu, function.getFnAttribute("target-features").getValueAsString());
    if (!function.isDeclaration() && !missing.empty())
      return llvm::createStringError(
          "function '" + function.getName() + "' is for the processor '" + cpu +
          "', and this machine lacks " + llvm::join(missing, ", "));
  }
  return Error::success();
}

/// A new function that is called from outside, with its first block.
static Expected<llvm::Function *>
addEntryPoint(llvm::Module &module, llvm::FunctionType *type, StringRef name) {
  if (module.getNamedValue(name))
    return llvm::createStringError("the program defines '" + name +
                                   "', a name that is reserved");
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, name, module);
  // Callers built with -fsanitize=function look for a signature in the eight
  // bytes before a function they call by its address. Those must exist.
  function->setPrefixData(
      llvm::ConstantInt::get(llvm::Type::getInt64Ty(module.getContext()), 0));
  llvm::BasicBlock::Create(module.getContext(), "entry", function);
  return function;
}

/// Gives each function with a C interface a packed form, which loads the
/// arguments from where an array of pointers says, and stores the result.
static Expected<FunctionLengths> addPackedFunctions(llvm::Module &module) {
  FunctionLengths lengths;
  llvm::IRBuilder<> builder(module.getContext());
  auto *packedType =
      llvm::FunctionType::get(builder.getVoidTy(), builder.getPtrTy(), false);

  SmallVector<llvm::Function *> defined;
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      defined.push_back(&function);

  for (llvm::Function *function : defined) {
    StringRef name = function->getName();
    // Only the packed forms are called from outside: the rest may be inlined.
    function->setLinkage(llvm::GlobalValue::InternalLinkage);
    function->setVisibility(llvm::GlobalValue::DefaultVisibility);
    function->setComdat(nullptr);
    if (!name.consume_front(kInterfacePrefix))
      continue;
    Expected<llvm::Function *> packed =
        addEntryPoint(module, packedType, (kPackedPrefix + name).str());
    if (!packed)
      return packed.takeError();
    builder.SetInsertPoint(&(*packed)->getEntryBlock());
    llvm::Value *pointers = (*packed)->getArg(0);
    auto loadPointer = [&](unsigned index) {
      return builder.CreateLoad(
          builder.getPtrTy(),
          builder.CreateConstGEP1_32(builder.getPtrTy(), pointers, index));
    };
    SmallVector<llvm::Value *> arguments;
    for (llvm::Argument &argument : function->args())
      arguments.push_back(builder.CreateLoad(argument.getType(),
                                             loadPointer(argument.getArgNo())));
    llvm::Value *result = builder.CreateCall(function, arguments);
    size_t length = arguments.size();
    if (!result->getType()->isVoidTy())
      builder.CreateStore(result, loadPointer(length++));
    builder.CreateRetVoid();
    lengths.emplace_back(name.str(), length);
  }
  return lengths;
}

/// Replaces a list of functions to run (llvm.global_ctors or llvm.global_dtors)
/// by one function that calls them, so that code which was kept can be told to
/// run it; returns its name, or "" if there is nothing to run. Constructors run
/// in ascending order of their priorities, destructors in descending order.
static Expected<std::string> mergeLifetimeFunctions(llvm::Module &module,
                                                    StringRef listName,
                                                    StringRef name) {
  llvm::GlobalVariable *list = module.getNamedGlobal(listName);
  if (!list)
    return std::string();
  std::multimap<uint64_t, llvm::Function *> functions;
  if (auto *entries =
          dyn_cast_or_null<llvm::ConstantArray>(list->getInitializer()))
    for (llvm::Value *operand : entries->operands()) {
      auto *entry = cast<llvm::ConstantStruct>(operand);
      auto *priority = cast<llvm::ConstantInt>(entry->getOperand(0));
      if (auto *function = dyn_cast<llvm::Function>(
              entry->getOperand(1)->stripPointerCasts()))
        functions.emplace(priority->getZExtValue(), function);
    }
  list->eraseFromParent();

  llvm::IRBuilder<> builder(module.getContext());
  auto *type = llvm::FunctionType::get(builder.getVoidTy(), false);
  Expected<llvm::Function *> merged = addEntryPoint(module, type, name);
  if (!merged)
    return merged.takeError();
  builder.SetInsertPoint(&(*merged)->getEntryBlock());
  auto call = [&](auto entry) { builder.CreateCall(entry.second); };
  if (name == kInitializerName)
    llvm::for_each(functions, call);
  else
    llvm::for_each(llvm::reverse(functions), call);
  builder.CreateRetVoid();
  return name.str();
}

/// The names of what the program uses from outside.
static std::vector<std::string>
getUndefinedSymbols(const llvm::Module &module) {
  std::vector<std::string> names;
  for (const llvm::Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !function.use_empty())
      names.push_back(function.getName().str());
  for (const llvm::GlobalVariable &variable : module.globals())
    if (variable.isDeclaration() && !variable.use_empty())
      names.push_back(variable.getName().str());
  return names;
}

/// Makes the symbols that the program needs from outside available to it: from
/// this process, the libraries the caller named, then MLIR's own.
static Error linkLibraries(LLJIT &jit, ArrayRef<std::string> symbols,
                           const CompileOptions &options) {
  std::vector<StringRef> undefined(symbols.begin(), symbols.end());
  // The process first. A library answers for what it depends on as well, and
  // its malloc (libc's) need not be the process's (a sanitizer's, say), which
  // is what frees the buffers that a program returns.
  auto process = DynamicLibrarySearchGenerator::GetForCurrentProcess(
      jit.getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  jit.getMainJITDylib().addGenerator(std::move(*process));

  auto load = [&](StringRef path) -> Error {
    std::string message;
    // The process keeps the library for good: its threads (libomp's) may
    // outlive every module that called into it.
    llvm::sys::DynamicLibrary library =
        llvm::sys::DynamicLibrary::getPermanentLibrary(path.str().c_str(),
                                                       &message);
    if (!library.isValid())
      return llvm::createStringError("cannot load the library '" + path +
                                     "': " + message);
    auto generator = DynamicLibrarySearchGenerator::Load(
        path.str().c_str(), jit.getDataLayout().getGlobalPrefix());
    if (!generator)
      return generator.takeError();
    jit.getMainJITDylib().addGenerator(std::move(*generator));
    llvm::erase_if(undefined, [&](StringRef name) {
      return library.getAddressOfSymbol(name.str().c_str());
    });
    return Error::success();
  };

  for (const std::string &path : options.sharedLibraries)
    if (Error error = load(path))
      return error;
  // Then the CUDA runtime, which is linked into this process but need not be
  // among the symbols it exports.
  llvm::orc::SymbolMap runtime;
  for (const cuda::RuntimeSymbol &symbol : cuda::getRuntimeSymbols()) {
    if (!llvm::is_contained(undefined, symbol.name))
      continue;
    runtime[jit.mangleAndIntern(symbol.name)] = {
        llvm::orc::ExecutorAddr::fromPtr(symbol.address),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    llvm::erase(undefined, symbol.name);
  }
  if (Error error = jit.getMainJITDylib().define(
          llvm::orc::absoluteSymbols(std::move(runtime))))
    return error;
  llvm::erase_if(undefined, [](StringRef name) {
    return llvm::sys::DynamicLibrary::SearchForAddressOfSymbol(name.str());
  });
  for (StringRef name : kRuntimeLibraries) {
    SmallString<128> path(ALTGRAD_LLVM_LIBRARY_DIR);
    llvm::sys::path::append(path, name + ALTGRAD_SHARED_LIBRARY_SUFFIX);
    if (!undefined.empty() && llvm::sys::fs::exists(path))
      if (Error error = load(path))
        return error;
  }
  if (!undefined.empty())
    return llvm::createStringError(
        "no library defines what the program calls: " +
        llvm::join(undefined, ", "));
  return Error::success();
}

namespace {
/// Receives the object file of the one module that a JIT compiles. It lives as
/// long as the compiler that reports to it.
class ObjectKeeper : public llvm::ObjectCache {
public:
  void notifyObjectCompiled(const llvm::Module *,
                            llvm::MemoryBufferRef buffer) override {
    object = buffer.getBuffer().str();
  }
  std::unique_ptr<llvm::MemoryBuffer> getObject(const llvm::Module *) override {
    return nullptr;
  }

  std::string object;
};

/// A compiler that reports what it makes to a keeper of its own.
class KeepingCompiler : public llvm::orc::IRCompileLayer::IRCompiler {
public:
  KeepingCompiler(std::unique_ptr<llvm::TargetMachine> machine,
                  std::string &object)
      : IRCompiler(
            llvm::orc::irManglingOptionsFromTargetOptions(machine->Options)),
        object(object), compiler(std::move(machine), &keeper) {}

  Expected<std::unique_ptr<llvm::MemoryBuffer>>
  operator()(llvm::Module &module) override {
    Expected<std::unique_ptr<llvm::MemoryBuffer>> result = compiler(module);
    object = std::move(keeper.object);
    return result;
  }

private:
  std::string &object;
  ObjectKeeper keeper;
  llvm::orc::TMOwningSimpleCompiler compiler;
};
} // namespace

//===----------------------------------------------------------------------===//
// CompiledModule
//===----------------------------------------------------------------------===//

std::string altgrad::describeHostProcessor() {
  std::string text = llvm::sys::getHostCPUName().str();
  std::vector<std::string> features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(features);
  return llvm::sys::getProcessTriple() + " " + text + " " +
         llvm::join(features, ",");
}

CompiledModule::CompiledModule() = default;

CompiledModule::~CompiledModule() {
  if (finalizer)
    finalizer();
}

Expected<std::unique_ptr<CompiledModule>>
CompiledModule::compile(ModuleOp module, const CompileOptions &options) {
  initializeNativeTarget();
  Expected<JITTargetMachineBuilder> target = chooseTarget(options);
  if (!target)
    return target.takeError();
  Expected<std::unique_ptr<llvm::TargetMachine>> machine =
      target->createTargetMachine();
  if (!machine)
    return machine.takeError();

  // MLIR to LLVM IR.
  DialectRegistry translations;
  registerBuiltinDialectTranslation(translations);
  registerLLVMDialectTranslation(translations);
  registerOpenMPDialectTranslation(translations);
  // gpu.binary becomes the kernels' code as data, and what loads it.
  registerGPUDialectTranslation(translations);
  gpu::registerOffloadingLLVMTranslationInterfaceExternalModels(translations);
  module.getContext()->appendDialectRegistry(translations);
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> llvmModule;
  {
    ErrorCollector errors(module.getContext());
    llvmModule = translateModuleToLLVMIR(module, *llvmContext);
    if (!llvmModule)
      return errors.takeError("the module cannot be translated to LLVM IR");
  }
  llvmModule->setTargetTriple((*machine)->getTargetTriple());
  llvmModule->setDataLayout((*machine)->createDataLayout());
  if (Error error = checkProcessor(*llvmModule))
    return std::move(error);
  CompiledCode code;
  Expected<FunctionLengths> lengths = addPackedFunctions(*llvmModule);
  if (!lengths)
    return lengths.takeError();
  code.functions = std::move(*lengths);
  Expected<std::string> initializer = mergeLifetimeFunctions(
      *llvmModule, "llvm.global_ctors", kInitializerName);
  if (!initializer)
    return initializer.takeError();
  code.initializer = std::move(*initializer);
  Expected<std::string> finalizer =
      mergeLifetimeFunctions(*llvmModule, "llvm.global_dtors", kFinalizerName);
  if (!finalizer)
    return finalizer.takeError();
  code.finalizer = std::move(*finalizer);

  // By default LLVM prints what goes wrong in a back end, and exits.
  std::string messages;
  llvmContext->setDiagnosticHandlerCallBack(
      [](const llvm::DiagnosticInfo *info, void *text) {
        if (info->getSeverity() != llvm::DS_Error)
          return;
        llvm::raw_string_ostream os(*static_cast<std::string *>(text));
        llvm::DiagnosticPrinterRawOStream printer(os);
        info->print(printer);
        os << '\n';
      },
      &messages);
  if (Error error = makeOptimizingTransformer(options.optLevel, /*sizeLevel=*/0,
                                              machine->get())(llvmModule.get()))
    return std::move(error);

  // LLVM IR to code in memory.
  code.undefinedSymbols = getUndefinedSymbols(*llvmModule);
  LLJITBuilder jitBuilder;
  jitBuilder.setJITTargetMachineBuilder(std::move(*target));
  if (options.keepCode)
    jitBuilder.setCompileFunctionCreator(
        [&](JITTargetMachineBuilder builder)
            -> Expected<
                std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler>> {
          auto machine = builder.createTargetMachine();
          if (!machine)
            return machine.takeError();
          return std::make_unique<KeepingCompiler>(std::move(*machine),
                                                   code.object);
        });
  Expected<std::unique_ptr<LLJIT>> jit = jitBuilder.create();
  if (!jit)
    return jit.takeError();
  (*jit)->getExecutionSession().setErrorReporter([&](Error error) {
    messages += llvm::toString(std::move(error)) + '\n';
  });
  auto fail = [&](Error error) {
    messages += llvm::toString(std::move(error));
    return llvm::createStringError(messages);
  };
  if (Error error = linkLibraries(**jit, code.undefinedSymbols, options))
    return std::move(error);
  if (Error error = (*jit)->addIRModule(
          ThreadSafeModule(std::move(llvmModule), std::move(llvmContext))))
    return fail(std::move(error));

  std::unique_ptr<CompiledModule> compiled(new CompiledModule);
  compiled->jit = std::move(*jit);
  if (Error error = compiled->start(code))
    return fail(std::move(error));
  if (!messages.empty())
    return llvm::createStringError(messages);
  // `messages` ends with this function; nothing is left to be compiled.
  compiled->jit->getExecutionSession().setErrorReporter(llvm::consumeError);
  if (options.keepCode)
    compiled->code = std::move(code);
  return compiled;
}

Expected<std::unique_ptr<CompiledModule>>
CompiledModule::load(const CompiledCode &code, const CompileOptions &options) {
  initializeNativeTarget();
  Expected<std::unique_ptr<LLJIT>> jit = LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  (*jit)->getExecutionSession().setErrorReporter(llvm::consumeError);
  if (Error error = linkLibraries(**jit, code.undefinedSymbols, options))
    return std::move(error);
  if (Error error = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(
          code.object, "altgrad compiled code")))
    return std::move(error);
  std::unique_ptr<CompiledModule> loaded(new CompiledModule);
  loaded->jit = std::move(*jit);
  if (Error error = loaded->start(code))
    return std::move(error);
  return loaded;
}

Error CompiledModule::start(const CompiledCode &code) {
  for (const auto &[name, length] : code.functions) {
    Expected<llvm::orc::ExecutorAddr> address =
        jit->lookup((kPackedPrefix + name).str());
    if (!address)
      return address.takeError();
    functions[name] = {address->toPtr<PackedFunction>(), length};
  }
  auto find = [&](StringRef name) -> Expected<void (*)()> {
    if (name.empty())
      return nullptr;
    Expected<llvm::orc::ExecutorAddr> address = jit->lookup(name);
    if (!address)
      return address.takeError();
    return address->toPtr<void (*)()>();
  };
  Expected<void (*)()> initializer = find(code.initializer);
  if (!initializer)
    return initializer.takeError();
  Expected<void (*)()> finalizer = find(code.finalizer);
  if (!finalizer)
    return finalizer.takeError();
  if (*initializer)
    (*initializer)();
  this->finalizer = *finalizer;
  return Error::success();
}

Expected<std::unique_ptr<CompiledModule>>
CompiledModule::lowerAndCompile(ModuleOp module, StringRef pipeline,
                                const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  auto request = UnitAttr::get(module.getContext());
  for (auto function : copy->getOps<func::FuncOp>())
    if (function.isPublic() && !function.isDeclaration())
      function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(), request);
  if (Error error = runPipeline(*copy, pipeline))
    return std::move(error);
  return compile(*copy, options);
}

std::vector<StringRef> CompiledModule::getFunctionNames() const {
  std::vector<StringRef> names(functions.keys().begin(),
                               functions.keys().end());
  llvm::sort(names);
  return names;
}

Expected<const CompiledModule::Function *>
CompiledModule::find(StringRef name) const {
  auto found = functions.find(name);
  if (found != functions.end())
    return &found->getValue();
  std::vector<StringRef> names = getFunctionNames();
  return llvm::createStringError(
      "no function '" + name + "' to call: " +
      (names.empty() ? "the module has none with a C interface"
                     : "expected one of " + llvm::join(names, ", ")));
}

Expected<CompiledModule::PackedFunction>
CompiledModule::lookup(StringRef name) const {
  Expected<const Function *> function = find(name);
  if (!function)
    return function.takeError();
  return (*function)->address;
}

Error CompiledModule::invoke(StringRef name,
                             MutableArrayRef<void *> arguments) const {
  Expected<const Function *> function = find(name);
  if (!function)
    return function.takeError();
  if (arguments.size() != (*function)->numPointers)
    return llvm::createStringError(
        "function '" + name + "' takes " + Twine((*function)->numPointers) +
        " arguments and results but got " + Twine(arguments.size()));
  (*function)->address(arguments.data());
  return cuda::takeError();
}
