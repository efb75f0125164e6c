// RUN: altgrad-opt %s --altgrad-map-generics-to-gpu='block-size=256 vectors-per-thread=2' --canonicalize --cse --split-input-file | FileCheck %s

#id = affine_map<(d0) -> (d0)>
#scalar = affine_map<(d0) -> ()>

// A flat kernel. A tile is 256 threads, 2 vectors, 4 elements; the host looks at the
// addresses.

// CHECK-LABEL: func @flat
// CHECK-SAME:    %[[X:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?xf32>
// CHECK-DAG:     %[[C2048:.*]] = arith.constant 2048 : index
// CHECK-DAG:     %[[C15:.*]] = arith.constant 15 : index
// CHECK:         %[[SIZE:.*]] = memref.dim %[[X]]
// CHECK:         %[[P:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
// CHECK:         arith.andi %[[P]], %[[C15]]
// CHECK:         %[[WHOLE:.*]] = arith.divui %[[SIZE]], %[[C2048]]
// CHECK:         %[[TILES:.*]] = arith.select %{{.*}}, %[[WHOLE]], %c0
// CHECK:         gpu.launch blocks(%[[B:.*]], %{{.*}}, %{{.*}}) in ({{.*}}) threads(%[[T:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c256
// CHECK:           %[[IN:.*]] = arith.cmpi ult, %[[B]], %[[TILES]]
// CHECK:           scf.if %[[IN]] {
// CHECK-COUNT-2:     vector.load {{.*}} {alignment = 16 : i64} : memref<?xf32>, vector<4xf32>
// CHECK-COUNT-2:     arith.negf {{.*}} : vector<4xf32>
// CHECK-COUNT-2:     vector.store {{.*}} {alignment = 16 : i64} : memref<?xf32>, vector<4xf32>
// CHECK:           } else {
// CHECK:             scf.for {{.*}} step %c256
// CHECK:               memref.load
// CHECK:               arith.negf {{.*}} : f32
// CHECK:               memref.store
func.func @flat(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// Contiguous dimensions are one, 16-bit elements come eight at a time, and their
// narrower companions with them.

// CHECK-LABEL: func @widths
// CHECK:         vector.load {{.*}} {alignment = 16 : i64} : memref<?xf16>, vector<8xf16>
// CHECK:         vector.store {{.*}} {alignment = 8 : i64} : memref<?xi8>, vector<8xi8>
func.func @widths(%x: memref<?x?xf16>, %y: memref<?x?xi8>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x?xf16>) outs(%y : memref<?x?xi8>) {
  ^bb0(%in: f16, %out: i8):
    %0 = arith.bitcast %in : f16 to i16
    %1 = arith.trunci %0 : i16 to i8
    linalg.yield %1 : i8
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#scalar = affine_map<(d0) -> ()>

// A reduction: no more blocks than max-blocks, lanes and a scalar per thread, a warp
// by shuffles, a block through shared memory, one atomic.

// CHECK-LABEL: func @reduce
// CHECK:         arith.minui %{{.*}}, %c2048
// CHECK:         gpu.launch {{.*}} workgroup(%[[SHARED:.*]] : memref<8xi32, #gpu.address_space<workgroup>>)
// CHECK:           scf.for {{.*}} -> (vector<4xi32>, i32)
// CHECK:             arith.maxui {{.*}} : vector<4xi32>
// CHECK:           vector.reduction <maxui>
// CHECK-COUNT-5:   gpu.shuffle xor
// CHECK:           memref.store {{.*}}, %[[SHARED]]
// CHECK:           gpu.barrier
// CHECK:           memref.load %[[SHARED]]
// CHECK-COUNT-5:   gpu.shuffle xor
// CHECK:           memref.atomic_rmw maxu
func.func @reduce(%x: memref<?xi32>, %y: memref<i32>) {
  linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction"]}
      ins(%x : memref<?xi32>) outs(%y : memref<i32>) {
  ^bb0(%in: i32, %out: i32):
    %0 = arith.maxui %in, %out : i32
    linalg.yield %0 : i32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#scalar = affine_map<(d0) -> ()>

// Counters of 64 bits are exchanged in halves.

// CHECK-LABEL: func @count
// CHECK:         arith.extui {{.*}} : vector<4xi1> to vector<4xi32>
// CHECK:         gpu.shuffle xor {{.*}} : i32
// CHECK:         gpu.shuffle xor {{.*}} : i32
// CHECK:         memref.atomic_rmw addi {{.*}} : (i64, memref<i64>) -> i64
func.func @count(%x: memref<?xf32>, %y: memref<i64>) {
  %c = arith.constant 0.5 : f32
  linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y : memref<i64>) {
  ^bb0(%in: f32, %out: i64):
    %0 = arith.cmpf ogt, %in, %c : f32
    %1 = arith.extui %0 : i1 to i64
    %2 = arith.addi %out, %1 : i64
    linalg.yield %2 : i64
  }
  return
}

// -----

#in = affine_map<(d0, d1) -> (d0, d1)>
#out = affine_map<(d0, d1) -> (d0)>

// Rows of 16: four threads each, two shuffles, no atomic.

// CHECK-LABEL: func @rows
// CHECK-NOT:     workgroup
// CHECK:         vector.load {{.*}} : memref<?x16xi32>, vector<4xi32>
// CHECK-COUNT-2: gpu.shuffle xor
// CHECK-NOT:     gpu.shuffle
// CHECK:         memref.store
func.func @rows(%x: memref<?x16xi32>, %y: memref<?xi32>) {
  linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x16xi32>) outs(%y : memref<?xi32>) {
  ^bb0(%in: i32, %out: i32):
    %0 = arith.maxui %in, %out : i32
    linalg.yield %0 : i32
  }
  return
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#scale = affine_map<(d0, d1, d2) -> (d0, d2)>

// An operand that does not change along a vector is loaded once for it. The sizes to
// divide by come with their reciprocals.

// CHECK-LABEL: func @broadcast
// CHECK:         %[[R:.*]] = arith.divui %{{.*}}, %{{.*}} : i64
// CHECK:         gpu.launch
// CHECK:           arith.mului_extended %{{.*}}, %[[R]]
// CHECK:           vector.load {{.*}} vector<4xf32>
// CHECK:           memref.load %{{.*}} : memref<?x4xf32>
#element = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#block = affine_map<(d0, d1, d2, d3) -> (d0, d2)>
func.func @broadcast(%x: memref<?x?x4x32xf32>, %s: memref<?x4xf32>, %y: memref<?x?x4x32xf32>) {
  linalg.generic {indexing_maps = [#element, #block, #element],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<?x?x4x32xf32>, memref<?x4xf32>) outs(%y : memref<?x?x4x32xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.divf %in, %scale : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#b = affine_map<(d0, d1, d2) -> (d2, d1)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>

// A sum of floats in its order: one thread per element, which has it in a register.

// CHECK-LABEL: func @matmul
// CHECK:         gpu.launch
// CHECK:           scf.if
// CHECK:             %[[FIRST:.*]] = memref.load
// CHECK:             %[[SUM:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[FIRST]]) -> (f32)
// CHECK:             memref.store %[[SUM]]
func.func @matmul(%x: memref<?x?xf32>, %w: memref<?x?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<?x?xf32>, memref<?x?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

// Copies of slices become kernels, also of slices without gaps: gpu.memcpy knows no
// offset.

// CHECK-LABEL: func @copy
// CHECK-NOT:     memref.copy
// CHECK:         gpu.launch
func.func @copy(%x: memref<4x8xf32, strided<[?, 1], offset: ?>>, %y: memref<4x8xf32>) {
  memref.copy %x, %y : memref<4x8xf32, strided<[?, 1], offset: ?>> to memref<4x8xf32>
  return
}

// CHECK-LABEL: func @copy_of_half
// CHECK-NOT:     memref.copy
// CHECK:         gpu.launch
// CHECK-NOT:     memref.copy
// CHECK:         gpu.launch
// CHECK:         memref.copy %{{.*}}, %{{.*}} : memref<4xf32> to memref<4xf32>
func.func @copy_of_half(%x: memref<4xf32>, %y: memref<4xf32, strided<[1], offset: 4>>,
                        %z: memref<4xf32>) {
  memref.copy %x, %y : memref<4xf32> to memref<4xf32, strided<[1], offset: 4>>
  memref.copy %y, %x : memref<4xf32, strided<[1], offset: 4>> to memref<4xf32>
  memref.copy %x, %z : memref<4xf32> to memref<4xf32>
  return
}
