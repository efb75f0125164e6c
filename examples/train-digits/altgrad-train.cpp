//===- altgrad-train.cpp - Which formats can train a classifier? ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Differentiates and compiles a training step (step.mlir) once for each format
// and drives it over images of digits. Prints a table, and writes the loss and
// the lost updates of every step for plot.py.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "altgrad/InitAll.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

#include <chrono>
#include <cmath>

using namespace altgrad;
using namespace altgrad::train;
using namespace mlir;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;

namespace cl = llvm::cl;

namespace {
/// The command line. Objects in it register themselves, so it is made once.
struct Options {
  cl::OptionCategory category{"Options of the training"};

  cl::list<std::string> formats{
      "formats", cl::CommaSeparated, cl::value_desc("name,..."),
      cl::cat(category),
      cl::desc("What to train in: f32, the name of a format, or two names "
               "forward/backward (default: E0M7, E1M6, E3M4, E5M2, E7M0, "
               "E4M3FN, E4M3FN/E5M2, f32)")};
  cl::opt<unsigned> epochs{"epochs", cl::init(30), cl::value_desc("number"),
                           cl::cat(category),
                           cl::desc("How often each image is trained on "
                                    "(default: 30)")};
  cl::opt<unsigned> batch{"batch", cl::init(64), cl::value_desc("number"),
                          cl::cat(category),
                          cl::desc("Images per step (default: 64)")};
  cl::opt<float> learningRate{"lr", cl::init(0.05f), cl::value_desc("number"),
                              cl::cat(category),
                              cl::desc("The learning rate (default: 0.05)")};
  cl::opt<float> momentum{"momentum", cl::init(0.9f), cl::value_desc("number"),
                          cl::cat(category),
                          cl::desc("How much of its velocity a weight keeps "
                                   "per step (default: 0.9)")};
  cl::opt<bool> masterWeights{
      "master-weights", cl::cat(category),
      cl::desc("Keep an f32 copy of the weights, which only the forward pass "
               "rounds (default: weights are values of the format)")};
  cl::opt<unsigned> seed{"seed", cl::init(1), cl::value_desc("number"),
                         cl::cat(category),
                         cl::desc("Of the split, the first weights and the "
                                  "order of the images (default: 1)")};
  cl::opt<std::string> out{
      "out", cl::value_desc("folder"), cl::cat(category),
      cl::desc("Write the table (table.txt) and the numbers of each step "
               "(steps.csv) there (default: write nothing)")};
  cl::opt<bool> measure{
      "measure", cl::cat(category),
      cl::desc("Time the loss alone and with its gradients, instead of "
               "training")};
  cl::opt<std::string> images{
      "images", cl::init(ALTGRAD_TRAIN_DIR "/data/images.npy"),
      cl::value_desc("file.npy"), cl::cat(category),
      cl::desc("Images of 64 u8 pixels from 0 to 16 (default: the digits in "
               "the source tree)")};
  cl::opt<std::string> labels{"labels",
                              cl::init(ALTGRAD_TRAIN_DIR "/data/labels.npy"),
                              cl::value_desc("file.npy"), cl::cat(category),
                              cl::desc("Their u8 labels from 0 to 9")};
  cl::opt<std::string> program{
      "program", cl::init(ALTGRAD_TRAIN_DIR "/step.mlir"),
      cl::value_desc("file.mlir"), cl::cat(category),
      cl::desc("The program (default: step.mlir in the source tree)")};
  cl::opt<std::string> pipeline{
      "pipeline", cl::init("altgrad-cpu-pipeline{target=native}"),
      cl::value_desc("passes"), cl::cat(category),
      cl::desc("What lowers the differentiated program (default: "
               "altgrad-cpu-pipeline{target=native})")};
  cl::opt<unsigned> optLevel{
      "O",
      cl::Prefix,
      cl::init(3),
      cl::value_desc("0-3"),
      cl::cat(category),
      cl::desc("Optimization level of the compiled code (default: 3)")};
};

/// A fifth of the images is kept for the test.
struct Split {
  Images training, test;
};

/// What became of one training.
struct Outcome {
  std::string name;
  std::vector<StepReport> steps;
  Evaluation training, test;
  double secondsPerStep = 0;

  StallCount getStalls(size_t layer) const {
    StallCount sum;
    for (const StepReport &step : steps) {
      sum.stalled += step.stalls[layer].stalled;
      sum.total += step.stalls[layer].total;
    }
    return sum;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

static Expected<std::vector<Numerics>> chooseNumerics(const Options &options) {
  std::vector<std::string> names(options.formats.begin(),
                                 options.formats.end());
  if (names.empty())
    names = {"E0M7", "E1M6",   "E3M4",        "E5M2",
             "E7M0", "E4M3FN", "E4M3FN/E5M2", "f32"};
  std::vector<Numerics> result;
  for (StringRef name : names) {
    Expected<Numerics> numerics = parseNumerics(name);
    if (!numerics)
      return numerics.takeError();
    result.push_back(*numerics);
  }
  return result;
}

static Expected<Rates> chooseRates(const Options &options) {
  float learningRate = options.learningRate, momentum = options.momentum;
  if (!std::isfinite(learningRate) || learningRate < 0)
    return llvm::createStringError(
        formatv("expected a finite, non-negative learning rate but got {0}",
                learningRate));
  if (!(momentum >= 0 && momentum < 1))
    return llvm::createStringError(
        formatv("expected a momentum in [0, 1) but got {0}", momentum));
  return Rates{learningRate, momentum};
}

static Expected<Split> readSplit(const Options &options) {
  Expected<Images> images = readImages(options.images, options.labels);
  if (!images)
    return images.takeError();
  Random random(options.seed);
  std::vector<size_t> places = random.permutation(images->size());
  ArrayRef<size_t> all = places;
  size_t test = images->size() / 5;
  Split split{images->select(all.drop_front(test)),
              images->select(all.take_front(test))};
  if (options.batch == 0 || options.batch > split.training.size())
    return llvm::createStringError(
        "expected a batch of 1 to " + Twine(split.training.size()) +
        " images but got " + Twine(options.batch.getValue()));
  return split;
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

static std::string printShare(StallCount count) {
  if (count.total == 0)
    return "-";
  double share =
      static_cast<double>(count.stalled) / static_cast<double>(count.total);
  return formatv("{0:f1} %", 100.0 * share).str();
}

namespace {
/// One line on stderr that is written over as the training goes on; just the
/// last state where nobody watches.
class Progress {
public:
  Progress(StringRef name, size_t numSteps) : name(name), numSteps(numSteps) {}

  void update(size_t step, const StepReport &report) {
    bool isLast = step == numSteps;
    auto now = std::chrono::steady_clock::now();
    if (!isLast && (!llvm::errs().is_displayed() ||
                    now - shown < std::chrono::milliseconds(100)))
      return;
    shown = now;
    if (llvm::errs().is_displayed())
      llvm::errs() << '\r';
    llvm::errs() << llvm::left_justify(name, 12)
                 << formatv(" step {0,5}/{1}  loss {2,8:f4}  stalled", step,
                            numSteps, report.loss);
    for (StallCount count : report.stalls)
      llvm::errs() << ' ' << llvm::right_justify(printShare(count), 7);
    if (isLast)
      llvm::errs() << '\n';
    llvm::errs().flush();
  }

private:
  StringRef name;
  size_t numSteps;
  std::chrono::steady_clock::time_point shown;
};
} // namespace

static Expected<Outcome> runTraining(const CompiledModule &program,
                                     const Numerics &numerics, Split &split,
                                     const Rates &rates,
                                     const Options &options) {
  Outcome outcome;
  outcome.name = numerics.name;
  // The same for every format.
  Random random(options.seed + 1);
  Model model(program, random);
  bool rounds = !options.masterWeights;
  if (Error error = model.store(rounds))
    return std::move(error);

  size_t batchSize = options.batch;
  size_t stepsPerEpoch = split.training.size() / batchSize;
  Progress progress(outcome.name, stepsPerEpoch * options.epochs);
  std::vector<double> times;
  for (unsigned epoch = 0; epoch < options.epochs; ++epoch) {
    std::vector<size_t> order = random.permutation(split.training.size());
    for (size_t i = 0; i < stepsPerEpoch; ++i) {
      Images batch = split.training.select(
          ArrayRef<size_t>(order).slice(i * batchSize, batchSize));
      auto start = std::chrono::steady_clock::now();
      Expected<StepReport> report = model.step(batch, rates);
      if (!report)
        return report.takeError();
      if (Error error = model.store(rounds))
        return std::move(error);
      std::chrono::duration<double> time =
          std::chrono::steady_clock::now() - start;
      times.push_back(time.count());
      outcome.steps.push_back(*report);
      progress.update(outcome.steps.size(), *report);
    }
  }
  if (!times.empty()) {
    // The median: some steps are interrupted by other programs.
    auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    outcome.secondsPerStep = *middle;
  }

  Expected<Evaluation> training = model.evaluate(split.training);
  if (!training)
    return training.takeError();
  Expected<Evaluation> test = model.evaluate(split.test);
  if (!test)
    return test.takeError();
  outcome.training = *training;
  outcome.test = *test;
  return outcome;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

using Row = std::vector<std::string>;

/// Prints rows in columns, the first to the left, the others to the right.
static void printTable(llvm::raw_ostream &os, ArrayRef<Row> rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const Row &row : rows)
    for (auto [width, cell] : llvm::zip(widths, row))
      width = std::max(width, cell.size());
  for (const Row &row : rows) {
    os << llvm::left_justify(row[0], widths[0]);
    for (size_t i = 1; i < row.size(); ++i)
      os << "  " << llvm::right_justify(row[i], widths[i]);
    os << '\n';
  }
}

static std::vector<Row> makeTable(ArrayRef<Outcome> outcomes,
                                  size_t testImages) {
  std::vector<Row> rows = {{"format", "final loss", "test accuracy",
                            "stalled, layer 1", "layer 2", "layer 3",
                            "time per step"}};
  for (const Outcome &outcome : outcomes) {
    double accuracy = static_cast<double>(outcome.test.right) /
                      static_cast<double>(testImages);
    Row row = {outcome.name, formatv("{0:f4}", outcome.training.loss).str(),
               formatv("{0:f1} %", 100.0 * accuracy).str()};
    for (size_t layer = 0; layer < kLayers; ++layer)
      row.push_back(printShare(outcome.getStalls(layer)));
    row.push_back(formatv("{0:f0} us", 1e6 * outcome.secondsPerStep).str());
    rows.push_back(row);
  }
  return rows;
}

static Error writeFile(StringRef folder, StringRef name,
                       llvm::function_ref<void(llvm::raw_ostream &)> print) {
  SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (!code) {
    print(os);
    os.close();
    code = os.error();
    os.clear_error();
  }
  if (code)
    return llvm::createStringError(path + ": " + code.message());
  return Error::success();
}

static void printSteps(llvm::raw_ostream &os, ArrayRef<Outcome> outcomes) {
  os << "format,step,loss";
  for (size_t layer = 1; layer <= kLayers; ++layer)
    os << ",stalled" << layer << ",total" << layer;
  os << '\n';
  for (const Outcome &outcome : outcomes)
    for (const auto &[step, report] : llvm::enumerate(outcome.steps)) {
      os << outcome.name << ',' << step + 1 << ','
         << llvm::format("%.9g", static_cast<double>(report.loss));
      for (StallCount count : report.stalls)
        os << ',' << count.stalled << ',' << count.total;
      os << '\n';
    }
}

//===----------------------------------------------------------------------===//
// The cost of gradients
//===----------------------------------------------------------------------===//

/// The least time of one call in seconds. Whatever else runs on the machine
/// only ever adds to it.
static Expected<double> measureCall(llvm::function_ref<Error()> call) {
  double least = std::numeric_limits<double>::infinity();
  for (unsigned i = 0; i < 2000; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (Error error = call())
      return std::move(error);
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    least = std::min(least, time.count());
  }
  return least;
}

static Expected<Row> measure(const CompiledModule &program,
                             const Numerics &numerics, Split &split,
                             const Options &options) {
  Random random(options.seed + 1);
  Model model(program, random);
  std::vector<size_t> order = random.permutation(split.training.size());
  Images batch =
      split.training.select(ArrayRef<size_t>(order).take_front(options.batch));
  Expected<double> loss =
      measureCall([&] { return model.runLoss(batch, false); });
  if (!loss)
    return loss.takeError();
  Expected<double> gradients =
      measureCall([&] { return model.runLoss(batch, true); });
  if (!gradients)
    return gradients.takeError();
  return Row{numerics.name, formatv("{0:f1} us", 1e6 * *loss).str(),
             formatv("{0:f1} us", 1e6 * *gradients).str(),
             formatv("{0:f2}", *gradients / *loss).str()};
}

static Error run(const Options &options) {
  Expected<std::vector<Numerics>> numerics = chooseNumerics(options);
  if (!numerics)
    return numerics.takeError();
  Expected<Rates> rates = chooseRates(options);
  if (!rates)
    return rates.takeError();
  Expected<Split> split = readSplit(options);
  if (!split)
    return split.takeError();
  if (!options.out.empty())
    if (std::error_code code = llvm::sys::fs::create_directories(options.out))
      return llvm::createStringError(options.out + ": " + code.message());

  DialectRegistry registry;
  altgrad::registerAllDialects(registry);
  altgrad::registerAllPasses();
  altgrad::registerAllPipelines();
  MLIRContext context(registry);
  Expected<OwningOpRef<ModuleOp>> program =
      readProgram(options.program, &context);
  if (!program)
    return program.takeError();

  std::vector<Outcome> outcomes;
  std::vector<Row> costs = {{"format", "loss", "with gradients", "ratio"}};
  for (const Numerics &each : *numerics) {
    Expected<std::unique_ptr<CompiledModule>> compiled =
        compileFor(**program, each, {options.pipeline, options.optLevel});
    if (!compiled)
      return compiled.takeError();
    if (options.measure) {
      Expected<Row> row = measure(**compiled, each, *split, options);
      if (!row)
        return row.takeError();
      costs.push_back(*row);
      continue;
    }
    Expected<Outcome> outcome =
        runTraining(**compiled, each, *split, *rates, options);
    if (!outcome)
      return outcome.takeError();
    outcomes.push_back(std::move(*outcome));
  }
  if (options.measure) {
    printTable(llvm::outs(), costs);
    return Error::success();
  }

  std::vector<Row> table = makeTable(outcomes, split->test.size());
  printTable(llvm::outs(), table);
  if (options.out.empty())
    return Error::success();
  if (Error error =
          writeFile(options.out, "table.txt",
                    [&](llvm::raw_ostream &os) { printTable(os, table); }))
    return error;
  return writeFile(options.out, "steps.csv",
                   [&](llvm::raw_ostream &os) { printSteps(os, outcomes); });
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(
      argc, argv, "Trains a classifier whose weights live in 8 bits\n");
  if (Error error = run(options)) {
    llvm::WithColor::error(llvm::errs(), "altgrad-train")
        << llvm::toString(std::move(error)) << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
