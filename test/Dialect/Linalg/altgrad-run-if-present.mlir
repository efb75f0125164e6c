// What is looked for, and what is refused.
//
// RUN: altgrad-opt %s --pass-pipeline='builtin.module(func.func(altgrad-run-if-present{ops=math.sqrt,affine pipeline=func.func(convert-math-to-llvm)}))' | FileCheck %s
// RUN: not altgrad-opt %s --pass-pipeline='builtin.module(altgrad-run-if-present{pipeline=builtin.module(no-such-pass)})' 2>&1 | FileCheck %s --check-prefix=PIPELINE
// RUN: not altgrad-opt %s --pass-pipeline='builtin.module(altgrad-run-if-present{types=x32 pipeline=builtin.module(cse)})' 2>&1 | FileCheck %s --check-prefix=TYPE

// PIPELINE: error: altgrad-run-if-present expected a pipeline but got 'builtin.module(no-such-pass)': {{.*}}'no-such-pass' does not refer to a registered pass
// TYPE: error: altgrad-run-if-present expected an element type but got 'x32'

// CHECK-LABEL: func.func @listed
// CHECK:         llvm.intr.sqrt
func.func @listed(%x: f32) -> f32 {
  %y = math.sqrt %x : f32
  return %y : f32
}
// CHECK-LABEL: func.func @dialect
// CHECK:         llvm.intr.exp
func.func @dialect(%x: f32, %m: memref<4xf32>) -> f32 {
  %y = math.exp %x : f32
  affine.store %y, %m[0] : memref<4xf32>
  return %y : f32
}
// CHECK-LABEL: func.func @other
// CHECK:         math.exp
func.func @other(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}
