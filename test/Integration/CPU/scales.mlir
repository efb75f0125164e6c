// Which element uses which scale, compiled and folded: 4 / s in E4M3FN, where 4
// is 0x48 = 72, 2 is 64, 1 is 56, 0.5 is 48, 0.25 is 40, 0.125 is 32.
//
// DEFINE: %{run} = mlir-runner -O2 -e main -entry-point-result=void \
// DEFINE:   -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | %{run} | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=vector-width=64 | %{run} | FileCheck %s
// RUN: altgrad-opt %s --inline --canonicalize --altgrad-cpu-pipeline | %{run} | FileCheck %s

!q = !altgrad.fp8<E4M3FN>

func.func private @printMemrefI32(%m: tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF64(%m: tensor<*xf64> {bufferization.access = "read"})

func.func private @print_codes(%codes: tensor<?x?xi8>) {
  %wide = arith.extui %codes : tensor<?x?xi8> to tensor<?x?xi32>
  %any = tensor.cast %wide : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func private @rows(%x: tensor<2x4xf32>, %s: tensor<2x1xf32>) -> tensor<2x4xi8> {
  %q = altgrad.quantize %x, %s : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4x!q>
  %b = altgrad.bitcast %q : tensor<2x4x!q> to tensor<2x4xi8>
  return %b : tensor<2x4xi8>
}
func.func private @columns(%x: tensor<2x4xf32>, %s: tensor<1x4xf32>) -> tensor<2x4xi8> {
  %q = altgrad.quantize %x, %s : tensor<2x4xf32>, tensor<1x4xf32> -> tensor<2x4x!q>
  %b = altgrad.bitcast %q : tensor<2x4x!q> to tensor<2x4xi8>
  return %b : tensor<2x4xi8>
}
func.func private @blocks(%x: tensor<4x6xf32>, %s: tensor<2x3xf32>) -> tensor<4x6xi8> {
  %q = altgrad.quantize %x, %s : tensor<4x6xf32>, tensor<2x3xf32> -> tensor<4x6x!q>
  %b = altgrad.bitcast %q : tensor<4x6x!q> to tensor<4x6xi8>
  return %b : tensor<4x6xi8>
}
func.func private @elements(%x: tensor<2x4xf32>, %s: tensor<2x4xf32>) -> tensor<2x4xi8> {
  %q = altgrad.quantize %x, %s : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<2x4x!q>
  %b = altgrad.bitcast %q : tensor<2x4x!q> to tensor<2x4xi8>
  return %b : tensor<2x4xi8>
}
func.func private @one_block(%x: tensor<2x4xf32>, %s: tensor<1x1xf32>) -> tensor<2x4xi8> {
  %q = altgrad.quantize %x, %s : tensor<2x4xf32>, tensor<1x1xf32> -> tensor<2x4x!q>
  %b = altgrad.bitcast %q : tensor<2x4x!q> to tensor<2x4xi8>
  return %b : tensor<2x4xi8>
}
// The granularity is known at run time only.
func.func private @dynamic(%x: tensor<?x?xf32>, %s: tensor<?x?xf32>) -> tensor<?x?xi8> {
  %q = altgrad.quantize %x, %s : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?x!q>
  %b = altgrad.bitcast %q : tensor<?x?x!q> to tensor<?x?xi8>
  return %b : tensor<?x?xi8>
}
func.func private @rank_3(%x: tensor<2x2x4xf64>, %s: tensor<2x1x2xf64>) -> tensor<2x2x4xf64> {
  %y = altgrad.fake_quantize %x, %s in !q : tensor<2x2x4xf64>, tensor<2x1x2xf64>
  return %y : tensor<2x2x4xf64>
}

func.func @main() {
  %x = arith.constant dense<4.0> : tensor<2x4xf32>
  %x46 = arith.constant dense<4.0> : tensor<4x6xf32>

  // CHECK: {{\[\[}}72, 72, 72, 72],
  // CHECK-NEXT: [64, 64, 64, 64]]
  %s0 = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %0 = call @rows(%x, %s0) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xi8>
  %d0 = tensor.cast %0 : tensor<2x4xi8> to tensor<?x?xi8>
  call @print_codes(%d0) : (tensor<?x?xi8>) -> ()

  // CHECK: {{\[\[}}72, 64, 56, 48],
  // CHECK-NEXT: [72, 64, 56, 48]]
  %s1 = arith.constant dense<[[1.0, 2.0, 4.0, 8.0]]> : tensor<1x4xf32>
  %1 = call @columns(%x, %s1) : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xi8>
  %d1 = tensor.cast %1 : tensor<2x4xi8> to tensor<?x?xi8>
  call @print_codes(%d1) : (tensor<?x?xi8>) -> ()

  // CHECK: {{\[\[}}72, 72, 64, 64, 56, 56],
  // CHECK-NEXT: [72, 72, 64, 64, 56, 56],
  // CHECK-NEXT: [48, 48, 40, 40, 32, 32],
  // CHECK-NEXT: [48, 48, 40, 40, 32, 32]]
  %s2 = arith.constant dense<[[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]> : tensor<2x3xf32>
  %2 = call @blocks(%x46, %s2) : (tensor<4x6xf32>, tensor<2x3xf32>) -> tensor<4x6xi8>
  %d2 = tensor.cast %2 : tensor<4x6xi8> to tensor<?x?xi8>
  call @print_codes(%d2) : (tensor<?x?xi8>) -> ()

  // CHECK: {{\[\[}}72, 64, 56, 48],
  // CHECK-NEXT: [40, 32, 64, 72]]
  %s3 = arith.constant dense<[[1.0, 2.0, 4.0, 8.0], [16.0, 32.0, 2.0, 1.0]]> : tensor<2x4xf32>
  %3 = call @elements(%x, %s3) : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi8>
  %d3 = tensor.cast %3 : tensor<2x4xi8> to tensor<?x?xi8>
  call @print_codes(%d3) : (tensor<?x?xi8>) -> ()

  // CHECK: {{\[\[}}56, 56, 56, 56],
  // CHECK-NEXT: [56, 56, 56, 56]]
  %s4 = arith.constant dense<4.0> : tensor<1x1xf32>
  %4 = call @one_block(%x, %s4) : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4xi8>
  %d4 = tensor.cast %4 : tensor<2x4xi8> to tensor<?x?xi8>
  call @print_codes(%d4) : (tensor<?x?xi8>) -> ()

  // One function, three granularities: blocks, rows, one for all.
  // CHECK: {{\[\[}}72, 72, 64, 64, 56, 56],
  // CHECK-NEXT: [72, 72, 64, 64, 56, 56],
  // CHECK-NEXT: [48, 48, 40, 40, 32, 32],
  // CHECK-NEXT: [48, 48, 40, 40, 32, 32]]
  %dx = tensor.cast %x46 : tensor<4x6xf32> to tensor<?x?xf32>
  %ds5 = tensor.cast %s2 : tensor<2x3xf32> to tensor<?x?xf32>
  %d5 = call @dynamic(%dx, %ds5) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xi8>
  call @print_codes(%d5) : (tensor<?x?xi8>) -> ()
  // CHECK: {{\[\[}}72, 72, 72, 72, 72, 72],
  // CHECK-NEXT: [72, 72, 72, 72, 72, 72],
  // CHECK-NEXT: [64, 64, 64, 64, 64, 64],
  // CHECK-NEXT: [64, 64, 64, 64, 64, 64]]
  %ds6 = tensor.cast %s0 : tensor<2x1xf32> to tensor<?x?xf32>
  %d6 = call @dynamic(%dx, %ds6) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xi8>
  call @print_codes(%d6) : (tensor<?x?xi8>) -> ()
  // CHECK-COUNT-4: [56, 56, 56, 56, 56, 56]
  %ds7 = tensor.cast %s4 : tensor<1x1xf32> to tensor<?x?xf32>
  %d7 = call @dynamic(%dx, %ds7) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xi8>
  call @print_codes(%d7) : (tensor<?x?xi8>) -> ()

  // 5 / 3 -> 1.625 * 3; 5 / 5 -> 1 * 5; 5 / 7 -> 0.6875 * 7; 5 / 11 -> 0.46875 * 11
  // CHECK: {{\[\[\[}}4.875, 4.875, 5, 5],
  // CHECK-NEXT: [4.875, 4.875, 5, 5]],
  // CHECK-NEXT: {{\[\[}}4.8125, 4.8125, 5.15625, 5.15625],
  // CHECK-NEXT: [4.8125, 4.8125, 5.15625, 5.15625]]]
  %x8 = arith.constant dense<5.0> : tensor<2x2x4xf64>
  %s8 = arith.constant dense<[[[3.0, 5.0]], [[7.0, 11.0]]]> : tensor<2x1x2xf64>
  %8 = call @rank_3(%x8, %s8) : (tensor<2x2x4xf64>, tensor<2x1x2xf64>) -> tensor<2x2x4xf64>
  %a8 = tensor.cast %8 : tensor<2x2x4xf64> to tensor<*xf64>
  call @printMemrefF64(%a8) : (tensor<*xf64>) -> ()
  return
}
