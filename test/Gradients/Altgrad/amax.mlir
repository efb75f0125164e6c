// altgrad.amax: zero. The gradient of x is what it is without the amax, and
// nothing in front of the amax is differentiated for it.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[G:[a-z0-9]+]]: tensor<4xf32>, %{{[a-z0-9]+}}: f32)
// CHECK-NEXT: %[[E:.*]] = math.exp %[[X]]
// CHECK-NEXT: %[[A:.*]] = altgrad.amax %[[E]]
// CHECK-NEXT: %[[N:.*]] = arith.negf %[[X]]
// CHECK-NEXT: %[[DX:.*]] = arith.negf %[[G]]
// CHECK-NEXT: return %[[N]], %[[A]], %[[DX]]
func.func @f(%x: tensor<4xf32>) -> (tensor<4xf32>, f32) {
  %e = math.exp %x : tensor<4xf32>
  %a = altgrad.amax %e : tensor<4xf32> -> f32
  %n = arith.negf %x : tensor<4xf32>
  return %n, %a : tensor<4xf32>, f32
}

// At any granularity, and where it is all there is.

// CHECK-LABEL: func @blocks_vjp(
// CHECK-DAG: %[[A:.*]] = altgrad.amax
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : tensor<4x8xbf16>
// CHECK: return %[[A]], %[[ZERO]]
func.func @blocks(%x: tensor<4x8xbf16>) -> tensor<4x2xbf16> {
  %a = altgrad.amax %x nan(ignore) : tensor<4x8xbf16> -> tensor<4x2xbf16>
  return %a : tensor<4x2xbf16>
}
