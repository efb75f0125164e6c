//===- ReferenceOps.cpp - The operations, written plainly -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceOps.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace altgrad;
using namespace altgrad::test;
using llvm::ArrayRef;

size_t altgrad::test::getBlock(ArrayRef<int64_t> shape,
                               ArrayRef<int64_t> blocks, size_t index) {
  if (blocks.empty())
    return 0;
  size_t block = 0, stride = 1;
  for (size_t dim = shape.size(); dim-- > 0;) {
    size_t position = index % shape[dim];
    index /= shape[dim];
    block += position / (shape[dim] / blocks[dim]) * stride;
    stride *= blocks[dim];
  }
  return block;
}

Array altgrad::test::quantize(const Format &format, Overflow overflow,
                              const Array &x, const Array &scale) {
  Array codes = Array::zeros(Element::I8, x.getShape());
  for (size_t i = 0; i < x.size(); ++i) {
    double s = scale[getBlock(x.getShape(), scale.getShape(), i)];
    codes.setBits(i, format.encode(divide(x.getElement(), x[i], s), overflow));
  }
  return codes;
}

Array altgrad::test::dequantize(const Format &format, const Array &codes,
                                const Array &scale) {
  Element element = scale.getElement();
  Array values = Array::zeros(element, codes.getShape());
  for (size_t i = 0; i < codes.size(); ++i) {
    double s = scale[getBlock(codes.getShape(), scale.getShape(), i)];
    // A code's value has at most 8 bits, so that with the 24 of an f32 scale
    // the product is exact in double. With f64 it is rounded there, once.
    values.set(i, format.decode(codes.getBits(i)) * s);
  }
  return values;
}

Array altgrad::test::fakeQuantize(const Format &format, Overflow overflow,
                                  const Array &x, const Array &scale) {
  return dequantize(format, quantize(format, overflow, x, scale), scale);
}

Array altgrad::test::amax(const Array &x, ArrayRef<int64_t> blocks,
                          bool toScalar, bool ignoreNaN) {
  Array result = toScalar ? Array::scalar(x.getElement(), 0)
                          : Array::zeros(x.getElement(), blocks);
  for (size_t i = 0; i < x.size(); ++i) {
    size_t block = getBlock(x.getShape(), blocks, i);
    double magnitude = std::fabs(x[i]);
    if (std::isnan(magnitude) ? !ignoreNaN : magnitude > result[block])
      result.set(block, magnitude);
  }
  return result;
}

Array altgrad::test::updateAmaxHistory(const Array &history,
                                       const Array &amax) {
  // Entries of one window lie `width` apart.
  size_t width = amax.size(), slots = history.getShape()[0];
  Array result = history;
  for (size_t column = 0; column < width; ++column) {
    if (!std::isfinite(amax[column]))
      continue;
    for (size_t slot = 0; slot + 1 < slots; ++slot)
      result.setBits(slot * width + column,
                     history.getBits((slot + 1) * width + column));
    result.setBits((slots - 1) * width + column, amax.getBits(column));
  }
  return result;
}

Array altgrad::test::historyAmax(const Array &history, bool mostRecent) {
  size_t slots = history.getShape()[0];
  Array result =
      history.getShape().size() == 1
          ? Array::scalar(history.getElement(), 0)
          : Array::zeros(history.getElement(), history.getShape().drop_front());
  size_t width = result.size();
  for (size_t column = 0; column < width; ++column) {
    std::vector<double> filled;
    for (size_t slot = 0; slot < slots; ++slot)
      if (double entry = history[slot * width + column]; entry >= 0)
        filled.push_back(entry);
    if (filled.empty())
      result.set(column, 1.0);
    else if (mostRecent)
      result.set(column, filled.back());
    else
      result.set(column, *llvm::max_element(filled));
  }
  return result;
}

std::pair<int64_t, int64_t> altgrad::test::stall(const Format &format,
                                                 Overflow overflow,
                                                 const Array &w, const Array &g,
                                                 double lr, const Array &scale,
                                                 double threshold) {
  Element element = w.getElement();
  threshold = roundTo(element, threshold);
  int64_t stalled = 0, total = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    if (!(std::fabs(g[i]) > threshold))
      continue;
    ++total;
    double moved = add(element, w[i], multiply(element, -lr, g[i]));
    double s = scale[getBlock(w.getShape(), scale.getShape(), i)];
    auto quantized = [&](double value) {
      return format.round(divide(element, value, s), overflow);
    };
    stalled += quantized(w[i]) == quantized(moved);
  }
  return {stalled, total};
}
