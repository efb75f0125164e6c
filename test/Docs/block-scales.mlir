// docs/Pipelines.md, convert-altgrad-to-linalg, scales per block.

// RUN: altgrad-opt %s --convert-altgrad-to-linalg > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:         tensor.expand_shape %{{.*}} {{\[}}[0], [1, 2]] output_shape [4, 2, 32]
// CHECK:         linalg.generic
// CHECK:         tensor.collapse_shape %{{.*}} {{\[}}[0], [1, 2]]

func.func @blocks(%x: tensor<4x64xf32>, %scales: tensor<4x2xf32>)
    -> tensor<4x64xf32> {
  %y = altgrad.fake_quantize %x, %scales in !altgrad.fp8<E3M4>
      : tensor<4x64xf32>, tensor<4x2xf32>
  return %y : tensor<4x64xf32>
}
