//===- altgrad-study.cpp - What each format does to real weights ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles one altgrad program (study.mlir) once for each format, runs it on
// weights and gradients of a trained model, checks the results against plain
// C++ and prints a table. Also an example of how a C++ program compiles and
// calls altgrad code.
//
//===----------------------------------------------------------------------===//

#include "Measurement.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"
#include "altgrad/ExecutionEngine/Npy.h"
#include "altgrad/InitAll.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace altgrad;
using namespace altgrad::study;
using namespace mlir;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;

namespace cl = llvm::cl;

namespace {
/// The command line. Objects in it register themselves, so it is made once.
struct Options {
  cl::OptionCategory category{"Options of the format study"};

  cl::list<std::string> weights{
      "weights", cl::value_desc("file.npy"), cl::cat(category),
      cl::desc("A weight matrix, f32; may be repeated, each with its "
               "--gradients (default: the two layers of the classifier in the "
               "source tree)")};
  cl::list<std::string> gradients{
      "gradients", cl::value_desc("file.npy"), cl::cat(category),
      cl::desc("The gradient of the loss in the weights, of the same shape")};
  cl::list<float> learningRates{
      "lr", cl::CommaSeparated, cl::value_desc("number,..."), cl::cat(category),
      cl::desc("Learning rates of the gradient step whose loss to rounding is "
               "counted (default: 0.05, with which the classifier was trained, "
               "and 10 and 100 times that)")};
  cl::list<std::string> formats{
      "formats", cl::CommaSeparated, cl::value_desc("name,..."),
      cl::cat(category),
      cl::desc("Formats to study (default: all named ones)")};
  cl::opt<std::string> scale{
      "scale", cl::init("amax"), cl::value_desc("amax|number"),
      cl::cat(category),
      cl::desc("Divide by the scale that maps the largest weight to the "
               "largest finite value (amax, the default), or by this number")};
  cl::opt<std::string> program{
      "program", cl::init(ALTGRAD_STUDY_DIR "/study.mlir"),
      cl::value_desc("file.mlir"), cl::cat(category),
      cl::desc("The program (default: study.mlir in the source tree)")};
  cl::opt<std::string> pipeline{
      "pipeline", cl::init("altgrad-cpu-pipeline"), cl::value_desc("passes"),
      cl::cat(category),
      cl::desc("What lowers the program once its format is set (default: "
               "altgrad-cpu-pipeline)")};
  cl::opt<unsigned> optLevel{
      "O",
      cl::Prefix,
      cl::init(3),
      cl::value_desc("0-3"),
      cl::cat(category),
      cl::desc("Optimization level of the compiled code (default: 3)")};
};
} // namespace

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

namespace {
/// A weight matrix and its gradient.
struct Layer {
  std::string name;
  NpyArray weights;
  NpyArray gradients;

  ArrayRef<int64_t> getShape() const { return weights.getShape(); }
  const float *getWeights() const {
    return static_cast<const float *>(weights.getData());
  }
  const float *getGradients() const {
    return static_cast<const float *>(gradients.getData());
  }
};
} // namespace

static std::string printShape(ArrayRef<int64_t> shape) {
  return llvm::join(
      llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }),
      "x");
}

static Expected<NpyArray> readMatrix(StringRef path) {
  Expected<NpyArray> array = NpyArray::read(path);
  if (!array)
    return array;
  if (array->getType() != NpyType::F32 || array->getRank() != 2)
    return llvm::createStringError(
        path + ": expected a matrix of <f4 but got an array of " +
        getNpyTypeName(array->getType()) + " with " + Twine(array->getRank()) +
        " dimensions");
  return array;
}

static Expected<Layer> readLayer(StringRef weightPath, StringRef gradientPath) {
  Expected<NpyArray> weights = readMatrix(weightPath);
  if (!weights)
    return weights.takeError();
  Expected<NpyArray> gradients = readMatrix(gradientPath);
  if (!gradients)
    return gradients.takeError();
  if (weights->getShape() != gradients->getShape())
    return llvm::createStringError(
        gradientPath + ": expected the shape of the weights, " +
        printShape(weights->getShape()) + ", but got " +
        printShape(gradients->getShape()));
  return Layer{llvm::sys::path::filename(weightPath).str(), std::move(*weights),
               std::move(*gradients)};
}

static Expected<std::vector<Layer>> readLayers(const Options &options) {
  if (options.weights.size() != options.gradients.size())
    return llvm::createStringError(
        "expected as many --gradients as --weights but got " +
        Twine(options.gradients.size()) + " and " +
        Twine(options.weights.size()));
  std::vector<std::pair<std::string, std::string>> paths;
  for (auto [weights, gradients] :
       llvm::zip(options.weights, options.gradients))
    paths.emplace_back(weights, gradients);
  if (paths.empty())
    for (StringRef layer : {"1", "2"})
      paths.emplace_back(
          (ALTGRAD_STUDY_DIR "/data/weights-" + layer + ".npy").str(),
          (ALTGRAD_STUDY_DIR "/data/gradients-" + layer + ".npy").str());

  std::vector<Layer> layers;
  for (const auto &[weights, gradients] : paths) {
    Expected<Layer> layer = readLayer(weights, gradients);
    if (!layer)
      return layer.takeError();
    layers.push_back(std::move(*layer));
  }
  return layers;
}

static Expected<std::vector<Format::Named>>
chooseFormats(const Options &options) {
  const std::vector<Format::Named> &all = Format::getAllNamed();
  if (options.formats.empty())
    return all;
  std::vector<Format::Named> formats;
  for (StringRef name : options.formats) {
    auto found = llvm::find_if(all, [&](const Format::Named &named) {
      return StringRef(named.name) == name;
    });
    if (found == all.end())
      return llvm::createStringError(
          "expected the name of a format (" +
          llvm::join(llvm::map_range(all,
                                     [](const Format::Named &named) {
                                       return StringRef(named.name);
                                     }),
                     ", ") +
          ") but got '" + name + "'");
    formats.push_back(*found);
  }
  return formats;
}

static Expected<std::vector<float>>
chooseLearningRates(const Options &options) {
  if (options.learningRates.empty())
    return std::vector<float>{0.05f, 0.5f, 5.0f};
  for (float rate : options.learningRates)
    if (!std::isfinite(rate) || rate < 0)
      return llvm::createStringError(formatv(
          "expected a finite, non-negative learning rate but got {0}", rate));
  return std::vector<float>(options.learningRates.begin(),
                            options.learningRates.end());
}

/// The scale to use for all matrices, or nothing for one each from its amax.
static Expected<std::optional<float>> chooseFixedScale(const Options &options) {
  if (options.scale == "amax")
    return std::nullopt;
  double scale;
  if (StringRef(options.scale).getAsDouble(scale) ||
      !std::isnormal(static_cast<float>(scale)) || scale < 0)
    return llvm::createStringError(
        "expected 'amax' or a positive number for --scale but got '" +
        options.scale + "'");
  return static_cast<float>(scale);
}

/// Parses the program; what is called through bare pointers later must have the
/// types it is called with.
static Expected<OwningOpRef<ModuleOp>> readProgram(const Options &options,
                                                   MLIRContext *context) {
  Expected<OwningOpRef<ModuleOp>> program =
      parseModuleFile(options.program, context);
  if (!program)
    return program;
  static constexpr std::pair<StringRef, StringRef> kFunctions[] = {
      {"choose_scale", "(tensor<?x?xf32>) -> f32"},
      {"measure", "(tensor<?x?xf32>, f32, f32) -> (f64, f64, f64, i64, i64)"},
      {"stall", "(tensor<?x?xf32>, tensor<?x?xf32>, f32, f32) -> (i64, i64)"}};
  for (auto [name, type] : kFunctions) {
    auto function = (*program)->lookupSymbol<func::FuncOp>(name);
    if (!function || function.isExternal() || !function.isPublic())
      return llvm::createStringError(
          options.program + ": expected a public function '" + name + "'");
    Type found = function.getFunctionType();
    if (found != parseType(type, context)) {
      std::string text;
      llvm::raw_string_ostream(text) << found;
      return llvm::createStringError(options.program + ": expected '" + name +
                                     "' to have type '" + type + "' but got '" +
                                     text + "'");
    }
  }
  return program;
}

//===----------------------------------------------------------------------===//
// The study
//===----------------------------------------------------------------------===//

/// The program, compiled for one format.
static Expected<std::unique_ptr<CompiledModule>>
compileFor(ModuleOp program, StringRef format, const Options &options) {
  CompileOptions compileOptions;
  compileOptions.optLevel = options.optLevel;
  return CompiledModule::lowerAndCompile(
      program,
      ("altgrad-set-format{format=" + format + "}," + options.pipeline).str(),
      compileOptions);
}

static Expected<Measurement> run(const CompiledModule &program,
                                 const Format &format, Layer &layer,
                                 std::optional<float> fixedScale,
                                 const std::vector<float> &learningRates) {
  Measurement result = {};
  if (fixedScale) {
    result.scale = *fixedScale;
  } else {
    PackedArguments arguments;
    arguments.addMemRef(layer.weights.getData(), layer.getShape());
    arguments.addResult(result.scale);
    if (Error error = program.invoke("choose_scale", arguments))
      return std::move(error);
  }

  PackedArguments arguments;
  arguments.addAggregateResult(&result.distortion);
  arguments.addMemRef(layer.weights.getData(), layer.getShape());
  arguments.addScalar(result.scale);
  arguments.addScalar(getOverflowThreshold(format));
  if (Error error = program.invoke("measure", arguments))
    return std::move(error);

  for (float learningRate : learningRates) {
    StallCount count = {};
    PackedArguments arguments;
    arguments.addAggregateResult(&count);
    arguments.addMemRef(layer.weights.getData(), layer.getShape());
    arguments.addMemRef(layer.gradients.getData(), layer.getShape());
    arguments.addScalar(learningRate);
    arguments.addScalar(result.scale);
    if (Error error = program.invoke("stall", arguments))
      return std::move(error);
    result.stalls.push_back(count);
  }
  return result;
}

/// A share in percent; a dash where there is nothing to take a share of.
static std::string printShare(int64_t part, int64_t whole) {
  if (whole == 0)
    return "-";
  double share = static_cast<double>(part) / static_cast<double>(whole);
  return formatv("{0:f2} %", 100.0 * share).str();
}

/// Signal to noise in dB.
static std::string printRatio(const Distortion &distortion) {
  if (distortion.noisePower == 0)
    return "exact";
  double ratio = distortion.signalPower / distortion.noisePower;
  return formatv("{0:f2}", 10.0 * std::log10(ratio)).str();
}

static std::vector<std::string>
makeHeader(const std::vector<float> &learningRates) {
  std::vector<std::string> header = {"format",     "scale",   "largest error",
                                     "SQNR in dB", "flushed", "saturated"};
  for (float rate : learningRates) {
    std::string text;
    llvm::raw_string_ostream(text)
        << "stalled, lr " << llvm::format("%g", rate);
    header.push_back(text);
  }
  return header;
}

static std::vector<std::string>
makeRow(StringRef format, const Measurement &measurement, int64_t count) {
  const Distortion &distortion = measurement.distortion;
  std::string scale, error;
  llvm::raw_string_ostream(scale) << llvm::format("%.6g", measurement.scale);
  llvm::raw_string_ostream(error)
      << llvm::format("%.6g", distortion.largestError);
  std::vector<std::string> row = {format.str(),
                                  scale,
                                  error,
                                  printRatio(distortion),
                                  printShare(distortion.flushed, count),
                                  printShare(distortion.saturated, count)};
  for (const StallCount &stall : measurement.stalls)
    row.push_back(printShare(stall.stalled, stall.total));
  return row;
}

/// Prints rows in columns, the first to the left, the others to the right.
static void printTable(ArrayRef<std::vector<std::string>> rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto &row : rows)
    for (auto [width, cell] : llvm::zip(widths, row))
      width = std::max(width, cell.size());
  for (const auto &row : rows) {
    llvm::outs() << llvm::left_justify(row[0], widths[0]);
    for (size_t i = 1; i < row.size(); ++i)
      llvm::outs() << "  " << llvm::right_justify(row[i], widths[i]);
    llvm::outs() << '\n';
  }
}

static Error runStudy(const Options &options) {
  Expected<std::vector<Layer>> layers = readLayers(options);
  if (!layers)
    return layers.takeError();
  Expected<std::vector<Format::Named>> formats = chooseFormats(options);
  if (!formats)
    return formats.takeError();
  Expected<std::vector<float>> learningRates = chooseLearningRates(options);
  if (!learningRates)
    return learningRates.takeError();
  Expected<std::optional<float>> fixedScale = chooseFixedScale(options);
  if (!fixedScale)
    return fixedScale.takeError();

  DialectRegistry registry;
  altgrad::registerAllDialects(registry);
  altgrad::registerAllPasses();
  altgrad::registerAllPipelines();
  MLIRContext context(registry);
  Expected<OwningOpRef<ModuleOp>> program = readProgram(options, &context);
  if (!program)
    return program.takeError();

  // One table for each layer; each format is compiled once for all of them.
  std::vector<std::vector<std::vector<std::string>>> tables(
      layers->size(), {makeHeader(*learningRates)});
  std::string differences;
  for (const auto &[name, format] : *formats) {
    Expected<std::unique_ptr<CompiledModule>> compiled =
        compileFor(**program, name, options);
    if (!compiled)
      return compiled.takeError();
    for (auto [layer, table] : llvm::zip(*layers, tables)) {
      Expected<Measurement> measurement =
          run(**compiled, format, layer, *fixedScale, *learningRates);
      if (!measurement)
        return measurement.takeError();
      auto count = static_cast<size_t>(layer.weights.getNumElements());
      float scale = *fixedScale
                        ? **fixedScale
                        : chooseScale(format, layer.getWeights(), count);
      std::string difference = compare(
          *measurement, measure(format, scale, layer.getWeights(),
                                layer.getGradients(), count, *learningRates));
      if (!difference.empty())
        differences +=
            layer.name + " in " + std::string(name) + ":\n" + difference;
      table.push_back(makeRow(name, *measurement, static_cast<int64_t>(count)));
    }
  }

  for (auto [layer, table] : llvm::zip(*layers, tables)) {
    llvm::outs() << layer.name << ", " << printShape(layer.getShape()) << '\n';
    printTable(table);
    llvm::outs() << '\n';
  }
  if (!differences.empty())
    return llvm::createStringError(
        "compiled code and the reference disagree\n" + differences);
  llvm::outs() << "Compiled code and the plain C++ reference agree on all "
               << formats->size() * layers->size() << " rows.\n";
  return Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "What each 8-bit format does to the weights of a trained model\n");
  if (Error error = runStudy(options)) {
    llvm::WithColor::error(llvm::errs(), "altgrad-study")
        << llvm::toString(std::move(error)) << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
