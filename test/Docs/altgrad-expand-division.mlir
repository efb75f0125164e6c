// docs/Pipelines.md, altgrad-expand-division.

// RUN: altgrad-opt %s --altgrad-expand-division > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:     arith.divf %{{.*}} : f32
// CHECK-NOT: arith.divf

func.func @quotients(%x: vector<8xf16>, %scale: f16) -> vector<8xf16> {
  %scales = vector.broadcast %scale : f16 to vector<8xf16>
  %y = arith.divf %x, %scales : vector<8xf16>
  return %y : vector<8xf16>
}
