// A gradient is a function of structured operations, which have gradients.
//
// DEFINE: %{twice} = --altgrad-differentiate=functions=layer,largest,slices --altgrad-differentiate=functions=layer_vjp,largest_vjp,slices_vjp
// RUN: %check_gradients %s %{twice}
// GRADIENTS @layer samples=2
// GRADIENTS @layer_vjp samples=2 tolerance=1e-5
// GRADIENTS @largest_vjp samples=2
// GRADIENTS @slices_vjp samples=2 sizes1=2x3 sizes2=4x3

func.func @layer(%x: tensor<2x3xf64>, %w: tensor<3x4xf64>, %b: tensor<4xf64>) -> tensor<4xf64> {
  %e = tensor.empty() : tensor<2x4xf64>
  %init = linalg.broadcast ins(%b : tensor<4xf64>) outs(%e : tensor<2x4xf64>) dimensions = [0]
  %z = linalg.matmul ins(%x, %w : tensor<2x3xf64>, tensor<3x4xf64>) outs(%init : tensor<2x4xf64>) -> tensor<2x4xf64>
  %y = linalg.tanh ins(%z : tensor<2x4xf64>) outs(%e : tensor<2x4xf64>) -> tensor<2x4xf64>
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %sum = linalg.reduce ins(%y : tensor<2x4xf64>) outs(%zero : tensor<4xf64>) dimensions = [0]
    (%in: f64, %out: f64) {
      %square = arith.mulf %in, %in : f64
      %next = arith.addf %out, %square : f64
      linalg.yield %next : f64
    }
  return %sum : tensor<4xf64>
}

func.func @largest(%x: tensor<3x4xf64>) -> tensor<3xf64> {
  %low = arith.constant dense<-9.0> : tensor<3xf64>
  %y = linalg.reduce ins(%x : tensor<3x4xf64>) outs(%low : tensor<3xf64>) dimensions = [1]
    (%in: f64, %out: f64) {
      %exp = math.exp %in : f64
      %next = arith.maximumf %out, %exp : f64
      linalg.yield %next : f64
    }
  return %y : tensor<3xf64>
}

func.func @slices(%x: tensor<4x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %c2 = arith.constant 2 : index
  %a = tensor.extract_slice %x[0, 0] [2, 3] [2, 1] : tensor<4x3xf64> to tensor<2x3xf64>
  %d = tensor.cast %a : tensor<2x3xf64> to tensor<?x3xf64>
  %p = arith.mulf %d, %y : tensor<?x3xf64>
  %z = tensor.pad %p low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    %zero = arith.constant 0.0 : f64
    tensor.yield %zero : f64
  } : tensor<?x3xf64> to tensor<?x3xf64>
  %q = arith.mulf %z, %z : tensor<?x3xf64>
  return %q : tensor<?x3xf64>
}
