//===- MemoryTest.cpp - Loads, stores, atomics and what is caught ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include <algorithm>
#include <numeric>

using namespace altgrad::test;

namespace {
class MemoryTest : public DeviceTest {
protected:
  /// A kernel with two pointers in %a and %b and the index in the grid in %i.
  CUfunction loadBody(const std::string &body, const std::string &before = "") {
    return load(
        getHeader() + before +
        ".visible .entry k(.param .u64 k_a, .param .u64 k_b) {\n"
        ".reg .pred %p<4>;\n.reg .b16 %h<9>;\n.reg .b32 %i, %t, %n, %r<20>;\n"
        ".reg .b64 %a, %b, %w, %d<9>;\n.reg .f32 %f<9>;\n.reg .f64 %g<4>;\n"
        "ld.param.u64 %a, [k_a];\nld.param.u64 %b, [k_b];\nmov.u32 %t, "
        "%tid.x;\n"
        "mov.u32 %n, %ntid.x;\nmov.u32 %i, %ctaid.x;\nmad.lo.u32 %i, %i, %n, "
        "%t;\n"
        "cvt.u64.u32 %w, %i;\n" +
        body + "\nret;\n}\n");
  }
  std::string fail(const std::string &body,
                   CUresult error = CUDA_ERROR_ILLEGAL_ADDRESS,
                   unsigned threads = 1) {
    Buffer<uint32_t> a(std::vector<uint32_t>{1, 2, 3, 4, 5}), b(4);
    return launchFailing(loadBody(body), 1, threads, {a.address, b.address},
                         error);
  }
};
const char *const sharedArray = ".shared .align 16 .b8 array[64];\n";
} // namespace

TEST_F(MemoryTest, VectorsAndWidths) {
  Buffer<uint32_t> a(std::vector<uint32_t>{0x80ff7f01, 2, 3, 4}), b(8);
  CUfunction kernel = loadBody(
      "ld.global.nc.L1::no_allocate.v4.b32 {%r1, %r2, %r3, %r4}, [%a];\n"
      "ld.global.s8 %r5, [%a+3];\nld.global.u16 %r6, [%a+2];\nld.b64 %d1, "
      "[%a+8];\n"
      "st.global.v2.b32 [%b], {%r4, %r3};\nst.global.b32 [%b+8], %r5;\nst.b32 "
      "[%b+12], %r6;\n"
      "st.global.cs.b64 [%b+16], %d1;\nst.global.b16 [%b+24], "
      "%r1;\nst.global.b8 [%b+27], %r1;\n"
      "st.global.b8 [%b+26], 5;\nst.volatile.global.b32 [%b+28], 0f3f800000;");
  ASSERT_EQ(launch(kernel, 1, 1, {a.address, b.address}), CUDA_SUCCESS);
  EXPECT_EQ(b.read(), (std::vector<uint32_t>{4, 3, 0xffffff80, 0x80ff, 3, 4,
                                             0x01057f01, 0x3f800000}));
}

TEST_F(MemoryTest, GenericAddresses) {
  Buffer<uint32_t> a(std::vector<uint32_t>{7}), b(3);
  CUfunction kernel = loadBody(
      ".shared .align 4 .b32 word;\n.local .align 4 .b32 own;\nmov.u64 %d1, "
      "word;\n"
      "cvta.shared.u64 %d2, %d1;\nmov.u64 %d3, own;\ncvta.local.u64 %d4, %d3;\n"
      "ld.global.b32 %r1, [%a];\nst.b32 [%d2], %r1;\nld.shared.b32 %r2, "
      "[word];\n"
      "st.local.b32 [own], %r2;\nld.b32 %r3, [%d4];\nst.b32 [%b], %r3;\n"
      "cvta.to.shared.u64 %d5, %d2;\nld.shared.b32 %r4, [%d5];\nst.b32 [%b+4], "
      "%r4;\n"
      "cvt.u32.u64 %r5, %d1;\nld.shared.b32 %r6, [%r5];\nst.b32 [%b+8], %r6;");
  ASSERT_EQ(launch(kernel, 1, 1, {a.address, b.address}), CUDA_SUCCESS);
  EXPECT_EQ(b.read(), (std::vector<uint32_t>{7, 7, 7}));
}

TEST_F(MemoryTest, DynamicSharedMemory) {
  Buffer<uint32_t> b(64);
  CUfunction kernel = loadBody(
      "mov.u64 %d1, dynamic;\nmul.wide.u32 %d2, %t, 4;\n"
      "add.s64 %d3, %d1, %d2;\nst.shared.b32 [%d3], %t;\nst.shared.b32 [own], "
      "1;\n"
      "bar.sync 0;\nxor.b64 %d4, %d2, 252;\nadd.s64 %d3, %d1, %d4;\n"
      "ld.shared.b32 %r1, [%d3];\nadd.s64 %d5, %b, %d2;\nst.global.b32 [%d5], "
      "%r1;",
      ".shared .align 4 .b32 own;\n.extern .shared .align 16 .b8 dynamic[];\n");
  ASSERT_EQ(launch(kernel, 1, 64, {0, b.address}, 256), CUDA_SUCCESS);
  for (uint32_t t = 0; t < 64; ++t)
    EXPECT_EQ(b.read()[t], 63 - t);
  expectContains(launchFailing(kernel, 1, 64, {0, b.address},
                               CUDA_ERROR_ILLEGAL_ADDRESS, 252),
                 "out-of-bounds 4-byte write of shared memory");
}

TEST_F(MemoryTest, Atomics) {
  // Many blocks, so that several threads of the host work on them.
  const uint32_t threads = 64 * 256;
  Buffer<uint32_t> a(
      std::vector<uint32_t>{0, ~0u, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
      b(1);
  CUfunction kernel = loadBody(
      "red.global.add.u32 [%a], 3;\natom.global.min.u32 %r1, [%a+4], %i;\n"
      "atom.relaxed.gpu.global.max.s32 %r2, [%a+8], %i;\nred.global.add.f32 "
      "[%a+12], 0f3f800000;\n"
      "atom.global.add.f64 %g1, [%a+16], 0d3ff0000000000000;\n"
      "shl.b32 %r3, 1, %t;\nred.global.or.b32 [%a+24], %r3;\n"
      "mov.b16 %h1, 0x3c00;\natom.global.inc.u32 %r4, [%a+28], 99;\n"
      "cvt.u64.u32 %d1, %i;\natom.add.u64 %d2, [%a+32], %d1;");
  ASSERT_EQ(launch(kernel, 64, 256, {a.address, b.address}), CUDA_SUCCESS);
  auto values = a.read();
  EXPECT_EQ(values[0], 3 * threads);
  EXPECT_EQ(values[1], 0u);
  EXPECT_EQ(values[2], threads - 1);
  EXPECT_EQ(toBits<float>(values[3]), float(threads));
  EXPECT_EQ(toBits<double>(uint64_t(values[5]) << 32 | values[4]),
            double(threads));
  EXPECT_EQ(values[6], ~0u);
  EXPECT_EQ(values[7], threads % 100);
  EXPECT_EQ(uint64_t(values[9]) << 32 | values[8],
            uint64_t(threads) * (threads - 1) / 2);
}

TEST_F(MemoryTest, AtomicFloats) {
  // 1.5 + 1 in f16, and a subnormal that f32 loses in global memory only.
  Buffer<uint32_t> a(std::vector<uint32_t>{0x3e003e00, 0x3fc03fc0, 1, 5}), b(4);
  CUfunction kernel = loadBody(
      ".shared .align 4 .b32 word;\nmov.b16 %h1, "
      "0x3c00;\natom.global.add.noftz.f16 %h2, [%a], %h1;\n"
      "mov.b32 %r1, 0x3f803f80;\natom.global.add.noftz.bf16x2 %r2, [%a+4], "
      "%r1;\n"
      "atom.global.add.f32 %f1, [%a+8], 0f00000002;\nst.shared.b32 [word], 1;\n"
      "atom.shared.add.f32 %f2, [word], 0f00000002;\nld.shared.b32 %r3, "
      "[word];\nst.global.b32 [%b], %r3;\n"
      "atom.global.cas.b32 %r4, [%a+12], 5, 6;\natom.global.exch.b32 %r5, "
      "[%a+12], 9;\n"
      "st.global.v2.b32 [%b+8], {%r4, %r5};\ncvt.u32.u16 %r6, "
      "%h2;\nst.global.b32 [%b+4], %r6;");
  ASSERT_EQ(launch(kernel, 1, 1, {a.address, b.address}), CUDA_SUCCESS);
  EXPECT_EQ(a.read(), (std::vector<uint32_t>{0x3e004100, 0x40204020, 0, 9}));
  EXPECT_EQ(b.read(), (std::vector<uint32_t>{3, 0x3e00, 5, 6}));
}

TEST_F(MemoryTest, OutOfBounds) {
  expectContains(fail("ld.global.b32 %r1, [%a+20];"),
                 "kernel 'k', PTX line 18, block (0, 0, 0), thread (0, 0, 0): "
                 "out-of-bounds "
                 "4-byte read of global memory");
}
TEST_F(MemoryTest, BeforeTheStart) {
  expectContains(fail("st.global.b8 [%a+-1], 0;"),
                 "out-of-bounds 1-byte write");
}
TEST_F(MemoryTest, PartlyOutOfBounds) {
  expectContains(fail("ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%a+16];"),
                 "out-of-bounds 16-byte");
}
TEST_F(MemoryTest, NullPointer) {
  expectContains(fail("mov.b64 %d1, 0; ld.b32 %r1, [%d1];"),
                 "out-of-bounds 4-byte read of global memory at 0x0");
}
TEST_F(MemoryTest, Misaligned) {
  expectContains(fail("ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%a+4];",
                      CUDA_ERROR_MISALIGNED_ADDRESS),
                 "misaligned 16-byte read");
}
TEST_F(MemoryTest, Uninitialised) {
  expectContains(fail("st.global.b32 [%b+4], 1;\nld.global.b32 %r1, "
                      "[%b+4];\nld.global.b32 %r1, [%b+8];"),
                 "uninitialised 4-byte read");
}
TEST_F(MemoryTest, UninitialisedAtomic) {
  expectContains(fail("red.global.add.u32 [%b], 1;"), "uninitialised");
}
TEST_F(MemoryTest, HostMemory) {
  uint32_t word = 0;
  CUfunction kernel = loadBody("ld.global.b32 %r1, [%a];");
  expectContains(launchFailing(kernel, 1, 1,
                               {reinterpret_cast<uint64_t>(&word), 0},
                               CUDA_ERROR_ILLEGAL_ADDRESS),
                 "out-of-bounds");
}
TEST_F(MemoryTest, Freed) {
  CUdeviceptr address;
  ASSERT_EQ(cuMemAlloc_v2(&address, 64), CUDA_SUCCESS);
  ASSERT_EQ(cuMemsetD8_v2(address, 0, 64), CUDA_SUCCESS);
  CUfunction kernel = loadBody("ld.global.b32 %r1, [%a];");
  ASSERT_EQ(launch(kernel, 1, 1, {address, 0}), CUDA_SUCCESS);
  ASSERT_EQ(cuMemFree_v2(address), CUDA_SUCCESS);
  expectContains(
      launchFailing(kernel, 1, 1, {address, 0}, CUDA_ERROR_ILLEGAL_ADDRESS),
      "out-of-bounds");
}
TEST_F(MemoryTest, UnwrittenRegister) {
  expectContains(fail("add.u32 %r1, %r2, 1;", CUDA_ERROR_LAUNCH_FAILED),
                 "read of a register that was never written");
}
TEST_F(MemoryTest, RegisterWrittenByOtherThreadsOnly) {
  expectContains(fail("setp.lt.u32 %p1, %t, 5;\n@%p1 mov.u32 %r1, 1;\nmov.u32 "
                      "%r2, %r1;\nadd.u32 %r3, %r2, 1;",
                      CUDA_ERROR_LAUNCH_FAILED, 32),
                 "thread (5, 0, 0): read of a register");
}
TEST_F(MemoryTest, UninitialisedShared) {
  expectContains(
      fail(std::string(sharedArray) + "ld.shared.b32 %r1, [array+8];"),
      "uninitialised 4-byte read of shared memory");
}
TEST_F(MemoryTest, UninitialisedLocal) {
  expectContains(fail(".local .align 4 .b8 own[8];\nst.local.b32 [own], "
                      "1;\nld.local.b32 %r1, [own+4];"),
                 "uninitialised 4-byte read of local memory");
}

TEST_F(MemoryTest, RaceBetweenWarps) {
  expectContains(
      fail(std::string(sharedArray) +
               "setp.ne.u32 %p1, %t, 0;\n@!%p1 st.shared.b32 [array], 1;\n"
               "ld.shared.b32 %r1, [array];",
           CUDA_ERROR_LAUNCH_FAILED, 64),
      "race (written by another thread since the last barrier) in 4-byte read");
}
TEST_F(MemoryTest, RaceOfWriters) {
  expectContains(fail(std::string(sharedArray) + "st.shared.b32 [array], %t;",
                      CUDA_ERROR_LAUNCH_FAILED, 32),
                 "race (written by another thread since the last barrier) in "
                 "4-byte write");
}
TEST_F(MemoryTest, RaceAfterReading) {
  expectContains(
      fail(std::string(sharedArray) +
               "setp.eq.u32 %p1, %t, 0;\n@%p1 st.shared.b32 [array], "
               "1;\nbar.sync 0;\n"
               "ld.shared.b32 %r1, [array];\nsetp.eq.u32 %p2, %t, 40;\n@%p2 "
               "st.shared.b32 [array], 2;",
           CUDA_ERROR_LAUNCH_FAILED, 64),
      "race (read by another thread since the last barrier) in 4-byte write");
}
// Orders of accesses that are none: barriers, one warp with bar.warp.sync,
// atomics, and threads that write the same.
TEST_F(MemoryTest, NoRaces) {
  Buffer<uint32_t> a(std::vector<uint32_t>{0}), b(1);
  CUfunction kernel = loadBody(
      std::string(sharedArray) +
      "st.shared.b32 [array], 7;\nbar.sync 0;\nld.shared.b32 %r1, "
      "[array];\nbar.sync 0;\n"
      "setp.eq.u32 %p1, %t, 3;\n@%p1 st.shared.b32 [array], 8;\nbar.sync 0;\n"
      "red.shared.add.u32 [array], 1;\nsetp.ge.u32 %p2, %t, 32;\n@%p2 bra "
      "done;\n"
      "setp.eq.u32 %p3, %t, 5;\n@%p3 st.shared.b32 [array+4], "
      "9;\nbar.warp.sync -1;\n"
      "ld.shared.b32 %r2, [array+4];\nbar.warp.sync -1;\n@%p1 st.shared.b32 "
      "[array+4], %r2;\ndone:");
  EXPECT_EQ(launch(kernel, 2, 64, {a.address, b.address}), CUDA_SUCCESS);
}

TEST_F(MemoryTest, PinnedAndManagedMemory) {
  void *pinned;
  CUdeviceptr managed;
  ASSERT_EQ(cuMemHostAlloc(&pinned, 16, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemAllocManaged(&managed, 16, 1), CUDA_SUCCESS);
  *static_cast<uint32_t *>(pinned) = 41;
  CUfunction kernel = loadBody("ld.global.b32 %r1, [%a];\nadd.u32 %r1, %r1, "
                               "1;\nst.global.b32 [%b], %r1;");
  ASSERT_EQ(launch(kernel, 1, 1, {reinterpret_cast<uint64_t>(pinned), managed}),
            CUDA_SUCCESS);
  EXPECT_EQ(*reinterpret_cast<uint32_t *>(managed), 42u);
  EXPECT_EQ(cuMemFree_v2(managed), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeHost(pinned), CUDA_SUCCESS);
}

// As on a machine with a GPU, the host cannot look through a device pointer.
TEST_F(MemoryTest, HostCannotReadDeviceMemory) {
  Buffer<uint32_t> a(std::vector<uint32_t>{1});
  EXPECT_DEATH({ *reinterpret_cast<volatile uint32_t *>(a.address) = 2; }, "");
}
