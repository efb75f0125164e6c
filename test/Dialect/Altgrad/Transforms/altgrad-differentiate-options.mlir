// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s --check-prefix=DEFAULT
// RUN: altgrad-opt %s --altgrad-differentiate='functions=f,hidden suffix=_grad' \
// RUN:   | FileCheck %s --check-prefix=FUNCTIONS
// RUN: altgrad-opt %s --altgrad-differentiate='functions=f wrt=2,0 results=1' \
// RUN:   | FileCheck %s --check-prefix=CHOSEN

// By default all public functions of floats, all arguments and results of float
// type.

// DEFAULT: func @f_vjp(%{{.*}}: f32, %{{.*}}: i64, %{{.*}}: f64, %{{.*}}: f32, %{{.*}}: f64) -> (f32, f64, f32, f64)
// DEFAULT: func @g_vjp(
// DEFAULT-NOT: _vjp(
// FUNCTIONS: func @f_grad(
// FUNCTIONS-NOT: @g_grad
// FUNCTIONS: func private @hidden_grad(
// Gradients in the order of wrt; the other results have no cotangent.
// CHOSEN: func @f_vjp(%{{.*}}: f32, %{{.*}}: i64, %[[Z:.*]]: f64, %[[G:.*]]: f64) -> (f32, f64, f64, f32)
// CHOSEN-DAG: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHOSEN-DAG: %[[DZ:.*]] = arith.mulf %[[G]], %{{.*}} : f64
// CHOSEN: return %{{.*}}, %{{.*}}, %[[DZ]], %[[ZERO]]
func.func @f(%x: f32, %n: i64, %z: f64) -> (f32, f64) {
  %a = math.exp %x : f32
  %b = math.exp %z : f64
  return %a, %b : f32, f64
}
func.func @g(%x: f32) -> f32 {
  return %x : f32
}
func.func private @hidden(%x: f32) -> f32 {
  return %x : f32
}
func.func @no_floats(%n: i64) -> i64 {
  return %n : i64
}
