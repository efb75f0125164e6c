// One program, any format.
//
// RUN: altgrad-opt %s --altgrad-set-format=format=E5M2 | FileCheck %s
// RUN: altgrad-opt %s --altgrad-set-format='format="E3M4, bias = 5, finite"' \
// RUN:   | FileCheck %s --check-prefix=EXPLICIT
// RUN: altgrad-opt %s --altgrad-set-format='format=E5M2 from=E4M3FN' \
// RUN:   | FileCheck %s --check-prefix=FROM
// RUN: altgrad-opt %s --altgrad-set-format='format=E0M7 cotangent-format=E3M4' \
// RUN:   | FileCheck %s --check-prefix=BOTH
// RUN: altgrad-opt %s --altgrad-set-format='cotangent-format=E3M4' \
// RUN:   | FileCheck %s --check-prefix=COTANGENT
// RUN: altgrad-opt %s --altgrad-set-format='cotangent-format=none' \
// RUN:   | FileCheck %s --check-prefix=NONE

// Types and attributes of altgrad ops.

// CHECK-LABEL: func @operations
// CHECK-SAME: -> tensor<?x!E5M2>
// CHECK: altgrad.compute_scale %{{.*}} in !E5M2
// CHECK: altgrad.quantize %{{.*}} -> tensor<?x!E5M2>
// CHECK: altgrad.stall %{{.*}} in !E5M2
// CHECK: altgrad.round %{{.*}} in !E5M2
// EXPLICIT-LABEL: func @operations
// EXPLICIT-SAME: -> tensor<?x!E3M4_b5_finite>
// EXPLICIT: altgrad.compute_scale %{{.*}} in !E3M4_b5_finite
// FROM-LABEL: func @operations
// FROM: altgrad.compute_scale %{{.*}} in !E5M2
// FROM: altgrad.quantize %{{.*}} -> tensor<?x!E5M2>
// FROM: altgrad.stall %{{.*}} in !E5M2
// FROM: altgrad.round %{{.*}} in !E0M7
func.func @operations(%x: tensor<?xf32>, %amax: f32) -> tensor<?x!altgrad.fp8<E4M3FN>> {
  %s = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
  %stalled, %total = altgrad.stall %x, %x, %s, %s in !altgrad.fp8<E4M3FN> : tensor<?xf32>, f32 -> i64, i64
  %r = altgrad.round %s in !altgrad.fp8<E0M7> : f32
  return %q : tensor<?x!altgrad.fp8<E4M3FN>>
}

// Types anywhere: declarations, calls, block arguments, other dialects.

// CHECK: func private @elsewhere(memref<*x!E5M2>) -> vector<4x!E5M2>
func.func private @elsewhere(memref<*x!altgrad.fp8<E4M3FN>>) -> vector<4x!altgrad.fp8<E4M3FN>>

// CHECK-LABEL: func @other_dialects
// CHECK: call @elsewhere(%{{.*}}) : (memref<*x!E5M2>) -> vector<4x!E5M2>
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (tensor<4x!E5M2>)
// CHECK: cf.br ^[[NEXT:.*]](%{{.*}} : tensor<4x!E5M2>)
// CHECK: ^[[NEXT]](%{{.*}}: tensor<4x!E5M2>)
func.func @other_dialects(%m: memref<*x!altgrad.fp8<E4M3FN>>, %q: tensor<4x!altgrad.fp8<E4M3FN>>,
                          %n: index) -> tensor<4x!altgrad.fp8<E4M3FN>> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = func.call @elsewhere(%m) : (memref<*x!altgrad.fp8<E4M3FN>>) -> vector<4x!altgrad.fp8<E4M3FN>>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %q) -> (tensor<4x!altgrad.fp8<E4M3FN>>) {
    scf.yield %a : tensor<4x!altgrad.fp8<E4M3FN>>
  }
  cf.br ^next(%r : tensor<4x!altgrad.fp8<E4M3FN>>)
^next(%b: tensor<4x!altgrad.fp8<E4M3FN>>):
  return %b : tensor<4x!altgrad.fp8<E4M3FN>>
}

// Bytes stay bytes, whatever they encode.

// CHECK-LABEL: func @bytes
// CHECK: altgrad.bitcast %{{.*}} : !E5M2 to i8
func.func @bytes(%q: !altgrad.fp8<E4M3FN>) -> i8 {
  %0 = altgrad.bitcast %q : !altgrad.fp8<E4M3FN> to i8
  return %0 : i8
}

// The format of cotangents has an option of its own.

// CHECK-LABEL: func @cotangents
// CHECK: altgrad.quantize %{{.*}} cotangent_format(!E4M3FN) : f32 -> !E5M2
// CHECK: altgrad.fake_quantize %{{.*}} in !E5M2 cotangent_format(!E0M7) : f32
// CHECK: altgrad.fake_quantize %{{.*}} in !E5M2 : f32
// FROM-LABEL: func @cotangents
// FROM: altgrad.quantize %{{.*}} cotangent_format(!E4M3FN) : f32 -> !E5M2
// BOTH-LABEL: func @cotangents
// BOTH: altgrad.quantize %{{.*}} cotangent_format(!E3M4) : f32 -> !E0M7
// BOTH-COUNT-2: altgrad.fake_quantize %{{.*}} in !E0M7 cotangent_format(!E3M4) : f32
// COTANGENT-LABEL: func @cotangents
// COTANGENT: altgrad.quantize %{{.*}} cotangent_format(!E3M4) : f32 -> !E4M3FN
// COTANGENT-COUNT-2: altgrad.fake_quantize %{{.*}} in !E4M3FN cotangent_format(!E3M4) : f32
// NONE-LABEL: func @cotangents
// NONE: altgrad.quantize %{{.*}} : f32 -> !E4M3FN
// NONE-COUNT-2: altgrad.fake_quantize %{{.*}} in !E4M3FN : f32
func.func @cotangents(%x: f32) -> (!altgrad.fp8<E4M3FN>, f32, f32) {
  %0 = altgrad.quantize %x cotangent_format(!altgrad.fp8<E4M3FN>) : f32 -> !altgrad.fp8<E4M3FN>
  %1 = altgrad.fake_quantize %x in !altgrad.fp8<E4M3FN> cotangent_format(!altgrad.fp8<E0M7>) : f32
  %2 = altgrad.fake_quantize %x in !altgrad.fp8<E4M3FN> : f32
  return %0, %1, %2 : !altgrad.fp8<E4M3FN>, f32, f32
}
