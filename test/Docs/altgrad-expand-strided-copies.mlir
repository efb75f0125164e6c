// docs/Pipelines.md, altgrad-expand-strided-copies.

// RUN: altgrad-opt %s --altgrad-expand-strided-copies > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @record(
// CHECK-NOT: memref.copy
// CHECK: linalg.generic
// CHECK: return
// CHECK-LABEL: func.func @whole(
// CHECK-NEXT: memref.copy

func.func @record(%row: memref<8xf32>, %slice: memref<8xf32, strided<[1], offset: ?>>) {
  memref.copy %row, %slice : memref<8xf32> to memref<8xf32, strided<[1], offset: ?>>
  return
}

func.func @whole(%a: memref<?xf32>, %b: memref<?xf32>) {
  memref.copy %a, %b : memref<?xf32> to memref<?xf32>
  return
}
