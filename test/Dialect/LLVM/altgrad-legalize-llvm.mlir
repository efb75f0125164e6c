// What LLVM 22.1 does not take as it is meant: bf16 in memory, and the name of
// loop annotations.
//
// RUN: altgrad-opt %s --altgrad-legalize-llvm | FileCheck %s

// The attributes of the access stay, and every user sees bf16.

// CHECK-LABEL: llvm.func @vectors
// CHECK-SAME: (%[[FROM:.*]]: !llvm.ptr, %[[TO:.*]]: !llvm.ptr)
// CHECK: %[[BITS:.*]] = llvm.load %[[FROM]] {alignment = 2 : i64} : !llvm.ptr -> vector<32xi16>
// CHECK-NEXT: %[[X:.*]] = llvm.bitcast %[[BITS]] : vector<32xi16> to vector<32xbf16>
// CHECK-NEXT: %[[Y:.*]] = llvm.fadd %[[X]], %[[X]] : vector<32xbf16>
// CHECK-NEXT: %[[RESULT:.*]] = llvm.bitcast %[[Y]] : vector<32xbf16> to vector<32xi16>
// CHECK-NEXT: llvm.store %[[RESULT]], %[[TO]] {alignment = 64 : i64, nontemporal} : vector<32xi16>, !llvm.ptr
// CHECK-NEXT: llvm.return
llvm.func @vectors(%from: !llvm.ptr, %to: !llvm.ptr) {
  %x = llvm.load %from {alignment = 2 : i64} : !llvm.ptr -> vector<32xbf16>
  %y = llvm.fadd %x, %x : vector<32xbf16>
  llvm.store %y, %to {alignment = 64 : i64, nontemporal} : vector<32xbf16>, !llvm.ptr
  llvm.return
}

// CHECK-LABEL: llvm.func @scalars
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> i16
// CHECK: llvm.store %{{.*}} : i16, !llvm.ptr
llvm.func @scalars(%from: !llvm.ptr, %to: !llvm.ptr) {
  %x = llvm.load %from : !llvm.ptr -> bf16
  llvm.store %x, %to : bf16, !llvm.ptr
  llvm.return
}

// Other types are left alone.

// CHECK-LABEL: llvm.func @other_types
// CHECK-NOT: llvm.bitcast
// CHECK: llvm.return
llvm.func @other_types(%from: !llvm.ptr, %to: !llvm.ptr) {
  %x = llvm.load %from : !llvm.ptr -> vector<32xf16>
  llvm.store %x, %to : vector<32xf16>, !llvm.ptr
  %y = llvm.load %from : !llvm.ptr -> f32
  llvm.store %y, %to : f32, !llvm.ptr
  llvm.return
}

// The name under which mlir-translate exports an annotation, on the branch back.

#once = #llvm.loop_annotation<vectorize = <disable = true>, unroll = <disable = true>>

// CHECK-LABEL: llvm.func @loops
// CHECK: llvm.br ^bb1 {loop_annotation = #{{.*}}}
// CHECK: llvm.cond_br %{{.*}}, ^bb3, ^bb4 {loop_annotation = #{{.*}}}
// CHECK-NOT: llvm.loop_annotation =
// CHECK: llvm.return
llvm.func @loops(%c: i1) {
  llvm.br ^bb1
^bb1:
  llvm.cond_br %c, ^bb2, ^bb3
^bb2:
  llvm.br ^bb1 {llvm.loop_annotation = #once}
^bb3:
  llvm.cond_br %c, ^bb3, ^bb4 {llvm.loop_annotation = #once}
^bb4:
  llvm.return
}

// What a launch takes of the stack in a loop is given back; what is taken once is not.

// CHECK-LABEL: module attributes {gpu.container_module}
// CHECK:       llvm.func @kernel(
// CHECK-NEXT:    llvm.load %{{.*}} : !llvm.ptr -> bf16
// CHECK-LABEL: llvm.func @launches(
// CHECK-NOT:     stacksave
// CHECK:         gpu.launch_func
// CHECK-NOT:     stack
// CHECK:         llvm.br ^bb1
// CHECK:       ^bb1:
// CHECK:         %[[STACK:.*]] = llvm.intr.stacksave : !llvm.ptr
// CHECK-NEXT:    gpu.launch_func
// CHECK-NEXT:    llvm.intr.stackrestore %[[STACK]] : !llvm.ptr
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @kernel(%x: !llvm.ptr) attributes {gpu.kernel} {
      %value = llvm.load %x : !llvm.ptr -> bf16
      llvm.store %value, %x : bf16, !llvm.ptr
      llvm.return
    }
  }
  llvm.func @launches(%stream: !llvm.ptr, %x: !llvm.ptr, %again: i1) {
    %one = llvm.mlir.constant(1 : i64) : i64
    gpu.launch_func <%stream : !llvm.ptr> @kernels::@kernel blocks in (%one, %one, %one)
        threads in (%one, %one, %one) : i64 args(%x : !llvm.ptr)
    llvm.br ^loop
  ^loop:
    gpu.launch_func <%stream : !llvm.ptr> @kernels::@kernel blocks in (%one, %one, %one)
        threads in (%one, %one, %one) : i64 args(%x : !llvm.ptr)
    llvm.cond_br %again, ^loop, ^end
  ^end:
    llvm.return
  }
}
