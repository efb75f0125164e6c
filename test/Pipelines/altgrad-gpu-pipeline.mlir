// The kernels of every op, as PTX for all chips that differ.
//
// RUN: altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_80 | %python %altgrad_src_root/test/print_ptx.py > %t.sm_80
// RUN: altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_89 | %python %altgrad_src_root/test/print_ptx.py > %t.sm_89
// RUN: altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_90 | %python %altgrad_src_root/test/print_ptx.py > %t.sm_90
// RUN: altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_100 | %python %altgrad_src_root/test/print_ptx.py > %t.sm_100
// RUN: FileCheck %s --check-prefixes=PTX,SM80,ARITH < %t.sm_80
// RUN: FileCheck %s --check-prefixes=PTX,SM89,NATIVE < %t.sm_89
// RUN: FileCheck %s --check-prefixes=PTX,SM90,NATIVE < %t.sm_90
// RUN: FileCheck %s --check-prefixes=PTX,SM100,NATIVE < %t.sm_100
// No kernel has memory of its own in any of them, fuses a product with a sum, flushes
// subnormals, approximates or calls a library.
// RUN: cat %t.sm_80 %t.sm_89 %t.sm_90 %t.sm_100 \
// RUN:   | FileCheck %s --check-prefix=NEVER --implicit-check-not=.local --implicit-check-not=.ftz \
// RUN:       --implicit-check-not=.approx --implicit-check-not=.func --implicit-check-not='mul.f32' \
// RUN:       --implicit-check-not='add.f32' --implicit-check-not='sub.f32'
// The native conversions can be turned off.
// RUN: altgrad-opt %s --altgrad-gpu-pipeline='chip=sm_90 native-conversions=false' \
// RUN:   | %python %altgrad_src_root/test/print_ptx.py | FileCheck %s --check-prefixes=PTX,ARITH

// NEVER: .version

!q = !altgrad.fp8<E4M3FN>

// One pass over x for the codes and their amax: vectors of four, four of them
// before anything is computed; divided by products, of which a correction is two;
// a warp by shuffles, one atomic per block.

// PTX-LABEL: gpu.binary @quantize_kernel{{$}}
// SM80: .target sm_80
// SM89: .version 8.1
// SM89: .target sm_89
// SM90: .version 7.8
// SM90: .target sm_90
// SM100: .target sm_100
// PTX-LABEL: gpu.binary @quantize_kernel_0
// Which block is printed first is the compiler's choice.
// PTX-DAG: ld.global.{{v4.b32|v2.b64}}
// PTX-DAG: ld.global.{{v4.b32|v2.b64}}
// PTX-DAG: ld.global.{{v4.b32|v2.b64}}
// PTX-DAG: ld.global.{{v4.b32|v2.b64}}
// PTX-DAG: fma.rn.f32
// NATIVE-DAG: cvt.rn.satfinite.e4m3x2.f32
// PTX-DAG: st.global.{{b32|v2.b16}}
// PTX-DAG: st.global.{{b32|v2.b16}}
// PTX-DAG: st.global.{{b32|v2.b16}}
// PTX-DAG: st.global.{{b32|v2.b16}}
// ARITH-NOT: e4m3x2
// PTX: shfl.sync.bfly.b32
// PTX: bar{{(rier)?}}.sync
// PTX: atom.global.max.u32
// PTX-NOT: atom.
func.func @quantize(%x: tensor<?xf32>, %s: f32) -> (tensor<?x!q>, f32) {
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!q>
  %a = altgrad.amax %x : tensor<?xf32> -> f32
  return %q, %a : tensor<?x!q>, f32
}

// PTX-LABEL: gpu.binary @dequantize_kernel
// PTX-COUNT-4: ld.global.{{b32|v2.b16}}
// NATIVE: cvt.rn.f16x2.e4m3x2
// ARITH-NOT: e4m3x2
// PTX: mul.rn.f32
// PTX-COUNT-4: st.global.{{v4.b32|v2.b64}}
func.func @dequantize(%q: tensor<?x!q>, %s: f32) -> tensor<?xf32> {
  %y = altgrad.dequantize %q, %s : tensor<?x!q>, f32 -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// PTX-LABEL: gpu.binary @fake_quantize_kernel
// PTX-COUNT-4: ld.global.{{v4.b32|v2.b64}}
// PTX-COUNT-4: st.global.{{v4.b32|v2.b64}}
func.func @fake_quantize(%x: tensor<?xbf16>, %s: bf16) -> tensor<?xbf16> {
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E3M4> : tensor<?xbf16>, bf16
  return %y : tensor<?xbf16>
}

// The product and the sum of the update are two operations, each rounded.

// PTX-LABEL: gpu.binary @stall_kernel{{$}}
// PTX-LABEL: gpu.binary @stall_kernel
// PTX-LABEL: gpu.binary @stall_kernel
// PTX-COUNT-4: ld.global.{{v4.b32|v2.b64}}
// PTX: mul.rn.f32
// PTX: add.rn.f32
// PTX: atom.global.add.u64
// PTX: atom.global.add.u64
func.func @stall(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32, %s: f32) -> (i64, i64) {
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E5M2>
      : tensor<?xf32>, f32 -> i64, i64
  return %stalled, %total : i64, i64
}

// Scales of blocks: one load for a vector of elements.

// PTX-LABEL: gpu.binary @blocks_kernel
// PTX: ld.global.{{v4.b32|v2.b64}}
// PTX: st.global.{{b32|v2.b16}}
func.func @blocks(%x: tensor<?x64xf32>, %s: tensor<?x2xf32>) -> tensor<?x64x!q> {
  %q = altgrad.quantize %x, %s : tensor<?x64xf32>, tensor<?x2xf32> -> tensor<?x64x!q>
  return %q : tensor<?x64x!q>
}

// Amax per block of 32: eight threads each, no atomic.

// PTX-LABEL: gpu.binary @amax_of_blocks_kernel{{$}}
// PTX-LABEL: gpu.binary @amax_of_blocks_kernel
// PTX: ld.global.{{v4.b32|v2.b64}}
// PTX-COUNT-3: shfl.sync.bfly.b32
// PTX-NOT: shfl
// PTX-NOT: atom.
// PTX-LABEL: gpu.binary @amax_of_blocks_kernel
func.func @amax_of_blocks(%x: tensor<?x64xf32>) -> tensor<?x2xf32> {
  %a = altgrad.amax %x : tensor<?x64xf32> -> tensor<?x2xf32>
  return %a : tensor<?x2xf32>
}
// PTX-LABEL: gpu.binary @last_kernel
func.func @last(%x: tensor<8xf64>, %c: f64) -> tensor<8xf64> {
  %y = altgrad.fake_quantize %x, %c in !altgrad.fp8<E7M0> : tensor<8xf64>, f64
  return %y : tensor<8xf64>
}
