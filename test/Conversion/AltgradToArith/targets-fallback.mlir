// What a target with better instructions does not use them for: the code is that
// of the generic target.
//
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=generic > %t.generic
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v3 | diff %t.generic -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v4 | diff %t.generic -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=icelake-server | diff %t.generic -
// RUN: FileCheck %s --implicit-check-not=llvm.call_intrinsic --implicit-check-not=math.fma < %t.generic

// fnuz has no negative zero: a code of 0 must lose its sign.

// CHECK-LABEL: func @fnuz
func.func @fnuz(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FNUZ> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// Overflow to NaN: the threshold is not the largest value.

// CHECK-LABEL: func @overflow_to_nan
func.func @overflow_to_nan(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> overflow(infinity) : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// More than 32 binades: no table.

// CHECK-LABEL: func @many_binades
func.func @many_binades(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E6M1> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// NaN would come as the largest f32, and the addends of such values change it.

// CHECK-LABEL: func @near_the_end_of_f32
func.func @near_the_end_of_f32(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3, bias = -80, fn> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// f64 carries what leaves the range of f32: subnormals below it, a largest value
// at its end.

// CHECK-LABEL: func @at_the_start_of_f32
func.func @at_the_start_of_f32(%x: vector<64xf32>, %y: vector<64xbf16>) -> (vector<64xi8>, vector<64xi8>) {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2, bias = 148, ieee> : vector<64xf32> -> vector<64xi8>
  %d = altgrad.encode %y in !altgrad.fp8<E4M3, bias = 140, finite> : vector<64xbf16> -> vector<64xi8>
  return %c, %d : vector<64xi8>, vector<64xi8>
}

// CHECK-LABEL: func @at_the_end_of_f32
func.func @at_the_end_of_f32(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E7M0, bias = 0, finite> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// Powers of two with NaN.

// CHECK-LABEL: func @powers_with_nan
func.func @powers_with_nan(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E7M0, bias = 63, fn> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// f64 carries.

// CHECK-LABEL: func @f64
func.func @f64(%x: vector<16xf64>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<16xf64> -> vector<16xi8>
  return %c : vector<16xi8>
}

// Vectors that do not fill registers, of unknown length, of two dimensions, and
// scalars.

// CHECK-LABEL: func @half_a_register
func.func @half_a_register(%x: vector<8xf32>, %y: vector<24xf32>) -> (vector<8xi8>, vector<24xi8>) {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<8xf32> -> vector<8xi8>
  %d = altgrad.encode %y in !altgrad.fp8<E3M4> : vector<24xf32> -> vector<24xi8>
  return %c, %d : vector<8xi8>, vector<24xi8>
}

// CHECK-LABEL: func @scalable
func.func @scalable(%x: vector<[16]xf32>) -> vector<[16]xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<[16]xf32> -> vector<[16]xi8>
  return %c : vector<[16]xi8>
}

// CHECK-LABEL: func @two_dimensions
func.func @two_dimensions(%x: vector<2x16xf32>) -> vector<2x16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<2x16xf32> -> vector<2x16xi8>
  return %c : vector<2x16xi8>
}

// CHECK-LABEL: func @scalars
func.func @scalars(%x: f32, %c: i8) -> (i8, f32) {
  %d = altgrad.encode %x in !altgrad.fp8<E3M4> : f32 -> i8
  %y = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> f32
  return %d, %y : i8, f32
}

// More range than f16, or its exponent bits with other special values.

// CHECK-LABEL: func @decode
func.func @decode(%c: vector<16xi8>) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  %x = altgrad.decode %c in !altgrad.fp8<E7M0> : vector<16xi8> -> vector<16xf32>
  %y = altgrad.decode %c in !altgrad.fp8<E6M1> : vector<16xi8> -> vector<16xf32>
  %z = altgrad.decode %c in !altgrad.fp8<E5M2FNUZ> : vector<16xi8> -> vector<16xf32>
  return %x, %y, %z : vector<16xf32>, vector<16xf32>, vector<16xf32>
}
