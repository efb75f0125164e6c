// One vectorized loop per operation: what the pipeline has made after
// altgrad-vectorize-generics.
//
// RUN: altgrad-opt %s --altgrad-cpu-pipeline --mlir-disable-threading --mlir-print-ir-after=altgrad-vectorize-generics 2>&1 >/dev/null \
// RUN:   | FileCheck %s --implicit-check-not=linalg.generic

!q = !altgrad.fp8<E4M3FN>

// The main loop and the two remainders, of vectors and of scalars, read x once
// for quantize and amax together.

// CHECK-LABEL: func.func @quantize_and_amax
// CHECK: scf.for
// CHECK-COUNT-4: vector.load %{{.*}} : memref<?xf32>, vector<16xf32>
// CHECK-NOT: vector.load
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: vector.load
// CHECK: altgrad.encode %{{.*}} : vector<16xf32> -> vector<16xi8>
// CHECK: vector.store
// CHECK: arith.maxui
// CHECK: scf.for
// CHECK: memref.load
// CHECK-NOT: scf.for
// CHECK: return
func.func @quantize_and_amax(%x: tensor<?x?xf32>, %s: f32) -> (tensor<?x?x!q>, f32) {
  %q = altgrad.quantize %x, %s : tensor<?x?xf32>, f32 -> tensor<?x?x!q>
  %a = altgrad.amax %x : tensor<?x?xf32> -> f32
  return %q, %a : tensor<?x?x!q>, f32
}

// stall stores no w_new: its two counters are all the memory it makes.

// CHECK-LABEL: func.func @stall
// CHECK-NOT: memref.alloc(%
// CHECK-NOT: memref<?xf32>{{.*}}alloc
// CHECK: scf.for
// CHECK-NOT: vector.store
// CHECK: %[[STALLED:.*]] = arith.andi %{{.*}} : vector<16xi1>
// CHECK-NOT: math.ctpop
// CHECK: arith.select %{{.*}} : vector<16xi1>, vector<16xi32>
// CHECK: arith.select %{{.*}} : vector<16xi1>, vector<16xi32>
// CHECK-NOT: math.ctpop
// CHECK-NOT: vector.store
// CHECK: return
func.func @stall(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32, %s: f32) -> (i64, i64) {
  %0:2 = altgrad.stall %w, %g, %lr, %s in !q : tensor<?xf32>, f32 -> i64, i64
  return %0#0, %0#1 : i64, i64
}

// dequantize and fake_quantize: one vector loop and its remainder.

// CHECK-LABEL: func.func @dequantize
// CHECK: scf.for
// CHECK: altgrad.decode %{{.*}} : vector<16xi8> -> vector<16xf32>
// CHECK: scf.for
// CHECK: altgrad.decode %{{.*}} : i8 -> f32
// CHECK-NOT: scf.for
// CHECK: return
func.func @dequantize(%q: tensor<?x?x!q>, %s: f32) -> tensor<?x?xf32> {
  %y = altgrad.dequantize %q, %s : tensor<?x?x!q>, f32 -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @fake_quantize
// CHECK: scf.for
// CHECK: altgrad.round %{{.*}} : vector<16xf32>
// CHECK: scf.for
// CHECK: altgrad.round %{{.*}} : f32
// CHECK-NOT: scf.for
// CHECK: return
func.func @fake_quantize(%x: tensor<?x?xf32>, %s: f32) -> tensor<?x?xf32> {
  %q = altgrad.quantize %x, %s : tensor<?x?xf32>, f32 -> tensor<?x?x!q>
  %y = altgrad.dequantize %q, %s : tensor<?x?x!q>, f32 -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// Blocks of 32 along rows: loops over rows and blocks, vectors within.

// CHECK-LABEL: func.func @blocks
// CHECK: scf.for
// CHECK: vector.load %{{.*}} vector<16xf32>
// CHECK: return
func.func @blocks(%x: tensor<8x64xf32>, %s: tensor<8x2xf32>) -> tensor<8x64x!q> {
  %q = altgrad.quantize %x, %s : tensor<8x64xf32>, tensor<8x2xf32> -> tensor<8x64x!q>
  return %q : tensor<8x64x!q>
}

// Elementwise neighbours in the user's program fuse too: relu, then quantize.

// CHECK-LABEL: func.func @relu_then_quantize
// CHECK: scf.for
// CHECK: arith.maximumf %{{.*}} : vector<16xf32>
// CHECK: altgrad.encode %{{.*}} : vector<16xf32> -> vector<16xi8>
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: return
func.func @relu_then_quantize(%x: tensor<?xf32>, %zero: tensor<?xf32>) -> tensor<?x!q> {
  %0 = arith.maximumf %x, %zero : tensor<?xf32>
  %q = altgrad.quantize %0 : tensor<?xf32> -> tensor<?x!q>
  return %q : tensor<?x!q>
}
