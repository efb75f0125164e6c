// docs/Pipelines.md, canonicalize.

// RUN: altgrad-opt %s --canonicalize > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @pair
// CHECK-NOT:     altgrad.dequantize
// CHECK:         altgrad.fake_quantize %{{.*}}, %{{.*}} in !E4M3FN

func.func @pair(%x: tensor<?xf32>, %scale: f32) -> tensor<?xf32> {
  %q = altgrad.quantize %x, %scale
      : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
  %y = altgrad.dequantize %q, %scale
      : tensor<?x!altgrad.fp8<E4M3FN>>, f32 -> tensor<?xf32>
  return %y : tensor<?xf32>
}
