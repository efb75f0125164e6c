//===- Rows.cpp - The rows of the benchmark -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

using namespace altgrad::bench;

std::string Row::getName() const {
  std::string name(bench::getName(work.op));
  name += "/" + (work.format.empty() ? "any" : work.format) + "/";
  name += bench::getName(work.element);
  name += inMemory ? "/memory" : "/cache";
  if (work.scale == Scale::Runtime)
    name += "/scale";
  if (work.scale == Scale::PowerOfTwo)
    name += "/power-of-two";
  if (threads > 1)
    name += "/threads:" + std::to_string(threads);
  return name;
}

static void addRows(std::vector<Row> &rows, const Work &work,
                    const Sizes &sizes) {
  auto width = static_cast<int64_t>(getByteWidth(work.element));
  int64_t cached = sizes.cacheBytes / width;
  rows.push_back({work, false, 1, cached});
  // There a power of two costs what no scale costs.
  if (work.scale != Scale::PowerOfTwo)
    rows.push_back({work, true, 1, sizes.memoryBytes / width});
  // Two threads differ from one in how the loop is split, not in its body.
  if (work.scale == Scale::None && work.element == Element::F32)
    rows.push_back({work, false, 2, 2 * cached});
}

std::vector<Row> altgrad::bench::getAllRows(const Sizes &sizes) {
  std::vector<Row> rows;
  for (Op op : kAllOps) {
    if (op == Op::Amax) {
      for (Element element : kAllElements)
        addRows(rows, {op, "", element, Scale::None}, sizes);
      continue;
    }
    for (const char *format : kFormats) {
      addRows(rows, {op, format, Element::F32, Scale::None}, sizes);
      // Of the fused ones the question is whether they cost one pass.
      if (isFused(op))
        continue;
      for (Element element : {Element::BF16, Element::F16})
        addRows(rows, {op, format, element, Scale::None}, sizes);
      for (Scale scale : {Scale::Runtime, Scale::PowerOfTwo})
        addRows(rows, {op, format, Element::F32, scale}, sizes);
    }
  }
  return rows;
}
