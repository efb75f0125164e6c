// The user's own bf16: conversions and arithmetic round once, and keep
// subnormals.

// RUN: altgrad-opt %s --altgrad-cpu-pipeline \
// RUN:   | mlir-runner -e main -entry-point-result=void \
// RUN:       -shared-libs=%mlir_c_runner_utils | FileCheck %s

func.func private @printI64(i64)
func.func private @printNewline()

func.func @show(%bits: i16) {
  %wide = arith.extui %bits : i16 to i64
  call @printI64(%wide) : (i64) -> ()
  call @printNewline() : () -> ()
  return
}

func.func @from_f64(%x: f64) {
  %y = arith.truncf %x : f64 to bf16
  %bits = arith.bitcast %y : bf16 to i16
  call @show(%bits) : (i16) -> ()
  return
}

func.func @from_f32(%x: f32) {
  %y = arith.truncf %x : f32 to bf16
  %bits = arith.bitcast %y : bf16 to i16
  call @show(%bits) : (i16) -> ()
  return
}

func.func @add(%x: bf16, %y: bf16) {
  %sum = arith.addf %x, %y : bf16
  %bits = arith.bitcast %sum : bf16 to i16
  call @show(%bits) : (i16) -> ()
  return
}

func.func @multiply_add(%a: bf16, %b: bf16, %c: bf16) {
  %sum = math.fma %a, %b, %c : bf16
  %bits = arith.bitcast %sum : bf16 to i16
  call @show(%bits) : (i16) -> ()
  return
}

func.func @square_root(%x: bf16) {
  %root = math.sqrt %x : bf16
  %bits = arith.bitcast %root : bf16 to i16
  call @show(%bits) : (i16) -> ()
  return
}

// In order and rounded after each addition: 256 + 1 is 256 in bf16, so ones
// after 256 are lost, every one of them.
func.func @sum(%x: tensor<?xbf16>, %zero: bf16) {
  %init = tensor.from_elements %zero : tensor<bf16>
  %r = linalg.reduce { arith.addf } ins(%x : tensor<?xbf16>)
         outs(%init : tensor<bf16>) dimensions = [0]
  %sum = tensor.extract %r[] : tensor<bf16>
  %bits = arith.bitcast %sum : bf16 to i16
  call @show(%bits) : (i16) -> ()
  return
}

func.func @main() {
  // (1 + 2^-7) * 1.5 is the tie between 0x3FC1 and 0x3FC2, to even; with 2^-60
  // less or more, which not even f64 can hold beside it, it is none.
  %a = arith.constant 1.0078125 : bf16
  %b = arith.constant 1.5 : bf16
  %none = arith.constant 0.0 : bf16
  %little = arith.constant 8.67361737988e-19 : bf16
  %less = arith.constant -8.67361737988e-19 : bf16
  call @multiply_add(%a, %b, %none) : (bf16, bf16, bf16) -> ()
  // CHECK:      {{^}}16322{{$}}
  call @multiply_add(%a, %b, %less) : (bf16, bf16, bf16) -> ()
  // CHECK-NEXT: {{^}}16321{{$}}
  call @multiply_add(%a, %b, %little) : (bf16, bf16, bf16) -> ()
  // CHECK-NEXT: {{^}}16322{{$}}
  // 2^-125 * 2^-3 is subnormal, 3e38 * 2 infinite, infinity less itself NaN.
  %normal = arith.constant 2.350988701644575e-38 : bf16
  %eighth = arith.constant 0.125 : bf16
  call @multiply_add(%normal, %eighth, %none) : (bf16, bf16, bf16) -> ()
  // CHECK-NEXT: {{^}}32{{$}}
  %huge = arith.constant 3.0e38 : bf16
  %two = arith.constant 2.0 : bf16
  call @multiply_add(%huge, %two, %none) : (bf16, bf16, bf16) -> ()
  // CHECK-NEXT: {{^}}32640{{$}}
  %inf = arith.constant 0x7f80 : bf16
  %minus_inf = arith.constant 0xff80 : bf16
  call @multiply_add(%inf, %two, %minus_inf) : (bf16, bf16, bf16) -> ()
  // CHECK-NEXT: {{^}}32704{{$}}

  // 1 + 2^-8 + 2^-40: by way of f32 it would be the tie 1 + 2^-8, and 1.0.
  %tie = arith.constant 1.0039062500009095 : f64
  call @from_f64(%tie) : (f64) -> ()
  // CHECK:      {{^}}16257{{$}}
  // 1 + 2^-8 exactly: a tie, to even. 1.0 (0x3F80)
  %exact = arith.constant 1.00390625 : f64
  call @from_f64(%exact) : (f64) -> ()
  // CHECK-NEXT: {{^}}16256{{$}}
  // 1 + 2^-8 - 2^-40, just below the tie. 1.0 (0x3F80)
  %below = arith.constant 1.0039062499990905 : f64
  call @from_f64(%below) : (f64) -> ()
  // CHECK-NEXT: {{^}}16256{{$}}
  // Too large for f32. infinity (0x7F80)
  %large = arith.constant -1.0e300 : f64
  call @from_f64(%large) : (f64) -> ()
  // CHECK-NEXT: {{^}}65408{{$}}
  // 1e-39 is subnormal: 11 * 2^-133 (0x000B)
  %small = arith.constant 1.0e-39 : f32
  call @from_f32(%small) : (f32) -> ()
  // CHECK-NEXT: {{^}}11{{$}}
  %small64 = arith.constant 1.0e-39 : f64
  call @from_f64(%small64) : (f64) -> ()
  // CHECK-NEXT: {{^}}11{{$}}
  // 2^-133 + 2^-133 = 2^-132 (0x0002)
  %least = arith.constant 9.18354961579912e-41 : bf16
  call @add(%least, %least) : (bf16, bf16) -> ()
  // CHECK-NEXT: {{^}}2{{$}}
  // 2.0 (0x4000)
  %four = arith.constant 4.0 : bf16
  call @square_root(%four) : (bf16) -> ()
  // CHECK-NEXT: {{^}}16384{{$}}
  // 256 and forty ones: 256.0 (0x4380)
  %ones = arith.constant dense<1.0> : tensor<41xbf16>
  %large_first = arith.constant 256.0 : bf16
  %c0 = arith.constant 0 : index
  %data = tensor.insert %large_first into %ones[%c0] : tensor<41xbf16>
  %dynamic = tensor.cast %data : tensor<41xbf16> to tensor<?xbf16>
  %zero = arith.constant 0.0 : bf16
  call @sum(%dynamic, %zero) : (tensor<?xbf16>, bf16) -> ()
  // CHECK-NEXT: {{^}}17280{{$}}
  return
}
