//===- RunMain.cpp - altgrad-run as a function ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Tools/Run/RunMain.h"

#include "Arrays.h"
#include "Program.h"

#include "altgrad/ExecutionEngine/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace altgrad;
using namespace altgrad::run;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace cl = llvm::cl;

namespace {
enum class Target { CPU, CUDA };

struct Options {
  cl::OptionCategory category{"altgrad-run"};
  cl::opt<std::string> file{cl::Positional, cl::Required,
                            cl::desc("<file.mlir>"), cl::cat(category)};
  cl::list<std::string> arguments{cl::Positional, cl::desc("[arguments...]"),
                                  cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::value_desc("function"), cl::cat(category),
      cl::desc("Function to call (default: the only public one)")};
  cl::opt<Target> target{
      "target", cl::init(Target::CPU), cl::cat(category),
      cl::desc("Where to run (default: cpu)"),
      cl::values(clEnumValN(Target::CPU, "cpu", "on this machine's processor"),
                 clEnumValN(Target::CUDA, "cuda", "on an NVIDIA GPU"))};
  cl::list<std::string> out{
      "out", cl::value_desc("file.npy"), cl::cat(category),
      cl::desc(
          "Write a result instead of printing it; once for each result, in "
          "order")};
  cl::opt<std::string> time{
      "time", cl::ValueOptional, cl::value_desc("repetitions"),
      cl::cat(category),
      cl::desc("Call the function again and again and print how long it takes "
               "(default: 20 times)")};
  cl::opt<std::string> pipeline{
      "pipeline", cl::value_desc("passes"), cl::cat(category),
      cl::desc("Compile with this pipeline (default: the CPU or GPU pipeline "
               "for the machine at hand)")};
  cl::opt<unsigned> optLevel{
      "O", cl::Prefix, cl::init(3), cl::cat(category),
      cl::desc("Optimization level, 0 to 3 (default: 3)")};
  cl::list<std::string> sharedLibraries{
      "shared-libs", cl::CommaSeparated, cl::value_desc("lib.so,..."),
      cl::cat(category), cl::desc("Libraries that the program calls into")};
};
} // namespace

static Error prefix(const Twine &what, Error error) {
  return llvm::createStringError(what + ": " +
                                 llvm::toString(std::move(error)));
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// The repetitions that --time asks for; 0 for none.
static Expected<unsigned> getRepetitions(const Options &options) {
  if (options.time.getNumOccurrences() == 0)
    return 0;
  unsigned repetitions = 20;
  if (!options.time.empty() &&
      (StringRef(options.time).getAsInteger(10, repetitions) ||
       repetitions == 0))
    return llvm::createStringError(
        "--time: expected a number of repetitions but got '" + options.time +
        "'");
  return repetitions;
}

static Expected<std::vector<NpyArray>>
readArguments(const Options &options, const Signature &signature) {
  if (options.arguments.size() != signature.parameters.size())
    return llvm::createStringError(
        "expected " + Twine(signature.parameters.size()) + " arguments for " +
        signature.text + " but got " + Twine(options.arguments.size()));
  std::vector<NpyArray> arguments;
  for (auto [index, type] : llvm::enumerate(signature.parameters)) {
    Expected<NpyArray> argument = readArgument(options.arguments[index], type);
    if (!argument)
      return prefix("argument " + Twine(index), argument.takeError());
    arguments.push_back(std::move(*argument));
  }
  return arguments;
}

/// Writes each result to its file: all of them, or none.
static Error writeFiles(llvm::ArrayRef<std::string> paths,
                        llvm::ArrayRef<NpyArray> results) {
  std::vector<llvm::sys::fs::TempFile> files;
  auto fail = [&](const Twine &path, const std::string &reason) {
    for (llvm::sys::fs::TempFile &file : files)
      llvm::consumeError(file.discard());
    return llvm::createStringError(path + ": " + reason);
  };
  for (auto [path, result] : llvm::zip(paths, results)) {
    auto file = llvm::sys::fs::TempFile::create(path + ".%%%%%%%%.tmp", 0666);
    if (!file)
      return fail(path, llvm::toString(file.takeError()));
    files.push_back(std::move(*file));
    llvm::raw_fd_ostream os(files.back().FD, /*shouldClose=*/false);
    os << result.serialize();
    os.flush();
    if (std::error_code error = os.error()) {
      os.clear_error();
      return fail(path, error.message());
    }
  }
  for (size_t i = 0; i < files.size(); ++i)
    if (Error error = files[i].keep(paths[i])) {
      std::string reason = llvm::toString(std::move(error));
      for (size_t j = 0; j < i; ++j)
        (void)llvm::sys::fs::remove(paths[j]);
      return fail(paths[i], reason);
    }
  return Error::success();
}

static size_t countBytes(llvm::ArrayRef<NpyArray> arrays,
                         llvm::ArrayRef<ValueType> types) {
  size_t numBytes = 0;
  for (auto [array, type] : llvm::zip(arrays, types))
    if (type.kind != ValueType::Scalar)
      numBytes += array.getNumBytes();
  return numBytes;
}

static std::string formatSeconds(double seconds) {
  if (seconds >= 1)
    return llvm::formatv("{0:f3} s", seconds);
  if (seconds >= 1e-3)
    return llvm::formatv("{0:f3} ms", seconds * 1e3);
  return llvm::formatv("{0:f3} us", seconds * 1e6);
}

static std::string formatBytes(size_t numBytes) {
  auto bytes = static_cast<double>(numBytes);
  if (bytes >= 1e9)
    return llvm::formatv("{0:f1} GB", bytes / 1e9);
  if (bytes >= 1e6)
    return llvm::formatv("{0:f1} MB", bytes / 1e6);
  if (bytes >= 1e3)
    return llvm::formatv("{0:f1} kB", bytes / 1e3);
  return llvm::formatv("{0} B", numBytes);
}

static void printTimes(const Times &times, size_t numBytes,
                       const Machine &machine) {
  double median = times.getMedian();
  llvm::outs() << llvm::formatv(
      "median {0}, minimum {1} of {2} calls; {3} of arguments and results, "
      "{4:f2} GB/s at the median; on {5}\n",
      formatSeconds(median), formatSeconds(times.getMinimum()),
      times.seconds.size(), formatBytes(numBytes),
      static_cast<double>(numBytes) / median / 1e9, machine.describe());
}

static Error runFile(const Options &options,
                     const mlir::DialectRegistry &registry) {
  Expected<unsigned> repetitions = getRepetitions(options);
  if (!repetitions)
    return repetitions.takeError();
  std::unique_ptr<Machine> machine;
  if (options.target == Target::CPU) {
    machine = makeCPU();
  } else {
    Expected<std::unique_ptr<Machine>> device = makeCUDA();
    if (!device)
      return device.takeError();
    machine = std::move(*device);
  }

  // MLIR's own message does not say why a file cannot be read.
  if (std::error_code error =
          llvm::sys::fs::access(options.file, llvm::sys::fs::AccessMode::Exist))
    return llvm::createStringError(options.file + ": " + error.message());
  mlir::MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  auto module = parseModuleFile(options.file, &context);
  if (!module)
    return module.takeError();
  Expected<mlir::func::FuncOp> entry =
      findEntry(**module, options.entry, options.file);
  if (!entry)
    return entry.takeError();
  Expected<Signature> signature = Signature::get(*entry);
  if (!signature)
    return signature.takeError();
  if (options.out.size() > signature->results.size())
    return llvm::createStringError(
        "--out: expected at most " + Twine(signature->results.size()) +
        " files for the results of " + signature->text + " but got " +
        Twine(options.out.size()));
  // Before anything is compiled, which takes longer.
  Expected<std::vector<NpyArray>> arguments =
      readArguments(options, *signature);
  if (!arguments)
    return arguments.takeError();

  std::string name = entry->getName().str();
  markTensorsReadOnly(**module);
  CompileOptions compileOptions;
  compileOptions.optLevel = options.optLevel;
  compileOptions.sharedLibraries.assign(options.sharedLibraries.begin(),
                                        options.sharedLibraries.end());
  auto compiled = CompiledModule::lowerAndCompile(
      **module,
      options.pipeline.empty() ? machine->getPipeline()
                               : std::string(options.pipeline),
      compileOptions);
  if (!compiled)
    return compiled.takeError();
  Expected<CompiledModule::PackedFunction> function = (*compiled)->lookup(name);
  if (!function)
    return function.takeError();

  Program program(*machine, *signature, *function);
  if (Error error = program.setArguments(*arguments))
    return error;
  Expected<std::vector<NpyArray>> results = program.run();
  if (!results)
    return results.takeError();
  std::optional<Times> times;
  if (*repetitions > 0) {
    Expected<Times> measured = program.measure(*repetitions);
    if (!measured)
      return measured.takeError();
    times = std::move(*measured);
  }

  if (Error error = writeFiles(options.out, *results))
    return error;
  for (size_t i = options.out.size(); i < results->size(); ++i)
    printArray(llvm::outs(), (*results)[i], signature->results[i]);
  if (times)
    printTimes(*times,
               countBytes(*arguments, signature->parameters) +
                   countBytes(*results, signature->results),
               *machine);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// main
//===----------------------------------------------------------------------===//

/// True for arguments such as "-0.5", which look like options.
static bool isNegativeNumber(StringRef argument) {
  return argument.consume_front("-") && !argument.empty() &&
         (llvm::isDigit(argument[0]) || argument[0] == '.' ||
          argument == "inf" || argument == "nan");
}

int altgrad::runMain(int argc, char **argv,
                     const mlir::DialectRegistry &registry) {
  llvm::InitLLVM init(argc, argv);
  // An argument with a blank before it is none of the options to the parser.
  std::deque<std::string> negativeNumbers;
  std::vector<const char *> words(argv, argv + argc);
  for (const char *&word : llvm::drop_begin(words))
    if (isNegativeNumber(word))
      word = negativeNumbers.emplace_back(" " + std::string(word)).c_str();

  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(
      static_cast<int>(words.size()), words.data(),
      "Calls a function of an .mlir file on arrays\n\n"
      "  An argument is an array in a file (x.npy), a number (0.5), an array "
      "of\n"
      "  numbers ([[1, 2], [3, 4]]), or data to be made up: zeros:4x8,\n"
      "  fill:0.5:4x8, iota:4x8, random:4x8:SEED. Where the program has all\n"
      "  sizes, the shape may be left out.\n");
  if (Error error = runFile(options, registry)) {
    llvm::outs().flush();
    llvm::WithColor::error(llvm::errs(), "altgrad-run")
        << llvm::toString(std::move(error)) << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
