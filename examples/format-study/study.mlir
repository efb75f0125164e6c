// What an 8-bit format does to the weights of a trained model.
//
// altgrad-study rewrites the format below with `altgrad-set-format`, once per
// format, compiles the program and calls its functions.

!weights = tensor<?x?xf32>

// The scale that maps the largest weight to the largest finite value.
func.func @choose_scale(%w: !weights) -> f32 {
  %amax = altgrad.amax %w : !weights -> f32
  %scale = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
  return %scale : f32
}

// How far quantized weights are from the weights: the largest error, the power
// of the signal and of the noise, the number of weights that are flushed to
// zero, and of those that lie past the end of the format: whose quotient by
// the scale reaches %overflow, the least number that rounds past the largest
// finite value.
func.func @measure(%w: !weights, %scale: f32, %overflow: f32)
    -> (f64, f64, f64, i64, i64) {
  %q = altgrad.fake_quantize %w, %scale in !altgrad.fp8<E4M3FN> : !weights, f32

  %no_error = arith.constant dense<0.0> : tensor<f64>
  %no_count = arith.constant dense<0> : tensor<i64>
  %zero = arith.constant 0.0 : f32
  %results:5 = linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
                     affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>,
                     affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>,
                     affine_map<(i, j) -> ()>],
    iterator_types = ["reduction", "reduction"]
  } ins(%w, %q : !weights, !weights)
    outs(%no_error, %no_error, %no_error, %no_count, %no_count
         : tensor<f64>, tensor<f64>, tensor<f64>, tensor<i64>, tensor<i64>) {
  ^bb0(%x: f32, %y: f32, %largest: f64, %signal: f64, %noise: f64,
       %flushed: i64, %saturated: i64):
    // Errors in f64: there the difference of two f32 loses nothing that counts.
    %x64 = arith.extf %x : f32 to f64
    %y64 = arith.extf %y : f32 to f64
    %difference = arith.subf %x64, %y64 : f64
    %error = math.absf %difference : f64
    %largest_next = arith.maximumf %largest, %error : f64
    %x_power = arith.mulf %x64, %x64 : f64
    %signal_next = arith.addf %signal, %x_power : f64
    %error_power = arith.mulf %difference, %difference : f64
    %noise_next = arith.addf %noise, %error_power : f64

    %x_is_not_zero = arith.cmpf one, %x, %zero : f32
    %y_is_zero = arith.cmpf oeq, %y, %zero : f32
    %is_flushed = arith.andi %x_is_not_zero, %y_is_zero : i1
    %flushed_one = arith.extui %is_flushed : i1 to i64
    %flushed_next = arith.addi %flushed, %flushed_one : i64

    %v = arith.divf %x, %scale : f32
    %magnitude = math.absf %v : f32
    %is_saturated = arith.cmpf oge, %magnitude, %overflow : f32
    %saturated_one = arith.extui %is_saturated : i1 to i64
    %saturated_next = arith.addi %saturated, %saturated_one : i64

    linalg.yield %largest_next, %signal_next, %noise_next, %flushed_next,
        %saturated_next : f64, f64, f64, i64, i64
  } -> (tensor<f64>, tensor<f64>, tensor<f64>, tensor<i64>, tensor<i64>)

  %largest = tensor.extract %results#0[] : tensor<f64>
  %signal = tensor.extract %results#1[] : tensor<f64>
  %noise = tensor.extract %results#2[] : tensor<f64>
  %flushed = tensor.extract %results#3[] : tensor<i64>
  %saturated = tensor.extract %results#4[] : tensor<i64>
  return %largest, %signal, %noise, %flushed, %saturated
      : f64, f64, f64, i64, i64
}

// How many of the weights that a gradient step should move stay where they are,
// and how many it should move.
func.func @stall(%w: !weights, %g: !weights, %lr: f32, %scale: f32)
    -> (i64, i64) {
  %stalled, %total = altgrad.stall %w, %g, %lr, %scale in !altgrad.fp8<E4M3FN>
      : !weights, f32 -> i64, i64
  return %stalled, %total : i64, i64
}
