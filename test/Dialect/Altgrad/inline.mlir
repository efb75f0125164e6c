// altgrad ops, codes in signatures included, inline like any other.
//
// RUN: altgrad-opt %s --inline | FileCheck %s

// CHECK-LABEL: func @caller
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>, %[[SCALE:.*]]: f32)
// CHECK-NOT: call
// The pair meets only after inlining.
// CHECK: %[[Y:.*]] = altgrad.fake_quantize %[[X]], %[[SCALE]] in !E4M3FN
// CHECK-NEXT: return %[[Y]]
func.func @caller(%x: tensor<?xf32>, %s: f32) -> tensor<?xf32> {
  %q = call @compress(%x, %s) : (tensor<?xf32>, f32) -> tensor<?x!altgrad.fp8<E4M3FN>>
  %y = call @expand(%q, %s) : (tensor<?x!altgrad.fp8<E4M3FN>>, f32) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func private @compress(%x: tensor<?xf32>, %s: f32) -> tensor<?x!altgrad.fp8<E4M3FN>> {
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
  return %q : tensor<?x!altgrad.fp8<E4M3FN>>
}
func.func private @expand(%q: tensor<?x!altgrad.fp8<E4M3FN>>, %s: f32) -> tensor<?xf32> {
  %y = altgrad.dequantize %q, %s : tensor<?x!altgrad.fp8<E4M3FN>>, f32 -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: func @scaling
// CHECK-NOT: call
// CHECK: altgrad.amax
// CHECK: altgrad.update_amax_history
// CHECK: altgrad.history_amax
// CHECK: altgrad.compute_scale
// CHECK: altgrad.stall
// CHECK: altgrad.round
// CHECK: altgrad.bitcast
func.func @scaling(%x: tensor<?xf32>, %h: tensor<4xf32>) -> (i64, f32, i8) {
  %0:3 = call @everything(%x, %h) : (tensor<?xf32>, tensor<4xf32>) -> (i64, f32, i8)
  return %0#0, %0#1, %0#2 : i64, f32, i8
}
func.func private @everything(%x: tensor<?xf32>, %h: tensor<4xf32>) -> (i64, f32, i8) {
  %a = altgrad.amax %x : tensor<?xf32> -> f32
  %h1 = altgrad.update_amax_history %h, %a : tensor<4xf32>, f32
  %b = altgrad.history_amax %h1 : tensor<4xf32> -> f32
  %s = altgrad.compute_scale %b in !altgrad.fp8<E5M2> : f32 -> f32
  %stalled, %total = altgrad.stall %x, %x, %s, %s in !altgrad.fp8<E5M2> : tensor<?xf32>, f32 -> i64, i64
  %r = altgrad.round %s in !altgrad.fp8<E5M2> : f32
  %q = altgrad.quantize %s : f32 -> !altgrad.fp8<E5M2>
  %byte = altgrad.bitcast %q : !altgrad.fp8<E5M2> to i8
  return %stalled, %r, %byte : i64, f32, i8
}
