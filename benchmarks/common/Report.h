//===- Report.h - What all reports of measurements have ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_COMMON_REPORT_H
#define ALTGRAD_BENCHMARKS_COMMON_REPORT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <utility>
#include <vector>

namespace altgrad::bench {

/// Names and values that tell where and how the numbers were made.
using Context = std::vector<std::pair<std::string, std::string>>;

/// As a list in Markdown, and as the object "context".
void printContext(llvm::raw_ostream &os, const Context &context);
void writeContext(llvm::json::OStream &json, const Context &context);

/// Now, as "2026-11-20 17:30 UTC".
std::string getDate();

double getMedian(llvm::ArrayRef<double> values);

/// The attributes that say how long the rounds of one kernel took.
void writeSeconds(llvm::json::OStream &json, llvm::ArrayRef<double> seconds);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_COMMON_REPORT_H
