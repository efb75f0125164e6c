//===- altgrad-bench-gpu.cpp - Compiled kernels, next to a copy -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Case by case: compile for the CPU and for the device, compare the results,
// and only then measure, beside a copy of as many bytes. Arrays of results are
// there before; what a reduction needs beside them, a few bytes from the
// runtime's pool and kernels of one block that fill and read them, is timed
// with the rest.
//
//===----------------------------------------------------------------------===//

#include "Cases.h"
#include "Check.h"
#include "Data.h"
#include "Functions.h"
#include "Machine.h"
#include "Measure.h"
#include "Report.h"
#include "common/Programs.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/WithColor.h"

#include <cstdlib>

using namespace altgrad;
using namespace altgrad::bench;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace cl = llvm::cl;

namespace {
/// The command line. Objects in it register themselves, so it is made once.
struct Options {
  cl::OptionCategory category{"Options of the benchmark"};

  cl::opt<unsigned> log2Size{
      "log2-size", cl::init(28), cl::value_desc("n"), cl::cat(category),
      cl::desc("Arrays have 2^n elements, n from 12 to 31 (default: 28)")};
  cl::opt<std::string> filter{
      "filter", cl::value_desc("regex"), cl::cat(category),
      cl::desc("Only cases whose name the regular expression matches")};
  cl::opt<Scale> scale{
      "scale", cl::init(Scale::None), cl::cat(category),
      cl::desc("What the operations divide by (default: none)"),
      cl::values(clEnumValN(Scale::None, "none", "nothing"),
                 clEnumValN(Scale::Runtime, "runtime", "a number"))};
  cl::opt<bool> list{"list", cl::cat(category),
                     cl::desc("Print the names of the cases and stop")};
  cl::opt<int> rounds{
      "rounds", cl::init(15), cl::cat(category),
      cl::desc("Rounds, of which the median is shown (default: 15)")};
  cl::opt<double> minTime{
      "min-time", cl::init(0.01), cl::value_desc("seconds"), cl::cat(category),
      cl::desc("The least time of a batch of calls (default: 0.01)")};
  cl::opt<bool> checkOnly{"check-only", cl::cat(category),
                          cl::desc("Compare with the CPU and time nothing")};
  cl::opt<bool> sweep{
      "sweep", cl::cat(category),
      cl::desc("Measure each case with many block-size and "
               "vectors-per-thread; of the data only the first 2^22 elements "
               "are compared with the CPU")};
  cl::opt<unsigned> blockSize{
      "block-size", cl::init(0), cl::cat(category),
      cl::desc("Of altgrad-gpu-pipeline (default: that of the pipeline)")};
  cl::opt<unsigned> vectorsPerThread{
      "vectors-per-thread", cl::init(0), cl::cat(category),
      cl::desc("Of altgrad-gpu-pipeline (default: that of the pipeline)")};
  cl::opt<std::string> pipelineOptions{
      "pipeline-options", cl::value_desc("options"), cl::cat(category),
      cl::desc("More options of altgrad-gpu-pipeline")};
  cl::opt<int> device{"device", cl::init(0), cl::value_desc("number"),
                      cl::cat(category), cl::desc("Which one (default: 0)")};
  cl::opt<std::string> json{"json", cl::value_desc("file"), cl::cat(category),
                            cl::desc("Write all numbers to this file")};
  cl::opt<std::string> revision{"revision", cl::value_desc("text"),
                                cl::cat(category),
                                cl::desc("What was built, for the report")};

  int64_t getCount() const { return int64_t(1) << log2Size; }
};

/// Options of altgrad-gpu-pipeline, and what they are called in the table.
struct Variant {
  std::string name, pipeline;
};
} // namespace

/// A sweep is to compare speeds; the whole data would take it hours.
static constexpr int64_t kSweepChecked = int64_t(1) << 22;

static constexpr unsigned kSweepBlockSizes[] = {128, 256, 512, 1024};
static constexpr unsigned kSweepVectors[] = {1, 2, 4, 8};

static std::vector<Variant> getVariants(const Options &options,
                                        const cuda::Device &device) {
  auto make = [&](unsigned blockSize, unsigned vectors) {
    std::string pipeline = "altgrad-gpu-pipeline{chip=" + device.getChip();
    std::string shape;
    if (blockSize)
      shape += " block-size=" + std::to_string(blockSize);
    if (vectors)
      shape += " vectors-per-thread=" + std::to_string(vectors);
    pipeline += shape;
    if (!options.pipelineOptions.empty())
      pipeline += " " + options.pipelineOptions;
    return pipeline + "}";
  };
  if (!options.sweep)
    return {{"altgrad", make(options.blockSize, options.vectorsPerThread)}};
  std::vector<Variant> variants;
  for (unsigned blockSize : kSweepBlockSizes)
    for (unsigned vectors : kSweepVectors)
      variants.push_back({llvm::formatv("{0} x {1}", blockSize, vectors).str(),
                          make(blockSize, vectors)});
  return variants;
}

static Expected<std::vector<Case>> chooseCases(const Options &options) {
  // LLVM's regular expressions refuse the empty one.
  llvm::Regex filter(options.filter.empty() ? StringRef(".")
                                            : StringRef(options.filter));
  std::string message;
  if (!filter.isValid(message))
    return llvm::createStringError("expected a regular expression for --filter "
                                   "but got '" +
                                   options.filter + "': " + message);
  std::vector<Case> cases;
  for (Case &row : getAllCases(options.scale))
    if (filter.match(row.getName()))
      cases.push_back(std::move(row));
  if (cases.empty())
    return llvm::createStringError("expected --filter to match the name of a "
                                   "case but '" +
                                   options.filter + "' matches none of --list");
  return cases;
}

static Error checkOptions(const Options &options) {
  if (options.log2Size < 12 || options.log2Size > 31)
    return llvm::createStringError(
        "expected --log2-size to be from 12 to 31 but got " +
        llvm::Twine(options.log2Size));
  if (options.rounds < 1)
    return llvm::createStringError("expected --rounds to be at least 1 but "
                                   "got " +
                                   llvm::Twine(options.rounds));
  if (options.sweep && (options.blockSize || options.vectorsPerThread))
    return llvm::createStringError("expected either --sweep or --block-size "
                                   "and --vectors-per-thread but got both");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// One case
//===----------------------------------------------------------------------===//

namespace {
class Benchmark {
public:
  Benchmark(const Options &options, const cuda::Device &device,
            const Management &management)
      : options(options), management(management),
        variants(getVariants(options, device)), context(getProgramRegistry()) {}

  Expected<Result> run(const Case &row);

  const std::vector<Variant> &getVariantList() const { return variants; }
  /// Of all that was measured: "1755 to 1980 MHz".
  std::string getClocks() const;
  /// What the data are, for each element type.
  Context digests;

private:
  Error prepareData(Element element);
  void sampleClocks();

  const Options &options;
  const Management &management;
  std::vector<Variant> variants;
  mlir::MLIRContext context;
  // Before the arrays on the device, which were copied from it.
  std::unique_ptr<Data> data;
  std::optional<DeviceArrays> device;
  std::vector<Management::Clocks> clocks;
};
} // namespace

Error Benchmark::prepareData(Element element) {
  if (data && data->element == element)
    return Error::success();
  // Not two at once: they are large.
  device.reset();
  data.reset();
  data = std::make_unique<Data>(element, options.getCount());
  digests.push_back(
      {"data, " + std::string(getName(element)), data->getDigest()});
  Expected<DeviceArrays> arrays = DeviceArrays::create(*data);
  if (!arrays)
    return arrays.takeError();
  device = std::move(*arrays);
  return Error::success();
}

void Benchmark::sampleClocks() {
  if (auto now = management.getClocks())
    clocks.push_back(*now);
}

std::string Benchmark::getClocks() const {
  if (clocks.empty())
    return "not available";
  auto [least, most] = std::minmax_element(
      clocks.begin(), clocks.end(), [](const auto &lhs, const auto &rhs) {
        return lhs.processors < rhs.processors;
      });
  return llvm::formatv("{0} to {1} MHz, memory {2} MHz", least->processors,
                       most->processors, most->memory)
      .str();
}

Expected<Result> Benchmark::run(const Case &row) {
  if (Error error = prepareData(row.work.element))
    return std::move(error);
  int64_t count = options.getCount();
  Expected<Reference> reference = Reference::compute(
      row, *data, options.sweep ? std::min(count, kSweepChecked) : count,
      &context);
  if (!reference)
    return reference.takeError();

  Result result{row, count, reference->describe(), {}};
  std::vector<Contender> contenders;
  // Half of the traffic is read and half of it is written.
  auto bytes = static_cast<size_t>(row.getTraffic(count) / 2);
  const Arrays &arrays = device->arrays;
  contenders.push_back({kCopy, [&arrays, bytes] {
                          return cuda::copyOnDevice(arrays.output, arrays.input,
                                                    bytes);
                        }});
  result.timings.push_back({kCopy, {}, ""});

  std::vector<std::unique_ptr<Function>> functions;
  for (const Variant &variant : variants) {
    result.timings.push_back({variant.name, {}, ""});
    std::string &failure = result.timings.back().failure;
    auto function = Function::compile(row.work, variant.pipeline, &context);
    if (!function)
      return function.takeError();
    functions.push_back(std::make_unique<Function>(std::move(*function)));
    auto difference = reference->compare(*functions.back(), *device);
    if (!difference) {
      failure = llvm::toString(difference.takeError());
      // After an error of a kernel, as opposed to one of its launch, nothing
      // works any more.
      if (Error error = cuda::synchronize()) {
        llvm::consumeError(std::move(error));
        return llvm::createStringError(failure);
      }
      continue;
    }
    if (*difference) {
      failure = **difference;
      continue;
    }
    contenders.push_back(
        {variant.name, [call = functions.back()->bind(arrays, count)] {
           call();
           return cuda::takeError();
         }});
  }
  if (options.checkOnly || contenders.size() == 1)
    return result;

  MeasureOptions measureOptions;
  measureOptions.rounds = options.rounds;
  measureOptions.minSeconds = options.minTime;
  measureOptions.whileBusy = [&] { sampleClocks(); };
  if (Error error = measure(contenders, measureOptions))
    return std::move(error);
  for (Timing &timing : result.timings)
    for (Contender &contender : contenders)
      if (contender.name == timing.name)
        timing.seconds = std::move(contender.seconds);
  return result;
}

//===----------------------------------------------------------------------===//
// Main
//===----------------------------------------------------------------------===//

static Expected<Context> describe(const Options &options,
                                  const cuda::Device &device,
                                  const Management &management,
                                  const Benchmark &benchmark) {
  Expected<std::string> cudaVersion = cuda::getDriverVersion();
  if (!cudaVersion)
    return cudaVersion.takeError();
  std::string driver = management.getDriver();
  auto highest = management.getHighestClocks();
  Context context = {
      {"date", getDate()},
      {"device", device.name},
      {"chip", device.getChip() + ", " +
                   std::to_string(device.multiprocessors) + " multiprocessors"},
      {"driver",
       (driver.empty() ? "" : driver + ", ") + "CUDA " + *cudaVersion},
      {"highest clocks", highest ? toString(*highest) : "not available"},
      {"clocks while measuring", benchmark.getClocks()},
      {"pipeline", benchmark.getVariantList().front().pipeline}};
  if (options.sweep)
    context.back().second = "block-size x vectors-per-thread as in the table";
  if (!options.revision.empty())
    context.insert(context.begin() + 1, {"revision", options.revision});
  context.push_back({"elements", std::to_string(options.getCount())});
  context.insert(context.end(), benchmark.digests.begin(),
                 benchmark.digests.end());
  if (options.checkOnly)
    context.push_back({"times", "none: --check-only"});
  else if (isEmulator(device))
    context.push_back({"times", "NOT MEANINGFUL: the device is an emulator"});
  else
    context.push_back(
        {"times",
         llvm::formatv("medians of {0} interleaved rounds of at "
                       "least {1} ms",
                       options.rounds.getValue(), options.minTime * 1e3)
             .str()});
  return context;
}

/// Returns whether all code was right.
static Expected<bool> runBenchmark(const Options &options) {
  if (Error error = checkOptions(options))
    return std::move(error);
  Expected<std::vector<Case>> cases = chooseCases(options);
  if (!cases)
    return cases.takeError();
  if (options.list) {
    for (const Case &row : *cases)
      llvm::outs() << row.getName() << '\n';
    return true;
  }
  // Before minutes of work, not after.
  std::error_code code;
  std::unique_ptr<llvm::raw_fd_ostream> json;
  if (!options.json.empty())
    json = std::make_unique<llvm::raw_fd_ostream>(options.json, code);
  if (code)
    return llvm::createStringError(options.json + ": " + code.message());

  Expected<cuda::Device> device = cuda::Device::get(options.device);
  if (!device)
    return device.takeError();
  if (Error error = cuda::useDevice(options.device))
    return std::move(error);
  Expected<cuda::Stream> stream = cuda::Stream::create();
  if (!stream)
    return stream.takeError();
  cuda::StreamScope scope(stream->get());

  Management management(*device);
  Benchmark benchmark(options, *device, management);
  std::vector<Result> results;
  bool allRight = true;
  for (size_t i = 0; i < cases->size(); ++i) {
    const Case &row = (*cases)[i];
    llvm::errs() << i + 1 << " of " << cases->size() << ": " << row.getName()
                 << '\n';
    Expected<Result> result = benchmark.run(row);
    if (!result)
      return llvm::createStringError(row.getName() + ": " +
                                     llvm::toString(result.takeError()));
    for (const Timing &timing : result->timings)
      if (!timing.failure.empty()) {
        allRight = false;
        llvm::WithColor::error(llvm::errs(), "altgrad-bench-gpu")
            << row.getName() << ", " << timing.name
            << ": not timed: " << timing.failure << '\n';
      }
    results.push_back(std::move(*result));
  }
  Expected<Context> context = describe(options, *device, management, benchmark);
  if (!context)
    return context.takeError();
  printMarkdown(llvm::outs(), *context, results);
  if (json)
    printJSON(*json, *context, results);
  return allRight;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "altgrad's kernels next to a copy of as many bytes on the device\n");
  Expected<bool> allRight = runBenchmark(options);
  if (!allRight)
    llvm::WithColor::error(llvm::errs(), "altgrad-bench-gpu")
        << llvm::toString(allRight.takeError()) << '\n';
  return allRight && *allRight ? EXIT_SUCCESS : EXIT_FAILURE;
}
