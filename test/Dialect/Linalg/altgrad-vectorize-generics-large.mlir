// large-bytes and prefetch-bytes: a second version of the vector loop for data
// that no cache holds, chosen when the code runs.
//
// RUN: altgrad-opt %s --altgrad-vectorize-generics='large-bytes=65536 prefetch-bytes=4096' --canonicalize --cse | FileCheck %s
// RUN: altgrad-opt %s --altgrad-vectorize-generics='large-bytes=65536' --canonicalize --cse \
// RUN:   | FileCheck %s --check-prefix=NO-PREFETCH
// RUN: altgrad-opt %s --altgrad-vectorize-generics='prefetch-bytes=4096' --canonicalize --cse \
// RUN:   | FileCheck %s --check-prefix=NEVER --implicit-check-not=memref.prefetch --implicit-check-not=nontemporal --implicit-check-not=fence --implicit-check-not=scf.if
// RUN: altgrad-opt %s --altgrad-vectorize-generics='large-bytes=65536 prefetch-bytes=4096 threads=4' --canonicalize --cse \
// RUN:   | FileCheck %s --check-prefix=THREADS

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// Scalars up to an aligned address of the output, then one of two loops over
// vectors, and a fence after all if the stores were non-temporal.

// CHECK-LABEL: func @dynamic_size
// CHECK-SAME: (%[[X:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?xf32>)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[BYTES:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[BOTH_BYTES:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[LANES:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[IN_LINE:.*]] = arith.constant 63 : index
// CHECK-DAG: %[[AHEAD:.*]] = arith.constant 1024 : index
// CHECK-DAG: %[[LONG_ROW:.*]] = arith.constant 2048 : index
// CHECK-DAG: %[[LEAST:.*]] = arith.constant 65536 : index
// CHECK: %[[SIZE:.*]] = memref.dim %[[X]]
// What it reads and writes is large, and x is not y.
// CHECK: %[[TOTAL:.*]] = arith.muli %[[SIZE]], %[[BOTH_BYTES]] : index
// CHECK: %[[IS_LARGE:.*]] = arith.cmpi uge, %[[TOTAL]], %[[LEAST]] : index
// CHECK-DAG: %[[TO:.*]] = memref.extract_aligned_pointer_as_index %[[Y]]
// CHECK-DAG: %[[FROM:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
// CHECK: %[[IS_OTHER:.*]] = arith.cmpi ne, %[[FROM]], %[[TO]] : index
// CHECK: %[[MAY:.*]] = arith.andi %[[IS_LARGE]], %[[IS_OTHER]] : i1
// CHECK: %[[IS_LONG:.*]] = arith.cmpi uge, %[[SIZE]], %[[LONG_ROW]] : index
// CHECK: %[[PAYS:.*]] = arith.ori %{{.*}}, %[[IS_LONG]] : i1
// CHECK: %[[STREAMS:.*]] = arith.andi %[[MAY]], %[[PAYS]] : i1
// Elements to the next cache line, 0 for small data, and at most all.
// CHECK: %[[NEGATIVE:.*]] = arith.subi %[[ZERO]], %[[TO]] : index
// CHECK: %[[MISSING:.*]] = arith.andi %[[NEGATIVE]], %[[IN_LINE]] : index
// CHECK: %[[ELEMENTS:.*]] = arith.divui %[[MISSING]], %[[BYTES]] : index
// CHECK: %[[SKIPPED:.*]] = arith.select %[[STREAMS]], %[[ELEMENTS]], %[[ZERO]] : index
// CHECK: %[[START:.*]] = arith.minui %[[SKIPPED]], %[[SIZE]] : index
// An address that is no multiple of 4 never gets there.
// CHECK: %[[IS_ALIGNED:.*]] = arith.cmpi eq, %{{.*}}, %[[ZERO]] : index
// CHECK: %[[USES_LARGE:.*]] = arith.andi %[[STREAMS]], %[[IS_ALIGNED]] : i1
// CHECK: scf.for %{{.*}} = %[[ZERO]] to %[[START]] step %[[ONE]] {
// CHECK-NEXT: memref.load
// CHECK: %[[LEFT:.*]] = arith.subi %[[SIZE]], %[[START]] : index
// CHECK: %[[REST:.*]] = arith.remui %[[LEFT]], %[[LANES]] : index
// CHECK: %[[END:.*]] = arith.subi %[[SIZE]], %[[REST]] : index
// CHECK: scf.if %[[USES_LARGE]] {
// CHECK-NEXT: scf.for %[[I:.*]] = %[[START]] to %[[END]] step %[[LANES]] {
// CHECK-NEXT: %[[FAR:.*]] = arith.addi %[[I]], %[[AHEAD]] : index
// CHECK-NEXT: memref.prefetch %[[X]][%[[FAR]]], read, locality<3>, data
// CHECK-NEXT: vector.load %[[X]][%[[I]]]
// CHECK-NEXT: %[[NEGATED:.*]] = arith.negf
// CHECK-NEXT: vector.store %[[NEGATED]], %[[Y]][%[[I]]] {alignment = 64 : i64, nontemporal = true}
// CHECK-NEXT: }
// CHECK-NEXT: } else {
// CHECK-NEXT: scf.for %{{.*}} = %[[START]] to %[[END]] step %[[LANES]] {
// CHECK-NEXT: vector.load
// CHECK-NEXT: arith.negf
// CHECK-NEXT: vector.store %{{.*}} : memref<?xf32>, vector<16xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK: scf.for %{{.*}} to %[[SIZE]] step %[[ONE]] {
// CHECK: scf.if %[[STREAMS]] {
// CHECK-NEXT: llvm.fence seq_cst
// CHECK-NEXT: }
// CHECK-NEXT: return

// NO-PREFETCH-LABEL: func @dynamic_size
// NO-PREFETCH-NOT: memref.prefetch
// NO-PREFETCH: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
// NO-PREFETCH-NOT: memref.prefetch
// NO-PREFETCH: llvm.fence
// NO-PREFETCH: return

// NEVER-LABEL: func @dynamic_size
// NEVER: return

// Each thread writes its own chunk, and each has a fence.
// THREADS-LABEL: func @dynamic_size
// THREADS: memref.extract_aligned_pointer_as_index
// THREADS: scf.parallel
// THREADS: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
// THREADS: llvm.fence seq_cst
// THREADS: scf.reduce
func.func @dynamic_size(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  }
  return
}

// A size that is known to be small has one version.

// CHECK-LABEL: func @static_small
// CHECK-NOT: scf.if
// CHECK-NOT: memref.prefetch
// CHECK-NOT: nontemporal
// CHECK: return
func.func @static_small(%x: memref<8191xf32>, %y: memref<8191xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<8191xf32>) outs(%y : memref<8191xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// 8192 floats are read and written: 65536 bytes. Only alignment and whether x
// is y are not known.

// CHECK-LABEL: func @static_large
// CHECK-NOT: arith.cmpi uge
// CHECK: scf.if
// CHECK: nontemporal = true
// CHECK: llvm.fence
// CHECK: return
func.func @static_large(%x: memref<8192xf32>, %y: memref<8192xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<8192xf32>) outs(%y : memref<8192xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// What is read and written at one place is in a cache when it is written.

// CHECK-LABEL: func @in_place
// CHECK: scf.if
// CHECK: memref.prefetch
// CHECK-NOT: nontemporal
// CHECK-NOT: llvm.fence
// CHECK: return
func.func @in_place(%y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<?xf32>) {
  ^bb0(%out: f32):
    %0 = arith.mulf %out, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func @same_memref
// CHECK: memref.prefetch
// CHECK-NOT: nontemporal
// CHECK-NOT: llvm.fence
// CHECK: return
func.func @same_memref(%x: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%x : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  }
  return
}

// Nothing is written but the result: prefetching only, of each cache line once
// in a step of four vectors.

// CHECK-LABEL: func @reduction
// CHECK-SAME: (%[[X:.*]]: memref<?xi32>,
// CHECK: %[[IS_LARGE:.*]] = arith.cmpi uge
// CHECK-NOT: scf.for
// CHECK: %{{.*}}:4 = scf.if %[[IS_LARGE]] -> (vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>) {
// CHECK: scf.for
// CHECK-COUNT-4: memref.prefetch %[[X]]
// CHECK-COUNT-4: vector.load %[[X]]
// CHECK: } else {
// CHECK-NOT: memref.prefetch
// CHECK: arith.maxui %{{.*}} : vector<16xi32>
// CHECK-NOT: llvm.fence
// CHECK: return
func.func @reduction(%x: memref<?xi32>, %y: memref<i32>) {
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xi32>) outs(%y : memref<i32>) {
  ^bb0(%a: i32, %out: i32):
    %0 = arith.maxui %out, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// Two outputs: the narrower one decides where to start, both have to be aligned
// there, and a short vector has an alignment of its own size.

// CHECK-LABEL: func @two_outputs
// CHECK-SAME: (%{{.*}}: memref<?xf32>, %[[Y:.*]]: memref<?xf32>, %[[CODES:.*]]: memref<?xi8>)
// CHECK: %[[TO:.*]] = memref.extract_aligned_pointer_as_index %[[CODES]]
// CHECK: %[[NEGATIVE:.*]] = arith.subi %{{.*}}, %[[TO]] : index
// CHECK: %[[MISSING:.*]] = arith.andi %[[NEGATIVE]], %{{.*}} : index
// CHECK: arith.select %{{.*}}, %[[MISSING]], %{{.*}} : index
// CHECK: vector.store %{{.*}}, %[[Y]]{{.*}} {alignment = 64 : i64, nontemporal = true}
// CHECK: vector.store %{{.*}}, %[[CODES]]{{.*}} {alignment = 16 : i64, nontemporal = true}
func.func @two_outputs(%x: memref<?xf32>, %y: memref<?xf32>, %q: memref<?xi8>) {
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y, %q : memref<?xf32>, memref<?xi8>) {
  ^bb0(%a: f32, %out: f32, %out1: i8):
    %0 = arith.negf %a : f32
    %1 = arith.fptosi %a : f32 to i8
    linalg.yield %0, %1 : f32, i8
  }
  return
}

#id2 = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// Each row starts anew at an aligned address; one fence after all rows.

// CHECK-LABEL: func @rows
// CHECK: scf.for
// CHECK: arith.minui
// CHECK: scf.for
// CHECK: scf.if
// CHECK: scf.for
// CHECK: nontemporal = true
// CHECK: } else {
// CHECK: llvm.fence
// CHECK-NOT: llvm.fence
// CHECK: return
func.func @rows(%x: memref<?x?xf32>, %s: memref<?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id2, #row, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x?xf32>, memref<?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// With gaps between its rows an output is not streamed.

// CHECK-LABEL: func @strided
// CHECK: memref.prefetch
// CHECK-NOT: nontemporal
// CHECK: return
func.func @strided(%x: memref<64x?xf32>, %y: memref<64x?xf32, strided<[?, 1]>>) {
  linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x?xf32>) outs(%y : memref<64x?xf32, strided<[?, 1]>>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// Nor is one that is written again and again.

// CHECK-LABEL: func @column_sums
// CHECK: memref.prefetch
// CHECK-NOT: nontemporal
// CHECK: return
func.func @column_sums(%x: memref<?x?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<?x?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a : f32
    linalg.yield %0 : f32
  }
  return
}
