//===- Report.cpp - What was measured, as a table and as JSON -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>

using namespace altgrad::bench;
using llvm::StringRef;

StringRef altgrad::bench::getName(Contender contender) {
  switch (contender) {
  case Contender::Limit:
    return "limit";
  case Contender::LimitStreaming:
    return "limit_streaming";
  case Contender::HandWritten:
    return "hand_written";
  case Contender::HandWrittenStreaming:
    return "hand_written_streaming";
  case Contender::Compiled:
    return "altgrad";
  case Contender::CompiledOneThread:
    return "altgrad_one_thread";
  }
  return "";
}

double Timing::getMedian() const {
  std::vector<double> sorted = seconds;
  llvm::sort(sorted);
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle]
                           : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Timing::getRate() const {
  return static_cast<double>(count) / getMedian() * 1e-9;
}

const Timing *Result::find(Contender contender) const {
  for (const Timing &timing : timings)
    if (timing.contender == contender)
      return &timing;
  return nullptr;
}

std::optional<double> Result::getBestRate(Contender a, Contender b) const {
  std::optional<double> best;
  for (Contender contender : {a, b})
    if (const Timing *timing = find(contender))
      best = std::max(best.value_or(0), timing->getRate());
  return best;
}

static std::optional<double> divide(const Timing *timing,
                                    std::optional<double> rate) {
  if (!timing || !rate)
    return std::nullopt;
  return timing->getRate() / *rate;
}

std::optional<double> Result::getShareOfLimit() const {
  return divide(find(Contender::Compiled),
                getBestRate(Contender::Limit, Contender::Limit));
}
std::optional<double> Result::getShareOfBestLimit() const {
  return divide(find(Contender::Compiled),
                getBestRate(Contender::Limit, Contender::LimitStreaming));
}
std::optional<double> Result::getShareOfHandWritten() const {
  return divide(
      find(Contender::Compiled),
      getBestRate(Contender::HandWritten, Contender::HandWrittenStreaming));
}
std::optional<double> Result::getSpeedup() const {
  return divide(
      find(Contender::Compiled),
      getBestRate(Contender::CompiledOneThread, Contender::CompiledOneThread));
}

void altgrad::bench::printMarkdown(llvm::raw_ostream &os,
                                   const Context &context,
                                   llvm::ArrayRef<Result> results) {
  for (const auto &[name, value] : context)
    os << "- " << name << ": " << value << '\n';
  os << "\nRates in 10^9 elements per second, medians. \"nt\": with "
        "non-temporal stores.\n\n"
     << "| row | limit | limit nt | hand-written | hand-written nt | altgrad "
        "| of limit | of better limit | of better hand-written | of one thread "
        "|\n|---|"
     << "---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const Result &result : results) {
    os << "| " << result.row.getName() << " |";
    for (Contender contender :
         {Contender::Limit, Contender::LimitStreaming, Contender::HandWritten,
          Contender::HandWrittenStreaming, Contender::Compiled}) {
      const Timing *timing = result.find(contender);
      os << (timing ? llvm::formatv(" {0:f2} |", timing->getRate()).str()
                    : " |");
    }
    for (std::optional<double> ratio :
         {result.getShareOfLimit(), result.getShareOfBestLimit(),
          result.getShareOfHandWritten(), result.getSpeedup()})
      os << (ratio ? llvm::formatv(" {0:f2} |", *ratio).str() : " |");
    os << '\n';
  }
}

void altgrad::bench::printJSON(llvm::raw_ostream &os, const Context &context,
                               llvm::ArrayRef<Result> results) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attributeObject("context", [&] {
      for (const auto &[name, value] : context)
        json.attribute(name, value);
    });
    json.attributeArray("rows", [&] {
      for (const Result &result : results) {
        const Row &row = result.row;
        json.object([&] {
          json.attribute("name", row.getName());
          json.attribute("op", StringRef(getName(row.work.op)));
          json.attribute("format", row.work.format);
          json.attribute("element", StringRef(getName(row.work.element)));
          json.attribute("scale", row.work.scale == Scale::None ? "none"
                                  : row.work.scale == Scale::Runtime
                                      ? "runtime"
                                      : "power_of_two");
          json.attribute("data", row.inMemory ? "memory" : "cache");
          json.attribute("threads", row.threads);
          json.attribute("elements", row.count);
          json.attributeObject("kernels", [&] {
            for (const Timing &timing : result.timings)
              json.attributeObject(getName(timing.contender), [&] {
                auto [least, most] = std::minmax_element(timing.seconds.begin(),
                                                         timing.seconds.end());
                json.attribute("elements", timing.count);
                json.attribute("gel_per_s", timing.getRate());
                json.attribute("median_s", timing.getMedian());
                json.attribute("min_s", *least);
                json.attribute("max_s", *most);
                json.attribute("repetitions",
                               static_cast<int64_t>(timing.seconds.size()));
              });
          });
          json.attributeObject("ratios", [&] {
            auto ratio = [&](StringRef name, std::optional<double> value) {
              if (value)
                json.attribute(name, *value);
            };
            ratio("of_limit", result.getShareOfLimit());
            ratio("of_better_limit", result.getShareOfBestLimit());
            ratio("of_better_hand_written", result.getShareOfHandWritten());
            ratio("of_one_thread", result.getSpeedup());
          });
        });
      }
    });
  });
  os << '\n';
}
