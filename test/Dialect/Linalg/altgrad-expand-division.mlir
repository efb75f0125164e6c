// RUN: altgrad-opt %s --altgrad-expand-division --canonicalize | FileCheck %s

// One division, of f32 scalars, and two products: the first is by 1 but for
// divisors so small that their reciprocal would be infinite.
// CHECK-LABEL: func.func @bf16(
// CHECK-SAME:      %[[X:.*]]: vector<4xbf16>, %[[S:.*]]: bf16)
// CHECK-DAG:     %[[WIDE:.*]] = arith.extf %[[X]] : vector<4xbf16> to vector<4xf32>
// CHECK-DAG:     %[[DIVISOR:.*]] = arith.extf %[[S]] : bf16 to f32
// CHECK:         %[[MAGNITUDE:.*]] = math.absf %[[DIVISOR]] : f32
// CHECK:         %[[TINY:.*]] = arith.cmpf olt, %[[MAGNITUDE]], %{{.*}} : f32
// CHECK:         %[[UP:.*]] = arith.select %[[TINY]]
// CHECK:         %[[SCALED:.*]] = arith.mulf %[[DIVISOR]], %[[UP]] : f32
// CHECK:         %[[R:.*]] = arith.divf %{{.*}}, %[[SCALED]] : f32
// CHECK:         %[[UPS:.*]] = vector.broadcast %[[UP]]
// CHECK:         %[[XS:.*]] = arith.mulf %[[WIDE]], %[[UPS]] : vector<4xf32>
// CHECK:         %[[RS:.*]] = vector.broadcast %[[R]]
// CHECK:         %[[Q:.*]] = arith.mulf %[[XS]], %[[RS]] : vector<4xf32>
// CHECK:         arith.truncf %[[Q]] : vector<4xf32> to vector<4xbf16>
func.func @bf16(%x: vector<4xbf16>, %s: bf16) -> vector<4xbf16> {
  %spread = vector.broadcast %s : bf16 to vector<4xbf16>
  %0 = arith.extf %x : vector<4xbf16> to vector<4xf32>
  %1 = arith.extf %spread : vector<4xbf16> to vector<4xf32>
  %2 = arith.divf %0, %1 : vector<4xf32>
  %3 = arith.truncf %2 : vector<4xf32> to vector<4xbf16>
  return %3 : vector<4xbf16>
}

// The other way round.
// CHECK-LABEL: func.func @bf16_spread_later(
// CHECK-NOT:     arith.divf {{.*}} : vector
func.func @bf16_spread_later(%x: vector<4xbf16>, %s: bf16) -> vector<4xbf16> {
  %0 = arith.extf %x : vector<4xbf16> to vector<4xf32>
  %1 = arith.extf %s : bf16 to f32
  %spread = vector.broadcast %1 : f32 to vector<4xf32>
  %2 = arith.divf %0, %spread : vector<4xf32>
  %3 = arith.truncf %2 : vector<4xf32> to vector<4xbf16>
  return %3 : vector<4xbf16>
}

// CHECK-LABEL: func.func @f16(
// CHECK-SAME:      %[[X:.*]]: vector<4xf16>, %[[S:.*]]: f16)
// CHECK-DAG:     %[[WIDE:.*]] = arith.extf %[[X]] : vector<4xf16> to vector<4xf32>
// CHECK-DAG:     %[[DIVISOR:.*]] = arith.extf %[[S]] : f16 to f32
// CHECK:         %[[R:.*]] = arith.divf %{{.*}}, %[[DIVISOR]] : f32
// CHECK:         %[[RS:.*]] = vector.broadcast %[[R]]
// CHECK:         %[[Q:.*]] = arith.mulf %[[WIDE]], %[[RS]] : vector<4xf32>
// CHECK:         %[[REST:.*]] = math.fma %[[Q]], %{{.*}}, %[[WIDE]] : vector<4xf32>
// CHECK:         %[[BETTER:.*]] = math.fma %[[REST]], %[[RS]], %[[Q]] : vector<4xf32>
// CHECK:         %[[CHOICE:.*]] = arith.cmpf one, %[[REST]], %{{.*}} : vector<4xf32>
// CHECK:         arith.select %[[CHOICE]], %[[BETTER]], %[[Q]]
func.func @f16(%x: vector<4xf16>, %s: f16) -> vector<4xf16> {
  %spread = vector.broadcast %s : f16 to vector<4xf16>
  %0 = arith.divf %x, %spread : vector<4xf16>
  return %0 : vector<4xf16>
}

// CHECK-LABEL: func.func @constant(
// CHECK-NOT:     arith.divf {{.*}} : vector
func.func @constant(%x: vector<4xf16>) -> vector<4xf16> {
  %three = arith.constant dense<3.0> : vector<4xf16>
  %0 = arith.divf %x, %three : vector<4xf16>
  return %0 : vector<4xf16>
}

// What stays: divisors of their own, f32 (as such, or as the result of bf16
// numbers), scalars.
// CHECK-LABEL: func.func @left(
// CHECK-COUNT-5: arith.divf
func.func @left(%x: vector<4xf16>, %y: vector<4xf16>, %v: vector<4xf32>,
                %w: vector<4xbf16>, %s: f32, %h: f16, %t: bf16)
    -> (vector<4xf16>, vector<4xf32>, f16, vector<4xf32>, vector<4xbf16>) {
  %0 = arith.divf %x, %y : vector<4xf16>
  %spread = vector.broadcast %s : f32 to vector<4xf32>
  %1 = arith.divf %v, %spread : vector<4xf32>
  %2 = arith.divf %h, %h : f16
  %wide = arith.extf %w : vector<4xbf16> to vector<4xf32>
  %3 = arith.extf %t : bf16 to f32
  %4 = vector.broadcast %3 : f32 to vector<4xf32>
  %5 = arith.divf %wide, %4 : vector<4xf32>
  // The divisor has more bits than bf16.
  %6 = arith.divf %wide, %spread : vector<4xf32>
  %7 = arith.truncf %6 : vector<4xf32> to vector<4xbf16>
  return %0, %1, %2, %5, %7
      : vector<4xf16>, vector<4xf32>, f16, vector<4xf32>, vector<4xbf16>
}

// Quotients of f32 that a format rounds: all of a block in one branch, and the
// sign of a zero only where it is seen.
// CHECK-LABEL: func.func @f32_for_formats(
// CHECK-SAME:      %[[X:.*]]: vector<4xf32>, %[[Y:.*]]: vector<4xf32>, %[[S:.*]]: f32)
// CHECK:         %[[MOVED:.*]] = arith.addf %[[Y]], %[[Y]] : vector<4xf32>
// CHECK-DAG:     arith.cmpf oge, %[[S]], %{{.*}} : f32
// CHECK-DAG:     arith.cmpf ole, %[[S]], %{{.*}} : f32
// CHECK-DAG:     %[[R:.*]] = arith.divf %{{.*}}, %[[S]] : f32
// CHECK:         %[[Q:.*]]:2 = scf.if %{{.*}} -> (vector<4xf32>, vector<4xf32>)
// CHECK:           arith.minimumf
// CHECK:           math.copysign %{{.*}}, %[[X]]
// CHECK-COUNT-3:   math.fma
// CHECK:           math.copysign %{{.*}}, %[[X]]
// CHECK:           arith.minimumf
// CHECK:           math.copysign %{{.*}}, %[[MOVED]]
// CHECK-COUNT-3:   math.fma
// CHECK-NEXT:      scf.yield
// CHECK:         } else {
// CHECK-DAG:       arith.divf %[[X]], %{{.*}} : vector<4xf32>
// CHECK-DAG:       arith.divf %[[MOVED]], %{{.*}} : vector<4xf32>
// CHECK:         altgrad.encode %[[Q]]#0
// CHECK:         altgrad.round %[[Q]]#1
func.func @f32_for_formats(%x: vector<4xf32>, %y: vector<4xf32>, %s: f32)
    -> (vector<4xi8>, vector<4xi1>) {
  %spread = vector.broadcast %s : f32 to vector<4xf32>
  %0 = arith.divf %x, %spread : vector<4xf32>
  %1 = altgrad.encode %0 in !altgrad.fp8<E3M4> : vector<4xf32> -> vector<4xi8>
  %moved = arith.addf %y, %y : vector<4xf32>
  %2 = arith.divf %moved, %spread : vector<4xf32>
  %3 = altgrad.round %2 in !altgrad.fp8<E3M4> : vector<4xf32>
  %4 = arith.cmpf oeq, %3, %3 : vector<4xf32>
  return %1, %4 : vector<4xi8>, vector<4xi1>
}

// Read by others, formats at the ends of f32's range, several divisors, scalars.
// CHECK-LABEL: func.func @f32_left(
// CHECK-NOT:     scf.if
// CHECK:         return
func.func @f32_left(%x: vector<4xf32>, %s: f32, %t: vector<4xf32>)
    -> (vector<4xf32>, vector<4xf32>, vector<4xi8>, vector<4xi8>, f32) {
  %spread = vector.broadcast %s : f32 to vector<4xf32>
  %0 = arith.divf %x, %spread : vector<4xf32>
  %1 = altgrad.round %0 in !altgrad.fp8<E3M4> : vector<4xf32>
  %2 = arith.divf %t, %spread : vector<4xf32>
  %3 = altgrad.encode %2 in !altgrad.fp8<E4M3, bias = 100, ieee> : vector<4xf32> -> vector<4xi8>
  %4 = arith.divf %x, %t : vector<4xf32>
  %5 = altgrad.encode %4 in !altgrad.fp8<E3M4> : vector<4xf32> -> vector<4xi8>
  %6 = arith.divf %s, %s : f32
  %7 = altgrad.round %6 in !altgrad.fp8<E3M4> : f32
  return %0, %1, %3, %5, %7 : vector<4xf32>, vector<4xf32>, vector<4xi8>, vector<4xi8>, f32
}
