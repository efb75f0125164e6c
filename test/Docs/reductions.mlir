// docs/Pipelines.md, altgrad-vectorize-generics, reductions.

// RUN: altgrad-opt %s --altgrad-vectorize-generics --canonicalize --cse > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:         scf.for {{.*}} step %c64
// CHECK-COUNT-4:   arith.maxui %{{.*}}, %{{.*}} : vector<16xi32>
// CHECK:           scf.yield
// CHECK:         vector.reduction <maxui>

#element = affine_map<(i) -> (i)>
#total = affine_map<(i) -> ()>
func.func @largest(%x: memref<?xi32>, %result: memref<i32>) {
  linalg.generic {indexing_maps = [#element, #total],
                  iterator_types = ["reduction"]}
      ins(%x : memref<?xi32>) outs(%result : memref<i32>) {
  ^bb0(%in: i32, %out: i32):
    %largest = arith.maxui %out, %in : i32
    linalg.yield %largest : i32
  }
  return
}
