// From altgrad, mixed with upstream dialects, to the LLVM dialect and nothing
// else.
//
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline='vector-width=128 fast-math emit-c-interface' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,OPTIONS
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=threads=2 | FileCheck %s --check-prefixes=CHECK,THREADS
// What comes out is what the translation takes.
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=LLVMIR

// CHECK-NOT: altgrad.{{[a-z]}}
// CHECK-NOT: linalg.
// CHECK-NOT: memref
// CHECK-NOT: tensor
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: func.func

!q = !altgrad.fp8<E4M3FN>

// Codes are bytes, in arguments and in results.

// CHECK-LABEL: llvm.func @compress
// OPTIONS: llvm.emit_c_interface
// OPTIONS-LABEL: llvm.func @_mlir_ciface_compress
// LLVMIR: define { { ptr, ptr, i64, [2 x i64], [2 x i64] }, float } @compress
func.func @compress(%x: tensor<?x?xf32>) -> (tensor<?x?x!q>, f32) {
  %a = altgrad.amax %x : tensor<?x?xf32> -> f32
  %s = altgrad.compute_scale %a in !q : f32 -> f32
  %q = altgrad.quantize %x, %s : tensor<?x?xf32>, f32 -> tensor<?x?x!q>
  return %q, %s : tensor<?x?x!q>, f32
}
// CHECK-LABEL: llvm.func @expand
func.func @expand(%q: tensor<?x?x!q>, %s: f32) -> tensor<?x?xf32> {
  %y = altgrad.dequantize %q, %s : tensor<?x?x!q>, f32 -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// Every op, with linalg.matmul, arith, math, scf and calls around them.

// CHECK-LABEL: llvm.func @training_steps
// THREADS: omp.parallel
func.func @training_steps(%x: tensor<?x?xf32>, %w0: tensor<?x?xf32>, %g: tensor<?x?xf32>,
                          %h0: tensor<8xf32>, %y0: tensor<?x?xf32>, %steps: index)
    -> (tensor<?x?xf32>, tensor<8xf32>, i64, tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i64
  %lr = arith.constant 0.01 : f32
  %rates = tensor.splat %lr : tensor<1x1xf32>
  %r:4 = scf.for %i = %c0 to %steps step %c1
      iter_args(%w = %w0, %h = %h0, %count = %zero, %y = %y0)
      -> (tensor<?x?xf32>, tensor<8xf32>, i64, tensor<?x?xf32>) {
    %a = altgrad.amax %w nan(ignore) : tensor<?x?xf32> -> f32
    %h1 = altgrad.update_amax_history %h, %a : tensor<8xf32>, f32
    %b = altgrad.history_amax %h1 : tensor<8xf32> -> f32
    %s = altgrad.compute_scale %b in !q margin(1) power_of_two(ceil) : f32 -> f32
    %wq = altgrad.fake_quantize %w, %s in !q : tensor<?x?xf32>, f32
    %stalled, %total = altgrad.stall %w, %g, %lr, %s in !q : tensor<?x?xf32>, f32 -> i64, i64
    %some = arith.cmpi sgt, %stalled, %zero : i64
    %y1 = scf.if %some -> tensor<?x?xf32> {
      %m = linalg.matmul ins(%x, %wq : tensor<?x?xf32>, tensor<?x?xf32>) outs(%y : tensor<?x?xf32>) -> tensor<?x?xf32>
      scf.yield %m : tensor<?x?xf32>
    } else {
      scf.yield %y : tensor<?x?xf32>
    }
    %e = math.exp %g : tensor<?x?xf32>
    %w1 = arith.subf %wq, %e : tensor<?x?xf32>
    %count1 = arith.addi %count, %stalled : i64
    scf.yield %w1, %h1, %count1, %y1 : tensor<?x?xf32>, tensor<8xf32>, i64, tensor<?x?xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<?x?xf32>, tensor<8xf32>, i64, tensor<?x?xf32>
}

// Calls pass codes on; branches too.

// CHECK-LABEL: llvm.func @round_trip
func.func @round_trip(%x: tensor<?x?xf32>, %again: i1) -> tensor<?x?xf32> {
  cf.cond_br %again, ^twice(%x : tensor<?x?xf32>), ^end(%x : tensor<?x?xf32>)
^twice(%v: tensor<?x?xf32>):
  %q, %s = func.call @compress(%v) : (tensor<?x?xf32>) -> (tensor<?x?x!q>, f32)
  %y = func.call @expand(%q, %s) : (tensor<?x?x!q>, f32) -> tensor<?x?xf32>
  cf.br ^end(%y : tensor<?x?xf32>)
^end(%r: tensor<?x?xf32>):
  return %r : tensor<?x?xf32>
}

// Scalars and vectors in f16, bf16, f64; primitives; builtin 8-bit floats.

// CHECK-LABEL: llvm.func @small_types
func.func @small_types(%a: f16, %b: vector<8xbf16>, %c: f64, %q: tensor<4x!altgrad.fp8<E5M2>>)
    -> (!q, vector<8xi8>, f64, tensor<4xf8E5M2>) {
  %0 = altgrad.quantize %a : f16 -> !q
  %1 = altgrad.encode %b in !altgrad.fp8<E0M7> : vector<8xbf16> -> vector<8xi8>
  %2 = altgrad.round %c in !altgrad.fp8<E7M0> : f64
  %3 = altgrad.bitcast %q : tensor<4x!altgrad.fp8<E5M2>> to tensor<4xf8E5M2>
  return %0, %1, %2, %3 : !q, vector<8xi8>, f64, tensor<4xf8E5M2>
}

// A program without altgrad in it.

// CHECK-LABEL: llvm.func @plain
func.func @plain(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = arith.addf %a, %b : tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// Math on f16 is done in f32; no flag of arith is left on the conversions, which
// mlir-translate could not read.

// CHECK-LABEL: llvm.func @half_math(
// CHECK: llvm.fpext %{{.*}} : f16 to f32
// CHECK: llvm.fptrunc %{{.*}} : f32 to f16
func.func @half_math(%x: f16) -> f16 {
  %y = math.tanh %x : f16
  return %y : f16
}
