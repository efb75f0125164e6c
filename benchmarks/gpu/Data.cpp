//===- Data.cpp - What the kernels read -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Data.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Parallel.h"

#include <cstring>
#include <iterator>

using namespace altgrad::bench;

static constexpr uint32_t kGradientSeed = 0x6c078965, kNext = 0x9e3779b9;

static uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x85ebca6b;
  x ^= x >> 13;
  x *= 0xc2b2ae35;
  return x ^ (x >> 16);
}

static uint32_t getBits(uint32_t index, uint32_t seed) {
  uint32_t first = mix(index ^ seed), second = mix(first + kNext);
  if (index >= kOrdinaryElements) {
    if (index % 1021 == 0)
      return kSpecials[index / 1021 % std::size(kSpecials)];
    if (second % 16 == 0)
      return mix(second + kNext);
  }
  auto sum = static_cast<int32_t>((first & 0xffff) + (first >> 16) +
                                  (second & 0xffff) + (second >> 16));
  // Both steps are exact: 18 bits, and a power of two.
  return llvm::bit_cast<uint32_t>(static_cast<float>(sum - 131070) * 0x1p-15F);
}

/// Calls `body` with parts of 0 to `count`, in several threads.
static void forParts(int64_t count,
                     llvm::function_ref<void(int64_t, int64_t)> body) {
  constexpr int64_t part = 1 << 20;
  llvm::parallelFor(0, (count + part - 1) / part, [&](size_t i) {
    auto begin = static_cast<int64_t>(i) * part;
    body(begin, std::min(begin + part, count));
  });
}

static void fillFloats(std::vector<char> &array, Element element, int64_t count,
                       uint32_t seed) {
  size_t width = getByteWidth(element);
  array.resize(static_cast<size_t>(count) * width);
  forParts(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      uint32_t bits = getBits(static_cast<uint32_t>(i), seed);
      // Little-endian: the upper half comes last.
      std::memcpy(array.data() + static_cast<size_t>(i) * width,
                  reinterpret_cast<char *>(&bits) + 4 - width, width);
    }
  });
}

Data::Data(Element element, int64_t count) : element(element), count(count) {
  fillFloats(input, element, count, 0);
  fillFloats(gradient, element, count, kGradientSeed);
  codes.resize(static_cast<size_t>(count));
  forParts(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      codes[i] = static_cast<char>(mix(static_cast<uint32_t>(i)));
  });
}

template <typename Word> static uint64_t addUp(const std::vector<char> &array) {
  uint64_t sum = 0;
  for (size_t at = 0; at < array.size(); at += sizeof(Word)) {
    Word word;
    std::memcpy(&word, array.data() + at, sizeof(Word));
    sum += word;
  }
  return sum;
}

std::string Data::getDigest() const {
  bool isWide = element == Element::F32;
  auto add = [&](const std::vector<char> &array) {
    return isWide ? addUp<uint32_t>(array) : addUp<uint16_t>(array);
  };
  return llvm::formatv("input {0:x-}, gradient {1:x-}, codes {2:x-}",
                       add(input), add(gradient), addUp<uint8_t>(codes))
      .str();
}
