// docs/Pipelines.md, altgrad-check-lowered.

// The path of this file is not part of what the page shows.
// RUN: not altgrad-opt %s --altgrad-check-lowered 2>&1 \
// RUN:   | sed 's|^.*altgrad-check-lowered.mlir:[0-9]*|f.mlir:2|' \
// RUN:   | head -3 > %t.message
// RUN: FileCheck %s < %t.message
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s message=%t.message

// CHECK: error: 'math.sqrt' op was not lowered to the LLVM dialect

llvm.func @f(%x: f32) -> f32 {
  %y = math.sqrt %x : f32
  llvm.return %y : f32
}
