// Which element takes g where several are the largest, and where none is: what
// the rule of the combiner amounts to, step by step.
//
// RUN: altgrad-opt %s --altgrad-differentiate=functions=running_first,running_second,skips_nan,sizes --altgrad-cpu-pipeline \
// RUN:   | mlir-runner -e main -entry-point-result=void \
// RUN:       -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils | FileCheck %s

func.func private @printMemrefF32(%m: tensor<*xf32> {bufferization.access = "read"})

func.func @running_first(%x: tensor<7x4xf32>, %init: tensor<7xf32>) -> tensor<7xf32> {
  %y = linalg.reduce ins(%x : tensor<7x4xf32>) outs(%init : tensor<7xf32>) dimensions = [1]
    (%in: f32, %out: f32) {
      %0 = arith.maximumf %out, %in : f32
      linalg.yield %0 : f32
    }
  return %y : tensor<7xf32>
}
func.func @running_second(%x: tensor<7x4xf32>, %init: tensor<7xf32>) -> tensor<7xf32> {
  %y = linalg.reduce ins(%x : tensor<7x4xf32>) outs(%init : tensor<7xf32>) dimensions = [1]
    (%in: f32, %out: f32) {
      %0 = arith.maximumf %in, %out : f32
      linalg.yield %0 : f32
    }
  return %y : tensor<7xf32>
}
func.func @skips_nan(%x: tensor<7x4xf32>, %init: tensor<7xf32>) -> tensor<7xf32> {
  %y = linalg.reduce ins(%x : tensor<7x4xf32>) outs(%init : tensor<7xf32>) dimensions = [1]
    (%in: f32, %out: f32) {
      %0 = arith.maxnumf %out, %in : f32
      linalg.yield %0 : f32
    }
  return %y : tensor<7xf32>
}
// Two loops, in their order.
func.func @sizes(%x: tensor<2x?x2xf32>, %init: tensor<?xf32>) -> tensor<?xf32> {
  %y = linalg.reduce {arith.minimumf} ins(%x : tensor<2x?x2xf32>) outs(%init : tensor<?xf32>) dimensions = [0, 2]
  return %y : tensor<?xf32>
}

func.func private @running_first_vjp(tensor<7x4xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7xf32>, tensor<7x4xf32>, tensor<7xf32>)
func.func private @running_second_vjp(tensor<7x4xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7xf32>, tensor<7x4xf32>, tensor<7xf32>)
func.func private @skips_nan_vjp(tensor<7x4xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7xf32>, tensor<7x4xf32>, tensor<7xf32>)
func.func private @sizes_vjp(tensor<2x?x2xf32>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<2x?x2xf32>, tensor<?xf32>)

func.func private @print(%x: tensor<7x4xf32>, %init: tensor<7xf32>) {
  %u = tensor.cast %x : tensor<7x4xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  %v = tensor.cast %init : tensor<7xf32> to tensor<*xf32>
  call @printMemrefF32(%v) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  // Rows: a tie; one largest; init alone; a tie with init; all NaN; a NaN; a NaN
  // init.
  %x = arith.constant dense<[[1., 3., 3., 2.], [1., 4., 3., 2.], [1., 2., 3., 2.], [1., 5., 2., 5.],
    [0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000], [1., 0x7FC00000, 3., 2.], [1., 3., 3., 2.]]> : tensor<7x4xf32>
  %init = arith.constant dense<[0., 0., 9., 5., 0., 0., 0x7FC00000]> : tensor<7xf32>
  %g = arith.constant dense<[1., 2., 3., 4., 5., 6., 7.]> : tensor<7xf32>
  // The last of equals, and what comes after a NaN.
  // CHECK: [0, 0, 1, 0],
  // CHECK-NEXT: [0, 2, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 4],
  // CHECK-NEXT: [0, 0, 0, 5],
  // CHECK-NEXT: [0, 0, 0, 6],
  // CHECK-NEXT: [0, 0, 0, 7]
  // CHECK: [0, 0, 3, 0, 0, 0, 0]
  %0:3 = call @running_first_vjp(%x, %init, %g) : (tensor<7x4xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7xf32>, tensor<7x4xf32>, tensor<7xf32>)
  call @print(%0#1, %0#2) : (tensor<7x4xf32>, tensor<7xf32>) -> ()
  // The first of equals; init before them and where the result is NaN.
  // CHECK: [0, 1, 0, 0],
  // CHECK-NEXT: [0, 2, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0]
  // CHECK: [0, 0, 3, 4, 5, 6, 7]
  %1:3 = call @running_second_vjp(%x, %init, %g) : (tensor<7x4xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7xf32>, tensor<7x4xf32>, tensor<7xf32>)
  call @print(%1#1, %1#2) : (tensor<7x4xf32>, tensor<7xf32>) -> ()
  // NaN elements take nothing.
  // CHECK: [0, 0, 1, 0],
  // CHECK-NEXT: [0, 2, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 0, 4],
  // CHECK-NEXT: [0, 0, 0, 0],
  // CHECK-NEXT: [0, 0, 6, 0],
  // CHECK-NEXT: [0, 0, 7, 0]
  // CHECK: [0, 0, 3, 0, 5, 0, 0]
  %2:3 = call @skips_nan_vjp(%x, %init, %g) : (tensor<7x4xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7xf32>, tensor<7x4xf32>, tensor<7xf32>)
  call @print(%2#1, %2#2) : (tensor<7x4xf32>, tensor<7xf32>) -> ()

  // CHECK: [0, 0],
  // CHECK-NEXT: [0, 2],
  // CHECK-NEXT: [0, 0]
  // CHECK: [1, 0],
  // CHECK-NEXT: [0, 0],
  // CHECK-NEXT: [0, 0]
  // CHECK: [0, 0, 3]
  %a = arith.constant dense<[[[1., 3.], [7., 2.], [3., 3.]], [[1., 3.], [4., 3.], [3., 5.]]]> : tensor<2x3x2xf32>
  %b = arith.constant dense<[8., 8., 1.]> : tensor<3xf32>
  %c = arith.constant dense<[1., 2., 3.]> : tensor<3xf32>
  %xs = tensor.cast %a : tensor<2x3x2xf32> to tensor<2x?x2xf32>
  %inits = tensor.cast %b : tensor<3xf32> to tensor<?xf32>
  %gs = tensor.cast %c : tensor<3xf32> to tensor<?xf32>
  %3:3 = call @sizes_vjp(%xs, %inits, %gs) : (tensor<2x?x2xf32>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<2x?x2xf32>, tensor<?xf32>)
  %u = tensor.cast %3#1 : tensor<2x?x2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  %v = tensor.cast %3#2 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%v) : (tensor<*xf32>) -> ()
  return
}
