// What loops and branches record and carry besides f64: vectors, codes, integers,
// narrow floats.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: altgrad-opt %s --altgrad-differentiate --altgrad-cpu-pipeline | FileCheck %s --check-prefix=LOWERED
// RUN: %check_gradients %s
// GRADIENTS @wide_inside range=-1:1

!E4M3FN = !altgrad.fp8<E4M3FN>

// LOWERED-NOT: unrealized_conversion_cast

// CHECK-LABEL: func @vectors_vjp(
// CHECK: tensor.empty() : tensor<3xvector<4xf32>>
func.func @vectors(%x: vector<4xf32>) -> vector<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> vector<4xf32> {
    %b = arith.mulf %a, %a : vector<4xf32>
    scf.yield %b : vector<4xf32>
  }
  return %r : vector<4xf32>
}

// Codes that are carried have a cotangent in f32.

// CHECK-LABEL: func @codes_vjp(
// CHECK: scf.for {{.*}} -> (tensor<4x!E4M3FN>, tensor<3xf32>, tensor<3x4xf32>)
// CHECK: scf.for {{.*}} -> (tensor<4xf32>)
func.func @codes(%x: tensor<4xf32>, %s: tensor<3xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %q = altgrad.quantize %x : tensor<4xf32> -> tensor<4x!E4M3FN>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %q) -> tensor<4x!E4M3FN> {
    %scale = tensor.extract %s[%i] : tensor<3xf32>
    %d = math.absf %scale : f32
    %f = altgrad.dequantize %a, %d : tensor<4x!E4M3FN>, f32 -> tensor<4xf32>
    %t = math.sin %f : tensor<4xf32>
    %p = altgrad.quantize %t, %scale : tensor<4xf32>, f32 -> tensor<4x!E4M3FN>
    scf.yield %p : tensor<4x!E4M3FN>
  }
  %y = altgrad.dequantize %r : tensor<4x!E4M3FN> -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// Sums over iterations are f32 ones; the tape has the type of the values.

// CHECK-LABEL: func @narrow_vjp(
// CHECK-SAME: -> (tensor<4xbf16>, tensor<4xbf16>, tensor<4xbf16>)
// CHECK: tensor.empty() : tensor<3x4xbf16>
// CHECK: scf.for {{.*}} -> (tensor<4xf32>, tensor<4xf32>)
func.func @narrow(%x: tensor<4xbf16>, %y: tensor<4xbf16>) -> tensor<4xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> tensor<4xbf16> {
    %b = arith.mulf %a, %y : tensor<4xbf16>
    scf.yield %b : tensor<4xbf16>
  }
  return %r : tensor<4xbf16>
}

// What is carried beside it, and has no gradient, does not go around.

// CHECK-LABEL: func @wide_inside_vjp(
// CHECK: scf.for {{.*}} -> (f64, f64)
// CHECK-NOT: truncf
// CHECK: return
func.func @wide_inside(%x: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %two = arith.constant 2.0 : f32
  %r:2 = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %two, %b = %x) -> (f32, f64) {
    %wide = arith.extf %a : f32 to f64
    %p = arith.mulf %b, %wide : f64
    %c = arith.mulf %p, %x : f64
    scf.yield %two, %c : f32, f64
  }
  return %r#1 : f64
}

// Arithmetic in f64 in the body of a loop over f32: its cotangents stay f64.

// CHECK-LABEL: func @widening_vjp(
// CHECK: scf.for {{.*}} -> (f64)
// CHECK-NOT: scf.for
// CHECK: arith.truncf
func.func @widening(%x: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> f32 {
    %wide = arith.extf %a : f32 to f64
    %s = math.sin %wide : f64
    %n = arith.truncf %s : f64 to f32
    scf.yield %n : f32
  }
  return %r : f32
}

// Sides of a branch that yield cotangents of different width.

// CHECK-LABEL: func @sides_vjp(
// CHECK: scf.if %{{.*}} -> (f64) {
// CHECK: } else {
// CHECK: arith.extf
// CHECK: scf.yield %{{.*}} : f64
func.func @sides(%x: f32, %c: i1) -> f32 {
  %r = scf.if %c -> f32 {
    %wide = arith.extf %x : f32 to f64
    %s = math.sin %wide : f64
    %n = arith.truncf %s : f64 to f32
    scf.yield %n : f32
  } else {
    %n = arith.negf %x : f32
    scf.yield %n : f32
  }
  return %r : f32
}
