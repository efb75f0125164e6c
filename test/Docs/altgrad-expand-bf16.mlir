// docs/Pipelines.md, altgrad-expand-bf16.

// RUN: altgrad-opt %s --altgrad-expand-bf16 > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-NOT: arith.truncf
// CHECK:     arith.trunci %{{.*}} : i32 to i16

func.func @narrow(%x: f32) -> bf16 {
  %y = arith.truncf %x : f32 to bf16
  return %y : bf16
}
