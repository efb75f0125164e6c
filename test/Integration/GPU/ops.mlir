// Every operation on the CPU and on the GPU, for element types whose code differs, with
// scales of all kinds: the same bytes.
//
// REQUIRES: cuda-emulator
// UNSUPPORTED: verify-roundtrip
//
// (Nothing would be new.)
//
// DEFINE: %{entry} =
// DEFINE: %{arguments} =
// DEFINE: %{run} = altgrad-run %s --entry=%{entry} %{arguments}
// DEFINE: %{both} = %{run} --out=%t/cpu.npy > %t/cpu.txt && %cuda_emulator %{run} --target=cuda --out=%t/gpu.npy > %t/gpu.txt && cmp %t/cpu.npy %t/gpu.npy && cmp %t/cpu.txt %t/gpu.txt
//
// RUN: rm -rf %t && mkdir %t
// REDEFINE: %{entry} = quantize
// REDEFINE: %{arguments} = random:7x96 random:7x3:1
// RUN: %{both}
// REDEFINE: %{entry} = dequantize
// REDEFINE: %{arguments} = random:33x17:2 random:33x1:1
// RUN: %{both}
// REDEFINE: %{entry} = fake_quantize
// REDEFINE: %{arguments} = random:4099 0.01
// RUN: %{both}
// REDEFINE: %{entry} = amax
// REDEFINE: %{arguments} = random:129x65
// RUN: %{both}
// REDEFINE: %{entry} = stall
// REDEFINE: %{arguments} = random:5000 random:5000:1 0.001 0.01
// RUN: %{both}
// REDEFINE: %{entry} = slice
// REDEFINE: %{arguments} = random:8
// RUN: %{both}
// REDEFINE: %{entry} = splat
// REDEFINE: %{arguments} = 1000 0.3
// RUN: %{both}

!q = !altgrad.fp8<E4M3FN>
func.func @quantize(%x: tensor<?x96xf32>, %s: tensor<?x3xf32>) -> (tensor<?x96x!q>, f32) {
  %y = altgrad.quantize %x, %s : tensor<?x96xf32>, tensor<?x3xf32> -> tensor<?x96x!q>
  %a = altgrad.amax %x : tensor<?x96xf32> -> f32
  return %y, %a : tensor<?x96x!q>, f32
}
func.func @dequantize(%x: tensor<?x?x!q>, %s: tensor<?x1xbf16>) -> tensor<?x?xbf16> {
  %y = altgrad.dequantize %x, %s : tensor<?x?x!q>, tensor<?x1xbf16> -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}
func.func @fake_quantize(%x: tensor<?xf16>, %s: f16) -> tensor<?xf16> {
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : tensor<?xf16>, f16
  return %y : tensor<?xf16>
}
func.func @amax(%x: tensor<?x?xbf16>) -> (tensor<?x1xbf16>, tensor<1x65xbf16>, bf16) {
  %r = altgrad.amax %x : tensor<?x?xbf16> -> tensor<?x1xbf16>
  %fixed = tensor.cast %x : tensor<?x?xbf16> to tensor<?x65xbf16>
  %c = altgrad.amax %fixed : tensor<?x65xbf16> -> tensor<1x65xbf16>
  %a = altgrad.amax %x : tensor<?x?xbf16> -> bf16
  return %r, %c, %a : tensor<?x1xbf16>, tensor<1x65xbf16>, bf16
}
func.func @stall(%w: tensor<?xf64>, %g: tensor<?xf64>, %lr: f64, %s: f64)
    -> (tensor<2xi64>, i64) {
  %n, %t = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E3M4> : tensor<?xf64>, f64 -> i64, i64
  %both = tensor.from_elements %n, %t : tensor<2xi64>
  return %both, %n : tensor<2xi64>, i64
}
// A copy into the second half.
func.func @slice(%x: tensor<8xf32>) -> tensor<8xf32> {
  %low = tensor.extract_slice %x[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %y = altgrad.round %low in !q : tensor<4xf32>
  %z = tensor.insert_slice %y into %x[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %z : tensor<8xf32>
}
func.func @splat(%n: index, %s: f32) -> tensor<?x3xf32> {
  %x = tensor.splat %s[%n] : tensor<?x3xf32>
  return %x : tensor<?x3xf32>
}
