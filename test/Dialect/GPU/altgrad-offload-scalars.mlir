// RUN: altgrad-opt %s --allow-unregistered-dialect --altgrad-offload-scalars --canonicalize --cse --split-input-file | FileCheck %s

// A short computation moves into the kernel.

// CHECK-LABEL: func @repeat
// CHECK-SAME:    %[[M:.*]]: memref<i32>
// CHECK-NOT:     memref.load
// CHECK:         gpu.launch
// CHECK:           %[[BITS:.*]] = memref.load %[[M]][] : memref<i32>
// CHECK:           %[[X:.*]] = arith.bitcast %[[BITS]] : i32 to f32
// CHECK:           "test.use"(%[[X]])
func.func @repeat(%m: memref<i32>) {
  %c1 = arith.constant 1 : index
  %0 = memref.load %m[] : memref<i32>
  %x = arith.bitcast %0 : i32 to f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    "test.use"(%x) : (f32) -> ()
    gpu.terminator
  }
  return
}

// -----

// A division has a kernel of its own; what the host uses too stays there.

// CHECK-LABEL: func @divide
// CHECK-SAME:    %[[M:.*]]: memref<f32>, %[[D:.*]]: f32
// CHECK:         %[[X:.*]] = memref.load %[[M]]
// CHECK:         %[[Q:.*]] = arith.divf %[[X]], %[[D]]
// CHECK:         %[[SCALE:.*]] = memref.alloc() : memref<f32>
// CHECK:         gpu.launch {{.*}} threads({{.*}} = %c1, {{.*}} = %c1, {{.*}} = %c1)
// CHECK:           memref.load %[[M]]
// CHECK:           %[[R:.*]] = arith.divf
// CHECK:           memref.store %[[R]], %[[SCALE]]
// CHECK:         gpu.launch
// CHECK:           %[[S:.*]] = memref.load %[[SCALE]]
// CHECK:           "test.use"(%[[S]])
// CHECK:         memref.dealloc %[[SCALE]]
// CHECK:         return %[[Q]]
func.func @divide(%m: memref<f32>, %d: f32) -> f32 {
  %c1 = arith.constant 1 : index
  %c512 = arith.constant 512 : index
  %x = memref.load %m[] : memref<f32>
  %q = arith.divf %x, %d : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c512, %sy = %c1, %sz = %c1) {
    "test.use"(%q) : (f32) -> ()
    gpu.terminator
  }
  return %q : f32
}

// -----

// Not where the memory is written in between: by another kernel, through a view, or
// where an argument may be the same memory.

// CHECK-LABEL: func @written
// CHECK:         %[[X:.*]] = memref.load
// CHECK:         gpu.launch
// CHECK:         gpu.launch
// CHECK:           "test.use"(%[[X]])
func.func @written(%m: memref<1xf32>, %n: memref<f32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %x = memref.load %m[%c0] : memref<1xf32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %one, %n[] : memref<f32>
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    "test.use"(%x) : (f32) -> ()
    gpu.terminator
  }
  return
}

// -----

// A fresh buffer is nobody else's. Small ones live on for the kernel.

// CHECK-LABEL: func @fresh
// CHECK:         %[[M:.*]] = memref.alloc() : memref<i32>
// CHECK:         gpu.launch
// CHECK:         gpu.launch
// CHECK:           memref.load %[[M]]
// CHECK:         memref.dealloc %[[M]]
func.func @fresh(%n: memref<i32>) {
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : i32
  %m = memref.alloc() : memref<i32>
  "test.fill"(%m) : (memref<i32>) -> ()
  %x = memref.load %m[] : memref<i32>
  memref.dealloc %m : memref<i32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %c7, %n[] : memref<i32>
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    "test.use"(%x) : (i32) -> ()
    gpu.terminator
  }
  return
}

// -----

// A store of host code is a kernel; one to the host's own memory is not.

// CHECK-LABEL: func @store
// CHECK:         %[[H:.*]] = memref.alloca
// CHECK:         memref.store %{{.*}}, %[[H]]
// CHECK:         gpu.launch
// CHECK:           memref.store
func.func @store(%m: memref<4xf32>, %i: index, %x: f32) {
  %h = memref.alloca() : memref<f32>
  memref.store %x, %h[] : memref<f32>
  "test.use"(%h) : (memref<f32>) -> ()
  memref.store %x, %m[%i] : memref<4xf32>
  return
}
