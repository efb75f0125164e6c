//===- Loops.cpp - Arrays of any strides as lines -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Loops.h"

#include "llvm/ADT/STLExtras.h"

#include <cstdlib>
#include <cstring>

using namespace altgrad::python;
using llvm::MutableArrayRef;
using llvm::SmallVector;

/// Elements of a line that pass through a buffer at once: few enough for the
/// buffers of all operands to stay in the first-level cache.
static constexpr int64_t kBufferSize = 1024;

bool LoopNest::isEmpty() const { return llvm::is_contained(sizes, 0); }

void LoopNest::normalize() {
  // Outermost first by the first operand's stride; a loop of one iteration
  // counts for nothing.
  SmallVector<size_t, 6> order;
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] != 1)
      order.push_back(i);
  llvm::sort(order, [&](size_t a, size_t b) {
    int64_t strideA = std::abs(operands[0].strides[a]);
    int64_t strideB = std::abs(operands[0].strides[b]);
    return strideA != strideB ? strideA > strideB : a < b;
  });

  SmallVector<int64_t, 6> merged;
  SmallVector<SmallVector<int64_t, 6>, 4> strides(operands.size());
  for (size_t loop : order) {
    bool one = !merged.empty() &&
               llvm::all_of(llvm::enumerate(operands), [&](auto entry) {
                 return strides[entry.index()].back() ==
                        entry.value().strides[loop] * sizes[loop];
               });
    if (one) {
      merged.back() *= sizes[loop];
      for (auto [index, operand] : llvm::enumerate(operands))
        strides[index].back() = operand.strides[loop];
      continue;
    }
    merged.push_back(sizes[loop]);
    for (auto [index, operand] : llvm::enumerate(operands))
      strides[index].push_back(operand.strides[loop]);
  }
  if (merged.empty()) {
    merged.push_back(1);
    for (auto [index, operand] : llvm::enumerate(operands))
      strides[index].push_back(operand.itemSize);
  }
  sizes = std::move(merged);
  for (auto [index, operand] : llvm::enumerate(operands))
    operand.strides = std::move(strides[index]);
}

bool LoopNest::isDirect(size_t index) const {
  const Operand &operand = operands[index];
  auto isAligned = [&](int64_t number) {
    return number % operand.itemSize == 0;
  };
  return (operand.strides.back() == operand.itemSize || getSize(0) == 1) &&
         isAligned(reinterpret_cast<intptr_t>(operand.data)) &&
         llvm::all_of(operand.strides, isAligned);
}

void LoopNest::forEachOuter(
    size_t levels,
    llvm::function_ref<void(MutableArrayRef<char *>)> body) const {
  size_t numLoops = getRank() - levels;
  SmallVector<char *, 4> addresses;
  for (const Operand &operand : operands)
    addresses.push_back(operand.data);
  SmallVector<int64_t, 6> counters(numLoops, 0);
  SmallVector<char *, 4> current;
  while (true) {
    current = addresses;
    body(current);
    // The next iteration, like a number's next digit.
    size_t loop = numLoops;
    while (loop > 0) {
      --loop;
      for (auto [index, operand] : llvm::enumerate(operands))
        addresses[index] += operand.strides[loop];
      if (++counters[loop] < sizes[loop])
        break;
      for (auto [index, operand] : llvm::enumerate(operands))
        addresses[index] -= operand.strides[loop] * sizes[loop];
      counters[loop] = 0;
      if (loop == 0)
        return;
    }
    if (numLoops == 0)
      return;
  }
}

/// Copies `count` elements between places with the given strides.
template <typename T>
static void copyElements(char *to, int64_t toStride, const char *from,
                         int64_t fromStride, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * toStride, from + i * fromStride, sizeof(T));
}

static void copyLine(int64_t itemSize, char *to, int64_t toStride,
                     const char *from, int64_t fromStride, int64_t count) {
  switch (itemSize) {
  case 1:
    return copyElements<uint8_t>(to, toStride, from, fromStride, count);
  case 2:
    return copyElements<uint16_t>(to, toStride, from, fromStride, count);
  case 4:
    return copyElements<uint32_t>(to, toStride, from, fromStride, count);
  default:
    return copyElements<uint64_t>(to, toStride, from, fromStride, count);
  }
}

void LoopNest::forEachLine(
    uint64_t fixed,
    llvm::function_ref<void(MutableArrayRef<char *>, int64_t)> body) const {
  auto isFixed = [&](size_t index) { return (fixed >> index) & 1; };
  SmallVector<size_t, 4> buffered;
  for (size_t i = 0; i < operands.size(); ++i)
    if (!isFixed(i) && !isDirect(i))
      buffered.push_back(i);
  int64_t size = getSize(0);
  if (buffered.empty()) {
    forEachOuter(
        1, [&](MutableArrayRef<char *> addresses) { body(addresses, size); });
    return;
  }

  alignas(64) char buffers[4][kBufferSize * sizeof(uint64_t)];
  assert(buffered.size() <= std::size(buffers));
  forEachOuter(1, [&](MutableArrayRef<char *> addresses) {
    for (int64_t start = 0; start < size; start += kBufferSize) {
      int64_t count = std::min(kBufferSize, size - start);
      SmallVector<char *, 4> places;
      for (auto [index, operand] : llvm::enumerate(operands))
        places.push_back(isFixed(index) ? addresses[index]
                                        : addresses[index] +
                                              start * operand.strides.back());
      SmallVector<char *, 4> lines = places;
      for (auto [buffer, index] : llvm::enumerate(buffered)) {
        const Operand &operand = operands[index];
        lines[index] = buffers[buffer];
        if (!operand.isOutput)
          copyLine(operand.itemSize, lines[index], operand.itemSize,
                   places[index], operand.strides.back(), count);
      }
      body(lines, count);
      for (size_t index : buffered) {
        const Operand &operand = operands[index];
        if (operand.isOutput)
          copyLine(operand.itemSize, places[index], operand.strides.back(),
                   lines[index], operand.itemSize, count);
      }
    }
  });
}
