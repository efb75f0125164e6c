//===- Report.h - What was measured, as a table and as JSON -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_REPORT_H
#define ALTGRAD_BENCHMARKS_CPU_REPORT_H

#include "Rows.h"
#include "common/Report.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace altgrad::bench {

/// The kernels of a row. "Streaming" means non-temporal stores.
enum class Contender {
  Limit,
  LimitStreaming,
  HandWritten,
  /// Streaming where the data are in memory.
  BestForm,
  Compiled,
  /// Of a row with several threads: one thread with its share of the data.
  CompiledOneThread
};
inline constexpr Contender kAllContenders[] = {
    Contender::Limit,       Contender::LimitStreaming,
    Contender::HandWritten, Contender::BestForm,
    Contender::Compiled,    Contender::CompiledOneThread};
llvm::StringRef getName(Contender contender);

/// One contender's repetitions.
struct Timing {
  Contender contender;
  int64_t count = 0;
  std::vector<double> seconds; ///< Of one call, per repetition.
  /// Rates are those of the fastest repetition, not of the median.
  bool useFastest = false;

  double getMedian() const { return bench::getMedian(seconds); }
  /// 10^9 elements per second.
  double getRate() const;
};

struct Result {
  Row row;
  std::vector<Timing> timings;

  const Timing *find(Contender contender) const;
  /// altgrad's rate over that of others, the fastest of them; nothing where
  /// there is none.
  std::optional<double>
  getRatioTo(std::initializer_list<Contender> others) const;
};

/// The table is one of medians or, like the rates in JSON, of the fastest.
void printMarkdown(llvm::raw_ostream &os, const Context &context,
                   llvm::ArrayRef<Result> results);
void printJSON(llvm::raw_ostream &os, const Context &context,
               llvm::ArrayRef<Result> results);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_CPU_REPORT_H
