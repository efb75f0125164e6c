// docs/Pipelines.md, convert-altgrad-to-linalg.

// RUN: altgrad-opt %s --convert-altgrad-to-linalg > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @quantize(
// CHECK-SAME:      -> tensor<?xi8>
// CHECK:         linalg.generic
// CHECK:           arith.divf
// CHECK:           altgrad.encode %{{.*}} in !E4M3FN : f32 -> i8
// CHECK-LABEL: func.func @amax(
// CHECK:         linalg.generic
// CHECK:           arith.maxui

func.func @quantize(%x: tensor<?xf32>, %scale: f32)
    -> tensor<?x!altgrad.fp8<E4M3FN>> {
  %q = altgrad.quantize %x, %scale
      : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
  return %q : tensor<?x!altgrad.fp8<E4M3FN>>
}
func.func @amax(%x: tensor<4x64xf32>) -> f32 {
  %amax = altgrad.amax %x : tensor<4x64xf32> -> f32
  return %amax : f32
}
