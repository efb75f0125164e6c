// Each error of altgrad-set-format. The pass runs once per part of the file.
//
// RUN: split-file %s %t
// RUN: not altgrad-opt %t/plain.mlir --altgrad-set-format 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NOTHING
// RUN: not altgrad-opt %t/plain.mlir --altgrad-set-format=format=E9M9 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN
// RUN: not altgrad-opt %t/plain.mlir --altgrad-set-format='format="E4M4, bias = 7, fn"' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=IMPOSSIBLE
// RUN: not altgrad-opt %t/plain.mlir --altgrad-set-format='format=E5M2 from=E9M9' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FROM
// RUN: not altgrad-opt %t/plain.mlir --altgrad-set-format=cotangent-format=E9M9 2>&1 \
// RUN:   | FileCheck %s --check-prefix=COTANGENT
// RUN: altgrad-opt %t/constant.mlir --altgrad-set-format=format=E5M2 -verify-diagnostics
// RUN: altgrad-opt %t/builtin.mlir --altgrad-set-format=format=E5M2 -verify-diagnostics
// RUN: altgrad-opt %t/builtin-to-code.mlir --altgrad-set-format=format=E5M2 -verify-diagnostics
// A format that stays, or is not asked for, is no error.
// RUN: altgrad-opt %t/constant.mlir --altgrad-set-format=format=E4M3FN | FileCheck %s --check-prefix=SAME
// RUN: altgrad-opt %t/constant.mlir --altgrad-set-format='format=E5M2 from=E0M7' | FileCheck %s --check-prefix=SAME
// SAME: altgrad.constant 56 : i8 as !E4M3FN

// NOTHING: error: altgrad-set-format expected the option format to name a format but got nothing
// UNKNOWN: error: altgrad-set-format cannot read the option format 'E9M9': expected a named format
// IMPOSSIBLE: error: altgrad-set-format cannot read the option format 'E4M4, bias = 7, fn': expected exponent and mantissa bits that add up to 7 but got E4M4
// COTANGENT: error: altgrad-set-format cannot read the option cotangent-format 'E9M9': expected a named format
// FROM: error: altgrad-set-format cannot read the option from 'E9M9': expected a named format

//--- plain.mlir
func.func @plain(%x: f32) -> f32 {
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : f32
  return %y : f32
}

//--- constant.mlir
// 0x38 is 1.0 in E4M3FN and 0.5 in E5M2.
func.func @constant() -> !altgrad.fp8<E4M3FN> {
  // expected-error @+1 {{'altgrad.constant' op expected no constant codes of a replaced format but got '!altgrad.fp8<E4M3, bias = 7, fn>'}}
  %c = altgrad.constant 56 : i8 as !altgrad.fp8<E4M3FN>
  return %c : !altgrad.fp8<E4M3FN>
}

//--- builtin.mlir
func.func @builtin(%q: tensor<4x!altgrad.fp8<E4M3FN>>) -> tensor<4xf8E4M3FN> {
  // expected-error @+1 {{'altgrad.bitcast' op expected no builtin float type with the encoding of a replaced format but got 'tensor<4xf8E4M3FN>'}}
  %0 = altgrad.bitcast %q : tensor<4x!altgrad.fp8<E4M3FN>> to tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

//--- builtin-to-code.mlir
func.func @builtin_to_code(%f: f8E4M3FN) -> !altgrad.fp8<E4M3FN> {
  // expected-error @+1 {{but got 'f8E4M3FN'}}
  %0 = altgrad.bitcast %f : f8E4M3FN to !altgrad.fp8<E4M3FN>
  return %0 : !altgrad.fp8<E4M3FN>
}
