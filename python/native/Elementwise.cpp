//===- Elementwise.cpp - quantize, dequantize, fake_quantize --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceOperations.h"
#include "Errors.h"
#include "Formats.h"
#include "KernelCalls.h"
#include "OperationArguments.h"
#include "Operations.h"

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::MutableArrayRef;
using Function = CompiledModule::PackedFunction;

/// Runs a kernel with one input and one output over all loops: operands 0 and
/// 1, and 2 for an array of scales.
static void runElementwise(const LoopNest &nest, Function kernel,
                           ScaleForm form, Scale &scale) {
  if (form == ScaleForm::Rows) {
    nest.forEachOuter(2, [&](MutableArrayRef<char *> addresses) {
      Plane input = makePlane(nest, 0, addresses[0]);
      Plane output = makePlane(nest, 1, addresses[1]);
      Line scales = makeLine(addresses[2], nest.getSize(1));
      Pointers pointers;
      pointers.add(input);
      pointers.add(scales);
      pointers.add(output);
      kernel(pointers.get());
    });
    return;
  }
  // One scale for a whole line stays where it is.
  uint64_t fixed = form == ScaleForm::Scalar && scale.array ? 1 << 2 : 0;
  nest.forEachLine(fixed, [&](MutableArrayRef<char *> lines, int64_t count) {
    Line input = makeLine(lines[0], count), output = makeLine(lines[1], count);
    Line scales = makeLine(form == ScaleForm::Each ? lines[2] : nullptr, count);
    Pointers pointers;
    pointers.add(input);
    if (form == ScaleForm::Each)
      pointers.add(scales);
    else if (form == ScaleForm::Scalar)
      pointers.add(scale.array ? lines[2] : scale.number.bytes);
    pointers.add(output);
    kernel(pointers.get());
  });
}

/// The part that the three operations share. `type` is the one of the floats,
/// `resultType` the one of the result.
static nb::object applyElementwise(Operation operation, const ArrayView &input,
                                   const Format &format, Scale scale,
                                   DataType type, DataType resultType,
                                   Overflow overflow, nb::handle out) {
  if (input.isOnDevice())
    return applyOnDevice(operation, input, format, scale, type, resultType,
                         overflow, out);
  bool hasOutput = !out.is_none();
  ArrayView output =
      hasOutput ? readArray(out, "out") : makeArrayLike(input, resultType);
  ArrayView target = output;
  if (hasOutput) {
    checkPlace(output, "out", input, "the input");
    checkOutput(output, getOutputType(output, resultType, format), input.shape);
    if (interferes(output, input) ||
        (scale.array && interferes(output, *scale.array)))
      target = makeArray(Library::NumPy, resultType, output.shape);
  }
  LoopNest nest = makeLoops({&input, &target}, /*output=*/1,
                            scale.array ? &*scale.array : nullptr);
  if (!nest.isEmpty()) {
    ScaleForm form = chooseForm(nest, scale);
    Function kernel = getKernel({operation, form, type, format, overflow});
    runReleased(input.getNumElements(),
                [&] { runElementwise(nest, kernel, form, scale); });
    if (target.data != output.data)
      copyArray(target, output);
  }
  return hasOutput ? nb::borrow(out) : finishResult(output);
}

static nb::object quantize(nb::handle x, nb::handle formatObject,
                           nb::handle scale, nb::handle overflow,
                           nb::handle out) {
  Format format = readFormat(formatObject);
  checkEightBits(format);
  ArrayView input = readFloats(x, "x");
  return applyElementwise(Operation::Quantize, input, format,
                          readScale(scale, input.type, input, "x"), input.type,
                          DataType::UInt8, readOverflow(overflow), out);
}

static nb::object fakeQuantize(nb::handle x, nb::handle formatObject,
                               nb::handle scale, nb::handle overflow,
                               nb::handle out) {
  Format format = readFormat(formatObject);
  checkEightBits(format);
  ArrayView input = readFloats(x, "x");
  return applyElementwise(Operation::FakeQuantize, input, format,
                          readScale(scale, input.type, input, "x"), input.type,
                          input.type, readOverflow(overflow), out);
}

/// A type of floats by its name: a string, or whatever prints as one that ends
/// in it (numpy.float32, numpy.dtype('float32'), torch.float32).
static DataType readFloatType(nb::handle object) {
  nb::object named = nb::getattr(object, "__name__", nb::none());
  std::string text = toString(named.is_none() ? object : nb::handle(named));
  llvm::StringRef name = text;
  name = name.substr(name.rfind('.') + 1);
  for (DataType type : {DataType::Float16, DataType::BFloat16,
                        DataType::Float32, DataType::Float64})
    if (getName(type) == name)
      return type;
  raiseTypeError("expected dtype to be float16, bfloat16, float32 or float64 "
                 "but got " +
                 text);
}

static nb::object dequantize(nb::handle codes, nb::handle formatObject,
                             nb::handle scale, nb::handle dtype,
                             nb::handle out) {
  Format format = readFormat(formatObject);
  checkEightBits(format);
  ArrayView input = readArray(codes, "codes");
  checkCodes(input, format);
  DataType type = DataType::Float32;
  if (!dtype.is_none())
    type = readFloatType(dtype);
  else if (!out.is_none())
    type = readFloats(out, "out").type;
  return applyElementwise(Operation::Dequantize, input, format,
                          readScale(scale, type, input, "codes"), type, type,
                          Overflow::Saturate, out);
}

void altgrad::python::bindElementwise(nb::module_ &module) {
  auto any = nb::arg().none();
  module.def("quantize", &quantize, any, any, any, any, any);
  module.def("fake_quantize", &fakeQuantize, any, any, any, any, any);
  module.def("dequantize", &dequantize, any, any, any, any, any);
}
