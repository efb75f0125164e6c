//===- Scales.cpp - The scale of an operation -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scales.h"

#include "DeviceArrays.h"
#include "DeviceCalls.h"
#include "Errors.h"

#include "altgrad/ExecutionEngine/Arguments.h"

#include <cstring>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;

template <typename T> static Number makeNumber(T value) {
  Number number;
  std::memcpy(number.bytes, &value, sizeof(T));
  return number;
}

template <typename T> static T readAs(const char *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

Number Number::round(double value, DataType type) {
  switch (type) {
  case DataType::Float16:
    return makeNumber(altgrad::Float16::fromDouble(value));
  case DataType::BFloat16:
    return makeNumber(altgrad::BFloat16::fromDouble(value));
  case DataType::Float32:
    return makeNumber(static_cast<float>(value));
  default:
    return makeNumber(value);
  }
}

double Number::read(const char *bytes, DataType type) {
  switch (type) {
  case DataType::Float16:
    return readAs<altgrad::Float16>(bytes).toDouble();
  case DataType::BFloat16:
    return readAs<altgrad::BFloat16>(bytes).toDouble();
  case DataType::Float32:
    return readAs<float>(bytes);
  default:
    return readAs<double>(bytes);
  }
}

std::optional<double> altgrad::python::readPlainNumber(nb::handle object) {
  if (isArray(object))
    return std::nullopt;
  PyNumberMethods *methods = Py_TYPE(object.ptr())->tp_as_number;
  // A number on a device stays there.
  if (!PyFloat_Check(object.ptr()) && !PyLong_Check(object.ptr()) &&
      (!(methods && methods->nb_float) || device::isArray(object)))
    return std::nullopt;
  double value = PyFloat_AsDouble(object.ptr());
  if (value == -1 && PyErr_Occurred()) {
    // Something that could be a number but is an array of several.
    if (!PyErr_ExceptionMatches(PyExc_TypeError))
      throw nb::python_error();
    PyErr_Clear();
    return std::nullopt;
  }
  return value;
}

void altgrad::python::checkIsFloat(const ArrayView &array, const char *what) {
  if (!isFloat(array.type))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of float16, bfloat16, float32 or float64 but got " +
                   getName(array.type));
}

double altgrad::python::readNumber(nb::handle object, const char *what) {
  if (std::optional<double> value = readPlainNumber(object))
    return *value;
  ArrayView array = readArray(object, what);
  checkIsFloat(array, what);
  if (array.getNumElements() != 1)
    raiseValueError(llvm::Twine("expected ") + what +
                    " to be one number but got an array of shape " +
                    describeShape(array.shape));
  if (!array.isOnDevice())
    return Number::read(array.data, array.type);
  Number number;
  readDeviceBytes(array, number.bytes, getItemSize(array.type));
  return Number::read(number.bytes, array.type);
}

void altgrad::python::checkBlocks(ArrayRef<int64_t> blocks,
                                  ArrayRef<int64_t> shape, const char *what) {
  bool divides = blocks.size() == shape.size();
  for (size_t i = 0; divides && i < shape.size(); ++i)
    divides = blocks[i] > 0 ? shape[i] % blocks[i] == 0
                            : blocks[i] == 0 && shape[i] == 0;
  if (!divides)
    raiseValueError(
        llvm::Twine("expected the shape of ") + what +
        " to have one element, or the rank of " + describeShape(shape) +
        " and sizes that divide its sizes, but got " + describeShape(blocks));
}

Scale altgrad::python::readScale(nb::handle object, DataType type,
                                 const ArrayView &x, const char *xName) {
  std::optional<double> value = readPlainNumber(object);
  Scale scale;
  if (!value) {
    ArrayView array = readArray(object, "the scale");
    checkIsFloat(array, "the scale");
    bool isOne = array.getNumElements() == 1;
    // One number of the host can go anywhere.
    if (!isOne || array.isOnDevice())
      checkPlace(array, "the scale", x, xName);
    if (!isOne)
      checkBlocks(array.shape, x.shape, "the scale");
    if (array.isOnDevice()) {
      scale.isOne = false;
      scale.array = std::move(array);
      return scale;
    }
    if (!isOne) {
      scale.isOne = false;
      ArrayView converted = convertArray(array, type);
      // Kernels read single scales from where they lie.
      bool aligned =
          reinterpret_cast<intptr_t>(converted.data) % getItemSize(type) == 0;
      for (int64_t stride : converted.strides)
        aligned &= stride % getItemSize(type) == 0;
      if (!aligned) {
        ArrayView copy = makeArray(array.library, type, array.shape);
        copyArray(converted, copy);
        converted = std::move(copy);
      }
      scale.array = std::move(converted);
      return scale;
    }
    value = Number::read(array.data, array.type);
  }
  scale.number = Number::round(*value, type);
  scale.isOne = Number::read(scale.number.bytes, type) == 1.0;
  return scale;
}

LoopNest altgrad::python::makeLoops(ArrayRef<const ArrayView *> arrays,
                                    unsigned output, const ArrayView *blocked,
                                    bool blockedIsOutput) {
  llvm::SmallVector<Operand, 4> operands;
  for (auto [index, array] : llvm::enumerate(arrays))
    operands.push_back(
        {array->data, getItemSize(array->type), index == output, {}});
  if (blocked)
    operands.push_back(
        {blocked->data, getItemSize(blocked->type), blockedIsOutput, {}});

  Shape sizes;
  auto addLoop = [&](size_t dim, int64_t size, int64_t factor,
                     int64_t blockedStride) {
    sizes.push_back(size);
    for (auto [index, array] : llvm::enumerate(arrays))
      operands[index].strides.push_back(array->strides[dim] * factor);
    if (blocked)
      operands.back().strides.push_back(blockedStride);
  };
  ArrayRef<int64_t> shape = arrays[0]->shape;
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    int64_t numBlocks = blocked ? blocked->shape[dim] : 1;
    if (numBlocks == 1 || shape[dim] == 0) {
      addLoop(dim, shape[dim], 1, 0);
      continue;
    }
    int64_t blockSize = shape[dim] / numBlocks;
    addLoop(dim, numBlocks, blockSize, blocked->strides[dim]);
    if (blockSize != 1)
      addLoop(dim, blockSize, 1, 0);
  }
  LoopNest nest(sizes, operands);
  nest.normalize();
  return nest;
}
