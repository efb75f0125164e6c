//===- Cases.cpp - What is measured on a GPU ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cases.h"

using namespace altgrad::bench;

std::string Case::getName() const {
  std::string name(bench::getName(work.op));
  name += "/" + (work.format.empty() ? "any" : work.format) + "/";
  name += bench::getName(work.element);
  if (work.scale == Scale::Runtime)
    name += "/scale";
  return name;
}

int64_t Case::getTraffic(int64_t count) const {
  return count *
         static_cast<int64_t>(getInputWidth(work.op, work.element) +
                              getSecondInputWidth(work.op, work.element) +
                              getOutputWidth(work.op, work.element));
}

std::vector<Case> altgrad::bench::getAllCases(Scale scale) {
  std::vector<Case> cases;
  for (Element element : {Element::F32, Element::BF16}) {
    cases.push_back({{Op::Amax, "", element, Scale::None}});
    for (Op op : {Op::Quantize, Op::Dequantize, Op::FakeQuantize, Op::Stall,
                  Op::QuantizeAmax})
      for (const char *format : kFormats)
        cases.push_back({{op, format, element, scale}});
  }
  return cases;
}
