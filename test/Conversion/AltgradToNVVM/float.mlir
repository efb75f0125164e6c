// RUN: altgrad-opt %s --convert-float-to-nvvm -split-input-file -verify-diagnostics | FileCheck %s

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

gpu.module @packed [#nvvm.target<chip = "sm_90">] {
  // CHECK-LABEL: gpu.func @arithmetic(
  // CHECK:         llvm.fadd %{{.*}} : vector<2xbf16>
  // CHECK:         llvm.fsub %{{.*}} : vector<2xbf16>
  // CHECK:         llvm.fmul %{{.*}} : vector<2xbf16>
  // CHECK:         llvm.call_intrinsic "llvm.fma"
  // CHECK:         llvm.call_intrinsic "llvm.minimum"
  // CHECK:         llvm.call_intrinsic "llvm.maximum"
  // CHECK:         llvm.call_intrinsic "llvm.fabs"
  // CHECK:         llvm.fneg %{{.*}} : vector<2xbf16>
  gpu.func @arithmetic(%x: vector<2xbf16>, %y: vector<2xbf16>) -> vector<2xbf16> {
    %0 = arith.addf %x, %y : vector<2xbf16>
    %1 = arith.subf %0, %y : vector<2xbf16>
    %2 = arith.mulf %1, %y : vector<2xbf16>
    %3 = math.fma %2, %x, %y : vector<2xbf16>
    %4 = arith.minimumf %3, %x : vector<2xbf16>
    %5 = arith.maximumf %4, %y : vector<2xbf16>
    %6 = math.absf %5 : vector<2xbf16>
    %7 = arith.negf %6 : vector<2xbf16>
    gpu.return %7 : vector<2xbf16>
  }

  // CHECK-LABEL: gpu.func @magnitudes(
  // CHECK:         llvm.call_intrinsic "llvm.nvvm.fmin.nan.xorsign.abs.f"(%{{.*}}, %{{.*}}) : (f32, f32) -> f32
  // CHECK-COUNT-3: llvm.call_intrinsic "llvm.nvvm.fmax.nan.xorsign.abs.f"
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.fmin.nan.xorsign.abs.bf16x2"
  // CHECK-NOT:     llvm.call_intrinsic "llvm.nvvm
  // CHECK:         gpu.return
  gpu.func @magnitudes(%x: f32, %y: vector<3xf32>, %z: vector<4xbf16>)
      -> (f32, vector<3xf32>, vector<4xbf16>) {
    %one = arith.constant 1.0 : f32
    %ones = arith.constant dense<1.0> : vector<3xf32>
    %narrow = arith.constant dense<1.0> : vector<4xbf16>
    %0 = math.absf %x : f32
    %1 = arith.minimumf %0, %one : f32
    %2 = math.copysign %1, %x : f32
    %3 = math.absf %y : vector<3xf32>
    %4 = arith.maximumf %3, %ones : vector<3xf32>
    %5 = math.copysign %4, %y : vector<3xf32>
    %6 = math.absf %z : vector<4xbf16>
    %7 = arith.minimumf %6, %narrow : vector<4xbf16>
    %8 = math.copysign %7, %z : vector<4xbf16>
    gpu.return %2, %5, %8 : f32, vector<3xf32>, vector<4xbf16>
  }

  // The sign of another number, a negative constant, an unknown bound, a minimum
  // that drops NaN.
  // CHECK-LABEL: gpu.func @other_magnitudes(
  // CHECK-NOT:     llvm.nvvm
  // CHECK:         gpu.return
  gpu.func @other_magnitudes(%x: f32, %y: f32) -> (f32, f32, f32, f32) {
    %one = arith.constant 1.0 : f32
    %minus = arith.constant -1.0 : f32
    %0 = math.absf %x : f32
    %1 = arith.minimumf %0, %one : f32
    %2 = math.copysign %1, %y : f32
    %3 = arith.minimumf %0, %minus : f32
    %4 = math.copysign %3, %x : f32
    %5 = arith.minimumf %0, %y : f32
    %6 = math.copysign %5, %x : f32
    %7 = arith.minnumf %0, %one : f32
    %8 = math.copysign %7, %x : f32
    gpu.return %2, %4, %6, %8 : f32, f32, f32, f32
  }

  // CHECK-LABEL: gpu.func @mask(
  // CHECK-COUNT-2: llvm.inline_asm "set.num.u32.bf16x2 $0, $1, $2;", "=r,r,r"
  // CHECK:         arith.extsi %{{.*}} : vector<4xi1> to vector<4xi32>
  gpu.func @mask(%x: vector<4xbf16>) -> (vector<4xi16>, vector<4xi32>) {
    %0 = arith.cmpf ord, %x, %x : vector<4xbf16>
    %1 = arith.extsi %0 : vector<4xi1> to vector<4xi16>
    %2 = arith.extsi %0 : vector<4xi1> to vector<4xi32>
    gpu.return %1, %2 : vector<4xi16>, vector<4xi32>
  }

  // CHECK-LABEL: gpu.func @count(
  // CHECK-DAG:     %[[ONES:.*]] = arith.constant 65537 : i32
  // CHECK-DAG:     %[[EQ:.*]] = llvm.inline_asm "set.eq.u32.bf16x2
  // CHECK-DAG:     %[[GT:.*]] = llvm.inline_asm "set.gt.u32.bf16x2
  // CHECK:         %[[BOTH:.*]] = arith.andi %[[EQ]], %[[GT]] : i32
  // CHECK:         arith.andi %[[BOTH]], %[[ONES]] : i32
  // CHECK:         llvm.inline_asm "set.ltu.u32.bf16x2
  // CHECK-NOT:     vector.reduction
  gpu.func @count(%x: vector<2xbf16>, %y: vector<2xbf16>) -> i32 {
    %0 = arith.cmpf oeq, %x, %y : vector<2xbf16>
    %1 = arith.cmpf ogt, %x, %y : vector<2xbf16>
    %2 = arith.andi %0, %1 : vector<2xi1>
    %3 = arith.cmpf ult, %x, %y : vector<2xbf16>
    %4 = arith.extui %2 : vector<2xi1> to vector<2xi32>
    %5 = arith.extui %3 : vector<2xi1> to vector<2xi32>
    %6 = arith.addi %4, %5 : vector<2xi32>
    %7 = vector.reduction <add>, %6 : vector<2xi32> into i32
    gpu.return %7 : i32
  }

  // CHECK-LABEL: gpu.func @other_counts(
  // CHECK-COUNT-3: vector.reduction
  gpu.func @other_counts(%x: vector<2xf32>, %y: vector<2xbf16>, %z: vector<2xi1>)
      -> (i32, i32, i32) {
    %0 = arith.cmpf oeq, %x, %x : vector<2xf32>
    %1 = arith.extui %0 : vector<2xi1> to vector<2xi32>
    %2 = vector.reduction <add>, %1 : vector<2xi32> into i32
    %3 = arith.cmpf oeq, %y, %y : vector<2xbf16>
    %4 = arith.extui %3 : vector<2xi1> to vector<2xi32>
    %5 = vector.reduction <maxui>, %4 : vector<2xi32> into i32
    %6 = arith.andi %3, %z : vector<2xi1>
    %7 = arith.extui %6 : vector<2xi1> to vector<2xi32>
    %8 = vector.reduction <add>, %7 : vector<2xi32> into i32
    gpu.return %2, %5, %8 : i32, i32, i32
  }
}

// Ampere multiplies and adds bf16 in one instruction, and no more.
gpu.module @ampere [#nvvm.target<chip = "sm_80">] {
  // CHECK-LABEL: gpu.func @ampere(
  // CHECK:         llvm.call_intrinsic "llvm.fma"{{.*}} : (bf16, bf16, bf16) -> bf16
  // CHECK:         llvm.call_intrinsic "llvm.fma"{{.*}} -> vector<3xbf16>
  // CHECK:         arith.addf
  // CHECK:         math.copysign
  gpu.func @ampere(%x: bf16, %y: vector<3xbf16>, %z: vector<2xbf16>)
      -> (bf16, vector<3xbf16>, vector<2xbf16>) {
    %0 = math.fma %x, %x, %x : bf16
    %1 = math.fma %y, %y, %y : vector<3xbf16>
    %2 = arith.addf %z, %z : vector<2xbf16>
    %ones = arith.constant dense<1.0> : vector<2xbf16>
    %3 = math.absf %2 : vector<2xbf16>
    %4 = arith.minimumf %3, %ones : vector<2xbf16>
    %5 = math.copysign %4, %2 : vector<2xbf16>
    gpu.return %0, %1, %5 : bf16, vector<3xbf16>, vector<2xbf16>
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
