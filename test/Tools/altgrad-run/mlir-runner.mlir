// The CUDA runtime is a library for other runners, too, such as upstream's.
//
// REQUIRES: cuda-emulator
//
// A program without the sanitizer's runtime cannot load instrumented libraries.
// UNSUPPORTED: asan
//
// RUN: mlir-opt %s --pass-pipeline='builtin.module( \
// RUN:     gpu-kernel-outlining,nvvm-attach-target{chip=sm_90 features=+ptx80}, \
// RUN:     convert-scf-to-cf,gpu.module(convert-gpu-to-nvvm),gpu-to-llvm, \
// RUN:     gpu-module-to-binary{format=isa},convert-to-llvm, \
// RUN:     reconcile-unrealized-casts)' -o %t.mlir
// RUN: %cuda_emulator mlir-runner %t.mlir -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%altgrad_cuda_runtime \
// RUN:   | FileCheck %s
//
// Nobody takes the errors there: the first one ends the program.
//
// RUN: env ALTGRAD_EMULATOR_FAIL=cuLaunchKernel:CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES \
// RUN:   not %cuda_emulator mlir-runner %t.mlir -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%altgrad_cuda_runtime 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ERROR
// ERROR-NOT: data =
// ERROR:     error: cuLaunchKernel failed: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES ({{.+}})
// ERROR-NOT: data =

func.func private @printMemrefF32(memref<*xf32>)

// CHECK: data =
// CHECK-NEXT: [1.5,  2.5,  3.5,  4.5]
func.func @main() {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %four = arith.constant 4 : index
  %number = arith.constant 1.5 : f32
  %host = memref.alloc() : memref<4xf32>
  scf.for %i = %zero to %four step %one {
    %integer = arith.index_cast %i : index to i32
    %value = arith.sitofp %integer : i32 to f32
    memref.store %value, %host[%i] : memref<4xf32>
  }
  %begin = gpu.wait async
  %device, %allocated = gpu.alloc async [%begin] () : memref<4xf32>
  %there = gpu.memcpy async [%allocated] %device, %host : memref<4xf32>, memref<4xf32>
  %done = gpu.launch async [%there]
      blocks(%b, %by, %bz) in (%grid = %one, %gridY = %one, %gridZ = %one)
      threads(%t, %ty, %tz) in (%block = %four, %blockY = %one, %blockZ = %one) {
    %value = memref.load %device[%t] : memref<4xf32>
    %sum = arith.addf %value, %number : f32
    memref.store %sum, %device[%t] : memref<4xf32>
    gpu.terminator
  }
  %back = gpu.memcpy async [%done] %host, %device : memref<4xf32>, memref<4xf32>
  %freed = gpu.dealloc async [%back] %device : memref<4xf32>
  gpu.wait [%freed]
  %any = memref.cast %host : memref<4xf32> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  memref.dealloc %host : memref<4xf32>
  return
}
