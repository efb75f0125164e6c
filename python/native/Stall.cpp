//===- Stall.cpp - Counting updates that rounding loses -------------------===//
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

#include <cmath>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::MutableArrayRef;
using Function = CompiledModule::PackedFunction;

namespace {
struct Counts {
  int64_t stalled = 0, total = 0;
};
} // namespace

static Counts runStall(const LoopNest &nest, Function kernel, ScaleForm form,
                       Scale &scale, Number &rate) {
  Counts sum;
  auto call = [&](auto &weights, auto &gradients, Line *scales, char *number) {
    Counts counts;
    Pointers pointers;
    pointers.addResult(&counts);
    pointers.add(weights);
    pointers.add(gradients);
    pointers.add(rate.bytes);
    if (scales)
      pointers.add(*scales);
    else if (number)
      pointers.add(number);
    kernel(pointers.get());
    sum.stalled += counts.stalled;
    sum.total += counts.total;
  };
  if (form == ScaleForm::Rows) {
    nest.forEachOuter(2, [&](MutableArrayRef<char *> addresses) {
      Plane weights = makePlane(nest, 0, addresses[0]);
      Plane gradients = makePlane(nest, 1, addresses[1]);
      Line scales = makeLine(addresses[2], nest.getSize(1));
      call(weights, gradients, &scales, nullptr);
    });
    return sum;
  }
  uint64_t fixed = form == ScaleForm::Scalar && scale.array ? 1 << 2 : 0;
  nest.forEachLine(fixed, [&](MutableArrayRef<char *> lines, int64_t count) {
    Line weights = makeLine(lines[0], count);
    Line gradients = makeLine(lines[1], count);
    Line scales = makeLine(form == ScaleForm::Each ? lines[2] : nullptr, count);
    call(weights, gradients, form == ScaleForm::Each ? &scales : nullptr,
         form != ScaleForm::Scalar ? nullptr
         : scale.array             ? lines[2]
                                   : scale.number.bytes);
  });
  return sum;
}

/// With `staysThere`, counts on a device come back as an array there.
static nb::object stall(nb::handle w, nb::handle g, nb::handle lr,
                        nb::handle formatObject, nb::handle scaleObject,
                        double threshold, bool staysThere) {
  Format format = readFormat(formatObject);
  checkEightBits(format);
  ArrayView weights = readFloats(w, "w"), gradients = readFloats(g, "g");
  if (gradients.type != weights.type)
    raiseTypeError(llvm::Twine("expected g of w's dtype, ") +
                   getName(weights.type) + ", but got " +
                   getName(gradients.type));
  if (gradients.shape != weights.shape)
    raiseValueError("expected g of w's shape, " + describeShape(weights.shape) +
                    ", but got " + describeShape(gradients.shape));
  if (!(threshold >= 0) || std::isinf(threshold))
    raiseValueError(
        "expected threshold to be finite and not negative but got " +
        std::to_string(threshold));
  checkPlace(gradients, "g", weights, "w");
  Scale scale = readScale(scaleObject, weights.type, weights, "w");
  if (weights.isOnDevice())
    return countStallOnDevice(weights, gradients, lr, format, scale, threshold,
                              staysThere);
  Number rate = Number::round(readNumber(lr, "lr"), weights.type);
  LoopNest nest = makeLoops({&weights, &gradients}, kNoOutput,
                            scale.array ? &*scale.array : nullptr);
  Counts counts;
  if (!nest.isEmpty()) {
    ScaleForm form = chooseForm(nest, scale);
    Function kernel = getKernel({Operation::Stall, form, weights.type, format,
                                 Overflow::Saturate, false, threshold});
    runReleased(weights.getNumElements(),
                [&] { counts = runStall(nest, kernel, form, scale, rate); });
  }
  return nb::make_tuple(counts.stalled, counts.total);
}

void altgrad::python::bindStall(nb::module_ &module) {
  auto any = nb::arg().none();
  module.def("stall", &stall, any, any, any, any, any, nb::arg(), nb::arg());
}
