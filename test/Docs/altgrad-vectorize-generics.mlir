// docs/Pipelines.md, altgrad-vectorize-generics.

// RUN: altgrad-opt %s --altgrad-vectorize-generics --canonicalize --cse > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:         scf.for {{.*}} step %c16
// CHECK:           altgrad.round %{{.*}} in !E5M2 : vector<16xf32>
// CHECK:         scf.for {{.*}} step %c1
// CHECK:           altgrad.round %{{.*}} in !E5M2 : f32

#element = affine_map<(i, j) -> (i, j)>
func.func @round(%x: memref<4x?xf32>, %y: memref<4x?xf32>) {
  linalg.generic {indexing_maps = [#element, #element],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x?xf32>) outs(%y : memref<4x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %rounded = altgrad.round %in in !altgrad.fp8<E5M2> : f32
    linalg.yield %rounded : f32
  }
  return
}
