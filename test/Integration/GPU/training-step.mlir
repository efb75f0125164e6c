// A training step with its scales, histories and counts, in a loop: the same file on
// the CPU and on the GPU writes the same bytes.
//
// REQUIRES: cuda-emulator
// UNSUPPORTED: verify-roundtrip
//
// (Nothing would be new.)
//
// DEFINE: %{size} =
// DEFINE: %{run} = altgrad-run %s --entry=train random:%{size} random:%{size}:1 3
// DEFINE: %{out} =
// DEFINE: %{files} = --out=%t/%{out}.w.npy --out=%t/%{out}.h.npy --out=%t/%{out}.n.npy
// DEFINE: %{cpu} = %{run} %{files}
// DEFINE: %{gpu} = %cuda_emulator %{run} --target=cuda %{files}
// DEFINE: %{same} = cmp %t/cpu.w.npy %t/gpu.w.npy && cmp %t/cpu.h.npy %t/gpu.h.npy && cmp %t/cpu.n.npy %t/gpu.n.npy
//
// RUN: rm -rf %t && mkdir %t
// REDEFINE: %{size} = 1
// REDEFINE: %{out} = cpu
// RUN: %{cpu}
// REDEFINE: %{out} = gpu
// RUN: %{gpu}
// RUN: %{same}
// REDEFINE: %{size} = 4099
// REDEFINE: %{out} = cpu
// RUN: %{cpu}
// REDEFINE: %{out} = gpu
// RUN: %{gpu}
// RUN: %{same}

!q = !altgrad.fp8<E4M3FN>
func.func @train(%w0: tensor<?xf32>, %g: tensor<?xf32>, %n: index)
    -> (tensor<?xf32>, tensor<2xf32>, i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i64
  %lr = arith.constant 0.125 : f32
  %h0 = arith.constant dense<-1.0> : tensor<2xf32>
  %size = tensor.dim %g, %c0 : tensor<?xf32>
  %rates = tensor.splat %lr[%size] : tensor<?xf32>
  %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%w = %w0, %h = %h0, %count = %zero)
      -> (tensor<?xf32>, tensor<2xf32>, i64) {
    %a = altgrad.amax %w : tensor<?xf32> -> f32
    %h1 = altgrad.update_amax_history %h, %a : tensor<2xf32>, f32
    %b = altgrad.history_amax %h1 : tensor<2xf32> -> f32
    %s = altgrad.compute_scale %b in !q power_of_two(ceil) : f32 -> f32
    %stalled, %total = altgrad.stall %w, %g, %lr, %s in !q : tensor<?xf32>, f32 -> i64, i64
    %step = arith.mulf %rates, %g : tensor<?xf32>
    %moved = arith.subf %w, %step : tensor<?xf32>
    %w1 = altgrad.fake_quantize %moved, %s in !q : tensor<?xf32>, f32
    %count1 = arith.addi %count, %stalled : i64
    scf.yield %w1, %h1, %count1 : tensor<?xf32>, tensor<2xf32>, i64
  }
  return %r#0, %r#1, %r#2 : tensor<?xf32>, tensor<2xf32>, i64
}
