// docs/GPU.md, altgrad-lower-gpu-math.

// RUN: altgrad-opt %s --altgrad-lower-gpu-math > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK: llvm.sqrt

func.func @norm(%x: f32) -> f32 {
  %0 = math.absf %x : f32
  %1 = math.sqrt %0 : f32
  return %1 : f32
}
