// vectors-per-step: as many elements at a time as fill a vector of the narrowest
// operand, then single vectors, then scalars.
//
// RUN: altgrad-opt %s --altgrad-vectorize-generics=vectors-per-step=4 --canonicalize | FileCheck %s
// RUN: altgrad-opt %s --altgrad-vectorize-generics='vectors-per-step=4 vector-width=256' --canonicalize \
// RUN:   | FileCheck %s --check-prefix=W256

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

// 64 bytes of output come from four registers of input.

// CHECK-LABEL: func @narrow_output
// CHECK-SAME: (%[[X:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?xi8>)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[LANES:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[WIDE:.*]] = arith.constant 64 : index
// CHECK: %[[SIZE:.*]] = memref.dim %[[X]]
// CHECK: %[[REST:.*]] = arith.remui %[[SIZE]], %[[WIDE]] : index
// CHECK: %[[WIDE_END:.*]] = arith.subi %[[SIZE]], %[[REST]] : index
// CHECK: scf.for %[[I:.*]] = %[[ZERO]] to %[[WIDE_END]] step %[[WIDE]] {
// CHECK-NEXT: %[[V:.*]] = vector.load %[[X]][%[[I]]] : memref<?xf32>, vector<64xf32>
// CHECK-NEXT: %[[W:.*]] = arith.fptosi %[[V]] : vector<64xf32> to vector<64xi8>
// CHECK-NEXT: vector.store %[[W]], %[[Y]][%[[I]]] : memref<?xi8>, vector<64xi8>
// CHECK: %[[SCALARS:.*]] = arith.remui %[[SIZE]], %[[LANES]] : index
// CHECK: %[[END:.*]] = arith.subi %[[SIZE]], %[[SCALARS]] : index
// CHECK: scf.for %{{.*}} = %[[WIDE_END]] to %[[END]] step %[[LANES]] {
// CHECK-NEXT: vector.load {{.*}} vector<16xf32>
// CHECK: scf.for %{{.*}} = %[[END]] to %[[SIZE]] step %[[ONE]] {
// CHECK-NEXT: memref.load
// CHECK-NOT: scf.for
// CHECK: return
// W256-LABEL: func @narrow_output
// W256: vector.load {{.*}} vector<32xf32>
// W256: vector.load {{.*}} vector<8xf32>
func.func @narrow_output(%x: memref<?xf32>, %y: memref<?xi8>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xi8>) {
  ^bb0(%a: f32, %out: i8):
    %0 = arith.fptosi %a : f32 to i8
    linalg.yield %0 : i8
  }
  return
}

// Operands of one width: a wide step would be a narrow one.

// CHECK-LABEL: func @one_width
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK-NOT: vector.load
// CHECK: return
func.func @one_width(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  }
  return
}

// f64 to i8: four registers at most, not eight.

// CHECK-LABEL: func @four_registers
// CHECK: vector.load {{.*}} vector<32xf64>
// CHECK: vector.load {{.*}} vector<8xf64>
// CHECK-NOT: vector.load
// CHECK: return
func.func @four_registers(%x: memref<?xf64>, %y: memref<?xi8>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf64>) outs(%y : memref<?xi8>) {
  ^bb0(%a: f64, %out: i8):
    %0 = arith.fptosi %a : f64 to i8
    linalg.yield %0 : i8
  }
  return
}

// A wide accumulator is four, and is folded into one for the single vectors.

// CHECK-LABEL: func @reduction
// CHECK-SAME: memref<?xi8>, %[[M:.*]]: memref<i32>)
// CHECK: %[[INITIAL:.*]] = memref.load %[[M]][]
// CHECK: %[[WIDE:.*]] = scf.for {{.*}} -> (vector<64xi32>) {
// CHECK: arith.maxui %{{.*}} : vector<64xi32>
// CHECK: %[[LOW:.*]] = vector.extract_strided_slice %[[WIDE]] {offsets = [0], sizes = [32], strides = [1]}
// CHECK: %[[HIGH:.*]] = vector.extract_strided_slice %[[WIDE]] {offsets = [32], sizes = [32], strides = [1]}
// CHECK: %[[HALF:.*]] = arith.maxui %[[LOW]], %[[HIGH]] : vector<32xi32>
// CHECK: %[[LOW2:.*]] = vector.extract_strided_slice %[[HALF]] {offsets = [0], sizes = [16], strides = [1]}
// CHECK: %[[HIGH2:.*]] = vector.extract_strided_slice %[[HALF]] {offsets = [16], sizes = [16], strides = [1]}
// CHECK: %[[QUARTER:.*]] = arith.maxui %[[LOW2]], %[[HIGH2]] : vector<16xi32>
// CHECK: %[[LANES:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[QUARTER]]) -> (vector<16xi32>) {
// CHECK: %[[REDUCED:.*]] = vector.reduction <maxui>, %[[LANES]] : vector<16xi32> into i32
// CHECK: arith.maxui %[[INITIAL]], %[[REDUCED]] : i32
// CHECK: memref.store %{{.*}}, %[[M]][]
func.func @reduction(%x: memref<?xf32>, %y: memref<?xi8>, %m: memref<i32>) {
  linalg.generic {indexing_maps = [#id, #id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y, %m : memref<?xi8>, memref<i32>) {
  ^bb0(%a: f32, %out0: i8, %out1: i32):
    %0 = arith.bitcast %a : f32 to i32
    %1 = arith.fptosi %a : f32 to i8
    %2 = arith.maxui %out1, %0 : i32
    linalg.yield %1, %2 : i8, i32
  }
  return
}

// An ordered sum stays in order: the scalar goes from loop to loop.

// CHECK-LABEL: func @ordered
// CHECK: %[[WIDE:.*]] = scf.for {{.*}} -> (f32) {
// CHECK: vector.reduction <add>, %{{.*}}, %{{.*}} : vector<64xf32> into f32
// CHECK: %[[NARROW:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[WIDE]]) -> (f32) {
// CHECK: vector.reduction <add>, %{{.*}}, %{{.*}} : vector<16xf32> into f32
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[NARROW]]) -> (f32) {
func.func @ordered(%x: memref<?xf32>, %y: memref<?xi8>, %s: memref<f32>) {
  linalg.generic {indexing_maps = [#id, #id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y, %s : memref<?xi8>, memref<f32>) {
  ^bb0(%a: f32, %out0: i8, %out1: f32):
    %0 = arith.fptosi %a : f32 to i8
    %1 = arith.addf %out1, %a : f32
    linalg.yield %0, %1 : i8, f32
  }
  return
}
