//===- Report.cpp - What all reports of measurements have -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "common/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <ctime>

using namespace altgrad::bench;

void altgrad::bench::printContext(llvm::raw_ostream &os,
                                  const Context &context) {
  for (const auto &[name, value] : context)
    os << "- " << name << ": " << value << '\n';
}

void altgrad::bench::writeContext(llvm::json::OStream &json,
                                  const Context &context) {
  json.attributeObject("context", [&] {
    for (const auto &[name, value] : context)
      json.attribute(name, value);
  });
}

std::string altgrad::bench::getDate() {
  char date[32];
  std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return date;
}

double altgrad::bench::getMedian(llvm::ArrayRef<double> values) {
  llvm::SmallVector<double> sorted(values);
  llvm::sort(sorted);
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle]
                           : (sorted[middle - 1] + sorted[middle]) / 2;
}

void altgrad::bench::writeSeconds(llvm::json::OStream &json,
                                  llvm::ArrayRef<double> seconds) {
  auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
  json.attribute("median_s", getMedian(seconds));
  json.attribute("min_s", *least);
  json.attribute("max_s", *most);
  json.attribute("repetitions", static_cast<int64_t>(seconds.size()));
}
