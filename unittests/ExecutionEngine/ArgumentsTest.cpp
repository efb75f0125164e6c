//===- ArgumentsTest.cpp - Tests of the argument helpers ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Arguments.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace altgrad;
using llvm::ArrayRef;

TEST(MemRefDescriptor, HasTheLayoutOfCompiledCode) {
  float data[24];
  MemRefDescriptor descriptor(data, {2, 3, 4});
  EXPECT_EQ(descriptor.getRank(), 3u);
  EXPECT_EQ(descriptor.getShape(), ArrayRef<int64_t>({2, 3, 4}));
  EXPECT_EQ(descriptor.getStrides(), ArrayRef<int64_t>({12, 4, 1}));
  // StridedMemRefType<float, 3> of mlir/ExecutionEngine/CRunnerUtils.h.
  struct Layout {
    float *allocated, *aligned;
    int64_t offset, sizes[3], strides[3];
  };
  auto *raw = static_cast<Layout *>(descriptor.getRaw());
  EXPECT_EQ(raw->allocated, data);
  EXPECT_EQ(raw->aligned, data);
  EXPECT_EQ(raw->offset, 0);
  EXPECT_EQ(raw->sizes[2], 4);
  EXPECT_EQ(raw->strides[0], 12);
}

TEST(MemRefDescriptor, TakesAnyRank) {
  float data = 0;
  MemRefDescriptor scalar(&data, {});
  EXPECT_EQ(scalar.getRank(), 0u);
  EXPECT_TRUE(scalar.getShape().empty());
  EXPECT_EQ(scalar.getAligned(), &data);

  MemRefDescriptor empty(&data, {0, 7});
  EXPECT_EQ(empty.getStrides(), ArrayRef<int64_t>({7, 1}));

  MemRefDescriptor column(&data, {5}, {7});
  EXPECT_EQ(column.getStrides(), ArrayRef<int64_t>({7}));
}

TEST(PackedArguments, KeepsWhatItPointsAt) {
  float data[4] = {};
  int64_t result = 0;
  PackedArguments arguments;
  for (int i = 0; i < 100; ++i) {
    arguments.addMemRef(data, {4});
    arguments.addScalar(static_cast<float>(i));
  }
  arguments.addResult(result);
  ASSERT_EQ(arguments.get().size(), 201u);
  for (int i = 0; i < 100; ++i) {
    // A memref is passed as a pointer to its descriptor.
    auto **descriptor = static_cast<void ***>(arguments.get()[2 * i]);
    EXPECT_EQ((*descriptor)[1], data);
    EXPECT_EQ(*static_cast<float *>(arguments.get()[2 * i + 1]), i);
  }
  EXPECT_EQ(arguments.get()[200], &result);
}

TEST(Float16, ConvertsEveryCode) {
  for (unsigned code = 0; code < 0x10000; ++code) {
    Float16 half{static_cast<uint16_t>(code)};
    BFloat16 brain{static_cast<uint16_t>(code)};
    if (!std::isnan(half.toDouble())) {
      EXPECT_EQ(Float16::fromDouble(half.toDouble()).bits, code);
    }
    if (!std::isnan(brain.toDouble())) {
      EXPECT_EQ(BFloat16::fromDouble(brain.toDouble()).bits, code);
    }
  }
  EXPECT_EQ(Float16{0x3C01}.toDouble(), 1.0 + 0x1p-10);
  EXPECT_EQ(BFloat16{0x3F81}.toDouble(), 1.0 + 0x1p-7);
}

TEST(Float16, RoundsOnce) {
  // Through float the first becomes 1 + 2^-11, a tie, which goes down to 1.
  EXPECT_EQ(Float16::fromDouble(1.0 + 0x1p-11 + 0x1p-40).bits, 0x3C01);
  EXPECT_EQ(Float16::fromDouble(1.0 + 0x1p-11).bits, 0x3C00);
  EXPECT_EQ(BFloat16::fromDouble(1.0 + 0x1p-8 + 0x1p-40).bits, 0x3F81);
  EXPECT_EQ(BFloat16::fromDouble(1.0 + 0x1p-8).bits, 0x3F80);
  EXPECT_EQ(Float16::fromDouble(1e6).bits, 0x7C00);
  EXPECT_EQ(Float16::fromDouble(-0.0).bits, 0x8000);
}
