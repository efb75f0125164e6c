//===- Ptx.h - A PTX module as its text says it -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the parser hands to the decoder: directives and instructions with their
// names still in them. Nothing here has a meaning yet but types and sizes.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_PTX_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_PTX_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace altgrad::emulator {

/// The first thing that was wrong with a module, for the JIT's error log.
struct Diagnostic {
  unsigned line = 0;
  std::string message;

  bool failed() const { return !message.empty(); }
  void report(unsigned atLine, std::string text) {
    if (failed())
      return;
    line = atLine;
    message = std::move(text);
  }
};

/// The fundamental types of the PTX ISA (5.2) and the packed formats of `cvt`.
enum class Type : uint8_t {
  None,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  BF16,
  F32,
  F64,
  F16x2,
  BF16x2,
  F32x2,
  Pred,
  TF32,
  E4M3x2,
  E5M2x2
};

/// The type that a modifier such as "f32" names, without its dot.
std::optional<Type> parseType(std::string_view name);
/// The size in bits; 1 for predicates.
unsigned getBitWidth(Type type);
bool isSigned(Type type);
bool isUnsigned(Type type);
bool isInteger(Type type); // .s and .u
bool isBits(Type type);    // .b
bool isFloat(Type type);

enum class Space : uint8_t { Generic, Global, Shared, Local, Param, Const };

/// One value of the initializer of a variable: a number, or the address of a
/// symbol of which a mask may pick one byte ("0xFF00(symbol)").
struct Initializer {
  uint64_t value = 0;
  std::string symbol;
  uint64_t mask = ~0ull;
};

struct Variable {
  std::string name;
  Space space = Space::Global;
  Type type = Type::B8;
  unsigned alignment = 1;
  uint64_t size = 0; // In bytes; zero for an array without a length.
  bool isExternal = false;
  std::vector<Initializer> initializers;
  unsigned line = 0;
};

struct Operand {
  enum class Kind : uint8_t {
    Name,    // A register, a label, a variable or a function.
    Integer, // An immediate.
    Float32, // 0f...; the bits are in `value`.
    Float64, // 0d... or a decimal number; the bits of a double.
    Address, // [name + offset], or [offset] with an empty name.
    Vector,  // {a, b, ...}
    Pair,    // p|q
    List,    // (a, b, ...)
    Sink     // _
  };
  Kind kind = Kind::Name;
  bool isNegated = false; // !p
  std::string name;
  uint64_t value = 0;
  int64_t offset = 0;
  std::vector<Operand> elements;
};

struct Statement {
  enum class Kind : uint8_t {
    Instruction,
    Label,
    ScopeBegin,
    ScopeEnd,
    Registers,
    Variable,
    BranchTargets
  };
  Kind kind = Kind::Instruction;
  unsigned line = 0;

  // Instruction: "ld.global.b32" in `name`; Label, BranchTargets: the label.
  std::string name;
  std::vector<Operand> operands;
  std::string guard;
  bool isGuardNegated = false;

  // Registers: their names, or a prefix and a count.
  Type type = Type::None;
  struct RegisterRange {
    std::string name;
    unsigned count; // Zero: exactly `name`.
  };
  std::vector<RegisterRange> registers;

  Variable variable;
  std::vector<std::string> targets;
};

struct Function {
  std::string name;
  bool isEntry = false;
  bool isDeclaration = true;
  std::vector<Variable> results;
  std::vector<Variable> parameters;
  std::vector<Statement> body;
  unsigned maxThreads[3] = {0, 0, 0};
  unsigned requiredThreads[3] = {0, 0, 0};
  unsigned line = 0;
};

struct Module {
  unsigned versionMajor = 0;
  unsigned versionMinor = 0;
  unsigned target = 0;   // 90 for sm_90 and sm_90a.
  char targetSuffix = 0; // 'a' for sm_90a, 'f' for sm_100f.
  std::vector<Variable> variables;
  std::vector<Function> functions;
};

/// Parses the text of a module; reports the first mistake.
Module parseModule(std::string_view text, Diagnostic &diagnostic);

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_PTX_H
