// Codes inside of other people's ops: all of it reaches LLVM.
//
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline='threads=2 fast-math' | FileCheck %s

!q = !altgrad.fp8<E4M3FN>

// CHECK: llvm.func @external
func.func private @external(tensor<?x!q>) -> tensor<?x!q>

// CHECK: llvm.func @call_external
func.func @call_external(%x: tensor<?x!q>) -> tensor<?x!q> {
  %0 = call @external(%x) : (tensor<?x!q>) -> tensor<?x!q>
  return %0 : tensor<?x!q>
}

// CHECK: llvm.func @slices
func.func @slices(%x: tensor<?x?xf32>, %i: index, %n: index) -> tensor<?x?x!q> {
  %q = altgrad.quantize %x : tensor<?x?xf32> -> tensor<?x?x!q>
  %e = tensor.extract_slice %q[%i, 0] [%n, 4] [1, 2] : tensor<?x?x!q> to tensor<?x4x!q>
  %y = altgrad.dequantize %e : tensor<?x4x!q> -> tensor<?x4xf32>
  %q2 = altgrad.quantize %y : tensor<?x4xf32> -> tensor<?x4x!q>
  %r = tensor.insert_slice %q2 into %q[%i, 0] [%n, 4] [1, 2] : tensor<?x4x!q> into tensor<?x?x!q>
  return %r : tensor<?x?x!q>
}

// CHECK: llvm.func @while
func.func @while(%x: tensor<?xf32>, %n: i64) -> tensor<?x!q> {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %q = altgrad.quantize %x : tensor<?xf32> -> tensor<?x!q>
  %r:2 = scf.while (%i = %c0, %a = %q) : (i64, tensor<?x!q>) -> (i64, tensor<?x!q>) {
    %c = arith.cmpi slt, %i, %n : i64
    scf.condition(%c) %i, %a : i64, tensor<?x!q>
  } do {
  ^bb0(%i: i64, %a: tensor<?x!q>):
    %y = altgrad.dequantize %a : tensor<?x!q> -> tensor<?xf32>
    %z = altgrad.quantize %y : tensor<?xf32> -> tensor<?x!q>
    %j = arith.addi %i, %c1 : i64
    scf.yield %j, %z : i64, tensor<?x!q>
  }
  return %r#1 : tensor<?x!q>
}

// CHECK: llvm.func @same_result_twice
func.func @same_result_twice(%x: tensor<4x!q>) -> (tensor<4x!q>, tensor<4x!q>) {
  return %x, %x : tensor<4x!q>, tensor<4x!q>
}

// CHECK: llvm.func @memory
func.func @memory(%m: memref<?x!q>, %i: index) -> f32 {
  %q = memref.load %m[%i] : memref<?x!q>
  %y = altgrad.dequantize %q : !q -> f32
  return %y : f32
}

// CHECK: llvm.func @unranked
func.func @unranked(%x: tensor<*x!q>) -> tensor<*x!q> {
  %c = tensor.cast %x : tensor<*x!q> to tensor<?x!q>
  %y = altgrad.dequantize %c : tensor<?x!q> -> tensor<?xf32>
  %q = altgrad.quantize %y : tensor<?xf32> -> tensor<?x!q>
  %r = tensor.cast %q : tensor<?x!q> to tensor<*x!q>
  return %r : tensor<*x!q>
}

// CHECK: llvm.func @generic
func.func @generic(%x: tensor<?x!q>, %e: tensor<?xf32>) -> tensor<?xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<?x!q>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: !q, %o: f32):
    %y = altgrad.dequantize %a : !q -> f32
    %z = arith.addf %y, %o : f32
    linalg.yield %z : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: llvm.func @made_of_codes
func.func @made_of_codes(%n: index, %s: f32) -> tensor<?x!q> {
  %one = altgrad.constant 56 : i8 as !q // 1.0 (0x38: e=7, m=0)
  %splat = tensor.splat %one[%n] : tensor<?x!q>
  %empty = tensor.empty(%n) : tensor<?x!q>
  %filled = linalg.fill ins(%one : !q) outs(%empty : tensor<?x!q>) -> tensor<?x!q>
  %generated = tensor.generate %n {
  ^bb0(%i: index):
    %k = arith.index_cast %i : index to i32
    %f = arith.sitofp %k : i32 to f32
    %q = altgrad.quantize %f, %s : f32, f32 -> !q
    tensor.yield %q : !q
  } : tensor<?x!q>
  %all = tensor.concat dim(0) %splat, %filled, %generated : (tensor<?x!q>, tensor<?x!q>, tensor<?x!q>) -> tensor<?x!q>
  return %all : tensor<?x!q>
}

// CHECK: llvm.func @transposed
func.func @transposed(%x: tensor<4x8x!q>, %e: tensor<8x4x!q>) -> tensor<8x4xf32> {
  %t = linalg.transpose ins(%x: tensor<4x8x!q>) outs(%e : tensor<8x4x!q>) permutation = [1, 0]
  %y = altgrad.dequantize %t : tensor<8x4x!q> -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}

// CHECK: llvm.func @builtin_floats
func.func @builtin_floats(%x: tensor<?x4xf8E5M2>) -> tensor<?x4xf8E4M3FN> {
  %q = altgrad.bitcast %x : tensor<?x4xf8E5M2> to tensor<?x4x!altgrad.fp8<E5M2>>
  %y = altgrad.dequantize %q : tensor<?x4x!altgrad.fp8<E5M2>> -> tensor<?x4xf32>
  %r = altgrad.quantize %y : tensor<?x4xf32> -> tensor<?x4x!altgrad.fp8<E4M3FN>>
  %z = altgrad.bitcast %r : tensor<?x4x!altgrad.fp8<E4M3FN>> to tensor<?x4xf8E4M3FN>
  return %z : tensor<?x4xf8E4M3FN>
}

// CHECK: llvm.func @odd_shapes
func.func @odd_shapes(%x: tensor<2x3x4x5x6xf32>, %s: tensor<1x3x2x5x3xf32>, %e: tensor<0x?xf32>, %u: tensor<1x1xf32>,
                      %d: tensor<?x?x?xf32>)
    -> (tensor<2x3x4x5x6xf32>, tensor<0x?x!q>, tensor<1x1xf32>, tensor<?x1x?xf32>, tensor<2x?x1xf32>) {
  %0 = altgrad.fake_quantize %x, %s in !q : tensor<2x3x4x5x6xf32>, tensor<1x3x2x5x3xf32>
  %1 = altgrad.quantize %e, %e : tensor<0x?xf32>, tensor<0x?xf32> -> tensor<0x?x!q>
  %2 = altgrad.amax %u : tensor<1x1xf32> -> tensor<1x1xf32>
  %3 = altgrad.amax %d : tensor<?x?x?xf32> -> tensor<?x1x?xf32>
  %4 = altgrad.amax %d : tensor<?x?x?xf32> -> tensor<2x?x1xf32>
  return %0, %1, %2, %3, %4
      : tensor<2x3x4x5x6xf32>, tensor<0x?x!q>, tensor<1x1xf32>, tensor<?x1x?xf32>, tensor<2x?x1xf32>
}
