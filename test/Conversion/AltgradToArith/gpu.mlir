// What GPUs get. That the bits are the same is tested in unittests/Conformance,
// on the CPU.

// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=sm_90 --canonicalize | FileCheck %s --check-prefixes=GPU,NAN
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=sm_75 --canonicalize | FileCheck %s --check-prefixes=GPU,NO-NAN
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=sm_90 --convert-to-llvm \
// RUN:   --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir -o %t.ll
// RUN: opt -O3 %t.ll -mtriple=nvptx64-nvidia-cuda -mcpu=sm_90 -S -o %t.opt.ll
// RUN: llc %t.opt.ll -O3 -mtriple=nvptx64-nvidia-cuda -mcpu=sm_90 -mattr=+ptx78 -o %t.ptx
// RUN: FileCheck %s --check-prefix=PTX --implicit-check-not=.ftz < %t.ptx
// RUN: %if ptxas %{ %ptxas -arch=sm_90 %t.ptx -o /dev/null %}

// |x| and the minimum are one instruction, and so are the addend and the sum.
// Signs and codes are bytes of words.
// GPU-LABEL: func.func @encode(
// GPU:         %[[IS_NAN:.*]] = arith.cmpf uno
// GPU:         %[[CLEAN:.*]] = arith.select %[[IS_NAN]]
// GPU:         %[[MAGNITUDE:.*]] = math.absf %[[CLEAN]] : vector<4xf32>
// GPU:         %[[CLAMPED:.*]] = arith.minnumf %[[MAGNITUDE]]
// GPU:         math.fma %{{.*}}, %{{.*}}, %[[CLAMPED]] : vector<4xf32>
// GPU:         vector.shuffle %{{.*}} [0, 4, 8, 12] : vector<16xi8>
// GPU:         vector.shuffle %{{.*}} [3, 7, 11, 15] : vector<16xi8>
// GPU:         arith.ori %{{.*}} : vector<1xi32>
// PTX-LABEL: .func{{.*}} encode(
// PTX-COUNT-4: min.f32
// PTX-COUNT-4: fma.rn.f32
// PTX-COUNT-6: prmt.b32
// PTX-NOT:     prmt.b32
// PTX:         ret;
func.func @encode(%x: vector<4xf32>) -> vector<4xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<4xf32> -> vector<4xi8>
  return %c : vector<4xi8>
}

// 480 would have the code of NaN, 0x7F.
// GPU-LABEL: func.func @encode_nan(
// GPU-DAG:     arith.constant dense<4.800000e+02> : vector<4xf32>
// GPU:         arith.ori %{{.*}} : vector<1xi32>
func.func @encode_nan(%x: vector<4xf32>) -> vector<4xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : vector<4xf32> -> vector<4xi8>
  return %c : vector<4xi8>
}

// Formats without a negative zero, odd lengths and scalars: the generic form.
// GPU-LABEL: func.func @encode_others(
// GPU:         arith.minui %{{.*}} : vector<4xi32>
// GPU:         arith.minui %{{.*}} : vector<3xi32>
// GPU:         arith.minui %{{.*}} : i32
func.func @encode_others(%x: vector<4xf32>, %y: vector<3xf32>, %z: f32)
    -> (vector<4xi8>, vector<3xi8>, i8) {
  %0 = altgrad.encode %x in !altgrad.fp8<E4M3FNUZ> : vector<4xf32> -> vector<4xi8>
  %1 = altgrad.encode %y in !altgrad.fp8<E3M4> : vector<3xf32> -> vector<3xi8>
  %2 = altgrad.encode %z in !altgrad.fp8<E3M4> : f32 -> i8
  return %0, %1, %2 : vector<4xi8>, vector<3xi8>, i8
}

// NAN-LABEL: func.func @round(
// NAN-SAME:      %[[X:.*]]: vector<1xf32>
// NAN:         %[[SIZE:.*]] = math.absf %[[X]]
// NAN:         %[[BELOW:.*]] = arith.minimumf %[[SIZE]]
// NAN:         math.copysign %[[BELOW]], %[[X]]
// NAN:         arith.maximumf
// NAN:         math.copysign
// NAN:         math.fma
// NAN:         math.fma
// NO-NAN-LABEL: func.func @round(
// NO-NAN-NOT:     minimumf
// NO-NAN:         arith.cmpf
// PTX-LABEL: .func{{.*}} round(
// PTX:         min.NaN.f32
// PTX:         max.NaN.f32
// PTX-COUNT-2: fma.rn.f32
// PTX:         ret;
func.func @round(%x: vector<1xf32>) -> vector<1xf32> {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : vector<1xf32>
  return %y : vector<1xf32>
}

// The code in the place of the bits of f32, in other units: 2^126 for E3M4.
// GPU-LABEL: func.func @decode(
// GPU-DAG:     %[[UNIT:.*]] = arith.constant dense<8.50705917E+37> : vector<4xf32>
// GPU-DAG:     %[[BITS:.*]] = arith.constant dense<-2080899072> : vector<4xi32>
// GPU:         arith.extsi
// GPU:         arith.shli
// GPU:         arith.andi %{{.*}}, %{{.*}} : vector<4xi32>
// GPU:         arith.mulf %{{.*}}, %[[UNIT]] : vector<4xf32>
// GPU-NEXT:    return
// PTX-LABEL: .func{{.*}} decode(
// PTX-COUNT-4: mul.rn.f32
// PTX:         ret;
func.func @decode(%c: vector<4xi8>) -> vector<4xf32> {
  %x = altgrad.decode %c in !altgrad.fp8<E3M4> : vector<4xi8> -> vector<4xf32>
  return %x : vector<4xf32>
}

// E5M2 is the upper half of f16.
// GPU-LABEL: func.func @decode_half(
// GPU:         arith.extf %{{.*}} : vector<4xf16> to vector<4xf32>
// GPU-NEXT:    return
func.func @decode_half(%c: vector<4xi8>) -> vector<4xf32> {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : vector<4xi8> -> vector<4xf32>
  return %x : vector<4xf32>
}

// Pairs of bf16 are their own carrier: no other type, and no element by itself.
// NAN-LABEL: func.func @round_bf16(
// NAN-NOT:     f32
// NAN-COUNT-4: math.fma %{{.*}} : vector<2xbf16>
// NAN-NOT:     f32
// NAN:         return
// PTX-LABEL: .func{{.*}} round_bf16(
// PTX:         min.NaN.bf16x2
// PTX:         max.NaN.bf16x2
// PTX-COUNT-2: fma.rn.bf16x2
// PTX:         min.NaN.bf16x2
// PTX:         max.NaN.bf16x2
// PTX-COUNT-2: fma.rn.bf16x2
// PTX-NOT:     f32
// PTX:         ret;
func.func @round_bf16(%x: vector<4xbf16>) -> vector<4xbf16> {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : vector<4xbf16>
  return %y : vector<4xbf16>
}

// NAN-LABEL: func.func @encode_bf16(
// NAN:         arith.cmpf ord, %{{.*}} : vector<2xbf16>
// NAN:         arith.minimumf %{{.*}} : vector<2xbf16>
// NAN:         math.fma %{{.*}} : vector<2xbf16>
// NAN:         math.fma %{{.*}} : vector<2xbf16>
// NAN:         vector.shuffle %{{.*}} [0, 2, 4, 6] : vector<4xi8>, vector<4xi8>
// NAN:         vector.shuffle %{{.*}} [1, 3, 5, 7] : vector<4xi8>, vector<4xi8>
// NAN-NOT:     f32
// NAN:         return
func.func @encode_bf16(%x: vector<4xbf16>) -> vector<4xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<4xbf16> -> vector<4xi8>
  return %c : vector<4xi8>
}

// Overflow to NaN, and formats beyond bf16's range, take f32 and f64.
// NAN-LABEL: func.func @bf16_others(
// NAN:         f32
// NAN:         f64
func.func @bf16_others(%x: vector<4xbf16>) -> (vector<4xbf16>, vector<4xbf16>) {
  %0 = altgrad.round %x in !altgrad.fp8<E4M3FN> overflow(infinity) : vector<4xbf16>
  %1 = altgrad.round %x in !altgrad.fp8<E4M3, bias = 140, ieee> : vector<4xbf16>
  return %0, %1 : vector<4xbf16>, vector<4xbf16>
}
