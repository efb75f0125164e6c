// The options that change what is computed when: reassociate, threads.
//
// RUN: altgrad-opt %s --altgrad-vectorize-generics --canonicalize | FileCheck %s
// RUN: altgrad-opt %s --altgrad-vectorize-generics=reassociate --canonicalize \
// RUN:   | FileCheck %s --check-prefix=REASSOCIATE
// RUN: altgrad-opt %s --altgrad-vectorize-generics=threads=4 --canonicalize \
// RUN:   | FileCheck %s --check-prefix=THREADS

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// A float sum keeps its order unless it may change.

// CHECK-LABEL: func @sum
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (f32)
// CHECK: vector.reduction <add>, %{{.*}}, %[[ACC]] : vector<16xf32> into f32
// CHECK-NOT: fastmath
// REASSOCIATE-LABEL: func @sum
// REASSOCIATE: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// REASSOCIATE: vector.reduction <add>, %{{.*}} fastmath<reassoc> :
// The chunks of an ordered sum would be another order.
// THREADS-LABEL: func @sum
// THREADS-NOT: scf.parallel
// THREADS: return
func.func @sum(%x: memref<?xf32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y : memref<f32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// The op's own flag allows it too.

// CHECK-LABEL: func @sum_with_flag
// CHECK: scf.for {{.*}} -> (vector<16xf32>
// CHECK: vector.reduction <add>, %{{.*}} fastmath<reassoc> :
func.func @sum_with_flag(%x: memref<?xf32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y : memref<f32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a fastmath<reassoc> : f32
    linalg.yield %0 : f32
  }
  return
}

// One chunk per thread, a multiple of a cache line of bytes.

// CHECK-LABEL: func @elementwise
// CHECK-NOT: scf.parallel
// CHECK: return
// THREADS-LABEL: func @elementwise
// THREADS-DAG: %[[LINE:.*]] = arith.constant 64 : index
// THREADS-DAG: %[[UNIT:.*]] = arith.constant 256 : index
// THREADS-DAG: %[[COUNT:.*]] = arith.constant 4 : index
// THREADS: %[[SIZE:.*]] = memref.dim
// THREADS: %[[LINES:.*]] = arith.ceildivui %[[SIZE]], %[[UNIT]] : index
// THREADS: %[[CHUNK:.*]] = arith.muli %[[LINES]], %[[LINE]] : index
// THREADS: scf.parallel (%[[THREAD:.*]]) = (%{{.*}}) to (%[[COUNT]])
// THREADS: arith.muli %[[THREAD]], %[[CHUNK]] : index
// THREADS: scf.for
// THREADS: vector.store
// THREADS: return
func.func @elementwise(%x: memref<?xf32>, %y: memref<?xi8>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xi8>) {
  ^bb0(%a: f32, %out: i8):
    %0 = arith.fptosi %a : f32 to i8
    linalg.yield %0 : i8
  }
  return
}

// A reduction has a slot per thread, combined in order.

// THREADS-LABEL: func @maximum
// THREADS: %[[SLOTS:.*]] = memref.alloc{{.*}} : memref<4xi32>
// THREADS: scf.parallel (%[[THREAD:.*]]) =
// THREADS: memref.store %{{.*}}, %[[SLOTS]][%[[THREAD]]]
// THREADS: scf.for
// THREADS: memref.load %[[SLOTS]]
// THREADS: arith.maxui
// THREADS: return
func.func @maximum(%x: memref<?xi32>, %y: memref<i32>) {
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xi32>) outs(%y : memref<i32>) {
  ^bb0(%a: i32, %out: i32):
    %0 = arith.maxui %out, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// A matmul vectorizes along n, the dimension contiguous in b and in c, and k is
// the loop in between: the sums keep their order. Threads share the rows.

// CHECK-LABEL: func @matmul
// CHECK-SAME: (%[[A:.*]]: memref<?x?xf32>, %[[B:.*]]: memref<?x?xf32>, %[[C:.*]]: memref<?x?xf32>)
// CHECK: scf.for %[[M:.*]] =
// CHECK: scf.for %[[K:.*]] =
// CHECK: scf.for %[[N:.*]] =
// CHECK-DAG: memref.load %[[A]][%[[M]], %[[K]]]
// CHECK-DAG: vector.load %[[B]][%[[K]], %[[N]]]
// CHECK-DAG: vector.load %[[C]][%[[M]], %[[N]]]
// CHECK: vector.store %{{.*}}, %[[C]][%[[M]], %[[N]]]
// THREADS-LABEL: func @matmul
// THREADS: scf.parallel
func.func @matmul(%a: memref<?x?xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                                   affine_map<(m, n, k) -> (m, n)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<?x?xf32>, memref<?x?xf32>) outs(%c : memref<?x?xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// The outer dimension is a reduction: its chunks would write to the same place.

// THREADS-LABEL: func @column_maximum
// THREADS-NOT: scf.parallel
// THREADS: return
func.func @column_maximum(%x: memref<?x?xi32>, %y: memref<?xi32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>],
                  iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<?x?xi32>) outs(%y : memref<?xi32>) {
  ^bb0(%a: i32, %out: i32):
    %0 = arith.maxui %out, %a : i32
    linalg.yield %0 : i32
  }
  return
}
