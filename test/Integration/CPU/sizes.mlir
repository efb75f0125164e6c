// Every size gives what the scalar ops give, element by element: full vectors,
// interleaved vectors, remainders, nothing at all.
//
// DEFINE: %{options} =
// DEFINE: %{run} = altgrad-opt %s --altgrad-cpu-pipeline=%{options} | mlir-runner -O2 -e main \
// DEFINE:   -entry-point-result=void -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils | FileCheck %s
// RUN: %{run}
// REDEFINE: %{options} = vector-width=128
// RUN: %{run}
// REDEFINE: %{options} = vector-width=64
// RUN: %{run}

!q = !altgrad.fp8<E4M3FN>

func.func private @printMemrefI64(%m: tensor<*xi64> {bufferization.access = "read"})

// i * 37 mod 101 - 50, times 11.3: both signs, zeros, saturation past 448.
func.func private @value(%i: index) -> f32 {
  %c37 = arith.constant 37 : index
  %c101 = arith.constant 101 : index
  %c50 = arith.constant 50.0 : f32
  %step = arith.constant 11.3 : f32
  %0 = arith.muli %i, %c37 : index
  %1 = arith.remui %0, %c101 : index
  %2 = arith.index_cast %1 : index to i32
  %3 = arith.sitofp %2 : i32 to f32
  %4 = arith.subf %3, %c50 : f32
  %5 = arith.mulf %4, %step : f32
  return %5 : f32
}

// The number of elements that differ from the scalar route, and then the
// differences of amax and of the two counts.
func.func private @check(%n: index) -> tensor<6xi64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %i0 = arith.constant 0 : i64
  %zero = arith.constant 0.0 : f32
  %lr = arith.constant 0.01 : f32
  %s = arith.constant 0.7 : f32

  // The ops on a tensor.
  %x = tensor.generate %n {
  ^bb0(%i: index):
    %v = func.call @value(%i) : (index) -> f32
    tensor.yield %v : f32
  } : tensor<?xf32>
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!q>
  %b = altgrad.bitcast %q : tensor<?x!q> to tensor<?xi8>
  %y = altgrad.dequantize %q, %s : tensor<?x!q>, f32 -> tensor<?xf32>
  %z = altgrad.fake_quantize %x, %s in !altgrad.fp8<E3M4> : tensor<?xf32>, f32
  %amax = altgrad.amax %x : tensor<?xf32> -> f32
  %stalled, %total = altgrad.stall %x, %z, %lr, %s in !q : tensor<?xf32>, f32 -> i64, i64

  // The ops on one element after the other.
  %r:6 = scf.for %i = %c0 to %n step %c1
      iter_args(%d0 = %i0, %d1 = %i0, %d2 = %i0, %m = %zero, %st = %i0, %to = %i0)
      -> (i64, i64, i64, f32, i64, i64) {
    %v = func.call @value(%i) : (index) -> f32
    %q1 = altgrad.quantize %v, %s : f32, f32 -> !q
    %b1 = altgrad.bitcast %q1 : !q to i8
    %y1 = altgrad.dequantize %q1, %s : !q, f32 -> f32
    %z1 = altgrad.fake_quantize %v, %s in !altgrad.fp8<E3M4> : f32, f32
    %a1 = altgrad.amax %v : f32 -> f32
    %t1:2 = altgrad.stall %v, %z1, %lr, %s in !q : f32, f32 -> i64, i64
    %be = tensor.extract %b[%i] : tensor<?xi8>
    %ye = tensor.extract %y[%i] : tensor<?xf32>
    %ze = tensor.extract %z[%i] : tensor<?xf32>
    %n0 = arith.cmpi ne, %b1, %be : i8
    %n1 = arith.cmpf une, %y1, %ye : f32
    %n2 = arith.cmpf une, %z1, %ze : f32
    %e0 = arith.extui %n0 : i1 to i64
    %e1 = arith.extui %n1 : i1 to i64
    %e2 = arith.extui %n2 : i1 to i64
    %f0 = arith.addi %d0, %e0 : i64
    %f1 = arith.addi %d1, %e1 : i64
    %f2 = arith.addi %d2, %e2 : i64
    %m1 = arith.maximumf %m, %a1 : f32
    %st1 = arith.addi %st, %t1#0 : i64
    %to1 = arith.addi %to, %t1#1 : i64
    scf.yield %f0, %f1, %f2, %m1, %st1, %to1 : i64, i64, i64, f32, i64, i64
  }
  %differs = arith.cmpf une, %amax, %r#3 : f32
  %d3 = arith.extui %differs : i1 to i64
  %d4 = arith.subi %stalled, %r#4 : i64
  %d5 = arith.subi %total, %r#5 : i64
  %t = tensor.from_elements %r#0, %r#1, %r#2, %d3, %d4, %d5 : tensor<6xi64>
  return %t : tensor<6xi64>
}

func.func private @run(%n: index) {
  %0 = call @check(%n) : (index) -> tensor<6xi64>
  %any = tensor.cast %0 : tensor<6xi64> to tensor<*xi64>
  call @printMemrefI64(%any) : (tensor<*xi64>) -> ()
  return
}

// CHECK-COUNT-14: {{^}}[0, 0, 0, 0, 0, 0]
// CHECK-NOT: [
func.func @main() {
  %n0 = arith.constant 0 : index
  call @run(%n0) : (index) -> ()
  %n1 = arith.constant 1 : index
  call @run(%n1) : (index) -> ()
  %n2 = arith.constant 2 : index
  call @run(%n2) : (index) -> ()
  %n15 = arith.constant 15 : index
  call @run(%n15) : (index) -> ()
  %n16 = arith.constant 16 : index
  call @run(%n16) : (index) -> ()
  %n17 = arith.constant 17 : index
  call @run(%n17) : (index) -> ()
  %n31 = arith.constant 31 : index
  call @run(%n31) : (index) -> ()
  %n63 = arith.constant 63 : index
  call @run(%n63) : (index) -> ()
  %n64 = arith.constant 64 : index
  call @run(%n64) : (index) -> ()
  %n65 = arith.constant 65 : index
  call @run(%n65) : (index) -> ()
  %n80 = arith.constant 80 : index
  call @run(%n80) : (index) -> ()
  %n127 = arith.constant 127 : index
  call @run(%n127) : (index) -> ()
  %n129 = arith.constant 129 : index
  call @run(%n129) : (index) -> ()
  %n1000 = arith.constant 1000 : index
  call @run(%n1000) : (index) -> ()
  return
}
