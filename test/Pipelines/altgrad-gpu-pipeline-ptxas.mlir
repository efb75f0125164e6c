// CUDA's assembler takes all kernels of the other test, and spills nothing.
//
// REQUIRES: ptxas
// RUN: altgrad-opt %S/altgrad-gpu-pipeline.mlir --altgrad-gpu-pipeline=chip=sm_80 | %python %altgrad_src_root/test/print_ptx.py --ptxas=%ptxas --chip=sm_80 | FileCheck %s
// RUN: altgrad-opt %S/altgrad-gpu-pipeline.mlir --altgrad-gpu-pipeline=chip=sm_89 | %python %altgrad_src_root/test/print_ptx.py --ptxas=%ptxas --chip=sm_89 | FileCheck %s
// RUN: altgrad-opt %S/altgrad-gpu-pipeline.mlir --altgrad-gpu-pipeline=chip=sm_90 | %python %altgrad_src_root/test/print_ptx.py --ptxas=%ptxas --chip=sm_90 | FileCheck %s
// RUN: altgrad-opt %S/altgrad-gpu-pipeline.mlir --altgrad-gpu-pipeline=chip=sm_100 | %python %altgrad_src_root/test/print_ptx.py --ptxas=%ptxas --chip=sm_100 | FileCheck %s

// CHECK: Used {{[0-9]+}} registers
// CHECK-NOT: {{[1-9][0-9]*}} bytes stack frame
// CHECK-NOT: {{[1-9][0-9]*}} bytes spill

// Or compiles them itself.
// RUN: altgrad-opt %S/altgrad-gpu-pipeline.mlir --altgrad-gpu-pipeline='chip=sm_90 format=bin' | FileCheck %s --check-prefix=BIN
// RUN: altgrad-opt %S/altgrad-gpu-pipeline.mlir --altgrad-gpu-pipeline='chip=sm_90 format=fatbin' | FileCheck %s --check-prefix=FATBIN
// BIN: gpu.binary @quantize_kernel {{.*}}bin = "\7FELF
// FATBIN: gpu.binary @quantize_kernel {{.*}}"P\EDU\BA
