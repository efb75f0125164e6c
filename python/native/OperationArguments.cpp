//===- OperationArguments.cpp - What the operations accept ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OperationArguments.h"

#include "Errors.h"

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;

ArrayView altgrad::python::readFloats(nb::handle object, const char *what) {
  ArrayView array = readArray(object, what);
  if (!isFloat(array.type))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of float16, bfloat16, float32 or float64 but got " +
                   getName(array.type));
  return array;
}

void altgrad::python::checkCodes(const ArrayView &codes, const Format &format) {
  if (codes.type == DataType::UInt8 || codes.type == DataType::Int8)
    return;
  if (codes.type != DataType::Code8)
    raiseTypeError(llvm::Twine("expected codes of uint8, int8 or an 8-bit "
                               "float but got ") +
                   getName(codes.type));
  if (*codes.format != format)
    raiseTypeError(
        llvm::Twine("expected codes of the format but got an array of ") +
        std::string(codes.format->getName()));
}

void altgrad::python::checkEightBits(const Format &format) {
  if (format.getBitWidth() != 8)
    raiseValueError("expected a format of 8 bits but got one of " +
                    llvm::Twine(format.getBitWidth()));
}

void altgrad::python::checkOutput(const ArrayView &output, DataType type,
                                  ArrayRef<int64_t> shape) {
  if (output.type != type)
    raiseTypeError(llvm::Twine("expected out of ") + getName(type) +
                   " but got " + getName(output.type));
  if (ArrayRef<int64_t>(output.shape) != shape)
    raiseValueError("expected out of shape " + describeShape(shape) +
                    " but got " + describeShape(output.shape));
  if (!output.writable)
    raiseValueError("expected out to be writable");
  for (auto [size, stride] : llvm::zip(output.shape, output.strides))
    if (size > 1 && stride == 0)
      raiseValueError("expected out with an element for each index but got an "
                      "array that was broadcast");
}

DataType altgrad::python::getOutputType(const ArrayView &output, DataType type,
                                        const Format &format) {
  bool isCode = type == DataType::UInt8 &&
                (output.type == DataType::Int8 ||
                 (output.type == DataType::Code8 && output.format == format));
  return isCode ? output.type : type;
}

/// The bytes from the first to behind the last element.
static std::pair<char *, char *> getExtent(const ArrayView &array) {
  char *begin = array.data, *end = array.data + getItemSize(array.type);
  for (auto [size, stride] : llvm::zip(array.shape, array.strides)) {
    if (size == 0)
      return {array.data, array.data};
    (stride < 0 ? begin : end) += (size - 1) * stride;
  }
  return {begin, end};
}

bool altgrad::python::interferes(const ArrayView &output,
                                 const ArrayView &input) {
  auto [outputBegin, outputEnd] = getExtent(output);
  auto [inputBegin, inputEnd] = getExtent(input);
  if (outputEnd <= inputBegin || inputEnd <= outputBegin)
    return false;
  return output.data != input.data || output.strides != input.strides ||
         getItemSize(output.type) != getItemSize(input.type);
}
