// RUN: altgrad-opt %s --pass-pipeline='builtin.module(gpu.module(altgrad-narrow-bf16))' \
// RUN:   -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: gpu.module @hopper
gpu.module @hopper [#nvvm.target<chip = "sm_90">] {
  // A weight's step, and whether the rounded weight moves: all of it in bf16.
  // CHECK-LABEL: gpu.func @stall(
  // CHECK-SAME:      %[[W:.*]]: vector<8xbf16>, %[[G:.*]]: vector<8xbf16>, %[[LR:.*]]: bf16)
  // CHECK-DAG:     %[[LRS:.*]] = vector.broadcast %[[LR]] : bf16 to vector<8xbf16>
  // CHECK-DAG:     %[[MINUS:.*]] = arith.negf %[[LRS]] : vector<8xbf16>
  // CHECK:         %[[STEP:.*]] = arith.mulf %[[MINUS]], %[[G]] : vector<8xbf16>
  // CHECK:         %[[MOVED:.*]] = arith.addf %[[W]], %[[STEP]] : vector<8xbf16>
  // CHECK:         %[[OLD:.*]] = altgrad.round %[[W]] in {{.*}} : vector<8xbf16>
  // CHECK:         %[[NEW:.*]] = altgrad.round %[[MOVED]] in {{.*}} : vector<8xbf16>
  // CHECK:         arith.cmpf oeq, %[[OLD]], %[[NEW]] : vector<8xbf16>
  // CHECK:         %[[SIZE:.*]] = math.absf %[[G]] : vector<8xbf16>
  // CHECK:         %[[LIMIT:.*]] = arith.constant dense<1.250000e-01> : vector<8xbf16>
  // CHECK:         arith.cmpf ogt, %[[SIZE]], %[[LIMIT]] : vector<8xbf16>
  // CHECK-NOT:     arith.extf
  // CHECK:         gpu.return
  gpu.func @stall(%w: vector<8xbf16>, %g: vector<8xbf16>, %lr: bf16)
      -> (vector<8xi1>, vector<8xi1>) {
    %wide_lr = arith.extf %lr : bf16 to f32
    %lrs = vector.broadcast %wide_lr : f32 to vector<8xf32>
    %minus = arith.negf %lrs : vector<8xf32>
    %wide_g = arith.extf %g : vector<8xbf16> to vector<8xf32>
    %wide_step = arith.mulf %minus, %wide_g : vector<8xf32>
    %step = arith.truncf %wide_step : vector<8xf32> to vector<8xbf16>
    %wide_w = arith.extf %w : vector<8xbf16> to vector<8xf32>
    %rounded_step = arith.extf %step : vector<8xbf16> to vector<8xf32>
    %sum = arith.addf %wide_w, %rounded_step : vector<8xf32>
    %moved = arith.truncf %sum : vector<8xf32> to vector<8xbf16>
    %wide_moved = arith.extf %moved : vector<8xbf16> to vector<8xf32>
    %old = altgrad.round %wide_w in !altgrad.fp8<E3M4> : vector<8xf32>
    %new = altgrad.round %wide_moved in !altgrad.fp8<E3M4> : vector<8xf32>
    %is_equal = arith.cmpf oeq, %old, %new : vector<8xf32>
    %limit = arith.constant dense<0.125> : vector<8xf32>
    %size = math.absf %wide_g : vector<8xf32>
    %counts = arith.cmpf ogt, %size, %limit : vector<8xf32>
    gpu.return %is_equal, %counts : vector<8xi1>, vector<8xi1>
  }

  // What has more than bf16 has: a quotient (its own rounding to f32 counts), a
  // sum that is not rounded, a constant, a format below bf16's range, odd
  // lengths, scalars.
  // CHECK-LABEL: gpu.func @left(
  // CHECK:         arith.divf %{{.*}} : vector<8xf32>
  // CHECK:         arith.addf %{{.*}} : vector<8xf32>
  // CHECK:         arith.cmpf oeq, %{{.*}} : vector<8xf32>
  // CHECK:         arith.cmpf olt, %{{.*}} : vector<8xf32>
  // CHECK:         altgrad.round %{{.*}} : vector<8xf32>
  // CHECK:         arith.addf %{{.*}} : vector<3xf32>
  // CHECK:         arith.addf %{{.*}} : f32
  gpu.func @left(%x: vector<8xbf16>, %y: vector<8xbf16>, %odd: vector<3xbf16>, %s: bf16)
      -> (vector<8xbf16>, vector<8xi1>, vector<8xi1>, vector<8xf32>, vector<3xbf16>, bf16) {
    %a = arith.extf %x : vector<8xbf16> to vector<8xf32>
    %b = arith.extf %y : vector<8xbf16> to vector<8xf32>
    %quotient = arith.divf %a, %b : vector<8xf32>
    %0 = arith.truncf %quotient : vector<8xf32> to vector<8xbf16>
    %sum = arith.addf %a, %b : vector<8xf32>
    %1 = arith.cmpf oeq, %sum, %a : vector<8xf32>
    %third = arith.constant dense<0.333333343> : vector<8xf32>
    %2 = arith.cmpf olt, %a, %third : vector<8xf32>
    %3 = altgrad.round %a in !altgrad.fp8<E4M3, bias = 140, ieee> : vector<8xf32>
    %c = arith.extf %odd : vector<3xbf16> to vector<3xf32>
    %double = arith.addf %c, %c : vector<3xf32>
    %4 = arith.truncf %double : vector<3xf32> to vector<3xbf16>
    %d = arith.extf %s : bf16 to f32
    %twice = arith.addf %d, %d : f32
    %5 = arith.truncf %twice : f32 to bf16
    gpu.return %0, %1, %2, %3, %4, %5
        : vector<8xbf16>, vector<8xi1>, vector<8xi1>, vector<8xf32>, vector<3xbf16>, bf16
  }
}

// Chips without arithmetic on pairs of bf16.
// CHECK-LABEL: gpu.module @ampere
// CHECK:         arith.addf %{{.*}} : vector<2xf32>
gpu.module @ampere [#nvvm.target<chip = "sm_80">] {
  gpu.func @add(%x: vector<2xbf16>) -> vector<2xbf16> {
    %a = arith.extf %x : vector<2xbf16> to vector<2xf32>
    %sum = arith.addf %a, %a : vector<2xf32>
    %y = arith.truncf %sum : vector<2xf32> to vector<2xbf16>
    gpu.return %y : vector<2xbf16>
  }
}

// -----

// expected-error @below {{has target #nvvm.target: altgrad unknown chip 'sm_50'}}
gpu.module @unknown [#nvvm.target<chip = "sm_50">] {
}
