//===- LLVMTest.cpp - PTX as LLVM prints it -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM IR that makes the backend print what hand-written PTX does not have:
// calls with .param memory, stacks, jump tables, module variables, loops for
// atomics that PTX lacks. The PTX comes from the llc of the LLVM that altgrad
// is built with.
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace altgrad::test;

namespace {
class LLVMTest : public DeviceTest {
protected:
  /// The PTX that MLIR's own pipeline makes of a module with a kernel `k`.
  std::string lower(const std::string &mlir) {
    std::string base =
        testing::TempDir() + "/emulator-" + std::to_string(getpid());
    std::ofstream(base + ".mlir") << mlir;
    std::string command = std::string(ALTGRAD_MLIR_OPT) + " " + base +
                          ".mlir -o " + base +
                          ".out --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_90 "
                          "cubin-features=+ptx80 cubin-format=isa'";
    EXPECT_EQ(std::system(command.c_str()), 0) << mlir;
    std::stringstream output;
    output << std::ifstream(base + ".out").rdbuf();
    std::remove((base + ".mlir").c_str());
    std::remove((base + ".out").c_str());
    // The assembly is the one string with escaped characters.
    std::string text = output.str(), ptx;
    size_t start = text.rfind('"', text.find(".version"));
    for (size_t i = start + 1; start != std::string::npos && text[i] != '"';
         ++i) {
      if (text[i] != '\\') {
        ptx += text[i];
        continue;
      }
      char code[3] = {text[i + 1], text[i + 2], 0};
      ptx += static_cast<char>(std::strtol(code, nullptr, 16));
      i += 2;
    }
    return ptx.c_str(); // Up to a zero at the end.
  }
  std::string compile(const std::string &ir, const std::string &level) {
    std::string base =
        testing::TempDir() + "/emulator-" + std::to_string(getpid());
    std::ofstream(base + ".ll") << "target triple = \"nvptx64-nvidia-cuda\"\n"
                                << ir;
    std::string command = std::string(ALTGRAD_LLC) +
                          " -mcpu=sm_90 -mattr=+ptx80 " + level + " " + base +
                          ".ll -o " + base + ".ptx";
    EXPECT_EQ(std::system(command.c_str()), 0) << ir;
    std::stringstream text;
    text << std::ifstream(base + ".ptx").rdbuf();
    std::remove((base + ".ll").c_str());
    std::remove((base + ".ptx").c_str());
    return text.str();
  }
};

const char *const levels[] = {"-O0", "-O3"};
} // namespace

TEST_F(LLVMTest, CallsStacksAndTables) {
  const char *ir = R"(
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
@table = addrspace(4) constant [4 x i32] [i32 11, i32 22, i32 33, i32 44]
@names = addrspace(1) global [2 x ptr addrspace(4)] [ptr addrspace(4) @table, ptr addrspace(4) getelementptr (i8, ptr addrspace(4) @table, i64 8)]
define <4 x float> @scale(<4 x float> %v, i32 %by, i8 %extra) noinline {
  %f = sitofp i32 %by to float
  %g = uitofp i8 %extra to float
  %h = fadd float %f, %g
  %a = insertelement <4 x float> poison, float %h, i32 0
  %b = shufflevector <4 x float> %a, <4 x float> poison, <4 x i32> zeroinitializer
  %c = fmul <4 x float> %v, %b
  ret <4 x float> %c
}
define ptx_kernel void @k(ptr addrspace(1) %out) {
  %slots = alloca [8 x i32]
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  br label %fill
fill:
  %i = phi i32 [ 0, %0 ], [ %next, %fill ]
  %p = getelementptr [8 x i32], ptr %slots, i32 0, i32 %i
  %square = mul i32 %i, %i
  store i32 %square, ptr %p
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, 8
  br i1 %more, label %fill, label %filled
filled:
  %index = and i32 %t, 7
  %q = getelementptr [8 x i32], ptr %slots, i32 0, i32 %index
  %stored = load i32, ptr %q
  switch i32 %index, label %other [ i32 0, label %zero
    i32 1, label %one
    i32 2, label %two
    i32 3, label %three
    i32 4, label %four
    i32 5, label %five ]
zero:
  br label %join
one:
  br label %join
two:
  %n = load ptr addrspace(4), ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @names, i64 8)
  %two_value = load i32, ptr addrspace(4) %n
  br label %join
three:
  %w = call <4 x float> @scale(<4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>, i32 %stored, i8 1)
  %w3 = extractelement <4 x float> %w, i32 3
  %three_value = fptosi float %w3 to i32
  br label %join
four:
  %c = getelementptr [4 x i32], ptr addrspace(4) @table, i32 0, i32 1
  %four_value = load i32, ptr addrspace(4) %c
  br label %join
five:
  br label %join
other:
  br label %join
join:
  %value = phi i32 [ 100, %zero ], [ 101, %one ], [ %two_value, %two ], [ %three_value, %three ],
                   [ %four_value, %four ], [ 105, %five ], [ %stored, %other ]
  %o = getelementptr i32, ptr addrspace(1) %out, i32 %t
  store i32 %value, ptr addrspace(1) %o
  ret void
}
)";
  for (const char *level : levels) {
    Buffer<uint32_t> out(40);
    ASSERT_EQ(launch(load(compile(ir, level)), 1, 40, {out.address}),
              CUDA_SUCCESS);
    const uint32_t expected[] = {100, 101, 33, 40, 22, 105, 36, 49};
    for (uint32_t t = 0; t < 40; ++t)
      EXPECT_EQ(out.read()[t], expected[t % 8]) << level << " " << t;
  }
}

TEST_F(LLVMTest, NarrowTypesAndWideIntegers) {
  const char *ir = R"(
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare <4 x float> @llvm.maximum.v4f32(<4 x float>, <4 x float>)
declare i32 @llvm.fshl.i32(i32, i32, i32)
declare i32 @llvm.ctpop.i32(i32)
define ptx_kernel void @k(ptr addrspace(1) %in, ptr addrspace(1) %out) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %o = mul i32 %t, 16
  %p = getelementptr i8, ptr addrspace(1) %in, i32 %o
  %v = load <4 x float>, ptr addrspace(1) %p, align 16
  %h = fptrunc <4 x float> %v to <4 x half>
  %b = fptrunc <4 x float> %v to <4 x bfloat>
  %hh = fadd <4 x half> %h, %h
  %bb = fmul <4 x bfloat> %b, %b
  %hf = fpext <4 x half> %hh to <4 x float>
  %bf = fpext <4 x bfloat> %bb to <4 x float>
  %m = call <4 x float> @llvm.maximum.v4f32(<4 x float> %hf, <4 x float> %bf)
  %wide = zext i32 %t to i128
  %product = mul i128 %wide, 18446744073709551629
  %high = lshr i128 %product, 64
  %low = trunc i128 %high to i32
  %mixed = call i32 @llvm.fshl.i32(i32 %low, i32 %t, i32 4)
  %count = call i32 @llvm.ctpop.i32(i32 %mixed)
  %byte = trunc i32 %count to i8
  %signed = sext i8 %byte to i32
  %f = sitofp i32 %signed to float
  %all = insertelement <4 x float> %m, float %f, i32 3
  %q = getelementptr i8, ptr addrspace(1) %out, i32 %o
  store <4 x float> %all, ptr addrspace(1) %q, align 16
  ret void
}
)";
  std::vector<float> in;
  for (uint32_t i = 0; i < 128; ++i)
    in.push_back(static_cast<float>(int(i) - 60) / 8);
  for (const char *level : levels) {
    Buffer<float> input(in), out(128);
    ASSERT_EQ(
        launch(load(compile(ir, level)), 1, 32, {input.address, out.address}),
        CUDA_SUCCESS);
    auto results = out.read();
    for (uint32_t i = 0; i < 128; ++i) {
      uint32_t t = i / 4,
               mixed = t << 4; // The product's upper half is t, for these.
      float expected =
          i % 4 == 3
              ? float(__builtin_popcount(mixed))
              : std::fmax(2 * in[i],
                          toBits<float>(toBits<uint32_t>(in[i] * in[i])));
      // Squares of more than eight bits are rounded to bf16.
      EXPECT_NEAR(results[i], expected, std::fabs(expected) / 128)
          << level << " " << i;
    }
  }
}

TEST_F(LLVMTest, AtomicsThatPtxLacks) {
  const char *ir = R"(
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
define ptx_kernel void @k(ptr addrspace(1) %a) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %b = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %c = mul i32 %b, 64
  %i = add i32 %c, %t
  %f = uitofp i32 %i to float
  %old = atomicrmw fmax ptr addrspace(1) %a, float %f monotonic
  %byte = trunc i32 %i to i8
  %p = getelementptr i8, ptr addrspace(1) %a, i32 5
  %old2 = atomicrmw umax ptr addrspace(1) %p, i8 %byte seq_cst
  %q = getelementptr i8, ptr addrspace(1) %a, i32 8
  %old3 = atomicrmw fadd ptr addrspace(1) %q, bfloat 1.0 monotonic
  %r = getelementptr i8, ptr addrspace(1) %a, i32 10
  %old4 = atomicrmw nand ptr addrspace(1) %r, i16 -1 monotonic
  ret void
}
)";
  for (const char *level : levels) {
    Buffer<uint32_t> a(std::vector<uint32_t>{0, 0x04000201, 0x12340000});
    ASSERT_EQ(launch(load(compile(ir, level)), 4, 64, {a.address}),
              CUDA_SUCCESS);
    auto values = a.read();
    EXPECT_EQ(toBits<float>(values[0]), 255.0f);
    EXPECT_EQ(values[1], 0x0400ff01u);
    // 256 additions of one in bf16 and as many complements.
    EXPECT_EQ(values[2], 0x12344380u);
  }
}

// A reduction over the block, shared memory, a shuffle and a loop for an
// atomic.
TEST_F(LLVMTest, KernelFromMLIR) {
  const char *mlir = R"(
module attributes {gpu.container_module} {
  gpu.module @m {
    gpu.func @k(%a: memref<256xf32>, %o: memref<66xf32>)
        workgroup(%shared : memref<64xf32, #gpu.address_space<workgroup>>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c4 = arith.constant 4 : index
      %s2 = arith.constant 2 : i32
      %s32 = arith.constant 32 : i32
      %t = gpu.thread_id x
      %i = arith.muli %t, %c4 : index
      %v = vector.load %a[%i] {alignment = 16} : memref<256xf32>, vector<4xf32>
      %x = vector.reduction <maximumf>, %v : vector<4xf32> into f32
      %all = gpu.all_reduce maximumf %x uniform {} : (f32) -> f32
      memref.store %x, %shared[%t] : memref<64xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %y, %valid = gpu.shuffle xor %x, %s2, %s32 : f32
      %other = arith.xori %t, %c1 : index
      %z = memref.load %shared[%other] : memref<64xf32, #gpu.address_space<workgroup>>
      %sum = arith.addf %y, %z : f32
      %at = arith.addi %t, %c2 : index
      memref.store %sum, %o[%at] : memref<66xf32>
      %r0 = memref.atomic_rmw maximumf %all, %o[%c0] : (f32, memref<66xf32>) -> f32
      %r1 = memref.atomic_rmw addf %x, %o[%c1] : (f32, memref<66xf32>) -> f32
      gpu.return
    }
  }
}
)";
  std::vector<float> in;
  for (unsigned i = 0; i < 256; ++i)
    in.push_back(static_cast<float>(i * 37 % 101) - 50);
  std::vector<float> most;
  float sum = 0, greatest = -100;
  for (unsigned t = 0; t < 64; ++t) {
    most.push_back(
        *std::max_element(in.begin() + 4 * t, in.begin() + 4 * t + 4));
    sum += most[t];
    greatest = std::max(greatest, most[t]);
  }
  Buffer<float> a(in), o(std::vector<float>(66));
  std::vector<uint64_t> arguments;
  for (auto [address, size] :
       {std::pair(a.address, 256), std::pair(o.address, 66)})
    arguments.insert(arguments.end(), {address, address, 0, uint64_t(size), 1});
  ASSERT_EQ(launch(load(lower(mlir)), 1, 64, arguments), CUDA_SUCCESS);
  auto results = o.read();
  EXPECT_EQ(results[0], greatest);
  EXPECT_EQ(results[1], sum);
  for (unsigned t = 0; t < 64; ++t)
    EXPECT_EQ(results[t + 2], most[t ^ 2] + most[t ^ 1]);
}
