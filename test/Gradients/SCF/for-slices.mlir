// scf.for over slices of tensors: the slices are not recorded, and their
// cotangents are added to slices, so that neither memory nor time grow with the
// size of the whole tensor for each iteration.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @rows
// GRADIENTS @elements
// GRADIENTS @write_rows samples=2
// GRADIENTS @triangle range=-1:1
// GRADIENTS @under_condition samples=6

// CHECK-LABEL: func @rows_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3x4xf64>, %[[Y:[a-z0-9]+]]: tensor<4xf64>, %[[G:[a-z0-9]+]]: tensor<4xf64>)
// Nothing is recorded: x is there, and the sum is not needed.
// CHECK: %[[PRIMAL:.*]] = scf.for {{.*}} -> (tensor<4xf64>) {
// CHECK: scf.for %[[K:.*]] = {{.*}} iter_args(%{{.*}} = %[[G]], %[[DX:.*]] = %{{.*}}, %{{.*}} = %{{.*}}) -> (tensor<4xf64>, tensor<3x4xf64>, tensor<4xf64>) {
// CHECK: %[[I:.*]] = arith.subi %{{.*}}, %[[K]]
// CHECK: tensor.extract_slice %[[X]][%[[I]], 0] [1, 4] [1, 1]
// CHECK: %[[DROW:.*]] = arith.mulf
// CHECK: %[[BEFORE:.*]] = tensor.extract_slice %[[DX]][%[[I]], 0] [1, 4] [1, 1]
// CHECK: %[[SUM:.*]] = arith.addf %[[BEFORE]], %[[DROW]]
// CHECK: tensor.insert_slice %[[SUM]] into %[[DX]][%[[I]], 0] [1, 4] [1, 1]
func.func @rows(%x: tensor<3x4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %zero) -> tensor<4xf64> {
    %row = tensor.extract_slice %x[%i, 0] [1, 4] [1, 1] : tensor<3x4xf64> to tensor<4xf64>
    %p = arith.mulf %row, %y : tensor<4xf64>
    %b = arith.addf %a, %p : tensor<4xf64>
    scf.yield %b : tensor<4xf64>
  }
  return %r : tensor<4xf64>
}

// CHECK-LABEL: func @elements_vjp(
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %[[DX:.*]] = %{{.*}}) -> (f64, tensor<?xf64>) {
// CHECK: %[[BEFORE:.*]] = tensor.extract %[[DX]][%[[I:.*]]]
// CHECK: %[[SUM:.*]] = arith.addf %[[BEFORE]]
// CHECK: tensor.insert %[[SUM]] into %[[DX]][%[[I]]]
func.func @elements(%x: tensor<?xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  %n = tensor.dim %x, %c0 : tensor<?xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> f64 {
    %e = tensor.extract %x[%i] : tensor<?xf64>
    %p = arith.mulf %e, %e : f64
    %b = arith.addf %a, %p : f64
    scf.yield %b : f64
  }
  return %r : f64
}

// A carried tensor that iterations write a row of.

// CHECK-LABEL: func @write_rows_vjp(
func.func @write_rows(%x: tensor<?x4xf64>, %y: tensor<4xf64>) -> tensor<?x4xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?x4xf64> {
    %row = tensor.extract_slice %a[%i, 0] [1, 4] [1, 1] : tensor<?x4xf64> to tensor<4xf64>
    %s = math.sin %row : tensor<4xf64>
    %p = arith.mulf %s, %y : tensor<4xf64>
    %b = tensor.insert_slice %p into %a[%i, 0] [1, 4] [1, 1] : tensor<4xf64> into tensor<?x4xf64>
    scf.yield %b : tensor<?x4xf64>
  }
  return %r : tensor<?x4xf64>
}

// Slices whose size follows from the iteration: the tape has the largest size,
// which a loop of integers finds, and the sizes are recorded.

// CHECK-LABEL: func @triangle_vjp(
// CHECK: %[[LARGEST:.*]] = scf.for {{.*}} -> (index) {
// CHECK: arith.maxui
// CHECK: tensor.empty(%{{.*}}, %[[LARGEST]]) : tensor<?x?xf64>
func.func @triangle(%x: tensor<?xf64>) -> tensor<?xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?xf64> {
    %k = arith.addi %i, %c1 : index
    %part = tensor.extract_slice %a[0] [%k] [1] : tensor<?xf64> to tensor<?xf64>
    %s = math.sin %part : tensor<?xf64>
    %p = arith.mulf %s, %part : tensor<?xf64>
    %b = tensor.insert_slice %p into %a[0] [%k] [1] : tensor<?xf64> into tensor<?xf64>
    scf.yield %b : tensor<?xf64>
  }
  return %r : tensor<?xf64>
}

// Also through a branch: the cotangent goes through both sides of it.

// CHECK-LABEL: func @under_condition_vjp(
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %[[DX:.*]] = %{{.*}})
// CHECK: scf.if %{{.*}} -> (tensor<3x4xf64>
// CHECK: tensor.extract_slice %[[DX]]
// CHECK: } else {
// CHECK-NEXT: scf.yield %[[DX]]
func.func @under_condition(%x: tensor<3x4xf64>) -> tensor<4xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %zero) -> tensor<4xf64> {
    %first = tensor.extract %x[%c0, %i] : tensor<3x4xf64>
    %bound = arith.constant 0.1 : f64
    %is_large = arith.cmpf ogt, %first, %bound : f64
    %b = scf.if %is_large -> tensor<4xf64> {
      %row = tensor.extract_slice %x[%i, 0] [1, 4] [1, 1] : tensor<3x4xf64> to tensor<4xf64>
      %p = arith.mulf %row, %row : tensor<4xf64>
      %s = arith.addf %a, %p : tensor<4xf64>
      scf.yield %s : tensor<4xf64>
    } else {
      scf.yield %a : tensor<4xf64>
    }
    scf.yield %b : tensor<4xf64>
  }
  return %r : tensor<4xf64>
}
