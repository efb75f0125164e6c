//===- PtxLexer.h - The words of a PTX module -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An opcode with its modifiers ("ld.global.L1::evict_last.b32"), a directive
// (".reg") and a register ("%tid.x") are one word each: dots and double colons
// never separate anything in PTX.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_PTXLEXER_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_PTXLEXER_H

#include "Ptx.h"

namespace altgrad::emulator {

struct Token {
  enum class Kind : uint8_t {
    Word,
    Integer,
    Float32,
    Float64,
    String,
    Punctuation,
    End
  };
  Kind kind = Kind::End;
  std::string_view text;
  uint64_t value = 0; // Of numbers: the value, or the bits of a float.
  unsigned line = 0;
};

std::vector<Token> tokenize(std::string_view text, Diagnostic &diagnostic);

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_PTXLEXER_H
