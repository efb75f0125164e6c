//===- BestForms.cpp - The operations as fast as anyone knows -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a compiler could reach at best: the operations in intrinsics, 64
// elements at a time, because that is a cache line of codes. On processors for
// which there are no such forms there are none at all. How they work and why is
// in AVX512Forms.h.
//
//===----------------------------------------------------------------------===//

#include "AVX512Forms.h"

using namespace altgrad;
using namespace altgrad::bench;

#if ALTGRAD_BENCH_HAS_BEST_FORMS

#include <cstring>

//===----------------------------------------------------------------------===//
// Operations: 64 elements
//===----------------------------------------------------------------------===//

namespace {
/// quantize and fake_quantize, each with or without amax.
template <typename L, typename T, Scale Kind, bool ToCodes, bool WithAmax>
struct Quantize {
  Scaling<Kind> scaling;
  Amax<T> amax;

  explicit Quantize(const Call &call) : scaling(call) {}
  template <bool Streaming>
  inline void run(const char *input, const char *, char *output) {
    Floats x[kVectors];
    T::template widen<Streaming>(input, x);
    if constexpr (WithAmax)
      for (size_t j = 0; j < T::kWidth; ++j)
        amax.add(load(input + 64 * j));
    for (Floats &vector : x)
      vector = scaling.divide(vector);
    if constexpr (ToCodes) {
      store<Streaming>(output, encode<L, T>(x));
    } else {
      for (Floats &vector : x)
        vector = scaling.multiply(round<L>(vector));
      T::template narrow<Streaming>(output, x);
    }
  }
  void flush() {}
  void finish(Call &call) const { call.amaxBits = amax.get(); }
};

template <typename L, typename T, Scale Kind> struct Dequantize {
  Scaling<Kind> scaling;

  explicit Dequantize(const Call &call) : scaling(call) {}
  template <bool Streaming>
  inline void run(const char *input, const char *, char *output) {
    prefetch<Streaming>(input);
    Words values[2];
    decode<L, T>(load(input), values);
    for (int j = 0; j < 2; ++j) {
      if constexpr (T::kWidth == 2) {
        store<Streaming>(output + 64 * j, values[j]);
      } else {
        Floats low = toFloats(_mm512_slli_epi32(values[j], 16));
        Floats high = toFloats(_mm512_and_si512(values[j], words(0xffff0000)));
        store<Streaming>(output + 128 * j, toWords(scaling.multiply(low)));
        store<Streaming>(output + 128 * j + 64,
                         toWords(scaling.multiply(high)));
      }
    }
  }
  void flush() {}
  void finish(Call &) const {}
};

template <typename T> struct FindAmax {
  Amax<T> amax[4];

  explicit FindAmax(const Call &) {}
  template <bool Streaming>
  inline void run(const char *input, const char *, char *) {
    for (size_t j = 0; j < T::kWidth; ++j) {
      prefetch<Streaming>(input + 64 * j);
      amax[j].add(load(input + 64 * j));
    }
  }
  void flush() {}
  void finish(Call &call) const {
    call.amaxBits = 0;
    for (const Amax<T> &part : amax)
      call.amaxBits = std::max(call.amaxBits, part.get());
  }
};

template <typename L, typename T, Scale Kind, bool WithUpdate> struct Stall {
  Scaling<Kind> scaling;
  Floats learningRate, threshold;
  /// Per lane, for less than 2^32 elements.
  Words stalledLanes = _mm512_setzero_si512();
  Words totalLanes = _mm512_setzero_si512();
  int64_t stalled = 0, total = 0;

  explicit Stall(const Call &call)
      : scaling(call), learningRate(floats(call.learningRate)),
        threshold(T::round(floats(1e-10f))) {}

  template <bool Streaming>
  inline void run(const char *weights, const char *gradients, char *next) {
    Floats w[kVectors], g[kVectors], moved[kVectors];
    T::template widen<Streaming>(weights, w);
    T::template widen<Streaming>(gradients, g);
    for (int j = 0; j < kVectors; ++j) {
      Floats step = T::round(_mm512_mul_ps(learningRate, g[j]));
      moved[j] = T::round(_mm512_sub_ps(w[j], step));
      Floats size = _mm512_abs_ps(g[j]);
      __mmask16 counted = _mm512_cmp_ps_mask(size, threshold, _CMP_GT_OQ);
      totalLanes =
          _mm512_mask_sub_epi32(totalLanes, counted, totalLanes, words(-1));
      // The moved weight of a NaN is one too.
      if constexpr (L::kHasNaN)
        counted =
            _mm512_mask_cmp_ps_mask(counted, moved[j], moved[j], _CMP_ORD_Q);
      Floats before = roundToCompare<L>(scaling.divide(w[j]));
      Floats after = roundToCompare<L>(scaling.divide(moved[j]));
      __mmask16 equal =
          _mm512_mask_cmp_ps_mask(counted, before, after, _CMP_EQ_OQ);
      stalledLanes =
          _mm512_mask_sub_epi32(stalledLanes, equal, stalledLanes, words(-1));
    }
    if constexpr (WithUpdate)
      T::template narrow<Streaming>(next, moved);
  }
  void flush() {
    stalled += sum(stalledLanes);
    total += sum(totalLanes);
    stalledLanes = totalLanes = _mm512_setzero_si512();
  }
  void finish(Call &call) const {
    call.stalled = stalled;
    call.total = total;
  }

private:
  static int64_t sum(Words lanes) {
    return static_cast<uint32_t>(_mm512_reduce_add_epi32(lanes));
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

template <typename Body, bool Streaming, int Unroll>
static void runWhole(Body &body, const char *input, size_t inputWidth,
                     const char *second, size_t secondWidth, char *output,
                     size_t outputWidth, int64_t begin, int64_t end) {
#pragma clang loop unroll_count(Unroll)
  for (int64_t i = begin; i < end; i += kStep)
    body.template run<Streaming>(input + i * inputWidth,
                                 second + i * secondWidth,
                                 output + i * outputWidth);
}

/// Widths are bytes per element.
template <typename Body, size_t InputWidth, size_t SecondWidth,
          size_t OutputWidth, bool Streaming>
static void runLoop(Call &call) {
  Body body(call);
  auto *input = static_cast<const char *>(call.input);
  auto *second = static_cast<const char *>(call.secondInput);
  auto *output = static_cast<char *>(call.output);
  // Non-temporal stores need whole, aligned lines.
  bool streams =
      Streaming && reinterpret_cast<uintptr_t>(call.output) % 64 == 0;
  int64_t whole = call.count / kStep * kStep;
  // Where nothing is stored, the loop itself is a part of the work.
  constexpr int kUnroll = OutputWidth == 0 ? 2 : 1;
  constexpr int64_t kBlock = int64_t(1) << 24;
  for (int64_t begin = 0; begin < whole; begin += kBlock) {
    int64_t end = std::min(whole, begin + kBlock);
    // On its own so that what it keeps stays in registers.
    Body part = body;
    if (streams)
      runWhole<Body, true, kUnroll>(part, input, InputWidth, second,
                                    SecondWidth, output, OutputWidth, begin,
                                    end);
    else
      runWhole<Body, false, kUnroll>(part, input, InputWidth, second,
                                     SecondWidth, output, OutputWidth, begin,
                                     end);
    part.flush();
    body = part;
  }
  if (int64_t rest = call.count - whole) {
    alignas(64) char in[kStep * 4] = {}, in2[kStep * 4] = {}, out[kStep * 4];
    std::memcpy(in, input + whole * InputWidth, rest * InputWidth);
    if constexpr (SecondWidth != 0)
      std::memcpy(in2, second + whole * SecondWidth, rest * SecondWidth);
    body.template run<false>(in, in2, out);
    body.flush();
    if constexpr (OutputWidth != 0)
      std::memcpy(output + whole * OutputWidth, out, rest * OutputWidth);
  }
  _mm_sfence();
  body.finish(call);
}

//===----------------------------------------------------------------------===//
// Which one
//===----------------------------------------------------------------------===//

template <typename L, typename T, Scale Kind, bool Streaming>
static Kernel select(Op op) {
  constexpr size_t W = T::kWidth;
  switch (op) {
  case Op::Quantize:
    return runLoop<Quantize<L, T, Kind, true, false>, W, 0, 1, Streaming>;
  case Op::QuantizeAmax:
    return runLoop<Quantize<L, T, Kind, true, true>, W, 0, 1, Streaming>;
  case Op::FakeQuantize:
    return runLoop<Quantize<L, T, Kind, false, false>, W, 0, W, Streaming>;
  case Op::FakeQuantizeAmax:
    return runLoop<Quantize<L, T, Kind, false, true>, W, 0, W, Streaming>;
  case Op::Dequantize:
    return runLoop<Dequantize<L, T, Kind>, 1, 0, W, Streaming>;
  case Op::Amax:
    return runLoop<FindAmax<T>, W, 0, 0, Streaming>;
  case Op::Stall:
    return runLoop<Stall<L, T, Kind, false>, W, W, 0, Streaming>;
  case Op::StallUpdate:
    return runLoop<Stall<L, T, Kind, true>, W, W, W, Streaming>;
  }
  return nullptr;
}

template <typename L, bool Streaming> static Kernel select(const Work &work) {
  switch (work.scale) {
  case Scale::Runtime:
    return work.element == Element::F32
               ? select<L, F32, Scale::Runtime, Streaming>(work.op)
               : nullptr;
  case Scale::PowerOfTwo:
    return work.element == Element::F32
               ? select<L, F32, Scale::PowerOfTwo, Streaming>(work.op)
               : nullptr;
  case Scale::None:
    break;
  }
  switch (work.element) {
  case Element::F32:
    return select<L, F32, Scale::None, Streaming>(work.op);
  case Element::BF16:
    return select<L, BF16, Scale::None, Streaming>(work.op);
  case Element::F16:
    return select<L, F16, Scale::None, Streaming>(work.op);
  }
  return nullptr;
}

Kernel altgrad::bench::getBestForm(const Work &work, bool streaming) {
  return withLayout(work, [&](auto layout) {
    using L = decltype(layout);
    return streaming ? select<L, true>(work) : select<L, false>(work);
  });
}

#else

Kernel altgrad::bench::getBestForm(const Work &, bool) { return nullptr; }

#endif
