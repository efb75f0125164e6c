// docs/Running.md, the CPU.

// RUN: altgrad-run %s --entry=round '[0.1, -1, 3.14159, 1000]' > %t.round
// RUN: altgrad-run %s --entry=quantize '[0.1, -1, 3.14159, 1000]' > %t.quantize
// RUN: altgrad-run %s --entry=quantize random:4096 --out=%t.npy > %t.scale
// RUN: altgrad-run %s --entry=dequantize %t.npy 0.0077 > %t.dequantize
// RUN: altgrad-run %s --entry=round iota:8 \
// RUN:   --pipeline='altgrad-set-format{format=E5M2},altgrad-cpu-pipeline' > %t.e5m2
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s round=%t.round \
// RUN:   quantize=%t.quantize scale=%t.scale dequantize=%t.dequantize e5m2=%t.e5m2

!code = !altgrad.fp8<E4M3FN>
func.func @round(%x: tensor<?xf32>) -> tensor<?xf32> {
  %amax = altgrad.amax %x : tensor<?xf32> -> f32
  %scale = altgrad.compute_scale %amax in !code : f32 -> f32
  %y = altgrad.fake_quantize %x, %scale in !code : tensor<?xf32>, f32
  return %y : tensor<?xf32>
}
func.func @quantize(%x: tensor<?xf32>) -> (tensor<?x!code>, f32) {
  %amax = altgrad.amax %x : tensor<?xf32> -> f32
  %scale = altgrad.compute_scale %amax in !code : f32 -> f32
  %y = altgrad.quantize %x, %scale : tensor<?xf32>, f32 -> tensor<?x!code>
  return %y, %scale : tensor<?x!code>, f32
}
func.func @dequantize(%x: tensor<?x!code>, %scale: f32) -> tensor<?xf32> {
  %y = altgrad.dequantize %x, %scale : tensor<?x!code>, f32 -> tensor<?xf32>
  return %y : tensor<?xf32>
}
