// amax, histories, compute_scale and stall, compiled and folded.
//
// DEFINE: %{run} = mlir-runner -O2 -e main -entry-point-result=void \
// DEFINE:   -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | %{run} | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=vector-width=64 | %{run} | FileCheck %s
// RUN: altgrad-opt %s --inline --canonicalize --altgrad-cpu-pipeline | %{run} | FileCheck %s

!q = !altgrad.fp8<E4M3FN>

func.func private @printMemrefF32(%m: tensor<*xf32> {bufferization.access = "read"})
func.func private @printMemrefI64(%m: tensor<*xi64> {bufferization.access = "read"})

func.func private @amax(%x: tensor<3x6xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = altgrad.amax %x : tensor<3x6xf32> -> f32
  %i = altgrad.amax %x nan(ignore) : tensor<3x6xf32> -> f32
  %r = altgrad.amax %x : tensor<3x6xf32> -> tensor<3x1xf32>
  %r0 = tensor.extract %r[%c0, %c0] : tensor<3x1xf32>
  %r2 = tensor.extract %r[%c2, %c0] : tensor<3x1xf32>
  %t = tensor.from_elements %a, %i, %r0, %r2 : tensor<4xf32>
  return %t : tensor<4xf32>
}
func.func private @amax_of_blocks(%x: tensor<2x6xf32>) -> tensor<1x3xf32> {
  %a = altgrad.amax %x : tensor<2x6xf32> -> tensor<1x3xf32>
  return %a : tensor<1x3xf32>
}
func.func private @amax_of_nothing(%x: tensor<0x6xf32>) -> tensor<1x3xf32> {
  %a = altgrad.amax %x : tensor<0x6xf32> -> tensor<1x3xf32>
  return %a : tensor<1x3xf32>
}
func.func private @update(%h: tensor<3xf32>, %a: f32) -> tensor<3xf32> {
  %0 = altgrad.update_amax_history %h, %a : tensor<3xf32>, f32
  return %0 : tensor<3xf32>
}
func.func private @update_columns(%h: tensor<2x2xf32>, %a: tensor<2xf32>) -> tensor<2x2xf32> {
  %0 = altgrad.update_amax_history %h, %a : tensor<2x2xf32>, tensor<2xf32>
  return %0 : tensor<2x2xf32>
}
func.func private @history(%h: tensor<4x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = altgrad.history_amax %h : tensor<4x3xf32> -> tensor<3xf32>
  %1 = altgrad.history_amax %h algorithm(most_recent) : tensor<4x3xf32> -> tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}
func.func private @compute_scale(%a: tensor<7xf32>) -> tensor<7xf32> {
  %s = altgrad.compute_scale %a in !q : tensor<7xf32> -> tensor<7xf32>
  return %s : tensor<7xf32>
}
func.func private @compute_scale_power_of_two(%a: f64) -> tensor<3xf32> {
  %up = altgrad.compute_scale %a in !q power_of_two(ceil) : f64 -> f32
  %down = altgrad.compute_scale %a in !q power_of_two(floor) : f64 -> f32
  %margin = altgrad.compute_scale %a in !q margin(2) power_of_two(floor) : f64 -> f32
  %t = tensor.from_elements %up, %down, %margin : tensor<3xf32>
  return %t : tensor<3xf32>
}
func.func private @stall(%w: tensor<17xf32>, %g: tensor<17xf32>, %lr: f32, %s: f32) -> tensor<2xi64> {
  %0:2 = altgrad.stall %w, %g, %lr, %s in !q : tensor<17xf32>, f32 -> i64, i64
  %t = tensor.from_elements %0#0, %0#1 : tensor<2xi64>
  return %t : tensor<2xi64>
}
func.func private @stall_rows_bf16(%w: tensor<2x3xbf16>, %g: tensor<2x3xbf16>, %lr: bf16, %s: tensor<2x1xbf16>) -> tensor<2xi64> {
  %0:2 = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E7M0> threshold(0.0) : tensor<2x3xbf16>, tensor<2x1xbf16> -> i64, i64
  %t = tensor.from_elements %0#0, %0#1 : tensor<2xi64>
  return %t : tensor<2xi64>
}

func.func @main() {
  // NaN in row 1 only.
  // CHECK: [nan, 7, 5, 7]
  %x = arith.constant dense<[[1.0, -5.0, 2.0, 3.0, -0.0, 0.5], [0.0, 0x7FC00000, 1.0, 1.0, 1.0, 1.0],
                             [-7.0, 0.25, 0.0, 1.0, 2.0, 3.0]]> : tensor<3x6xf32>
  %0 = call @amax(%x) : (tensor<3x6xf32>) -> tensor<4xf32>
  %a0 = tensor.cast %0 : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%a0) : (tensor<*xf32>) -> ()

  // CHECK: {{\[\[}}7, inf, 9]]
  %x1 = arith.constant dense<[[1.0, -5.0, 2.0, 0xFF800000, -0.0, 0.5], [-7.0, 0.25, 0.0, 1.0, 9.0, 3.0]]> : tensor<2x6xf32>
  %1 = call @amax_of_blocks(%x1) : (tensor<2x6xf32>) -> tensor<1x3xf32>
  %a1 = tensor.cast %1 : tensor<1x3xf32> to tensor<*xf32>
  call @printMemrefF32(%a1) : (tensor<*xf32>) -> ()

  // CHECK: {{\[\[}}0, 0, 0]]
  %x2 = arith.constant dense<> : tensor<0x6xf32>
  %2 = call @amax_of_nothing(%x2) : (tensor<0x6xf32>) -> tensor<1x3xf32>
  %a2 = tensor.cast %2 : tensor<1x3xf32> to tensor<*xf32>
  call @printMemrefF32(%a2) : (tensor<*xf32>) -> ()

  // 4 is recorded, infinity and NaN are not.
  // CHECK: [2, 3, 4]
  // CHECK: [2, 3, 4]
  // CHECK: [2, 3, 4]
  %h = arith.constant dense<[-1.0, 2.0, 3.0]> : tensor<3xf32>
  %four = arith.constant 4.0 : f32
  %inf = arith.constant 0x7F800000 : f32
  %nan = arith.constant 0x7FC00000 : f32
  %h1 = call @update(%h, %four) : (tensor<3xf32>, f32) -> tensor<3xf32>
  %h2 = call @update(%h1, %inf) : (tensor<3xf32>, f32) -> tensor<3xf32>
  %h3 = call @update(%h2, %nan) : (tensor<3xf32>, f32) -> tensor<3xf32>
  %ah1 = tensor.cast %h1 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%ah1) : (tensor<*xf32>) -> ()
  %ah2 = tensor.cast %h2 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%ah2) : (tensor<*xf32>) -> ()
  %ah3 = tensor.cast %h3 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%ah3) : (tensor<*xf32>) -> ()

  // CHECK: {{\[\[}}1, 4],
  // CHECK-NEXT: [3, 5]]
  %hc = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %ac = arith.constant dense<[0x7FC00000, 5.0]> : tensor<2xf32>
  %3 = call @update_columns(%hc, %ac) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %a3 = tensor.cast %3 : tensor<2x2xf32> to tensor<*xf32>
  call @printMemrefF32(%a3) : (tensor<*xf32>) -> ()

  // Columns: 5, empty, 3, empty; nothing; 0 and NaN.
  // CHECK: [5, 1, 0]
  // CHECK: [3, 1, 0]
  %hs = arith.constant dense<[[5.0, -1.0, 0.0], [-1.0, -1.0, -1.0], [3.0, -1.0, 0x7FC00000], [-1.0, -1.0, -1.0]]> : tensor<4x3xf32>
  %4:2 = call @history(%hs) : (tensor<4x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %a40 = tensor.cast %4#0 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%a40) : (tensor<*xf32>) -> ()
  %a41 = tensor.cast %4#1 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%a41) : (tensor<*xf32>) -> ()

  // CHECK: [1, 2, 0.00223214, 1e-10, 1e-10, 1, 1]
  %am = arith.constant dense<[448.0, 896.0, 1.0, 1.0e-11, 0.0, 0x7F800000, 0x7FC00000]> : tensor<7xf32>
  %5 = call @compute_scale(%am) : (tensor<7xf32>) -> tensor<7xf32>
  %a5 = tensor.cast %5 : tensor<7xf32> to tensor<*xf32>
  call @printMemrefF32(%a5) : (tensor<*xf32>) -> ()

  // 3/448 is between 2^-8 and 2^-7.
  // CHECK: [0.0078125, 0.00390625, 0.015625]
  %three = arith.constant 3.0 : f64
  %6 = call @compute_scale_power_of_two(%three) : (f64) -> tensor<3xf32>
  %a6 = tensor.cast %6 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%a6) : (tensor<*xf32>) -> ()

  // The cases of test/Dialect/Altgrad/fold.mlir twice (4 of 6 stalled), and one
  // more that is moved, so that there are 16 lanes and a remainder.
  // CHECK: [8, 13]
  %w = arith.constant dense<[1.0, 1.0, 1.0, 1.0e-4, 0x7FC00000, 1.0, 1.0e-4, 1000.0,
                             1.0, 1.0, 1.0, 1.0e-4, 0x7FC00000, 1.0, 1.0e-4, 1000.0, 1.0]> : tensor<17xf32>
  %g = arith.constant dense<[0.1, -0.1, 0.0, 1.0e-5, 1.0, 0x7FC00000, 0.001, 1.0,
                             0.1, -0.1, 0.0, 1.0e-5, 1.0, 0x7FC00000, 0.001, 1.0, -1.0]> : tensor<17xf32>
  %lr = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %7 = call @stall(%w, %g, %lr, %one) : (tensor<17xf32>, tensor<17xf32>, f32, f32) -> tensor<2xi64>
  %a7 = tensor.cast %7 : tensor<2xi64> to tensor<*xi64>
  call @printMemrefI64(%a7) : (tensor<*xi64>) -> ()

  // bf16, powers of two, two scales, lr = 1. A subnormal gradient counts.
  //   1 - 0.25 = 0.75 -> 0.5 (a tie, down): moved;  1 - 0.125 = 0.875 -> 1: stalled;  1 - 2^-133 = 1: stalled
  //   / 3: 1 -> 0.333 -> 0.25, 0.75 -> 0.25: stalled; 1, 0 not counted; 1 + 8 = 9 -> 3 -> 2: moved
  // CHECK: [3, 5]
  %wb = arith.constant dense<1.0> : tensor<2x3xbf16>
  %gb = arith.constant dense<[[0.25, 0.125, 0x0001], [0.25, 0.0, -8.0]]> : tensor<2x3xbf16>
  %sb = arith.constant dense<[[1.0], [3.0]]> : tensor<2x1xbf16>
  %lrb = arith.constant 1.0 : bf16
  %8 = call @stall_rows_bf16(%wb, %gb, %lrb, %sb) : (tensor<2x3xbf16>, tensor<2x3xbf16>, bf16, tensor<2x1xbf16>) -> tensor<2xi64>
  %a8 = tensor.cast %8 : tensor<2xi64> to tensor<*xi64>
  call @printMemrefI64(%a8) : (tensor<*xi64>) -> ()
  return
}
