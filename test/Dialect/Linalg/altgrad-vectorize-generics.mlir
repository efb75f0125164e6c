// linalg.generic on memrefs as loops over vectors, and the cases that become
// scalar loops instead. The numbers are tested in test/Integration/CPU.
//
// RUN: altgrad-opt %s --altgrad-vectorize-generics --canonicalize --split-input-file | FileCheck %s
// RUN: altgrad-opt %s --altgrad-vectorize-generics=vector-width=128 --canonicalize --split-input-file \
// RUN:   | FileCheck %s --check-prefix=W128

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// Full vectors, then a scalar remainder.

// CHECK-LABEL: func @dynamic_size
// CHECK-SAME: (%[[X:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?xf32>)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[LANES:.*]] = arith.constant 16 : index
// CHECK: %[[SIZE:.*]] = memref.dim %[[X]]
// CHECK: %[[REST:.*]] = arith.remui %[[SIZE]], %[[LANES]] : index
// CHECK: %[[MAIN:.*]] = arith.subi %[[SIZE]], %[[REST]] : index
// CHECK: scf.for %[[I:.*]] = %[[ZERO]] to %[[MAIN]] step %[[LANES]] {
// CHECK-NEXT: %[[V:.*]] = vector.load %[[X]][%[[I]]] : memref<?xf32>, vector<16xf32>
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[V]], %[[V]] : vector<16xf32>
// CHECK-NEXT: vector.store %[[SUM]], %[[Y]][%[[I]]]
// CHECK: scf.for %{{.*}} = %[[MAIN]] to %[[SIZE]] step %[[ONE]] {
// CHECK-NEXT: memref.load
// CHECK-NEXT: arith.addf %{{.*}} : f32
// CHECK-NEXT: memref.store
// CHECK-NOT: linalg.generic
// W128-LABEL: func @dynamic_size
// W128: vector.load %{{.*}} : memref<?xf32>, vector<4xf32>
func.func @dynamic_size(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %a, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// The widest element decides how many lanes there are.

// CHECK-LABEL: func @widest_element
// CHECK: vector.load %{{.*}} : memref<?xi8>, vector<8xi8>
// CHECK: arith.uitofp %{{.*}} : vector<8xi8> to vector<8xf64>
// CHECK: vector.store %{{.*}} : memref<?xf64>, vector<8xf64>
// W128-LABEL: func @widest_element
// W128: vector.load %{{.*}} : memref<?xi8>, vector<2xi8>
func.func @widest_element(%x: memref<?xi8>, %y: memref<?xf64>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xi8>) outs(%y : memref<?xf64>) {
  ^bb0(%a: i8, %out: f64):
    %0 = arith.uitofp %a : i8 to f64
    linalg.yield %0 : f64
  }
  return
}

// In place: the old values of the output are read as vectors.

// CHECK-LABEL: func @in_place
// CHECK-SAME: (%[[Y:.*]]: memref<?xf32>)
// CHECK: vector.load %[[Y]]
// CHECK: vector.store %{{.*}}, %[[Y]]
func.func @in_place(%y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<?xf32>) {
  ^bb0(%out: f32):
    %0 = arith.mulf %out, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// linalg.index along the vector counts up in the lanes.

// CHECK-LABEL: func @index
// CHECK: scf.for %[[I:.*]] =
// CHECK-DAG: %[[START:.*]] = vector.broadcast %[[I]] : index to vector<8xindex>
// CHECK-DAG: %[[STEP:.*]] = vector.step : vector<8xindex>
// CHECK: arith.addi %[[START]], %[[STEP]] : vector<8xindex>
func.func @index(%y: memref<?xi64>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<?xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %0 = arith.index_cast %i : index to i64
    linalg.yield %0 : i64
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// What is contiguous in every operand is one loop, whatever the shape.

// CHECK-LABEL: func @collapsed
// CHECK-DAG: memref.collapse_shape %{{.*}} {{\[\[}}0, 1]] : memref<8x24xf32> into memref<192xf32>
// CHECK-DAG: memref.collapse_shape %{{.*}} {{\[\[}}0, 1]] : memref<8x24xi32> into memref<192xi32>
// CHECK: scf.for
// CHECK: vector.load %{{.*}} : memref<192xf32>, vector<16xf32>
func.func @collapsed(%x: memref<8x24xf32>, %y: memref<8x24xi32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x24xf32>) outs(%y : memref<8x24xi32>) {
  ^bb0(%a: f32, %out: i32):
    %0 = arith.bitcast %a : f32 to i32
    linalg.yield %0 : i32
  }
  return
}

// Rows with a gap between them are not.

// CHECK-LABEL: func @strided
// CHECK-NOT: memref.collapse_shape
// CHECK: scf.for
// CHECK: scf.for
// CHECK: vector.load %{{.*}}[%{{.*}}, %{{.*}}] : memref<8x64xf32, strided<[128, 1]>>, vector<16xf32>
func.func @strided(%x: memref<8x64xf32, strided<[128, 1]>>, %y: memref<8x64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x64xf32, strided<[128, 1]>>) outs(%y : memref<8x64xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// A scale per row is a scalar that the lanes share; the rows stay a loop.

// CHECK-LABEL: func @row_scales
// CHECK-SAME: (%[[X:.*]]: memref<?x?xf32>, %[[S:.*]]: memref<?xf32>,
// CHECK: scf.for %[[ROW:.*]] =
// CHECK: scf.for
// CHECK: vector.load %[[X]][%[[ROW]], %{{.*}}]
// CHECK: %[[SCALE:.*]] = memref.load %[[S]][%[[ROW]]]
// CHECK: %[[SCALES:.*]] = vector.broadcast %[[SCALE]] : f32 to vector<16xf32>
// CHECK: arith.divf %{{.*}}, %[[SCALES]] : vector<16xf32>
func.func @row_scales(%x: memref<?x?xf32>, %s: memref<?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x?xf32>, memref<?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// One per column is a vector as well.

// CHECK-LABEL: func @column_scales
// CHECK-SAME: (%{{.*}}: memref<?x?xf32>, %[[S:.*]]: memref<?xf32>,
// CHECK: vector.load %[[S]][%{{.*}}] : memref<?xf32>, vector<16xf32>
func.func @column_scales(%x: memref<?x?xf32>, %s: memref<?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x?xf32>, memref<?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// A reduction keeps its lanes in several accumulators until after the loops.

// CHECK-LABEL: func @reduction_lanes
// CHECK-SAME: (%{{.*}}: memref<?xi32>, %[[Y:.*]]: memref<i32>)
// CHECK: %[[INITIAL:.*]] = memref.load %[[Y]][]
// CHECK: %[[FOUR:.*]]:4 = scf.for {{.*}} -> (vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>)
// CHECK-COUNT-4: arith.maxui %{{.*}} : vector<16xi32>
// CHECK: scf.yield
// CHECK: %[[LANES:.*]] = scf.for
// CHECK: %[[REDUCED:.*]] = vector.reduction <maxui>, %[[LANES]] : vector<16xi32> into i32
// CHECK: arith.maxui %[[INITIAL]], %[[REDUCED]] : i32
// CHECK: %[[RESULT:.*]] = scf.for {{.*}} -> (i32)
// CHECK: memref.store %[[RESULT]], %[[Y]][]
func.func @reduction_lanes(%x: memref<?xi32>, %y: memref<i32>) {
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xi32>) outs(%y : memref<i32>) {
  ^bb0(%a: i32, %out: i32):
    %0 = arith.maxui %out, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// A sum of booleans adds two to 32-bit lanes under the mask, in pieces of 2^31
// elements that no lane overflows in.

// CHECK-LABEL: func @count
// CHECK-DAG: %[[PIECE:.*]] = arith.constant 2147483648 : index
// CHECK-DAG: %[[TWO:.*]] = arith.constant dense<2> : vector<16xi32>
// CHECK-DAG: %[[NONE:.*]] = arith.constant dense<0> : vector<16xi32>
// CHECK: %[[SIZE:.*]] = memref.dim
// CHECK: %[[INITIAL:.*]] = memref.load %{{.*}} : memref<i64>
// CHECK: %[[TOTAL:.*]] = scf.for %[[FROM:.*]] = %{{.*}} to %[[SIZE]] step %[[PIECE]] iter_args(%[[BEFORE:.*]] = %[[INITIAL]]) -> (i64) {
// CHECK: %[[END:.*]] = arith.addi %[[FROM]], %[[PIECE]] : index
// CHECK: arith.minui %[[END]], %[[SIZE]] : index
// CHECK: %[[LANES:.*]] = scf.for {{.*}} iter_args(%[[COUNTERS:.*]] = %[[NONE]]) -> (vector<16xi32>) {
// CHECK: %[[MASK:.*]] = arith.cmpf ogt, %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK: %[[MORE:.*]] = arith.addi %[[COUNTERS]], %[[TWO]] : vector<16xi32>
// CHECK: %[[NEXT:.*]] = arith.select %[[MASK]], %[[MORE]], %[[COUNTERS]] : vector<16xi1>, vector<16xi32>
// CHECK: scf.yield %[[NEXT]]
// CHECK: %[[HALF:.*]] = arith.divui %[[LANES]], %[[TWO]] : vector<16xi32>
// CHECK: %[[WIDE:.*]] = arith.extui %[[HALF]] : vector<16xi32> to vector<16xi64>
// CHECK: %[[COUNT:.*]] = vector.reduction <add>, %[[WIDE]] : vector<16xi64> into i64
// CHECK: %[[SUM:.*]] = arith.addi %[[BEFORE]], %[[COUNT]] : i64
// CHECK: %[[AFTER:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[SUM]]) -> (i64) {
// CHECK: scf.yield %[[AFTER]] : i64
// CHECK: memref.store %[[TOTAL]]
// W128-LABEL: func @count
// W128: arith.select %{{.*}} : vector<4xi1>, vector<4xi32>
func.func @count(%x: memref<?xf32>, %y: memref<i64>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y : memref<i64>) {
  ^bb0(%a: f32, %out: i64):
    %0 = arith.cmpf ogt, %a, %zero : f32
    %1 = arith.extui %0 : i1 to i64
    %2 = arith.addi %out, %1 : i64
    linalg.yield %2 : i64
  }
  return
}

// A size that is known to be less is one piece; a narrower output is counted in
// 32 bits all the same.

// CHECK-LABEL: func @count_static
// CHECK-NOT: 2147483648
// CHECK: %[[LANES:.*]] = scf.for {{.*}} -> (vector<16xi32>) {
// CHECK: %[[HALF:.*]] = arith.divui %[[LANES]]
// CHECK: %[[NARROW:.*]] = arith.trunci %[[HALF]] : vector<16xi32> to vector<16xi16>
// CHECK: vector.reduction <add>, %[[NARROW]] : vector<16xi16> into i16
// CHECK-NOT: scf.for
// CHECK: return
func.func @count_static(%x: memref<4096xf32>, %y: memref<i16>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<4096xf32>) outs(%y : memref<i16>) {
  ^bb0(%a: f32, %out: i16):
    %0 = arith.cmpf ogt, %a, %zero : f32
    %1 = arith.extui %0 : i1 to i16
    %2 = arith.addi %out, %1 : i16
    linalg.yield %2 : i16
  }
  return
}

// An elementwise result beside a reduction: one loop for both.

// CHECK-LABEL: func @both
// CHECK: scf.for
// CHECK: vector.load
// CHECK-NEXT: %[[BITS:.*]] = arith.bitcast
// CHECK: vector.store
// CHECK: arith.maxui
func.func @both(%x: memref<?xf32>, %y: memref<?xf32>, %m: memref<i32>) {
  linalg.generic {indexing_maps = [#id, #id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y, %m : memref<?xf32>, memref<i32>) {
  ^bb0(%a: f32, %out0: f32, %out1: i32):
    %0 = arith.bitcast %a : f32 to i32
    %1 = arith.negf %a : f32
    %2 = arith.maxui %out1, %0 : i32
    linalg.yield %1, %2 : f32, i32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#id1 = affine_map<(d0) -> (d0)>
#all1 = affine_map<(d0) -> ()>
#swapped = affine_map<(d0, d1) -> (d1, d0)>

// Transposed: no loop is contiguous in both.

// CHECK-LABEL: func @transposed
// CHECK-NOT: vector
// CHECK: scf.for
// CHECK: scf.for
// CHECK: memref.load
// CHECK-NOT: vector
// CHECK: return
func.func @transposed(%x: memref<?x?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#swapped, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// A memref of i1 is bytes, a vector of i1 is not.

// CHECK-LABEL: func @booleans_in_memory
// CHECK-NOT: vector
// CHECK: memref.store %{{.*}} : memref<?xi1>
// CHECK-NOT: vector
// CHECK: return
func.func @booleans_in_memory(%x: memref<?xf32>, %y: memref<?xi1>) {
  linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xi1>) {
  ^bb0(%a: f32, %out: i1):
    %0 = arith.cmpf ogt, %a, %a : f32
    linalg.yield %0 : i1
  }
  return
}

// A body with control flow.

// CHECK-LABEL: func @foreign_body
// CHECK-NOT: vector
// CHECK: scf.if
// CHECK-NOT: vector
// CHECK: return
func.func @foreign_body(%x: memref<?xf32>, %m: memref<?xf32>, %y: memref<?xf32>, %i: index) {
  linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.cmpf ogt, %a, %out : f32
    %0 = scf.if %b -> f32 {
      %c = memref.load %m[%i] : memref<?xf32>
      scf.yield %c : f32
    } else {
      scf.yield %out : f32
    }
    linalg.yield %0 : f32
  }
  return
}

// A reduction that is no known one.

// CHECK-LABEL: func @unknown_combiner
// CHECK-NOT: vector
// CHECK: scf.for
// CHECK-NOT: vector
// CHECK: return
func.func @unknown_combiner(%x: memref<?xf32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [#id1, #all1], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y : memref<f32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.divf %out, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// No loop at all.

// CHECK-LABEL: func @rank_0
// CHECK-NEXT: memref.load
// CHECK-NEXT: arith.negf
// CHECK-NEXT: memref.store
// CHECK-NEXT: return
func.func @rank_0(%x: memref<f32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%x : memref<f32>) outs(%y : memref<f32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  }
  return
}

// On tensors it is too early.

// CHECK-LABEL: func @tensors
// CHECK: linalg.generic
func.func @tensors(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [#id1], iterator_types = ["parallel"]} outs(%x : tensor<?xf32>) {
  ^bb0(%out: f32):
    %1 = arith.negf %out : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// A copy of a slice is a loop, others are left to LLVM.

// CHECK-LABEL: func @copies
// CHECK: vector.load %{{.*}} : memref<4x?xf32, strided<[?, 1], offset: ?>>, vector<16xf32>
// CHECK: vector.store
// CHECK: memref.copy %{{.*}} : memref<4x?xf32> to memref<4x?xf32>
func.func @copies(%x: memref<4x?xf32, strided<[?, 1], offset: ?>>, %y: memref<4x?xf32>, %z: memref<4x?xf32>) {
  memref.copy %x, %y : memref<4x?xf32, strided<[?, 1], offset: ?>> to memref<4x?xf32>
  memref.copy %y, %z : memref<4x?xf32> to memref<4x?xf32>
  return
}
