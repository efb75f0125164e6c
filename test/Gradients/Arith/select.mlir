// arith.select: g to the operand that was selected, 0 to the other.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[C:[a-z0-9]+]]: tensor<4xi1>, %[[X:[a-z0-9]+]]: tensor<4xf64>, %[[Y:[a-z0-9]+]]: tensor<4xf64>, %[[G:[a-z0-9]+]]: tensor<4xf64>)
// CHECK-NEXT: %[[V1:.*]] = arith.select %[[C]], %[[X]], %[[Y]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant dense<0.000000e+00>
// CHECK-NEXT: %[[V3:.*]] = arith.select %[[C]], %[[G]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.select %[[C]], %[[C2]], %[[G]]
// CHECK-NEXT: return %[[V1]], %[[V3]], %[[V4]]
func.func @f(%c: tensor<4xi1>, %x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %z = arith.select %c, %x, %y : tensor<4xi1>, tensor<4xf64>
  return %z : tensor<4xf64>
}
