// docs/Pipelines.md, altgrad-run-if-present.

// RUN: altgrad-opt %s --pass-pipeline='builtin.module(func.func(altgrad-run-if-present{ops=math types=f16,bf16 pipeline=func.func(math-extend-to-supported-types)}))' > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @wide
// CHECK         math.exp %{{.*}} : f32
// CHECK-LABEL: func.func @narrow
// CHECK         arith.extf
// CHECK         math.exp %{{.*}} : f32
// CHECK         arith.truncf

func.func @wide(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}
func.func @narrow(%x: f16) -> f16 {
  %y = math.exp %x : f16
  return %y : f16
}
