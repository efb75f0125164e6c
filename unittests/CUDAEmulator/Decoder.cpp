//===- Decoder.cpp - From parsed instructions to handlers -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <algorithm>

using namespace altgrad::emulator;

Modifiers::Modifiers(std::string_view opcode) {
  size_t dot = opcode.find('.');
  base = opcode.substr(0, dot);
  while (dot != std::string_view::npos) {
    size_t next = opcode.find('.', dot + 1);
    words.emplace_back(opcode.substr(dot + 1, next == std::string_view::npos
                                                  ? next
                                                  : next - dot - 1),
                       false);
    dot = next;
  }
}

bool Modifiers::take(std::string_view word) {
  for (auto &[text, taken] : words)
    if (!taken && text == word)
      return taken = true;
  return false;
}

bool Modifiers::has(std::string_view word) const {
  for (auto &[text, taken] : words)
    if (text == word)
      return true;
  return false;
}

size_t Modifiers::takeOneOf(std::initializer_list<std::string_view> choices) {
  size_t i = 0;
  for (std::string_view choice : choices) {
    if (take(choice))
      return i;
    ++i;
  }
  return npos;
}

void Modifiers::takeWithPrefix(std::string_view prefix) {
  for (auto &[text, taken] : words)
    if (text.substr(0, prefix.size()) == prefix)
      taken = true;
}

Type Modifiers::takeType() {
  for (auto &[text, taken] : words) {
    if (taken)
      continue;
    if (auto type = parseType(text)) {
      taken = true;
      return *type;
    }
  }
  return Type::None;
}

std::string_view Modifiers::getRest() const {
  for (auto &[text, taken] : words)
    if (!taken)
      return text;
  return {};
}

void Decoder::error(std::string message) {
  diagnostic.report(statement ? statement->line : 0, std::move(message));
}

const Operand &Decoder::getOperand(size_t index) {
  static const Operand none;
  if (index < statement->operands.size())
    return statement->operands[index];
  error("expected more operands of '" + statement->name + "'");
  return none;
}

bool Decoder::expectOperands(size_t least, size_t most) {
  size_t count = statement->operands.size();
  if (count >= least && count <= most)
    return true;
  error("expected " + std::to_string(least) + " operands of '" +
        statement->name + "' but got " + std::to_string(count));
  return false;
}

Register Decoder::temporary(unsigned bits) {
  Register place{kernel->units, bits};
  kernel->units += bits == 64 ? 2 : 1;
  return place;
}

Register Decoder::constant(uint64_t value, unsigned bits) {
  if (bits < 64 && bits > 1)
    value &= (1ull << bits) - 1;
  Register &place = constants[{value, bits}];
  if (place.bits == 0) {
    place = temporary(bits);
    kernel->constants.push_back({place, value});
  }
  return place;
}

const Decoder::Symbol *Decoder::find(const std::string &name) {
  for (size_t i = scopes.size(); i > firstScope; --i) {
    auto it = scopes[i - 1].find(name);
    if (it != scopes[i - 1].end())
      return &it->second;
  }
  return nullptr;
}

/// Also variables of the module.
bool Decoder::findSymbol(const std::string &name, Symbol &symbol) {
  if (const Symbol *local = find(name)) {
    symbol = *local;
    return true;
  }
  if (auto it = globals.find(name); it != globals.end()) {
    symbol.kind = Symbol::Kind::Variable;
    symbol.space = Space::Global;
    symbol.address = it->second.address;
    return true;
  }
  if (auto it = sharedVariables.find(name); it != sharedVariables.end()) {
    symbol = it->second;
    return true;
  }
  for (const Variable &variable : module.variables)
    if (variable.name == name && variable.space == Space::Shared) {
      symbol = sharedVariables[name] = allocateShared(variable);
      return true;
    }
  return false;
}

void Decoder::declareRegisters(const Statement &declaration) {
  unsigned bits = getBitWidth(declaration.type);
  if (bits == 128 || bits == 0)
    return error("registers of this type are not supported");
  if (bits == 8)
    bits = 16;
  auto declare = [&](const std::string &name) {
    Symbol symbol;
    symbol.place = temporary(bits);
    symbol.type = declaration.type;
    if (!scopes.back().emplace(name, symbol).second)
      error("register '" + name + "' is declared twice");
    kernel->registerCount += bits > 1;
  };
  for (const Statement::RegisterRange &range : declaration.registers) {
    if (range.count == 0)
      declare(range.name);
    for (unsigned i = 0; i < range.count; ++i)
      declare(range.name + std::to_string(i));
  }
}

static uint32_t alignTo(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

Decoder::Symbol Decoder::allocateLocal(const Variable &variable) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::Variable;
  symbol.space = Space::Local;
  symbol.address = alignTo(kernel->localBytes, variable.alignment);
  kernel->localBytes = symbol.address + variable.size;
  return symbol;
}

Decoder::Symbol Decoder::allocateShared(const Variable &variable) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::Variable;
  symbol.space = Space::Shared;
  sharedAlignment = std::max(sharedAlignment, variable.alignment);
  if (variable.isExternal || variable.size == 0) {
    symbol.isDynamic = true;
    return symbol;
  }
  symbol.address = alignTo(kernel->sharedBytes, variable.alignment);
  kernel->sharedBytes = symbol.address + variable.size;
  return symbol;
}

void Decoder::declareVariable(const Variable &variable) {
  Symbol symbol;
  switch (variable.space) {
  case Space::Shared:
    symbol = allocateShared(variable);
    break;
  case Space::Local:
  case Space::Param: // Arguments of calls: memory of the thread, like .local.
    symbol = allocateLocal(variable);
    break;
  default:
    return error("a variable of this space inside of a function");
  }
  if (!scopes.back().emplace(variable.name, symbol).second)
    error("variable '" + variable.name + "' is declared twice");
}

bool Decoder::findSpecial(const std::string &name, Register &place) {
  static const std::unordered_map<std::string_view, Special> names = {
      {"%tid.x", Special::TidX},
      {"%tid.y", Special::TidY},
      {"%tid.z", Special::TidZ},
      {"%ntid.x", Special::NtidX},
      {"%ntid.y", Special::NtidY},
      {"%ntid.z", Special::NtidZ},
      {"%ctaid.x", Special::CtaidX},
      {"%ctaid.y", Special::CtaidY},
      {"%ctaid.z", Special::CtaidZ},
      {"%nctaid.x", Special::NctaidX},
      {"%nctaid.y", Special::NctaidY},
      {"%nctaid.z", Special::NctaidZ},
      {"%laneid", Special::LaneId},
      {"%warpid", Special::WarpId},
      {"%nwarpid", Special::NWarpId},
      {"%smid", Special::SmId},
      {"%nsmid", Special::NSmId},
      {"%gridid", Special::GridId},
      {"%lanemask_eq", Special::LaneMaskEq},
      {"%lanemask_lt", Special::LaneMaskLt},
      {"%lanemask_le", Special::LaneMaskLe},
      {"%lanemask_gt", Special::LaneMaskGt},
      {"%lanemask_ge", Special::LaneMaskGe},
      {"%dynamic_smem_size", Special::DynamicSharedSize},
      {"%total_smem_size", Special::TotalSharedSize}};
  auto it = names.find(name);
  if (it == names.end()) {
    if (name != "WARP_SZ")
      return false;
    place = constant(32, 32);
    return true;
  }
  Register &known = specials[it->second];
  if (known.bits == 0) {
    known = temporary(it->second == Special::GridId ? 64 : 32);
    kernel->specials.push_back({known, it->second});
  }
  place = known;
  return true;
}

/// The address of a variable in its own space.
Register Decoder::symbolAddress(const Symbol &symbol, int64_t offset) {
  if (!symbol.isDynamic)
    return constant(symbol.address + offset, 64);
  Register place = temporary(64);
  dynamicConstants.emplace_back(kernel->constants.size(), offset);
  kernel->constants.push_back({place, 0});
  return place;
}

Register Decoder::checkWidth(const Operand &operand, Register place, Type type,
                             bool mayBeWider) {
  unsigned bits = getBitWidth(type);
  bool fits = place.bits == bits ||
              (mayBeWider && place.bits > bits && bits > 1) ||
              (bits == 8 && place.bits == 16);
  if (!fits)
    error("expected '" + operand.name + "' to have " + std::to_string(bits) +
          " bits in '" + statement->name + "' but it has " +
          std::to_string(place.bits));
  return place;
}

static uint64_t getImmediate(const Operand &operand, Type type, bool &valid) {
  valid = true;
  auto toDouble = [](uint64_t bits) {
    double value;
    __builtin_memcpy(&value, &bits, 8);
    return value;
  };
  if (operand.kind == Operand::Kind::Float32) {
    valid = getBitWidth(type) == 32;
    return operand.value;
  }
  if (operand.kind == Operand::Kind::Float64) {
    if (getBitWidth(type) == 64)
      return operand.value;
    // A constant of f64 in an instruction of f32 is rounded (PTX ISA 4.5.2).
    valid = getBitWidth(type) == 32;
    float value = static_cast<float>(toDouble(operand.value));
    uint32_t bits;
    __builtin_memcpy(&bits, &value, 4);
    return bits;
  }
  return operand.value;
}

static bool isImmediate(const Operand &operand) {
  return operand.kind == Operand::Kind::Integer ||
         operand.kind == Operand::Kind::Float32 ||
         operand.kind == Operand::Kind::Float64;
}

Register Decoder::source(const Operand &operand, Type type) {
  if (type == Type::None) {
    error("unknown or missing type in '" + statement->name + "'");
    return temporary(32);
  }
  if (type == Type::Pred)
    return predicateSource(operand);
  unsigned bits = std::max(getBitWidth(type), 16u);
  if (isImmediate(operand)) {
    bool valid;
    uint64_t value = getImmediate(operand, type, valid);
    if (!valid || (isFloat(type) && operand.kind == Operand::Kind::Integer &&
                   getBitWidth(type) != 16 && type != Type::F16x2 &&
                   type != Type::BF16x2))
      error("the immediate does not suit '" + statement->name + "'");
    return constant(value, bits);
  }
  if (operand.kind != Operand::Kind::Name || operand.isNegated) {
    error("unexpected kind of operand in '" + statement->name + "'");
    return temporary(bits);
  }
  Register place;
  if (findSpecial(operand.name, place))
    return checkWidth(operand, place, type, false);
  Symbol symbol;
  if (!findSymbol(operand.name, symbol)) {
    error("unknown name '" + operand.name + "'");
    return temporary(bits);
  }
  if (symbol.kind == Symbol::Kind::Variable) {
    if (bits == 64)
      return symbolAddress(symbol, operand.offset);
    if (bits == 32 && symbol.space != Space::Global && !symbol.isDynamic)
      return constant(symbol.address + operand.offset, 32);
    error("the address of '" + operand.name + "' needs 64 bits");
    return temporary(bits);
  }
  if (!sourcesMayBeUnwritten)
    uses.push_back(symbol.place.unit);
  return checkWidth(operand, symbol.place, type, false);
}

Register Decoder::wideSource(const Operand &operand, Type type) {
  if (operand.kind == Operand::Kind::Name) {
    if (const Symbol *symbol = find(operand.name);
        symbol && symbol->kind == Symbol::Kind::Register) {
      uses.push_back(symbol->place.unit);
      return checkWidth(operand, symbol->place, type, true);
    }
    Register place;
    if (findSpecial(operand.name, place))
      return checkWidth(operand, place, type, true);
  }
  return source(operand, type);
}

Register Decoder::destination(const Operand &operand, Type type) {
  Register place = wideDestination(operand, type);
  if (operand.kind == Operand::Kind::Sink)
    return place;
  return checkWidth(operand, place, type, false);
}

Register Decoder::wideDestination(const Operand &operand, Type type) {
  unsigned bits = getBitWidth(type) == 8 ? 16 : getBitWidth(type);
  if (type == Type::None) {
    error("unknown or missing type in '" + statement->name + "'");
    return temporary(32);
  }
  if (operand.kind == Operand::Kind::Sink)
    return temporary(bits);
  const Symbol *symbol =
      operand.kind == Operand::Kind::Name && !operand.isNegated
          ? find(operand.name)
          : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::Register) {
    error("expected a register as the destination of '" + statement->name +
          "'" +
          (operand.name.empty() ? "" : " but got '" + operand.name + "'"));
    return temporary(bits);
  }
  definitions.push_back(symbol->place.unit);
  return checkWidth(operand, symbol->place, type, true);
}

static void negatePredicate(Warp &warp, const Instruction &instruction);

Register Decoder::predicateSource(const Operand &operand) {
  if (isImmediate(operand))
    return constant(operand.value != 0, 1);
  const Symbol *symbol =
      operand.kind == Operand::Kind::Name ? find(operand.name) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::Register ||
      symbol->place.bits != 1) {
    error("expected a predicate" + (operand.name.empty()
                                        ? std::string()
                                        : " but got '" + operand.name + "'"));
    return temporary(1);
  }
  if (!operand.isNegated) {
    if (!sourcesMayBeUnwritten)
      uses.push_back(symbol->place.unit);
    return symbol->place;
  }
  // An instruction before this one writes the negation.
  Instruction negation;
  negation.handler = negatePredicate;
  negation.source[0] = symbol->place;
  negation.destination = temporary(1);
  negation.line = statement->line;
  negation.firstUse = kernel->uses.size();
  negation.useCount = negation.definitionCount = 1;
  kernel->uses.push_back(symbol->place.unit);
  kernel->uses.push_back(negation.destination.unit);
  negation.hasGuard = current.hasGuard;
  negation.isGuardNegated = current.isGuardNegated;
  negation.guard = current.guard;
  kernel->code.push_back(negation);
  uses.push_back(negation.destination.unit);
  return negation.destination;
}

Register Decoder::address(const Operand &operand) {
  if (operand.kind != Operand::Kind::Address) {
    error("expected an address in '" + statement->name + "'");
    return temporary(64);
  }
  current.immediate = operand.offset;
  if (operand.name.empty())
    return constant(0, 64);
  Symbol symbol;
  if (!findSymbol(operand.name, symbol)) {
    error("unknown name '" + operand.name + "'");
    return temporary(64);
  }
  if (symbol.kind == Symbol::Kind::Variable) {
    // An argument or a parameter of a function is memory of the thread.
    if (current.space == Space::Param || current.space == Space::Const)
      current.space = symbol.space;
    if (current.space == Space::Generic)
      current.space = symbol.space;
    if (current.space != symbol.space)
      error("'" + operand.name + "' is in another state space");
    return symbolAddress(symbol, 0);
  }
  uses.push_back(symbol.place.unit);
  if (symbol.place.bits != 64 && symbol.place.bits != 32)
    error("expected an address of 32 or 64 bits");
  return symbol.place;
}

uint32_t Decoder::addOperands(const std::vector<Register> &registers) {
  uint32_t first = kernel->operands.size();
  kernel->operands.insert(kernel->operands.end(), registers.begin(),
                          registers.end());
  return first;
}

const std::vector<std::string> *
Decoder::findBranchTargets(const std::string &name) {
  auto it = branchTargets.find(getLabel(name));
  return it == branchTargets.end() ? nullptr : &it->second;
}

void Decoder::emit(Handler handler) {
  current.handler = handler;
  current.line = statement->line;
  current.firstUse = kernel->uses.size();
  current.useCount = uses.size();
  current.definitionCount = definitions.size();
  kernel->uses.insert(kernel->uses.end(), uses.begin(), uses.end());
  kernel->uses.insert(kernel->uses.end(), definitions.begin(),
                      definitions.end());
  if (current.control == Control::Branch) {
    fixups.emplace_back(kernel->code.size(), getLabel(pendingTargets.front()));
  } else if (current.control == Control::BranchTable) {
    current.list = kernel->targets.size();
    current.listCount = pendingTargets.size();
    for (const std::string &target : pendingTargets) {
      tableFixups.emplace_back(kernel->targets.size(), getLabel(target));
      kernel->targets.push_back(0);
    }
  }
  pendingTargets.clear();
  kernel->code.push_back(current);
}

#include "Warp.h"

static void negatePredicate(Warp &warp, const Instruction &instruction) {
  uint32_t value = ~warp.predicate(instruction.source[0]);
  uint32_t &result = warp.predicate(instruction.destination);
  result = (result & ~warp.active) | (value & warp.active);
}
