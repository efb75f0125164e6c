// docs/Pipelines.md, altgrad-fuse-elementwise.

// RUN: altgrad-opt %s --altgrad-fuse-elementwise > %t.after
// RUN: FileCheck %s < %t.after
// RUN: altgrad-opt %s --altgrad-fuse-elementwise=max-body-size=3 \
// RUN:   | FileCheck %s --check-prefix=BOUND
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:         linalg.generic
// CHECK:           arith.addf
// CHECK:           altgrad.encode
// CHECK-NOT:     linalg.generic

// BOUND-COUNT-2: linalg.generic

#element = affine_map<(i) -> (i)>
func.func @bias_and_quantize(%x: tensor<64xf32>, %bias: tensor<64xf32>)
    -> tensor<64xi8> {
  %floats = tensor.empty() : tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#element, #element, #element],
                       iterator_types = ["parallel"]}
      ins(%x, %bias : tensor<64xf32>, tensor<64xf32>)
      outs(%floats : tensor<64xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %sum = arith.addf %a, %b : f32
    linalg.yield %sum : f32
  } -> tensor<64xf32>
  %codes = tensor.empty() : tensor<64xi8>
  %q = linalg.generic {indexing_maps = [#element, #element],
                       iterator_types = ["parallel"]}
      ins(%y : tensor<64xf32>) outs(%codes : tensor<64xi8>) {
  ^bb0(%in: f32, %out: i8):
    %code = altgrad.encode %in in !altgrad.fp8<E5M2> : f32 -> i8
    linalg.yield %code : i8
  } -> tensor<64xi8>
  return %q : tensor<64xi8>
}
