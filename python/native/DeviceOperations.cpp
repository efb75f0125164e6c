//===- DeviceOperations.cpp - The operations on CUDA arrays ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceOperations.h"

#include "DeviceCalls.h"
#include "Errors.h"
#include "Formats.h"
#include "OperationArguments.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::MutableArrayRef;
using Function = CompiledModule::PackedFunction;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

static void addNumber(PackedArguments &arguments, const Number &number) {
  uint64_t bits;
  std::memcpy(&bits, number.bytes, sizeof(bits));
  arguments.addScalar(bits);
}

/// The scales as an operand of loops; null where there are not several.
static const ArrayView *getBlocks(const Scale &scale) {
  return scale.array && scale.array->getNumElements() != 1 ? &*scale.array
                                                           : nullptr;
}

/// How the kernel gets at the scale, whose operand is the last of the loops
/// where there are several scales.
static void chooseScale(const LoopNest &nest, const Scale &scale,
                        DeviceKernelKey &key) {
  if (!scale.array) {
    key.scale = scale.isOne ? NumberForm::None : NumberForm::Host;
    return;
  }
  key.scale = NumberForm::Device;
  key.scaleType = scale.array->type;
  if (!getBlocks(scale))
    return;
  size_t operand = nest.getNumOperands() - 1;
  key.scaleLoops = getMovingLoops(nest, operand);
  if (key.scaleLoops) {
    size_t last = 63 - static_cast<size_t>(llvm::countl_zero(key.scaleLoops));
    key.scaleIsDense = nest.getStride(operand, key.rank - 1 - last) ==
                       nest.getOperand(operand).itemSize;
  }
}

static void addScale(PackedArguments &arguments, const LoopNest &nest,
                     const Scale &scale, const DeviceKernelKey &key) {
  switch (key.scale) {
  case NumberForm::None:
    return;
  case NumberForm::Host:
    return addNumber(arguments, scale.number);
  case NumberForm::Device:
    if (getBlocks(scale))
      arguments.addMemRef(
          describe(nest, nest.getNumOperands() - 1, key.scaleLoops));
    else
      arguments.addMemRef(scale.array->data, {});
  }
}

/// Null where there is none.
static const ArrayView *getArray(const std::optional<ArrayView> &array) {
  return array ? &*array : nullptr;
}

/// The arrays that are there.
static llvm::SmallVector<const ArrayView *>
collect(std::initializer_list<const ArrayView *> arrays) {
  llvm::SmallVector<const ArrayView *> present;
  for (const ArrayView *array : arrays)
    if (array)
      present.push_back(array);
  return present;
}

//===----------------------------------------------------------------------===//
// quantize, dequantize, fake_quantize
//===----------------------------------------------------------------------===//

static DeviceOperation getDeviceOperation(Operation operation) {
  switch (operation) {
  case Operation::Quantize:
    return DeviceOperation::Quantize;
  case Operation::Dequantize:
    return DeviceOperation::Dequantize;
  case Operation::FakeQuantize:
    return DeviceOperation::FakeQuantize;
  default:
    llvm_unreachable("not elementwise");
  }
}

/// Runs a kernel with one input and one output.
static void runElementwise(const DeviceCall &call, DeviceKernelKey key,
                           const ArrayView &input, const ArrayView &output,
                           const Scale &scale) {
  LoopNest nest = makeLoops({&input, &output}, /*output=*/1, getBlocks(scale));
  if (nest.isEmpty())
    return;
  key.device = call.getDevice();
  chooseLayout(nest, {0, 1}, key);
  chooseScale(nest, scale, key);
  if (!key.scaleLoops)
    key.rowSize = 0;
  Function kernel = getDeviceKernel(key);
  PackedArguments arguments;
  arguments.addMemRef(describe(nest, 0));
  addScale(arguments, nest, scale, key);
  arguments.addMemRef(describe(nest, 1));
  call.run([&] { kernel(arguments.get().data()); });
}

nb::object altgrad::python::applyOnDevice(Operation operation,
                                          const ArrayView &input,
                                          const Format &format,
                                          const Scale &scale, DataType type,
                                          DataType resultType,
                                          Overflow overflow, nb::handle out) {
  std::optional<ArrayView> given;
  if (!out.is_none()) {
    given = readArray(out, "out");
    checkPlace(*given, "out", input, "the input");
    checkOutput(*given, getOutputType(*given, resultType, format), input.shape);
  }
  DeviceCall call(collect({&input, getArray(scale.array), getArray(given)}));
  ArrayView output = given ? *given : makeArrayLike(input, resultType);
  ArrayView target = output;
  cuda::DeviceBuffer memory;
  if (given && (interferes(output, input) ||
                (scale.array && interferes(output, *scale.array))))
    target = call.makeTemporary(output, output.type, memory);
  DeviceKernelKey key{getDeviceOperation(operation), type};
  key.format = format;
  key.overflow = overflow;
  runElementwise(call, key, input, target, scale);
  if (target.data != output.data)
    call.copy(target, output);
  return given ? nb::borrow(out) : output.object;
}

//===----------------------------------------------------------------------===//
// amax
//===----------------------------------------------------------------------===//

/// Elements of a row from which on a launch of its own, which uses the whole
/// device, is better than a warp.
static constexpr int64_t kLongRow = 1 << 16;

static void runAmax(const DeviceCall &call, DeviceKernelKey key,
                    const ArrayView &input, const ArrayView &output) {
  // All of the array is one block.
  if (output.getNumElements() == 1) {
    // Their order does not matter, only that there are no gaps.
    LoopNest nest = makeLoops({&input}, kNoOutput, nullptr);
    cuda::DeviceBuffer memory;
    char *data =
        isDense(nest, 0) ? input.data : call.makeDense(input, memory).data;
    Function kernel = getDeviceKernel(key);
    PackedArguments arguments;
    arguments.addMemRef(data, {input.getNumElements()});
    arguments.addMemRef(output.data, {});
    return call.run([&] { kernel(arguments.get().data()); });
  }
  LoopNest nest = makeLoops({&input}, kNoOutput, &output, true);
  chooseLayout(nest, {0}, key);
  key.scaleLoops = getMovingLoops(nest, 1);
  uint64_t innermost = uint64_t(1) << (key.rank - 1);
  if (key.scaleLoops == innermost - 1 && key.layout != Layout::Strided &&
      nest.getSize(0) >= kLongRow) {
    key.rank = 1;
    key.rowSize = 0;
    key.layout = Layout::Dense;
    key.scaleLoops = 0;
    Function kernel = getDeviceKernel(key);
    return call.run([&] {
      nest.forEachOuter(1, [&](MutableArrayRef<char *> addresses) {
        PackedArguments arguments;
        arguments.addMemRef(addresses[0], {nest.getSize(0)});
        arguments.addMemRef(addresses[1], {});
        kernel(arguments.get().data());
      });
    });
  }
  Function kernel = getDeviceKernel(key);
  MemRefDescriptor all = describe(nest, 1);
  Shape sizes(all.getShape());
  for (unsigned loop = 0; loop < key.rank; ++loop)
    if (!((key.scaleLoops >> loop) & 1))
      sizes[loop] = 1;
  PackedArguments arguments;
  arguments.addMemRef(describe(nest, 0));
  arguments.addMemRef(
      MemRefDescriptor(all.getAligned(), sizes, all.getStrides()));
  call.run([&] { kernel(arguments.get().data()); });
}

nb::object altgrad::python::computeAmaxOnDevice(const ArrayView &input,
                                                ArrayRef<int64_t> shape,
                                                bool ignoreNaN,
                                                nb::handle out) {
  std::optional<ArrayView> given;
  if (!out.is_none()) {
    given = readArray(out, "out");
    checkPlace(*given, "out", input, "x");
    checkOutput(*given, input.type, shape);
  }
  DeviceCall call(collect({&input, getArray(given)}));
  ArrayView output = given ? *given : makeArrayBeside(input, input.type, shape);
  ArrayView target = output;
  cuda::DeviceBuffer memory;
  if (!isInCOrder(output) || interferes(output, input) ||
      output.data == input.data)
    target = call.makeTemporary(output, output.type, memory);
  if (input.getNumElements() == 0) {
    DeviceCall::check(
        cuda::fill(target.data, 0,
                   static_cast<size_t>(target.getNumElements() *
                                       getItemSize(target.type))));
  } else {
    DeviceKernelKey key{DeviceOperation::Amax, input.type};
    key.ignoreNaN = ignoreNaN;
    key.device = call.getDevice();
    runAmax(call, key, input, target);
  }
  if (target.data != output.data)
    call.copy(target, output);
  return given ? nb::borrow(out) : output.object;
}

//===----------------------------------------------------------------------===//
// stall
//===----------------------------------------------------------------------===//

static void runStall(const DeviceCall &call, DeviceKernelKey key,
                     const ArrayView &weights, const ArrayView &gradients,
                     const std::optional<ArrayView> &rateArray,
                     const Number &rate, Scale scale, char *counts) {
  // Counting is fast where everything is one long row. What is not is copied,
  // scales are spread over the elements of their blocks.
  std::optional<ArrayView> spread;
  cuda::DeviceBuffer weightMemory, gradientMemory, scaleMemory;
  ArrayView denseWeights = weights, denseGradients = gradients;
  LoopNest nest =
      makeLoops({&weights, &gradients}, kNoOutput, getBlocks(scale));
  if (!isDense(nest, 0) || !isDense(nest, 1)) {
    denseWeights = call.makeDense(weights, weightMemory);
    denseGradients = call.makeDense(gradients, gradientMemory);
    nest = makeLoops({&denseWeights, &denseGradients}, kNoOutput,
                     getBlocks(scale));
  }
  chooseLayout(nest, {0, 1}, key);
  chooseScale(nest, scale, key);
  bool isRows = key.rank == 2 && key.scaleLoops == 1 && key.rowSize != 0;
  bool isFlat = key.rank == 1 && key.layout == Layout::Dense;
  if (getBlocks(scale) && !isRows &&
      !(isFlat && (key.scaleLoops == 0 || key.scaleIsDense))) {
    ArrayView all =
        call.makeTemporary(denseWeights, scale.array->type, scaleMemory);
    LoopNest copies = makeLoops({&all}, /*output=*/0, &*scale.array,
                                /*blockedIsOutput=*/false);
    DeviceKernelKey copy{DeviceOperation::Copy, scale.array->type};
    copy.device = call.getDevice();
    chooseLayout(copies, {1, 0}, copy);
    Function kernel = getDeviceKernel(copy);
    PackedArguments arguments;
    arguments.addMemRef(describe(copies, 1));
    arguments.addMemRef(describe(copies, 0));
    call.run([&] { kernel(arguments.get().data()); });
    scale.array = std::move(all);
    nest = makeLoops({&denseWeights, &denseGradients}, kNoOutput,
                     getBlocks(scale));
    chooseLayout(nest, {0, 1}, key);
    chooseScale(nest, scale, key);
  }
  if (!key.scaleLoops)
    key.rowSize = 0;
  Function kernel = getDeviceKernel(key);
  PackedArguments arguments;
  arguments.addMemRef(describe(nest, 0));
  arguments.addMemRef(describe(nest, 1));
  if (rateArray)
    arguments.addMemRef(rateArray->data, {});
  else
    addNumber(arguments, rate);
  addScale(arguments, nest, scale, key);
  arguments.addMemRef(counts, {});
  arguments.addMemRef(counts + sizeof(int64_t), {});
  call.run([&] { kernel(arguments.get().data()); });
}

nb::object altgrad::python::countStallOnDevice(
    const ArrayView &weights, const ArrayView &gradients, nb::handle rateObject,
    const Format &format, const Scale &scale, double threshold,
    bool staysThere) {
  // A rate on the device stays there; one number of the host can go anywhere.
  std::optional<ArrayView> rateArray;
  Number rate;
  if (!readPlainNumber(rateObject)) {
    ArrayView array = readArray(rateObject, "lr");
    if (array.isOnDevice() && array.getNumElements() == 1) {
      checkIsFloat(array, "lr");
      checkPlace(array, "lr", weights, "w");
      rateArray = std::move(array);
    }
  }
  if (!rateArray)
    rate = Number::round(readNumber(rateObject, "lr"), weights.type);

  DeviceCall call(collect(
      {&weights, &gradients, getArray(scale.array), getArray(rateArray)}));
  std::optional<ArrayView> result;
  cuda::DeviceBuffer memory;
  constexpr int64_t kNumBytes = 2 * sizeof(int64_t);
  char *counts;
  if (staysThere) {
    result = makeArrayBeside(weights, DataType::Int64, {2});
    counts = result->data;
  } else {
    memory = call.allocate(kNumBytes);
    counts = static_cast<char *>(memory.getData());
  }
  if (weights.getNumElements() == 0) {
    DeviceCall::check(cuda::fill(counts, 0, kNumBytes));
  } else {
    DeviceKernelKey key{DeviceOperation::Stall, weights.type};
    key.format = format;
    key.limit = threshold;
    key.device = call.getDevice();
    key.rate = rateArray ? NumberForm::Device : NumberForm::Host;
    if (rateArray)
      key.rateType = rateArray->type;
    runStall(call, key, weights, gradients, rateArray, rate, scale, counts);
  }
  if (staysThere)
    return result->object;
  int64_t values[2] = {};
  llvm::Error error = [&] {
    nb::gil_scoped_release released;
    return cuda::copyToHost(values, counts, kNumBytes);
  }();
  DeviceCall::check(std::move(error));
  return nb::make_tuple(values[0], values[1]);
}

//===----------------------------------------------------------------------===//
// compute_scale
//===----------------------------------------------------------------------===//

static nb::object computeScales(nb::handle amax, nb::handle format,
                                double scaleMin, int margin,
                                const std::string &powerOfTwo) {
  ArrayView input = readFloats(amax, "amax");
  if (!input.isOnDevice())
    raiseTypeError("expected amax on a CUDA device but got an array on the "
                   "CPU");
  ScaleOptions options = readScaleOptions(scaleMin, margin, powerOfTwo);
  DeviceCall call({&input});
  ArrayView output = makeArrayLike(input, DataType::Float32);
  DeviceKernelKey key{DeviceOperation::ComputeScale, input.type};
  key.format = readFormat(format);
  key.limit = options.scaleMin;
  key.margin = options.margin;
  key.powerOfTwo = options.powerOfTwo;
  runElementwise(call, key, input, output, Scale());
  return output.object;
}

void altgrad::python::bindDeviceOperations(nb::module_ &module) {
  auto any = nb::arg().none();
  module.def("compute_scales", &computeScales, any, any, nb::arg(), nb::arg(),
             nb::arg());
}
