// Functions with a body that name no processor yet get one.
//
// RUN: altgrad-opt %s --altgrad-set-cpu-target=target=x86-64-v4 | FileCheck %s
// RUN: altgrad-opt %s --altgrad-set-cpu-target=target=native | FileCheck %s --check-prefix=NATIVE
// RUN: altgrad-opt %s > %t.before
// RUN: altgrad-opt %s --altgrad-set-cpu-target | diff %t.before -
// RUN: altgrad-opt %s --altgrad-set-cpu-target=target=generic | diff %t.before -

// CHECK: llvm.func @declared()
// CHECK-NOT: target_cpu
llvm.func @declared()

// CHECK: llvm.func @defined() attributes {target_cpu = "x86-64-v4"} {
// The processor at hand has a list of features beside its name.
// NATIVE: llvm.func @defined() attributes {target_cpu = "{{[^"]+}}", target_features = #llvm.target_features<[{{.+}}]>}
llvm.func @defined() {
  llvm.call @declared() : () -> ()
  llvm.return
}

// What somebody else decided stays.

// CHECK: llvm.func @marked() attributes {target_cpu = "znver4"} {
// NATIVE: llvm.func @marked() attributes {target_cpu = "znver4"} {
llvm.func @marked() attributes {target_cpu = "znver4"} {
  llvm.return
}
