// docs/Pipelines.md, altgrad-vectorize-generics: a loop for large data.

// RUN: altgrad-opt %s --altgrad-vectorize-generics='large-bytes=33554432 prefetch-bytes=4096' --canonicalize --cse > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK: scf.if
// CHECK:   memref.prefetch
// CHECK:   vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
// CHECK: } else {

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
