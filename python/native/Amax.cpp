//===- Amax.cpp - The largest magnitude of each block ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel finds the amax of a line; several lines of one block are combined
// here. Both work on the bits of magnitudes as integers, which are in the order
// of the magnitudes, with NaN on top.
//
//===----------------------------------------------------------------------===//

#include "DeviceOperations.h"
#include "Errors.h"
#include "Formats.h"
#include "KernelCalls.h"
#include "OperationArguments.h"
#include "Operations.h"

#include <cmath>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::MutableArrayRef;
using Function = CompiledModule::PackedFunction;

/// `result[i] = max(result[i], bits(|x[i]|))`.
template <typename Bits>
static void combine(char *result, int64_t resultStride, const char *x,
                    int64_t stride, int64_t count, Bits largest) {
  constexpr Bits kMagnitude = static_cast<Bits>(~Bits(0)) >> 1;
  for (int64_t i = 0; i < count; ++i) {
    Bits bits, value;
    std::memcpy(&bits, result + i * resultStride, sizeof(Bits));
    std::memcpy(&value, x + i * stride, sizeof(Bits));
    value &= kMagnitude;
    if (value > largest) // NaN that is ignored
      value = 0;
    bits = std::max(bits, value);
    std::memcpy(result + i * resultStride, &bits, sizeof(Bits));
  }
}

static void combine(DataType type, bool ignoreNaN, char *result,
                    int64_t resultStride, const char *x, int64_t stride,
                    int64_t count) {
  Number infinity = Number::round(HUGE_VAL, type);
  auto apply = [&](auto bits) {
    using Bits = decltype(bits);
    Bits largest = static_cast<Bits>(~Bits(0)) >> 1;
    if (ignoreNaN)
      std::memcpy(&largest, infinity.bytes, sizeof(Bits));
    combine<Bits>(result, resultStride, x, stride, count, largest);
  };
  switch (getItemSize(type)) {
  case 2:
    return apply(uint16_t());
  case 4:
    return apply(uint32_t());
  default:
    return apply(uint64_t());
  }
}

static void setToZero(const ArrayView &array) {
  // A new array is in C order; one that the caller gave need not be.
  ArrayView zero = array;
  Number number;
  zero.data = number.bytes;
  zero.strides.assign(array.getRank(), 0);
  copyArray(zero, array);
}

static void runAmax(const LoopNest &nest, DataType type, bool ignoreNaN,
                    Function kernel, ScaleForm form) {
  int64_t itemSize = getItemSize(type);
  if (form == ScaleForm::Rows) {
    llvm::SmallVector<char> found(
        static_cast<size_t>(nest.getSize(1) * itemSize));
    nest.forEachOuter(2, [&](MutableArrayRef<char *> addresses) {
      Plane input = makePlane(nest, 0, addresses[0]);
      Plane output(found.data(), {nest.getSize(1), 1}, {1, 1});
      Pointers pointers;
      pointers.add(input);
      pointers.add(output);
      kernel(pointers.get());
      combine(type, ignoreNaN, addresses[1], itemSize, found.data(), itemSize,
              nest.getSize(1));
    });
    return;
  }
  if (form == ScaleForm::Each) {
    nest.forEachOuter(1, [&](MutableArrayRef<char *> addresses) {
      combine(type, ignoreNaN, addresses[1], nest.getStride(1, 0), addresses[0],
              nest.getStride(0, 0), nest.getSize(0));
    });
    return;
  }
  nest.forEachLine(1 << 1, [&](MutableArrayRef<char *> lines, int64_t count) {
    Line input = makeLine(lines[0], count);
    Number amax;
    Pointers pointers;
    pointers.add(input);
    pointers.add(amax.bytes);
    kernel(pointers.get());
    combine(type, ignoreNaN, lines[1], itemSize, amax.bytes, itemSize, 1);
  });
}

static Shape readShape(nb::handle object) {
  Shape shape;
  nb::object sequence = nb::steal(PySequence_Fast(
      object.ptr(), "expected shape to be a tuple of integers"));
  if (!sequence)
    throw nb::python_error();
  for (nb::handle size : sequence) {
    long long value = PyLong_AsLongLong(size.ptr());
    if (value == -1 && PyErr_Occurred())
      throw nb::python_error();
    shape.push_back(value);
  }
  return shape;
}

static nb::object amax(nb::handle x, nb::handle shapeObject, nb::handle nan,
                       nb::handle out) {
  ArrayView input = readFloats(x, "x");
  bool ignoreNaN = readWord(nan, "nan", "propagate", "ignore");
  Shape shape;
  if (!shapeObject.is_none()) {
    shape = readShape(shapeObject);
    if (!shape.empty())
      checkBlocks(shape, input.shape, "the result");
  }
  if (input.isOnDevice())
    return computeAmaxOnDevice(input, shape, ignoreNaN, out);
  ArrayView output = out.is_none() ? makeArray(input.library, input.type, shape)
                                   : readArray(out, "out");
  checkPlace(output, "out", input, "x");
  checkOutput(output, input.type, shape);
  ArrayView target = output;
  if (interferes(target, input) || target.data == input.data)
    target = makeArray(Library::NumPy, input.type, shape);
  setToZero(target);

  // A result of rank 0 is one block in every dimension.
  ArrayView blocks = target;
  if (shape.empty()) {
    blocks.shape.assign(input.getRank(), 1);
    blocks.strides.assign(input.getRank(), 0);
  }
  LoopNest nest = makeLoops({&input}, kNoOutput, &blocks, true);
  if (!nest.isEmpty()) {
    ScaleForm form =
        nest.getStride(1, 0) != 0 && nest.getSize(0) > 1 && !shape.empty()
            ? ScaleForm::Each
        : areRows(nest) ? ScaleForm::Rows
                        : ScaleForm::None;
    Function kernel = nullptr;
    if (form != ScaleForm::Each)
      kernel = getKernel({Operation::Amax, form, input.type,
                          *Format::getNamed("E4M3FN"), Overflow::Saturate,
                          ignoreNaN});
    runReleased(input.getNumElements(),
                [&] { runAmax(nest, input.type, ignoreNaN, kernel, form); });
  }
  if (target.data != output.data)
    copyArray(target, output);
  return out.is_none() ? finishResult(output) : nb::borrow(out);
}

void altgrad::python::bindAmax(nb::module_ &module) {
  auto any = nb::arg().none();
  module.def("amax", &amax, any, any, any, any);
}
