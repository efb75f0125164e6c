//===- altgrad-bench-cpu.cpp - Compiled code, next to its limits ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First every kernel is checked, then every row is timed. The kernels of a row
// take turns (Google Benchmark's random interleaving), because only what ran
// under the same conditions can be divided by one another: clock and neighbours
// change within minutes.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Compiled.h"
#include "Report.h"
#include "common/Programs.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/WithColor.h"
#include "llvm/TargetParser/Host.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <sys/mman.h>

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

  cl::opt<std::string> filter{
      "filter", cl::value_desc("regex"), cl::cat(category),
      cl::desc("Only rows whose name the regular expression matches")};
  cl::opt<bool> list{"list", cl::cat(category),
                     cl::desc("Print the names of the rows and stop")};
  cl::opt<bool> quick{
      "quick", cl::cat(category),
      cl::desc("Small data and one short repetition: shows that everything "
               "works, and no speed")};
  cl::opt<std::string> json{"json", cl::value_desc("file"), cl::cat(category),
                            cl::desc("Write all numbers to this file")};
  cl::opt<unsigned> repetitions{
      "repetitions", cl::init(9), cl::cat(category),
      cl::desc("Rounds, of which the median is shown; half as many for data in "
               "memory (default: 9)")};
  cl::opt<double> minTime{
      "min-time", cl::init(0.005), cl::value_desc("seconds"), cl::cat(category),
      cl::desc("The least time of a kernel in a round (default: 0.005)")};
  cl::opt<bool> fastest{
      "fastest", cl::cat(category),
      cl::desc("Show the fastest round instead of the median: for a machine "
               "on which other things run")};
  cl::opt<std::string> target{
      "target", cl::init("native"), cl::value_desc("name"), cl::cat(category),
      cl::desc("The target option of altgrad-cpu-pipeline (default: native)")};
  cl::opt<std::string> pipelineOptions{
      "pipeline-options", cl::value_desc("options"), cl::cat(category),
      cl::desc("More options of altgrad-cpu-pipeline")};
  cl::opt<std::string> revision{"revision", cl::value_desc("text"),
                                cl::cat(category),
                                cl::desc("What was built, for the report")};
};

/// Memory for the arrays of the largest row, touched once.
class Arena {
public:
  explicit Arena(size_t bytes) : size((bytes + kPage) / kPage * kPage) {
    void *address = mmap(nullptr, kArrays * stride(), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
      return;
    base = static_cast<char *>(address);
    // With small pages, misses of the TLB would be measured as well.
    madvise(base, kArrays * stride(), MADV_HUGEPAGE);
  }
  ~Arena() {
    if (base)
      munmap(base, kArrays * stride());
  }
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;

  bool isValid() const { return base; }
  /// Aligned to a cache line.
  char *getArray(size_t index) { return base + index * stride(); }
  size_t getSize() const { return size; }

private:
  static constexpr size_t kArrays = 3, kPage = size_t(2) << 20;
  /// A load waits for an earlier store that has the same low 12 bits of its
  /// address, and loads run ahead of stores. So the output starts just below
  /// the inputs in its page: only loads far ahead meet a store.
  size_t stride() const { return size + 4096 - 64; }

  size_t size;
  char *base = nullptr;
};

/// A kernel, ready to be called again and again.
struct Runner {
  Contender contender;
  std::function<void()> run;
  Call call;
};

/// Gathers what Google Benchmark measures.
class Collector : public benchmark::BenchmarkReporter {
public:
  bool ReportContext(const Context &) override { return true; }
  void ReportRuns(const std::vector<Run> &runs) override {
    for (const Run &run : runs)
      if (run.run_type == Run::RT_Iteration && !run.error_occurred)
        seconds[run.run_name.function_name].push_back(
            run.real_accumulated_time / static_cast<double>(run.iterations));
  }

  llvm::StringMap<std::vector<double>> seconds;
};
} // namespace

//===----------------------------------------------------------------------===//
// Kernels of a row
//===----------------------------------------------------------------------===//

/// The function of one contender, bound to `call`, or none if there is no such
/// contender for the row.
static Expected<std::function<void()>> bindContender(Compiler &compiler,
                                                     const Row &row,
                                                     Contender contender,
                                                     Call &call) {
  const Work &work = row.work;
  std::function<void()> none;
  switch (contender) {
  case Contender::Limit:
  case Contender::LimitStreaming: {
    bool streaming = contender == Contender::LimitStreaming;
    Kernel kernel = getLimit(work.op, work.element, streaming);
    if (!kernel || (streaming && !row.inMemory))
      return none;
    if (row.threads > 1)
      return [=, &call] { runThreads(kernel, work, call, row.threads); };
    return [=, &call] { kernel(call); };
  }
  case Contender::HandWritten:
  case Contender::BestForm: {
    Kernel kernel = contender == Contender::HandWritten
                        ? getHandWritten(work)
                        : getBestForm(work, /*streaming=*/row.inMemory);
    if (!kernel)
      return none;
    if (row.threads > 1)
      return [=, &call] { runThreads(kernel, work, call, row.threads); };
    return [=, &call] { kernel(call); };
  }
  case Contender::Compiled:
  case Contender::CompiledOneThread: {
    bool oneThread = contender == Contender::CompiledOneThread;
    if (oneThread && row.threads == 1)
      return none;
    Expected<Compiler::Function> function =
        compiler.compile(work, oneThread ? 1 : row.threads);
    if (!function)
      return function.takeError();
    return bindCompiled(*function, work, call);
  }
  }
  return none;
}

/// Fills an array with `bytes` bytes of repetitions of `period`.
static void fillPeriodically(char *array, size_t bytes,
                             const std::vector<char> &period) {
  for (size_t at = 0; at < bytes && !period.empty(); at += period.size())
    std::memcpy(array + at, period.data(), std::min(period.size(), bytes - at));
}

/// Puts the data of a row into the arena and binds its kernels to them.
static Expected<std::vector<std::unique_ptr<Runner>>>
makeRunners(Compiler &compiler, Arena &arena, const Row &row,
            const Inputs &inputs) {
  const Work &work = row.work;
  auto count = static_cast<size_t>(row.count);
  fillPeriodically(arena.getArray(0),
                   count * getInputWidth(work.op, work.element), inputs.input);
  fillPeriodically(arena.getArray(1),
                   count * getSecondInputWidth(work.op, work.element),
                   inputs.secondInput);
  std::vector<std::unique_ptr<Runner>> runners;
  for (Contender contender : kAllContenders) {
    auto runner = std::make_unique<Runner>();
    runner->contender = contender;
    Call &call = runner->call;
    call = makeCall(work);
    call.input = arena.getArray(0);
    call.secondInput = arena.getArray(1);
    call.output = arena.getArray(2);
    call.count = contender == Contender::CompiledOneThread
                     ? row.count / row.threads
                     : row.count;
    Expected<std::function<void()>> run =
        bindContender(compiler, row, contender, call);
    if (!run)
      return run.takeError();
    runner->run = *run;
    if (runner->run)
      runners.push_back(std::move(runner));
  }
  return std::move(runners);
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

static bool isLimit(Contender contender) {
  return contender == Contender::Limit ||
         contender == Contender::LimitStreaming;
}

namespace {
/// Inputs and what must come out. Rows of one work follow each other, so the
/// last expectation is worth keeping.
struct Truth {
  Inputs inputs;
  Expectation expected;
};
class Checker {
public:
  Checker(Compiler &compiler, Arena &arena, int64_t period)
      : compiler(compiler), arena(arena), period(period) {}

  /// Returns the number of wrong kernels, each of which is reported.
  Expected<int> check(const Row &row);

private:
  Compiler &compiler;
  Arena &arena;
  int64_t period;
  std::string lastWork;
  std::vector<Truth> edges;
  Truth timed;
};
} // namespace

Expected<int> Checker::check(const Row &row) {
  const Work &work = row.work;
  std::string name = getProgram(work) + work.format;
  if (name != lastWork) {
    lastWork = name;
    edges.clear();
    for (bool withNaN : {true, false}) {
      Inputs inputs = makeEdgeInputs(work, withNaN);
      Expectation expected = computeExpectation(work, inputs);
      edges.push_back({std::move(inputs), std::move(expected)});
    }
    timed.inputs = makeTimedInputs(work, period);
    timed.expected = computeExpectation(work, timed.inputs);
  }

  int failures = 0;
  auto report = [&](Contender contender, const std::string &text) {
    if (text.empty())
      return;
    ++failures;
    llvm::WithColor::error(llvm::errs(), "altgrad-bench-cpu")
        << row.getName() << ", " << getName(contender) << ": " << text << '\n';
  };
  auto runners = makeRunners(compiler, arena, row, timed.inputs);
  if (!runners)
    return runners.takeError();
  for (const auto &runner : *runners) {
    if (isLimit(runner->contender))
      continue;
    std::string text;
    for (const Truth &truth : edges) {
      // Binding succeeded above, and compiled code is kept.
      auto bind = [&](Call &call) {
        return llvm::cantFail(
            bindContender(compiler, row, runner->contender, call));
      };
      if (text.empty())
        text = checkEdges(work, truth.inputs, truth.expected, bind);
    }
    std::memset(arena.getArray(2), 0x5a,
                row.count * getOutputWidth(work.op, work.element));
    runner->run();
    if (text.empty())
      text = compare(work, runner->call, timed.inputs, timed.expected);
    report(runner->contender, text);
  }
  return failures;
}

//===----------------------------------------------------------------------===//
// Timing
//===----------------------------------------------------------------------===//

static unsigned getRounds(const Row &row, const Options &options) {
  if (options.quick)
    return 1;
  // A call takes milliseconds there, and varies less.
  return row.inMemory ? (options.repetitions + 1) / 2 : options.repetitions;
}

static Expected<Result> measure(Compiler &compiler, Arena &arena,
                                const Row &row, const Inputs &inputs,
                                const Options &options) {
  auto runners = makeRunners(compiler, arena, row, inputs);
  if (!runners)
    return runners.takeError();
  benchmark::ClearRegisteredBenchmarks();
  for (const auto &runner : *runners)
    benchmark::RegisterBenchmark(getName(runner->contender).str().c_str(),
                                 [run = runner->run](benchmark::State &state) {
                                   for ([[maybe_unused]] auto _ : state) {
                                     run();
                                     benchmark::ClobberMemory();
                                   }
                                 })
        ->UseRealTime()
        ->MinTime(options.quick ? 1e-6 : options.minTime)
        ->Repetitions(static_cast<int>(getRounds(row, options)));
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);

  Result result{row, {}};
  for (const auto &runner : *runners) {
    Timing timing{runner->contender, runner->call.count, {}, options.fastest};
    timing.seconds = collector.seconds[getName(runner->contender)];
    if (timing.seconds.empty())
      return llvm::createStringError(row.getName() + ": nothing was measured");
    result.timings.push_back(std::move(timing));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Where and how
//===----------------------------------------------------------------------===//

static std::string getCPUName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (StringRef(line).starts_with("model name"))
      return StringRef(line).split(':').second.trim().str();
  return "unknown";
}

static std::string getCaches() {
  std::string text;
  for (const auto &cache : benchmark::CPUInfo::Get().caches)
    text += llvm::formatv("{0}L{1} {2} {3} KiB", text.empty() ? "" : ", ",
                          cache.level, cache.type, cache.size / 1024)
                .str();
  return text;
}

static Context getContext(const Options &options, const Compiler &compiler,
                          const Sizes &sizes) {
  Context context = {
      {"date", getDate()},
      {"processor", getCPUName() + ", " +
                        std::to_string(benchmark::CPUInfo::Get().num_cpus) +
                        " CPUs; to LLVM, " + llvm::sys::getHostCPUName().str()},
      {"caches", getCaches()},
      {"compiler of the hand-written code and the limits",
       "clang " __clang_version__},
      {"its flags", std::string(getKernelFlags())},
      {"compiler of altgrad's code", "LLVM " LLVM_VERSION_STRING ", -O3"},
      {"pipeline", compiler.getPipeline(1)},
      {"data",
       llvm::formatv("{0} KiB of floats per thread in cache, {1} KiB in "
                     "memory",
                     sizes.cacheBytes / 1024, sizes.memoryBytes / 1024)
           .str()},
      {"rounds", options.quick
                     ? "1 (quick: these are not measurements)"
                     : std::to_string(options.repetitions) +
                           " (half of it in memory), interleaved; " +
                           (options.fastest ? "the fastest" : "medians")},
  };
  if (!options.revision.empty())
    context.insert(context.begin() + 1, {"revision", options.revision});
  return context;
}

//===----------------------------------------------------------------------===//
// Main
//===----------------------------------------------------------------------===//

static Expected<std::vector<Row>> chooseRows(const Options &options,
                                             const Sizes &sizes) {
  // LLVM's regular expressions refuse the empty one.
  llvm::Regex filter(options.filter.empty() ? StringRef(".")
                                            : StringRef(options.filter));
  std::string message;
  if (!filter.isValid(message))
    return llvm::createStringError("expected a regular expression for --filter "
                                   "but got '" +
                                   options.filter + "': " + message);
  std::vector<Row> rows;
  for (Row &row : getAllRows(sizes))
    if (filter.match(row.getName()))
      rows.push_back(std::move(row));
  if (rows.empty())
    return llvm::createStringError("expected --filter to match the name of a "
                                   "row but '" +
                                   options.filter + "' matches none of --list");
  return rows;
}

static Error runBenchmark(const Options &options) {
  Sizes sizes = options.quick ? Sizes::quick() : Sizes();
  Expected<std::vector<Row>> rows = chooseRows(options, sizes);
  if (!rows)
    return rows.takeError();
  if (options.list) {
    for (const Row &row : *rows)
      llvm::outs() << row.getName() << '\n';
    return Error::success();
  }
  // Before minutes of work, not after.
  std::error_code code;
  std::unique_ptr<llvm::raw_fd_ostream> json;
  if (!options.json.empty())
    json = std::make_unique<llvm::raw_fd_ostream>(options.json, code);
  if (code)
    return llvm::createStringError(options.json + ": " + code.message());

  Arena arena(static_cast<size_t>(sizes.memoryBytes));
  if (!arena.isValid())
    return llvm::createStringError("cannot allocate the arrays");
  Compiler compiler(options.target, options.pipelineOptions);

  auto say = [&](StringRef what, size_t index) {
    if (!options.quick)
      llvm::errs() << what << ' ' << index + 1 << " of " << rows->size() << ": "
                   << (*rows)[index].getName() << '\n';
  };
  Checker checker(compiler, arena, sizes.period);
  int failures = 0;
  for (size_t i = 0; i < rows->size(); ++i) {
    say("checking", i);
    Expected<int> failed = checker.check((*rows)[i]);
    if (!failed)
      return failed.takeError();
    failures += *failed;
  }
  if (failures)
    return llvm::createStringError(
        "nothing is timed: " + std::to_string(failures) +
        (failures == 1 ? " kernel is wrong" : " kernels are wrong"));

  std::vector<Result> results;
  for (size_t i = 0; i < rows->size(); ++i) {
    say("timing", i);
    const Row &row = (*rows)[i];
    Inputs inputs = makeTimedInputs(row.work, sizes.period);
    Expected<Result> result = measure(compiler, arena, row, inputs, options);
    if (!result)
      return result.takeError();
    results.push_back(std::move(*result));
  }
  Context context = getContext(options, compiler, sizes);
  printMarkdown(llvm::outs(), context, results);
  if (json)
    printJSON(*json, context, results);
  return Error::success();
}

int main(int argc, char **argv) {
  // Read when OpenMP starts: one thread on each core, which does not sleep
  // between two calls. Not if the caller wants it otherwise.
  setenv("OMP_PROC_BIND", "true", /*overwrite=*/0);
  setenv("OMP_WAIT_POLICY", "active", /*overwrite=*/0);
  llvm::InitLLVM init(argc, argv);
  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "altgrad's compiled code next to hand-written kernels and the limit of "
      "their traffic\n");
  std::string flags[] = {"altgrad-bench-cpu",
                         "--benchmark_enable_random_interleaving=true"};
  char *arguments[] = {flags[0].data(), flags[1].data(), nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
  if (Error error = runBenchmark(options)) {
    llvm::WithColor::error(llvm::errs(), "altgrad-bench-cpu")
        << llvm::toString(std::move(error)) << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
