//===- DecodeFunction.cpp - Bodies, scopes, labels and calls --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <algorithm>

using namespace altgrad::emulator;

void Decoder::defineLabel(const std::string &name) {
  if (!labels.emplace(getLabel(name), kernel->code.size()).second)
    error("label '" + name + "' is defined twice");
}

void Decoder::resolveTargets() {
  auto find = [&](const std::string &label) -> uint32_t {
    auto it = labels.find(label);
    if (it != labels.end())
      return it->second;
    diagnostic.report(0, "unknown label '" + label.substr(0, label.rfind('#')) +
                             "'");
    return 0;
  };
  for (auto &[instruction, label] : fixups)
    kernel->code[instruction].target = find(label);
  for (auto &[entry, label] : tableFixups)
    kernel->targets[entry] = find(label);
}

void Decoder::decodeStatement(const std::string &returnLabel) {
  current = Instruction();
  uses.clear();
  definitions.clear();
  pendingTargets.clear();
  sourcesMayBeUnwritten = false;
  modifiers = Modifiers(statement->name);
  if (!statement->guard.empty()) {
    const Symbol *guard = find(statement->guard);
    if (!guard || guard->place.bits != 1)
      return error("expected a predicate but got '" + statement->guard + "'");
    current.hasGuard = true;
    current.isGuardNegated = statement->isGuardNegated;
    current.guard = guard->place.unit;
  }
  std::string_view base = modifiers.getBase();
  if (base == "call") {
    decodeCall();
  } else if (base == "ret" && callStack.size() > 1) {
    modifiers.take("uni");
    current.control = Control::Branch;
    pendingTargets.push_back(returnLabel);
    emit(nullptr);
  } else {
    bool isKnown = decodeMove(*this) || decodeMemory(*this) ||
                   decodeInteger(*this) || decodeBitwise(*this) ||
                   decodeFloat(*this) || decodeCompare(*this) ||
                   decodeConvert(*this) || decodeControl(*this) ||
                   decodeSynchronization(*this) || decodeAtomic(*this);
    if (!isKnown)
      return error("unknown instruction '" + statement->name + "'");
  }
  if (std::string_view rest = modifiers.getRest(); !rest.empty())
    error("unknown modifier '." + std::string(rest) + "' of '" +
          statement->name + "'");
}

/// call.uni (result), function, (argument, ...);
void Decoder::decodeCall() {
  modifiers.take("uni");
  const Operand *results = nullptr, *arguments = nullptr, *callee = nullptr;
  for (const Operand &operand : statement->operands) {
    if (operand.kind == Operand::Kind::Name && !callee)
      callee = &operand;
    else if (operand.kind == Operand::Kind::List)
      (callee ? arguments : results) = &operand;
    else
      return error("indirect calls are not supported");
  }
  const Function *function = nullptr;
  for (const Function &candidate : module.functions)
    if (callee && candidate.name == callee->name && !candidate.isEntry &&
        (!function || function->isDeclaration))
      function = &candidate;
  if (!function)
    return error("call of an unknown function");
  if (function->isDeclaration)
    return error("function '" + function->name +
                 "' has no body in this module");
  if (std::find(callStack.begin(), callStack.end(), function) !=
      callStack.end())
    return error("recursion in '" + function->name + "' is not supported");

  Scope scope;
  auto bind = [&](const std::vector<Variable> &formals,
                  const Operand *actuals) {
    size_t count = actuals ? actuals->elements.size() : 0;
    if (count != formals.size())
      return error("expected " + std::to_string(formals.size()) +
                   " arguments of '" + function->name + "' but got " +
                   std::to_string(count));
    for (size_t i = 0; i < count; ++i) {
      const Symbol *actual = find(actuals->elements[i].name);
      if (!actual || actual->kind != Symbol::Kind::Variable)
        return error("expected a variable in .param as an argument");
      scope[formals[i].name] = *actual;
    }
  };
  bind(function->results, results);
  bind(function->parameters, arguments);
  if (diagnostic.failed())
    return;

  const Statement *call = statement;
  std::string skip;
  if (current.hasGuard) {
    current.isGuardNegated = !current.isGuardNegated;
    current.control = Control::Branch;
    skip = "$skip" + std::to_string(instances);
    pendingTargets.push_back(skip);
    emit(nullptr);
  }
  size_t callerScope = firstScope;
  unsigned caller = instance;
  firstScope = scopes.size();
  instance = ++instances;
  scopes.push_back(std::move(scope));
  Modifiers saved = modifiers;
  decodeBody(*function, "$return");
  statement = call;
  modifiers = saved;
  defineLabel("$return");
  scopes.resize(firstScope);
  firstScope = callerScope;
  instance = caller;
  if (!skip.empty())
    defineLabel(skip);
}

void Decoder::decodeBody(const Function &function,
                         const std::string &returnLabel) {
  callStack.push_back(&function);
  size_t outer = scopes.size();
  scopes.emplace_back();
  for (const Statement &next : function.body)
    if (next.kind == Statement::Kind::BranchTargets)
      branchTargets[getLabel(next.name)] = next.targets;
  for (const Statement &next : function.body) {
    if (diagnostic.failed())
      break;
    statement = &next;
    switch (next.kind) {
    case Statement::Kind::Instruction:
      decodeStatement(returnLabel);
      break;
    case Statement::Kind::Label:
      defineLabel(next.name);
      break;
    case Statement::Kind::ScopeBegin:
      scopes.emplace_back();
      break;
    case Statement::Kind::ScopeEnd:
      scopes.pop_back();
      break;
    case Statement::Kind::Registers:
      declareRegisters(next);
      break;
    case Statement::Kind::Variable:
      declareVariable(next.variable);
      break;
    case Statement::Kind::BranchTargets:
      break;
    }
  }
  scopes.resize(outer);
  callStack.pop_back();
}

std::unique_ptr<Kernel> Decoder::decode(const Function &function) {
  kernel = std::make_unique<Kernel>();
  kernel->name = function.name;
  const unsigned *threads = function.requiredThreads[0]
                                ? function.requiredThreads
                            : function.maxThreads[0] ? function.maxThreads
                                                     : nullptr;
  if (threads)
    kernel->maxThreads = std::min(1024u, threads[0] * threads[1] * threads[2]);
  std::copy(function.requiredThreads, function.requiredThreads + 3,
            kernel->requiredThreads);
  scopes.emplace_back();
  for (const Variable &parameter : function.parameters) {
    Symbol symbol;
    symbol.kind = Symbol::Kind::Variable;
    symbol.space = Space::Param;
    symbol.address = (kernel->parameterBytes + parameter.alignment - 1) /
                     parameter.alignment * parameter.alignment;
    kernel->parameterBytes = symbol.address + parameter.size;
    kernel->parameters.push_back({static_cast<uint32_t>(symbol.address),
                                  static_cast<uint32_t>(parameter.size)});
    scopes.back().emplace(parameter.name, symbol);
  }
  decodeBody(function, "");
  Instruction exit;
  exit.control = Control::Exit;
  exit.line = function.line;
  kernel->code.push_back(exit);
  resolveTargets();
  kernel->dynamicSharedOffset = (kernel->sharedBytes + sharedAlignment - 1) /
                                sharedAlignment * sharedAlignment;
  for (auto [index, offset] : dynamicConstants)
    kernel->constants[index].value = kernel->dynamicSharedOffset + offset;
  if (options.contracts)
    contract(*kernel);
  return std::move(kernel);
}
