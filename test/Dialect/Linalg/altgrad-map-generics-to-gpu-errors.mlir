// RUN: not altgrad-opt %s --altgrad-map-generics-to-gpu=block-size=48 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not altgrad-opt %s --altgrad-map-generics-to-gpu=block-size=2048 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not altgrad-opt %s --altgrad-map-generics-to-gpu=vector-bytes=32 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not altgrad-opt %s --altgrad-map-generics-to-gpu=vectors-per-thread=0 2>&1 | FileCheck %s --check-prefix=VECTORS
// RUN: not altgrad-opt %s --altgrad-map-generics-to-gpu=max-blocks=0 2>&1 | FileCheck %s --check-prefix=MAX
// RUN: altgrad-opt %s --altgrad-map-generics-to-gpu=remarks=true 2>&1 | FileCheck %s --check-prefix=REMARK

// BLOCK: error: altgrad-map-generics-to-gpu expected a block-size that is a power of two from 32 to 1024 but got 48
// LARGE: error: altgrad-map-generics-to-gpu expected a block-size that is a power of two from 32 to 1024 but got 2048
// BYTES: error: altgrad-map-generics-to-gpu expected vector-bytes of 8 or 16 but got 32
// VECTORS: error: altgrad-map-generics-to-gpu expected vectors-per-thread from 1 to 16 but got 0
// MAX: error: altgrad-map-generics-to-gpu expected max-blocks of at least 1 but got 0

#id = affine_map<(d0) -> (d0)>
#scalar = affine_map<(d0) -> ()>
func.func @f(%x: memref<?xf32>, %y: memref<f32>) {
  // REMARK: [[@LINE+1]]:3: remark: becomes a kernel on points: a reduction has an order; a reduction has an order
  linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction"]}
      ins(%x : memref<?xf32>) outs(%y : memref<f32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}
