// The type: names are sugar of the parser, printing shows all four parameters,
// under an alias that is readable.
//
// RUN: altgrad-opt %s | FileCheck %s
// RUN: altgrad-opt %s --mlir-print-local-scope | FileCheck %s --check-prefix=EXPLICIT
// Text and bytecode there and back again.
// RUN: altgrad-opt %s | altgrad-opt | FileCheck %s
// RUN: altgrad-opt %s --emit-bytecode | altgrad-opt | FileCheck %s

// CHECK-DAG: !E0M7 = !altgrad.fp8<E0M7, bias = 0, finite>
// CHECK-DAG: !E1M6 = !altgrad.fp8<E1M6, bias = 0, finite>
// CHECK-DAG: !E3M4 = !altgrad.fp8<E3M4, bias = 1, finite>
// CHECK-DAG: !E5M2 = !altgrad.fp8<E5M2, bias = 15, ieee>
// CHECK-DAG: !E7M0 = !altgrad.fp8<E7M0, bias = 63, finite>
// CHECK-DAG: !E2M5 = !altgrad.fp8<E2M5, bias = 1, finite>
// CHECK-DAG: !E6M1 = !altgrad.fp8<E6M1, bias = 31, finite>
// CHECK-DAG: !E4M3FN = !altgrad.fp8<E4M3, bias = 7, fn>
// CHECK-DAG: !E4M3 = !altgrad.fp8<E4M3, bias = 7, ieee>
// CHECK-DAG: !E3M4IEEE = !altgrad.fp8<E3M4, bias = 3, ieee>
// CHECK-DAG: !E4M3FNUZ = !altgrad.fp8<E4M3, bias = 8, fnuz>
// CHECK-DAG: !E5M2FNUZ = !altgrad.fp8<E5M2, bias = 16, fnuz>
// CHECK-DAG: !E4M3B11FNUZ = !altgrad.fp8<E4M3, bias = 11, fnuz>
// A format without a name is called after its parameters.
// CHECK-DAG: !E3M4_bm2_finite = !altgrad.fp8<E3M4, bias = -2, finite>
// CHECK-DAG: !E7M0_b100_finite = !altgrad.fp8<E7M0, bias = 100, finite>
// CHECK-DAG: !E7M0_b64_ieee = !altgrad.fp8<E7M0, bias = 64, ieee>
// CHECK-DAG: !E0M7_b0_fn = !altgrad.fp8<E0M7, bias = 0, fn>
// CHECK-DAG: !E0M7_b0_fnuz = !altgrad.fp8<E0M7, bias = 0, fnuz>

// EXPLICIT-LABEL: @fixed_point
// EXPLICIT-SAME: (!altgrad.fp8<E0M7, bias = 0, finite>)
func.func private @fixed_point(!altgrad.fp8<E0M7>)
// EXPLICIT-LABEL: @one_exponent_bit
// EXPLICIT-SAME: (!altgrad.fp8<E1M6, bias = 0, finite>)
func.func private @one_exponent_bit(!altgrad.fp8<E1M6>)
// EXPLICIT-LABEL: @no_mantissa
// EXPLICIT-SAME: (!altgrad.fp8<E7M0, bias = 63, finite>)
func.func private @no_mantissa(!altgrad.fp8<E7M0>)
// EXPLICIT-LABEL: @one_mantissa_bit
// EXPLICIT-SAME: (!altgrad.fp8<E6M1, bias = 31, finite>)
func.func private @one_mantissa_bit(!altgrad.fp8<E6M1>)
// EXPLICIT-LABEL: @two_exponent_bits
// EXPLICIT-SAME: (!altgrad.fp8<E2M5, bias = 1, finite>)
func.func private @two_exponent_bits(!altgrad.fp8<E2M5>)

// Three formats that others call E4M3, and two of E3M4 and E5M2 each.

// EXPLICIT-LABEL: @namesakes_of_e4m3
// EXPLICIT-SAME: !altgrad.fp8<E4M3, bias = 7, ieee>
// EXPLICIT-SAME: !altgrad.fp8<E4M3, bias = 7, fn>
// EXPLICIT-SAME: !altgrad.fp8<E4M3, bias = 8, fnuz>
// EXPLICIT-SAME: !altgrad.fp8<E4M3, bias = 11, fnuz>
func.func private @namesakes_of_e4m3(!altgrad.fp8<E4M3>, !altgrad.fp8<E4M3FN>,
                                     !altgrad.fp8<E4M3FNUZ>, !altgrad.fp8<E4M3B11FNUZ>)
// EXPLICIT-LABEL: @namesakes_of_e3m4
// EXPLICIT-SAME: !altgrad.fp8<E3M4, bias = 1, finite>
// EXPLICIT-SAME: !altgrad.fp8<E3M4, bias = 3, ieee>
func.func private @namesakes_of_e3m4(!altgrad.fp8<E3M4>, !altgrad.fp8<E3M4IEEE>)
// EXPLICIT-LABEL: @namesakes_of_e5m2
// EXPLICIT-SAME: !altgrad.fp8<E5M2, bias = 15, ieee>
// EXPLICIT-SAME: !altgrad.fp8<E5M2, bias = 16, fnuz>
func.func private @namesakes_of_e5m2(!altgrad.fp8<E5M2>, !altgrad.fp8<E5M2FNUZ>)

// The explicit spelling of a named format is the same type: one alias.

// CHECK-LABEL: @spelled_out
// CHECK-SAME: (!E4M3FN, !E4M3FN, !E5M2)
func.func private @spelled_out(!altgrad.fp8<E4M3, bias = 7, fn>, !altgrad.fp8<E4M3FN>,
                               !altgrad.fp8<E5M2, bias=15, ieee>)

// CHECK-LABEL: @nameless
// CHECK-SAME: (!E3M4_bm2_finite, !E7M0_b100_finite, !E7M0_b64_ieee, !E0M7_b0_fn, !E0M7_b0_fnuz)
func.func private @nameless(!altgrad.fp8<E3M4, bias = -2, finite>,
                            !altgrad.fp8<E7M0, bias = 100, finite>,
                            !altgrad.fp8<E7M0, bias = 64, ieee>,
                            !altgrad.fp8<E0M7, bias = 0, fn>,
                            !altgrad.fp8<E0M7, bias = 0, fnuz>)

// The largest and the smallest bias which f32 can express: E5M2 from 2^-149 and
// up to 1.75 * 2^127.

// EXPLICIT-LABEL: @outermost_biases
// EXPLICIT-SAME: !altgrad.fp8<E5M2, bias = 148, ieee>
// EXPLICIT-SAME: !altgrad.fp8<E5M2, bias = -97, ieee>
func.func private @outermost_biases(!altgrad.fp8<E5M2, bias = 148, ieee>,
                                    !altgrad.fp8<E5M2, bias = -97, ieee>)

// A code may be an element of every container.

// CHECK-LABEL: @elements
// CHECK-SAME: tensor<4x!E5M2>
// CHECK-SAME: tensor<?x3x!E5M2>
// CHECK-SAME: tensor<!E5M2>
// CHECK-SAME: tensor<*x!E5M2>
// CHECK-SAME: vector<4x!E5M2>
// CHECK-SAME: vector<[4]x!E5M2>
// CHECK-SAME: vector<!E5M2>
// CHECK-SAME: memref<4x!E5M2, strided<[2], offset: 1>>
// CHECK-SAME: memref<*x!E5M2>
// CHECK-SAME: tuple<!E5M2, i8>
func.func private @elements(
    tensor<4x!altgrad.fp8<E5M2>>, tensor<?x3x!altgrad.fp8<E5M2>>,
    tensor<!altgrad.fp8<E5M2>>, tensor<*x!altgrad.fp8<E5M2>>,
    vector<4x!altgrad.fp8<E5M2>>, vector<[4]x!altgrad.fp8<E5M2>>,
    vector<!altgrad.fp8<E5M2>>,
    memref<4x!altgrad.fp8<E5M2>, strided<[2], offset: 1>>,
    memref<*x!altgrad.fp8<E5M2>>, tuple<!altgrad.fp8<E5M2>, i8>)
