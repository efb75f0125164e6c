// docs/GPU.md, altgrad-offload-scalars.

// RUN: altgrad-opt %s --altgrad-offload-scalars --canonicalize --cse > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-COUNT-2: gpu.launch

func.func @scaled(%amax: memref<f32>, %largest: f32, %y: memref<512xf32>) {
  %c1 = arith.constant 1 : index
  %c512 = arith.constant 512 : index
  %a = memref.load %amax[] : memref<f32>
  %scale = arith.divf %a, %largest : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c512, %sy = %c1, %sz = %c1) {
    %v = memref.load %y[%tx] : memref<512xf32>
    %w = arith.mulf %v, %scale : f32
    memref.store %w, %y[%tx] : memref<512xf32>
    gpu.terminator
  }
  return
}
