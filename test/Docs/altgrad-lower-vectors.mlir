// docs/Pipelines.md, altgrad-lower-vectors.

// RUN: altgrad-opt %s --pass-pipeline='builtin.module(func.func(altgrad-lower-vectors,canonicalize,cse))' > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @line
// CHECK         vector.load
// CHECK-LABEL: func.func @table
// CHECK-NOT:     vector.multi_reduction
// CHECK         llvm.fadd

func.func @line(%m: memref<?xf32>, %i: index) -> vector<8xf32> {
  %v = vector.load %m[%i] : memref<?xf32>, vector<8xf32>
  return %v : vector<8xf32>
}
func.func @table(%v: vector<2x4xf32>, %zero: vector<4xf32>) -> vector<4xf32> {
  %sum = vector.multi_reduction <add>, %v, %zero [0]
      : vector<2x4xf32> to vector<4xf32>
  return %sum : vector<4xf32>
}
