//===- DeviceProgramsTest.cpp - Whole programs on the device --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs of several kernels, and what stands between them: slices, numbers
// that the host needs, control flow, functions, gradients, arithmetic of
// somebody's own. They return the bits that the CPU returns.
//
//===----------------------------------------------------------------------===//

#include "DeviceComparison.h"
#include "Formats.h"

#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

namespace {
class OnDevicePrograms : public testing::Test {
protected:
  void SetUp() override { ALTGRAD_SKIP_WITHOUT_DEVICE(); }
};
} // namespace

/// Numbers around 1 of both signs, some of them zero.
static Array makeArray(Element element, Array::Shape shape, unsigned seed = 1) {
  std::mt19937_64 random = makeGenerator(seed);
  std::uniform_real_distribution<double> exponent(-6, 4);
  Array array = Array::zeros(element, shape);
  for (size_t i = 0; i < array.size(); ++i)
    if (random() % 16)
      array.set(i, (random() % 2 ? 1 : -1) * std::exp2(exponent(random)));
  return array;
}

/// Small whole numbers, whose sums are exact in any order.
static Array makeIntegers(Element element, Array::Shape shape, unsigned seed) {
  std::mt19937_64 random = makeGenerator(seed);
  Array array = Array::zeros(element, shape);
  for (size_t i = 0; i < array.size(); ++i)
    array.set(i, double(random() % 9) - 4);
  return array;
}

static Array makeIndex(int64_t value) {
  Array array = Array::scalar(Element::I64, 0);
  array.setBits(0, value);
  return array;
}

//===----------------------------------------------------------------------===//
// Parts of tensors
//===----------------------------------------------------------------------===//

TEST_F(OnDevicePrograms, Slices) {
  DeviceComparison comparison(R"mlir(
!q = !altgrad.fp8<E4M3FN>
func.func @fixed(%x: tensor<20x64xf32>, %s: f32) -> tensor<20x64xf32> {
  %a = tensor.extract_slice %x[1, 3] [5, 17] [2, 3]
      : tensor<20x64xf32> to tensor<5x17xf32>
  %y = altgrad.fake_quantize %a, %s in !q : tensor<5x17xf32>, f32
  %b = tensor.extract_slice %x[0, 8] [20, 32] [1, 1]
      : tensor<20x64xf32> to tensor<20x32xf32>
  %z = altgrad.round %b in !altgrad.fp8<E5M2> : tensor<20x32xf32>
  %0 = tensor.insert_slice %y into %x[2, 1] [5, 17] [1, 2]
      : tensor<5x17xf32> into tensor<20x64xf32>
  %1 = tensor.insert_slice %z into %0[0, 30] [20, 32] [1, 1]
      : tensor<20x32xf32> into tensor<20x64xf32>
  return %1 : tensor<20x64xf32>
}
func.func @from(%x: tensor<?xf32>, %first: i64, %length: i64, %s: f32)
    -> (tensor<?xf32>, tensor<?xf32>, f32) {
  %i = arith.index_cast %first : i64 to index
  %n = arith.index_cast %length : i64 to index
  %a = tensor.extract_slice %x[%i] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %y = altgrad.fake_quantize %a, %s in !q : tensor<?xf32>, f32
  %m = altgrad.amax %a : tensor<?xf32> -> f32
  %z = tensor.insert_slice %y into %x[%i] [%n] [1]
      : tensor<?xf32> into tensor<?xf32>
  return %y, %z, %m : tensor<?xf32>, tensor<?xf32>, f32
}
func.func @rows(%x: tensor<?x?xf32>, %first: i64, %length: i64)
    -> (tensor<?x1xf32>, tensor<1x?xf32>) {
  %zero = arith.constant 0 : index
  %rows = tensor.dim %x, %zero : tensor<?x?xf32>
  %i = arith.index_cast %first : i64 to index
  %n = arith.index_cast %length : i64 to index
  %a = tensor.extract_slice %x[0, %i] [%rows, %n] [1, 1]
      : tensor<?x?xf32> to tensor<?x?xf32>
  %r = altgrad.amax %a : tensor<?x?xf32> -> tensor<?x1xf32>
  %c = altgrad.amax %a : tensor<?x?xf32> -> tensor<1x?xf32>
  return %r, %c : tensor<?x1xf32>, tensor<1x?xf32>
}
)mlir",
                              getDeviceShapeVariants());
  Array scale = Array::scalar(Element::F32, 0.37);
  comparison.expectSame("fixed", {makeArray(Element::F32, {20, 64}), scale});
  for (int64_t first : {0, 1, 2, 3, 4, 64})
    for (int64_t length : {0, 1, 7, 128, 130, 515})
      comparison.expectSame("from",
                            {makeArray(Element::F32, {first + length + 3}),
                             makeIndex(first), makeIndex(length), scale});
  for (int64_t first : {0, 1, 4})
    for (int64_t length : {0, 1, 31, 64, 129})
      comparison.expectSame("rows", {makeArray(Element::F32, {7, 140}),
                                     makeIndex(first), makeIndex(length)});
}

TEST_F(OnDevicePrograms, ElementsAndConstants) {
  DeviceComparison comparison(R"mlir(
!q = !altgrad.fp8<E4M3FN>
func.func @elements(%x: tensor<?xf32>, %at: i64)
    -> (f32, tensor<?xf32>, tensor<3xf32>) {
  %i = arith.index_cast %at : i64 to index
  %e = tensor.extract %x[%i] : tensor<?xf32>
  %d = arith.addf %e, %e : f32
  %y = tensor.insert %d into %x[%i] : tensor<?xf32>
  %r = altgrad.round %d in !q : f32
  %t = tensor.from_elements %e, %d, %r : tensor<3xf32>
  return %d, %y, %t : f32, tensor<?xf32>, tensor<3xf32>
}
func.func @constants(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %c = arith.constant dense<[1.0, -2.0, 0.3, 1000.0]> : tensor<4xf32>
  %s = arith.constant dense<0.7> : tensor<4xf32>
  %y = arith.addf %x, %c : tensor<4xf32>
  %z = altgrad.fake_quantize %y, %s in !q : tensor<4xf32>, tensor<4xf32>
  return %z, %c : tensor<4xf32>, tensor<4xf32>
}
func.func @same(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  return %x, %x : tensor<?xf32>, tensor<?xf32>
}
)mlir",
                              getDeviceShapeVariants());
  comparison.expectSame("elements",
                        {makeArray(Element::F32, {70}), makeIndex(69)});
  comparison.expectSame("constants", {makeArray(Element::F32, {4})});
}

TEST_F(OnDevicePrograms, NothingAtAll) {
  DeviceComparison comparison(R"mlir(
!q = !altgrad.fp8<E4M3FN>
func.func @flat(%x: tensor<?xf32>, %s: f32) -> (tensor<?xi8>, f32) {
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!q>
  %c = altgrad.bitcast %q : tensor<?x!q> to tensor<?xi8>
  %a = altgrad.amax %x : tensor<?xf32> -> f32
  return %c, %a : tensor<?xi8>, f32
}
func.func @blocks(%x: tensor<?x?xf32>, %s: tensor<?x1xf32>)
    -> (tensor<?x?xf32>, tensor<?x1xf32>, tensor<1x?xf32>, f32, i64) {
  %y = altgrad.fake_quantize %x, %s in !q : tensor<?x?xf32>, tensor<?x1xf32>
  %r = altgrad.amax %x : tensor<?x?xf32> -> tensor<?x1xf32>
  %c = altgrad.amax %x : tensor<?x?xf32> -> tensor<1x?xf32>
  %a = altgrad.amax %y : tensor<?x?xf32> -> f32
  %lr = arith.constant 0.1 : f32
  %n, %t = altgrad.stall %x, %y, %lr, %s in !q
      : tensor<?x?xf32>, tensor<?x1xf32> -> i64, i64
  return %y, %r, %c, %a, %n
      : tensor<?x?xf32>, tensor<?x1xf32>, tensor<1x?xf32>, f32, i64
}
)mlir",
                              getDeviceShapeVariants());
  comparison.expectSame("flat", {Array::zeros(Element::F32, {0}),
                                 Array::scalar(Element::F32, 0.5)});
  for (Array::Shape shape : {Array::Shape{0, 0}, {0, 5}, {5, 0}, {1, 1}})
    comparison.expectSame("blocks", {makeArray(Element::F32, shape),
                                     makeArray(Element::F32, {shape[0], 1})});
}

//===----------------------------------------------------------------------===//
// Several kernels
//===----------------------------------------------------------------------===//

static void checkDynamicScaling(Element element) {
  DeviceComparison comparison(
      fill(R"mlir(
!q = !altgrad.fp8<E4M3FN>
func.func private @narrow(%s: f32) -> $T
func.func @dynamic(%x: tensor<?x?x$T>, %h: tensor<4x$T>)
    -> (tensor<?x?xf32>, tensor<4x$T>, f32, $T) {
  %a = altgrad.amax %x nan(ignore) : tensor<?x?x$T> -> $T
  %h1 = altgrad.update_amax_history %h, %a : tensor<4x$T>, $T
  %m = altgrad.history_amax %h1 : tensor<4x$T> -> $T
  %s = altgrad.compute_scale %m in !q power_of_two(ceil) : $T -> f32
  %wide = $W
  %q = altgrad.quantize %wide, %s : tensor<?x?xf32>, f32 -> tensor<?x?x!q>
  %y = altgrad.dequantize %q, %s : tensor<?x?x!q>, f32 -> tensor<?x?xf32>
  return %y, %h1, %s, %m : tensor<?x?xf32>, tensor<4x$T>, f32, $T
}
func.func @rows(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?x1xf32>) {
  %a = altgrad.amax %x : tensor<?x?xf32> -> tensor<?x1xf32>
  %s = altgrad.compute_scale %a in !q : tensor<?x1xf32> -> tensor<?x1xf32>
  %y = altgrad.fake_quantize %x, %s in !q : tensor<?x?xf32>, tensor<?x1xf32>
  return %y, %s : tensor<?x?xf32>, tensor<?x1xf32>
}
)mlir",
           {{"func.func private @narrow(%s: f32) -> $T\n", ""},
            {"$W", element == Element::F32
                       ? "arith.addf %x, %x : tensor<?x?xf32>"
                       : "arith.extf %x : tensor<?x?x$T> to tensor<?x?xf32>"},
            {"$T", spell(element).str()}}),
      getDeviceShapeVariants());
  for (Array::Shape shape :
       {Array::Shape{1, 1}, {3, 5}, {4, 64}, {17, 33}, {2, 1000}}) {
    Array x = makeArray(element, shape);
    if (x.size() > 10)
      x.set(7, std::numeric_limits<double>::quiet_NaN());
    comparison.expectSame("dynamic",
                          {x, Array(element, {0.5, -1.0, 3.0, -1.0})});
    comparison.expectSame("rows", {makeArray(Element::F32, shape)});
  }
}

TEST_F(OnDevicePrograms, DynamicScalingOfF32) {
  checkDynamicScaling(Element::F32);
}
TEST_F(OnDevicePrograms, DynamicScalingOfBF16) {
  checkDynamicScaling(Element::BF16);
}
TEST_F(OnDevicePrograms, DynamicScalingOfF16) {
  checkDynamicScaling(Element::F16);
}

TEST_F(OnDevicePrograms, ControlFlow) {
  DeviceComparison comparison(R"mlir(
!q = !altgrad.fp8<E4M3FN>
func.func private @store(%w: tensor<?xf32>, %s: f32) -> tensor<?x!q> {
  %q = altgrad.quantize %w, %s : tensor<?xf32>, f32 -> tensor<?x!q>
  return %q : tensor<?x!q>
}
func.func @train(%w0: tensor<?xf32>, %g: tensor<?xf32>, %n: i64)
    -> (tensor<?xf32>, tensor<2xf32>, i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i64
  %lr = arith.constant 0.5 : f32
  %steps = arith.index_cast %n : i64 to index
  %h0 = arith.constant dense<-1.0> : tensor<2xf32>
  %size = tensor.dim %g, %c0 : tensor<?xf32>
  %rates = tensor.splat %lr[%size] : tensor<?xf32>
  %r:3 = scf.for %i = %c0 to %steps step %c1
      iter_args(%w = %w0, %h = %h0, %count = %zero)
      -> (tensor<?xf32>, tensor<2xf32>, i64) {
    %a = altgrad.amax %w : tensor<?xf32> -> f32
    %h1 = altgrad.update_amax_history %h, %a : tensor<2xf32>, f32
    %b = altgrad.history_amax %h1 : tensor<2xf32> -> f32
    %s = altgrad.compute_scale %b in !q : f32 -> f32
    %stalled, %total = altgrad.stall %w, %g, %lr, %s in !q
        : tensor<?xf32>, f32 -> i64, i64
    %step = arith.mulf %rates, %g : tensor<?xf32>
    %moved = arith.subf %w, %step : tensor<?xf32>
    %q = func.call @store(%moved, %s) : (tensor<?xf32>, f32) -> tensor<?x!q>
    %w1 = altgrad.dequantize %q, %s : tensor<?x!q>, f32 -> tensor<?xf32>
    %count1 = arith.addi %count, %stalled : i64
    scf.yield %w1, %h1, %count1 : tensor<?xf32>, tensor<2xf32>, i64
  }
  return %r#0, %r#1, %r#2 : tensor<?xf32>, tensor<2xf32>, i64
}
func.func @choose(%x: tensor<?xf32>, %limit: f32) -> (tensor<?xf32>, f32) {
  %a = altgrad.amax %x : tensor<?xf32> -> f32
  %isLarge = arith.cmpf ogt, %a, %limit : f32
  %y, %s = scf.if %isLarge -> (tensor<?xf32>, f32) {
    %s = altgrad.compute_scale %a in !q : f32 -> f32
    %y = altgrad.fake_quantize %x, %s in !q : tensor<?xf32>, f32
    scf.yield %y, %s : tensor<?xf32>, f32
  } else {
    scf.yield %x, %a : tensor<?xf32>, f32
  }
  %z = arith.addf %x, %y : tensor<?xf32>
  return %z, %s : tensor<?xf32>, f32
}
func.func @halve(%x: tensor<?xf32>, %limit: f32) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %half = arith.constant 0.5 : f32
  %size = tensor.dim %x, %c0 : tensor<?xf32>
  %halves = tensor.splat %half[%size] : tensor<?xf32>
  %r = scf.while (%y = %x) : (tensor<?xf32>) -> tensor<?xf32> {
    %a = altgrad.amax %y : tensor<?xf32> -> f32
    %isLarge = arith.cmpf ogt, %a, %limit : f32
    scf.condition(%isLarge) %y : tensor<?xf32>
  } do {
  ^bb0(%y: tensor<?xf32>):
    %z = arith.mulf %y, %halves : tensor<?xf32>
    scf.yield %z : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}
)mlir",
                              getDeviceShapeVariants());
  for (int64_t size : {1, 5, 64, 1000}) {
    Array x = makeArray(Element::F32, {size}),
          g = makeArray(Element::F32, {size}, 2);
    for (int64_t steps : {0, 1, 3})
      comparison.expectSame("train", {x, g, makeIndex(steps)});
    for (double limit : {0.001, 1e6}) {
      comparison.expectSame("choose", {x, Array::scalar(Element::F32, limit)});
      comparison.expectSame("halve", {x, Array::scalar(Element::F32, limit)});
    }
  }
}

//===----------------------------------------------------------------------===//
// Arithmetic of somebody's own
//===----------------------------------------------------------------------===//

TEST_F(OnDevicePrograms, ExactArithmetic) {
  for (Element element : kFloats) {
    DeviceComparison comparison(fill(R"mlir(
func.func @math(%x: tensor<?x$T>, %y: tensor<?x$T>, %z: tensor<?x$T>)
    -> (tensor<?x$T>, tensor<?x$T>, tensor<?x$T>, tensor<?x$T>) {
  %a = math.absf %x : tensor<?x$T>
  %r = math.sqrt %a : tensor<?x$T>
  %f = math.fma %x, %y, %z : tensor<?x$T>
  %m = arith.mulf %x, %y : tensor<?x$T>
  %p = arith.addf %m, %z : tensor<?x$T>
  %d = arith.divf %x, %y : tensor<?x$T>
  %fl = math.floor %d : tensor<?x$T>
  %e = math.roundeven %p : tensor<?x$T>
  %u = arith.maximumf %fl, %e : tensor<?x$T>
  %v = arith.minnumf %u, %f : tensor<?x$T>
  %n = arith.negf %v : tensor<?x$T>
  %less = arith.cmpf olt, %p, %d : tensor<?x$T>
  %w = arith.select %less, %n, %r : tensor<?xi1>, tensor<?x$T>
  return %w, %p, %d, %f : tensor<?x$T>, tensor<?x$T>, tensor<?x$T>, tensor<?x$T>
}
)mlir",
                                     {{"$T", spell(element).str()}}),
                                getDeviceShapeVariants());
    for (int64_t size : {1, 63, 1000}) {
      Array x = makeArray(element, {size}), y = makeArray(element, {size}, 2),
            z = makeArray(element, {size}, 3);
      comparison.expectSame("math", {x, y, z});
    }
  }
}

// Functions that nobody rounds correctly, and sums in any order.
TEST_F(OnDevicePrograms, ApproximateArithmetic) {
  DeviceComparison comparison(R"mlir(
func.func @functions(%x: tensor<?xf32>)
    -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %e = math.exp %x : tensor<?xf32>
  %t = math.tanh %x : tensor<?xf32>
  %a = math.absf %x : tensor<?xf32>
  %l = math.log1p %a : tensor<?xf32>
  return %e, %t, %l : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
func.func @softmax(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x33xf32>
  %e = math.exp %x : tensor<?x33xf32>
  %empty = tensor.empty(%n) : tensor<?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.reduce { arith.addf } ins(%e : tensor<?x33xf32>)
      outs(%init : tensor<?xf32>) dimensions = [1]
  %wide = tensor.empty(%n) : tensor<?x33xf32>
  %sums = linalg.broadcast ins(%sum : tensor<?xf32>)
      outs(%wide : tensor<?x33xf32>) dimensions = [1]
  %y = arith.divf %e, %sums : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
)mlir",
                              getDeviceShapeVariants());
  for (int64_t size : {1, 63, 1000})
    comparison.expectClose("functions", {makeArray(Element::F32, {size})},
                           1e-5);
  comparison.expectClose("softmax", {makeArray(Element::F32, {13, 33})}, 1e-5);
}

TEST_F(OnDevicePrograms, SumsAndProductsOfIntegers) {
  DeviceComparison comparison(R"mlir(
!q = !altgrad.fp8<E4M3FN>
func.func @matmul(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %b, %c1 : tensor<?x?xf32>
  %x = altgrad.round %a in !q : tensor<?x?xf32>
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %c = linalg.matmul ins(%x, %b : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %c : tensor<?x?xf32>
}
func.func @sums(%x: tensor<?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<f32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e0 = tensor.empty(%m) : tensor<?xf32>
  %i0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %e1 = tensor.empty(%n) : tensor<?xf32>
  %i1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %e2 = tensor.empty() : tensor<f32>
  %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<f32>) -> tensor<f32>
  %r0 = linalg.reduce { arith.addf } ins(%x : tensor<?x?xf32>)
      outs(%i0 : tensor<?xf32>) dimensions = [1]
  %r1 = linalg.reduce { arith.addf } ins(%x : tensor<?x?xf32>)
      outs(%i1 : tensor<?xf32>) dimensions = [0]
  %r2 = linalg.reduce { arith.addf } ins(%x : tensor<?x?xf32>)
      outs(%i2 : tensor<f32>) dimensions = [0, 1]
  return %r0, %r1, %r2 : tensor<?xf32>, tensor<?xf32>, tensor<f32>
}
func.func @transpose(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%n, %m) : tensor<?x?xf32>
  %t = linalg.transpose ins(%x : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>)
      permutation = [1, 0]
  %y = altgrad.round %t in !q : tensor<?x?xf32>
  %f = tensor.collapse_shape %y [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  return %y, %f : tensor<?x?xf32>, tensor<?xf32>
}
)mlir",
                              getDeviceShapeVariants());
  for (auto [m, k, n] : {std::tuple(1, 1, 1), std::tuple(3, 5, 7),
                         std::tuple(16, 32, 33), std::tuple(4, 0, 5)}) {
    comparison.expectSame("matmul", {makeIntegers(Element::F32, {m, k}, 1),
                                     makeIntegers(Element::F32, {k, n}, 2)});
    comparison.expectSame("sums", {makeIntegers(Element::F32, {m, n}, 3)});
    comparison.expectSame("transpose", {makeArray(Element::F32, {m, n})});
  }
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

TEST_F(OnDevicePrograms, Gradients) {
  std::string text = Program::transform(R"mlir(
func.func @layer(%w: tensor<?x33xf32>, %x: tensor<?x33xf32>, %s: f32)
    -> tensor<?x33xf32> {
  %q = altgrad.fake_quantize %w, %s in !altgrad.fp8<E4M3FN> ste(clipped)
      : tensor<?x33xf32>, f32
  %z = arith.mulf %q, %x : tensor<?x33xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %w, %c0 : tensor<?x33xf32>
  %zeros = tensor.splat %zero[%n] : tensor<?x33xf32>
  %y = arith.maximumf %z, %zeros : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
)mlir",
                                        "altgrad-differentiate");
  DeviceComparison comparison(text, getDeviceShapeVariants());
  for (int64_t rows : {0, 1, 4, 31}) {
    Array w = makeArray(Element::F32, {rows, 33}),
          x = makeArray(Element::F32, {rows, 33}, 2),
          g = makeArray(Element::F32, {rows, 33}, 3);
    Array scale = Array::scalar(Element::F32, 0.01);
    comparison.expectSame("layer", {w, x, scale});
    comparison.expectSame("layer_vjp", {w, x, scale, g});
  }
}
