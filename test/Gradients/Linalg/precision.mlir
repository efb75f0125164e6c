// A cotangent is summed in f32 where its values are narrower, and rounded once,
// at the end. Codes are moved like their values; where they went, the cotangent
// comes back in the type of the values.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s

// CHECK-LABEL: func @bias_vjp(
// CHECK-SAME: %[[G:[a-z0-9]+]]: tensor<4x2xbf16>)
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<2xf32>
// CHECK: %[[INIT:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[EMPTY]]
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[G]] : tensor<4x2xbf16>) outs(%[[INIT]] : tensor<2xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: bf16, %[[OUT:.*]]: f32):
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]] : bf16 to f32
// CHECK-NEXT: arith.addf %[[OUT]], %[[WIDE]] fastmath<reassoc> : f32
// CHECK: %[[RESULT:.*]] = arith.truncf %[[SUM]] : tensor<2xf32> to tensor<2xbf16>
// CHECK-NEXT: return %{{.*}}, %[[RESULT]]
func.func @bias(%b: tensor<2xbf16>) -> tensor<4x2xbf16> {
  %e = tensor.empty() : tensor<4x2xbf16>
  %y = linalg.broadcast ins(%b : tensor<2xbf16>) outs(%e : tensor<4x2xbf16>) dimensions = [0]
  return %y : tensor<4x2xbf16>
}

// A product in f32 of f16 operands: no f16 in the sum.
// CHECK-LABEL: func @mixed_vjp(
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x3xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f16, %[[G:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]] : f16 to f32
// CHECK-NEXT: %[[PRODUCT:.*]] = arith.mulf %[[G]], %[[WIDE]] : f32
// CHECK-NEXT: arith.addf %[[OUT]], %[[PRODUCT]] fastmath<reassoc> : f32
// CHECK: arith.truncf %{{.*}} : tensor<2x3xf32> to tensor<2x3xf16>
func.func @mixed(%a: tensor<2x3xf16>, %b: tensor<3x4xf16>) -> tensor<2x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %z = linalg.matmul ins(%a, %b : tensor<2x3xf16>, tensor<3x4xf16>) outs(%zero : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %z : tensor<2x4xf32>
}

// CHECK-LABEL: func @codes_vjp(
// CHECK: altgrad.dequantize {{.*}} -> tensor<2x4xf32>
// CHECK-NOT: !E4M3FN
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<2x4xf32>) outs(%{{.*}} : tensor<4x2xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: linalg.yield %[[IN]]
// CHECK: return
func.func @codes(%x: tensor<4x2xf32>, %scale: f32) -> tensor<2x4xf32> {
  %q = altgrad.quantize %x, %scale : tensor<4x2xf32>, f32 -> tensor<4x2x!altgrad.fp8<E4M3FN>>
  %e = tensor.empty() : tensor<2x4x!altgrad.fp8<E4M3FN>>
  %t = linalg.transpose ins(%q : tensor<4x2x!altgrad.fp8<E4M3FN>>) outs(%e : tensor<2x4x!altgrad.fp8<E4M3FN>>) permutation = [1, 0]
  %y = altgrad.dequantize %t, %scale : tensor<2x4x!altgrad.fp8<E4M3FN>>, f32 -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
