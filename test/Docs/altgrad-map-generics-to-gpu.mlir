// docs/GPU.md, altgrad-map-generics-to-gpu.

// RUN: altgrad-opt %s --altgrad-map-generics-to-gpu=vectors-per-thread=1 --canonicalize --cse > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK: gpu.launch
// CHECK:   vector.load {{.*}} {alignment = 16 : i64}

#element = affine_map<(i) -> (i)>
func.func @round(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#element, #element], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %rounded = altgrad.round %in in !altgrad.fp8<E5M2> : f32
    linalg.yield %rounded : f32
  }
  return
}
