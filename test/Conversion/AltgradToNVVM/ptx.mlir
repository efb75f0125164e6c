// NVVM -> PTX, by chip: two elements in one instruction, codes stored as they
// come, and nothing but f32 arithmetic where a chip has no conversion. Where
// ptxas is found, it takes all of it.

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm=chip=sm_89 --convert-altgrad-to-arith=target=sm_89 \
// RUN:   --convert-to-llvm --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir -o %t.89.ll
// RUN: llc %t.89.ll -O3 -mtriple=nvptx64-nvidia-cuda -mcpu=sm_89 -mattr=+ptx81 -o %t.89.ptx
// RUN: FileCheck %s --check-prefix=NATIVE < %t.89.ptx
// RUN: %if ptxas %{ %ptxas -arch=sm_89 %t.89.ptx -o /dev/null %}

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm=chip=sm_90 --convert-altgrad-to-arith=target=sm_90 \
// RUN:   --convert-to-llvm --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir -o %t.90.ll
// RUN: llc %t.90.ll -O3 -mtriple=nvptx64-nvidia-cuda -mcpu=sm_90 -mattr=+ptx78 -o %t.90.ptx
// RUN: FileCheck %s --check-prefix=NATIVE < %t.90.ptx
// RUN: %if ptxas %{ %ptxas -arch=sm_90 %t.90.ptx -o /dev/null %}

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm=chip=sm_100 --convert-altgrad-to-arith=target=sm_100 \
// RUN:   --convert-to-llvm --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir -o %t.100.ll
// RUN: llc %t.100.ll -O3 -mtriple=nvptx64-nvidia-cuda -mcpu=sm_100 -mattr=+ptx86 -o %t.100.ptx
// RUN: FileCheck %s --check-prefix=NATIVE < %t.100.ptx
// RUN: %if ptxas %{ %ptxas -arch=sm_100 %t.100.ptx -o /dev/null %}

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm=chip=sm_80 --convert-altgrad-to-arith=target=sm_80 \
// RUN:   --convert-to-llvm --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir -o %t.80.ll
// RUN: llc %t.80.ll -O3 -mtriple=nvptx64-nvidia-cuda -mcpu=sm_80 -mattr=+ptx70 -o %t.80.ptx
// RUN: FileCheck %s --check-prefix=ARITH < %t.80.ptx
// RUN: %if ptxas %{ %ptxas -arch=sm_80 %t.80.ptx -o /dev/null %}

// No instruction converts without .satfinite, flushes or is contracted.
// ARITH-NOT: cvt{{.*}}e{{[45]}}m
// ARITH-NOT: .ftz

// NATIVE-LABEL: .entry encode_f32(
// NATIVE:         ld.global.v4.b32 {[[X0:%r[0-9]+]], [[X1:%r[0-9]+]], [[X2:%r[0-9]+]], [[X3:%r[0-9]+]]}
// NATIVE-DAG:     cvt.rn.satfinite.e4m3x2.f32 [[LOW:%rs[0-9]+]], [[X1]], [[X0]];
// NATIVE-DAG:     cvt.rn.satfinite.e4m3x2.f32 [[HIGH:%rs[0-9]+]], [[X3]], [[X2]];
// NATIVE-NOT:     prmt
// NATIVE:         st.global.{{(v2\.b16|b32)}}
// NATIVE-NEXT:    ret;
llvm.func @encode_f32(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %x = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xf32>
  %c = altgrad.encode %x in !altgrad.fp8<E4M3FN> : vector<4xf32> -> vector<4xi8>
  llvm.store %c, %out {alignment = 4 : i64} : vector<4xi8>, !llvm.ptr<1>
  llvm.return
}

// NATIVE-LABEL: .entry encode_f16(
// NATIVE:         ld.global.v2.b32 {[[X01:%r[0-9]+]], [[X23:%r[0-9]+]]}
// NATIVE-DAG:     cvt.rn.satfinite.e5m2x2.f16x2 %{{rs[0-9]+}}, [[X01]];
// NATIVE-DAG:     cvt.rn.satfinite.e5m2x2.f16x2 %{{rs[0-9]+}}, [[X23]];
// NATIVE-NOT:     cvt
// NATIVE:         ret;
llvm.func @encode_f16(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %x = llvm.load %in {alignment = 8 : i64} : !llvm.ptr<1> -> vector<4xf16>
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<4xf16> -> vector<4xi8>
  llvm.store %c, %out {alignment = 4 : i64} : vector<4xi8>, !llvm.ptr<1>
  llvm.return
}

// NATIVE-LABEL: .entry encode_bf16(
// NATIVE-COUNT-2: cvt.rn.satfinite.e5m2x2.f32
// NATIVE:         ret;
llvm.func @encode_bf16(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %x = llvm.load %in {alignment = 8 : i64} : !llvm.ptr<1> -> vector<4xbf16>
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<4xbf16> -> vector<4xi8>
  llvm.store %c, %out {alignment = 4 : i64} : vector<4xi8>, !llvm.ptr<1>
  llvm.return
}

// NATIVE-LABEL: .entry encode_odd(
// NATIVE-COUNT-2: cvt.rn.satfinite.e5m2x2.f32
// NATIVE-NOT:     cvt.rn.satfinite
// NATIVE:         ret;
llvm.func @encode_odd(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %x = llvm.load %in {alignment = 4 : i64} : !llvm.ptr<1> -> vector<3xf32>
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : vector<3xf32> -> vector<3xi8>
  llvm.store %c, %out {alignment = 1 : i64} : vector<3xi8>, !llvm.ptr<1>
  llvm.return
}

// NATIVE-LABEL: .entry decode_f32(
// NATIVE-DAG:     cvt.rn.f16x2.e4m3x2
// NATIVE-DAG:     cvt.rn.f16x2.e4m3x2
// NATIVE-COUNT-4: cvt.f32.f16
// NATIVE:         st.global.v4.b32
// NATIVE-NEXT:    ret;
llvm.func @decode_f32(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %c = llvm.load %in {alignment = 4 : i64} : !llvm.ptr<1> -> vector<4xi8>
  %x = altgrad.decode %c in !altgrad.fp8<E4M3FN> : vector<4xi8> -> vector<4xf32>
  llvm.store %x, %out {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr<1>
  llvm.return
}

// NATIVE-LABEL: .entry decode_bf16(
// NATIVE:         cvt.rn.f16x2.e5m2x2
// NATIVE:         cvt.rn.bf16x2.f32
// NATIVE:         ret;
llvm.func @decode_bf16(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %c = llvm.load %in {alignment = 4 : i64} : !llvm.ptr<1> -> vector<4xi8>
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : vector<4xi8> -> vector<4xbf16>
  llvm.store %x, %out {alignment = 8 : i64} : vector<4xbf16>, !llvm.ptr<1>
  llvm.return
}

// NATIVE-LABEL: .entry round_f16(
// NATIVE:         cvt.rn.satfinite.e4m3x2.f16x2
// NATIVE:         cvt.rn.f16x2.e4m3x2
// NATIVE-NOT:     cvt
// NATIVE:         ret;
llvm.func @round_f16(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %x = llvm.load %in {alignment = 4 : i64} : !llvm.ptr<1> -> vector<2xf16>
  %y = altgrad.round %x in !altgrad.fp8<E4M3FN> : vector<2xf16>
  llvm.store %y, %out {alignment = 4 : i64} : vector<2xf16>, !llvm.ptr<1>
  llvm.return
}

// The update is rounded twice, never contracted.
// NATIVE-LABEL: .entry stall(
// NATIVE-NOT:     fma
// NATIVE:         mul.rn.f32{{(x2)?}}
// NATIVE-NOT:     fma
// NATIVE:         {{(sub.rn.f32 |add.rn.f32x2 )}}
// NATIVE-NOT:     fma
// NATIVE:         cvt.rn.satfinite.e4m3x2.f32
// NATIVE-NOT:     fma
// NATIVE:         ret;
llvm.func @stall(%w: !llvm.ptr<1>, %g: !llvm.ptr<1>, %lr: f32, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %0 = llvm.load %w {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xf32>
  %1 = llvm.load %g {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xf32>
  %stalled, %total = altgrad.stall %0, %1, %lr in !altgrad.fp8<E4M3FN>
      : vector<2xf32> -> i64, i64
  llvm.store %stalled, %out : i64, !llvm.ptr<1>
  llvm.return
}
