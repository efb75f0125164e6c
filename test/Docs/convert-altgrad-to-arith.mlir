// docs/Pipelines.md, convert-altgrad-to-arith.

// RUN: altgrad-opt %s --convert-altgrad-to-arith > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// The addend 2^16 makes the sum a multiple of 2^16 / 2^23 = 1/128.
// CHECK-LABEL: func.func @encode(
// CHECK:         %[[ADDEND:.*]] = arith.constant 6.553600e+04 : f32
// CHECK:         arith.addf %{{.*}}, %[[ADDEND]] : f32
// CHECK:         return %{{.*}} : i8

func.func @encode(%x: f32) -> i8 {
  %code = altgrad.encode %x in !altgrad.fp8<E0M7> : f32 -> i8
  return %code : i8
}
