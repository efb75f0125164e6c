func.func private @printMemrefF32(tensor<*xf32>)
func.func @print_rounded(%x: tensor<4xf32>) {
  %amax = altgrad.amax %x : tensor<4xf32> -> f32
  %scale = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
  %y = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E4M3FN> : tensor<4xf32>, f32
  %any = tensor.cast %y : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}
func.func @main() {
  %x = arith.constant dense<[0.1, -1.0, 3.14159, 1000.0]> : tensor<4xf32>
  call @print_rounded(%x) : (tensor<4xf32>) -> ()
  return
}
