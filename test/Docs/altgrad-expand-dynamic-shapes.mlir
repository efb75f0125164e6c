// docs/Pipelines.md, altgrad-expand-dynamic-shapes.

// RUN: altgrad-opt %s --altgrad-expand-dynamic-shapes > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-NOT: memref.expand_shape
// CHECK:     memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%{{.*}}, %{{.*}}], strides: [%{{.*}}, 1]

func.func @blocks(%x: memref<?xf32>, %blocks: index, %size: index)
    -> memref<?x?xf32> {
  %y = memref.expand_shape %x [[0, 1]] output_shape [%blocks, %size]
      : memref<?xf32> into memref<?x?xf32>
  return %y : memref<?x?xf32>
}
