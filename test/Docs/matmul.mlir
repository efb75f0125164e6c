// docs/Pipelines.md, inside a program.

// RUN: altgrad-opt %s --altgrad-cpu-pipeline \
// RUN:   | mlir-runner -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils \
// RUN:   > %t.printed
// RUN: FileCheck %s < %t.printed
// RUN: sed -e 's/0x[0-9a-f]*/0x7ffe/' -e 's/ *$//' %t.printed > %t.text
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s printed=%t.text

// The identity, with the scales 1 and 2 of its columns.
// CHECK:      1, 0
// CHECK-NEXT: 0, 2

func.func private @printMemrefF32(tensor<*xf32>)
func.func @matmul(%codes: tensor<?x?x!altgrad.fp8<E4M3FN>>,
                  %scales: tensor<1x?xf32>, %x: tensor<?x?xf32>,
                  %zeros: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %w = altgrad.dequantize %codes, %scales
      : tensor<?x?x!altgrad.fp8<E4M3FN>>, tensor<1x?xf32> -> tensor<?x?xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%zeros : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
func.func @main() {
  // 1.0 (0x38: e=7, m=0) on the diagonal.
  %codes = altgrad.constant dense<[[0x38, 0], [0, 0x38]]> : tensor<2x2xi8>
      as tensor<2x2x!altgrad.fp8<E4M3FN>>
  %scales = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %x = arith.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %zeros = arith.constant dense<0.0> : tensor<2x2xf32>
  %codes_any = tensor.cast %codes
      : tensor<2x2x!altgrad.fp8<E4M3FN>> to tensor<?x?x!altgrad.fp8<E4M3FN>>
  %scales_any = tensor.cast %scales : tensor<1x2xf32> to tensor<1x?xf32>
  %x_any = tensor.cast %x : tensor<2x2xf32> to tensor<?x?xf32>
  %zeros_any = tensor.cast %zeros : tensor<2x2xf32> to tensor<?x?xf32>
  %y = call @matmul(%codes_any, %scales_any, %x_any, %zeros_any)
      : (tensor<?x?x!altgrad.fp8<E4M3FN>>, tensor<1x?xf32>, tensor<?x?xf32>,
         tensor<?x?xf32>) -> tensor<?x?xf32>
  %unranked = tensor.cast %y : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%unranked) : (tensor<*xf32>) -> ()
  return
}
