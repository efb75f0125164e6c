// What a target changes, by format, and what stays as it is in primitives.mlir.
// That the bits are the same is tested in unittests/Conformance.
//
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=generic --canonicalize \
// RUN:   | FileCheck %s --check-prefixes=GENERIC --implicit-check-not=llvm.call_intrinsic --implicit-check-not=math.fma
// RUN: altgrad-opt %s --convert-altgrad-to-arith --canonicalize --cse > %t.default
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=generic --canonicalize --cse | diff %t.default -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v2 --canonicalize --cse | diff %t.default -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v3 --canonicalize \
// RUN:   | FileCheck %s --check-prefixes=V3,F16C --implicit-check-not=llvm.call_intrinsic
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v4 --canonicalize > %t.4
// RUN: FileCheck %s --check-prefixes=AVX512,F16C < %t.4
// RUN: FileCheck %s --check-prefix=V4 < %t.4
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=icelake-server --canonicalize > %t.5
// RUN: FileCheck %s --check-prefixes=AVX512,F16C < %t.5
// RUN: FileCheck %s --check-prefix=BYTES < %t.5
//
// Levels and processors that have the same instructions get the same code.
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v3 > %t.v3
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=haswell | diff %t.v3 -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=znver3 | diff %t.v3 -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v4 > %t.v4
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=skylake-avx512 | diff %t.v4 -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=icelake-server > %t.bytes
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=znver4 | diff %t.bytes -
// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=sapphirerapids | diff %t.bytes -

//===----------------------------------------------------------------------===//
// encode
//===----------------------------------------------------------------------===//

// Four registers: NaN becomes 0 by vfixupimmps (0x88: both kinds of NaN, +0),
// vrangeps takes the smaller magnitude of x and 124 (0b1010), and a table of
// seven addends is looked up by the exponent. With byte instructions the codes
// are made rotated, appended by shifts, put into order and rotated back.

// GENERIC-LABEL: func @encode_table
// GENERIC: arith.minui %{{.*}} : vector<64xi32>
// GENERIC: return

// V3-LABEL: func @encode_table
// V3: arith.minui %{{.*}} : vector<64xi32>
// V3: return

// AVX512-LABEL: func @encode_table
// AVX512-DAG: %[[TO_ZERO:.*]] = arith.constant dense<136> : vector<16xi32>
// AVX512-DAG: %[[LARGEST:.*]] = arith.constant dense<1.240000e+02> : vector<16xf32>
// AVX512-DAG: %[[ADDENDS:.*]] = arith.constant dense<[0x49800010, 2.097160e+06, 0x4A800030, 0x4B000040, 0x4B800050, 0x4C000060, 0.000000e+00, {{.*}}, 0.000000e+00, 5.242880e+05]> : vector<16xf32>
// AVX512-DAG: %[[SMALLEST_NORMAL:.*]] = arith.constant dense<1.000000e+00> : vector<16xf32>
// AVX512-DAG: %[[MAGNITUDE:.*]] = arith.constant 10 : i32
// AVX512-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.mask.fixupimm.ps.512"({{.*}}, %[[TO_ZERO]], {{.*}})
// AVX512: %[[CLAMPED:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"(%{{.*}}, %[[LARGEST]], %[[MAGNITUDE]], {{.*}})
// AVX512: %[[IS_SUBNORMAL:.*]] = arith.cmpf olt, %[[CLAMPED]], %[[SMALLEST_NORMAL]]
// AVX512: arith.select %[[IS_SUBNORMAL]], %[[SMALLEST_NORMAL]], %[[CLAMPED]]
// AVX512: %[[EXPONENT:.*]] = arith.shrui
// AVX512: %[[ADDEND:.*]] = llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%[[ADDENDS]], %[[EXPONENT]])
// AVX512: arith.addf %[[CLAMPED]], %[[ADDEND]] : vector<16xf32>
// AVX512: %[[MIXED:.*]] = vector.bitcast %{{.*}} : vector<16xi32> to vector<64xi8>
// AVX512: vector.shuffle %[[MIXED]], %[[MIXED]] [0, 4, 8, 12, 16,

// BYTES-LABEL: func @encode_table
// BYTES-DAG: %[[ONE:.*]] = arith.constant dense<1> : vector<16xi32>
// BYTES-DAG: %[[TOP_BYTE:.*]] = arith.constant dense<24> : vector<16xi32>
// BYTES-DAG: %[[BYTE:.*]] = arith.constant dense<8> : vector<16xi32>
// BYTES: %[[ROTATED:.*]] = llvm.call_intrinsic "llvm.fshl.v16i32"(%{{.*}}, %{{.*}}, %[[ONE]])
// BYTES: arith.shli %[[ROTATED]], %[[TOP_BYTE]]
// BYTES-COUNT-3: llvm.call_intrinsic "llvm.fshr.v16i32"({{.*}}, %[[BYTE]])
// BYTES: vector.shuffle
// BYTES: %[[CODES:.*]] = llvm.call_intrinsic "llvm.x86.vgf2p8affineqb.512"
// BYTES-NEXT: return %[[CODES]]

// V4-LABEL: func @encode_table
// V4-NOT: llvm.fsh
// V4-NOT: vgf2p8affineqb
// V4-NOT: arith.trunci
// V4: return
func.func @encode_table(%x: vector<64xf32>) -> vector<64xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<64xf32> -> vector<64xi8>
  return %c : vector<64xi8>
}

// One register is truncated. E5M2 has 30 binades, so two registers of addends.
// NaN becomes the largest f32 (0xEE), whose low bits are ones whatever is added,
// and a negative one loses its sign at the end.

// GENERIC-LABEL: func @encode_two_tables
// V3-LABEL: func @encode_two_tables
// V3: arith.minui
// AVX512-LABEL: func @encode_two_tables
// AVX512-DAG: %[[TO_LARGEST:.*]] = arith.constant dense<238> : vector<16xi32>
// AVX512-DAG: %[[NEGATIVE_NAN:.*]] = arith.constant dense<-1> : vector<16xi8>
// AVX512-DAG: %[[NAN:.*]] = arith.constant dense<127> : vector<16xi8>
// AVX512: %[[RANGE:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.mask.fixupimm.ps.512"(%[[RANGE]], %{{.*}}, %[[TO_LARGEST]], {{.*}})
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.ps.512"
// AVX512: %[[SIGNED:.*]] = arith.trunci %{{.*}} : vector<16xi32> to vector<16xi8>
// AVX512: %[[IS_NEGATIVE_NAN:.*]] = arith.cmpi eq, %[[SIGNED]], %[[NEGATIVE_NAN]]
// AVX512: arith.select %[[IS_NEGATIVE_NAN]], %[[NAN]], %[[SIGNED]]
func.func @encode_two_tables(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// overflow(infinity) in ieee: the clamp is one step past the largest value.

// AVX512-LABEL: func @encode_to_infinity
// AVX512-DAG: %[[STEP:.*]] = arith.constant dense<6.553600e+04> : vector<16xf32>
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"(%{{.*}}, %[[STEP]], {{.*}})
func.func @encode_to_infinity(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> overflow(infinity) : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// One grid, no table.

// AVX512-LABEL: func @encode_uniform
// AVX512-DAG: %[[ADDEND:.*]] = arith.constant dense<6.553600e+04> : vector<16xf32>
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"
// AVX512-NOT: perm
// AVX512: arith.addf %{{.*}}, %[[ADDEND]] : vector<16xf32>
// AVX512: return
func.func @encode_uniform(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E0M7> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// Powers of two: integers round, no addition of floats.

// AVX512-LABEL: func @encode_powers_of_two
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"
// AVX512-NOT: arith.addf
// AVX512: arith.addi %{{.*}} : vector<16xi32>
// AVX512-NOT: arith.addf
// AVX512: return
func.func @encode_powers_of_two(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E7M0> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}

// 16-bit floats are widened before. Two registers do not fill one.

// AVX512-LABEL: func @encode_bf16
// AVX512: arith.extf %{{.*}} : vector<32xbf16> to vector<32xf32>
// AVX512-COUNT-2: "llvm.x86.avx512.mask.range.ps.512"
// AVX512: vector.insert_strided_slice %{{.*}} {offsets = [16], strides = [1]} : vector<16xi8> into vector<32xi8>
func.func @encode_bf16(%x: vector<32xbf16>) -> vector<32xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E0M7> : vector<32xbf16> -> vector<32xi8>
  return %c : vector<32xi8>
}

//===----------------------------------------------------------------------===//
// round
//===----------------------------------------------------------------------===//

// With a fused multiply-add the exponent's power of two is scaled and added in
// one instruction, and taken away in another. The products are exact.

// GENERIC-LABEL: func @round_with_nan
// GENERIC: arith.addf
// GENERIC: arith.subf
// F16C-LABEL: func @round_with_nan
// 1.5 * 2^20
// F16C-DAG: %[[UP:.*]] = arith.constant dense<0x49C00000> : vector<16xf32>
// F16C-DAG: %[[DOWN:.*]] = arith.constant dense<0xC9C00000> : vector<16xf32>
// F16C-NOT: llvm.call_intrinsic
// F16C: %[[SUM:.*]] = math.fma %[[POWER:.*]], %[[UP]], %[[CLAMPED:.*]] : vector<16xf32>
// F16C: math.fma %[[POWER]], %[[DOWN]], %[[SUM]] : vector<16xf32>
// F16C-NOT: fastmath
// F16C: return
func.func @round_with_nan(%x: vector<16xf32>) -> vector<16xf32> {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : vector<16xf32>
  return %y : vector<16xf32>
}

// Formats without NaN: it becomes +0 first, and vrangeps clamps with the sign of
// x (0b0010). Nothing selects later.

// V3-LABEL: func @round_without_nan
// V3: %[[IS_NAN:.*]] = arith.cmpf uno
// V3: arith.select %[[IS_NAN]]
// V3: return
// AVX512-LABEL: func @round_without_nan
// AVX512-DAG: %[[SIGNED:.*]] = arith.constant 2 : i32
// AVX512: %[[NUMBER:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.fixupimm.ps.512"
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"(%[[NUMBER]], %{{.*}}, %[[SIGNED]], {{.*}})
// AVX512: math.fma
// AVX512: math.fma
// AVX512-NOT: arith.cmpf uno
// AVX512: return
func.func @round_without_nan(%x: vector<16xf32>) -> vector<16xf32> {
  %y = altgrad.round %x in !altgrad.fp8<E3M4> : vector<16xf32>
  return %y : vector<16xf32>
}

//===----------------------------------------------------------------------===//
// decode
//===----------------------------------------------------------------------===//

// E5M2 is the upper half of an f16, special values included.

// GENERIC-LABEL: func @decode_by_half
// GENERIC-NOT: f16
// GENERIC: return
// F16C-LABEL: func @decode_by_half
// F16C-DAG: %[[EIGHT:.*]] = arith.constant dense<8> : vector<16xi16>
// F16C: %[[WIDE:.*]] = arith.extsi %{{.*}} : vector<16xi8> to vector<16xi16>
// F16C-NEXT: %[[BITS:.*]] = arith.shli %[[WIDE]], %[[EIGHT]]
// F16C-NEXT: %[[HALF:.*]] = arith.bitcast %[[BITS]] : vector<16xi16> to vector<16xf16>
// F16C-NEXT: %[[VALUE:.*]] = arith.extf %[[HALF]] : vector<16xf16> to vector<16xf32>
// F16C-NEXT: return %[[VALUE]]
func.func @decode_by_half(%x: vector<16xi8>) -> vector<16xf32> {
  %y = altgrad.decode %x in !altgrad.fp8<E5M2> : vector<16xi8> -> vector<16xf32>
  return %y : vector<16xf32>
}

// Less exponent bits: another unit, 2^(15-1) for E3M4. Its codes are put where
// f16 has exponent and mantissa: sign and bits 12 to 6.

// F16C-LABEL: func @decode_in_other_units
// F16C-DAG: %[[UNIT:.*]] = arith.constant dense<1.638400e+04> : vector<16xf32>
// F16C-DAG: %[[PLACES:.*]] = arith.constant dense<-24640> : vector<16xi16>
// F16C: arith.andi %{{.*}}, %[[PLACES]] : vector<16xi16>
// F16C-NOT: arith.select
// F16C: %[[VALUE:.*]] = arith.extf
// F16C-NEXT: arith.mulf %[[VALUE]], %[[UNIT]] : vector<16xf32>
func.func @decode_in_other_units(%x: vector<16xi8>) -> vector<16xf32> {
  %y = altgrad.decode %x in !altgrad.fp8<E3M4> : vector<16xi8> -> vector<16xf32>
  return %y : vector<16xf32>
}

// E0M7: all values are subnormals of f16, which the conversion does not flush.

// F16C-LABEL: func @decode_subnormals
// F16C: arith.extf %{{.*}} : vector<16xf16> to vector<16xf32>
func.func @decode_subnormals(%x: vector<16xi8>) -> vector<16xf32> {
  %y = altgrad.decode %x in !altgrad.fp8<E0M7> : vector<16xi8> -> vector<16xf32>
  return %y : vector<16xf32>
}

// fn: 0x7f and 0xff are NaN, 0x7e00 in f16.

// F16C-LABEL: func @decode_fn
// F16C-DAG: %[[NAN:.*]] = arith.constant dense<32256> : vector<16xi16>
// F16C: arith.select %{{.*}}, %[[NAN]], %{{.*}} : vector<16xi1>, vector<16xi16>
// F16C: arith.extf
func.func @decode_fn(%x: vector<16xi8>) -> vector<16xf32> {
  %y = altgrad.decode %x in !altgrad.fp8<E4M3FN> : vector<16xi8> -> vector<16xf32>
  return %y : vector<16xf32>
}

// fnuz: 0x80 is, sign bit alone in f16 as well.

// F16C-LABEL: func @decode_fnuz
// F16C-DAG: %[[NAN:.*]] = arith.constant dense<32256> : vector<16xi16>
// F16C-DAG: %[[SIGN_ALONE:.*]] = arith.constant dense<-32768> : vector<16xi16>
// F16C: %[[IS_NAN:.*]] = arith.cmpi eq, %{{.*}}, %[[SIGN_ALONE]] : vector<16xi16>
// F16C: arith.select %[[IS_NAN]], %[[NAN]], %{{.*}} : vector<16xi1>, vector<16xi16>
func.func @decode_fnuz(%x: vector<16xi8>) -> vector<16xf32> {
  %y = altgrad.decode %x in !altgrad.fp8<E4M3FNUZ> : vector<16xi8> -> vector<16xf32>
  return %y : vector<16xf32>
}

// ieee: an exponent of all ones becomes f16's.

// F16C-LABEL: func @decode_ieee
// F16C-DAG: %[[TOP:.*]] = arith.constant dense<7168> : vector<16xi16>
// F16C-DAG: %[[HALF_TOP:.*]] = arith.constant dense<31744> : vector<16xi16>
// F16C: %[[IS_TOP:.*]] = arith.cmpi eq, %{{.*}}, %{{.*}} : vector<16xi16>
// F16C: arith.extf
func.func @decode_ieee(%x: vector<16xi8>) -> vector<16xf32> {
  %y = altgrad.decode %x in !altgrad.fp8<E3M4, bias = 3, ieee> : vector<16xi8> -> vector<16xf32>
  return %y : vector<16xf32>
}
