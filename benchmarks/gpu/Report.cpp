//===- Report.cpp - What was measured on a GPU, as tables and JSON --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace altgrad::bench;

std::optional<double> Result::getBandwidth(const Timing &timing) const {
  if (timing.seconds.empty())
    return std::nullopt;
  return static_cast<double>(row.getTraffic(count)) /
         getMedian(timing.seconds) * 1e-9;
}

std::optional<double> Result::getRatio(const Timing &timing) const {
  std::optional<double> bandwidth = getBandwidth(timing);
  if (!bandwidth || timings.front().seconds.empty())
    return std::nullopt;
  return *bandwidth / *getBandwidth(timings.front());
}

/// One contender: both bandwidths and their ratio.
static void printTable(llvm::raw_ostream &os, llvm::ArrayRef<Result> results) {
  os << "| case | bytes per element | copy GB/s | altgrad GB/s | of copy |\n"
        "|---|---:|---:|---:|---:|\n";
  for (const Result &result : results) {
    const Timing &own = result.timings.back();
    os << "| " << result.row.getName() << " | " << result.row.getTraffic(1)
       << " |";
    for (const Timing &timing : result.timings)
      if (std::optional<double> bandwidth = result.getBandwidth(timing))
        os << llvm::formatv(" {0:f0} |", *bandwidth);
      else
        os << (timing.failure.empty() ? " |" : " fails |");
    if (std::optional<double> ratio = result.getRatio(own))
      os << llvm::formatv(" {0:f3} |\n", *ratio);
    else
      os << " |\n";
  }
}

/// Several: their ratios, the best one's name, and a line over all cases.
static void printSweep(llvm::raw_ostream &os, llvm::ArrayRef<Result> results) {
  os << "| case | copy GB/s |";
  std::string rule = "|---|---:|";
  for (const Timing &timing : llvm::drop_begin(results.front().timings)) {
    os << ' ' << timing.name << " |";
    rule += "---:|";
  }
  os << " best |\n" << rule << "---|\n";

  size_t columns = results.front().timings.size() - 1;
  std::vector<double> logarithms(columns), least(columns, INFINITY);
  std::vector<unsigned> counted(columns);
  for (const Result &result : results) {
    os << "| " << result.row.getName() << " |";
    std::optional<double> copy = result.getBandwidth(result.timings.front());
    os << (copy ? llvm::formatv(" {0:f0} |", *copy).str() : " |");
    double best = 0;
    llvm::StringRef bestName;
    for (auto [i, timing] : llvm::enumerate(llvm::drop_begin(result.timings))) {
      std::optional<double> ratio = result.getRatio(timing);
      if (!ratio) {
        os << (timing.failure.empty() ? " |" : " fails |");
        continue;
      }
      os << llvm::formatv(" {0:f3} |", *ratio);
      logarithms[i] += std::log(*ratio);
      least[i] = std::min(least[i], *ratio);
      ++counted[i];
      if (*ratio > best) {
        best = *ratio;
        bestName = timing.name;
      }
    }
    os << ' ' << bestName << " |\n";
  }
  auto printLine = [&](llvm::StringRef title, auto getValue) {
    os << "| " << title << " | |";
    for (size_t i = 0; i < columns; ++i)
      // Without some of the cases it would not be comparable.
      os << (counted[i] == results.size()
                 ? llvm::formatv(" {0:f3} |", getValue(i)).str()
                 : " |");
    os << " |\n";
  };
  printLine("geometric mean", [&](size_t i) {
    return std::exp(logarithms[i] / static_cast<double>(results.size()));
  });
  printLine("least", [&](size_t i) { return least[i]; });
}

void altgrad::bench::printMarkdown(llvm::raw_ostream &os,
                                   const Context &context,
                                   llvm::ArrayRef<Result> results) {
  printContext(os, context);
  os << '\n';
  if (results.empty())
    return;
  if (results.front().timings.size() > 2)
    printSweep(os, results);
  else
    printTable(os, results);
  llvm::StringRef verified = results.front().verified;
  if (llvm::all_of(results, [&](const Result &result) {
        return llvm::none_of(result.timings, [](const Timing &timing) {
          return !timing.failure.empty();
        });
      }))
    os << "\nverified: " << results.size() << " of " << results.size()
       << " cases have the bits of the CPU, in " << verified << " each\n";
  for (const Result &result : results)
    for (const Timing &timing : result.timings)
      if (!timing.failure.empty())
        os << "\nfailed: " << result.row.getName() << ", " << timing.name
           << ": " << timing.failure << '\n';
}

void altgrad::bench::printJSON(llvm::raw_ostream &os, const Context &context,
                               llvm::ArrayRef<Result> results) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    writeContext(json, context);
    json.attributeArray("rows", [&] {
      for (const Result &result : results) {
        const Work &work = result.row.work;
        json.object([&] {
          json.attribute("name", result.row.getName());
          json.attribute("op", llvm::StringRef(getName(work.op)));
          json.attribute("format", work.format);
          json.attribute("element", llvm::StringRef(getName(work.element)));
          json.attribute("elements", result.count);
          json.attribute("bytes", result.row.getTraffic(result.count));
          json.attribute("verified", result.verified);
          json.attributeObject("kernels", [&] {
            for (const Timing &timing : result.timings)
              json.attributeObject(timing.name, [&] {
                if (!timing.failure.empty())
                  json.attribute("failure", timing.failure);
                if (timing.seconds.empty())
                  return;
                json.attribute("gb_per_s", *result.getBandwidth(timing));
                json.attribute("of_copy", *result.getRatio(timing));
                writeSeconds(json, timing.seconds);
              });
          });
        });
      }
    });
  });
  os << '\n';
}
