// linalg.matmul with fake-quantized operands, and with codes: upstream ops and
// ours in one function.
//
// DEFINE: %{run} = mlir-runner -O2 -e main -entry-point-result=void \
// DEFINE:   -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | %{run} | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=vector-width=128 | %{run} | FileCheck %s
// All sums are exact, so that their order does not matter.
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=fast-math | %{run} | FileCheck %s

!q = !altgrad.fp8<E3M4>

func.func private @printMemrefF32(%m: tensor<*xf32> {bufferization.access = "read"})

func.func private @quantized_matmul(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %s: f32) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %b, %c1 : tensor<?x?xf32>
  %aq = altgrad.fake_quantize %a, %s in !q : tensor<?x?xf32>, f32
  %codes = altgrad.quantize %b, %s : tensor<?x?xf32>, f32 -> tensor<?x?x!q>
  %bq = altgrad.dequantize %codes, %s : tensor<?x?x!q>, f32 -> tensor<?x?xf32>
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %c = linalg.matmul ins(%aq, %bq : tensor<?x?xf32>, tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %c : tensor<?x?xf32>
}

// With scale 1/2 the values of E3M4 are multiples of 1/32 up to 62.
//   a = | 1.01  100 | -> | 1    62 |     b = | 1 2 3 -> 1 2 3       |
//       | -3.3  0.5 |    | -3.25 0.5 |       | 0.26 -1000 0.02 -> 0.25 -62 0.03125 |
//   c = | 1 + 15.5    2 - 3844   3 + 1.9375        |
//       | -3.25 + 0.125  -6.5 - 31  -9.75 + 0.015625 |
// CHECK: {{\[\[}}16.5, -3842, 4.9375],
// CHECK-NEXT: [-3.125, -37.5, -9.73438]]
func.func @main() {
  %a = arith.constant dense<[[1.01, 100.0], [-3.3, 0.5]]> : tensor<2x2xf32>
  %b = arith.constant dense<[[1.0, 2.0, 3.0], [0.26, -1000.0, 0.02]]> : tensor<2x3xf32>
  %s = arith.constant 0.5 : f32
  %da = tensor.cast %a : tensor<2x2xf32> to tensor<?x?xf32>
  %db = tensor.cast %b : tensor<2x3xf32> to tensor<?x?xf32>
  %c = call @quantized_matmul(%da, %db, %s) : (tensor<?x?xf32>, tensor<?x?xf32>, f32) -> tensor<?x?xf32>
  %any = tensor.cast %c : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}
