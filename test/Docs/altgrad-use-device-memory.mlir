// docs/GPU.md, altgrad-use-device-memory.

// RUN: altgrad-opt %s --altgrad-use-device-memory > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK: gpu.memcpy

func.func @copied(%x: memref<?xf32>, %n: index, %total: memref<f32>) -> (memref<?xf32>, f32) {
  %y = memref.alloc(%n) : memref<?xf32>
  memref.copy %x, %y : memref<?xf32> to memref<?xf32>
  %t = memref.load %total[] : memref<f32>
  return %y, %t : memref<?xf32>, f32
}
