// docs/Pipelines.md, altgrad-inline-alloca-scopes.

// RUN: altgrad-opt %s --altgrad-inline-alloca-scopes > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-NOT: memref.alloca_scope
// CHECK:     memref.store

func.func @store(%v: f32, %m: memref<?xf32>, %i: index) {
  memref.alloca_scope {
    memref.store %v, %m[%i] : memref<?xf32>
  }
  return
}
