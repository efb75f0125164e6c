// altgrad.fake_quantize: g, unchanged, or with ste(clipped) g inside of the
// format's range and 0 outside; with scale_grad(lsq) the sum over each scale's
// block of g (Q(u) - u) inside and of g times +-largest outside.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_straight_through %s

!E4M3FN = !altgrad.fp8<E4M3FN>
!E5M2 = !altgrad.fp8<E5M2>
!E3M4 = !altgrad.fp8<E3M4>
!E0M7 = !altgrad.fp8<E0M7>
!E1M6 = !altgrad.fp8<E1M6>
!E7M0 = !altgrad.fp8<E7M0>
!E4M3FNUZ = !altgrad.fp8<E4M3FNUZ>

// The identity touches no bit of g, whatever x is.

// STRAIGHT_THROUGH @identity kind=fake format=E4M3FN
// CHECK-LABEL: func @identity_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK-NEXT: %[[Y:.*]] = altgrad.fake_quantize %[[X]], %[[S]]
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NEXT: return %[[Y]], %[[G]], %[[ZERO]]
func.func @identity(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN : tensor<24xf32>, f32
  return %y : tensor<24xf32>
}

// STRAIGHT_THROUGH @clipped kind=fake format=E4M3FN ste=clipped
// CHECK-LABEL: func @clipped_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[G]] :
// CHECK-NEXT: ^bb0(%[[XI:.*]]: f32, %[[GI:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[U:.*]] = arith.divf %[[XI]], %[[S]]
// CHECK-NEXT: %[[MAGNITUDE:.*]] = math.absf %[[U]]
// CHECK-NEXT: %[[LARGEST:.*]] = arith.constant 4.480000e+02
// CHECK-NEXT: %[[IS_INSIDE:.*]] = arith.cmpf ole, %[[MAGNITUDE]], %[[LARGEST]]
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NEXT: %[[R:.*]] = arith.select %[[IS_INSIDE]], %[[GI]], %[[ZERO]]
// CHECK-NEXT: linalg.yield %[[R]]
func.func @clipped(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN ste(clipped) : tensor<24xf32>, f32
  return %y : tensor<24xf32>
}

// Per tensor: what is summed is g (Q(u) - u), or g times the largest value.

// STRAIGHT_THROUGH @learned kind=fake format=E4M3FN scale_grad=lsq
// CHECK-LABEL: func @learned_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}"reduction"{{.*}} ins(%[[X]], %[[G]] :
// CHECK-NEXT: ^bb0(%[[XI:.*]]: f32, %[[GI:.*]]: f32, %[[ACC:.*]]: f32):
// CHECK-NEXT: %[[U:.*]] = arith.divf %[[XI]], %[[S]]
// CHECK-NEXT: %[[Q:.*]] = altgrad.fake_quantize %[[U]] in !E4M3FN : f32
// CHECK-NEXT: %[[ERROR:.*]] = arith.subf %[[Q]], %[[U]]
// CHECK-NEXT: %[[LARGEST:.*]] = arith.constant 4.480000e+02
// CHECK-NEXT: %[[BOUND:.*]] = math.copysign %[[LARGEST]], %[[U]]
// CHECK-NEXT: %[[MAGNITUDE:.*]] = math.absf %[[U]]
// CHECK-NEXT: %[[IS_INSIDE:.*]] = arith.cmpf ole, %[[MAGNITUDE]], %[[LARGEST]]
// CHECK-NEXT: %[[FACTOR:.*]] = arith.select %[[IS_INSIDE]], %[[ERROR]], %[[BOUND]]
// CHECK-NEXT: %[[TERM:.*]] = arith.mulf %[[GI]], %[[FACTOR]]
// CHECK-NEXT: %[[NEXT:.*]] = arith.addf %[[ACC]], %[[TERM]]
// CHECK-NEXT: linalg.yield %[[NEXT]]
// CHECK: %[[DS:.*]] = tensor.extract %[[SUM]][]
// CHECK: return %{{.*}}, %[[G]], %[[DS]]
func.func @learned(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN scale_grad(lsq) : tensor<24xf32>, f32
  return %y : tensor<24xf32>
}

// A scale for each block: one sum for each.

// STRAIGHT_THROUGH @learned_blocks kind=fake format=E3M4 ste=clipped scale_grad=lsq
// CHECK-LABEL: func @learned_blocks_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x6xf32>, %[[S:[a-z0-9]+]]: tensor<2x3xf32>, %[[G:[a-z0-9]+]]: tensor<4x6xf32>)
// CHECK-DAG: %[[X_BLOCKS:.*]] = tensor.expand_shape %[[X]] {{.*}} into tensor<2x2x3x2xf32>
// CHECK-DAG: %[[G_BLOCKS:.*]] = tensor.expand_shape %[[G]] {{.*}} into tensor<2x2x3x2xf32>
// CHECK: linalg.generic {{.*}}["parallel", "parallel", "parallel", "parallel"]} ins(%[[X_BLOCKS]], %[[G_BLOCKS]], %[[S]] :
// CHECK: %[[SUMS:.*]] = linalg.generic {{.*}}"reduction"{{.*}} ins(%[[X_BLOCKS]], %[[G_BLOCKS]], %[[S]] :
// CHECK: return %{{.*}}, %{{.*}}, %[[SUMS]] : tensor<4x6xf32>, tensor<4x6xf32>, tensor<2x3xf32>
func.func @learned_blocks(%x: tensor<4x6xf32>, %s: tensor<2x3xf32>) -> tensor<4x6xf32> {
  %y = altgrad.fake_quantize %x, %s in !E3M4 ste(clipped) scale_grad(lsq)
      : tensor<4x6xf32>, tensor<2x3xf32>
  return %y : tensor<4x6xf32>
}

// Rows, with sizes that are known when it runs.

// STRAIGHT_THROUGH @rows kind=fake format=E5M2 ste=clipped scale_grad=lsq
// CHECK-LABEL: func @rows_vjp(
func.func @rows(%x: tensor<?x?xf32>, %s: tensor<?x1xf32>) -> tensor<?x?xf32> {
  %y = altgrad.fake_quantize %x, %s in !E5M2 ste(clipped) scale_grad(lsq)
      : tensor<?x?xf32>, tensor<?x1xf32>
  return %y : tensor<?x?xf32>
}

// A scale for each element, and none.

// STRAIGHT_THROUGH @elements kind=fake format=E4M3FNUZ ste=clipped scale_grad=lsq
func.func @elements(%x: tensor<8xf32>, %s: tensor<8xf32>) -> tensor<8xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FNUZ ste(clipped) scale_grad(lsq)
      : tensor<8xf32>, tensor<8xf32>
  return %y : tensor<8xf32>
}

// STRAIGHT_THROUGH @unscaled kind=fake format=E0M7 ste=clipped
// CHECK-LABEL: func @unscaled_vjp(
// CHECK-NOT: arith.divf
// CHECK: return
func.func @unscaled(%x: tensor<24xf32>) -> tensor<24xf32> {
  %y = altgrad.fake_quantize %x in !E0M7 ste(clipped) : tensor<24xf32>
  return %y : tensor<24xf32>
}

// The other types: sums of 16-bit floats are f32 ones, rounded at the end.

// STRAIGHT_THROUGH @double kind=fake format=E1M6 ste=clipped scale_grad=lsq
func.func @double(%x: tensor<4x6xf64>, %s: tensor<4x1xf64>) -> tensor<4x6xf64> {
  %y = altgrad.fake_quantize %x, %s in !E1M6 ste(clipped) scale_grad(lsq)
      : tensor<4x6xf64>, tensor<4x1xf64>
  return %y : tensor<4x6xf64>
}

// STRAIGHT_THROUGH @bfloat kind=fake format=E4M3FN ste=clipped scale_grad=lsq
// CHECK-LABEL: func @bfloat_vjp(
// CHECK: %[[TERM:.*]] = arith.mulf %{{.*}}, %{{.*}} : bf16
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[TERM]] : bf16 to f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[WIDE]] : f32
// CHECK: arith.truncf %{{.*}} : tensor<4x1xf32> to tensor<4x1xbf16>
func.func @bfloat(%x: tensor<4x6xbf16>, %s: tensor<4x1xbf16>) -> tensor<4x6xbf16> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN ste(clipped) scale_grad(lsq)
      : tensor<4x6xbf16>, tensor<4x1xbf16>
  return %y : tensor<4x6xbf16>
}

// STRAIGHT_THROUGH @half kind=fake format=E5M2 ste=clipped scale_grad=lsq
func.func @half(%x: tensor<4x6xf16>, %s: tensor<4x1xf16>) -> tensor<4x6xf16> {
  %y = altgrad.fake_quantize %x, %s in !E5M2 ste(clipped) scale_grad(lsq)
      : tensor<4x6xf16>, tensor<4x1xf16>
  return %y : tensor<4x6xf16>
}

// 2^64, the largest value of E7M0, is no f16: every finite u is inside.

// STRAIGHT_THROUGH @identity_half kind=fake format=E4M3FN
// STRAIGHT_THROUGH @identity_bfloat kind=fake format=E7M0
// STRAIGHT_THROUGH @identity_double kind=fake format=E7M0
// CHECK-LABEL: func @beyond_half_vjp(
// CHECK: arith.constant 6.550400e+04 : f16
func.func @beyond_half(%x: tensor<6xf16>) -> tensor<6xf16> {
  %y = altgrad.fake_quantize %x in !E7M0 ste(clipped) : tensor<6xf16>
  return %y : tensor<6xf16>
}
func.func @identity_half(%x: tensor<4x6xf16>, %s: tensor<4x2xf16>) -> tensor<4x6xf16> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN : tensor<4x6xf16>, tensor<4x2xf16>
  return %y : tensor<4x6xf16>
}
func.func @identity_bfloat(%x: tensor<4x6xbf16>, %s: tensor<4x2xbf16>) -> tensor<4x6xbf16> {
  %y = altgrad.fake_quantize %x, %s in !E7M0 : tensor<4x6xbf16>, tensor<4x2xbf16>
  return %y : tensor<4x6xbf16>
}
func.func @identity_double(%x: tensor<4x6xf64>, %s: tensor<4x2xf64>) -> tensor<4x6xf64> {
  %y = altgrad.fake_quantize %x, %s in !E7M0 : tensor<4x6xf64>, tensor<4x2xf64>
  return %y : tensor<4x6xf64>
}

// Scalars and vectors have the same rule.

// STRAIGHT_THROUGH @scalar kind=fake format=E4M3FN ste=clipped scale_grad=lsq
// CHECK-LABEL: func @scalar_vjp(
// CHECK-NOT: linalg
// CHECK: return
func.func @scalar(%x: f32, %s: f32) -> f32 {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN ste(clipped) scale_grad(lsq) : f32, f32
  return %y : f32
}

// CHECK-LABEL: func @vector_vjp(
// CHECK: %[[TERMS:.*]] = arith.mulf %{{.*}} : vector<8xf32>
// CHECK: vector.reduction <add>, %[[TERMS]]
func.func @vector(%x: vector<8xf32>, %s: f32) -> vector<8xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN scale_grad(lsq) : vector<8xf32>, f32
  return %y : vector<8xf32>
}

// What Q(u) is, overflow decides: the sum has the operation's own.

// CHECK-LABEL: func @overflow_vjp(
// CHECK: altgrad.fake_quantize %{{.*}} in !E5M2 overflow(infinity) : f32
func.func @overflow(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %y = altgrad.fake_quantize %x, %s in !E5M2 overflow(infinity) scale_grad(lsq)
      : tensor<4xf32>, f32
  return %y : tensor<4xf32>
}
