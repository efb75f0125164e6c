// docs/Gradients.md, cotangent_format.

// RUN: altgrad-opt %s --altgrad-differentiate > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s \
// RUN:   after=%t.after

// CHECK-LABEL: func.func @hybrid_vjp

func.func @hybrid(%w: tensor<8xf32>) -> tensor<8xf32> {
  %q = altgrad.fake_quantize %w in !altgrad.fp8<E4M3FN>
      cotangent_format(!altgrad.fp8<E5M2>) : tensor<8xf32>
  return %q : tensor<8xf32>
}
