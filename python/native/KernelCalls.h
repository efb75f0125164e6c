//===- KernelCalls.h - How the operations call kernels ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What quantize, amax and stall have in common: descriptors of lines and planes
// of elements, and how the loops over arrays of any strides become calls.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_KERNELCALLS_H
#define ALTGRAD_PYTHON_KERNELCALLS_H

#include "Kernels.h"
#include "Loops.h"
#include "Scales.h"

#include <cstring>

namespace altgrad::python {

/// The kernel, compiled where needed. Raises CompileError.
CompiledModule::PackedFunction getKernel(const KernelKey &key);

/// Runs `body`, without the GIL where it takes long enough.
void runReleased(int64_t numElements, llvm::function_ref<void()> body);

/// Descriptors of memrefs of rank 1 and 2, as compiled code takes them. Not
/// altgrad::MemRefDescriptor, whose rank is known at run time only.
template <unsigned Rank> struct MemRef {
  MemRef(void *data, const int64_t (&sizes)[Rank],
         const int64_t (&strides)[Rank])
      : allocated(data), aligned(data) {
    std::memcpy(this->sizes, sizes, sizeof(sizes));
    std::memcpy(this->strides, strides, sizeof(strides));
  }

  void *allocated, *aligned;
  int64_t offset = 0, sizes[Rank], strides[Rank];
};
using Line = MemRef<1>;
using Plane = MemRef<2>;

/// What compiled code loads an argument from: a pointer, or a number's place.
class Pointers {
public:
  /// `memref` has to outlive the call.
  template <unsigned Rank> void add(MemRef<Rank> &memref) {
    memrefs[numMemRefs] = &memref;
    places[numPlaces++] = static_cast<void *>(&memrefs[numMemRefs++]);
  }
  void add(char *number) { places[numPlaces++] = number; }
  /// Several results together.
  void addResult(void *structure) {
    memrefs[numMemRefs] = structure;
    places[numPlaces++] = static_cast<void *>(&memrefs[numMemRefs++]);
  }
  void **get() { return places; }

private:
  void *places[6], *memrefs[6];
  unsigned numPlaces = 0, numMemRefs = 0;
};
/// Elements next to each other.
inline Line makeLine(char *data, int64_t count) {
  return Line(data, {count}, {1});
}

/// The two innermost loops over an operand.
Plane makePlane(const LoopNest &nest, size_t operand, char *data);

/// True if the two innermost loops are rows for one kernel: of elements that
/// lie next to each other, as the numbers per row of the last operand do.
bool areRows(const LoopNest &nest);

/// How a kernel gets at the scales of these loops, whose last operand is the
/// scale's array where there is one.
ScaleForm chooseForm(const LoopNest &nest, const Scale &scale);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_KERNELCALLS_H
