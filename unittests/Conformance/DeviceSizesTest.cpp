//===- DeviceSizesTest.cpp - Kernels on data of every size ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a kernel goes wrong, it does so at the end of its data: behind the last
// vector, the last tile of a block, the last block. So each kind of kernel gets
// sizes around all of these, with tiles of several shapes; addresses that
// vectors cannot be loaded from; no data at all; and more than 2^32 bytes.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "ReferenceOps.h"
#include "TestDevice.h"

#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include <cmath>
#include <set>

using namespace altgrad;
using namespace altgrad::test;
using llvm::toString;

static const char *const kFormat = "E4M3FN";

/// One function for each kind of kernel. @flat writes, @counted writes and
/// reduces, @stalled reduces only, all from the first to the last element;
/// @rows reduces rows; @columns has a thread for each column; @blocks is flat
/// with two loops, and its scales are those of blocks.
static std::string makeProgram(Element element) {
  return fill(R"mlir(
func.func @flat(%x: tensor<?x$T>, %s: $T) -> tensor<?x$T> {
  %y = altgrad.fake_quantize %x, %s in $F : tensor<?x$T>, $T
  return %y : tensor<?x$T>
}
func.func @counted(%x: tensor<?x$T>, %s: $T) -> (tensor<?xi8>, $T) {
  %q = altgrad.quantize %x, %s : tensor<?x$T>, $T -> tensor<?x$F>
  %c = altgrad.bitcast %q : tensor<?x$F> to tensor<?xi8>
  %a = altgrad.amax %x : tensor<?x$T> -> $T
  return %c, %a : tensor<?xi8>, $T
}
func.func @decoded(%c: tensor<?xi8>, %s: $T) -> tensor<?x$T> {
  %q = altgrad.bitcast %c : tensor<?xi8> to tensor<?x$F>
  %x = altgrad.dequantize %q, %s : tensor<?x$F>, $T -> tensor<?x$T>
  return %x : tensor<?x$T>
}
func.func @stalled(%w: tensor<?x$T>, %g: tensor<?x$T>, %lr: $T, %s: $T)
    -> (i64, i64) {
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in $F
      : tensor<?x$T>, $T -> i64, i64
  return %stalled, %total : i64, i64
}
func.func @rows(%x: tensor<?x?x$T>) -> tensor<?x1x$T> {
  %a = altgrad.amax %x : tensor<?x?x$T> -> tensor<?x1x$T>
  return %a : tensor<?x1x$T>
}
func.func @columns(%x: tensor<?x?x$T>) -> tensor<1x?x$T> {
  %a = altgrad.amax %x : tensor<?x?x$T> -> tensor<1x?x$T>
  return %a : tensor<1x?x$T>
}
func.func @blocks(%x: tensor<?x32x$T>, %s: tensor<?x2x$T>)
    -> (tensor<?x32x$T>, $T) {
  %y = altgrad.fake_quantize %x, %s in $F : tensor<?x32x$T>, tensor<?x2x$T>
  %a = altgrad.amax %y : tensor<?x32x$T> -> $T
  return %y, %a : tensor<?x32x$T>, $T
}
)mlir",
              {{"$F", spellType(makeNamedFormat(kFormat))},
               {"$T", spell(element).str()}});
}

//===----------------------------------------------------------------------===//
// Data and expectations
//===----------------------------------------------------------------------===//

namespace {
/// Data whose beginnings are the inputs of all sizes, with what the results of
/// single elements are.
struct Data {
  Data(Element element, size_t size);

  Element element;
  Format format = makeNamedFormat(kFormat);
  Array scale, lr;
  Array x, g, codes, values;
};
} // namespace

Data::Data(Element element, size_t size)
    : element(element), scale(Array::scalar(element, 0.37)),
      lr(Array::scalar(element, 0.01)),
      x(Array::zeros(element, {int64_t(size)})),
      g(Array::zeros(element, {int64_t(size)})) {
  std::mt19937_64 random = makeGenerator(size);
  std::uniform_real_distribution<double> exponent(-12, 6);
  for (size_t i = 0; i < size; ++i) {
    double magnitude = std::exp2(exponent(random));
    x.set(i, random() % 2 ? magnitude : -magnitude);
    g.set(i, random() % 8 ? std::exp2(exponent(random)) : 0.0);
  }
  codes = quantize(format, Overflow::Saturate, x, scale);
  values = dequantize(format, codes, scale);
}

/// The first elements.
static Array take(const Array &array, llvm::ArrayRef<int64_t> shape) {
  Array result = Array::zeros(array.getElement(), shape);
  std::memcpy(result.data(), array.data(), result.getByteSize());
  return result;
}

static void checkFlat(Program &program, const Data &data, int64_t size) {
  Array x = take(data.x, {size});
  EXPECT_TRUE(isSame(program.callForOne("flat", {x, data.scale}),
                     take(data.values, {size}), x));
  std::vector<Array> counted = program.call("counted", {x, data.scale});
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_TRUE(isSame(counted[0], take(data.codes, {size}), x));
  EXPECT_TRUE(isSame(counted[1], amax(x, {}, true, false)));
  EXPECT_TRUE(isSame(
      program.callForOne("decoded", {take(data.codes, {size}), data.scale}),
      take(data.values, {size})));
  Array g = take(data.g, {size});
  std::vector<Array> counts =
      program.call("stalled", {x, g, data.lr, data.scale});
  ASSERT_EQ(counts.size(), 2u);
  auto [stalled, total] = stall(data.format, Overflow::Saturate, x, g,
                                data.lr[0], data.scale, 1e-10);
  EXPECT_EQ(int64_t(counts[0].getBits(0)), stalled);
  EXPECT_EQ(int64_t(counts[1].getBits(0)), total);
}

/// `size` is that of a row, of a column, or their number.
static void checkMatrices(Program &program, const Data &data, int64_t size) {
  for (Array::Shape shape : {Array::Shape{3, size}, {size, 3}}) {
    SCOPED_TRACE(std::to_string(shape[0]) + "x" + std::to_string(shape[1]));
    Array x = take(data.x, shape);
    EXPECT_TRUE(isSame(program.callForOne("rows", {x}),
                       amax(x, {shape[0], 1}, false, false)));
    EXPECT_TRUE(isSame(program.callForOne("columns", {x}),
                       amax(x, {1, shape[1]}, false, false)));
  }
}

static void checkBlocks(Program &program, const Data &data, int64_t size) {
  Array x = take(data.x, {size, 32});
  Array scales = Array::zeros(data.element, {size, 2});
  for (size_t i = 0; i < scales.size(); ++i)
    scales.set(i, 0.1 + double(i % 7));
  Array values = fakeQuantize(data.format, Overflow::Saturate, x, scales);
  std::vector<Array> results = program.call("blocks", {x, scales});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(isSame(results[0], values, x));
  EXPECT_TRUE(isSame(results[1], amax(values, {}, true, false)));
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// All from 0 to 4099; on the emulator those around vectors, warps and blocks.
static std::vector<int64_t> getSizes() {
  std::vector<int64_t> sizes;
  for (int64_t size = 0; size < 4100; ++size) {
    bool isNear = size <= 70 || size >= 4095;
    for (int64_t power = 128; power <= 2048; power *= 2)
      isNear |= size >= power - 1 && size <= power + 1;
    if (!isEmulated() || isNear)
      sizes.push_back(size);
  }
  return sizes;
}

namespace {
class OnDeviceSizes : public testing::TestWithParam<Element> {
protected:
  void SetUp() override { ALTGRAD_SKIP_WITHOUT_DEVICE(); }
  static std::unique_ptr<Program> compile(const Variant &variant) {
    return Program::compile(makeProgram(GetParam()), variant);
  }
};

/// Data that lies where vectors cannot be loaded.
class OnDeviceMisaligned : public OnDeviceSizes {};
/// Sizes around whole numbers of tiles, whose shapes differ.
class OnDeviceTiles : public OnDeviceSizes {};
/// One test for all of a size that the emulator is too slow for.
class OnDeviceLarge : public testing::Test {
protected:
  void SetUp() override { ALTGRAD_SKIP_WITHOUT_DEVICE(); }
};
} // namespace

TEST_P(OnDeviceSizes, Flat) {
  auto program = compile(getDeviceVariants().front());
  ASSERT_TRUE(program);
  Data data(GetParam(), 4099);
  for (int64_t size : getSizes()) {
    SCOPED_TRACE(size);
    checkFlat(*program, data, size);
    if (HasFailure())
      return;
  }
}

TEST_P(OnDeviceSizes, RowsAndPoints) {
  auto program = compile(getDeviceVariants().front());
  ASSERT_TRUE(program);
  Data data(GetParam(), 3 * 4099);
  for (int64_t size : getSizes()) {
    SCOPED_TRACE(size);
    checkMatrices(*program, data, size);
    if (HasFailure())
      return;
  }
}

TEST_P(OnDeviceSizes, Blocks) {
  auto program = compile(getDeviceVariants().front());
  ASSERT_TRUE(program);
  Data data(GetParam(), 32 * 4099);
  for (int64_t size : getSizes()) {
    if (isEmulated() && size > 20 && size % 16 > 1)
      continue;
    if (isEmulated() && size > 600)
      continue;
    SCOPED_TRACE(size);
    checkBlocks(*program, data, size);
    if (HasFailure())
      return;
  }
}

TEST_P(OnDeviceMisaligned, AllKinds) {
  std::vector<int64_t> sizes = {1,  2,  3,  15,  16,  17,
                                31, 33, 64, 100, 513, 4099};
  Data data(GetParam(), 32 * 4099);
  for (size_t misalignment : {1, 2, 3, 8}) {
    if (isEmulated() && misalignment % 2 == 0)
      continue;
    for (Variant variant : getDeviceVariants()) {
      variant.misalignment = misalignment;
      // Tiles that these sizes fill.
      variant.blockSize = 64;
      variant.vectorsPerThread = 2;
      SCOPED_TRACE(variant.str());
      auto program = compile(variant);
      ASSERT_TRUE(program);
      for (int64_t size : sizes) {
        SCOPED_TRACE(size);
        checkFlat(*program, data, size);
        checkMatrices(*program, data, size);
        if (size < 600)
          checkBlocks(*program, data, size);
        if (HasFailure())
          return;
      }
      if (isEmulated())
        break;
    }
  }
}

TEST_P(OnDeviceTiles, AllKinds) {
  struct Shape {
    int64_t blockSize, vectorsPerThread, maxBlocks;
  };
  int64_t lanes = 16 / getByteWidth(GetParam());
  for (Shape shape : std::initializer_list<Shape>{{32, 1, 1},
                                                  {32, 3, 2},
                                                  {64, 2, 3},
                                                  {128, 8, 2048},
                                                  {512, 4, 2048},
                                                  {1024, 1, 2}}) {
    Variant variant = getDeviceVariants().front();
    variant.blockSize = shape.blockSize;
    variant.vectorsPerThread = shape.vectorsPerThread;
    variant.maxBlocks = shape.maxBlocks;
    SCOPED_TRACE(variant.str());
    auto program = compile(variant);
    ASSERT_TRUE(program);
    int64_t tile = shape.blockSize * shape.vectorsPerThread * lanes;
    std::set<int64_t> sizes;
    for (int64_t tiles : {1, 2, 5})
      for (int64_t beside : {int64_t(-1), int64_t(0), int64_t(1), lanes})
        if (!isEmulated() || tiles * tile < 10000)
          sizes.insert(tiles * tile + beside);
    for (int64_t beside : {-1, 0, 1})
      sizes.insert(tile + beside);
    Data data(GetParam(), 3 * (5 * tile + lanes));
    for (int64_t size : sizes) {
      SCOPED_TRACE(size);
      checkFlat(*program, data, size);
      if (!isEmulated() || size < 2500)
        checkMatrices(*program, data, size);
      if (size % 32 <= 1)
        checkBlocks(*program, data, size / 32);
      if (HasFailure())
        return;
    }
  }
}

static std::string printElement(const testing::TestParamInfo<Element> &param) {
  return spell(param.param).str();
}
INSTANTIATE_TEST_SUITE_P(Conformance, OnDeviceSizes, testing::ValuesIn(kFloats),
                         printElement);
INSTANTIATE_TEST_SUITE_P(Conformance, OnDeviceMisaligned,
                         testing::ValuesIn(kFloats), printElement);
INSTANTIATE_TEST_SUITE_P(Conformance, OnDeviceTiles, testing::ValuesIn(kFloats),
                         printElement);

//===----------------------------------------------------------------------===//
// More than 2^32 bytes
//===----------------------------------------------------------------------===//

namespace {
/// Data on the device that repeats itself, too much of it for the host.
class Periodic {
public:
  /// `size` elements: those of `period` again and again.
  Periodic(const Array &period, int64_t size);

  void *getData() const { return buffer.getData(); }

private:
  cuda::DeviceBuffer buffer;
};
} // namespace

Periodic::Periodic(const Array &period, int64_t size) {
  size_t numBytes = size * getByteWidth(period.getElement());
  auto memory = cuda::DeviceBuffer::allocate(numBytes);
  if (!memory) {
    ADD_FAILURE() << toString(memory.takeError());
    return;
  }
  buffer = std::move(*memory);
  auto *to = static_cast<char *>(buffer.getData());
  size_t done = std::min(numBytes, period.getByteSize());
  EXPECT_EQ(toString(cuda::copyToDevice(to, period.data(), done)), "");
  // Twice as much each time; what is there is whole periods.
  while (done < numBytes) {
    size_t next = std::min(done, numBytes - done);
    EXPECT_EQ(toString(cuda::copyOnDevice(to + done, to, next)), "");
    done += next;
  }
}

/// That data on the device is `period` again and again.
static void expectPeriodic(const void *data, const Array &period,
                           int64_t size) {
  size_t width = getByteWidth(period.getElement());
  int64_t length = period.size();
  // Some periods at once.
  int64_t count = std::min((int64_t(1) << 26) / length, size / length) + 1;
  std::vector<char> expected, actual;
  for (int64_t i = 0; i < count; ++i)
    expected.insert(expected.end(), static_cast<const char *>(period.data()),
                    static_cast<const char *>(period.data()) + length * width);
  actual.resize(expected.size());
  for (int64_t first = 0; first < size; first += count * length) {
    size_t numBytes = std::min(count * length, size - first) * width;
    ASSERT_EQ(toString(cuda::copyToHost(
                  actual.data(),
                  static_cast<const char *>(data) + first * width, numBytes)),
              "");
    ASSERT_EQ(std::memcmp(actual.data(), expected.data(), numBytes), 0)
        << "in elements from " << first << " on";
  }
}

/// A function of memory on the device, whose results it returns.
static void callOnDevice(Program &program, llvm::StringRef name,
                         PackedArguments &arguments) {
  CompiledModule::PackedFunction function = program.lookup(name);
  ASSERT_TRUE(function);
  function(arguments.get().data());
  ASSERT_EQ(toString(cuda::takeError()), "");
  ASSERT_EQ(toString(cuda::synchronize()), "");
}

/// `size` elements of f32 and `size` codes.
static void checkPeriodic(int64_t size) {
  std::string text = R"mlir(
func.func @quantize(%x: tensor<?xf32>, %s: f32, %to: memref<?xi8>) -> f32 {
  %q = altgrad.quantize %x, %s
      : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
  %c = altgrad.bitcast %q
      : tensor<?x!altgrad.fp8<E4M3FN>> to tensor<?xi8>
  bufferization.materialize_in_destination %c in restrict writable %to
      : (tensor<?xi8>, memref<?xi8>) -> ()
  %a = altgrad.amax %x : tensor<?xf32> -> f32
  return %a : f32
}
func.func @dequantize(%c: tensor<?xi8>, %s: f32, %to: memref<?xf32>) {
  %q = altgrad.bitcast %c : tensor<?xi8> to tensor<?x!altgrad.fp8<E4M3FN>>
  %x = altgrad.dequantize %q, %s
      : tensor<?x!altgrad.fp8<E4M3FN>>, f32 -> tensor<?xf32>
  bufferization.materialize_in_destination %x in restrict writable %to
      : (tensor<?xf32>, memref<?xf32>) -> ()
  return
}
func.func @stall(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32, %s: f32)
    -> (i64, i64) {
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E4M3FN>
      : tensor<?xf32>, f32 -> i64, i64
  return %stalled, %total : i64, i64
}
)mlir";
  auto program = Program::compile(text, getDeviceVariants().front());
  ASSERT_TRUE(program);
  // A prime, so that no block and no power of two repeats itself.
  constexpr int64_t kPeriod = 65537;
  Data data(Element::F32, kPeriod);
  float scale = static_cast<float>(data.scale[0]);
  float lr = static_cast<float>(data.lr[0]);

  Periodic x(data.x, size);
  // The largest magnitude is the last one of all.
  float largest = -1000;
  char *last = static_cast<char *>(x.getData()) + (size - 1) * 4;
  float lastValue;
  ASSERT_EQ(toString(cuda::copyToHost(&lastValue, last, 4)), "");
  {
    Periodic codes(Array::zeros(Element::I8, {1}), size);
    auto quantize = [&](float expectedAmax) {
      PackedArguments arguments;
      arguments.addMemRef(x.getData(), {size});
      arguments.addScalar(scale);
      arguments.addMemRef(codes.getData(), {size});
      float result = 0;
      arguments.addResult(result);
      callOnDevice(*program, "quantize", arguments);
      EXPECT_EQ(result, expectedAmax);
    };
    ASSERT_EQ(toString(cuda::copyToDevice(last, &largest, 4)), "");
    quantize(1000);
    ASSERT_EQ(toString(cuda::copyToDevice(last, &lastValue, 4)), "");
    quantize(static_cast<float>(amax(data.x, {}, true, false)[0]));
    expectPeriodic(codes.getData(), data.codes, size);

    Periodic values(Array::zeros(Element::F32, {1}), size);
    PackedArguments arguments;
    arguments.addMemRef(codes.getData(), {size});
    arguments.addScalar(scale);
    arguments.addMemRef(values.getData(), {size});
    callOnDevice(*program, "dequantize", arguments);
    expectPeriodic(values.getData(), data.values, size);
  }

  Periodic g(data.g, size);
  auto expect = [&](int64_t count) {
    Array w = take(data.x, {count}), grads = take(data.g, {count});
    return stall(data.format, Overflow::Saturate, w, grads, lr, data.scale,
                 1e-10);
  };
  auto [stalled, total] = expect(kPeriod);
  auto [restStalled, restTotal] = expect(size % kPeriod);
  PackedArguments arguments;
  int64_t counts[2] = {0, 0};
  arguments.addAggregateResult(counts);
  arguments.addMemRef(x.getData(), {size});
  arguments.addMemRef(g.getData(), {size});
  arguments.addScalar(lr);
  arguments.addScalar(scale);
  callOnDevice(*program, "stall", arguments);
  EXPECT_EQ(counts[0], size / kPeriod * stalled + restStalled);
  EXPECT_EQ(counts[1], size / kPeriod * total + restTotal);
}

TEST_F(OnDeviceLarge, DataThatRepeatsItself) { checkPeriodic(150001); }

TEST_F(OnDeviceLarge, F32OfMoreThanTwoToThe32Bytes) {
  if (isEmulated())
    GTEST_SKIP() << "too slow on the emulator: 2^30 + 4099 elements";
  checkPeriodic((int64_t(1) << 30) + 4099);
}

TEST_F(OnDeviceLarge, MoreThanTwoToThe32Elements) {
  if (isEmulated())
    GTEST_SKIP() << "too slow on the emulator: 2^32 + 4099 elements";
  int64_t size = (int64_t(1) << 32) + 4099;
  // What is alive at once: two arrays of f32 and one of codes.
  uint64_t numBytes = size * 9;
  if (TestDevice::get()->device.memoryBytes < numBytes + numBytes / 8)
    GTEST_SKIP() << "the device has less memory than " << numBytes << " bytes";
  checkPeriodic(size);
}
