//===- Report.h - What was measured on a GPU, as tables and JSON *- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_REPORT_H
#define ALTGRAD_BENCHMARKS_GPU_REPORT_H

#include "Cases.h"

#include "common/Report.h"

#include <optional>
#include <string>
#include <vector>

namespace altgrad::bench {

/// How one contender did in one case.
struct Timing {
  std::string name;
  std::vector<double> seconds; ///< Of one call, for each round.
  /// Why it has none: its code was wrong or did not run.
  std::string failure;
};

struct Result {
  Case row;
  int64_t count = 0;
  /// "268435456 and 4093 elements".
  std::string verified;
  /// The copy first, then altgrad's code, once for each set of options.
  std::vector<Timing> timings;

  /// Bytes read and written, in 10^9 per second, of the median.
  std::optional<double> getBandwidth(const Timing &timing) const;
  /// The bandwidth over the copy's.
  std::optional<double> getRatio(const Timing &timing) const;
};

/// What the copy is called in tables and JSON.
inline constexpr const char *kCopy = "copy";

void printMarkdown(llvm::raw_ostream &os, const Context &context,
                   llvm::ArrayRef<Result> results);
void printJSON(llvm::raw_ostream &os, const Context &context,
               llvm::ArrayRef<Result> results);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_REPORT_H
