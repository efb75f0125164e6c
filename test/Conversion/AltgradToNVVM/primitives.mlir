// The instructions for encode, decode and round: two elements in one, the one
// with the lower index in the lower byte.

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm=chip=sm_90 -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @encode_f32(
// CHECK-SAME:      %[[X:.*]]: vector<4xf32>)
// CHECK-DAG:     %[[X0:.*]] = vector.extract %[[X]][0]
// CHECK-DAG:     %[[X1:.*]] = vector.extract %[[X]][1]
// CHECK:         %[[LOW:.*]] = nvvm.convert.f32x2.to.f8x2 %[[X1]], %[[X0]]
// CHECK-SAME:        rnd = #nvvm.fp_rnd_mode<rn>
// CHECK-SAME:        sat = #nvvm.sat_mode<satfinite>
// CHECK-SAME:        i16(f8E4M3FN)
// CHECK:         %[[HIGH:.*]] = nvvm.convert.f32x2.to.f8x2
// CHECK:         %[[PAIRS:.*]] = vector.from_elements %[[LOW]], %[[HIGH]] : vector<2xi16>
// CHECK:         %[[CODES:.*]] = vector.bitcast %[[PAIRS]] : vector<2xi16> to vector<4xi8>
// CHECK:         return %[[CODES]]
func.func @encode_f32(%x: vector<4xf32>) -> vector<4xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : vector<4xf32> -> vector<4xi8>
  return %c : vector<4xi8>
}

// From f16 directly: one rounding.
// CHECK-LABEL: func.func @encode_f16(
// CHECK-NOT:     f32
// CHECK:         nvvm.convert.f16x2.to.f8x2 %{{.*}} : vector<2xf16> -> i16(f8E5M2)
// CHECK-NOT:     nvvm
// CHECK:         return
func.func @encode_f16(%x: vector<2xf16>) -> vector<2xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<2xf16> -> vector<2xi8>
  return %c : vector<2xi8>
}

// CHECK-LABEL: func.func @encode_bf16(
// CHECK:         arith.extf %{{.*}} : vector<2xbf16> to vector<2xf32>
// CHECK:         nvvm.convert.f32x2.to.f8x2
func.func @encode_bf16(%x: vector<2xbf16>) -> vector<2xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<2xbf16> -> vector<2xi8>
  return %c : vector<2xi8>
}

// An odd element is a pair with itself.
// CHECK-LABEL: func.func @encode_odd(
// CHECK:         %[[LAST:.*]] = vector.extract %{{.*}}[2]
// CHECK:         nvvm.convert.f32x2.to.f8x2 %{{.*}}, %[[LAST]]
// CHECK:         vector.bitcast %{{.*}} : vector<2xi16> to vector<4xi8>
// CHECK:         vector.shuffle %{{.*}} [0, 1, 2]
func.func @encode_odd(%x: vector<3xf32>) -> vector<3xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<3xf32> -> vector<3xi8>
  return %c : vector<3xi8>
}

// CHECK-LABEL: func.func @encode_scalar(
// CHECK:         nvvm.convert.f32x2.to.f8x2
// CHECK:         %[[CODES:.*]] = vector.shuffle %{{.*}} [0] : vector<2xi8>
// CHECK:         vector.extract %[[CODES]][0] : i8
func.func @encode_scalar(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
  return %c : i8
}

// CHECK-LABEL: func.func @encode_2d(
// CHECK:         vector.shape_cast %{{.*}} : vector<2x3xf32> to vector<6xf32>
// CHECK-COUNT-3: nvvm.convert.f32x2.to.f8x2
// CHECK:         vector.shape_cast %{{.*}} : vector<6xi8> to vector<2x3xi8>
func.func @encode_2d(%x: vector<2x3xf32>) -> vector<2x3xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<2x3xf32> -> vector<2x3xi8>
  return %c : vector<2x3xi8>
}

// CHECK-LABEL: func.func @encode_0d(
// CHECK:         nvvm.convert.f32x2.to.f8x2
// CHECK:         vector.shape_cast %{{.*}} : vector<1xi8> to vector<i8>
func.func @encode_0d(%x: vector<f32>) -> vector<i8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<f32> -> vector<i8>
  return %c : vector<i8>
}

// CHECK-LABEL: func.func @decode_f32(
// CHECK:         vector.bitcast %{{.*}} : vector<4xi8> to vector<2xi16>
// CHECK:         %[[HALVES:.*]] = nvvm.convert.f8x2.to.f16x2 %{{.*}} : vector<2xi8>(f8E4M3FN) -> vector<2xf16>
// CHECK:         nvvm.convert.f8x2.to.f16x2
// CHECK:         arith.extf %[[HALVES]] : vector<2xf16> to vector<2xf32>
// CHECK:         vector.from_elements {{.*}} : vector<4xf32>
func.func @decode_f32(%c: vector<4xi8>) -> vector<4xf32> {
  %x = altgrad.decode %c in !altgrad.fp8<E4M3FN> : vector<4xi8> -> vector<4xf32>
  return %x : vector<4xf32>
}

// CHECK-LABEL: func.func @decode_f16_odd(
// CHECK:         vector.shuffle %{{.*}} [0, 1, 2, 2] : vector<3xi8>
// CHECK-NOT:     f32
// CHECK:         vector.from_elements {{.*}} : vector<3xf16>
func.func @decode_f16_odd(%c: vector<3xi8>) -> vector<3xf16> {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : vector<3xi8> -> vector<3xf16>
  return %x : vector<3xf16>
}

// CHECK-LABEL: func.func @decode_bf16(
// CHECK:         arith.extf %{{.*}} : vector<2xf16> to vector<2xf32>
// CHECK:         arith.truncf %{{.*}} : vector<2xf32> to vector<2xbf16>
func.func @decode_bf16(%c: vector<2xi8>) -> vector<2xbf16> {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : vector<2xi8> -> vector<2xbf16>
  return %x : vector<2xbf16>
}

// CHECK-LABEL: func.func @decode_scalar(
// CHECK:         nvvm.convert.f8x2.to.f16x2
// CHECK:         return %{{.*}} : f32
func.func @decode_scalar(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> f32
  return %x : f32
}

// CHECK-LABEL: func.func @round(
// CHECK:         %[[CODES:.*]] = nvvm.convert.f32x2.to.f8x2
// CHECK:         vector.from_elements %[[CODES]] : vector<1xi16>
// CHECK:         nvvm.convert.f8x2.to.f16x2
// CHECK:         arith.extf
func.func @round(%x: vector<2xf32>) -> vector<2xf32> {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : vector<2xf32>
  return %y : vector<2xf32>
}

// Ops become primitives first.
// CHECK-LABEL: func.func @quantize(
// CHECK:         arith.divf
// CHECK:         nvvm.convert.f32x2.to.f8x2
func.func @quantize(%x: vector<2xf32>, %scale: f32) -> vector<2x!altgrad.fp8<E5M2>> {
  %q = altgrad.quantize %x, %scale
      : vector<2xf32>, f32 -> vector<2x!altgrad.fp8<E5M2>>
  return %q : vector<2x!altgrad.fp8<E5M2>>
}

// -----

// What has no instruction stays for convert-altgrad-to-arith: other formats,
// the other policy, f64, vectors without a fixed size, tensors.

// CHECK-LABEL: func.func @left(
// CHECK-NOT:     nvvm
// CHECK-COUNT-7: altgrad.encode
// CHECK-COUNT-2: altgrad.decode
// CHECK-COUNT-2: altgrad.round
// CHECK-NOT:     nvvm
func.func @left(%x: f32, %d: f64, %v: vector<[4]xf32>, %t: tensor<4xf32>, %c: i8)
    -> (i8, i8, i8, i8, i8, vector<[4]xi8>, tensor<4xi8>, f32, f64, f32, f64) {
  %0 = altgrad.encode %x in !altgrad.fp8<E4M3, bias = 8, fn> : f32 -> i8
  %1 = altgrad.encode %x in !altgrad.fp8<E3M4> : f32 -> i8
  %2 = altgrad.encode %x in !altgrad.fp8<E5M2> overflow(infinity) : f32 -> i8
  %3 = altgrad.encode %x in !altgrad.fp8<E4M3FN> overflow(infinity) : f32 -> i8
  %4 = altgrad.encode %d in !altgrad.fp8<E5M2> : f64 -> i8
  %5 = altgrad.encode %v in !altgrad.fp8<E5M2> : vector<[4]xf32> -> vector<[4]xi8>
  %6 = altgrad.encode %t in !altgrad.fp8<E5M2> : tensor<4xf32> -> tensor<4xi8>
  %7 = altgrad.decode %c in !altgrad.fp8<E4M3FNUZ> : i8 -> f32
  %8 = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> f64
  %9 = altgrad.round %x in !altgrad.fp8<E5M2> overflow(infinity) : f32
  %10 = altgrad.round %d in !altgrad.fp8<E5M2> : f64
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10
      : i8, i8, i8, i8, i8, vector<[4]xi8>, tensor<4xi8>, f32, f64, f32, f64
}
