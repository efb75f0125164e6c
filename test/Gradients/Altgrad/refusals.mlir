// altgrad.bitcast, encode, decode and round have no gradient: an error where one
// is needed, and none where not. The last of them before the result says so, which
// encode cannot be: its codes need another one.
//
// RUN: altgrad-opt %s --altgrad-differentiate -split-input-file -verify-diagnostics

!E4M3FN = !altgrad.fp8<E4M3FN>
func.func @encode(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = altgrad.encode %x in !E4M3FN : tensor<4xf32> -> tensor<4xi8>
  // expected-error @+1 {{'altgrad.bitcast' op has no gradient: expected altgrad.quantize, altgrad.dequantize or altgrad.fake_quantize between an argument to differentiate and a result with a cotangent}}
  %1 = altgrad.bitcast %0 : tensor<4xi8> to tensor<4x!E4M3FN>
  %2 = altgrad.dequantize %1 : tensor<4x!E4M3FN> -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

!E4M3FN = !altgrad.fp8<E4M3FN>
func.func @decode(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = altgrad.quantize %x : tensor<4xf32> -> tensor<4x!E4M3FN>
  %1 = altgrad.bitcast %0 : tensor<4x!E4M3FN> to tensor<4xi8>
  // expected-error @+1 {{'altgrad.decode' op has no gradient}}
  %2 = altgrad.decode %1 in !E4M3FN : tensor<4xi8> -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

func.func @round(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'altgrad.round' op has no gradient}}
  %0 = altgrad.round %x in !altgrad.fp8<E4M3FN> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

!E4M3FN = !altgrad.fp8<E4M3FN>
func.func @bitcast(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = altgrad.quantize %x : tensor<4xf32> -> tensor<4x!E4M3FN>
  %1 = altgrad.bitcast %0 : tensor<4x!E4M3FN> to tensor<4xf8E4M3FN>
  // expected-error @+1 {{'altgrad.bitcast' op has no gradient}}
  %2 = altgrad.bitcast %1 : tensor<4xf8E4M3FN> to tensor<4x!E4M3FN>
  %3 = altgrad.dequantize %2 : tensor<4x!E4M3FN> -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// Codes that no gradient passes through may be anything.

func.func @inactive(%x: tensor<4xf32>, %bits: tensor<4xi8>) -> (tensor<4xf32>, tensor<4xi8>) {
  %0 = altgrad.decode %bits in !altgrad.fp8<E4M3FN> : tensor<4xi8> -> tensor<4xf32>
  %1 = altgrad.encode %x in !altgrad.fp8<E4M3FN> : tensor<4xf32> -> tensor<4xi8>
  %2 = arith.mulf %x, %0 : tensor<4xf32>
  return %2, %1 : tensor<4xf32>, tensor<4xi8>
}
