// What chips compute in different ways, on all kinds of bits: pairs of bf16 (sm_90),
// minima of magnitudes (sm_86), pairs of 32-bit registers (sm_100), quotients of f32.
//
// REQUIRES: cuda-emulator
// UNSUPPORTED: verify-roundtrip
//
// (Nothing would be new.)
//
// DEFINE: %{chip} =
// DEFINE: %{run} = altgrad-run %s --entry=all random:4099 random:4099:1 random:4099:2 0.37
// DEFINE: %{gpu} = env ALTGRAD_EMULATOR_CHIP=%{chip} %cuda_emulator %{run} --target=cuda
// DEFINE: %{check} = %{gpu} --out=%t/0 --out=%t/1 --out=%t/2 > %t/gpu.txt && cmp %t/0 %t/cpu0 && cmp %t/1 %t/cpu1 && cmp %t/2 %t/cpu2 && diff %t/cpu.txt %t/gpu.txt
//
// RUN: rm -rf %t && mkdir %t
// RUN: %{run} --out=%t/cpu0 --out=%t/cpu1 --out=%t/cpu2 > %t/cpu.txt
// RUN: FileCheck %s < %t/cpu.txt
// REDEFINE: %{chip} = sm_80
// RUN: %{check}
// REDEFINE: %{chip} = sm_86
// RUN: %{check}
// REDEFINE: %{chip} = sm_90
// RUN: %{check}
// REDEFINE: %{chip} = sm_100
// RUN: %{check}

// Some elements stall, and not all.
// CHECK:      i64: {{[1-9][0-9]+}}
// CHECK-NEXT: i64: {{[1-9][0-9]+}}

#map = affine_map<(i) -> (i)>
!q = !altgrad.fp8<E3M4>
!p = !altgrad.fp8<E7M0>

func.func @all(%a: tensor<?xi16>, %b: tensor<?xi16>, %c: tensor<?xi32>, %s: f32)
    -> (tensor<?x!q>, tensor<?x!p>, tensor<?x!q>, i64, i64, i64, i64) {
  %w = arith.bitcast %a : tensor<?xi16> to tensor<?xbf16>
  %g = arith.bitcast %b : tensor<?xi16> to tensor<?xbf16>
  %x = arith.bitcast %c : tensor<?xi32> to tensor<?xf32>
  %lr = arith.constant 0.01 : bf16
  %narrow = arith.truncf %s : f32 to bf16
  %0 = altgrad.fake_quantize %w in !p : tensor<?xbf16>
  %1 = altgrad.quantize %0, %narrow : tensor<?xbf16>, bf16 -> tensor<?x!q>
  %2 = altgrad.quantize %g : tensor<?xbf16> -> tensor<?x!p>
  %3 = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!q>
  %4:2 = altgrad.stall %w, %g, %lr in !q : tensor<?xbf16> -> i64, i64
  %5:2 = altgrad.stall %w, %g, %lr, %narrow in !p : tensor<?xbf16>, bf16 -> i64, i64
  return %1, %2, %3, %4#0, %4#1, %5#0, %5#1
      : tensor<?x!q>, tensor<?x!p>, tensor<?x!q>, i64, i64, i64, i64
}
