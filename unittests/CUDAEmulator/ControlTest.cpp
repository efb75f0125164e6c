//===- ControlTest.cpp - Divergence, barriers, warps and calls ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

using namespace altgrad::test;

namespace {
class ControlTest : public DeviceTest {
protected:
  /// One block of a kernel that has %t (the thread's index) and leaves a result
  /// in %r0, which is returned for each thread.
  std::vector<uint32_t> runBlock(unsigned threads, const std::string &body,
                                 const std::string &before = "") {
    Buffer<uint32_t> results(threads);
    CUfunction kernel = load(makeKernel(body, before));
    EXPECT_EQ(launch(kernel, 1, threads, {results.address}), CUDA_SUCCESS)
        << body;
    return results.read();
  }
  std::string makeKernel(const std::string &body,
                         const std::string &before = "",
                         const std::string &target = "sm_90") {
    return getHeader(target) + before +
           ".visible .entry k(.param .u64 k_result) {\n"
           ".reg .pred %p<8>;\n.reg .b32 %t, %r<20>;\n.reg .b64 %d<8>;\n.reg "
           ".f32 %f<4>;\n"
           "mov.u32 %t, %tid.x;\n" +
           body +
           "\nld.param.u64 %d0, [k_result];\nmul.wide.u32 %d1, %t, 4;\n"
           "add.s64 %d0, %d0, %d1;\nst.global.b32 [%d0], %r0;\nret;\n}\n";
  }
  std::string failBlock(unsigned threads, const std::string &body,
                        CUresult error = CUDA_ERROR_LAUNCH_FAILED,
                        const std::string &before = "") {
    Buffer<uint32_t> results(threads);
    return launchFailing(load(makeKernel(body, before)), 1, threads,
                         {results.address}, error);
  }
};
} // namespace

// Each thread loops as often as its index says, so they leave one by one.
TEST_F(ControlTest, DivergentLoop) {
  auto results = runBlock(
      70, "mov.u32 %r0, 0; mov.u32 %r1, 0;\n"
          "loop:\nsetp.ge.u32 %p1, %r1, %t;\n@%p1 bra done;\n"
          "add.u32 %r1, %r1, 1;\nadd.u32 %r0, %r0, %r1;\nbra loop;\ndone:");
  for (uint32_t t = 0; t < 70; ++t)
    EXPECT_EQ(results[t], t * (t + 1) / 2);
}

// Behind a branch the threads come together again: all of them vote.
TEST_F(ControlTest, Reconvergence) {
  auto results = runBlock(
      64, "and.b32 %r1, %t, 3;\nsetp.eq.u32 %p1, %r1, 0;\n"
          "@%p1 bra four;\nsetp.eq.u32 %p2, %r1, 1;\n@!%p2 bra other;\n"
          "mov.u32 %r2, 1;\nbra join;\nother: mov.u32 %r2, 2;\nbra join;\n"
          "four: mov.u32 %r2, 4;\njoin: activemask.b32 %r3;\n"
          "add.u32 %r0, %r3, %r2;");
  for (uint32_t t = 0; t < 64; ++t)
    EXPECT_EQ(results[t], ~0u + (t % 4 == 0 ? 4 : t % 4 == 1 ? 1 : 2));
}

// Inside of a branch only those that took it are there.
TEST_F(ControlTest, ActiveMaskInBranch) {
  auto results = runBlock(
      32, "mov.u32 %r0, 0; and.b32 %r1, %t, 1; setp.eq.u32 %p1, %r1, 0;\n"
          "@%p1 bra join;\nactivemask.b32 %r0;\njoin:");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(results[t], t % 2 ? 0xaaaaaaaa : 0);
}

TEST_F(ControlTest, BranchTable) {
  auto results =
      runBlock(96, "rem.u32 %r1, %t, 3;\nlist: .branchtargets a, b, c;\n"
                   "brx.idx %r1, list;\na: mov.u32 %r0, 10; bra done;\n"
                   "b: mov.u32 %r0, 20; bra done;\nc: mov.u32 %r0, 30;\ndone:");
  for (uint32_t t = 0; t < 96; ++t)
    EXPECT_EQ(results[t], 10 * (t % 3 + 1));
  expectContains(
      failBlock(
          32, "list: .branchtargets a;\nbrx.idx %t, list;\na: mov.u32 %r0, 1;"),
      "the index of a branch is out of range");
}

TEST_F(ControlTest, PredicatedInstructions) {
  auto results =
      runBlock(32, "mov.u32 %r0, 7; setp.lt.u32 %p1, %t, 10;\n"
                   "@%p1 mov.u32 %r0, 1;\n@!%p1 add.u32 %r0, %r0, %t;");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(results[t], t < 10 ? 1 : 7 + t);
}

// Shared memory behind a barrier, read in reverse by other warps.
TEST_F(ControlTest, Barrier) {
  auto results = runBlock(
      256, ".shared .align 4 .b8 buffer[1024];\nmov.u64 %d2, buffer;\n"
           "mul.wide.u32 %d3, %t, 4;\nadd.s64 %d4, %d2, %d3;\n"
           "mul.lo.u32 %r1, %t, %t;\nst.shared.b32 [%d4], %r1;\nbar.sync 0;\n"
           "sub.s64 %d5, %d2, %d3;\nld.shared.b32 %r0, [%d5+1020];");
  for (uint32_t t = 0; t < 256; ++t)
    EXPECT_EQ(results[t], (255 - t) * (255 - t));
}

TEST_F(ControlTest, BarrierReduction) {
  auto results = runBlock(
      100, "setp.lt.u32 %p1, %t, 40;\nbar.red.popc.u32 %r1, 0, %p1;\n"
           "bar.red.and.pred %p2, 0, !%p1;\nbar.red.or.pred %p3, 0, %p1;\n"
           "selp.u32 %r2, 1000, 0, %p2; selp.u32 %r3, 2000, 0, %p3;\n"
           "add.u32 %r0, %r1, %r2; add.u32 %r0, %r0, %r3;");
  for (uint32_t result : results)
    EXPECT_EQ(result, 2040u);
}

// Two warps produce and two consume, with a barrier for 128 threads that the
// producers do not wait at.
TEST_F(ControlTest, NamedBarrier) {
  auto results = runBlock(
      128, ".shared .align 4 .b8 buffer[256];\nmov.u64 %d2, buffer;\n"
           "and.b32 %r1, %t, 63;\nmul.wide.u32 %d3, %r1, 4;\n"
           "add.s64 %d4, %d2, %d3;\nmov.u32 %r0, 0;\n"
           "setp.ge.u32 %p1, %t, 64;\n@%p1 bra consume;\n"
           "st.shared.b32 [%d4], %t;\nbar.arrive 1, 128;\nbra done;\n"
           "consume: bar.sync 1, 128;\nld.shared.b32 %r0, [%d4];\ndone:");
  for (uint32_t t = 0; t < 128; ++t)
    EXPECT_EQ(results[t], t < 64 ? 0 : t - 64);
}

// Warps that have ended are not waited for.
TEST_F(ControlTest, BarrierAfterExit) {
  Buffer<uint32_t> results(std::vector<uint32_t>(96));
  CUfunction kernel = load(makeKernel(
      "setp.ge.u32 %p1, %t, 64;\n@%p1 exit;\nbar.sync 0;\nmov.u32 %r0, 5;"));
  ASSERT_EQ(launch(kernel, 1, 96, {results.address}), CUDA_SUCCESS);
  EXPECT_EQ(results.read()[63], 5u);
  EXPECT_EQ(results.read()[64], 0u);
}

TEST_F(ControlTest, DivergentBarrierFails) {
  expectContains(
      failBlock(64, "mov.u32 %r0, 0; setp.lt.u32 %p1, %t, 10;\n@%p1 bra skip;\n"
                    "bar.sync 0;\nskip:"),
      "ends although others of its warp wait for it in line 12");
}
TEST_F(ControlTest, MissingWarpFails) {
  expectContains(
      failBlock(64,
                "mov.u32 %r0, 0; setp.lt.u32 %p1, %t, 32;\n@%p1 bra other;\n"
                "bar.sync 0;\nbra join;\nother: bar.sync 1;\njoin:"),
      "waits at a barrier that other threads never reach");
}

TEST_F(ControlTest, MissingThreadsFail) {
  std::string before =
      "mov.u32 %r0, 0; setp.lt.u32 %p1, %t, 10;\n@%p1 bra wait;\n";
  expectContains(failBlock(32, before +
                                   "bar.warp.sync 0xfffffc00;\nbra join;\n"
                                   "wait: bar.warp.sync 0xffffffff;\njoin:"),
                 "ends although others of its warp wait for it in line 14");
}
TEST_F(ControlTest, MutualWaitFails) {
  expectContains(
      failBlock(32, "mov.u32 %r0, 0; setp.lt.u32 %p1, %t, 10;\n@%p1 bra wait;\n"
                    "bar.warp.sync 0xffffffff;\nbra join;\n"
                    "wait: bar.warp.sync 0xffffffff;\njoin:"),
      "waits for threads of its member mask that never come here");
}
TEST_F(ControlTest, ForeignMemberMaskFails) {
  expectContains(failBlock(32, "shfl.sync.idx.b32 %r0, %t, 0, 31, 0x0000ffff;"),
                 "the thread is not in its own member mask");
}
TEST_F(ControlTest, TrapFails) {
  expectContains(
      failBlock(32, "mov.u32 %r0, 0; setp.eq.u32 %p1, %t, 9; @%p1 trap;"),
      "thread (9, 0, 0): trap");
}

TEST_F(ControlTest, Shuffles) {
  auto run = [&](const std::string &mode, const std::string &amount,
                 const std::string &clamp) {
    return runBlock(64, "add.u32 %r1, %t, 100;\nshfl.sync." + mode +
                            ".b32 %r2|%p1, %r1, " + amount + ", " + clamp +
                            ", -1;\nselp.u32 %r3, 1000, 0, %p1;\n"
                            "add.u32 %r0, %r2, %r3;");
  };
  auto up = run("up", "3", "0"), down = run("down", "3", "31");
  auto butterfly = run("bfly", "5", "31"), index = run("idx", "7", "31");
  auto segmented = run("down", "1", "0x1c1f"); // Of four threads each.
  auto shortIndex = run("idx", "5", "0x181f"); // Of eight.
  for (uint32_t t = 0; t < 64; ++t) {
    uint32_t lane = t % 32, base = 100 + t - lane;
    EXPECT_EQ(up[t], lane >= 3 ? 1000 + base + lane - 3 : base + lane);
    EXPECT_EQ(down[t], lane + 3 < 32 ? 1000 + base + lane + 3 : base + lane);
    EXPECT_EQ(butterfly[t], 1000 + base + (lane ^ 5));
    EXPECT_EQ(index[t], 1000 + base + 7);
    EXPECT_EQ(segmented[t],
              lane % 4 == 3 ? base + lane : 1000 + base + lane + 1);
    EXPECT_EQ(shortIndex[t], 1000 + base + lane / 8 * 8 + 5);
  }
}

// Two halves of a warp, each with a mask of its own, at one instruction.
TEST_F(ControlTest, ShufflesOfHalves) {
  auto results = runBlock(
      32, "setp.lt.u32 %p1, %t, 16; selp.b32 %r1, 0xffff, 0xffff0000, %p1;\n"
          "selp.b32 %r2, 3, 19, %p1; shfl.sync.idx.b32 %r0, %t, %r2, 31, %r1;");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(results[t], t < 16 ? 3 : 19);
}

TEST_F(ControlTest, ShuffleFromMissingThreadIsUnwritten) {
  expectContains(
      failBlock(20,
                "shfl.sync.idx.b32 %r1, %t, 25, 31, -1; add.u32 %r0, %r1, 1;"),
      "read of a register that was never written");
}

TEST_F(ControlTest, Votes) {
  auto results = runBlock(
      64, "setp.lt.u32 %p1, %t, 40;\nvote.sync.ballot.b32 %r1, %p1, -1;\n"
          "vote.sync.all.pred %p2, %p1, -1; vote.sync.any.pred %p3, !%p1, -1;\n"
          "selp.u32 %r2, 1, 0, %p2; selp.u32 %r3, 2, 0, %p3;\n"
          "xor.b32 %r0, %r1, %r2; xor.b32 %r0, %r0, %r3;");
  EXPECT_EQ(results[0], ~0u ^ 1);
  EXPECT_EQ(results[63], 0xffu ^ 2);
}

TEST_F(ControlTest, Match) {
  auto results =
      runBlock(32, "rem.u32 %r1, %t, 3;\nmatch.any.sync.b32 %r0, %r1, -1;");
  for (uint32_t t = 0; t < 32; ++t) {
    uint32_t mask = 0;
    for (uint32_t other = t % 3; other < 32; other += 3)
      mask |= 1u << other;
    EXPECT_EQ(results[t], mask);
  }
  auto all = runBlock(32, "match.all.sync.b32 %r0|%p1, 5, -1; selp.u32 %r1, 0, "
                          "1, %p1; add.u32 %r0, %r0, %r1;");
  EXPECT_EQ(all[3], ~0u);
}

TEST_F(ControlTest, Reductions) {
  auto run = [&](const std::string &name) {
    return runBlock(64, "sub.s32 %r1, %t, 40; redux.sync." + name +
                            " %r0, %r1, -1;");
  };
  EXPECT_EQ(run("add.s32")[0], uint32_t(31 * 16 - 40 * 32));
  EXPECT_EQ(run("min.s32")[5], uint32_t(-40));
  EXPECT_EQ(run("max.s32")[40], 23u);
  EXPECT_EQ(run("min.u32")[40], 0u);
  EXPECT_EQ(run("max.u32")[40], ~0u);
  uint32_t conjunction = ~0u, disjunction = 0, parity = 0;
  for (uint32_t t = 32; t < 64; ++t) {
    conjunction &= t - 40;
    disjunction |= t - 40;
    parity ^= t - 40;
  }
  EXPECT_EQ(run("and.b32")[33], conjunction);
  EXPECT_EQ(run("or.b32")[33], disjunction);
  EXPECT_EQ(run("xor.b32")[33], parity);
  auto elected =
      runBlock(32, "setp.ge.u32 %p1, %t, 5; mov.u32 %r0, 0; @!%p1 bra done;\n"
                   "elect.sync %r0|%p2, 0xffffffe0;\ndone:");
  EXPECT_EQ(elected[31], 5u);
}

TEST_F(ControlTest, SpecialRegisters) {
  Buffer<uint32_t> results(24);
  CUfunction kernel = load(makeKernel(
      "mov.u32 %r1, %tid.y; mov.u32 %r2, %ntid.x; mov.u32 %r3, %ctaid.z; "
      "mov.u32 %r4, %nctaid.z;\n"
      "mov.u32 %r5, %ctaid.y; mad.lo.u32 %r6, %r1, %r2, %t;\n" // In the block:
                                                               // 4 x 3
      "mad.lo.u32 %r7, %r5, %r4, %r3; mad.lo.u32 %t, %r7, 12, %r6;\n"
      "mov.u32 %r8, %laneid; add.u32 %r0, %r8, %t;"));
  uint64_t address = results.address;
  void *arguments[] = {&address};
  ASSERT_EQ(
      cuLaunchKernel(kernel, 1, 1, 2, 4, 3, 1, 0, nullptr, arguments, nullptr),
      CUDA_SUCCESS);
  for (uint32_t i = 0; i < 24; ++i)
    EXPECT_EQ(results.read()[i], i + i % 12);
}

// A call, inside of a branch, of a function with a loop and a local array.
TEST_F(ControlTest, Calls) {
  std::string function =
      ".visible .func (.param .b32 func_retval0) square(.param .b32 "
      "square_param_0)\n{\n"
      ".local .align 4 .b8 slots[16];\n.reg .b32 %r<9>;\n.reg .pred "
      "%p<2>;\n.reg .b64 %l<4>;\n"
      "ld.param.b32 %r1, [square_param_0];\nmov.b32 %r2, 0;\nmov.b32 %r3, 0;\n"
      "mov.b64 %l1, slots;\ncvta.local.u64 %l2, %l1;\n"
      "loop:\nadd.s32 %r2, %r2, %r1;\nadd.s32 %r3, %r3, 1;\nst.local.b32 "
      "[%l1+8], %r2;\n"
      "setp.lt.u32 %p1, %r3, %r1;\n@%p1 bra loop;\nld.b32 %r4, [%l2+8];\n"
      "st.param.b32 [func_retval0], %r4;\nret;\n}\n";
  auto results = runBlock(
      40,
      "mov.u32 %r0, 1; setp.lt.u32 %p1, %t, 4; @%p1 bra skip;\n"
      "{\n.param .b32 param0;\n.param .b32 retval0;\nst.param.b32 [param0], "
      "%t;\n"
      "call.uni (retval0), square, (param0);\nld.param.b32 %r0, [retval0];\n}\n"
      "{\n.param .b32 param0;\n.param .b32 retval0;\nst.param.b32 [param0], "
      "3;\n"
      "call.uni (retval0), square, (param0);\nld.param.b32 %r2, [retval0];\n}\n"
      "add.u32 %r0, %r0, %r2;\nskip:",
      function);
  for (uint32_t t = 0; t < 40; ++t)
    EXPECT_EQ(results[t], t < 4 ? 1 : t * t + 9);
}

// A thread waits for another one of its warp: nobody may wait forever.
TEST_F(ControlTest, SpinLockInWarp) {
  auto results = runBlock(
      32,
      "mov.u64 %d2, counter; mov.u32 %r0, 0;\n"
      "again:\natom.global.cas.b32 %r1, [%d2], 0, 1;\nsetp.ne.u32 %p1, %r1, "
      "0;\n"
      "@%p1 bra again;\nld.global.b32 %r2, [%d2+4]; add.u32 %r0, %r2, 1;\n"
      "st.global.b32 [%d2+4], %r0;\natom.global.exch.b32 %r3, [%d2], 0;",
      ".global .align 8 .b32 counter[2];\n");
  std::vector<bool> seen(33);
  for (uint32_t result : results)
    seen[result] = true;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 32);
}
