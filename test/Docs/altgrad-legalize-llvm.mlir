// docs/Pipelines.md, altgrad-legalize-llvm.

// RUN: altgrad-opt %s --altgrad-legalize-llvm > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK: llvm.load %{{.*}} : !llvm.ptr -> vector<32xi16>
// CHECK: llvm.store %{{.*}} : vector<32xi16>, !llvm.ptr

llvm.func @copy(%from: !llvm.ptr, %to: !llvm.ptr) {
  %x = llvm.load %from : !llvm.ptr -> vector<32xbf16>
  llvm.store %x, %to : vector<32xbf16>, !llvm.ptr
  llvm.return
}
