// What altgrad-differentiate refuses, each with its diagnostic. Never a silent
// zero.
//
// RUN: split-file %s %t
// RUN: altgrad-opt %t/rules.mlir --altgrad-differentiate -split-input-file -verify-diagnostics
// RUN: altgrad-opt %t/wrt.mlir --altgrad-differentiate=wrt=2 -verify-diagnostics
// RUN: altgrad-opt %t/wrt-negative.mlir --altgrad-differentiate=wrt=-1 -verify-diagnostics
// RUN: altgrad-opt %t/wrt-type.mlir --altgrad-differentiate=wrt=1 -split-input-file -verify-diagnostics
// RUN: altgrad-opt %t/wrt-twice.mlir --altgrad-differentiate=wrt=0,0 -verify-diagnostics
// RUN: altgrad-opt %t/results.mlir --altgrad-differentiate=results=1 -verify-diagnostics
// RUN: altgrad-opt %t/results-type.mlir --altgrad-differentiate=results=1 -verify-diagnostics
// RUN: altgrad-opt %t/signature.mlir --altgrad-differentiate=functions=f -split-input-file -verify-diagnostics
// RUN: not altgrad-opt %t/nothing.mlir --altgrad-differentiate=functions=g 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FUNCTIONS
// RUN: not altgrad-opt %t/nothing.mlir --altgrad-differentiate 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NOTHING

// FUNCTIONS: error: altgrad-differentiate expected the option functions to name functions but got 'g'
// NOTHING: error: altgrad-differentiate expected a public function with an argument and a result of float type but found none

//--- rules.mlir

// Every operation without a rule, not only the last one.

func.func @no_rule(%x: vector<4xf32>) -> vector<4xf32> {
  // expected-error @+1 {{'vector.shuffle' op has no gradient rule: expected an implementation of DifferentiableOpInterface, because an argument to differentiate and a result with a cotangent are connected through it}}
  %0 = vector.shuffle %x, %x [3, 2, 1, 0] : vector<4xf32>, vector<4xf32>
  // expected-error @+1 {{'vector.shuffle' op has no gradient rule}}
  %1 = vector.shuffle %0, %x [0, 5, 2, 7] : vector<4xf32>, vector<4xf32>
  return %1 : vector<4xf32>
}

// -----

// Through a region that no rule looks into.

func.func @no_rule_for_region(%x: f32, %n: index) -> f32 {
  // expected-error @+1 {{'scf.execute_region' op has no gradient rule}}
  %0 = scf.execute_region -> f32 {
    %1 = arith.mulf %x, %x : f32
    scf.yield %1 : f32
  }
  return %0 : f32
}

// -----

func.func @bits(%x: f32) -> f32 {
  %q = altgrad.quantize %x : f32 -> !altgrad.fp8<E5M2>
  %bytes = altgrad.bitcast %q : !altgrad.fp8<E5M2> to i8
  // expected-error @+1 {{'altgrad.bitcast' op has no gradient: expected altgrad.quantize, altgrad.dequantize or altgrad.fake_quantize between an argument to differentiate and a result with a cotangent}}
  %p = altgrad.bitcast %bytes : i8 to !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %p : !altgrad.fp8<E5M2> -> f32
  return %y : f32
}

// -----

func.func @encode_decode(%x: f32) -> f32 {
  %code = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
  // expected-error @+1 {{'altgrad.decode' op has no gradient}}
  %y = altgrad.decode %code in !altgrad.fp8<E5M2> : i8 -> f32
  return %y : f32
}

// -----

func.func @encode_dequantize(%x: f32) -> f32 {
  %code = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
  // expected-error @+1 {{'altgrad.bitcast' op has no gradient}}
  %q = altgrad.bitcast %code : i8 to !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %q : !altgrad.fp8<E5M2> -> f32
  return %y : f32
}

// -----

func.func @round(%x: f32) -> f32 {
  // expected-error @+1 {{'altgrad.round' op has no gradient}}
  %y = altgrad.round %x in !altgrad.fp8<E5M2> : f32
  return %y : f32
}

// -----

func.func @store(%x: f32, %m: memref<f32>) -> f32 {
  // expected-error @+1 {{'memref.store' op expected values that depend on an argument to differentiate to stay in tensors, vectors and scalars, but stores one in memory}}
  memref.store %x, %m[] : memref<f32>
  %y = memref.load %m[] : memref<f32>
  return %y : f32
}

// -----

func.func @blocks(%x: f32, %c: i1) -> f32 { // expected-error {{'func.func' op expected one block to differentiate but got 2}}
  cf.br ^end(%x : f32)
^end(%y: f32):
  return %y : f32
}

// -----

func.func private @elsewhere(f32) -> f32
func.func @external(%x: f32) -> f32 {
  // expected-error @+1 {{'func.call' op expected a callee with a body, because an argument to differentiate and a result with a cotangent are connected through it, but got 'elsewhere'}}
  %y = call @elsewhere(%x) : (f32) -> f32
  return %y : f32
}

// -----

func.func private @two_blocks(%x: f32) -> f32 {
  cf.br ^end(%x : f32)
^end(%y: f32):
  return %y : f32
}
func.func @callee_of_two_blocks(%x: f32) -> f32 {
  // expected-error @+1 {{'func.call' op expected a callee of one block to differentiate but got 'two_blocks' of 2}}
  %y = call @two_blocks(%x) : (f32) -> f32
  return %y : f32
}

// -----

func.func private @a(%x: f32) -> f32 {
  %y = call @b(%x) : (f32) -> f32
  return %y : f32
}
func.func private @b(%x: f32) -> f32 {
  // expected-error @+1 {{'func.call' op expected no recursion in a function to differentiate but got 'a' within itself}}
  %y = call @a(%x) : (f32) -> f32
  return %y : f32
}
func.func @recursion(%x: f32) -> f32 {
  %y = call @a(%x) : (f32) -> f32
  return %y : f32
}

// -----

// expected-error @+1 {{'func.func' op expected the name 'f_vjp' to be free or declared, because the gradient of 'f' gets it}}
func.func private @f_vjp(%x: f32) -> f32 {
  return %x : f32
}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error @+1 {{'func.func' op expected the type of the gradient of 'f', '(f32, f32) -> (f32, f32)', but got '(f32) -> f32'}}
func.func private @f_vjp(%x: f32) -> f32
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

//--- wrt.mlir
// expected-error @+1 {{'func.func' op expected the option wrt to hold indices of its 1 arguments but got 2}}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

//--- wrt-negative.mlir
// expected-error @+1 {{'func.func' op expected the option wrt to hold indices of its 1 arguments but got -1}}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

//--- wrt-type.mlir
// expected-error @+1 {{'func.func' op expected argument 1, which is differentiated, to be a float or a vector or ranked tensor of floats but got 'index'}}
func.func @f(%x: f32, %i: index) -> f32 {
  return %x : f32
}

// -----

// expected-error @+1 {{'func.func' op expected argument 1, which is differentiated, to be a float or a vector or ranked tensor of floats but got '!altgrad.fp8<E5M2, bias = 15, ieee>'}}
func.func @f(%x: f32, %q: !altgrad.fp8<E5M2>) -> f32 {
  return %x : f32
}

//--- wrt-twice.mlir
// expected-error @+1 {{'func.func' op expected the option wrt to hold each index once but got 0 twice}}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

//--- results.mlir
// expected-error @+1 {{'func.func' op expected the option results to hold indices of its 1 results but got 1}}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

//--- results-type.mlir
// expected-error @+1 {{'func.func' op expected result 1, which is differentiated, to be a float or a vector or ranked tensor of floats but got 'i64'}}
func.func @f(%x: f32, %n: i64) -> (f32, i64) {
  return %x, %n : f32, i64
}

//--- signature.mlir
// expected-error @+1 {{'func.func' op expected arguments of float type to differentiate but got '(i32) -> f32'}}
func.func @f(%n: i32) -> f32 {
  %0 = arith.sitofp %n : i32 to f32
  return %0 : f32
}

// -----

// expected-error @+1 {{'func.func' op expected results of float type to differentiate but got '(f32) -> ()'}}
func.func @f(%x: f32) {
  return
}

// -----

// expected-error @+1 {{'func.func' op expected a body to differentiate but got a declaration}}
func.func private @f(f32) -> f32

//--- nothing.mlir
func.func private @f(%x: f32) -> f32 {
  return %x : f32
}
