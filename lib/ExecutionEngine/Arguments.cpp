//===- Arguments.cpp - Arguments for compiled functions -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Arguments.h"

#include "llvm/ADT/APFloat.h"

#include <cassert>

using namespace altgrad;
using llvm::APFloat;
using llvm::APInt;
using llvm::ArrayRef;

//===----------------------------------------------------------------------===//
// 16-bit floats
//===----------------------------------------------------------------------===//

// Through APFloat, not the compiler's own types: those are missing from some
// compilers, and go through float, which rounds twice, in others.

static uint16_t roundTo(const llvm::fltSemantics &semantics, double value) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}

static double extend(const llvm::fltSemantics &semantics, uint16_t bits) {
  APFloat number(semantics, APInt(16, bits));
  bool losesInfo;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

Float16 Float16::fromDouble(double value) {
  return {roundTo(APFloat::IEEEhalf(), value)};
}
double Float16::toDouble() const { return extend(APFloat::IEEEhalf(), bits); }

BFloat16 BFloat16::fromDouble(double value) {
  return {roundTo(APFloat::BFloat(), value)};
}
double BFloat16::toDouble() const { return extend(APFloat::BFloat(), bits); }

//===----------------------------------------------------------------------===//
// MemRefDescriptor
//===----------------------------------------------------------------------===//

MemRefDescriptor::MemRefDescriptor(unsigned rank)
    : words(ShapeWord + 2 * rank) {}

MemRefDescriptor::MemRefDescriptor(void *data, ArrayRef<int64_t> shape,
                                   ArrayRef<int64_t> strides)
    : MemRefDescriptor(static_cast<unsigned>(shape.size())) {
  assert(shape.size() == strides.size() && "expected one stride per dimension");
  words[AllocatedWord] = words[AlignedWord] = reinterpret_cast<intptr_t>(data);
  llvm::copy(shape, words.begin() + ShapeWord);
  llvm::copy(strides, words.begin() + ShapeWord + getRank());
}

static llvm::SmallVector<int64_t> computeStrides(ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

MemRefDescriptor::MemRefDescriptor(void *data, ArrayRef<int64_t> shape)
    : MemRefDescriptor(data, shape, computeStrides(shape)) {}

//===----------------------------------------------------------------------===//
// PackedArguments
//===----------------------------------------------------------------------===//

void PackedArguments::addMemRef(MemRefDescriptor descriptor) {
  descriptors.push_back(std::move(descriptor));
  addPointer(descriptors.back().getRaw());
}
