// The ops are pure: equal ones are one, those with other policies are not.
//
// RUN: altgrad-opt %s --cse | FileCheck %s

// CHECK-LABEL: func @equal
// CHECK: %[[CODES:.*]] = altgrad.quantize
// CHECK-NOT: altgrad.quantize
// CHECK: %[[AMAX:.*]] = altgrad.amax
// CHECK-NOT: altgrad.amax
// CHECK: return %[[CODES]], %[[CODES]], %[[AMAX]], %[[AMAX]]
func.func @equal(%x: tensor<?xf32>, %s: f32)
    -> (tensor<?x!altgrad.fp8<E5M2>>, tensor<?x!altgrad.fp8<E5M2>>, f32, f32) {
  %0 = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E5M2>>
  %1 = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E5M2>>
  %2 = altgrad.amax %x : tensor<?xf32> -> f32
  %3 = altgrad.amax %x : tensor<?xf32> -> f32
  return %0, %1, %2, %3 : tensor<?x!altgrad.fp8<E5M2>>, tensor<?x!altgrad.fp8<E5M2>>, f32, f32
}

// CHECK-LABEL: func @different
// CHECK-COUNT-4: altgrad.round
// CHECK-COUNT-2: altgrad.amax
// CHECK-COUNT-2: altgrad.compute_scale
func.func @different(%x: f32, %v: vector<4xf32>) -> (f32, f32, f32, f32, f32, f32, f32, f32) {
  %0 = altgrad.round %x in !altgrad.fp8<E5M2> : f32
  %1 = altgrad.round %x in !altgrad.fp8<E5M2> overflow(infinity) : f32
  %2 = altgrad.round %x in !altgrad.fp8<E4M3> : f32
  %3 = altgrad.round %x in !altgrad.fp8<E4M3FN> : f32
  %4 = altgrad.amax %v : vector<4xf32> -> f32
  %5 = altgrad.amax %v nan(ignore) : vector<4xf32> -> f32
  %6 = altgrad.compute_scale %x in !altgrad.fp8<E5M2> : f32 -> f32
  %7 = altgrad.compute_scale %x in !altgrad.fp8<E5M2> margin(1) : f32 -> f32
  return %0, %1, %2, %3, %4, %5, %6, %7 : f32, f32, f32, f32, f32, f32, f32, f32
}
