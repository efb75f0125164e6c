// What has no rule in scf, and what a loop cannot record.
//
// RUN: altgrad-opt %s --altgrad-differentiate -split-input-file -verify-diagnostics

func.func @while(%x: f32) -> f32 {
  %zero = arith.constant 0.0 : f32
  // expected-error @+1 {{'scf.while' op has no gradient rule: expected an implementation of DifferentiableOpInterface, because an argument to differentiate and a result with a cotangent are connected through it}}
  %r = scf.while (%a = %x) : (f32) -> f32 {
    %c = arith.cmpf ogt, %a, %zero : f32
    scf.condition(%c) %a : f32
  } do {
  ^bb0(%a: f32):
    %b = arith.subf %a, %x : f32
    scf.yield %b : f32
  }
  return %r : f32
}

// -----

func.func @parallel(%x: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-error @+1 {{'scf.parallel' op has no gradient rule}}
  %r = scf.parallel (%i) = (%c0) to (%c4) step (%c1) init (%x) -> f32 {
    scf.reduce(%x : f32) {
    ^bb0(%a: f32, %b: f32):
      %s = arith.addf %a, %b : f32
      scf.reduce.return %s : f32
    }
  }
  return %r : f32
}

// -----

func.func @forall(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'scf.forall' op has no gradient rule}}
  %r = scf.forall (%i) in (4) shared_outs(%out = %y) -> tensor<4xf32> {
    %part = tensor.extract_slice %x[%i] [1] [1] : tensor<4xf32> to tensor<1xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %part into %out[%i] [1] [1] : tensor<1xf32> into tensor<4xf32>
    }
  }
  return %r : tensor<4xf32>
}

// -----

func.func @index_switch(%x: f32, %i: index) -> f32 {
  // expected-error @+1 {{'scf.index_switch' op has no gradient rule}}
  %r = scf.index_switch %i -> f32
  case 0 {
    scf.yield %x : f32
  }
  default {
    %n = arith.negf %x : f32
    scf.yield %n : f32
  }
  return %r : f32
}

// -----

// An operation without a rule within a loop or a branch.

func.func @inside(%x: vector<4xf32>, %n: index, %c: i1) -> vector<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> vector<4xf32> {
    %b = scf.if %c -> vector<4xf32> {
      // expected-error @+1 {{'vector.shuffle' op has no gradient rule}}
      %s = vector.shuffle %a, %a [0, 1, 2, 3] : vector<4xf32>, vector<4xf32>
      scf.yield %s : vector<4xf32>
    } else {
      scf.yield %a : vector<4xf32>
    }
    scf.yield %b : vector<4xf32>
  }
  return %r : vector<4xf32>
}

// -----

// Loops that no gradient passes through may be anything.

func.func @inactive(%x: f32, %n: i32) -> (f32, i32) {
  %c0 = arith.constant 0 : i32
  %r = scf.while (%a = %n) : (i32) -> i32 {
    %c = arith.cmpi sgt, %a, %c0 : i32
    scf.condition(%c) %a : i32
  } do {
  ^bb0(%a: i32):
    %b = arith.subi %a, %n : i32
    scf.yield %b : i32
  }
  %y = arith.negf %x : f32
  return %y, %r : f32, i32
}

// -----

// A tape is allocated before the loop; this would have a size for each iteration
// that only the iteration before it knows.

func.func @grows(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'scf.for' op expected the sizes of the tensors that its backward pass needs to follow from its induction variable and from values outside}}
  %r = scf.for %i = %c0 to %n step %c1
      // expected-note @+1 {{this does not: 'tensor<?xf32>'}}
      iter_args(%a = %x) -> tensor<?xf32> {
    %s = math.sin %a : tensor<?xf32>
    %b = tensor.concat dim(0) %s, %a : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %b : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}
