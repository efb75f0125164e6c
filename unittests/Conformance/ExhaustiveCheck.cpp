//===- ExhaustiveCheck.cpp - All 2^32 inputs of f32 -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares compiled encode and round with the reference on every f32 there is,
// for every named format and both overflow modes. Prints a table, and exits
// with 1 if there was a difference.
//
//     altgrad-exhaustive-check [--workers=2] [--vector-width=512] [format...]
//     altgrad-exhaustive-check --target=cuda [format...]
//     altgrad-exhaustive-check --first=0x7f000000 --count=65536 [format...]
//
// On a GPU the inputs are made on the device, and the results come to the host,
// where some workers compare them while others wait for the device.
//
// Encoding is monotone: the bits of a magnitude count upwards, and so does the
// magnitude of its code. So the reference is asked for few inputs: a binary
// search finds where a code begins, and the two inputs at each such border are
// checked to have the codes that meet there. Between two borders every expected
// result is the same, and comparing is as fast as reading memory.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "TestDevice.h"

#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"
#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <deque>
#include <fstream>
#include <optional>
#include <thread>

using namespace altgrad;
using namespace altgrad::test;

static constexpr uint64_t kNumInputs = uint64_t(1) << 32;
static constexpr uint32_t kSign = 0x80000000;
static constexpr uint32_t kInfinity = 0x7f800000;

//===----------------------------------------------------------------------===//
// The reference
//===----------------------------------------------------------------------===//

namespace {
/// Inputs from `first` up to the first of the next run have one code.
struct Run {
  uint64_t first;
  uint8_t code;
  uint32_t roundedBits;
};
} // namespace

[[noreturn]] static void fail(const llvm::Twine &message) {
  llvm::errs() << "altgrad-exhaustive-check: " << message << "\n";
  std::exit(1);
}

// A code's place in the order of magnitudes: what is past the largest finite
// value, infinity or NaN, comes after it.
static Format::Code getRank(const Format &format, Format::Code code) {
  if (format.isNaN(code) || format.isInfinity(code))
    return format.getMaxFiniteCode() + 1;
  return code & format.getMagnitudeMask();
}

// The runs of all f32, in the order of their bits.
static std::vector<Run> makeRuns(const Format &format, Overflow overflow) {
  std::vector<Run> runs;
  auto encode = [&](uint64_t bits) {
    return format.encode(f32FromBits(static_cast<uint32_t>(bits)), overflow);
  };
  auto addRun = [&](uint64_t first, uint64_t last) {
    Format::Code code = encode(first);
    if (encode(last) != code)
      fail("the reference is not constant between two borders");
    float rounded = static_cast<float>(format.decode(code));
    runs.push_back(
        {first, static_cast<uint8_t>(code),
         static_cast<uint32_t>(encodeElement(Element::F32, rounded))});
  };
  for (uint64_t sign : {uint64_t(0), uint64_t(kSign)}) {
    uint64_t first = sign, last = sign | kInfinity;
    while (first <= last) {
      // The largest input with the code of `first`.
      Format::Code rank = getRank(format, encode(first));
      uint64_t low = first, high = last;
      while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        Format::Code middleRank = getRank(format, encode(middle));
        if (middleRank < rank)
          fail("the reference is not monotone");
        if (middleRank == rank)
          low = middle;
        else
          high = middle - 1;
      }
      if (low < last && getRank(format, encode(low + 1)) <= rank)
        fail("a border of the reference is not where it was found");
      addRun(first, low);
      first = low + 1;
    }
    addRun(first, sign | (kSign - 1)); // NaN.
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// The comparison
//===----------------------------------------------------------------------===//

namespace {
/// One compiled function and what it must return.
struct Job {
  std::string format, overflow, op;
  CompiledModule::PackedFunction function;
  bool isEncode;
  std::vector<Run> runs;
  std::atomic<uint64_t> inputs{0}, mismatches{0}, nanoseconds{0};
  std::atomic<uint64_t> firstMismatch{~uint64_t(0)};
};
} // namespace

static uint64_t countDifferent(const uint8_t *values, size_t count,
                               uint8_t expected) {
  uint64_t different = 0;
  for (size_t i = 0; i < count; ++i)
    different += values[i] != expected;
  return different;
}

static uint64_t countDifferent(const uint32_t *values, size_t count,
                               uint32_t expected) {
  uint64_t different = 0;
  // The payload and the sign of a NaN are left open.
  if ((expected & ~kSign) > kInfinity)
    for (size_t i = 0; i < count; ++i)
      different += (values[i] & ~kSign) <= kInfinity;
  else
    for (size_t i = 0; i < count; ++i)
      different += values[i] != expected;
  return different;
}

// Inputs `first` to `first + count - 1` gave `values`.
template <typename T>
static uint64_t compare(Job &job, uint64_t first, size_t count,
                        const T *values) {
  uint64_t mismatches = 0, end = first + count;
  auto run = std::upper_bound(
      job.runs.begin(), job.runs.end(), first,
      [](uint64_t bits, const Run &run) { return bits < run.first; });
  --run;
  for (uint64_t at = first; at < end; ++run) {
    uint64_t runEnd = run + 1 == job.runs.end() ? kNumInputs : (run + 1)->first;
    size_t length = std::min(runEnd, end) - at;
    T expected = static_cast<T>(sizeof(T) == 1 ? run->code : run->roundedBits);
    uint64_t different = countDifferent(values, length, expected);
    if (different && !mismatches) {
      uint64_t where = at;
      while (!countDifferent(values + (where - at), 1, expected))
        ++where;
      uint64_t seen = job.firstMismatch;
      while (where < seen &&
             !job.firstMismatch.compare_exchange_weak(seen, where))
        ;
    }
    mismatches += different;
    values += length;
    at += length;
  }
  return mismatches;
}

namespace {
/// What all workers share.
struct Work {
  std::deque<Job> jobs;
  /// The inputs are those from `next` on up to `end`.
  std::atomic<uint64_t> next;
  uint64_t end;
  /// What a worker takes at once, and what a function gets at once.
  uint64_t slice, chunk;
  /// The function that makes inputs on the device; null for the CPU.
  CompiledModule::PackedFunction makeInputs = nullptr;
};

/// Inputs and results of one worker.
class Arrays {
public:
  explicit Arrays(const Work &work);

  /// The bits of the inputs count up from `first`.
  void setInputs(uint64_t first, int64_t count);
  /// The results, which stay here until the next call.
  template <typename T> const T *run(const Job &job, int64_t count);

private:
  CompiledModule::PackedFunction makeInputs;
  std::vector<uint32_t> inputs, results;
  cuda::DeviceBuffer deviceInputs, deviceResults;
};
} // namespace

static void check(llvm::Error error) {
  if (error)
    fail(llvm::toString(std::move(error)));
}

Arrays::Arrays(const Work &work)
    : makeInputs(work.makeInputs), inputs(makeInputs ? 0 : work.chunk),
      results(work.chunk) {
  if (!makeInputs)
    return;
  for (cuda::DeviceBuffer *buffer : {&deviceInputs, &deviceResults}) {
    auto memory = cuda::DeviceBuffer::allocate(work.chunk * sizeof(uint32_t));
    if (!memory)
      check(memory.takeError());
    *buffer = std::move(*memory);
  }
}

void Arrays::setInputs(uint64_t first, int64_t count) {
  if (!makeInputs) {
    for (int64_t i = 0; i < count; ++i)
      inputs[i] = static_cast<uint32_t>(first + i);
    return;
  }
  PackedArguments arguments;
  arguments.addScalar(static_cast<uint32_t>(first));
  arguments.addMemRef(deviceInputs.getData(), {count});
  makeInputs(arguments.get().data());
}

template <typename T> const T *Arrays::run(const Job &job, int64_t count) {
  bool isOnDevice = makeInputs != nullptr;
  PackedArguments arguments;
  arguments.addMemRef(isOnDevice ? deviceInputs.getData() : inputs.data(),
                      {count});
  arguments.addMemRef(isOnDevice ? deviceResults.getData() : results.data(),
                      {count});
  job.function(arguments.get().data());
  if (isOnDevice) {
    check(cuda::takeError());
    check(cuda::copyToHost(results.data(), deviceResults.getData(),
                           count * sizeof(T)));
  }
  return reinterpret_cast<const T *>(results.data());
}

// Takes slices of the inputs, which all jobs go through while they are in the
// cache, until none is left.
static void work(Work &work) {
  std::optional<cuda::Stream> stream;
  std::optional<cuda::StreamScope> scope;
  if (work.makeInputs) {
    llvm::Expected<cuda::Stream> created = cuda::Stream::create();
    if (!created)
      check(created.takeError());
    stream = std::move(*created);
    scope.emplace(stream->get());
  }
  Arrays arrays(work);
  for (uint64_t begin; (begin = work.next.fetch_add(work.slice)) < work.end;) {
    uint64_t end = std::min(begin + work.slice, work.end);
    for (uint64_t first = begin; first < end; first += work.chunk) {
      uint64_t count = std::min(work.chunk, end - first);
      arrays.setInputs(first, count);
      for (Job &job : work.jobs) {
        auto start = std::chrono::steady_clock::now();
        uint64_t mismatches =
            job.isEncode
                ? compare(job, first, count, arrays.run<uint8_t>(job, count))
                : compare(job, first, count, arrays.run<uint32_t>(job, count));
        auto elapsed = std::chrono::steady_clock::now() - start;
        job.inputs += count;
        job.mismatches += mismatches;
        job.nanoseconds += std::chrono::nanoseconds(elapsed).count();
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

// Results go to memory of the caller, so that nothing is allocated.
static std::string makeProgram(const Format &format, Overflow overflow) {
  return fill(R"mlir(
func.func @inputs(%first: i32, %x: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]} outs(%x : memref<?xf32>) {
  ^bb0(%old: f32):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i32
    %bits = arith.addi %first, %n : i32
    %input = arith.bitcast %bits : i32 to f32
    linalg.yield %input : f32
  }
  return
}
func.func @encode(%x: tensor<?xf32>, %to: memref<?xi8>) {
  %c = altgrad.encode %x in $F overflow($O) : tensor<?xf32> -> tensor<?xi8>
  bufferization.materialize_in_destination %c in restrict writable %to
      : (tensor<?xi8>, memref<?xi8>) -> ()
  return
}
func.func @round(%x: tensor<?xf32>, %to: memref<?xf32>) {
  %y = altgrad.round %x in $F overflow($O) : tensor<?xf32>
  bufferization.materialize_in_destination %y in restrict writable %to
      : (tensor<?xf32>, memref<?xf32>) -> ()
  return
}
)mlir",
              {{"$F", spellType(format)}, {"$O", spell(overflow)}});
}

static std::string getProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (llvm::StringRef(line).starts_with("model name"))
      return llvm::StringRef(line).split(':').second.trim().str();
  return "unknown";
}

int main(int argc, char **argv) {
  static llvm::cl::list<std::string> formatNames(
      llvm::cl::Positional, llvm::cl::desc("[format names]"));
  static llvm::cl::opt<unsigned> workers(
      "workers", llvm::cl::desc("Threads (default: 2)"), llvm::cl::init(2));
  static llvm::cl::opt<unsigned> vectorWidth(
      "vector-width",
      llvm::cl::desc("Bits of a vector (default: the target's)"),
      llvm::cl::init(0));
  static llvm::cl::opt<std::string> target(
      "target",
      llvm::cl::desc("As of altgrad-cpu-pipeline (default: native), or cuda"),
      llvm::cl::init("native"));
  static llvm::cl::opt<std::string> arithmetic(
      "arithmetic",
      llvm::cl::desc("As target of convert-altgrad-to-arith, such as sm_90 "
                     "(default: the target's)"));
  static llvm::cl::opt<uint64_t> firstInput(
      "first", llvm::cl::desc("The bits of the first input (default: 0)"),
      llvm::cl::init(0));
  static llvm::cl::opt<uint64_t> numInputs(
      "count", llvm::cl::desc("How many inputs (default: all that follow)"),
      llvm::cl::init(0));
  static llvm::cl::opt<bool> nativeConversions(
      "native-conversions",
      llvm::cl::desc("As of altgrad-gpu-pipeline (default: true)"),
      llvm::cl::init(true));

  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(
      argc, argv, "Compares compiled code with the reference on all f32\n");
  std::vector<Format::Named> formats;
  for (const Format::Named &named : getTestedFormats()) {
    bool isNamed = !named.format.getName().empty();
    if (formatNames.empty() ? isNamed
                            : llvm::is_contained(formatNames, named.name))
      formats.push_back(named);
  }
  if (formats.size() < formatNames.size())
    fail("expected names of formats");

  auto start = std::chrono::steady_clock::now();
  auto getSeconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  if (firstInput >= kNumInputs || numInputs > kNumInputs - firstInput)
    fail("expected a range of inputs of 32 bits");
  uint64_t count = numInputs ? numInputs.getValue() : kNumInputs - firstInput;
  bool isOnDevice = target == "cuda";
  if (isOnDevice && !TestDevice::get())
    fail(TestDevice::getReason());

  Variant variant;
  variant.vectorWidth = vectorWidth;
  if (isOnDevice) {
    variant.chip = TestDevice::get()->device.getChip();
    variant.nativeConversions = nativeConversions;
  }
  variant.target = arithmetic.empty() ? target.getValue() : "generic";
  variant.arithmetic = arithmetic;
  Work shared;
  std::deque<Job> &jobs = shared.jobs;
  std::vector<std::unique_ptr<Program>> programs;
  for (const Format::Named &named : formats)
    for (Overflow overflow : kBothOverflows) {
      std::vector<Run> runs = makeRuns(named.format, overflow);
      auto program =
          Program::compile(makeProgram(named.format, overflow), variant);
      if (!program)
        fail("a program could not be compiled");
      for (bool isEncode : {true, false}) {
        Job &job = jobs.emplace_back();
        job.format = named.name;
        job.overflow = spell(overflow);
        job.op = isEncode ? "encode" : "round";
        job.function = program->lookup(job.op);
        job.isEncode = isEncode;
        job.runs = runs;
      }
      programs.push_back(std::move(program));
    }
  llvm::outs() << jobs.size() << " functions compiled in "
               << llvm::format("%.1f", getSeconds()) << " s\n";
  llvm::outs().flush();

  shared.next = firstInput;
  shared.end = firstInput + count;
  shared.chunk = 1 << 14;
  if (isOnDevice) {
    shared.makeInputs = programs.front()->lookup("inputs");
    if (!isEmulated())
      shared.chunk = 1 << 23;
  }
  shared.slice =
      std::clamp<uint64_t>(count / (4 * workers), shared.chunk, 1 << 24);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers; ++i)
    threads.emplace_back([&] { work(shared); });
  for (uint64_t shown = 0; shown < 16;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    uint64_t done = jobs.back().inputs * 16 / count;
    if (done == shown)
      continue;
    shown = done;
    llvm::outs() << shown << "/16 of "
                 << (count == kNumInputs ? "all" : std::to_string(count))
                 << " inputs, " << llvm::format("%.0f", getSeconds()) << " s\n";
    llvm::outs().flush();
  }
  for (std::thread &thread : threads)
    thread.join();

  char date[32];
  std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof(date), "%Y-%m-%d", std::gmtime(&now));
  llvm::outs() << "\n"
               << date << ", "
               << (isOnDevice ? TestDevice::get()->device.name
                              : getProcessorName() + " (" +
                                    llvm::sys::getHostCPUName().str() + ")")
               << ", " << workers << " threads, " << variant.str() << ", "
               << llvm::format("%.0f", getSeconds()) << " s\n\n";

  // One row for each format: its encode and round in both overflow modes.
  constexpr size_t kJobsPerFormat = 4;
  llvm::outs()
      << "| format      | results      | mismatches | thread seconds |\n"
      << "|-------------|--------------|------------|----------------|\n";
  uint64_t mismatches = 0, inputs = 0;
  for (size_t first = 0; first < jobs.size(); first += kJobsPerFormat) {
    uint64_t rowInputs = 0, rowMismatches = 0, nanoseconds = 0;
    for (size_t i = first; i < first + kJobsPerFormat; ++i) {
      rowInputs += jobs[i].inputs;
      rowMismatches += jobs[i].mismatches;
      nanoseconds += jobs[i].nanoseconds;
    }
    llvm::outs() << llvm::format(
        "| %-11s | %12s | %10s | %14.1f |\n", jobs[first].format.c_str(),
        std::to_string(rowInputs).c_str(),
        std::to_string(rowMismatches).c_str(), double(nanoseconds) * 1e-9);
    inputs += rowInputs;
    mismatches += rowMismatches;
  }
  llvm::outs() << "\n"
               << inputs << " results, " << mismatches << " mismatches\n";
  for (const Job &job : jobs)
    if (job.mismatches)
      llvm::outs() << job.format << ", " << job.overflow << ", " << job.op
                   << ": " << job.mismatches.load() << ", the first at "
                   << llvm::format_hex(job.firstMismatch.load(), 10) << "\n";
  if (inputs != jobs.size() * count)
    fail("not every input was tried");
  return mismatches != 0;
}
