// docs/Pipelines.md, altgrad-fuse-sibling-generics.

// RUN: altgrad-opt %s --altgrad-fuse-sibling-generics > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:         linalg.generic
// CHECK-SAME:      iterator_types = ["reduction"]
// CHECK:           altgrad.encode
// CHECK:           arith.maxui
// CHECK-NOT:     linalg.generic

#element = affine_map<(i) -> (i)>
#total = affine_map<(i) -> ()>
func.func @codes_and_amax(%x: tensor<?xf32>, %codes: tensor<?xi8>,
                          %zero: tensor<i32>) -> (tensor<?xi8>, tensor<i32>) {
  %q = linalg.generic {indexing_maps = [#element, #element],
                       iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%codes : tensor<?xi8>) {
  ^bb0(%in: f32, %out: i8):
    %code = altgrad.encode %in in !altgrad.fp8<E5M2> : f32 -> i8
    linalg.yield %code : i8
  } -> tensor<?xi8>
  %a = linalg.generic {indexing_maps = [#element, #total],
                       iterator_types = ["reduction"]}
      ins(%x : tensor<?xf32>) outs(%zero : tensor<i32>) {
  ^bb0(%in: f32, %out: i32):
    %bits = arith.bitcast %in : f32 to i32
    %largest = arith.maxui %out, %bits : i32
    linalg.yield %largest : i32
  } -> tensor<i32>
  return %q, %a : tensor<?xi8>, tensor<i32>
}
