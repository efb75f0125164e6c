// docs/Rationale.md: why a round trip with an unknown scale stays, and what a
// constant scale makes of it.

// RUN: altgrad-opt %s --canonicalize > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @twice
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[NAN:.*]] = arith.constant 0x7FC00000 : f32
// CHECK:         return %[[ZERO]], %[[NAN]]
// CHECK-LABEL: func.func @back
// CHECK-SAME:      (%[[E4M3FN:.*]]: !E4M3FN, %[[E3M4:.*]]: !E3M4)
// CHECK:         %[[ENCODED:.*]] = altgrad.quantize
// CHECK:         return %[[ENCODED]], %[[E3M4]]

func.func @twice() -> (f32, f32) {
  %x = arith.constant 1.0 : f32
  %scale = arith.constant 0.0 : f32
  %once = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E4M3FN> : f32, f32
  %twice = altgrad.fake_quantize %once, %scale in !altgrad.fp8<E4M3FN> : f32, f32
  return %once, %twice : f32, f32
}
func.func @back(%p: !altgrad.fp8<E4M3FN>, %q: !altgrad.fp8<E3M4>)
    -> (!altgrad.fp8<E4M3FN>, !altgrad.fp8<E3M4>) {
  %x = altgrad.dequantize %p : !altgrad.fp8<E4M3FN> -> f32
  %y = altgrad.dequantize %q : !altgrad.fp8<E3M4> -> f32
  %r = altgrad.quantize %x : f32 -> !altgrad.fp8<E4M3FN>
  %s = altgrad.quantize %y : f32 -> !altgrad.fp8<E3M4>
  return %r, %s : !altgrad.fp8<E4M3FN>, !altgrad.fp8<E3M4>
}
