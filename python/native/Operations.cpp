//===- Operations.cpp - The operations on arrays --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "Arrays.h"
#include "Errors.h"
#include "Formats.h"
#include "Kernels.h"
#include "Loops.h"
#include "Scales.h"

#include <cmath>
#include <cstring>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::MutableArrayRef;
using Function = CompiledModule::PackedFunction;

/// From this many elements on the GIL is released while a kernel runs; below
/// that, giving it away and getting it back takes longer than the kernel.
static constexpr int64_t kReleaseGIL = 4096;

/// Rows that are shorter than this go to one kernel together; for longer ones
/// a call of their own costs nothing that could be measured.
static constexpr int64_t kShortRow = 1024;

//===----------------------------------------------------------------------===//
// Calling kernels
//===----------------------------------------------------------------------===//

static Function getKernel(const KernelKey &key) {
  if (Function function = findKernel(key))
    return function;
  llvm::Expected<Function> function = [&] {
    nb::gil_scoped_release released;
    return compileKernel(key);
  }();
  if (!function)
    raiseCompileError(function.takeError());
  return *function;
}

/// Runs `body` without the GIL where it takes long enough.
static void runReleased(int64_t numElements, llvm::function_ref<void()> body) {
  if (numElements < kReleaseGIL)
    return body();
  nb::gil_scoped_release released;
  body();
}

namespace {
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
    places[numPlaces++] = &memrefs[numMemRefs++];
  }
  void add(char *number) { places[numPlaces++] = number; }
  /// Several results together.
  void addResult(void *structure) {
    memrefs[numMemRefs] = structure;
    places[numPlaces++] = &memrefs[numMemRefs++];
  }
  void **get() { return places; }

private:
  void *places[6], *memrefs[6];
  unsigned numPlaces = 0, numMemRefs = 0;
};
} // namespace

/// Operands in the order of a kernel's parameters; a null scale is none, and
/// not fixed means one for each element.
static Line makeLine(char *data, int64_t count) {
  return Line(data, {count}, {1});
}

/// The two innermost loops over an operand.
static Plane makePlane(const LoopNest &nest, size_t operand, char *data) {
  int64_t itemSize = nest.getOperand(operand).itemSize;
  return Plane(data, {nest.getSize(1), nest.getSize(0)},
               {nest.getStride(operand, 1) / itemSize, 1});
}

/// True if the two innermost loops are rows for one kernel: of elements that
/// lie next to each other, as the numbers per row of the last operand do.
static bool areRows(const LoopNest &nest) {
  size_t last = nest.getNumOperands() - 1;
  if (nest.getRank() < 2 || nest.getSize(0) >= kShortRow ||
      nest.getStride(last, 0) != 0 ||
      nest.getStride(last, 1) != nest.getOperand(last).itemSize)
    return false;
  for (size_t operand = 0; operand < last; ++operand)
    if (!nest.isDirect(operand))
      return false;
  return true;
}

/// How a kernel gets at the scales of these loops, whose last operand is the
/// scale's array where there is one.
static ScaleForm chooseForm(const LoopNest &nest, const Scale &scale) {
  if (!scale.array)
    return scale.isOne ? ScaleForm::None : ScaleForm::Scalar;
  if (nest.getStride(nest.getNumOperands() - 1, 0) != 0)
    return ScaleForm::Each;
  return areRows(nest) ? ScaleForm::Rows : ScaleForm::Scalar;
}

//===----------------------------------------------------------------------===//
// quantize, dequantize, fake_quantize
//===----------------------------------------------------------------------===//

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

/// True if writing an element of `output` could change an element of `input`
/// that is still to be read.
static bool interferes(const ArrayView &output, const ArrayView &input) {
  auto [outputBegin, outputEnd] = getExtent(output);
  auto [inputBegin, inputEnd] = getExtent(input);
  if (outputEnd <= inputBegin || inputEnd <= outputBegin)
    return false;
  return output.data != input.data || output.strides != input.strides ||
         getItemSize(output.type) != getItemSize(input.type);
}

static void checkOutput(const ArrayView &output, DataType type,
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

/// The type of the codes, for arrays that name no format: those of NumPy and of
/// PyTorch without 8-bit floats.
static void checkCodes(const ArrayView &codes, const Format &format) {
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

static void checkEightBits(const Format &format) {
  if (format.getBitWidth() != 8)
    raiseValueError("expected a format of 8 bits but got one of " +
                    llvm::Twine(format.getBitWidth()));
}

/// The part that the three operations share. `type` is the one of the floats,
/// `resultType` the one of the result.
static nb::object applyElementwise(Operation operation, const ArrayView &input,
                                   const Format &format, Scale scale,
                                   DataType type, DataType resultType,
                                   Overflow overflow, nb::handle out) {
  bool hasOutput = !out.is_none();
  ArrayView output =
      hasOutput ? readArray(out, "out") : makeArrayLike(input, resultType);
  ArrayView target = output;
  if (hasOutput) {
    // Codes may go to an 8-bit float of the same format.
    bool isCode = resultType == DataType::UInt8 &&
                  (output.type == DataType::Int8 ||
                   (output.type == DataType::Code8 && output.format == format));
    checkOutput(output, isCode ? output.type : resultType, input.shape);
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

static ArrayView readFloats(nb::handle object, const char *what) {
  ArrayView array = readArray(object, what);
  if (!isFloat(array.type))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of float16, bfloat16, float32 or float64 but got " +
                   getName(array.type));
  return array;
}

static nb::object quantize(nb::handle x, nb::handle formatObject,
                           nb::handle scale, nb::handle overflow,
                           nb::handle out) {
  Format format = readFormat(formatObject);
  checkEightBits(format);
  ArrayView input = readFloats(x, "x");
  return applyElementwise(Operation::Quantize, input, format,
                          readScale(scale, input.type, input.shape), input.type,
                          DataType::UInt8, readOverflow(overflow), out);
}

static nb::object fakeQuantize(nb::handle x, nb::handle formatObject,
                               nb::handle scale, nb::handle overflow,
                               nb::handle out) {
  Format format = readFormat(formatObject);
  checkEightBits(format);
  ArrayView input = readFloats(x, "x");
  return applyElementwise(Operation::FakeQuantize, input, format,
                          readScale(scale, input.type, input.shape), input.type,
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
                          readScale(scale, type, input.shape), type, type,
                          Overflow::Saturate, out);
}

//===----------------------------------------------------------------------===//
// amax
//===----------------------------------------------------------------------===//

// A kernel finds the amax of a line; several lines of one block are combined
// here. Both work on the bits of magnitudes as integers, which are in the order
// of the magnitudes, with NaN on top.

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
  ArrayView output = out.is_none() ? makeArray(input.library, input.type, shape)
                                   : readArray(out, "out");
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

//===----------------------------------------------------------------------===//
// stall
//===----------------------------------------------------------------------===//

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

static nb::object stall(nb::handle w, nb::handle g, nb::handle lr,
                        nb::handle formatObject, nb::handle scaleObject,
                        double threshold) {
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
  Scale scale = readScale(scaleObject, weights.type, weights.shape);
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

void altgrad::python::bindOperations(nb::module_ &module) {
  // Objects of any kind, None included: what fits is for the readers to say.
  auto any = nb::arg().none();
  module.def("quantize", &quantize, any, any, any, any, any);
  module.def("fake_quantize", &fakeQuantize, any, any, any, any, any);
  module.def("dequantize", &dequantize, any, any, any, any, any);
  module.def("amax", &amax, any, any, any, any);
  module.def("stall", &stall, any, any, any, any, any, nb::arg());
}
