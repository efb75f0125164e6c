// scf.for: a loop of the same iterations, last one first. What it reads of an
// iteration is in tensors with a dimension for the iterations in front.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @power range=0.5:1.5
// GRADIENTS @tensors range=-1:1 samples=2
// GRADIENTS @bounds arg1=1 arg2=8 arg3=3 range=0.5:1.1
// GRADIENTS @bounds arg1=5 arg2=5 arg3=2
// GRADIENTS @bounds arg1=7 arg2=2 arg3=1
// GRADIENTS @unsigned arg1=250 arg2=253
// GRADIENTS @unsigned arg1=253 arg2=250
// GRADIENTS @dynamic arg1=3 range=-1:1
// GRADIENTS @dynamic arg1=0 range=-1:1
// GRADIENTS @swap arg2=3
// GRADIENTS @swap arg2=0
// GRADIENTS @nested arg2=3 range=0.5:1.1
// GRADIENTS @nested arg2=0
// GRADIENTS @triangle arg1=4 range=0.5:1.1
// GRADIENTS @three arg1=2 range=-1:1 samples=2
// GRADIENTS @branch range=-1:1 samples=8
// GRADIENTS @passed arg1=0
// GRADIENTS @passed arg1=2

// a is recorded for the product, sin a is too: nothing is computed twice.

// CHECK-LABEL: func @power_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4 : index
// CHECK: %[[TAPE:.*]] = tensor.empty() : tensor<4xf64>
// CHECK: %[[R:.*]]:3 = scf.for %[[I:.*]] = %{{.*}} to %[[FOUR]] step %[[ONE]] iter_args(%[[A:.*]] = %[[X]], %[[TAPE_A:.*]] = %[[TAPE]], %[[TAPE_SIN:.*]] = %[[TAPE]])
// CHECK-NEXT: %[[NEXT_A:.*]] = tensor.insert %[[A]] into %[[TAPE_A]][%[[I]]]
// CHECK-NEXT: %[[SIN:.*]] = math.sin %[[A]]
// CHECK-NEXT: %[[NEXT_SIN:.*]] = tensor.insert %[[SIN]] into %[[TAPE_SIN]][%[[I]]]
// CHECK-NEXT: %[[PRODUCT:.*]] = arith.mulf %[[SIN]], %[[Y]]
// CHECK-NEXT: scf.yield %[[PRODUCT]], %[[NEXT_A]], %[[NEXT_SIN]]
// CHECK: %[[GRADIENTS:.*]]:2 = scf.for %[[K:.*]] = %{{.*}} to %[[FOUR]] step %[[ONE]] iter_args(%[[GA:.*]] = %[[G]], %[[GY:.*]] = %{{.*}})
// CHECK-NEXT: %[[J:.*]] = arith.subi %{{.*}}, %[[K]]
// CHECK-DAG: %[[OLD_A:.*]] = tensor.extract %[[R]]#1[%[[J]]]
// CHECK-DAG: %[[OLD_SIN:.*]] = tensor.extract %[[R]]#2[%[[J]]]
// CHECK-DAG: %[[GSIN:.*]] = arith.mulf %[[GA]], %[[Y]]
// CHECK-DAG: %[[PART:.*]] = arith.mulf %[[GA]], %[[OLD_SIN]]
// CHECK-DAG: %[[NEXT_GY:.*]] = arith.addf %[[GY]], %[[PART]]
// CHECK-DAG: %[[COS:.*]] = math.cos %[[OLD_A]]
// CHECK: %[[NEXT_GA:.*]] = arith.mulf %[[GSIN]], %[[COS]]
// CHECK-NEXT: scf.yield %[[NEXT_GA]], %[[NEXT_GY]]
// CHECK: return %[[R]]#0, %[[GRADIENTS]]#0, %[[GRADIENTS]]#1
func.func @power(%x: f64, %y: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x) -> f64 {
    %0 = math.sin %a : f64
    %1 = arith.mulf %0, %y : f64
    scf.yield %1 : f64
  }
  return %r : f64
}

// CHECK-LABEL: func @tensors_vjp(
// CHECK: tensor.empty() : tensor<4x3xf64>
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[%{{.*}}, 0] [1, 3] [1, 1] : tensor<3xf64> into tensor<4x3xf64>
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 0] [1, 3] [1, 1] : tensor<4x3xf64> to tensor<3xf64>
func.func @tensors(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x) -> tensor<3xf64> {
    %0 = math.sin %a : tensor<3xf64>
    %1 = arith.mulf %0, %y : tensor<3xf64>
    scf.yield %1 : tensor<3xf64>
  }
  return %r : tensor<3xf64>
}

// Bounds and step that are known when it runs, also without an iteration. What
// follows from the induction variable is not recorded.

// CHECK-LABEL: func @bounds_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[LOWER:[a-z0-9]+]]: index, %[[UPPER:[a-z0-9]+]]: index, %[[STEP:[a-z0-9]+]]: index, %{{.*}}: f64)
// CHECK: %[[TAPE:.*]] = tensor.empty(%[[COUNT:.*]]) : tensor<?xf64>
// CHECK: scf.for %[[I:.*]] = %[[LOWER]] to %[[UPPER]] step %[[STEP]] iter_args(%{{.*}} = %[[X]], %[[OUT:.*]] = %[[TAPE]]) -> (f64, tensor<?xf64>) {
// CHECK: %[[DISTANCE:.*]] = arith.subi %[[I]], %[[LOWER]]
// CHECK: %[[NUMBER:.*]] = arith.divui %[[DISTANCE]], %[[STEP]]
// CHECK: tensor.insert %{{.*}} into %[[OUT]][%[[NUMBER]]]
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[COUNT]]
// CHECK: arith.sitofp
func.func @bounds(%x: f64, %lower: index, %upper: index, %step: index) -> f64 {
  %r = scf.for %i = %lower to %upper step %step iter_args(%a = %x) -> f64 {
    %k = arith.index_cast %i : index to i64
    %f = arith.sitofp %k : i64 to f64
    %0 = math.sin %a : f64
    %1 = arith.mulf %0, %f : f64
    scf.yield %1 : f64
  }
  return %r : f64
}

// Induction variables of other types; 250 is negative as a signed i8.

// CHECK-LABEL: func @unsigned_vjp(
// CHECK: arith.cmpi ult
// CHECK: scf.for unsigned
func.func @unsigned(%x: f64, %lower: i8, %upper: i8) -> f64 {
  %c1 = arith.constant 1 : i8
  %r = scf.for unsigned %i = %lower to %upper step %c1 iter_args(%a = %x) -> f64 : i8 {
    %0 = math.sin %a : f64
    %1 = arith.mulf %0, %x : f64
    scf.yield %1 : f64
  }
  return %r : f64
}

// CHECK-LABEL: func @dynamic_vjp(
// CHECK: tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?xf64>
func.func @dynamic(%x: tensor<?xf64>, %n: index) -> tensor<?xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?xf64> {
    %0 = math.sin %a : tensor<?xf64>
    %1 = arith.mulf %0, %x : tensor<?xf64>
    scf.yield %1 : tensor<?xf64>
  }
  return %r : tensor<?xf64>
}

// A result that is not used may still be carried into another one.

func.func @swap(%x: f64, %y: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (f64, f64) {
    %0 = arith.mulf %a, %b : f64
    scf.yield %b, %0 : f64, f64
  }
  return %r#0 : f64
}

// The tape of an inner loop is a row of the outer one's.

// CHECK-LABEL: func @nested_vjp(
// CHECK: tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?xf64>
func.func @nested(%x: f64, %y: f64, %n: index) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %start = arith.constant 0.3 : f64
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %start) -> (f64, f64) {
    %s = scf.for %j = %c0 to %n step %c1 iter_args(%c = %a) -> f64 {
      %ij = arith.addi %i, %j : index
      %k = arith.index_cast %ij : index to i64
      %f = arith.sitofp %k : i64 to f64
      %0 = math.sin %c : f64
      %1 = arith.mulf %0, %y : f64
      %2 = arith.mulf %1, %f : f64
      scf.yield %2 : f64
    }
    %t = arith.mulf %s, %b : f64
    %u = arith.addf %t, %x : f64
    scf.yield %b, %u : f64, f64
  }
  return %r#0, %r#1 : f64, f64
}

// An inner loop whose bound follows from the outer iteration.

// CHECK-LABEL: func @triangle_vjp(
// CHECK: arith.maxui
func.func @triangle(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> f64 {
    %s = scf.for %j = %c1 to %i step %c1 iter_args(%c = %a) -> f64 {
      %0 = math.sin %c : f64
      %1 = arith.mulf %0, %a : f64
      scf.yield %1 : f64
    }
    %2 = arith.addf %s, %x : f64
    scf.yield %2 : f64
  }
  return %r : f64
}

func.func @three(%x: tensor<?xf64>, %n: index) -> tensor<?xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?xf64> {
    %s = scf.for %j = %c0 to %c3 step %c1 iter_args(%c = %a) -> tensor<?xf64> {
      %t = scf.for %k = %c0 to %n step %c1 iter_args(%d = %c) -> tensor<?xf64> {
        %0 = math.sin %d : tensor<?xf64>
        %1 = arith.mulf %0, %a : tensor<?xf64>
        scf.yield %1 : tensor<?xf64>
      }
      %2 = arith.addf %t, %c : tensor<?xf64>
      scf.yield %2 : tensor<?xf64>
    }
    %3 = arith.mulf %s, %x : tensor<?xf64>
    scf.yield %3 : tensor<?xf64>
  }
  return %r : tensor<?xf64>
}

// Conditions are recorded as i1.

// CHECK-LABEL: func @branch_vjp(
// CHECK: tensor.empty() : tensor<5xi1>
func.func @branch(%x: f64, %y: f64) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c5 = arith.constant 5 : i32
  %zero = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %x) -> f64 : i32 {
    %is_positive = arith.cmpf ogt, %a, %zero : f64
    %b = scf.if %is_positive -> f64 {
      %0 = math.sin %a : f64
      %1 = math.exp %0 : f64
      %2 = arith.subf %1, %y : f64
      scf.yield %2 : f64
    } else {
      %0 = math.exp %y : f64
      %1 = arith.mulf %0, %a : f64
      %2 = arith.addf %1, %y : f64
      scf.yield %2 : f64
    }
    scf.yield %b : f64
  }
  return %r : f64
}

// What comes out is x without an iteration, and a constant after one.

func.func @passed(%x: tensor<2xf64>, %n: index) -> tensor<2xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %constant = arith.constant dense<3.0> : tensor<2xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<2xf64> {
    scf.yield %constant : tensor<2xf64>
  }
  return %r : tensor<2xf64>
}
