// scf.if: a branch on the same condition. What a side needs of its values it
// yields, into the same results as the other side where the types allow it.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @both_sides samples=8
// GRADIENTS @one_side samples=8
// GRADIENTS @dynamic arg2=1
// GRADIENTS @dynamic arg2=0
// GRADIENTS @nested samples=12
// GRADIENTS @passed_on samples=6

// sin x and exp y share a result. cos x needs x, which is outside.

// CHECK-LABEL: func @both_sides_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK: %[[IS_POSITIVE:.*]] = arith.cmpf ogt, %[[X]]
// CHECK-NEXT: %[[R:.*]]:2 = scf.if %[[IS_POSITIVE]] -> (f64, f64) {
// CHECK-NEXT: %[[SIN:.*]] = math.sin %[[X]]
// CHECK-NEXT: %[[SQUARE:.*]] = arith.mulf %[[SIN]], %[[SIN]]
// CHECK-NEXT: scf.yield %[[SQUARE]], %[[SIN]]
// CHECK-NEXT: } else {
// CHECK-NEXT: %[[EXP:.*]] = math.exp %[[Y]]
// CHECK-NEXT: %[[PRODUCT:.*]] = arith.mulf %[[EXP]], %[[X]]
// CHECK-NEXT: scf.yield %[[PRODUCT]], %[[EXP]]
// CHECK-NEXT: }
// CHECK-NEXT: %[[GRADIENTS:.*]]:2 = scf.if %[[IS_POSITIVE]] -> (f64, f64) {
// CHECK: arith.mulf %[[G]], %[[R]]#1
// CHECK: math.cos %[[X]]
// CHECK: } else {
// CHECK-DAG: arith.mulf %[[G]], %[[R]]#1
// CHECK-DAG: arith.mulf %[[G]], %[[X]]
// CHECK: return %[[R]]#0, %[[GRADIENTS]]
func.func @both_sides(%x: f64, %y: f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %is_positive = arith.cmpf ogt, %x, %zero : f64
  %r = scf.if %is_positive -> f64 {
    %0 = math.sin %x : f64
    %1 = arith.mulf %0, %0 : f64
    scf.yield %1 : f64
  } else {
    %0 = math.exp %y : f64
    %1 = arith.mulf %0, %x : f64
    scf.yield %1 : f64
  }
  return %r : f64
}

// What one side alone records the other fills with anything. A value that one
// side alone uses has the cotangent 0 on the other.

// CHECK-LABEL: func @one_side_vjp(
// CHECK: scf.if %{{.*}} -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK: } else {
// CHECK: %[[ANYTHING:.*]] = tensor.empty() : tensor<3xf64>
// CHECK: scf.yield %{{.*}}, %[[ANYTHING]]
func.func @one_side(%x: tensor<3xf64>, %a: f64) -> tensor<3xf64> {
  %zero = arith.constant 0.0 : f64
  %is_positive = arith.cmpf ogt, %a, %zero : f64
  %r = scf.if %is_positive -> tensor<3xf64> {
    %0 = math.sin %x : tensor<3xf64>
    %1 = arith.mulf %0, %0 : tensor<3xf64>
    scf.yield %1 : tensor<3xf64>
  } else {
    scf.yield %x : tensor<3xf64>
  }
  return %r : tensor<3xf64>
}

// Sizes that are known when it runs; the condition is an argument.

// CHECK-LABEL: func @dynamic_vjp(
// CHECK: scf.if %{{.*}} -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
// CHECK: } else {
// CHECK: tensor.empty(%{{.*}}) : tensor<?xf64>
// CHECK: scf.yield
func.func @dynamic(%x: tensor<?xf64>, %y: tensor<?xf64>, %c: i1) -> (tensor<?xf64>, tensor<?xf64>) {
  %r:2 = scf.if %c -> (tensor<?xf64>, tensor<?xf64>) {
    %0 = math.sin %x : tensor<?xf64>
    %1 = arith.mulf %0, %0 : tensor<?xf64>
    scf.yield %1, %x : tensor<?xf64>, tensor<?xf64>
  } else {
    scf.yield %y, %x : tensor<?xf64>, tensor<?xf64>
  }
  return %r#0, %r#1 : tensor<?xf64>, tensor<?xf64>
}

// CHECK-LABEL: func @nested_vjp(
func.func @nested(%x: f64, %y: f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %a = arith.cmpf ogt, %x, %zero : f64
  %r = scf.if %a -> f64 {
    %s = math.sin %x : f64
    %b = arith.cmpf ogt, %y, %zero : f64
    %t = scf.if %b -> f64 {
      %0 = math.exp %s : f64
      %1 = arith.mulf %0, %y : f64
      %2 = arith.mulf %1, %s : f64
      scf.yield %2 : f64
    } else {
      %0 = arith.mulf %s, %s : f64
      scf.yield %0 : f64
    }
    %u = arith.mulf %t, %s : f64
    scf.yield %u : f64
  } else {
    scf.yield %y : f64
  }
  %z = arith.mulf %r, %x : f64
  return %z : f64
}

// No gradient, no branch: the condition alone decides between constants.

// CHECK-LABEL: func @passed_on_vjp(
// CHECK: scf.if
// CHECK-NOT: scf.if
// CHECK: return
func.func @passed_on(%x: f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %c = arith.cmpf ogt, %x, %zero : f64
  %r = scf.if %c -> f64 {
    scf.yield %one : f64
  } else {
    scf.yield %zero : f64
  }
  %y = arith.mulf %r, %x : f64
  return %y : f64
}
