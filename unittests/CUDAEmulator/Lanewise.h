//===- Lanewise.h - Handlers that do the same in each lane ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A handler from a function of one lane: `Operation` has a static apply().
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_LANEWISE_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_LANEWISE_H

#include "Decoder.h"
#include "Warp.h"

namespace altgrad::emulator {

template <class Operation, class D, class A>
void unary(Warp &warp, const Instruction &instruction) {
  D *d = warp.lanes<D>(instruction.destination);
  const A *a = warp.lanes<A>(instruction.source[0]);
  forEachLaneApart(warp.active,
                   [=](unsigned i) { d[i] = Operation::apply(a[i]); });
}

template <class Operation, class D, class A, class B = A>
void binary(Warp &warp, const Instruction &instruction) {
  D *d = warp.lanes<D>(instruction.destination);
  const A *a = warp.lanes<A>(instruction.source[0]);
  const B *b = warp.lanes<B>(instruction.source[1]);
  forEachLaneApart(warp.active,
                   [=](unsigned i) { d[i] = Operation::apply(a[i], b[i]); });
}

template <class Operation, class D, class A, class B = A, class C = A>
void ternary(Warp &warp, const Instruction &instruction) {
  D *d = warp.lanes<D>(instruction.destination);
  const A *a = warp.lanes<A>(instruction.source[0]);
  const B *b = warp.lanes<B>(instruction.source[1]);
  const C *c = warp.lanes<C>(instruction.source[2]);
  forEachLaneApart(warp.active, [=](unsigned i) {
    d[i] = Operation::apply(a[i], b[i], c[i]);
  });
}

template <class Operation, class D, class A, class B, class C, class E>
void quaternary(Warp &warp, const Instruction &instruction) {
  D *d = warp.lanes<D>(instruction.destination);
  const A *a = warp.lanes<A>(instruction.source[0]);
  const B *b = warp.lanes<B>(instruction.source[1]);
  const C *c = warp.lanes<C>(instruction.source[2]);
  const E *e = warp.lanes<E>(instruction.source[3]);
  forEachLaneApart(warp.active, [=](unsigned i) {
    d[i] = Operation::apply(a[i], b[i], c[i], e[i]);
  });
}

/// The handler for an integer type, or null. `Make<T>::handler` is it for T.
template <template <class> class Make> Handler selectInteger(Type type) {
  switch (type) {
  case Type::S16:
    return Make<int16_t>::handler;
  case Type::U16:
  case Type::B16:
    return Make<uint16_t>::handler;
  case Type::S32:
    return Make<int32_t>::handler;
  case Type::U32:
  case Type::B32:
    return Make<uint32_t>::handler;
  case Type::S64:
    return Make<int64_t>::handler;
  case Type::U64:
  case Type::B64:
    return Make<uint64_t>::handler;
  default:
    return nullptr;
  }
}

/// The same for types without a sign.
template <template <class> class Make> Handler selectBits(Type type) {
  switch (getBitWidth(type)) {
  case 16:
    return Make<uint16_t>::handler;
  case 32:
    return Make<uint32_t>::handler;
  case 64:
    return Make<uint64_t>::handler;
  default:
    return nullptr;
  }
}

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_LANEWISE_H
