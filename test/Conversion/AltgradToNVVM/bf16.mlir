// RUN: altgrad-opt %s --convert-bf16-to-nvvm -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: gpu.module @hopper
gpu.module @hopper [#nvvm.target<chip = "sm_90">] {
  // The first operand lands in the upper half.
  // CHECK-LABEL: gpu.func @narrow(
  // CHECK-DAG:     %[[X0:.*]] = vector.extract %{{.*}}[0]
  // CHECK-DAG:     %[[X1:.*]] = vector.extract %{{.*}}[1]
  // CHECK:         nvvm.convert.f32x2.to.bf16x2 %[[X1]], %[[X0]] {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>
  // CHECK:         nvvm.convert.f32x2.to.bf16x2
  // CHECK:         vector.bitcast %{{.*}} : vector<2xi32> to vector<4xbf16>
  gpu.func @narrow(%x: vector<4xf32>) -> vector<4xbf16> {
    %y = arith.truncf %x : vector<4xf32> to vector<4xbf16>
    gpu.return %y : vector<4xbf16>
  }

  // CHECK-LABEL: gpu.func @widen(
  // CHECK:         vector.bitcast %{{.*}} : vector<4xbf16> to vector<2xi32>
  // CHECK:         arith.shli
  // CHECK:         arith.andi
  // CHECK:         vector.shuffle %{{.*}} [0, 2, 1, 3]
  gpu.func @widen(%x: vector<4xbf16>) -> vector<4xf32> {
    %y = arith.extf %x : vector<4xbf16> to vector<4xf32>
    gpu.return %y : vector<4xf32>
  }

  // Scalars, odd lengths, other types.
  // CHECK-LABEL: gpu.func @left(
  // CHECK-COUNT-4: arith.truncf
  gpu.func @left(%a: f32, %b: vector<3xf32>, %c: vector<2xf64>, %d: vector<2xf32>)
      -> (bf16, vector<3xbf16>, vector<2xbf16>, vector<2xf16>) {
    %0 = arith.truncf %a : f32 to bf16
    %1 = arith.truncf %b : vector<3xf32> to vector<3xbf16>
    %2 = arith.truncf %c : vector<2xf64> to vector<2xbf16>
    %3 = arith.truncf %d : vector<2xf32> to vector<2xf16>
    gpu.return %0, %1, %2, %3 : bf16, vector<3xbf16>, vector<2xbf16>, vector<2xf16>
  }
}

// CHECK-LABEL: gpu.module @turing
// CHECK:         arith.truncf
gpu.module @turing [#nvvm.target<chip = "sm_75">] {
  gpu.func @narrow(%x: vector<2xf32>) -> vector<2xbf16> {
    %y = arith.truncf %x : vector<2xf32> to vector<2xbf16>
    gpu.return %y : vector<2xbf16>
  }
}

// -----

// expected-error@+1 {{altgrad expected a PTX version of at least 7.0 for sm_80 but got 6.0}}
gpu.module @too_old [#nvvm.target<chip = "sm_80", features = "+ptx60">] {
}
