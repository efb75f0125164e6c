// docs/Pipelines.md, altgrad-set-fast-math.

// RUN: altgrad-opt %s --altgrad-set-fast-math > %t.after
// RUN: FileCheck %s < %t.after
// RUN: altgrad-opt %s --altgrad-set-fast-math --convert-altgrad-to-arith \
// RUN:   | FileCheck %s --check-prefix=LOWERED
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E5M2 fastmath<arcp> : f32, f32

// LOWERED: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// LOWERED: %[[RECIPROCAL:.*]] = arith.divf %[[ONE]], %[[SCALE:.*]] : f32
// LOWERED: arith.mulf %{{.*}}, %[[RECIPROCAL]] : f32

func.func @rounded(%x: f32, %scale: f32) -> f32 {
  %y = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E5M2> : f32, f32
  return %y : f32
}
