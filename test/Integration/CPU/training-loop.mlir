// State through a loop: weights, the amax history and a counter are carried by
// scf.for, and codes cross a function boundary in every step.
//
// DEFINE: %{run} = mlir-runner -O2 -e main -entry-point-result=void \
// DEFINE:   -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | %{run} | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=fast-math | %{run} | FileCheck %s
// RUN: altgrad-opt %s --inline --canonicalize --altgrad-cpu-pipeline | %{run} | FileCheck %s

!q = !altgrad.fp8<E4M3FN>

func.func private @printMemrefF32(%m: tensor<*xf32> {bufferization.access = "read"})
func.func private @printMemrefI64(%m: tensor<*xi64> {bufferization.access = "read"})

func.func private @store(%w: tensor<?xf32>, %s: f32) -> tensor<?x!q> {
  %q = altgrad.quantize %w, %s : tensor<?xf32>, f32 -> tensor<?x!q>
  return %q : tensor<?x!q>
}

// w <- Q(w - 0.5 * g), where a scale that is a power of two comes from the
// largest magnitude of the last two steps.
func.func private @train(%w0: tensor<?xf32>, %g: tensor<?xf32>, %steps: index)
    -> (tensor<?xf32>, tensor<2xf32>, i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i64
  %lr = arith.constant 0.5 : f32
  %h0 = arith.constant dense<-1.0> : tensor<2xf32>
  %n = tensor.dim %g, %c0 : tensor<?xf32>
  %rates = tensor.splat %lr[%n] : tensor<?xf32>
  %r:3 = scf.for %i = %c0 to %steps step %c1 iter_args(%w = %w0, %h = %h0, %count = %zero)
      -> (tensor<?xf32>, tensor<2xf32>, i64) {
    %a = altgrad.amax %w : tensor<?xf32> -> f32
    %h1 = altgrad.update_amax_history %h, %a : tensor<2xf32>, f32
    %b = altgrad.history_amax %h1 : tensor<2xf32> -> f32
    %s = altgrad.compute_scale %b in !q power_of_two(ceil) : f32 -> f32
    %stalled, %total = altgrad.stall %w, %g, %lr, %s in !q : tensor<?xf32>, f32 -> i64, i64
    %step = arith.mulf %rates, %g : tensor<?xf32>
    %moved = arith.subf %w, %step : tensor<?xf32>
    %q = func.call @store(%moved, %s) : (tensor<?xf32>, f32) -> tensor<?x!q>
    %w1 = altgrad.dequantize %q, %s : tensor<?x!q>, f32 -> tensor<?xf32>
    %count1 = arith.addi %count, %stalled : i64
    scf.yield %w1, %h1, %count1 : tensor<?xf32>, tensor<2xf32>, i64
  }
  return %r#0, %r#1, %r#2 : tensor<?xf32>, tensor<2xf32>, i64
}

// 4/448 rounded up to a power of two is 2^-6; values near 1 have a spacing of 1/8 at
// any such scale.
//   4 - 0.5 * 2    = 3, 2, 1       (amax: 4, 3, 2)
//   1 - 0.5 * 0.01 = 1, 1, 1       stalled three times
//   1 + 0.5 * 1    = 1.5, 2, 2.5
//   0 - 0.5 * 0    = 0             not counted
// CHECK: [1, 1, 2.5, 0]
// CHECK: [3, 2]
// CHECK: [3]
func.func @main() {
  %w = arith.constant dense<[4.0, 1.0, 1.0, 0.0]> : tensor<4xf32>
  %g = arith.constant dense<[2.0, 0.01, -1.0, 0.0]> : tensor<4xf32>
  %steps = arith.constant 3 : index
  %dw = tensor.cast %w : tensor<4xf32> to tensor<?xf32>
  %dg = tensor.cast %g : tensor<4xf32> to tensor<?xf32>
  %0:3 = call @train(%dw, %dg, %steps) : (tensor<?xf32>, tensor<?xf32>, index) -> (tensor<?xf32>, tensor<2xf32>, i64)
  %a0 = tensor.cast %0#0 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%a0) : (tensor<*xf32>) -> ()
  %a1 = tensor.cast %0#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%a1) : (tensor<*xf32>) -> ()
  %count = tensor.from_elements %0#2 : tensor<1xi64>
  %a2 = tensor.cast %count : tensor<1xi64> to tensor<*xi64>
  call @printMemrefI64(%a2) : (tensor<*xi64>) -> ()
  return
}
