//===- Decoder.h - From parsed instructions to handlers ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The decoder resolves names, types and modifiers of one kernel. Each family of
// instructions has a function that takes the modifiers it knows; what is left
// over is an error, so no instruction is executed that is not understood to its
// last modifier. Functions are inlined where they are called.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_DECODER_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_DECODER_H

#include "Program.h"

#include <functional>
#include <initializer_list>
#include <unordered_map>

namespace altgrad::emulator {

/// The words of an opcode behind its name, each of which has to be taken.
class Modifiers {
public:
  explicit Modifiers(std::string_view opcode);

  std::string_view getBase() const { return base; }
  bool take(std::string_view word);
  /// The one of `words` that is present, or npos.
  static constexpr size_t npos = ~size_t(0);
  size_t takeOneOf(std::initializer_list<std::string_view> words);
  /// All words with this start.
  void takeWithPrefix(std::string_view prefix);
  /// The next type.
  Type takeType();
  bool has(std::string_view word) const;
  /// The first word that nobody took.
  std::string_view getRest() const;

private:
  std::string_view base;
  std::vector<std::pair<std::string_view, bool>> words; // And whether taken.
};

class Decoder {
public:
  Decoder(const Module &module,
          const std::map<std::string, Program::Global> &globals,
          const DecodeOptions &options, Diagnostic &diagnostic)
      : module(module), globals(globals), options(options),
        diagnostic(diagnostic) {}

  std::unique_ptr<Kernel> decode(const Function &function);

  // For the families.

  const Statement &getStatement() const { return *statement; }
  size_t getOperandCount() const { return statement->operands.size(); }
  const Operand &getOperand(size_t index);
  /// Fails unless the instruction has this many operands.
  bool expectOperands(size_t least, size_t most);
  bool expectOperands(size_t count) { return expectOperands(count, count); }
  void error(std::string message);

  /// A source operand of exactly the width of `type`.
  Register source(const Operand &operand, Type type);
  Register source(size_t index, Type type) {
    return source(getOperand(index), type);
  }
  /// One that may be wider than `type` (ld, st, cvt; PTX ISA 9.4.1).
  Register wideSource(const Operand &operand, Type type);
  Register destination(const Operand &operand, Type type);
  Register destination(size_t index, Type type) {
    return destination(getOperand(index), type);
  }
  Register wideDestination(const Operand &operand, Type type);
  /// A predicate source; where it is negated, through an instruction of its
  /// own.
  Register predicateSource(const Operand &operand);
  /// The base register of [address]; the offset and the space of what it names
  /// go into the instruction.
  Register address(const Operand &operand);
  Register constant(uint64_t value, unsigned bits);
  Register temporary(unsigned bits);

  /// Emits `current` with the uses and definitions noted so far.
  void emit(Handler handler);

  Modifiers modifiers{""};
  Instruction current;
  /// Registers that need not have been written: sources of copies.
  bool sourcesMayBeUnwritten = false;
  const DecodeOptions &getOptions() const { return options; }
  Kernel &getKernel() { return *kernel; }
  uint32_t addOperands(const std::vector<Register> &registers);
  void addTarget(const std::string &label) { pendingTargets.push_back(label); }
  const std::vector<std::string> *findBranchTargets(const std::string &name);

private:
  /// What a name stands for.
  struct Symbol {
    enum class Kind : uint8_t { Register, Variable } kind = Kind::Register;
    Register place;
    Type type = Type::None;
    Space space = Space::Generic;
    uint64_t address = 0;
    bool isDynamic = false; // Its address is known when all others are.
  };
  using Scope = std::unordered_map<std::string, Symbol>;

  const Symbol *find(const std::string &name);
  bool findSymbol(const std::string &name, Symbol &symbol);
  void declareRegisters(const Statement &declaration);
  void declareVariable(const Variable &variable);
  Symbol allocateLocal(const Variable &variable);
  Symbol allocateShared(const Variable &variable);
  bool findSpecial(const std::string &name, Register &place);
  Register symbolAddress(const Symbol &symbol, int64_t offset);
  Register checkWidth(const Operand &operand, Register place, Type type,
                      bool mayBeWider);

  void decodeBody(const Function &function, const std::string &returnLabel);
  void decodeStatement(const std::string &returnLabel);
  void decodeCall();
  void defineLabel(const std::string &name);
  void resolveTargets();
  std::string getLabel(const std::string &name) {
    return name + "#" + std::to_string(instance);
  }

  const Module &module;
  const std::map<std::string, Program::Global> &globals;
  const DecodeOptions &options;
  Diagnostic &diagnostic;

  std::unique_ptr<Kernel> kernel;
  const Statement *statement = nullptr;
  std::vector<Scope> scopes;
  size_t firstScope = 0; // Of the function that is being inlined.
  unsigned instance = 0; // Its number, which its labels carry.
  unsigned instances = 0;
  std::vector<const Function *> callStack;
  std::vector<uint32_t> uses, definitions;
  std::map<std::pair<uint64_t, unsigned>, Register> constants;
  std::map<Special, Register> specials;
  std::map<std::string, Symbol> sharedVariables; // Those of the module in use.
  std::unordered_map<std::string, uint32_t> labels;
  std::unordered_map<std::string, std::vector<std::string>> branchTargets;
  std::vector<std::pair<uint32_t, std::string>> fixups; // Instruction, label.
  std::vector<std::pair<uint32_t, std::string>>
      tableFixups; // Table entry, label.
  std::vector<std::string> pendingTargets;
  std::vector<std::pair<size_t, int64_t>> dynamicConstants; // Index, offset.
  uint32_t sharedAlignment = 16;
};

// Each returns false if the instruction is of another family.
bool decodeInteger(Decoder &decoder);
bool decodeBitwise(Decoder &decoder);
bool decodeFloat(Decoder &decoder);
bool decodeCompare(Decoder &decoder);
bool decodeConvert(Decoder &decoder);
bool decodeMove(Decoder &decoder);
bool decodeMemory(Decoder &decoder);
bool decodeAtomic(Decoder &decoder);
bool decodeSynchronization(Decoder &decoder);
bool decodeControl(Decoder &decoder);

/// Fuses mul and add, see DecodeOptions::contracts.
void contract(Kernel &kernel);

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_DECODER_H
