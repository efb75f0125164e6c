//===- HandWritten.cpp - The operations in C++, for the best compiler -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a programmer with one format in mind would write: loops over elements
// with every constant of the format known, in a form that clang vectorizes. The
// algorithms are the fastest known ones that plain C++ can say. Nothing here is
// shared with the compiler that is measured.
//
//===----------------------------------------------------------------------===//

#include "Layout.h"

#include <algorithm>
#include <type_traits>

using namespace altgrad;
using namespace altgrad::bench;

//===----------------------------------------------------------------------===//
// Bits and element types
//===----------------------------------------------------------------------===//

namespace {
struct BF16 {
  uint16_t bits;
};
using F16 = _Float16;
} // namespace

static inline uint32_t toBits(float value) {
  return __builtin_bit_cast(uint32_t, value);
}
static inline float fromBits(uint32_t bits) {
  return __builtin_bit_cast(float, bits);
}

static inline float widen(float x) { return x; }
static inline float widen(F16 x) { return x; }
static inline float widen(BF16 x) { return fromBits(uint32_t(x.bits) << 16); }

/// To the nearest number of type T.
template <typename T> static inline T narrow(float x) {
  if constexpr (std::is_same_v<T, BF16>) {
    uint32_t bits = toBits(x);
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    bool isNaN = (bits & 0x7fffffff) > 0x7f800000;
    return {static_cast<uint16_t>(isNaN ? 0x7fc0 : rounded)};
  } else {
    return static_cast<T>(x);
  }
}
/// The same for a number that T holds exactly, or a NaN.
template <typename T> static inline T narrowExact(float x) {
  if constexpr (std::is_same_v<T, BF16>)
    return {static_cast<uint16_t>(toBits(x) >> 16)};
  else
    return static_cast<T>(x);
}

template <typename T>
using BitsOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint16_t>;
template <typename T> static inline BitsOf<T> magnitudeBits(T x) {
  auto bits = __builtin_bit_cast(BitsOf<T>, x);
  return bits & (BitsOf<T>(-1) >> 1);
}

//===----------------------------------------------------------------------===//
// One element
//===----------------------------------------------------------------------===//

namespace {
/// The operations on one element of a format with the layout L.
template <typename L> struct Numerics {
  static constexpr int E = L::kExponentBits, M = L::kMantissaBits;
  static constexpr int kShift = L::kShift;
  static constexpr Specials kSpecials = L::kSpecials;
  static constexpr bool kIsUniform = L::kIsUniform, kHasNaN = L::kHasNaN;
  static constexpr uint32_t kMinField = L::kMinField, kInfinity = L::kInfinity;
  static constexpr uint32_t kMaxBits = L::kMaxBits, kMinBits = L::kMinBits;
  static constexpr float kUniformAddend = L::kUniformAddend;

  static inline uint8_t encode(float x) {
    uint32_t u = toBits(x), a = u & 0x7fffffff;
    uint32_t c = std::min(a, kMaxBits);
    uint32_t code;
    if constexpr (M == 0) {
      // Ties go down: add just less than half, and cut.
      code = (std::max(c, kMinBits) + 0x3fffff - ((kMinField - 1) << 23)) >> 23;
      code = a <= L::kHalfMinBits ? 0 : code;
    } else if constexpr (kIsUniform) {
      code = toBits(fromBits(c) + kUniformAddend);
    } else {
      // The adder rounds to the spacing of the addend; the offset puts the
      // exponent's constant part into the low bits on the way.
      constexpr uint32_t kOffset = (-(kMinField << M)) & 0xff;
      uint32_t m = std::max(c & kInfinity, kMinField << 23);
      uint32_t t =
          toBits(fromBits(c) + fromBits(m + ((kShift << 23) + kOffset)));
      code = t + (m >> kShift);
    }
    code = (code & 0x7f) | ((u >> 24) & 0x80);
    return a > kInfinity ? (kHasNaN ? 0x7f : 0x00) : code;
  }

  static inline float round(float x) {
    uint32_t u = toBits(x), a = u & 0x7fffffff;
    uint32_t c = std::min(a, kMaxBits);
    uint32_t rounded;
    if constexpr (M == 0) {
      rounded = (std::max(c, kMinBits) + 0x3fffff) & kInfinity;
      rounded = a <= L::kHalfMinBits ? 0 : rounded;
    } else {
      float addend = kUniformAddend;
      if constexpr (!kIsUniform)
        addend =
            fromBits(std::max(c & kInfinity, kMinField << 23) + (kShift << 23));
      float sum = fromBits(c) + addend;
      rounded = toBits(sum - addend);
    }
    rounded |= u & 0x80000000;
    return fromBits(a > kInfinity ? (kHasNaN ? 0x7fc00000 : 0) : rounded);
  }

  static inline float decode(uint8_t q) {
    // The format is the upper half of an f16, whose conversion is one
    // instruction.
    if constexpr (E == 5 && L::kBias == 15 && kSpecials == Specials::IEEE)
      return __builtin_bit_cast(F16, static_cast<uint16_t>(q << 8));
    uint32_t a = q & 0x7f, sign = uint32_t(q & 0x80) << 24;
    uint32_t normal = (a << kShift) + ((kMinField - 1) << 23);
    uint32_t value;
    if constexpr (M == 0) {
      value = a == 0 ? 0 : normal;
    } else if constexpr (kIsUniform) {
      // (C | m) - C, not (m * 2^k): no integer conversion.
      value = toBits(fromBits(a | toBits(kUniformAddend)) - kUniformAddend);
    } else {
      // Subnormals: with an implicit bit they do not have, less that bit. A
      // multiplication would read f32 denormals, slow on some cores.
      float subnormal = fromBits(normal + (1 << 23)) - power(L::kMinExponent);
      value = a < (1u << M) ? toBits(subnormal) : normal;
    }
    if constexpr (kSpecials == Specials::FN)
      value = a == 0x7f ? 0x7fc00000 : value;
    else
      static_assert(!kHasNaN || E == 5, "decoded as a half above");
    return fromBits(value | sign);
  }
};

template <Scale Kind> struct Scaling {
  float scale, inverse;
  explicit Scaling(const Call &call)
      : scale(call.scale), inverse(1 / call.scale) {}
  float divide(float x) const {
    if constexpr (Kind == Scale::Runtime)
      return x / scale;
    if constexpr (Kind == Scale::PowerOfTwo)
      return x * inverse;
    return x;
  }
  float multiply(float x) const { return Kind == Scale::None ? x : x * scale; }
};
} // namespace

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// quantize and fake_quantize, each with or without amax.
template <typename F, typename T, Scale Kind, bool ToCodes, bool WithAmax>
static void runQuantize(Call &call) {
  using Out = std::conditional_t<ToCodes, uint8_t, T>;
  const T *__restrict x = static_cast<const T *>(call.input);
  Out *__restrict y = static_cast<Out *>(call.output);
  Scaling<Kind> scaling(call);
  BitsOf<T> amax = 0;
  for (int64_t i = 0, end = call.count; i < end; ++i) {
    float v = scaling.divide(widen(x[i]));
    if constexpr (ToCodes)
      y[i] = F::encode(v);
    else
      y[i] = narrowExact<T>(scaling.multiply(F::round(v)));
    if constexpr (WithAmax)
      amax = std::max(amax, magnitudeBits(x[i]));
  }
  call.amaxBits = amax;
}

template <typename F, typename T, Scale Kind>
static void runDequantize(Call &call) {
  const uint8_t *__restrict q = static_cast<const uint8_t *>(call.input);
  T *__restrict y = static_cast<T *>(call.output);
  Scaling<Kind> scaling(call);
  for (int64_t i = 0, end = call.count; i < end; ++i)
    y[i] = narrowExact<T>(scaling.multiply(F::decode(q[i])));
}

template <typename T> static void runAmax(Call &call) {
  // Integers, because their maximum is one instruction, and NaN is above all.
  const T *__restrict x = static_cast<const T *>(call.input);
  BitsOf<T> amax = 0;
  for (int64_t i = 0, end = call.count; i < end; ++i)
    amax = std::max(amax, magnitudeBits(x[i]));
  call.amaxBits = amax;
}

template <typename F, typename T, Scale Kind, bool WithUpdate>
static void runStall(Call &call) {
  const T *__restrict w = static_cast<const T *>(call.input);
  const T *__restrict g = static_cast<const T *>(call.secondInput);
  T *__restrict next = static_cast<T *>(call.output);
  Scaling<Kind> scaling(call);
  float learningRate = call.learningRate;
  float threshold = widen(narrow<T>(1e-10f));
  int64_t stalled = 0, total = 0;
  // 32-bit counts are half as wide as 64-bit ones; a block cannot overflow
  // them.
  constexpr int64_t kBlock = int64_t(1) << 20;
  for (int64_t start = 0; start < call.count; start += kBlock) {
    int64_t end = std::min(call.count, start + kBlock);
    uint32_t blockStalled = 0, blockTotal = 0;
    for (int64_t i = start; i < end; ++i) {
      float weight = widen(w[i]), gradient = widen(g[i]);
      float step = widen(narrow<T>(learningRate * gradient));
      T moved = narrow<T>(weight - step);
      if constexpr (WithUpdate)
        next[i] = moved;
      uint32_t counted = __builtin_fabsf(gradient) > threshold;
      uint32_t equal = F::round(scaling.divide(weight)) ==
                       F::round(scaling.divide(widen(moved)));
      blockTotal += counted;
      blockStalled += counted & equal;
    }
    stalled += blockStalled;
    total += blockTotal;
  }
  call.stalled = stalled;
  call.total = total;
}

//===----------------------------------------------------------------------===//
// Which one
//===----------------------------------------------------------------------===//

template <typename F, typename T, Scale Kind> static Kernel select(Op op) {
  switch (op) {
  case Op::Quantize:
    return runQuantize<F, T, Kind, true, false>;
  case Op::QuantizeAmax:
    return runQuantize<F, T, Kind, true, true>;
  case Op::FakeQuantize:
    return runQuantize<F, T, Kind, false, false>;
  case Op::FakeQuantizeAmax:
    return runQuantize<F, T, Kind, false, true>;
  case Op::Dequantize:
    return runDequantize<F, T, Kind>;
  case Op::Amax:
    return runAmax<T>;
  case Op::Stall:
    return runStall<F, T, Kind, false>;
  case Op::StallUpdate:
    return runStall<F, T, Kind, true>;
  }
  return nullptr;
}

template <typename F> static Kernel select(const Work &work) {
  if (work.element == Element::F32) {
    switch (work.scale) {
    case Scale::None:
      return select<F, float, Scale::None>(work.op);
    case Scale::Runtime:
      return select<F, float, Scale::Runtime>(work.op);
    case Scale::PowerOfTwo:
      return select<F, float, Scale::PowerOfTwo>(work.op);
    }
  }
  if (work.scale != Scale::None)
    return nullptr;
  return work.element == Element::BF16 ? select<F, BF16, Scale::None>(work.op)
                                       : select<F, F16, Scale::None>(work.op);
}

Kernel altgrad::bench::getHandWritten(const Work &work) {
  return withLayout(work, [&](auto layout) {
    return select<Numerics<decltype(layout)>>(work);
  });
}

//===----------------------------------------------------------------------===//
// Around a kernel
//===----------------------------------------------------------------------===//

static const char *advance(const void *pointer, size_t bytes) {
  return pointer ? static_cast<const char *>(pointer) + bytes : nullptr;
}

/// The part [begin, begin + count) of a call.
static Call slice(const Work &work, const Call &call, int64_t begin,
                  int64_t count) {
  Call part = call;
  part.input =
      advance(call.input, begin * getInputWidth(work.op, work.element));
  part.secondInput = advance(
      call.secondInput, begin * getSecondInputWidth(work.op, work.element));
  part.output = const_cast<char *>(
      advance(call.output, begin * getOutputWidth(work.op, work.element)));
  part.count = count;
  part.amaxBits = 0;
  part.stalled = part.total = 0;
  return part;
}

static void combine(Call &call, const Call &part) {
  call.amaxBits = std::max(call.amaxBits, part.amaxBits);
  call.stalled += part.stalled;
  call.total += part.total;
}

static void clearResults(Call &call) {
  call.amaxBits = 0;
  call.stalled = call.total = 0;
}

void altgrad::bench::runThreads(Kernel kernel, const Work &work, Call &call,
                                int threads) {
  clearResults(call);
  // Multiples of a cache line of codes, so that threads do not share lines.
  int64_t chunk = (call.count / threads + 63) / 64 * 64;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int thread = 0; thread < threads; ++thread) {
    int64_t begin = std::min<int64_t>(thread * chunk, call.count);
    int64_t count = std::min(chunk, call.count - begin);
    Call part = slice(work, call, begin,
                      thread + 1 == threads ? call.count - begin : count);
    kernel(part);
#pragma omp critical
    combine(call, part);
  }
}

std::string_view altgrad::bench::getKernelFlags() {
  return ALTGRAD_BENCH_KERNEL_FLAGS;
}
