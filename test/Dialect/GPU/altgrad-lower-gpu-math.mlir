// RUN: altgrad-opt %s --altgrad-lower-gpu-math | FileCheck %s

// CHECK-LABEL: func @exact
// CHECK:         llvm.call_intrinsic "llvm.fabs"(%{{.*}}) : (vector<4xf32>) -> vector<4xf32>
// CHECK:         llvm.call_intrinsic "llvm.sqrt"
// CHECK:         llvm.call_intrinsic "llvm.fma"
// CHECK:         llvm.call_intrinsic "llvm.maxnum"
func.func @exact(%x: vector<4xf32>) -> vector<4xf32> {
  %0 = math.absf %x : vector<4xf32>
  %1 = math.sqrt %0 : vector<4xf32>
  %2 = math.fma %0, %1, %x : vector<4xf32>
  %3 = arith.maxnumf %2, %x : vector<4xf32>
  return %3 : vector<4xf32>
}

// CHECK-LABEL: func @approximations
// CHECK-NOT:     math.
// CHECK:         return
func.func @approximations(%x: f32) -> f32 {
  %0 = math.tanh %x : f32
  %1 = math.exp %0 : f32
  %2 = math.log %1 : f32
  %3 = math.powf %1, %2 : f32
  %4 = math.rsqrt %3 : f32
  return %4 : f32
}

// Integers need no library.
// CHECK-LABEL: func @integers
// CHECK:         math.ctpop
func.func @integers(%x: i32) -> i32 {
  %0 = math.ctpop %x : i32
  return %0 : i32
}
