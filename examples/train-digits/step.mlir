// A training step of a classifier whose weights live in 8 bits.
//
// 8x8 pixels -> 128 -> 64 -> ten digits, ReLU between, cross-entropy of the
// softmax. Weights and the inputs of all three layers are fake-quantized with
// delayed scaling: the scale comes from the largest magnitudes of the last 16
// steps. Between steps @store rounds the weights to values of the format, so
// there is no wider copy of them; velocities, biases and sums are f32.
//
// The format in the text is E4M3FN. altgrad-train compiles the program once for
// each format: `altgrad-set-format` puts it in, then `altgrad-differentiate` writes
// @loss_vjp.

!e4m3fn = !altgrad.fp8<E4M3FN>
!history = tensor<16xf32>

!pixels = tensor<?x64xf32>
!hidden1 = tensor<?x128xf32>
!hidden2 = tensor<?x64xf32>
!logits = tensor<?x10xf32>
!numbers = tensor<?xf32>
!labels = tensor<?xi32>

!weights1 = tensor<64x128xf32>
!weights2 = tensor<128x64xf32>
!weights3 = tensor<64x10xf32>
!biases1 = tensor<128xf32>
!biases2 = tensor<64xf32>
!biases3 = tensor<10xf32>

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>
#vector = affine_map<(i) -> (i)>
#number = affine_map<(i) -> ()>

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

// Powers of two: while the scale moves, weights on the grid stay on it.
func.func private @weight_scale(%history: !history) -> f32 {
  %amax = altgrad.history_amax %history : !history -> f32
  %scale = altgrad.compute_scale %amax in !e4m3fn power_of_two(ceil) : f32 -> f32
  return %scale : f32
}

func.func private @input_scale(%history: !history) -> f32 {
  %amax = altgrad.history_amax %history : !history -> f32
  %scale = altgrad.compute_scale %amax in !e4m3fn : f32 -> f32
  return %scale : f32
}

//===----------------------------------------------------------------------===//
// The layers
//===----------------------------------------------------------------------===//

// Each takes and returns the history of its inputs' amax.

func.func private @layer1(%x: !pixels, %w: !weights1, %b: !biases1,
                          %w_history: !history, %x_history: !history)
    -> (!hidden1, !history) {
  %w_scale = call @weight_scale(%w_history) : (!history) -> f32
  %x_scale = call @input_scale(%x_history) : (!history) -> f32
  %amax = altgrad.amax %x : !pixels -> f32
  %x_history_next = altgrad.update_amax_history %x_history, %amax : !history, f32
  %wq = altgrad.fake_quantize %w, %w_scale in !e4m3fn : !weights1, f32
  %xq = altgrad.fake_quantize %x, %x_scale in !e4m3fn : !pixels, f32

  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %x, %c0 : !pixels
  %empty = tensor.empty(%batch) : !hidden1
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : !hidden1) -> !hidden1
  %product = linalg.matmul ins(%xq, %wq : !pixels, !weights1)
      outs(%zeros : !hidden1) -> !hidden1
  %y = linalg.generic {
    indexing_maps = [#element, #column, #element],
    iterator_types = ["parallel", "parallel"]
  } ins(%product, %b : !hidden1, !biases1) outs(%empty : !hidden1) {
  ^bb0(%p: f32, %bias: f32, %out: f32):
    %sum = arith.addf %p, %bias : f32
    %relu = arith.maximumf %sum, %zero : f32
    linalg.yield %relu : f32
  } -> !hidden1
  return %y, %x_history_next : !hidden1, !history
}

func.func private @layer2(%x: !hidden1, %w: !weights2, %b: !biases2,
                          %w_history: !history, %x_history: !history)
    -> (!hidden2, !history) {
  %w_scale = call @weight_scale(%w_history) : (!history) -> f32
  %x_scale = call @input_scale(%x_history) : (!history) -> f32
  %amax = altgrad.amax %x : !hidden1 -> f32
  %x_history_next = altgrad.update_amax_history %x_history, %amax : !history, f32
  %wq = altgrad.fake_quantize %w, %w_scale in !e4m3fn : !weights2, f32
  %xq = altgrad.fake_quantize %x, %x_scale in !e4m3fn : !hidden1, f32

  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %x, %c0 : !hidden1
  %empty = tensor.empty(%batch) : !hidden2
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : !hidden2) -> !hidden2
  %product = linalg.matmul ins(%xq, %wq : !hidden1, !weights2)
      outs(%zeros : !hidden2) -> !hidden2
  %y = linalg.generic {
    indexing_maps = [#element, #column, #element],
    iterator_types = ["parallel", "parallel"]
  } ins(%product, %b : !hidden2, !biases2) outs(%empty : !hidden2) {
  ^bb0(%p: f32, %bias: f32, %out: f32):
    %sum = arith.addf %p, %bias : f32
    %relu = arith.maximumf %sum, %zero : f32
    linalg.yield %relu : f32
  } -> !hidden2
  return %y, %x_history_next : !hidden2, !history
}

// No ReLU: these are the logits.
func.func private @layer3(%x: !hidden2, %w: !weights3, %b: !biases3,
                          %w_history: !history, %x_history: !history)
    -> (!logits, !history) {
  %w_scale = call @weight_scale(%w_history) : (!history) -> f32
  %x_scale = call @input_scale(%x_history) : (!history) -> f32
  %amax = altgrad.amax %x : !hidden2 -> f32
  %x_history_next = altgrad.update_amax_history %x_history, %amax : !history, f32
  %wq = altgrad.fake_quantize %w, %w_scale in !e4m3fn : !weights3, f32
  %xq = altgrad.fake_quantize %x, %x_scale in !e4m3fn : !hidden2, f32

  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %x, %c0 : !hidden2
  %empty = tensor.empty(%batch) : !logits
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : !logits) -> !logits
  %product = linalg.matmul ins(%xq, %wq : !hidden2, !weights3)
      outs(%zeros : !logits) -> !logits
  %y = linalg.generic {
    indexing_maps = [#element, #column, #element],
    iterator_types = ["parallel", "parallel"]
  } ins(%product, %b : !logits, !biases3) outs(%empty : !logits) {
  ^bb0(%p: f32, %bias: f32, %out: f32):
    %sum = arith.addf %p, %bias : f32
    linalg.yield %sum : f32
  } -> !logits
  return %y, %x_history_next : !logits, !history
}

func.func private @logits(
    %x: !pixels, %w1: !weights1, %b1: !biases1, %w2: !weights2, %b2: !biases2,
    %w3: !weights3, %b3: !biases3, %wh1: !history, %wh2: !history,
    %wh3: !history, %xh1: !history, %xh2: !history, %xh3: !history)
    -> (!logits, !history, !history, !history) {
  %y1, %xh1_next = call @layer1(%x, %w1, %b1, %wh1, %xh1)
      : (!pixels, !weights1, !biases1, !history, !history) -> (!hidden1, !history)
  %y2, %xh2_next = call @layer2(%y1, %w2, %b2, %wh2, %xh2)
      : (!hidden1, !weights2, !biases2, !history, !history) -> (!hidden2, !history)
  %y3, %xh3_next = call @layer3(%y2, %w3, %b3, %wh3, %xh3)
      : (!hidden2, !weights3, !biases3, !history, !history) -> (!logits, !history)
  return %y3, %xh1_next, %xh2_next, %xh3_next
      : !logits, !history, !history, !history
}

//===----------------------------------------------------------------------===//
// The loss
//===----------------------------------------------------------------------===//

// Mean over the batch of log(sum(exp(z))) - z[label]. The largest logit is taken
// off before exp, so that nothing overflows.
func.func private @cross_entropy(%z: !logits, %labels: !labels) -> f32 {
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32  // -infinity
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %z, %c0 : !logits
  %empty = tensor.empty(%batch) : !numbers

  %lowests = linalg.fill ins(%lowest : f32) outs(%empty : !numbers) -> !numbers
  %largest = linalg.reduce { arith.maximumf } ins(%z : !logits)
      outs(%lowests : !numbers) dimensions = [1]
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : !numbers) -> !numbers
  %empty_exps = tensor.empty(%batch) : !logits
  %exps = linalg.generic {
    indexing_maps = [#element, #row, #element],
    iterator_types = ["parallel", "parallel"]
  } ins(%z, %largest : !logits, !numbers) outs(%empty_exps : !logits) {
  ^bb0(%logit: f32, %max: f32, %out: f32):
    %shifted = arith.subf %logit, %max : f32
    %exp = math.exp %shifted : f32
    linalg.yield %exp : f32
  } -> !logits
  %sum = linalg.reduce { arith.addf } ins(%exps : !logits)
      outs(%zeros : !numbers) dimensions = [1]
  %picked = linalg.generic {
    indexing_maps = [#element, #row, #row],
    iterator_types = ["parallel", "reduction"]
  } ins(%z, %labels : !logits, !labels) outs(%zeros : !numbers) {
  ^bb0(%logit: f32, %label: i32, %partial: f32):
    %class = linalg.index 1 : index
    %label_index = arith.index_cast %label : i32 to index
    %is_label = arith.cmpi eq, %class, %label_index : index
    %term = arith.select %is_label, %logit, %zero : f32
    %next = arith.addf %partial, %term : f32
    linalg.yield %next : f32
  } -> !numbers

  %empty_total = tensor.empty() : tensor<f32>
  %zero_total = linalg.fill ins(%zero : f32) outs(%empty_total : tensor<f32>)
      -> tensor<f32>
  %total = linalg.generic {
    indexing_maps = [#vector, #vector, #vector, #number],
    iterator_types = ["reduction"]
  } ins(%sum, %largest, %picked : !numbers, !numbers, !numbers)
    outs(%zero_total : tensor<f32>) {
  ^bb0(%s: f32, %max: f32, %p: f32, %partial: f32):
    %log = math.log %s : f32
    %log_sum = arith.addf %log, %max : f32
    %term = arith.subf %log_sum, %p : f32
    %next = arith.addf %partial, %term : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  %total_number = tensor.extract %total[] : tensor<f32>
  %batch_integer = arith.index_cast %batch : index to i32
  %count = arith.sitofp %batch_integer : i32 to f32
  %mean = arith.divf %total_number, %count : f32
  return %mean : f32
}

// What is differentiated, by the weights and biases: arguments 2 to 7.
func.func @loss(
    %x: !pixels, %labels: !labels, %w1: !weights1, %b1: !biases1, %w2: !weights2,
    %b2: !biases2, %w3: !weights3, %b3: !biases3, %wh1: !history, %wh2: !history,
    %wh3: !history, %xh1: !history, %xh2: !history, %xh3: !history)
    -> (f32, !history, !history, !history) {
  %z, %xh1_next, %xh2_next, %xh3_next =
      call @logits(%x, %w1, %b1, %w2, %b2, %w3, %b3, %wh1, %wh2, %wh3, %xh1, %xh2,
                   %xh3)
      : (!pixels, !weights1, !biases1, !weights2, !biases2, !weights3, !biases3,
         !history, !history, !history, !history, !history, !history)
      -> (!logits, !history, !history, !history)
  %loss = call @cross_entropy(%z, %labels) : (!logits, !labels) -> f32
  return %loss, %xh1_next, %xh2_next, %xh3_next
      : f32, !history, !history, !history
}

// altgrad-differentiate writes it: the results of @loss, then the gradients.
func.func private @loss_vjp(
    !pixels, !labels, !weights1, !biases1, !weights2, !biases2, !weights3,
    !biases3, !history, !history, !history, !history, !history, !history, f32)
    -> (f32, !history, !history, !history, !weights1, !biases1, !weights2,
        !biases2, !weights3, !biases3)

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

// Gradient descent with momentum: velocity = momentum * velocity + gradient, then
// weight = weight - lr * velocity. Next to it the weights with a velocity, and
// those of them that the step leaves at the same value of the format.
func.func @step(
    %x: !pixels, %labels: !labels, %lr: f32, %momentum: f32,
    %w1: !weights1, %b1: !biases1, %w2: !weights2, %b2: !biases2, %w3: !weights3,
    %b3: !biases3, %vw1: !weights1, %vb1: !biases1, %vw2: !weights2,
    %vb2: !biases2, %vw3: !weights3, %vb3: !biases3, %wh1: !history,
    %wh2: !history, %wh3: !history, %xh1: !history, %xh2: !history,
    %xh3: !history)
    -> (!weights1, !biases1, !weights2, !biases2, !weights3, !biases3, !weights1,
        !biases1, !weights2, !biases2, !weights3, !biases3, !history, !history,
        !history, i64, i64, i64, i64, i64, i64, f32) {
  %one = arith.constant 1.0 : f32
  %loss, %xh1_next, %xh2_next, %xh3_next, %gw1, %gb1, %gw2, %gb2, %gw3, %gb3 =
      call @loss_vjp(%x, %labels, %w1, %b1, %w2, %b2, %w3, %b3, %wh1, %wh2, %wh3,
                     %xh1, %xh2, %xh3, %one)
      : (!pixels, !labels, !weights1, !biases1, !weights2, !biases2, !weights3,
         !biases3, !history, !history, !history, !history, !history, !history,
         f32)
      -> (f32, !history, !history, !history, !weights1, !biases1, !weights2,
          !biases2, !weights3, !biases3)

  %momentum1 = tensor.splat %momentum : !weights1
  %momentum2 = tensor.splat %momentum : !weights2
  %momentum3 = tensor.splat %momentum : !weights3
  %momentum1b = tensor.splat %momentum : !biases1
  %momentum2b = tensor.splat %momentum : !biases2
  %momentum3b = tensor.splat %momentum : !biases3
  %kept1 = arith.mulf %momentum1, %vw1 : !weights1
  %kept2 = arith.mulf %momentum2, %vw2 : !weights2
  %kept3 = arith.mulf %momentum3, %vw3 : !weights3
  %kept1b = arith.mulf %momentum1b, %vb1 : !biases1
  %kept2b = arith.mulf %momentum2b, %vb2 : !biases2
  %kept3b = arith.mulf %momentum3b, %vb3 : !biases3
  %vw1_next = arith.addf %kept1, %gw1 : !weights1
  %vw2_next = arith.addf %kept2, %gw2 : !weights2
  %vw3_next = arith.addf %kept3, %gw3 : !weights3
  %vb1_next = arith.addf %kept1b, %gb1 : !biases1
  %vb2_next = arith.addf %kept2b, %gb2 : !biases2
  %vb3_next = arith.addf %kept3b, %gb3 : !biases3

  %scale1 = call @weight_scale(%wh1) : (!history) -> f32
  %scale2 = call @weight_scale(%wh2) : (!history) -> f32
  %scale3 = call @weight_scale(%wh3) : (!history) -> f32
  %stalled1, %total1 = altgrad.stall %w1, %vw1_next, %lr, %scale1 in !e4m3fn
      : !weights1, f32 -> i64, i64
  %stalled2, %total2 = altgrad.stall %w2, %vw2_next, %lr, %scale2 in !e4m3fn
      : !weights2, f32 -> i64, i64
  %stalled3, %total3 = altgrad.stall %w3, %vw3_next, %lr, %scale3 in !e4m3fn
      : !weights3, f32 -> i64, i64

  %rate = arith.negf %lr : f32
  %rate1 = tensor.splat %rate : !weights1
  %rate2 = tensor.splat %rate : !weights2
  %rate3 = tensor.splat %rate : !weights3
  %rate1b = tensor.splat %rate : !biases1
  %rate2b = tensor.splat %rate : !biases2
  %rate3b = tensor.splat %rate : !biases3
  %change1 = arith.mulf %rate1, %vw1_next : !weights1
  %change2 = arith.mulf %rate2, %vw2_next : !weights2
  %change3 = arith.mulf %rate3, %vw3_next : !weights3
  %change1b = arith.mulf %rate1b, %vb1_next : !biases1
  %change2b = arith.mulf %rate2b, %vb2_next : !biases2
  %change3b = arith.mulf %rate3b, %vb3_next : !biases3
  %w1_next = arith.addf %w1, %change1 : !weights1
  %w2_next = arith.addf %w2, %change2 : !weights2
  %w3_next = arith.addf %w3, %change3 : !weights3
  %b1_next = arith.addf %b1, %change1b : !biases1
  %b2_next = arith.addf %b2, %change2b : !biases2
  %b3_next = arith.addf %b3, %change3b : !biases3

  return %w1_next, %b1_next, %w2_next, %b2_next, %w3_next, %b3_next, %vw1_next,
      %vb1_next, %vw2_next, %vb2_next, %vw3_next, %vb3_next, %xh1_next, %xh2_next,
      %xh3_next, %stalled1, %total1, %stalled2, %total2, %stalled3, %total3, %loss
      : !weights1, !biases1, !weights2, !biases2, !weights3, !biases3, !weights1,
        !biases1, !weights2, !biases2, !weights3, !biases3, !history, !history,
        !history, i64, i64, i64, i64, i64, i64, f32
}

// What is kept of the weights from one step to the next: values of the format.
// Their amax is recorded first, so that the scale fits them.
func.func @store(%w1: !weights1, %w2: !weights2, %w3: !weights3, %wh1: !history,
                 %wh2: !history, %wh3: !history)
    -> (!weights1, !weights2, !weights3, !history, !history, !history) {
  %amax1 = altgrad.amax %w1 : !weights1 -> f32
  %amax2 = altgrad.amax %w2 : !weights2 -> f32
  %amax3 = altgrad.amax %w3 : !weights3 -> f32
  %wh1_next = altgrad.update_amax_history %wh1, %amax1 : !history, f32
  %wh2_next = altgrad.update_amax_history %wh2, %amax2 : !history, f32
  %wh3_next = altgrad.update_amax_history %wh3, %amax3 : !history, f32
  %scale1 = call @weight_scale(%wh1_next) : (!history) -> f32
  %scale2 = call @weight_scale(%wh2_next) : (!history) -> f32
  %scale3 = call @weight_scale(%wh3_next) : (!history) -> f32
  %q1 = altgrad.fake_quantize %w1, %scale1 in !e4m3fn : !weights1, f32
  %q2 = altgrad.fake_quantize %w2, %scale2 in !e4m3fn : !weights2, f32
  %q3 = altgrad.fake_quantize %w3, %scale3 in !e4m3fn : !weights3, f32
  return %q1, %q2, %q3, %wh1_next, %wh2_next, %wh3_next
      : !weights1, !weights2, !weights3, !history, !history, !history
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

// The mean loss, and how many images are read right: the first of the largest
// logits is the answer, and a NaN is none.
func.func @evaluate(
    %x: !pixels, %labels: !labels, %w1: !weights1, %b1: !biases1, %w2: !weights2,
    %b2: !biases2, %w3: !weights3, %b3: !biases3, %wh1: !history, %wh2: !history,
    %wh3: !history, %xh1: !history, %xh2: !history, %xh3: !history)
    -> (i64, f32) {
  %z, %xh1_next, %xh2_next, %xh3_next =
      call @logits(%x, %w1, %b1, %w2, %b2, %w3, %b3, %wh1, %wh2, %wh3, %xh1, %xh2,
                   %xh3)
      : (!pixels, !weights1, !biases1, !weights2, !biases2, !weights3, !biases3,
         !history, !history, !history, !history, !history, !history)
      -> (!logits, !history, !history, !history)
  %loss = call @cross_entropy(%z, %labels) : (!logits, !labels) -> f32

  %lowest = arith.constant 0xFF800000 : f32  // -infinity
  %none = arith.constant -1 : i32
  %no_count = arith.constant dense<0> : tensor<i64>
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %x, %c0 : !pixels
  %empty = tensor.empty(%batch) : !numbers
  %lowests = linalg.fill ins(%lowest : f32) outs(%empty : !numbers) -> !numbers
  %empty_answers = tensor.empty(%batch) : !labels
  %nones = linalg.fill ins(%none : i32) outs(%empty_answers : !labels) -> !labels
  %largest, %answers = linalg.generic {
    indexing_maps = [#element, #row, #row],
    iterator_types = ["parallel", "reduction"]
  } ins(%z : !logits) outs(%lowests, %nones : !numbers, !labels) {
  ^bb0(%logit: f32, %max: f32, %answer: i32):
    %class = linalg.index 1 : index
    %class_integer = arith.index_cast %class : index to i32
    %is_larger = arith.cmpf ogt, %logit, %max : f32
    %max_next = arith.select %is_larger, %logit, %max : f32
    %answer_next = arith.select %is_larger, %class_integer, %answer : i32
    linalg.yield %max_next, %answer_next : f32, i32
  } -> (!numbers, !labels)
  %right = linalg.generic {
    indexing_maps = [#vector, #vector, #number], iterator_types = ["reduction"]
  } ins(%answers, %labels : !labels, !labels) outs(%no_count : tensor<i64>) {
  ^bb0(%answer: i32, %label: i32, %count: i64):
    %is_right = arith.cmpi eq, %answer, %label : i32
    %one = arith.extui %is_right : i1 to i64
    %next = arith.addi %count, %one : i64
    linalg.yield %next : i64
  } -> tensor<i64>
  %count = tensor.extract %right[] : tensor<i64>
  return %count, %loss : i64, f32
}
