// altgrad.constant: no operands, no gradient; a product with its values has one.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s

!E4M3FN = !altgrad.fp8<E4M3FN>

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2xf32>, %[[G:[a-z0-9]+]]: tensor<2xf32>)
// CHECK-NEXT: %[[Q:.*]] = altgrad.constant
// CHECK-NEXT: %[[C:.*]] = altgrad.dequantize %[[Q]]
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]], %[[C]]
// CHECK-NEXT: %[[DX:.*]] = arith.mulf %[[G]], %[[C]]
// CHECK-NEXT: return %[[Y]], %[[DX]]
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %q = altgrad.constant dense<[56, 126]> : tensor<2xi8> as tensor<2x!E4M3FN> // 1.0 (0x38), 448.0 (0x7E)
  %c = altgrad.dequantize %q : tensor<2x!E4M3FN> -> tensor<2xf32>
  %y = arith.mulf %x, %c : tensor<2xf32>
  return %y : tensor<2xf32>
}
