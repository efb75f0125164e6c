// tensor.extract: the cotangent is one element of zeros.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f arg1=1
// GRADIENTS @dynamic arg1=1
// GRADIENTS @scalar

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3x2xf64>, %[[I:[a-z0-9]+]]: index, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[X]][%[[I]], %[[I]]] : tensor<3x2xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3x2xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[INSERT:.*]] = tensor.insert %[[G]] into %[[FILL]][%[[I]], %[[I]]] : tensor<3x2xf64>
// CHECK-NEXT: return %[[EXTRACT]], %[[INSERT]]
func.func @f(%x: tensor<3x2xf64>, %i: index) -> f64 {
  %y = tensor.extract %x[%i, %i] : tensor<3x2xf64>
  return %y : f64
}

func.func @dynamic(%x: tensor<?x2xf64>, %i: index) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %y = tensor.extract %x[%i, %c0] : tensor<?x2xf64>
  %z = tensor.extract %x[%i, %i] : tensor<?x2xf64>
  return %y, %z : f64, f64
}

// CHECK-LABEL: func @scalar_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<f64>, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[X]][] : tensor<f64>
// CHECK-NEXT: %[[FROM_ELEMENTS:.*]] = tensor.from_elements %[[G]] : tensor<f64>
// CHECK-NEXT: return %[[EXTRACT]], %[[FROM_ELEMENTS]]
func.func @scalar(%x: tensor<f64>) -> f64 {
  %y = tensor.extract %x[] : tensor<f64>
  return %y : f64
}
