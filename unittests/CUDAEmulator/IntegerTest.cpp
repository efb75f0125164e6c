//===- IntegerTest.cpp - Integers of PTX against those of the host --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include <functional>
#include <random>

using namespace altgrad::test;

namespace {
/// Bit patterns at the ends of their ranges, all pairs of them, and random
/// ones.
template <class T> std::vector<std::vector<T>> makeInputs(unsigned inputs) {
  std::vector<uint64_t> special = {0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 65};
  for (unsigned bit : {7, 8, 15, 16, 24, 31, 32, 63})
    for (int offset : {-1, 0, 1})
      special.push_back((1ull << bit) + offset);
  for (size_t i = 0, end = special.size(); i < end; ++i)
    special.push_back(-special[i]);
  std::vector<std::vector<T>> result(inputs);
  std::mt19937_64 random(1);
  auto add = [&](uint64_t a, uint64_t b, uint64_t c) {
    uint64_t values[] = {a, b, c};
    for (unsigned i = 0; i < inputs; ++i)
      result[i].push_back(static_cast<T>(values[i]));
  };
  for (uint64_t a : special)
    for (uint64_t b : special)
      add(a, b, special[random() % special.size()]);
  for (unsigned i = 0; i < 5000; ++i)
    add(random(), random() >> random() % 64, random());
  return result;
}

class IntegerTest : public ElementwiseTest {
protected:
  template <class R, class T>
  void check(const std::string &body, std::function<R(T, T, T)> expected,
             unsigned inputs) {
    auto values = makeInputs<T>(inputs);
    auto results = run<R, T>(body, values);
    unsigned shown = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      T a = values[0][i], b = inputs > 1 ? values[1][i] : T(),
        c = inputs > 2 ? values[2][i] : T();
      R wanted = expected(a, b, c);
      if (results[i] != wanted && ++shown < 4)
        ADD_FAILURE() << body << " of " << +a << ", " << +b << ", " << +c
                      << " gives " << +results[i] << " and not " << +wanted;
    }
  }
  template <class T> void checkArithmetic(const std::string &type) {
    using W =
        std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>;
    constexpr unsigned bits = sizeof(T) * 8;
    auto op2 = [&](const std::string &name, std::function<T(T, T)> f) {
      check<T, T>(
          name + "." + type + " result, a, b;",
          [=](T a, T b, T) { return f(a, b); }, 2);
    };
    op2("add", [](T a, T b) { return W(a) + b; });
    op2("sub", [](T a, T b) { return W(a) - b; });
    op2("mul.lo", [](T a, T b) { return W(a) * b; });
    op2("mul.hi", [](T a, T b) { return (W(a) * b) >> bits; });
    op2("div", [](T a, T b) { return b == 0 ? T(-1) : T(W(a) / b); });
    op2("rem", [](T a, T b) { return b == 0 ? a : T(W(a) % b); });
    op2("min", [](T a, T b) { return a < b ? a : b; });
    op2("max", [](T a, T b) { return a > b ? a : b; });
    check<T, T>(
        "mad.lo." + type + " result, a, b, c;",
        [](T a, T b, T c) -> T { return W(a) * b + c; }, 3);
    check<T, T>(
        "mad.hi." + type + " result, a, b, c;",
        [](T a, T b, T c) -> T { return ((W(a) * b) >> bits) + c; }, 3);
    check<T, T>(
        "sad." + type + " result, a, b, c;",
        [](T a, T b, T c) -> T { return W(c) + (a < b ? W(b) - a : W(a) - b); },
        3);
    if (std::is_signed_v<T>) {
      check<T, T>(
          "neg." + type + " result, a;", [](T a, T, T) -> T { return -W(a); },
          1);
      check<T, T>(
          "abs." + type + " result, a;",
          [](T a, T, T) -> T { return a < 0 ? -W(a) : W(a); }, 1);
    }
    auto shift = [&](std::function<T(T, uint64_t)> f) {
      // The amount is a register of 32 bits.
      std::string narrow = bits == 16   ? "cvt.u32.u16 %r1, b;"
                           : bits == 32 ? "mov.b32 %r1, b;"
                                        : "cvt.u32.u64 %r1, b;";
      check<T, T>(
          narrow + " shr." + type + " result, a, %r1;",
          [=](T a, T b, T) {
            return f(a, static_cast<uint32_t>(
                            static_cast<std::make_unsigned_t<T>>(b)));
          },
          2);
    };
    shift([](T a, uint64_t b) -> T { return W(a) >> (b >= bits ? 100 : b); });
  }
};
} // namespace

TEST_F(IntegerTest, Arithmetic16) {
  checkArithmetic<int16_t>("s16");
  checkArithmetic<uint16_t>("u16");
}
TEST_F(IntegerTest, Arithmetic32) {
  checkArithmetic<int32_t>("s32");
  checkArithmetic<uint32_t>("u32");
}
TEST_F(IntegerTest, Arithmetic64) {
  checkArithmetic<int64_t>("s64");
  checkArithmetic<uint64_t>("u64");
}

TEST_F(IntegerTest, WideProducts) {
  check<int32_t, int16_t>(
      "mul.wide.s16 result, a, b;",
      [](int16_t a, int16_t b, int16_t) { return int32_t(a) * b; }, 2);
  check<uint32_t, uint16_t>(
      "mul.wide.u16 result, a, b;",
      [](uint16_t a, uint16_t b, uint16_t) { return uint32_t(a) * b; }, 2);
  check<int64_t, int32_t>(
      "mul.wide.s32 result, a, b;",
      [](int32_t a, int32_t b, int32_t) { return int64_t(a) * b; }, 2);
  check<uint64_t, uint32_t>(
      "mul.wide.u32 result, a, b;",
      [](uint32_t a, uint32_t b, uint32_t) { return uint64_t(a) * b; }, 2);
  check<int64_t, int32_t>(
      "cvt.s64.s32 %d1, c; mad.wide.s32 result, a, b, %d1;",
      [](int32_t a, int32_t b, int32_t c) { return int64_t(a) * b + c; }, 3);
}

TEST_F(IntegerTest, Saturation) {
  auto clamp = [](int64_t x) -> int32_t {
    return std::min<int64_t>(std::max<int64_t>(x, INT32_MIN), INT32_MAX);
  };
  check<int32_t, int32_t>(
      "add.sat.s32 result, a, b;",
      [=](int32_t a, int32_t b, int32_t) { return clamp(int64_t(a) + b); }, 2);
  check<int32_t, int32_t>(
      "sub.sat.s32 result, a, b;",
      [=](int32_t a, int32_t b, int32_t) { return clamp(int64_t(a) - b); }, 2);
}

// A sum of 64 bits by halves.
TEST_F(IntegerTest, Carry) {
  check<uint64_t, uint64_t>(
      "mov.b64 {%r1, %r2}, a; mov.b64 {%r3, %r4}, b;"
      "add.cc.u32 %r5, %r1, %r3; addc.u32 %r6, %r2, %r4; mov.b64 result, {%r5, "
      "%r6};",
      [](uint64_t a, uint64_t b, uint64_t) { return a + b; }, 2);
  check<uint64_t, uint64_t>(
      "mov.b64 {%r1, %r2}, a; mov.b64 {%r3, %r4}, b;"
      "sub.cc.u32 %r5, %r1, %r3; subc.u32 %r6, %r2, %r4; mov.b64 result, {%r5, "
      "%r6};",
      [](uint64_t a, uint64_t b, uint64_t) { return a - b; }, 2);
}

TEST_F(IntegerTest, Logic) {
  using U = uint32_t;
  check<U, U>("and.b32 result, a, b;", [](U a, U b, U) { return a & b; }, 2);
  check<U, U>("or.b32 result, a, b;", [](U a, U b, U) { return a | b; }, 2);
  check<U, U>("xor.b32 result, a, b;", [](U a, U b, U) { return a ^ b; }, 2);
  check<U, U>("not.b32 result, a;", [](U a, U, U) { return ~a; }, 1);
  check<U, U>("cnot.b32 result, a;", [](U a, U, U) { return a == 0; }, 1);
  check<U, U>(
      "shl.b32 result, a, b;", [](U a, U b, U) { return b > 31 ? 0 : a << b; },
      2);
  check<U, U>(
      "lop3.b32 result, a, b, c, 0x96;",
      [](U a, U b, U c) { return a ^ b ^ c; }, 3);
  check<U, U>(
      "lop3.b32 result, a, b, c, 0xCA;",
      [](U a, U b, U c) { return (a & b) | (~a & c); }, 3);
}

TEST_F(IntegerTest, Bits) {
  using U = uint32_t;
  using S = int32_t;
  check<U, U>(
      "popc.b32 result, a;", [](U a, U, U) { return __builtin_popcount(a); },
      1);
  check<U, U>(
      "clz.b32 result, a;", [](U a, U, U) { return a ? __builtin_clz(a) : 32; },
      1);
  check<U, uint64_t>(
      "clz.b64 result, a;",
      [](uint64_t a, uint64_t, uint64_t) {
        return a ? __builtin_clzll(a) : 64;
      },
      1);
  check<U, U>(
      "brev.b32 result, a;",
      [](U a, U, U) { return __builtin_bitreverse32(a); }, 1);
  check<U, U>(
      "bfind.u32 result, a;",
      [](U a, U, U) { return a ? 31 - __builtin_clz(a) : ~0u; }, 1);
  check<U, S>(
      "bfind.s32 result, a;",
      [](S a, S, S) {
        U bits = a < 0 ? ~a : a;
        return bits ? 31 - __builtin_clz(bits) : ~0u;
      },
      1);
  check<U, U>(
      "bfe.u32 result, a, b, 5;",
      [](U a, U b, U) { return (b & 255) > 31 ? 0 : a >> (b & 255) & 31; }, 2);
  // Beyond the top the sign goes on.
  check<S, S>(
      "bfe.s32 result, a, b, 5;",
      [](S a, S b, S) {
        int64_t moved = int64_t(a) >> std::min(b & 255, 31);
        return static_cast<S>(
            static_cast<int64_t>(static_cast<uint64_t>(moved) << 59) >> 59);
      },
      2);
  check<U, U>(
      "bfi.b32 result, a, b, 28, 8;",
      [](U a, U b, U) { return (b & 0x0fffffff) | a << 28; }, 2);
  check<U, U>(
      "shf.l.wrap.b32 result, a, b, c;",
      [](U a, U b, U c) { return (uint64_t(b) << 32 | a) << (c & 31) >> 32; },
      3);
  check<U, U>(
      "shf.r.clamp.b32 result, a, b, c;",
      [](U a, U b, U c) { return (uint64_t(b) << 32 | a) >> std::min(c, 32u); },
      3);
}

TEST_F(IntegerTest, Permute) {
  using U = uint32_t;
  check<U, U>(
      "prmt.b32 result, a, b, c;",
      [](U a, U b, U c) {
        uint8_t bytes[8];
        std::memcpy(bytes, &a, 4);
        std::memcpy(bytes + 4, &b, 4);
        U result = 0;
        for (unsigned i = 0; i < 4; ++i) {
          unsigned pick = c >> (4 * i) & 15;
          U byte = bytes[pick & 7];
          if (pick & 8)
            byte = byte >> 7 ? 255 : 0;
          result |= byte << (8 * i);
        }
        return result;
      },
      3);
}

TEST_F(IntegerTest, Selection) {
  using S = int32_t;
  check<S, S>(
      "setp.lt.s32 %p, a, b; selp.b32 result, a, b, %p;",
      [](S a, S b, S) { return std::min(a, b); }, 2);
  check<S, S>(
      "setp.lt.s32 %p|%q, a, b; selp.b32 result, b, a, %q;",
      [](S a, S b, S) { return std::min(a, b); }, 2);
  check<S, S>(
      "setp.gt.s32 %p, b, c; setp.eq.xor.s32 %p, a, b, !%p; selp.b32 result, "
      "1, 0, %p;",
      [](S a, S b, S c) { return (a == b) != !(b > c); }, 3);
  check<S, S>(
      "slct.b32.s32 result, a, b, c;",
      [](S a, S b, S c) { return c >= 0 ? a : b; }, 3);
  check<S, S>(
      "set.hi.u32.u32 result, a, b;",
      [](S a, S b, S) { return uint32_t(a) > uint32_t(b) ? -1 : 0; }, 2);
}
