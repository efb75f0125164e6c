//===- DeviceComparison.cpp - The same program on both --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceComparison.h"

#include <cmath>

using namespace altgrad;
using namespace altgrad::test;

DeviceComparison::DeviceComparison(std::string text,
                                   llvm::ArrayRef<Variant> variants)
    : text(std::move(text)), expected(Program::compile(this->text)) {
  for (const Variant &variant : variants)
    if (auto program = Program::compile(this->text, variant))
      programs.emplace_back(variant.str(), std::move(program));
}

std::vector<Array>
DeviceComparison::expectSame(llvm::StringRef name,
                             llvm::ArrayRef<Array> arguments) {
  if (!expected)
    return {};
  std::vector<Array> results = expected->call(name, arguments);
  for (auto &[variant, program] : programs) {
    std::vector<Array> actual = program->call(name, arguments);
    EXPECT_EQ(actual.size(), results.size()) << variant;
    for (size_t i = 0; i < std::min(actual.size(), results.size()); ++i)
      EXPECT_TRUE(isSame(actual[i], results[i]))
          << name.str() << " for " << variant << ", result " << i << " of\n"
          << text;
  }
  return results;
}

void DeviceComparison::expectClose(llvm::StringRef name,
                                   llvm::ArrayRef<Array> arguments,
                                   double tolerance) {
  if (!expected)
    return;
  std::vector<Array> results = expected->call(name, arguments);
  for (auto &[variant, program] : programs) {
    std::vector<Array> actual = program->call(name, arguments);
    ASSERT_EQ(actual.size(), results.size()) << variant;
    for (size_t i = 0; i < results.size(); ++i) {
      ASSERT_EQ(actual[i].getShape(), results[i].getShape());
      for (size_t k = 0; k < results[i].size(); ++k) {
        double a = actual[i][k], b = results[i][k];
        bool isClose = std::isnan(b)   ? std::isnan(a)
                       : std::isinf(b) ? a == b
                                       : std::fabs(a - b) <=
                                             tolerance * std::fabs(b) + 1e-30;
        EXPECT_TRUE(isClose) << name.str() << " for " << variant << ", element "
                             << k << ": " << a << " and " << b;
      }
    }
  }
}

std::vector<Variant> altgrad::test::getDeviceShapeVariants() {
  std::vector<Variant> variants = getDeviceVariants();
  Variant small = variants.front();
  small.blockSize = 32;
  small.vectorsPerThread = 1;
  small.maxBlocks = 2;
  variants.push_back(small);
  return variants;
}
