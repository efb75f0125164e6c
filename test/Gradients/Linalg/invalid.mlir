// Structured operations without a gradient rule.
//
// RUN: altgrad-opt %s --altgrad-differentiate --split-input-file --verify-diagnostics

func.func @window(%x: tensor<8xf32>, %k: tensor<3xf32>, %o: tensor<6xf32>) -> tensor<6xf32> {
  // expected-error @+1 {{expected indexing maps that are projected permutations, to differentiate, but got (d0, d1) -> (d0 + d1)}}
  %y = linalg.conv_1d ins(%x, %k : tensor<8xf32>, tensor<3xf32>) outs(%o : tensor<6xf32>) -> tensor<6xf32>
  return %y : tensor<6xf32>
}

// -----

func.func @product(%x: tensor<8xf32>, %init: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected reductions that are sums, minima or maxima, to differentiate, but output 0 is not}}
  %y = linalg.reduce {arith.mulf} ins(%x : tensor<8xf32>) outs(%init : tensor<f32>) dimensions = [0]
  return %y : tensor<f32>
}

// -----

// A sum whose terms depend on the sum.
func.func @recurrence(%x: tensor<8xf32>, %init: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected reductions that are sums, minima or maxima, to differentiate, but output 0 is not}}
  %y = linalg.reduce ins(%x : tensor<8xf32>) outs(%init : tensor<f32>) dimensions = [0]
    (%in: f32, %out: f32) {
      %term = arith.mulf %in, %out : f32
      %sum = arith.addf %out, %term : f32
      linalg.yield %sum : f32
    }
  return %y : tensor<f32>
}

// -----

// A sum whose terms depend on how many came before.
func.func @counted(%x: tensor<8xf32>, %init: tensor<f32>, %zero: tensor<i32>) -> tensor<f32> {
  // expected-error @+1 {{expected what is added to a reduction to be independent of what was reduced before, to differentiate}}
  %y:2 = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<8xf32>) outs(%init, %zero : tensor<f32>, tensor<i32>) {
  ^bb0(%in: f32, %out: f32, %count: i32):
    %one = arith.constant 1 : i32
    %next = arith.addi %count, %one : i32
    %float = arith.sitofp %count : i32 to f32
    %term = arith.mulf %in, %float : f32
    %sum = arith.addf %out, %term : f32
    linalg.yield %sum, %next : f32, i32
  } -> (tensor<f32>, tensor<i32>)
  return %y#0 : tensor<f32>
}

// -----

func.func @captured(%x: tensor<8xf32>, %table: tensor<4xf32>, %indices: tensor<8xindex>) -> tensor<8xf32> {
  // expected-error @+1 {{expected the values that its body captures and that are differentiated to be scalars but got 'tensor<4xf32>'}}
  %y = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%indices : tensor<8xindex>) outs(%x : tensor<8xf32>) {
  ^bb0(%index: index, %out: f32):
    %element = tensor.extract %table[%index] : tensor<4xf32>
    linalg.yield %element : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

func.func @branch(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.map ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>)
    (%in: f32, %out: f32) {
      %zero = arith.constant 0.0 : f32
      %c = arith.cmpf ogt, %in, %zero : f32
      // expected-error @+1 {{expected the body of 'linalg.map' to have no operations with regions between an argument to differentiate and a result with a cotangent}}
      %r = scf.if %c -> f32 {
        %square = arith.mulf %in, %in : f32
        scf.yield %square : f32
      } else {
        scf.yield %in : f32
      }
      linalg.yield %r : f32
    }
  return %y : tensor<8xf32>
}

// -----

// An operation of the body without a rule.
func.func @clamp(%x: tensor<8xf32>, %low: f32, %high: f32) -> tensor<8xf32> {
  %y = linalg.map ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>)
    (%in: f32, %out: f32) {
      // expected-error @+1 {{has no gradient rule: expected an implementation of DifferentiableOpInterface}}
      %r = math.clampf %in to [%low, %high] : f32
      linalg.yield %r : f32
    }
  return %y : tensor<8xf32>
}

// -----

func.func @softmax(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  // expected-error @+1 {{has no gradient rule: expected an implementation of DifferentiableOpInterface}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
