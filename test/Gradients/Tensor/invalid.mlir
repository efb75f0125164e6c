// Operations of tensor without a gradient rule.
//
// RUN: altgrad-opt %s --altgrad-differentiate --split-input-file --verify-diagnostics

func.func @generate(%x: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{has no gradient rule: expected an implementation of DifferentiableOpInterface}}
  %y = tensor.generate {
  ^bb0(%i: index):
    %c2 = arith.constant 2 : index
    %half = arith.divui %i, %c2 : index
    %element = tensor.extract %x[%half] : tensor<4xf32>
    tensor.yield %element : f32
  } : tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

func.func @gather(%x: tensor<4xf32>, %indices: tensor<8x1xindex>) -> tensor<8x1xf32> {
  // expected-error @+1 {{has no gradient rule: expected an implementation of DifferentiableOpInterface}}
  %y = tensor.gather %x[%indices] gather_dims([0]) : (tensor<4xf32>, tensor<8x1xindex>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// -----

func.func @pad(%x: tensor<4xf32>, %slope: f32) -> tensor<8xf32> {
  // expected-error @+1 {{expected one value for all of the padding, to differentiate}}
  %y = tensor.pad %x low[2] high[2] {
  ^bb0(%i: index):
    %integer = arith.index_cast %i : index to i32
    %float = arith.sitofp %integer : i32 to f32
    %value = arith.mulf %float, %slope : f32
    tensor.yield %value : f32
  } : tensor<4xf32> to tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

func.func @reshape(%x: tensor<4xf32>, %shape: tensor<?xindex>) -> f32 {
  // expected-error @+1 {{expected ranked tensors to differentiate but got 'tensor<4xf32>' and 'tensor<*xf32>'}}
  %y = tensor.reshape %x(%shape) : (tensor<4xf32>, tensor<?xindex>) -> tensor<*xf32>
  %z = tensor.cast %y : tensor<*xf32> to tensor<4xf32>
  %c0 = arith.constant 0 : index
  %element = tensor.extract %z[%c0] : tensor<4xf32>
  return %element : f32
}
