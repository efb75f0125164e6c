// How gradients flow through a function. The rules of operations are in
// test/Gradients.
//
// RUN: altgrad-opt %s --altgrad-differentiate -split-input-file | FileCheck %s

// The primal operations are there once, and in front.

// CHECK-LABEL: func @product(
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: return
// CHECK-LABEL: func @product_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[Y:.*]]: f32, %[[G:.*]]: f32) -> (f32, f32, f32)
// CHECK-NEXT: %[[Z:.*]] = arith.mulf %[[X]], %[[Y]]
// CHECK-NEXT: %[[DX:.*]] = arith.mulf %[[G]], %[[Y]]
// CHECK-NEXT: %[[DY:.*]] = arith.mulf %[[G]], %[[X]]
// CHECK-NEXT: return %[[Z]], %[[DX]], %[[DY]]
func.func @product(%x: f32, %y: f32) -> f32 {
  %z = arith.mulf %x, %y : f32
  return %z : f32
}

// -----

// A value with several uses gets the sum of their cotangents; nothing that the
// primal has computed is computed again.

// CHECK-LABEL: func @several_uses_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[G0:.*]]: f32, %[[G1:.*]]: f32)
// CHECK-NEXT: %[[E:.*]] = math.exp %[[X]]
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[E]], %[[X]]
// CHECK-NEXT: %[[FROM_BOTH:.*]] = arith.addf %[[G0]], %[[G1]]
// CHECK-NEXT: %[[THROUGH_EXP:.*]] = arith.mulf %[[FROM_BOTH]], %[[E]]
// CHECK-NEXT: %[[DX:.*]] = arith.addf %[[G1]], %[[THROUGH_EXP]]
// CHECK-NEXT: return %[[E]], %[[S]], %[[DX]]
func.func @several_uses(%x: f32) -> (f32, f32) {
  %e = math.exp %x : f32
  %s = arith.addf %e, %x : f32
  return %e, %s : f32, f32
}

// -----

// No work for what is inactive: constants, integers, and what depends on no
// argument or reaches no result. Dead primal work goes.

// CHECK-LABEL: func @inactive_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[N:.*]]: i32, %[[G:.*]]: f32)
// CHECK-NEXT: %[[TWO:.*]] = arith.constant 2.0
// CHECK-NEXT: %[[F:.*]] = arith.sitofp %[[N]]
// CHECK-NEXT: %[[ROOT:.*]] = math.sqrt %[[F]]
// CHECK-NEXT: %[[A:.*]] = arith.mulf %[[X]], %[[TWO]]
// CHECK-NEXT: %[[B:.*]] = arith.mulf %[[A]], %[[ROOT]]
// CHECK-NEXT: %[[GB:.*]] = arith.mulf %[[G]], %[[ROOT]]
// CHECK-NEXT: %[[GA:.*]] = arith.mulf %[[GB]], %[[TWO]]
// CHECK-NEXT: return %[[B]], %[[GA]]
func.func @inactive(%x: f32, %n: i32) -> f32 {
  %two = arith.constant 2.0 : f32
  %f = arith.sitofp %n : i32 to f32
  %root = math.sqrt %f : f32
  %a = arith.mulf %x, %two : f32
  %b = arith.mulf %a, %root : f32
  %dead = math.exp %b : f32
  return %b : f32
}

// -----

// An argument without an influence has the gradient zero.

// CHECK-LABEL: func @no_influence_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[T:.*]]: tensor<?xf64>, %[[G:.*]]: f32)
// CHECK: %[[DIM:.*]] = tensor.dim %[[T]]
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[DIM]])
// CHECK: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f64
// CHECK: %[[DT:.*]] = linalg.fill ins(%[[ZERO]] : f64) outs(%[[EMPTY]]
// CHECK: return %[[X]], %[[G]], %[[DT]]
func.func @no_influence(%x: f32, %t: tensor<?xf64>) -> f32 {
  return %x : f32
}

// -----

// State goes in and comes out; the scale that follows from it has the gradient
// zero, and so has the history.

// CHECK-LABEL: func @state_vjp(
// CHECK-SAME: %[[W:.*]]: tensor<4xf32>, %[[H:.*]]: tensor<2xf32>, %[[G:.*]]: tensor<4xf32>, %{{.*}}: tensor<2xf32>)
// CHECK: %[[AMAX:.*]] = altgrad.amax %[[W]]
// CHECK: %[[H1:.*]] = altgrad.update_amax_history %[[H]], %[[AMAX]]
// CHECK: %[[S:.*]] = altgrad.compute_scale
// CHECK: %[[Y:.*]] = altgrad.fake_quantize %[[W]], %[[S]]
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : tensor<2xf32>
// CHECK: return %[[Y]], %[[H1]], %[[G]], %[[ZERO]]
func.func @state(%w: tensor<4xf32>, %h: tensor<2xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
  %a = altgrad.amax %w : tensor<4xf32> -> f32
  %h1 = altgrad.update_amax_history %h, %a : tensor<2xf32>, f32
  %b = altgrad.history_amax %h1 : tensor<2xf32> -> f32
  %s = altgrad.compute_scale %b in !altgrad.fp8<E4M3FN> : f32 -> f32
  %y = altgrad.fake_quantize %w, %s in !altgrad.fp8<E4M3FN> : tensor<4xf32>, f32
  return %y, %h1 : tensor<4xf32>, tensor<2xf32>
}

// -----

// A pair with one scale is a fake_quantize, so that its gradient is g and not
// g * s / s, also where the codes come out of a call. The codes that are
// returned remain, without a cotangent.

// CHECK-LABEL: func @pair_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[S:.*]]: f32, %[[G:.*]]: f32) -> (!E5M2, f32, f32, f32)
// CHECK-DAG: %[[Q:.*]] = altgrad.quantize %[[X]], %[[S]]
// CHECK-DAG: %[[Y:.*]] = altgrad.fake_quantize %[[X]], %[[S]]
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NOT: arith.{{mulf|divf}}
// CHECK: return %[[Q]], %[[Y]], %[[G]], %[[ZERO]]
func.func private @store(%x: f32, %s: f32) -> !altgrad.fp8<E5M2> {
  %q = altgrad.quantize %x, %s : f32, f32 -> !altgrad.fp8<E5M2>
  return %q : !altgrad.fp8<E5M2>
}
func.func @pair(%x: f32, %s: f32) -> (!altgrad.fp8<E5M2>, f32) {
  %q = call @store(%x, %s) : (f32, f32) -> !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E5M2>, f32 -> f32
  return %q, %y : !altgrad.fp8<E5M2>, f32
}

// -----

// Calls on the way of a gradient are inlined, calls of calls too; others stay.

// CHECK-LABEL: func @calls_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[G:.*]]: f32)
// CHECK-NEXT: %[[E:.*]] = math.exp %[[X]]
// CHECK-NEXT: %[[N:.*]] = arith.negf %[[E]]
// CHECK-NEXT: call @print(%[[N]])
// CHECK-NEXT: %[[GE:.*]] = arith.negf %[[G]]
// CHECK-NEXT: %[[DX:.*]] = arith.mulf %[[GE]], %[[E]]
// CHECK-NEXT: return %[[N]], %[[DX]]
func.func private @print(f32)
func.func private @outer(%x: f32) -> f32 {
  %0 = call @inner(%x) : (f32) -> f32
  %1 = arith.negf %0 : f32
  return %1 : f32
}
func.func private @inner(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}
func.func @calls(%x: f32) -> f32 {
  %0 = call @outer(%x) : (f32) -> f32
  call @print(%0) : (f32) -> ()
  return %0 : f32
}

// -----

// A program may declare the gradient and call it. It is private then.

// CHECK-LABEL: func @main(
// CHECK: call @f_vjp
// CHECK-LABEL: func private @f_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[G:.*]]: f32) -> (f32, f32) {
// CHECK-LABEL: func @f(
func.func @main() {
  %x = arith.constant 1.0 : f32
  %0:2 = call @f_vjp(%x, %x) : (f32, f32) -> (f32, f32)
  return
}
func.func private @f_vjp(f32, f32) -> (f32, f32)
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

// -----

// Casts between float types do not round a gradient: it is narrow only where
// arithmetic is, and in the end.

// CHECK-LABEL: func @mixed_vjp(
// CHECK-SAME: %[[X:.*]]: f32, %[[B:.*]]: bf16, %[[G:.*]]: f32)
// CHECK: %[[N:.*]] = arith.truncf %[[X]] : f32 to bf16
// CHECK: %[[P:.*]] = arith.mulf %[[N]], %[[B]] : bf16
// CHECK: %[[NARROW:.*]] = arith.truncf %[[G]] : f32 to bf16
// CHECK: %[[THROUGH_P:.*]] = arith.mulf %[[NARROW]], %[[B]] : bf16
// CHECK: %[[WIDE:.*]] = arith.extf %[[THROUGH_P]] : bf16 to f32
// CHECK: %[[DX:.*]] = arith.addf %[[G]], %[[WIDE]] : f32
// CHECK: %[[DB:.*]] = arith.mulf %[[NARROW]], %[[N]] : bf16
// CHECK: return %{{.*}}, %[[DX]], %[[DB]]
func.func @mixed(%x: f32, %b: bf16) -> f32 {
  %n = arith.truncf %x : f32 to bf16
  %p = arith.mulf %n, %b : bf16
  %n32 = arith.extf %n : bf16 to f32
  %p32 = arith.extf %p : bf16 to f32
  %r = arith.addf %n32, %p32 : f32
  return %r : f32
}

// -----

// Attributes of arguments stay with them.

// CHECK-LABEL: func @attributes_vjp(
// CHECK-SAME: %{{.*}}: f32 {test.name = "x"}, %{{.*}}: f32) -> (f32 {test.name = "y"}, f32)
func.func @attributes(%x: f32 {test.name = "x"}) -> (f32 {test.name = "y"}) {
  return %x : f32
}
