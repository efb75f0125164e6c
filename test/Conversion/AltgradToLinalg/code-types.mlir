// Codes become i8 everywhere, in other dialects' operations too. Both
// conversions do it the same way.
//
// RUN: altgrad-opt %s --convert-altgrad-to-linalg --split-input-file --allow-unregistered-dialect | FileCheck %s
// RUN: altgrad-opt %s --convert-altgrad-to-arith --split-input-file --allow-unregistered-dialect | FileCheck %s

// CHECK-NOT: altgrad.fp8

!q = !altgrad.fp8<E4M3FN>

// CHECK: func private @declaration(tensor<*xi8>, memref<4xi8, 1>, vector<[4]xi8>, tuple<i8, i32>) -> i8
func.func private @declaration(tensor<*x!q>, memref<4x!q, 1>, vector<[4]x!q>, tuple<!q, i32>) -> !q

// CHECK-LABEL: func @calls
// CHECK: call @calls(%{{.*}}) : (tensor<?xi8>) -> tensor<?xi8>
func.func @calls(%q: tensor<?x!q>) -> tensor<?x!q> {
  %0 = func.call @calls(%q) : (tensor<?x!q>) -> tensor<?x!q>
  return %0 : tensor<?x!q>
}

// CHECK-LABEL: func @loops
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (i8)
// CHECK: scf.if %{{.*}} -> (i8)
func.func @loops(%q: !q, %n: index, %b: i1) -> !q {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %q) -> (!q) {
    %s = scf.if %b -> (!q) {
      scf.yield %q : !q
    } else {
      scf.yield %a : !q
    }
    scf.yield %s : !q
  }
  return %r : !q
}

// CHECK-LABEL: func @branches
// CHECK: cf.cond_br %{{.*}}, ^[[A:.*]](%{{.*}} : i8), ^[[B:.*]](%{{.*}} : i8)
// CHECK: ^[[A]](%{{.*}}: i8)
func.func @branches(%q: !q, %b: i1) -> !q {
  cf.cond_br %b, ^a(%q : !q), ^b(%q : !q)
^a(%x: !q):
  return %x : !q
^b(%y: !q):
  cf.br ^a(%y : !q)
}

// CHECK-LABEL: func @memory
// CHECK: memref.alloc() : memref<4xi8>
// CHECK: memref.load %{{.*}}[%{{.*}}] : memref<4xi8>
// CHECK: memref.store %{{.*}}, %{{.*}}[%{{.*}}] : memref<4xi8>
// CHECK: tensor.extract %{{.*}}[%{{.*}}] : tensor<4xi8>
// CHECK: vector.extract %{{.*}}[0] : i8 from vector<4xi8>
func.func @memory(%t: tensor<4x!q>, %v: vector<4x!q>) -> (!q, !q) {
  %c0 = arith.constant 0 : index
  %m = memref.alloc() : memref<4x!q>
  %x = memref.load %m[%c0] : memref<4x!q>
  memref.store %x, %m[%c0] : memref<4x!q>
  memref.dealloc %m : memref<4x!q>
  %y = tensor.extract %t[%c0] : tensor<4x!q>
  %z = vector.extract %v[0] : !q from vector<4x!q>
  return %y, %z : !q, !q
}

// CHECK-LABEL: func @attributes
// CHECK: "foreign.op"() {nested = [{type = i8}, tensor<4xi8>]} : () -> ()
func.func @attributes() {
  "foreign.op"() {nested = [{type = !q}, tensor<4x!q>]} : () -> ()
  return
}

// Codes that are known are bytes that are known.

// CHECK-LABEL: func @constants
// CHECK-DAG: arith.constant 56 : i8
// CHECK-DAG: arith.constant dense<[56, -128]> : vector<2xi8>
func.func @constants() -> (!q, vector<2x!q>) {
  %c = altgrad.constant 56 : i8 as !q
  %v = altgrad.constant dense<[56, -128]> : vector<2xi8> as vector<2x!q>
  return %c, %v : !q, vector<2x!q>
}

// A bitcast to i8 vanishes, one to a builtin float type remains, as arith's.

// CHECK-LABEL: func @bitcasts
// CHECK-SAME: (%[[Q:.*]]: i8)
// CHECK-NEXT: %[[F8:.*]] = arith.bitcast %[[Q]] : i8 to f8E4M3FN
// CHECK-NEXT: %[[BACK:.*]] = arith.bitcast %[[F8]] : f8E4M3FN to i8
// CHECK-NEXT: return %[[Q]], %[[F8]], %[[BACK]] : i8, f8E4M3FN, i8
func.func @bitcasts(%q: !q) -> (i8, f8E4M3FN, !q) {
  %0 = altgrad.bitcast %q : !q to i8
  %1 = altgrad.bitcast %q : !q to f8E4M3FN
  %2 = altgrad.bitcast %1 : f8E4M3FN to !q
  return %0, %1, %2 : i8, f8E4M3FN, !q
}

// Nothing of it touches a program without codes.

// CHECK-LABEL: func @untouched
// CHECK-NEXT: arith.addi %{{.*}}, %{{.*}} : i8
func.func @untouched(%x: i8) -> i8 {
  %0 = arith.addi %x, %x : i8
  return %0 : i8
}
