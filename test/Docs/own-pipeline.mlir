// docs/Pipelines.md, parts in a pipeline of one's own.

// RUN: altgrad-opt %s --pass-pipeline='builtin.module(convert-altgrad-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},func.func(convert-linalg-to-loops),convert-altgrad-to-arith,canonicalize,cse)' > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @dequantize(
// CHECK-SAME:      memref<8xi8
// CHECK:         scf.for
// CHECK-NOT:     altgrad.

func.func @dequantize(%q: tensor<8x!altgrad.fp8<E1M6>>) -> tensor<8xf32> {
  %x = altgrad.dequantize %q : tensor<8x!altgrad.fp8<E1M6>> -> tensor<8xf32>
  return %x : tensor<8xf32>
}
