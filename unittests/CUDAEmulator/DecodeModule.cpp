//===- DecodeModule.cpp - Variables and kernels of a module ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "DeviceMemory.h"

#include <cstring>

using namespace altgrad::emulator;

Program::~Program() {
  for (auto &[name, global] : globals)
    if (global.address)
      DeviceMemory::get().free(global.address);
}

/// Device memory for a variable. Without an initial value it is zero, as all
/// static variables are (PTX ISA 5.4.4).
static void allocateGlobal(const Variable &variable, Program &program,
                           Diagnostic &diagnostic) {
  if (variable.isExternal)
    return diagnostic.report(variable.line,
                             "variable '" + variable.name +
                                 "' is not defined in this module");
  DeviceMemory &memory = DeviceMemory::get();
  uint64_t address = memory.allocate(std::max<uint64_t>(variable.size, 1));
  if (!address)
    return diagnostic.report(variable.line,
                             "no memory for '" + variable.name + "'");
  std::memset(memory.data(address), 0, variable.size);
  memory.markWritten(address, variable.size);
  if (!program.globals
           .emplace(variable.name, Program::Global{address, variable.size})
           .second)
    diagnostic.report(variable.line,
                      "variable '" + variable.name + "' is defined twice");
}

static void initializeGlobal(const Variable &variable, Program &program,
                             Diagnostic &diagnostic) {
  unsigned bytes = getBitWidth(variable.type) / 8;
  uint8_t *data =
      DeviceMemory::get().data(program.globals[variable.name].address);
  for (const Initializer &initializer : variable.initializers) {
    uint64_t value = initializer.value;
    if (!initializer.symbol.empty()) {
      auto it = program.globals.find(initializer.symbol);
      if (it == program.globals.end())
        return diagnostic.report(variable.line,
                                 "unknown symbol '" + initializer.symbol + "'");
      value += it->second.address;
      if (initializer.mask != ~0ull)
        value = (value & initializer.mask) >> __builtin_ctzll(initializer.mask);
    }
    std::memcpy(data, &value, bytes);
    data += bytes;
  }
}

std::unique_ptr<Program>
altgrad::emulator::decodeModule(const Module &module,
                                const DecodeOptions &options,
                                Diagnostic &diagnostic) {
  auto program = std::make_unique<Program>();
  auto isGlobal = [](const Variable &variable) {
    return variable.space == Space::Global || variable.space == Space::Const;
  };
  for (const Variable &variable : module.variables) {
    if (isGlobal(variable))
      allocateGlobal(variable, *program, diagnostic);
    else if (variable.space != Space::Shared)
      diagnostic.report(variable.line,
                        "a variable of this space outside of a function");
  }
  if (diagnostic.failed())
    return program;
  for (const Variable &variable : module.variables)
    if (isGlobal(variable))
      initializeGlobal(variable, *program, diagnostic);
  for (const Function &function : module.functions) {
    if (diagnostic.failed())
      break;
    if (function.isDeclaration || !function.isEntry)
      continue;
    Decoder decoder(module, program->globals, options, diagnostic);
    program->kernels[function.name] = decoder.decode(function);
  }
  return program;
}
