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
  case Contender::BestForm:
    return "best_form";
  case Contender::Compiled:
    return "altgrad";
  case Contender::CompiledOneThread:
    return "altgrad_one_thread";
  }
  return "";
}

double Timing::getRate() const {
  double time = useFastest ? *llvm::min_element(seconds) : getMedian();
  return static_cast<double>(count) / time * 1e-9;
}

const Timing *Result::find(Contender contender) const {
  for (const Timing &timing : timings)
    if (timing.contender == contender)
      return &timing;
  return nullptr;
}

std::optional<double>
Result::getRatioTo(std::initializer_list<Contender> others) const {
  double best = 0;
  for (Contender other : others)
    if (const Timing *timing = find(other))
      best = std::max(best, timing->getRate());
  const Timing *compiled = find(Contender::Compiled);
  if (!compiled || best == 0)
    return std::nullopt;
  return compiled->getRate() / best;
}

namespace {
struct Ratio {
  StringRef title, key;
  std::initializer_list<Contender> others;
};
} // namespace
static const Ratio kRatios[] = {
    {"of limit", "of_limit", {Contender::Limit}},
    {"of better limit",
     "of_better_limit",
     {Contender::Limit, Contender::LimitStreaming}},
    {"of hand-written", "of_hand_written", {Contender::HandWritten}},
    {"of best form", "of_best_form", {Contender::BestForm}},
    {"of one thread", "of_one_thread", {Contender::CompiledOneThread}}};

void altgrad::bench::printMarkdown(llvm::raw_ostream &os,
                                   const Context &context,
                                   llvm::ArrayRef<Result> results) {
  printContext(os, context);
  os << "\nRates in 10^9 elements per second. \"nt\": with non-temporal "
        "stores.\n\n"
     << "| row | limit | limit nt | hand-written | best form | altgrad |";
  for (const Ratio &ratio : kRatios)
    os << ' ' << ratio.title << " |";
  os << "\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const Result &result : results) {
    os << "| " << result.row.getName() << " |";
    for (Contender contender :
         {Contender::Limit, Contender::LimitStreaming, Contender::HandWritten,
          Contender::BestForm, Contender::Compiled}) {
      const Timing *timing = result.find(contender);
      os << (timing ? llvm::formatv(" {0:f2} |", timing->getRate()).str()
                    : " |");
    }
    for (const Ratio &ratio : kRatios) {
      std::optional<double> value = result.getRatioTo(ratio.others);
      os << (value ? llvm::formatv(" {0:f2} |", *value).str() : " |");
    }
    os << '\n';
  }
}

void altgrad::bench::printJSON(llvm::raw_ostream &os, const Context &context,
                               llvm::ArrayRef<Result> results) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    writeContext(json, context);
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
                json.attribute("elements", timing.count);
                json.attribute("gel_per_s", timing.getRate());
                writeSeconds(json, timing.seconds);
              });
          });
          json.attributeObject("ratios", [&] {
            for (const Ratio &ratio : kRatios)
              if (std::optional<double> value = result.getRatioTo(ratio.others))
                json.attribute(ratio.key, *value);
          });
        });
      }
    });
  });
  os << '\n';
}
