// Functions for the tests of altgrad-run's arguments and results.
func.func @vector(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : tensor<?xf32> }
func.func @static(%x: tensor<2x3xf32>) -> tensor<2x3xf32> { return %x : tensor<2x3xf32> }
func.func @matrix(%x: tensor<?x?xf32>) -> tensor<?x?xf32> { return %x : tensor<?x?xf32> }
func.func @number(%x: f32) -> f32 { return %x : f32 }
func.func @point(%x: tensor<f32>) -> tensor<f32> { return %x : tensor<f32> }
func.func @negated(%x: tensor<?xf32>, %scale: f32) -> (f32, tensor<?xf32>, tensor<2xf64>, i64) {
  %zero = arith.constant 0 : index
  %size = tensor.dim %x, %zero : tensor<?xf32>
  %count = arith.index_cast %size : index to i64
  %y = arith.negf %x : tensor<?xf32>
  %two = arith.constant dense<[0.5, 1.0]> : tensor<2xf64>
  return %scale, %y, %two, %count : f32, tensor<?xf32>, tensor<2xf64>, i64
}
func.func @nothing(%x: tensor<?xf32>) { return }
func.func private @hidden(%x: f32)
func.func @indices(%x: tensor<?xindex>, %i: index) -> (tensor<?xindex>, index) {
  return %x, %i : tensor<?xindex>, index
}
func.func @complex(%x: complex<f32>) { return }
func.func @unranked(%x: tensor<*xf32>) { return }
func.func @wide(%x: i128) { return }
