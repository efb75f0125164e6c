// Generics that read one tensor become one, and the reasons why some do not.
//
// RUN: altgrad-opt %s --altgrad-fuse-sibling-generics --split-input-file | FileCheck %s

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0) -> ()>

// An elementwise op and a reduction: the tensor is read once, and what is a
// reduction for either is one for both.

// CHECK-LABEL: func @elementwise_and_reduction
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>, %[[Y:.*]]: tensor<?xf32>, %[[SUM:.*]]: tensor<f32>)
// CHECK: %[[BOTH:.*]]:2 = linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ALL]]], iterator_types = ["reduction"]}
// CHECK-SAME: ins(%[[X]] : tensor<?xf32>) outs(%[[Y]], %[[SUM]] : tensor<?xf32>, tensor<f32>)
// CHECK-NEXT: ^bb0(%[[V:.*]]: f32, %{{.*}}: f32, %[[ACC:.*]]: f32):
// CHECK-NEXT: %[[NEGATED:.*]] = arith.negf %[[V]]
// CHECK-NEXT: %[[ADDED:.*]] = arith.addf %[[ACC]], %[[V]]
// CHECK-NEXT: linalg.yield %[[NEGATED]], %[[ADDED]]
// CHECK-NOT: linalg.generic
// CHECK: return %[[BOTH]]#0, %[[BOTH]]#1
func.func @elementwise_and_reduction(%x: tensor<?xf32>, %y: tensor<?xf32>, %s: tensor<f32>)
    -> (tensor<?xf32>, tensor<f32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  %2 = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : tensor<?xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %out: f32):
    %3 = arith.addf %out, %a : f32
    linalg.yield %3 : f32
  } -> tensor<f32>
  return %0, %2 : tensor<?xf32>, tensor<f32>
}

// More than two, with operands of their own, whose definitions move up.

// CHECK-LABEL: func @three
// CHECK: arith.constant
// CHECK: tensor.empty
// CHECK: linalg.generic
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<?xf32>, tensor<?xf32>)
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @three(%x: tensor<?xf32>, %z: tensor<?xf32>, %n: index) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%z : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  %two = arith.constant 2.0 : f32
  %empty = tensor.empty(%n) : tensor<?xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%z, %x : tensor<?xf32>, tensor<?xf32>) outs(%empty : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %3 = arith.mulf %a, %two : f32
    %4 = arith.addf %b, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<?xf32>
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%empty : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<?xf32>
  return %0, %2, %5 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// The second needs a result of the first: quantize with a scale from the amax.

// CHECK-LABEL: func @dependency
// CHECK-COUNT-2: linalg.generic
func.func @dependency(%x: tensor<?xf32>, %y: tensor<?xf32>, %m: tensor<f32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : tensor<?xf32>) outs(%m : tensor<f32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.maximumf %out, %a : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  %scale = tensor.extract %0[] : tensor<f32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %3 = arith.divf %a, %scale : f32
    linalg.yield %3 : f32
  } -> tensor<?xf32>
  return %2 : tensor<?xf32>
}

// Something with side effects would have to move across the first.

func.func private @get() -> f32

// CHECK-LABEL: func @side_effect
// CHECK: linalg.generic
// CHECK: call @get
// CHECK: linalg.generic
func.func @side_effect(%x: tensor<?xf32>, %y: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  %s = call @get() : () -> f32
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %3 = arith.mulf %a, %s : f32
    linalg.yield %3 : f32
  } -> tensor<?xf32>
  return %0, %2 : tensor<?xf32>, tensor<?xf32>
}

// A side effect that neither depends on stays where it is.

// CHECK-LABEL: func @unrelated_side_effect
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: call @get
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @unrelated_side_effect(%x: tensor<?xf32>, %y: tensor<?xf32>) -> (tensor<?xf32>, f32, tensor<?xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  %s = call @get() : () -> f32
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %3 = arith.mulf %a, %a : f32
    linalg.yield %3 : f32
  } -> tensor<?xf32>
  return %0, %s, %2 : tensor<?xf32>, f32, tensor<?xf32>
}

// One body does not vectorize: fused, neither would.

// CHECK-LABEL: func @foreign_body
// CHECK-COUNT-2: linalg.generic
func.func @foreign_body(%x: tensor<?xf32>, %y: tensor<?xf32>, %t: tensor<4xf32>, %i: index)
    -> (tensor<?xf32>, tensor<?xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %e = tensor.extract %t[%i] : tensor<4xf32>
    %3 = arith.mulf %a, %e : f32
    linalg.yield %3 : f32
  } -> tensor<?xf32>
  return %0, %2 : tensor<?xf32>, tensor<?xf32>
}

// On memrefs a write of one could be a read of the other.

// CHECK-LABEL: func @memrefs
// CHECK-COUNT-2: linalg.generic
func.func @memrefs(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#swapped = affine_map<(d0, d1) -> (d1, d0)>
#row = affine_map<(d0, d1) -> (d0)>

// The same tensor, read in two orders.

// CHECK-LABEL: func @different_maps
// CHECK-COUNT-2: linalg.generic
func.func @different_maps(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x4xf32>) outs(%y : tensor<4x4xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<4x4xf32>
  %1 = linalg.generic {indexing_maps = [#swapped, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x4xf32>) outs(%y : tensor<4x4xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<4x4xf32>
  return %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
}

// A shared scale does not say that the iteration spaces are equal.

// CHECK-LABEL: func @shared_rows_only
// CHECK-COUNT-2: linalg.generic
func.func @shared_rows_only(%s: tensor<?xf32>, %x: tensor<?x4xf32>, %y: tensor<?x5xf32>)
    -> (tensor<?x4xf32>, tensor<?x5xf32>) {
  %0 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<?xf32>) outs(%x : tensor<?x4xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<?x4xf32>
  %1 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<?xf32>) outs(%y : tensor<?x5xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<?x5xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x5xf32>
}

// Ops of two blocks may run a different number of times.

// CHECK-LABEL: func @two_blocks
// CHECK: linalg.generic
// CHECK: scf.if
// CHECK: linalg.generic
func.func @two_blocks(%x: tensor<4x4xf32>, %b: i1) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<4x4xf32>
  %1 = scf.if %b -> tensor<4x4xf32> {
    %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
    } -> tensor<4x4xf32>
    scf.yield %2 : tensor<4x4xf32>
  } else {
    scf.yield %x : tensor<4x4xf32>
  }
  return %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
}
