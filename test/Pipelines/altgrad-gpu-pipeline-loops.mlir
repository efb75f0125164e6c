// What bufferization makes of splats and generated tensors is a kernel with a thread for
// each element, not a loop on the host that launches one thread after the other; and a
// program's own loop gives the stack of its launches back.
//
// RUN: altgrad-opt %s --altgrad-gpu-pipeline='chip=sm_90 format=nvvm' | FileCheck %s

// CHECK-LABEL: llvm.func @filled(
// CHECK-NOT:     llvm.br
// CHECK:         gpu.launch_func {{.*}} threads in (%[[THREADS:.*]], %{{.*}}, %{{.*}})
// CHECK-NOT:     llvm.br
// CHECK:         llvm.return
func.func @filled(%n: index, %s: f32) -> tensor<?x3xf32> {
  %x = tensor.splat %s[%n] : tensor<?x3xf32>
  return %x : tensor<?x3xf32>
}

// CHECK-LABEL: llvm.func @generated(
// CHECK-NOT:     llvm.br
// CHECK:         gpu.launch_func
// CHECK-NOT:     llvm.br
// CHECK:         llvm.return
func.func @generated(%n: index) -> tensor<?x3xf32> {
  %x = tensor.generate %n {
  ^bb0(%i: index, %j: index):
    %k = arith.addi %i, %j : index
    %m = arith.index_cast %k : index to i32
    %e = arith.sitofp %m : i32 to f32
    tensor.yield %e : f32
  } : tensor<?x3xf32>
  return %x : tensor<?x3xf32>
}

// CHECK-LABEL: llvm.func @loop(
// CHECK:         llvm.cond_br
// CHECK:         %[[STACK:.*]] = llvm.intr.stacksave
// CHECK-NEXT:    gpu.launch_func
// CHECK-NEXT:    llvm.intr.stackrestore %[[STACK]]
func.func @loop(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<?xf32> {
    %z = arith.addf %y, %y : tensor<?xf32>
    scf.yield %z : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}
