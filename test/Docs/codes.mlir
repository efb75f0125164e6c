// docs/Pipelines.md, convert-altgrad-to-arith, codes.

// RUN: altgrad-opt %s --convert-altgrad-to-arith > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @one() -> i8
// CHECK:         %[[ONE:.*]] = arith.constant 56 : i8
// CHECK:         return %[[ONE]] : i8
// CHECK-LABEL: func.func @bits(
// CHECK-SAME:      %[[CODE:.*]]: i8) -> (i8, f8E4M3FN)
// CHECK:         %[[BUILTIN:.*]] = arith.bitcast %[[CODE]] : i8 to f8E4M3FN
// CHECK:         return %[[CODE]], %[[BUILTIN]] : i8, f8E4M3FN

func.func @one() -> !altgrad.fp8<E4M3FN> {
  // 1.0 (0x38: e=7, m=0)
  %one = altgrad.constant 0x38 : i8 as !altgrad.fp8<E4M3FN>
  return %one : !altgrad.fp8<E4M3FN>
}
func.func @bits(%code: !altgrad.fp8<E4M3FN>) -> (i8, f8E4M3FN) {
  %byte = altgrad.bitcast %code : !altgrad.fp8<E4M3FN> to i8
  %builtin = altgrad.bitcast %code : !altgrad.fp8<E4M3FN> to f8E4M3FN
  return %byte, %builtin : i8, f8E4M3FN
}
