// The machine code of the loops over f32, as a reader of assembly sees it: what
// each operation is made of on a processor with AVX-512 and byte instructions,
// and where its stores are non-temporal. All other kernels, targets and the
// numbers of instructions: instruction-counts.test.
//
// No such processor is needed: the functions name theirs.
// UNSUPPORTED: verify-roundtrip, asan
//
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=target=icelake-server \
// RUN:   | mlir-translate --mlir-to-llvmir | opt -mtriple=x86_64-linux-gnu -O3 | llc -mtriple=x86_64-linux-gnu -O3 -o - \
// RUN:   | FileCheck %s --implicit-check-not=gather --implicit-check-not='{{call.*round}}'

// For large data: 256 bytes of input a step, fetched 4 KiB ahead, and one
// non-temporal store of 64 codes. Clamp, look up the addend by the exponent,
// add, append the sign; then four registers are one, in order and rotated back.

// CHECK-LABEL: quantize:
// CHECK: prefetcht0 {{.*}},4)
// CHECK-NEXT: prefetcht0
// CHECK-NEXT: prefetcht0
// CHECK-NEXT: prefetcht0
// CHECK-NEXT: vmovups {{.*}}, [[X:%zmm[0-9]+]]
// CHECK: vfixupimmps
// CHECK: vrangeps $10, {{.*}}, [[CLAMPED:%zmm[0-9]+]]
// CHECK-NEXT: vmaxps [[CLAMPED]], {{.*}}, [[FLOORED:%zmm[0-9]+]]
// CHECK-NEXT: vpsrld $23, [[FLOORED]], [[EXPONENT:%zmm[0-9]+]]
// CHECK-NEXT: {{vpermd|vpermps}} {{%zmm[0-9]+}}, [[EXPONENT]], [[ADDEND:%zmm[0-9]+]]
// CHECK-NEXT: vaddps [[ADDEND]], [[CLAMPED]], [[SUM:%zmm[0-9]+]]
// CHECK-NEXT: vpshldd $1, {{.*}}, [[SUM]],
// CHECK: vpshldd $24
// CHECK: vpshldd $24
// CHECK: vpshldd $24, {{.*}}, [[MERGED:%zmm[0-9]+]]
// CHECK-NEXT: vpermb [[MERGED]], {{.*}}, [[ORDERED:%zmm[0-9]+]]
// CHECK-NEXT: vgf2p8affineqb $0, {{.*}}, [[ORDERED]], [[CODES:%zmm[0-9]+]]
// CHECK-NEXT: vmovntdq [[CODES]], (
// CHECK-NEXT: addq $64
// CHECK-NEXT: cmpq
// CHECK-NEXT: jl
//
// The same for data in caches.
// CHECK-NOT: prefetcht0
// CHECK: vgf2p8affineqb $0, {{.*}}, [[CODES:%zmm[0-9]+]]
// CHECK-NEXT: {{vmovdq[au]64|vmovdqu8}} [[CODES]], (
//
// A fence after non-temporal stores.
// CHECK: {{mfence|lock}}
// CHECK: retq
func.func @quantize(%input: memref<?xf32>, %output: memref<?xi8>) {
  %x = bufferization.to_tensor %input restrict : memref<?xf32> to tensor<?xf32>
  %q = altgrad.quantize %x : tensor<?xf32> -> tensor<?x!altgrad.fp8<E3M4>>
  %bytes = altgrad.bitcast %q : tensor<?x!altgrad.fp8<E3M4>> to tensor<?xi8>
  bufferization.materialize_in_destination %bytes in restrict writable %output
      : (tensor<?xi8>, memref<?xi8>) -> ()
  return
}

// Codes become f16 in their places, and those f32 in other units.

// CHECK-LABEL: dequantize:
// CHECK: prefetcht0
// CHECK-NEXT: vpmovsxbw {{.*}}, [[WIDE:%zmm[0-9]+]]
// CHECK: vpsllw $6
// CHECK: vpandq
// CHECK: vcvtph2ps
// CHECK: vmulps
// CHECK: vmovntps
// CHECK-NEXT: vmovntps
// CHECK-NEXT: vmovntps
// CHECK-NEXT: vmovntps
// CHECK-NEXT: addq $64
// CHECK-NOT: prefetcht0
// CHECK: vpmovsxbw
// CHECK-NOT: vmovnt
// CHECK: retq
func.func @dequantize(%input: memref<?xi8>, %output: memref<?xf32>) {
  %bytes = bufferization.to_tensor %input restrict : memref<?xi8> to tensor<?xi8>
  %q = altgrad.bitcast %bytes : tensor<?xi8> to tensor<?x!altgrad.fp8<E3M4>>
  %y = altgrad.dequantize %q : tensor<?x!altgrad.fp8<E3M4>> -> tensor<?xf32>
  bufferization.materialize_in_destination %y in restrict writable %output
      : (tensor<?xf32>, memref<?xf32>) -> ()
  return
}

// No codes: two fused multiply-adds round.

// CHECK-LABEL: fake_quantize:
// CHECK: prefetcht0
// CHECK: vfixupimmps
// CHECK-NEXT: vrangeps $2
// CHECK-NEXT: vandps
// CHECK-NEXT: vmaxps
// CHECK: {{vfn?madd}}
// CHECK-NEXT: {{vfn?madd}}
// CHECK-NEXT: vpternlogd
// CHECK-NEXT: {{vmovntps|vmovntdq}}
// CHECK-NEXT: addq $16
// CHECK: retq
func.func @fake_quantize(%input: memref<?xf32>, %output: memref<?xf32>) {
  %x = bufferization.to_tensor %input restrict : memref<?xf32> to tensor<?xf32>
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E3M4> : tensor<?xf32>
  bufferization.materialize_in_destination %y in restrict writable %output
      : (tensor<?xf32>, memref<?xf32>) -> ()
  return
}

// Two instructions per vector, four accumulators.

// CHECK-LABEL: amax:
// CHECK: prefetcht0
// CHECK: vpandd {{.*}}, [[A:%zmm[0-9]+]]
// CHECK-NEXT: vpmaxud [[A]]
// CHECK-NEXT: vpandd {{.*}}, [[B:%zmm[0-9]+]]
// CHECK-NEXT: vpmaxud [[B]]
// CHECK-NEXT: vpandd {{.*}}, [[C:%zmm[0-9]+]]
// CHECK-NEXT: vpmaxud [[C]]
// CHECK-NEXT: vpandd {{.*}}, [[D:%zmm[0-9]+]]
// CHECK-NEXT: vpmaxud [[D]]
// CHECK-NOT: vmovnt
// CHECK: retq
func.func @amax(%input: memref<?xf32>) -> f32 {
  %x = bufferization.to_tensor %input restrict : memref<?xf32> to tensor<?xf32>
  %amax = altgrad.amax %x : tensor<?xf32> -> f32
  return %amax : f32
}

// A product and a sum, not fused; two values, compared under the mask of the
// gradients that count; two counters.

// CHECK-LABEL: stall:
// CHECK: prefetcht0
// CHECK: vmulps [[G:%zmm[0-9]+]], {{.*}}, [[STEP:%zmm[0-9]+]]
// CHECK-NEXT: {{vaddps|vsubps}} [[STEP]], {{.*}}, [[MOVED:%zmm[0-9]+]]
// CHECK: vcmp{{[gl]t}}ps {{.*}}, [[COUNTED:%k[1-7]]]
// CHECK-NEXT: vcmpeqps {{.*}}, [[STALLED:%k[1-7]]] {[[COUNTED]]}
// CHECK-NEXT: vpaddd {{.*}} {[[STALLED]]}
// CHECK-NEXT: vpaddd {{.*}} {[[COUNTED]]}
// CHECK-NEXT: addq $16
// CHECK-NOT: popcnt
// CHECK-NOT: vmovnt
// CHECK: retq
func.func @stall(%input: memref<?xf32>, %gradient: memref<?xf32>, %lr: f32) -> (i64, i64) {
  %x = bufferization.to_tensor %input restrict : memref<?xf32> to tensor<?xf32>
  %g = bufferization.to_tensor %gradient restrict : memref<?xf32> to tensor<?xf32>
  %stalled, %total = altgrad.stall %x, %g, %lr in !altgrad.fp8<E3M4> : tensor<?xf32> -> i64, i64
  return %stalled, %total : i64, i64
}
