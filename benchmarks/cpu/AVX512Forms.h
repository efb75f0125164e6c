//===- AVX512Forms.h - What the best forms are made of ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding, encoding and decoding of 64 elements in AVX-512 with byte permutes
// (Ice Lake, Zen 4 and later), in the fastest forms we found.
//
// What decided (vectors of 512 bits have two ports on Intel's Golden Cove):
// - clamp and |x| are one vrangeps, NaN is one vfixupimmps. Both run on either
//   port; integer minimum, maximum and shifts run on one of them only, masks
//   from comparisons and shuffles on the other.
// - The exponent's share of the rounding addend comes from a table in registers
//   (vpermps) where codes are wanted, from one fma where values are.
// - One funnel shift puts the sign below the code, another collects the codes
//   of four vectors. One permutation puts 64 of them in order, one bit matrix
//   product rotates their bits into place.
// - Decoding looks the two bytes of a bf16 or f16 up in tables of 128
//   (vpermi2b). A shift and a multiplication would read f32 subnormals, which
//   costs a hundred times as much here.
// - Counts are masked additions of lanes: cheaper than moving masks.
// - Results that will not stay in cache are stored past it (non-temporal), and
//   the input is fetched 4 KiB ahead: loops this long see too few loads at
//   once.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_AVX512FORMS_H
#define ALTGRAD_BENCHMARKS_CPU_AVX512FORMS_H

#include "Layout.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) &&  \
    defined(__AVX512VL__) && defined(__AVX512VBMI__) &&                        \
    defined(__AVX512VBMI2__) && defined(__GFNI__)
#define ALTGRAD_BENCH_HAS_BEST_FORMS 1
#else
#define ALTGRAD_BENCH_HAS_BEST_FORMS 0
#endif

#if ALTGRAD_BENCH_HAS_BEST_FORMS

#include <algorithm>
#include <immintrin.h>
#include <type_traits>

namespace altgrad::bench {

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

using Words = __m512i;
using Floats = __m512;

/// Elements in one step, and vectors of 16 floats in them.
static constexpr int kStep = 64, kVectors = 4;

static inline Floats toFloats(Words w) { return _mm512_castsi512_ps(w); }
static inline Words toWords(Floats f) { return _mm512_castps_si512(f); }
static inline Words words(uint32_t value) {
  return _mm512_set1_epi32(static_cast<int>(value));
}
static inline Words halves(uint16_t value) {
  return _mm512_set1_epi16(static_cast<short>(value));
}
static inline Words bytes(uint8_t value) {
  return _mm512_set1_epi8(static_cast<char>(value));
}
static inline Floats floats(float value) { return _mm512_set1_ps(value); }

static inline Words load(const void *from) { return _mm512_loadu_si512(from); }
template <bool Streaming> static inline void store(void *to, Words value) {
  if constexpr (Streaming)
    _mm512_stream_si512(static_cast<__m512i *>(to), value);
  else
    _mm512_storeu_si512(to, value);
}
/// Of the cache line that will be read 4 KiB later.
template <bool Streaming> static inline void prefetch(const char *from) {
  if constexpr (Streaming)
    __builtin_prefetch(from + 4096);
}

/// selector ? a : b, bit by bit.
static inline Words chooseBits(Words selector, Words a, Words b) {
  return _mm512_ternarylogic_epi32(selector, a, b, 0xCA);
}

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

/// 64 elements <-> four vectors of floats. Lane i of vector j is element
/// `getElement(j, i)`; narrowing takes numbers that the type has.
struct F32 {
  static constexpr size_t kWidth = 4;
  static constexpr int getElement(int vector, int lane) {
    return 16 * vector + lane;
  }
  template <bool Streaming>
  static inline void widen(const char *from, Floats (&x)[kVectors]) {
    for (int j = 0; j < kVectors; ++j) {
      prefetch<Streaming>(from + 64 * j);
      x[j] = toFloats(load(from + 64 * j));
    }
  }
  template <bool Streaming>
  static inline void narrow(char *to, const Floats (&x)[kVectors]) {
    for (int j = 0; j < kVectors; ++j)
      store<Streaming>(to + 64 * j, toWords(x[j]));
  }
  static inline Floats round(Floats x) { return x; }
};

/// Two halves of a word are two floats: no shuffle.
struct BF16 {
  static constexpr size_t kWidth = 2;
  static constexpr int getElement(int vector, int lane) {
    return 32 * (vector / 2) + 2 * lane + vector % 2;
  }
  template <bool Streaming>
  static inline void widen(const char *from, Floats (&x)[kVectors]) {
    for (int j = 0; j < 2; ++j) {
      prefetch<Streaming>(from + 64 * j);
      Words pairs = load(from + 64 * j);
      x[2 * j] = toFloats(_mm512_slli_epi32(pairs, 16));
      x[2 * j + 1] = toFloats(_mm512_and_si512(pairs, words(0xffff0000)));
    }
  }
  template <bool Streaming>
  static inline void narrow(char *to, const Floats (&x)[kVectors]) {
    for (int j = 0; j < 2; ++j)
      store<Streaming>(to + 64 * j,
                       chooseBits(words(0xffff0000), toWords(x[2 * j + 1]),
                                  _mm512_srli_epi32(toWords(x[2 * j]), 16)));
  }
  /// To the nearest; a NaN that came from a bf16 stays one.
  static inline Floats round(Floats x) {
    Words u = toWords(x);
    Words odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), words(1));
    Words sum = _mm512_add_epi32(_mm512_add_epi32(u, words(0x7fff)), odd);
    return toFloats(_mm512_and_si512(sum, words(0xffff0000)));
  }
};

struct F16 {
  static constexpr size_t kWidth = 2;
  static constexpr int getElement(int vector, int lane) {
    return 16 * vector + lane;
  }
  template <bool Streaming>
  static inline void widen(const char *from, Floats (&x)[kVectors]) {
    for (int j = 0; j < kVectors; ++j) {
      if (j % 2 == 0)
        prefetch<Streaming>(from + 32 * j);
      x[j] = _mm512_cvtph_ps(
          _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + 32 * j)));
    }
  }
  template <bool Streaming>
  static inline void narrow(char *to, const Floats (&x)[kVectors]) {
    for (int j = 0; j < 2; ++j)
      store<Streaming>(
          to + 64 * j,
          _mm512_inserti64x4(_mm512_castsi256_si512(toHalf(x[2 * j])),
                             toHalf(x[2 * j + 1]), 1));
  }
  static inline Floats round(Floats x) { return _mm512_cvtph_ps(toHalf(x)); }

private:
  static inline __m256i toHalf(Floats x) {
    return _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
};

/// The largest magnitude: as integers, where NaN is above all.
template <typename T> struct Amax {
  Words largest = _mm512_setzero_si512();

  inline void add(Words x) {
    if constexpr (T::kWidth == 4)
      largest =
          _mm512_max_epu32(largest, _mm512_and_si512(x, words(INT32_MAX)));
    else
      largest =
          _mm512_max_epu16(largest, _mm512_and_si512(x, halves(INT16_MAX)));
  }
  uint32_t get() const {
    using Bits = std::conditional_t<T::kWidth == 4, uint32_t, uint16_t>;
    alignas(64) Bits lanes[64 / T::kWidth];
    _mm512_store_si512(lanes, largest);
    return *std::max_element(std::begin(lanes), std::end(lanes));
  }
};

template <Scale Kind> struct Scaling {
  Floats scale, inverse;
  explicit Scaling(const Call &call)
      : scale(floats(call.scale)), inverse(floats(1 / call.scale)) {}
  inline Floats divide(Floats x) const {
    if constexpr (Kind == Scale::Runtime)
      return _mm512_div_ps(x, scale);
    if constexpr (Kind == Scale::PowerOfTwo)
      return _mm512_mul_ps(x, inverse);
    return x;
  }
  inline Floats multiply(Floats x) const {
    return Kind == Scale::None ? x : _mm512_mul_ps(x, scale);
  }
};

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// Responses of vfixupimmps, one digit for each class of its second operand,
/// quiet and signalling NaN being the lowest two: keep the first operand, or
/// +0, the quieted second operand, the largest f32.
enum Fixup : uint32_t { ToZero = 0x88, ToNaN = 0x22, ToLargest = 0xEE };
template <Fixup Response> static inline Floats fixNaN(Floats kept, Floats x) {
  return _mm512_fixupimm_ps(kept, x, words(Response), 0);
}

/// min(|x|, limit) without or with the sign of x; a quiet NaN gives the limit.
static inline Floats clampMagnitude(Floats x, float limit) {
  return _mm512_range_ps(x, floats(limit), 0b1010);
}
static inline Floats clampSigned(Floats x, float limit) {
  return _mm512_range_ps(x, floats(limit), 0b0010);
}

static inline Floats orSign(Floats magnitude, Floats x) {
  return toFloats(_mm512_ternarylogic_epi32(toWords(magnitude), toWords(x),
                                            words(0x80000000), 0xF8));
}

/// The power of two at or below x, at least the smallest binade's.
template <typename L> static inline Floats floorToPower(Floats x) {
  Floats exponent = toFloats(_mm512_and_si512(toWords(x), words(L::kInfinity)));
  return _mm512_max_ps(exponent, floats(power(L::kMinExponent)));
}

/// Powers of two, of a clamped magnitude: rounds, leaving garbage below the
/// exponent; and the lanes that do not round to zero.
template <typename L>
static inline Words roundPower(Floats clamped, __mmask16 &isNotZero) {
  isNotZero =
      _mm512_cmp_ps_mask(clamped, floats(L::kMinPositive / 2), _CMP_GT_OQ);
  Floats floored = _mm512_max_ps(clamped, floats(L::kMinPositive));
  return _mm512_add_epi32(toWords(floored), words(0x3fffff));
}

/// The rounded magnitude.
template <typename L> static inline Floats roundMagnitude(Floats clamped) {
  if constexpr (L::kMantissaBits == 0) {
    __mmask16 isNotZero;
    Words rounded = roundPower<L>(clamped, isNotZero);
    return toFloats(
        _mm512_maskz_and_epi32(isNotZero, rounded, words(L::kInfinity)));
  } else if constexpr (L::kIsUniform) {
    Floats addend = floats(L::kUniformAddend);
    return _mm512_sub_ps(_mm512_add_ps(clamped, addend), addend);
  } else {
    // Products with a power of two are exact: one rounding, the first sum's.
    Floats base = floorToPower<L>(clamped), factor = floats(power(L::kShift));
    Floats sum = _mm512_fmadd_ps(base, factor, clamped);
    return _mm512_fnmadd_ps(base, factor, sum);
  }
}

template <typename L> static inline Floats round(Floats x) {
  if constexpr (L::kHasNaN) {
    Floats rounded = roundMagnitude<L>(clampMagnitude(x, L::kMax));
    return fixNaN<ToNaN>(orSign(rounded, x), x);
  } else {
    x = fixNaN<ToZero>(x, x);
    return orSign(roundMagnitude<L>(clampMagnitude(x, L::kMax)), x);
  }
}

/// Something that is equal for two numbers if and only if they round to one
/// value. NaN is the caller's in formats that have one.
template <typename L> static inline Floats roundToCompare(Floats x) {
  if constexpr (!L::kHasNaN)
    x = fixNaN<ToZero>(x, x);
  if constexpr (L::kMantissaBits == 0)
    return orSign(roundMagnitude<L>(clampMagnitude(x, L::kMax)), x);
  Floats clamped = clampSigned(x, L::kMax);
  // With half of it more, the sum of a negative number stays in the binade.
  if constexpr (L::kIsUniform)
    return _mm512_add_ps(clamped, floats(1.5f * L::kUniformAddend));
  Floats base = floorToPower<L>(clamped);
  Floats factor = floats(1.5f * power(L::kShift));
  Floats sum = _mm512_fmadd_ps(base, factor, clamped);
  return _mm512_fnmadd_ps(base, factor, sum);
}

/// Addends by the low bits of the exponent field: the grid of the binade, and
/// in the lowest bits what makes a code of the mantissa.
template <typename L> struct AddendTable {
  static constexpr int kBinades = L::kExponentBits == 0 ? 1 : L::kMaxField;
  static constexpr int kSize = kBinades <= 16 ? 16 : 32;
  alignas(64) uint32_t addends[32] = {};

  constexpr AddendTable() {
    for (int i = 0; i < kBinades && i < kSize; ++i) {
      uint32_t field = L::kMinField + i;
      addends[field % kSize] = ((field + L::kShift) << 23) +
                               ((uint32_t(i) << L::kMantissaBits) & 0xff);
    }
  }
};
template <typename L> static constexpr AddendTable<L> kAddends;

/// The code in the low 7 bits; above them anything. `x` without its sign.
template <typename L> static inline Words encodeMagnitude(Floats clamped) {
  if constexpr (L::kMantissaBits == 0) {
    __mmask16 isNotZero;
    Words rounded = roundPower<L>(clamped, isNotZero);
    rounded = _mm512_sub_epi32(rounded, words((L::kMinField - 1) << 23));
    return _mm512_maskz_srli_epi32(isNotZero, rounded, 23);
  } else if constexpr (L::kIsUniform) {
    return toWords(_mm512_add_ps(clamped, floats(L::kUniformAddend)));
  } else {
    Floats floored = _mm512_max_ps(clamped, floats(power(L::kMinExponent)));
    Words field = _mm512_srli_epi32(toWords(floored), 23);
    Words low = load(kAddends<L>.addends);
    Words addend;
    if constexpr (AddendTable<L>::kSize == 16)
      addend = _mm512_permutexvar_epi32(field, low);
    else
      addend =
          _mm512_permutex2var_epi32(low, field, load(kAddends<L>.addends + 16));
    return toWords(_mm512_add_ps(clamped, toFloats(addend)));
  }
}

/// Where in a vector of codes those of lane i of vector j belong, for vpermb:
/// they come as byte j of word i.
template <typename T> struct CodeOrder {
  alignas(64) uint8_t from[kStep] = {};
  constexpr CodeOrder() {
    for (int j = 0; j < kVectors; ++j)
      for (int i = 0; i < 16; ++i)
        from[T::getElement(j, i)] = static_cast<uint8_t>(4 * i + j);
  }
};
template <typename T> static constexpr CodeOrder<T> kCodeOrder;

template <typename L, typename T>
static inline Words encode(const Floats (&x)[kVectors]) {
  Words codes = _mm512_setzero_si512();
  for (int j = 0; j < kVectors; ++j) {
    Floats number = x[j], clamped;
    if constexpr (L::kHasNaN) {
      // The low bits of the largest f32 are ones, and so is the code of NaN.
      clamped = fixNaN<ToLargest>(clampMagnitude(number, L::kMax), number);
    } else {
      number = fixNaN<ToZero>(number, number);
      clamped = clampMagnitude(number, L::kMax);
    }
    Words magnitude = encodeMagnitude<L>(clamped);
    Words signBelow = _mm512_shldi_epi32(magnitude, toWords(number), 1);
    codes = j == 0 ? _mm512_slli_epi32(signBelow, 24)
                   : _mm512_shrdi_epi32(codes, signBelow, 8);
  }
  codes = _mm512_permutexvar_epi8(load(kCodeOrder<T>.from), codes);
  // Each byte, rotated right by one bit.
  codes = _mm512_gf2p8affine_epi64_epi8(
      codes, _mm512_set1_epi64(0x0204081020408001), 0);
  if constexpr (L::kHasNaN) {
    __mmask64 isNaN = _mm512_cmpeq_epi8_mask(codes, bytes(0xff));
    codes = _mm512_mask_mov_epi8(codes, isNaN, bytes(0x7f));
  }
  return codes;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// The value of a code without its sign.
template <typename L> static constexpr float decodeMagnitude(int code) {
  constexpr int M = L::kMantissaBits;
  int field = code >> M, mantissa = code & ((1 << M) - 1);
  bool isTop = field == (1 << L::kExponentBits) - 1;
  if (L::kSpecials == Specials::FN && code == 0x7f)
    return __builtin_nanf("");
  if (L::kSpecials == Specials::IEEE && isTop)
    return mantissa ? __builtin_nanf("") : __builtin_inff();
  float unit = power(L::kMinExponent - M);
  if (L::kExponentBits == 0 || field == 0)
    return static_cast<float>(mantissa) * unit;
  return static_cast<float>(mantissa + (1 << M)) * unit * power(field - 1);
}

/// High and low bytes of values in the 16-bit type they are decoded to, bf16
/// for f32.
template <typename L, typename T> struct DecodeTable {
  alignas(64) uint8_t high[128] = {};
  alignas(64) uint8_t low[128] = {};
  constexpr DecodeTable() {
    for (int code = 0; code < 128; ++code) {
      float value = decodeMagnitude<L>(code);
      uint32_t bits = __builtin_bit_cast(uint32_t, value) >> 16;
      if (std::is_same_v<T, F16>)
        bits = __builtin_bit_cast(uint16_t, static_cast<_Float16>(value));
      high[code] = static_cast<uint8_t>(bits >> 8);
      low[code] = static_cast<uint8_t>(bits);
    }
  }
};

/// How codes must lie so that the interleaving of their two bytes (within 128
/// bits, low halves first), and for f32 the split of words, gives them in
/// order.
template <typename T> struct DecodeOrder {
  alignas(64) uint8_t from[kStep] = {};
  constexpr DecodeOrder() {
    for (int lane = 0; lane < 4; ++lane)
      for (int i = 0; i < 8; ++i)
        for (int part = 0; part < 2; ++part)
          from[16 * lane + 8 * part + i] = static_cast<uint8_t>(
              32 * part + (T::kWidth == 4 ? 16 * (i % 2) + 4 * lane + i / 2
                                          : 8 * lane + i));
  }
};
template <typename L, typename T> static constexpr DecodeTable<L, T> kDecode;
template <typename T> static constexpr DecodeOrder<T> kDecodeOrder;

/// Pairs of 16-bit values: for f32 the low halves of words are elements 0 to 15
/// and 32 to 47, the high ones those behind.
template <typename L, typename T>
static inline void decode(Words codes, Words (&values)[2]) {
  const auto &table = kDecode<L, T>;
  codes = _mm512_permutexvar_epi8(load(kDecodeOrder<T>.from), codes);
  Words high =
      _mm512_permutex2var_epi8(load(table.high), codes, load(table.high + 64));
  Words low =
      _mm512_permutex2var_epi8(load(table.low), codes, load(table.low + 64));
  high = chooseBits(bytes(0x7f), high, codes);
  values[0] = _mm512_unpacklo_epi8(low, high);
  values[1] = _mm512_unpackhi_epi8(low, high);
}

} // namespace altgrad::bench

#endif // ALTGRAD_BENCH_HAS_BEST_FORMS

#endif // ALTGRAD_BENCHMARKS_CPU_AVX512FORMS_H
