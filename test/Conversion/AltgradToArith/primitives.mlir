// The arithmetic that each kind of format gets. What it computes is tested in
// test/Integration/CPU and against the golden vectors; here, that each format
// takes its algorithm, with its constants.
//
// RUN: altgrad-opt %s --convert-altgrad-to-arith --canonicalize --split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// encode
//===----------------------------------------------------------------------===//

// An exponent of several bits: the addend comes from the exponent of x, not
// below the smallest binade's, and the addition rounds.

// CHECK-LABEL: func @encode_by_magic_addition
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[MAX_FINITE:.*]] = arith.constant 1138753536 : i32
// CHECK-DAG: %[[INFINITY:.*]] = arith.constant 2139095040 : i32
// CHECK-DAG: %[[MIN_BINADE:.*]] = arith.constant 1015021568 : i32
// CHECK-DAG: %[[NAN:.*]] = arith.constant 127 : i32
// CHECK-DAG: %[[SIGN:.*]] = arith.constant 128 : i32
// CHECK: %[[BITS:.*]] = arith.bitcast %[[X]] : f32 to i32
// CHECK: %[[MAGNITUDE:.*]] = arith.andi %[[BITS]]
// CHECK: %[[CLAMPED:.*]] = arith.minui %[[MAGNITUDE]], %[[MAX_FINITE]] : i32
// CHECK: %[[EXPONENT:.*]] = arith.andi %[[CLAMPED]], %[[INFINITY]] : i32
// CHECK: %[[BINADE:.*]] = arith.maxui %[[EXPONENT]], %[[MIN_BINADE]] : i32
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
// CHECK-NOT: fastmath
// CHECK: arith.andi %{{.*}}, %[[SIGN]] : i32
// CHECK: %[[IS_NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]] : f32
// CHECK: %[[CODE:.*]] = arith.select %[[IS_NAN]], %[[NAN]], %{{.*}} : i32
// CHECK: %[[BYTE:.*]] = arith.trunci %[[CODE]] : i32 to i8
// CHECK: return %[[BYTE]]
func.func @encode_by_magic_addition(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : f32 -> i8
  return %c : i8
}

// E0 and E1: one grid, one constant addend, no exponent.

// CHECK-LABEL: func @encode_uniform_fixed_point
// 2^(23-7)
// CHECK-DAG: %[[ADDEND:.*]] = arith.constant 6.553600e+04 : f32
// CHECK-NOT: arith.maxui
// CHECK: arith.addf %{{.*}}, %[[ADDEND]] : f32
// CHECK: return
func.func @encode_uniform_fixed_point(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E0M7> : f32 -> i8
  return %c : i8
}

// CHECK-LABEL: func @encode_uniform_one_exponent_bit
// 2^(23-5): two binades of spacing 2^-5
// CHECK-DAG: %[[ADDEND:.*]] = arith.constant 2.621440e+05 : f32
// CHECK-NOT: arith.maxui
// CHECK: arith.addf %{{.*}}, %[[ADDEND]] : f32
// CHECK: return
func.func @encode_uniform_one_exponent_bit(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E1M6> : f32 -> i8
  return %c : i8
}

// No mantissa: ties go down, so the bits are rounded, not the float.

// CHECK-LABEL: func @encode_powers_of_two
// CHECK-DAG: %[[HALF_OF_SMALLEST:.*]] = arith.constant 536870912 : i32
// CHECK-NOT: arith.addf
// CHECK: arith.cmpi ule, %{{.*}}, %[[HALF_OF_SMALLEST]] : i32
// CHECK: return
func.func @encode_powers_of_two(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E7M0> : f32 -> i8
  return %c : i8
}

// finite has no NaN: +0.

// CHECK-LABEL: func @encode_nan_finite
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK: arith.select %{{.*}}, %[[ZERO]], %{{.*}} : i32
// CHECK-NEXT: arith.trunci
func.func @encode_nan_finite(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : f32 -> i8
  return %c : i8
}

// fnuz: 0x80 for NaN, and a zero loses its sign.

// CHECK-LABEL: func @encode_fnuz
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[NAN:.*]] = arith.constant 128 : i32
// CHECK: %[[IS_ZERO:.*]] = arith.cmpi eq, %[[CODE:.*]], %[[ZERO]] : i32
// CHECK: %[[SIGNED:.*]] = arith.ori %[[CODE]]
// CHECK: arith.select %[[IS_ZERO]], %[[CODE]], %[[SIGNED]] : i32
// CHECK: arith.select %{{.*}}, %[[NAN]], %{{.*}} : i32
func.func @encode_fnuz(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FNUZ> : f32 -> i8
  return %c : i8
}

// -----

// overflow(infinity). ieee: the clamp is one step past the largest value, 2^16
// for E5M2, and infinity's code falls out.

// CHECK-LABEL: func @encode_overflow_ieee
// CHECK-DAG: %[[STEP:.*]] = arith.constant 1199570944 : i32
// CHECK: arith.minui %{{.*}}, %[[STEP]] : i32
func.func @encode_overflow_ieee(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> overflow(infinity) : f32 -> i8
  return %c : i8
}

// fn: what is past the middle (464 = 0x43E80000) is NaN, as NaN itself.

// CHECK-LABEL: func @encode_overflow_fn
// CHECK-DAG: %[[MIDDLE:.*]] = arith.constant 1139277824 : i32
// CHECK: arith.cmpi ugt, %{{.*}}, %[[MIDDLE]] : i32
func.func @encode_overflow_fn(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> overflow(infinity) : f32 -> i8
  return %c : i8
}

// fnuz: 248 (0x43780000) itself is past, for its tie goes up.

// CHECK-LABEL: func @encode_overflow_fnuz
// CHECK-DAG: %[[BELOW_MIDDLE:.*]] = arith.constant 1131937791 : i32
// CHECK: arith.cmpi ugt, %{{.*}}, %[[BELOW_MIDDLE]] : i32
func.func @encode_overflow_fnuz(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FNUZ> overflow(infinity) : f32 -> i8
  return %c : i8
}

// finite: as saturate, 124 = 0x42F80000.

// CHECK-LABEL: func @encode_overflow_finite
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[MAX_FINITE:.*]] = arith.constant 1123549184 : i32
// CHECK: arith.minui %{{.*}}, %[[MAX_FINITE]] : i32
// CHECK: arith.cmpf uno, %[[X]], %[[X]] : f32
func.func @encode_overflow_finite(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> overflow(infinity) : f32 -> i8
  return %c : i8
}

// -----

// The carrier: f32 for 16-bit inputs, which widen exactly; f64 for f64, which is
// never narrowed.

// CHECK-LABEL: func @encode_f16
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: arith.bitcast %{{.*}} : f32 to i32
func.func @encode_f16(%x: f16) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : f16 -> i8
  return %c : i8
}

// CHECK-LABEL: func @encode_bf16
// CHECK: arith.extf %{{.*}} : bf16 to f32
func.func @encode_bf16(%x: bf16) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : bf16 -> i8
  return %c : i8
}

// CHECK-LABEL: func @encode_f64
// CHECK-NOT: arith.truncf
// CHECK: arith.bitcast %{{.*}} : f64 to i64
// CHECK: arith.addf %{{.*}} : f64
// CHECK: arith.trunci %{{.*}} : i64 to i8
// CHECK-NOT: arith.truncf
// CHECK: return
func.func @encode_f64(%x: f64) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : f64 -> i8
  return %c : i8
}

// E7M0 with bias 0 ends at 2^127 and its overflow step is no f32: f64 carries.

// CHECK-LABEL: func @encode_near_the_end_of_f32
// CHECK: arith.extf %{{.*}} : f32 to f64
// CHECK: arith.bitcast %{{.*}} : f64 to i64
func.func @encode_near_the_end_of_f32(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E7M0, bias = 0, finite> : f32 -> i8
  return %c : i8
}

// E5M2 with bias 148 begins at 2^-149: subnormal in f32, normal in f64.

// CHECK-LABEL: func @encode_near_the_start_of_f32
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: arith.extf %{{.*}} : f32 to f64
func.func @encode_near_the_start_of_f32(%x: bf16) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2, bias = 148, ieee> : bf16 -> i8
  return %c : i8
}

// CHECK-LABEL: func @encode_vector
// CHECK: arith.addf %{{.*}}, %{{.*}} : vector<4x[8]xf32>
// CHECK: arith.trunci %{{.*}} : vector<4x[8]xi32> to vector<4x[8]xi8>
func.func @encode_vector(%x: vector<4x[8]xf32>) -> vector<4x[8]xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : vector<4x[8]xf32> -> vector<4x[8]xi8>
  return %c : vector<4x[8]xi8>
}

// -----

//===----------------------------------------------------------------------===//
// decode
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @decode_by_subtraction
// The implicit bit of the subnormals, 2^-6, is taken away.
// CHECK-DAG: %[[SMALLEST_NORMAL:.*]] = arith.constant 1.562500e-02 : f32
// CHECK-DAG: %[[NAN:.*]] = arith.constant 2143289344 : i32
// CHECK: arith.extui %{{.*}} : i8 to i32
// CHECK: arith.subf %{{.*}}, %[[SMALLEST_NORMAL]] : f32
// CHECK: arith.select %{{.*}}, %[[NAN]], %{{.*}} : i32
func.func @decode_by_subtraction(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E4M3FN> : i8 -> f32
  return %x : f32
}

// CHECK-LABEL: func @decode_uniform
// CHECK-DAG: %[[ADDEND:.*]] = arith.constant 6.553600e+04 : f32
// CHECK: arith.ori
// CHECK: arith.subf %{{.*}}, %[[ADDEND]] : f32
// CHECK-NOT: arith.select
// CHECK: return
func.func @decode_uniform(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E0M7> : i8 -> f32
  return %x : f32
}

// CHECK-LABEL: func @decode_powers_of_two
// CHECK-NOT: arith.subf
// CHECK: arith.select
// CHECK: return
func.func @decode_powers_of_two(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E7M0> : i8 -> f32
  return %x : f32
}

// ieee: 0x7C is infinity, what is above is NaN.

// CHECK-LABEL: func @decode_ieee
// CHECK-DAG: %[[TOP:.*]] = arith.constant 124 : i32
// CHECK: arith.cmpi eq, %{{.*}}, %[[TOP]] : i32
// CHECK: arith.cmpi ugt, %{{.*}}, %[[TOP]] : i32
func.func @decode_ieee(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> f32
  return %x : f32
}

// fnuz: only 0x80, sign included, is NaN.

// CHECK-LABEL: func @decode_fnuz
// CHECK: %[[WIDE:.*]] = arith.extui %{{.*}} : i8 to i32
// CHECK: arith.cmpi eq, %[[WIDE]], %{{.*}} : i32
func.func @decode_fnuz(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2FNUZ> : i8 -> f32
  return %x : f32
}

// Exact in f32; f16 results round from there, f64 widens, and in bf16, the upper
// half of f32, every value is exact.

// CHECK-LABEL: func @decode_other_types
// CHECK-DAG: %[[SIXTEEN:.*]] = arith.constant 16 : i32
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK-NOT: arith.truncf
// CHECK: %[[UPPER:.*]] = arith.shrui %{{.*}}, %[[SIXTEEN]] : i32
// CHECK-NEXT: %[[HALF:.*]] = arith.trunci %[[UPPER]] : i32 to i16
// CHECK-NEXT: arith.bitcast %[[HALF]] : i16 to bf16
// CHECK: arith.extf %{{.*}} : f32 to f64
func.func @decode_other_types(%c: i8) -> (f16, bf16, f64) {
  %0 = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> f16
  %1 = altgrad.decode %c in !altgrad.fp8<E4M3FN> : i8 -> bf16
  %2 = altgrad.decode %c in !altgrad.fp8<E3M4> : i8 -> f64
  return %0, %1, %2 : f16, bf16, f64
}

// CHECK-LABEL: func @decode_near_the_start_of_f32
// CHECK: arith.extui %{{.*}} : i8 to i64
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @decode_near_the_start_of_f32(%c: i8) -> f32 {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2, bias = 148, ieee> : i8 -> f32
  return %x : f32
}

// -----

//===----------------------------------------------------------------------===//
// round
//===----------------------------------------------------------------------===//

// The sum minus the addend: the rounded value without a code between. Clamps are
// compare and select in an order that keeps NaN, so nothing looks for it later.
// The addend is 1.5 * 2^(e+20), for a sum with a negative number as well.

// CHECK-LABEL: func @round_by_magic_addition
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[MAX:.*]] = arith.constant 4.480000e+02 : f32
// CHECK-DAG: %[[MIN:.*]] = arith.constant -4.480000e+02 : f32
// CHECK-DAG: %[[EXPONENT_BITS:.*]] = arith.constant 2139095040 : i32
// CHECK-DAG: %[[SMALLEST_NORMAL:.*]] = arith.constant 1.562500e-02 : f32
// CHECK-DAG: %[[SIGN_BIT:.*]] = arith.constant -2147483648 : i32
// (20 << 23) + (1 << 22)
// CHECK-DAG: %[[UP:.*]] = arith.constant 171966464 : i32
// CHECK: %[[IS_ABOVE:.*]] = arith.cmpf olt, %[[MAX]], %[[X]] : f32
// CHECK: %[[AT_MOST:.*]] = arith.select %[[IS_ABOVE]], %[[MAX]], %[[X]] : f32
// CHECK: %[[IS_BELOW:.*]] = arith.cmpf ogt, %[[MIN]], %[[AT_MOST]] : f32
// CHECK: %[[CLAMPED:.*]] = arith.select %[[IS_BELOW]], %[[MIN]], %[[AT_MOST]] : f32
// CHECK: arith.andi %{{.*}}, %[[EXPONENT_BITS]] : i32
// CHECK: %[[IS_SUBNORMAL:.*]] = arith.cmpf ogt, %[[SMALLEST_NORMAL]], %{{.*}} : f32
// CHECK: %[[BINADE:.*]] = arith.select %[[IS_SUBNORMAL]], %[[SMALLEST_NORMAL]], %{{.*}} : f32
// CHECK: %[[BINADE_BITS:.*]] = arith.bitcast %[[BINADE]] : f32 to i32
// CHECK: %[[ADDEND_BITS:.*]] = arith.addi %[[BINADE_BITS]], %[[UP]] : i32
// CHECK: %[[ADDEND:.*]] = arith.bitcast %[[ADDEND_BITS]] : i32 to f32
// CHECK: %[[SUM:.*]] = arith.addf %[[CLAMPED]], %[[ADDEND]] : f32
// CHECK: arith.subf %[[SUM]], %[[ADDEND]] : f32
// CHECK: arith.andi %{{.*}}, %[[SIGN_BIT]] : i32
// CHECK: arith.ori
// CHECK-NOT: arith.select
// CHECK-NOT: i8
// CHECK-NOT: fastmath
// CHECK: return
func.func @round_by_magic_addition(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : f32
  return %y : f32
}

// The sign of a zero, which the sum has lost, does not matter to comparisons.

// CHECK-LABEL: func @round_compared
// CHECK-NOT: arith.ori
// CHECK: arith.cmpf oeq
// CHECK: return
func.func @round_compared(%x: f32, %z: f32) -> i1 {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : f32
  %same = arith.cmpf oeq, %y, %z : f32
  return %same : i1
}

// Powers of two: just less than half is added to the bits, which are cut. What is
// at most half of the smallest one, 2^-63, is zero, and NaN too.

// CHECK-LABEL: func @round_powers_of_two
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[HALF_OF_SMALLEST:.*]] = arith.constant 1.08420217E-19 : f32
// CHECK-DAG: %[[SMALLEST:.*]] = arith.constant 2.16840434E-19 : f32
// CHECK-DAG: %[[LESS_THAN_HALF:.*]] = arith.constant 4194303 : i32
// CHECK-DAG: %[[EXPONENT_BITS:.*]] = arith.constant 2139095040 : i32
// CHECK-DAG: %[[NO_BITS:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NOT: arith.addf
// CHECK: arith.cmpf ogt, %[[SMALLEST]], %[[MAGNITUDE:.*]] : f32
// CHECK: %[[RAISED:.*]] = arith.addi %{{.*}}, %[[LESS_THAN_HALF]] : i32
// CHECK: %[[CUT:.*]] = arith.andi %[[RAISED]], %[[EXPONENT_BITS]] : i32
// CHECK: %[[IS_NOT_ZERO:.*]] = arith.cmpf ogt, %[[MAGNITUDE]], %[[HALF_OF_SMALLEST]] : f32
// CHECK: arith.select %[[IS_NOT_ZERO]], %[[CUT]], %[[NO_BITS]] : i32
// CHECK: %[[IS_NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]] : f32
// CHECK: %[[RESULT:.*]] = arith.select %[[IS_NAN]], %[[ZERO]], %{{.*}} : f32
// CHECK-NOT: arith.addf
// CHECK: return %[[RESULT]]
func.func @round_powers_of_two(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E7M0> : f32
  return %y : f32
}

// What is past the largest value is infinity, with the sign of x. The comparison
// is false for NaN.

// CHECK-LABEL: func @round_overflow_ieee
// CHECK-DAG: %[[MAX_FINITE:.*]] = arith.constant 5.734400e+04 : f32
// CHECK-DAG: %[[STEP:.*]] = arith.constant 6.553600e+04 : f32
// CHECK-DAG: %[[INFINITY_BITS:.*]] = arith.constant 2139095040 : i32
// CHECK-DAG: %[[SIGN_BIT:.*]] = arith.constant -2147483648 : i32
// CHECK: arith.cmpf olt, %[[STEP]], %{{.*}} : f32
// CHECK: arith.subf
// CHECK: %[[IS_PAST:.*]] = arith.cmpf ogt, %{{.*}}, %[[MAX_FINITE]] : f32
// CHECK: %[[SIGN:.*]] = arith.andi %{{.*}}, %[[SIGN_BIT]] : i32
// CHECK: %[[WITH_SIGN:.*]] = arith.ori %[[SIGN]], %[[INFINITY_BITS]] : i32
// CHECK: %[[INFINITY:.*]] = arith.bitcast %[[WITH_SIGN]] : i32 to f32
// CHECK: arith.select %[[IS_PAST]], %[[INFINITY]], %{{.*}} : f32
func.func @round_overflow_ieee(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E5M2> overflow(infinity) : f32
  return %y : f32
}

// fn has no infinity: what is past the middle (464 = 0x43E80000) is NaN.

// CHECK-LABEL: func @round_overflow_fn
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[MIDDLE:.*]] = arith.constant 1139277824 : i32
// CHECK-DAG: %[[NAN:.*]] = arith.constant 0x7FC00000 : f32
// CHECK: arith.bitcast %[[X]] : f32 to i32
// CHECK: %[[IS_NAN:.*]] = arith.cmpi ugt, %{{.*}}, %[[MIDDLE]] : i32
// CHECK: arith.select %[[IS_NAN]], %[[NAN]], %{{.*}} : f32
func.func @round_overflow_fn(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> overflow(infinity) : f32
  return %y : f32
}

// finite has no NaN: +0, whatever the sign.

// CHECK-LABEL: func @round_nan_finite
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[IS_NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]] : f32
// CHECK: %[[RESULT:.*]] = arith.select %[[IS_NAN]], %[[ZERO]], %{{.*}} : f32
// CHECK: return %[[RESULT]]
func.func @round_nan_finite(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E3M4> : f32
  return %y : f32
}

// One grid, one addend: 1.5 * 2^16.

// CHECK-LABEL: func @round_uniform
// CHECK-DAG: %[[ADDEND:.*]] = arith.constant 9.830400e+04 : f32
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[ADDEND]] : f32
// CHECK: arith.subf %[[SUM]], %[[ADDEND]] : f32
func.func @round_uniform(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E0M7> : f32
  return %y : f32
}

// fnuz: a zero has no sign.

// CHECK-LABEL: func @round_fnuz
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: %[[ROUNDED:.*]] = arith.subf %[[SUM]]
// CHECK-NOT: arith.ori
// CHECK: return %[[ROUNDED]]
func.func @round_fnuz(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FNUZ> : f32
  return %y : f32
}

// CHECK-LABEL: func @round_f64
// CHECK-NOT: arith.truncf
// CHECK: arith.addf %{{.*}} : f64
// CHECK: arith.subf %{{.*}} : f64
// CHECK-NOT: arith.truncf
// CHECK: return
func.func @round_f64(%x: f64) -> f64 {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : f64
  return %y : f64
}

// CHECK-LABEL: func @round_16_bit
// CHECK: arith.extf %{{.*}} : vector<4xf16> to vector<4xf32>
// CHECK: arith.truncf %{{.*}} : vector<4xf32> to vector<4xf16>
func.func @round_16_bit(%x: vector<4xf16>) -> vector<4xf16> {
  %y = altgrad.round %x in !altgrad.fp8<E5M2> : vector<4xf16>
  return %y : vector<4xf16>
}
