// docs/Pipelines.md and docs/Gradients.md, altgrad-differentiate.

// RUN: altgrad-opt %s --altgrad-differentiate=wrt=0 > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s \
// RUN:   after=%t.after

// CHECK-LABEL: func.func @layer_vjp

func.func @layer(%w: tensor<8xf32>, %x: tensor<8xf32>, %scale: f32)
    -> tensor<8xf32> {
  %q = altgrad.fake_quantize %w, %scale in !altgrad.fp8<E4M3FN> ste(clipped)
      : tensor<8xf32>, f32
  %z = arith.mulf %q, %x : tensor<8xf32>
  %y = math.tanh %z : tensor<8xf32>
  return %y : tensor<8xf32>
}
