// Thousands of launches in a loop of the host, with little stack.
//
// REQUIRES: cuda-emulator
// UNSUPPORTED: verify-roundtrip, asan
//
// (Nothing would be new; and the stack is not what it is otherwise.)
//
// RUN: bash -c 'ulimit -s 1024; %cuda_emulator altgrad-run %s --target=cuda [1,2,3] 8000' | FileCheck %s
// CHECK: 3xf32: [8001, 8002, 8003]

func.func @count(%x: tensor<3xf32>, %n: index) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant dense<1.0> : tensor<3xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<3xf32> {
    %z = arith.addf %y, %one : tensor<3xf32>
    scf.yield %z : tensor<3xf32>
  }
  return %r : tensor<3xf32>
}
