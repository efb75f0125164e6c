// docs/Pipelines.md, altgrad-set-cpu-target.

// RUN: altgrad-opt %s --altgrad-set-cpu-target=target=x86-64-v4 > %t.after
// RUN: FileCheck %s < %t.after
// RUN: not altgrad-opt %s --altgrad-set-cpu-target=target=z80 2> %t.message
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s \
// RUN:   after=%t.after message=%t.message

// CHECK: llvm.func @declared(){{$}}
// CHECK: llvm.func @defined() attributes {target_cpu = "x86-64-v4"}

llvm.func @declared()
llvm.func @defined() {
  llvm.call @declared() : () -> ()
  llvm.return
}
