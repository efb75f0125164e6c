//===- Program.cpp - A function, called on arrays -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "Elements.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace altgrad;
using namespace altgrad::run;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;

double Times::getMedian() const {
  std::vector<double> sorted = seconds;
  llvm::sort(sorted);
  size_t half = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[half]
                           : (sorted[half - 1] + sorted[half]) / 2;
}

double Times::getMinimum() const { return *llvm::min_element(seconds); }

Error Program::setArguments(std::vector<NpyArray> &values) {
  storage.addFirst(packed);
  for (auto [value, type] : llvm::zip_equal(values, signature.parameters)) {
    if (type.kind == ValueType::Scalar) {
      uint64_t bits = 0;
      std::memcpy(&bits, value.getData(), value.getNumBytes());
      packed.addScalar(bits);
      continue;
    }
    Expected<void *> data = machine.pass(value);
    if (!data)
      return data.takeError();
    arguments.push_back(*data);
    packed.addMemRef(*data, value.getShape());
  }
  storage.addLast(packed);
  return Error::success();
}

Expected<double> Program::call() {
  Expected<double> seconds =
      machine.call([&] { function(packed.get().data()); });
  // The call that failed first says why; a later one may have failed for it.
  if (Error error = cuda::takeError()) {
    llvm::consumeError(seconds.takeError());
    return std::move(error);
  }
  return seconds;
}

/// Copies elements with strides to C order.
static void gather(char *&to, const char *from, unsigned elementSize,
                   ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  if (shape.empty()) {
    std::memcpy(to, from, elementSize);
    to += elementSize;
    return;
  }
  for (int64_t i = 0; i < shape[0]; ++i)
    gather(to, from + i * strides[0] * elementSize, elementSize,
           shape.drop_front(), strides.drop_front());
}

Expected<NpyArray> Program::fetch(size_t index) {
  const ValueType &type = signature.results[index];
  NpyType fileType = getNpyType(type.element);
  unsigned elementSize = getElementSize(type.element);
  if (type.kind == ValueType::Scalar) {
    NpyArray number(fileType, {});
    std::memcpy(number.getData(), storage.get(index), elementSize);
    return number;
  }
  MemRefDescriptor descriptor = storage.getMemRef(index);
  NpyArray array(fileType, descriptor.getShape());
  if (array.getNumElements() == 0)
    return array;
  const char *begin = static_cast<const char *>(descriptor.getAligned()) +
                      descriptor.getOffset() * elementSize;

  // From the first element to the last one in memory.
  int64_t extent = 1;
  for (auto [size, stride] :
       llvm::zip(descriptor.getShape(), descriptor.getStrides()))
    extent += (size - 1) * stride;
  NpyArray memory(fileType, {extent});
  if (Error error =
          machine.fetch(memory.getData(), begin, memory.getNumBytes()))
    return std::move(error);
  auto *to = static_cast<char *>(array.getData());
  gather(to, static_cast<const char *>(memory.getData()), elementSize,
         descriptor.getShape(), descriptor.getStrides());
  return array;
}

void Program::freeResults() {
  llvm::SmallPtrSet<void *, 8> freed;
  for (auto [index, type] : llvm::enumerate(signature.results)) {
    if (type.kind == ValueType::Scalar)
      continue;
    void *allocated = storage.getMemRef(index).getAllocated();
    if (allocated && !llvm::is_contained(arguments, allocated) &&
        freed.insert(allocated).second)
      machine.free(allocated, type.kind);
  }
}

Expected<std::vector<NpyArray>> Program::run() {
  Expected<double> seconds = call();
  if (!seconds)
    return seconds.takeError();
  std::vector<NpyArray> results;
  for (size_t i = 0; i < signature.results.size(); ++i) {
    Expected<NpyArray> result = fetch(i);
    if (!result)
      return result.takeError();
    results.push_back(std::move(*result));
  }
  freeResults();
  return results;
}

Expected<Times> Program::measure(unsigned repetitions) {
  Times times;
  // Caches and clocks settle in the first calls.
  constexpr unsigned warmUp = 3;
  for (unsigned i = 0; i < warmUp + repetitions; ++i) {
    Expected<double> seconds = call();
    if (!seconds)
      return seconds.takeError();
    freeResults();
    if (i >= warmUp)
      times.seconds.push_back(*seconds);
  }
  return times;
}
