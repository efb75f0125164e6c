// RUN: altgrad-opt %s --allow-unregistered-dialect --altgrad-use-device-memory --split-input-file | FileCheck %s

// CHECK-LABEL: func @memory
// CHECK:         %[[M:.*]] = gpu.alloc (%{{.*}}) : memref<?xf32>
// CHECK:         gpu.memcpy %[[M]], %{{.*}} : memref<?xf32>, memref<?xf32>
// CHECK:         gpu.dealloc %[[M]]
func.func @memory(%x: memref<?xf32>, %n: index) {
  %m = memref.alloc(%n) {alignment = 64 : i64} : memref<?xf32>
  memref.copy %x, %m : memref<?xf32> to memref<?xf32>
  memref.dealloc %m : memref<?xf32>
  return
}

// -----

// CHECK-LABEL: func @constants
// CHECK:         %[[HOST:.*]] = memref.get_global
// CHECK:         %[[DEVICE:.*]] = gpu.alloc
// CHECK:         gpu.memcpy %[[DEVICE]], %[[HOST]]
// CHECK:         "test.use"(%[[DEVICE]])
// CHECK:         gpu.dealloc %[[DEVICE]]
memref.global "private" constant @c : memref<2xf32> = dense<[1.0, 2.0]>
func.func @constants() {
  %c = memref.get_global @c : memref<2xf32>
  "test.use"(%c) : (memref<2xf32>) -> ()
  return
}

// -----

// An element that is alone is copied; of many, a kernel takes it out. The host's copy is
// made once per function.

// CHECK-LABEL: func @loads
// CHECK-DAG:     %[[H0:.*]] = memref.alloca() : memref<f32>
// CHECK-DAG:     %[[H1:.*]] = memref.alloca() : memref<f32>
// CHECK:         gpu.memcpy %[[HA:.*]], %{{.*}} : memref<f32>, memref<f32>
// CHECK:         memref.load %[[HA]][]
// CHECK:         scf.for
// CHECK:           %[[E:.*]] = gpu.alloc
// CHECK:           gpu.launch
// CHECK:             %[[V:.*]] = memref.load
// CHECK:             memref.store %[[V]], %[[E]]
// CHECK:           gpu.memcpy %[[HB:.*]], %[[E]]
// CHECK:           memref.load %[[HB]][]
// CHECK:           gpu.dealloc %[[E]]
func.func @loads(%a: memref<f32>, %b: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = memref.load %a[] : memref<f32>
  "test.use"(%0) : (f32) -> ()
  scf.for %i = %c0 to %n step %c1 {
    %1 = memref.load %b[%i] : memref<?xf32>
    "test.use"(%1) : (f32) -> ()
  }
  return
}

// -----

// The host's own memory, and kernels, stay as they are.

// CHECK-LABEL: func @host
// CHECK:         memref.alloca
// CHECK-NEXT:    "test.use"
// CHECK-NEXT:    memref.load
// CHECK:         gpu.launch
// CHECK:           memref.load
// CHECK-NOT:     gpu.memcpy
func.func @host(%m: memref<f32>) -> i1 {
  %c1 = arith.constant 1 : index
  %h = memref.alloca() : memref<i1>
  "test.use"(%h) : (memref<i1>) -> ()
  %0 = memref.load %h[] : memref<i1>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %x = memref.load %m[] : memref<f32>
    "test.use"(%x) : (f32) -> ()
    gpu.terminator
  }
  return %0 : i1
}
