//===- PtxParser.cpp - Directives, functions and instructions -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Recursive descent over the words of a module. Directives for debuggers are
// skipped by name; whatever else is unknown is an error, because a directive
// that is ignored can change what a program means.
//
//===----------------------------------------------------------------------===//

#include "PtxLexer.h"

using namespace altgrad::emulator;

namespace {
class Parser {
public:
  Parser(std::vector<Token> tokens, Diagnostic &diagnostic)
      : tokens(std::move(tokens)), diagnostic(diagnostic) {}

  Module parse();

private:
  const Token &peek(unsigned ahead = 0) const {
    return tokens[std::min(position + ahead, tokens.size() - 1)];
  }
  const Token &next() {
    const Token &token = peek();
    if (position + 1 < tokens.size())
      ++position;
    return token;
  }
  bool is(std::string_view text) const {
    return peek().kind != Token::Kind::String && peek().text == text;
  }
  bool accept(std::string_view text) {
    if (!is(text))
      return false;
    next();
    return true;
  }
  void expect(std::string_view text);
  void error(std::string message) {
    diagnostic.report(peek().line, std::move(message));
  }
  std::string parseName(std::string_view what);
  uint64_t parseInteger(std::string_view what);

  void parseHeader(Module &module);
  bool skipDebugDirective();
  bool acceptSpace(Space &space);
  void parseVariables(Space space, bool isExternal,
                      std::vector<Variable> &variables);
  Variable parseVariable(Space space);
  Initializer parseInitializer();
  void parseFunction(Module &module, bool isEntry);
  std::vector<Variable> parseParameters();
  void parseThreads(unsigned (&threads)[3]);
  void parseBody(Function &function);
  void parseRegisters(Function &function);
  Statement parseInstruction();
  Operand parseOperand();
  Operand parseSequence(Operand::Kind kind, std::string_view close);

  std::vector<Token> tokens;
  size_t position = 0;
  Diagnostic &diagnostic;
};
} // namespace

void Parser::expect(std::string_view text) {
  if (!accept(text))
    error("expected '" + std::string(text) + "' but got '" +
          std::string(peek().text) + "'");
}

std::string Parser::parseName(std::string_view what) {
  if (peek().kind != Token::Kind::Word) {
    error("expected " + std::string(what) + " but got '" +
          std::string(peek().text) + "'");
    return {};
  }
  return std::string(next().text);
}

uint64_t Parser::parseInteger(std::string_view what) {
  if (peek().kind != Token::Kind::Integer) {
    error("expected " + std::string(what) + " but got '" +
          std::string(peek().text) + "'");
    return 0;
  }
  return next().value;
}

/// .version, .target and .address_size, in this order (PTX ISA 11.1).
void Parser::parseHeader(Module &module) {
  if (!is(".version"))
    return error("expected '.version' at the start of the module");
  next();
  // The lexer sees "8.0" as a number.
  std::string version(next().text);
  size_t dot = version.find('.');
  if (dot == std::string::npos)
    return error("expected a version such as 8.0");
  module.versionMajor = std::stoul("0" + version.substr(0, dot));
  module.versionMinor = std::stoul("0" + version.substr(dot + 1));
  expect(".target");
  do {
    std::string target = parseName("a target");
    if (target.compare(0, 3, "sm_") != 0)
      continue; // debug, texmode_independent
    module.target = std::strtoul(target.c_str() + 3, nullptr, 10);
    module.targetSuffix =
        target.back() == 'a' || target.back() == 'f' ? target.back() : 0;
  } while (accept(","));
  if (module.target == 0)
    error("expected a target such as sm_90");
  if (accept(".address_size") && parseInteger("an address size") != 64)
    error("expected 64-bit addresses");
}

bool Parser::skipDebugDirective() {
  if (is(".file") || is(".loc")) {
    // Both end with their line: neither has a closing token.
    unsigned line = peek().line;
    while (peek().kind != Token::Kind::End && peek().line == line)
      next();
    return true;
  }
  if (accept(".section")) {
    while (peek().kind != Token::Kind::End && !is("{"))
      next();
    while (peek().kind != Token::Kind::End && !accept("}"))
      next();
    return true;
  }
  if (accept(".pragma")) {
    while (peek().kind == Token::Kind::String) {
      next();
      accept(",");
    }
    expect(";");
    return true;
  }
  return false;
}

bool Parser::acceptSpace(Space &space) {
  static constexpr std::pair<std::string_view, Space> spaces[] = {
      {".global", Space::Global},
      {".const", Space::Const},
      {".shared", Space::Shared},
      {".local", Space::Local},
      {".param", Space::Param}};
  for (auto [name, value] : spaces)
    if (accept(name)) {
      space = value;
      return true;
    }
  return false;
}

Module Parser::parse() {
  Module module;
  parseHeader(module);
  while (!diagnostic.failed() && peek().kind != Token::Kind::End) {
    if (skipDebugDirective())
      continue;
    bool isExternal = false;
    while (is(".visible") || is(".extern") || is(".weak") || is(".common"))
      isExternal |= next().text == ".extern";
    Space space;
    if (acceptSpace(space))
      parseVariables(space, isExternal, module.variables);
    else if (accept(".entry"))
      parseFunction(module, /*isEntry=*/true);
    else if (accept(".func"))
      parseFunction(module, /*isEntry=*/false);
    else
      error("unknown directive '" + std::string(peek().text) + "'");
  }
  return module;
}

void Parser::parseVariables(Space space, bool isExternal,
                            std::vector<Variable> &variables) {
  variables.push_back(parseVariable(space));
  variables.back().isExternal = isExternal;
  while (!diagnostic.failed() && accept(",")) {
    // "a, b": the second has the type of the first.
    Variable more = variables.back();
    more.name = parseName("a variable");
    more.initializers.clear();
    variables.push_back(more);
  }
  expect(";");
}

Variable Parser::parseVariable(Space space) {
  Variable variable;
  variable.space = space;
  variable.line = peek().line;
  unsigned alignment = 0, vector = 1;
  bool hasType = false;
  while (!diagnostic.failed() && peek().text.substr(0, 1) == ".") {
    std::string_view word = next().text.substr(1);
    if (word == "align")
      alignment = parseInteger("an alignment");
    else if (word == "v2" || word == "v4")
      vector = word[1] - '0';
    else if (word == "attribute") {
      while (peek().kind != Token::Kind::End && !accept(")"))
        next();
    } else if (word == "ptr" || word == "global" || word == "const" ||
               word == "shared" || word == "local")
      continue; // What a pointer parameter points to; .align follows it.
    else if (auto type = parseType(word)) {
      variable.type = *type;
      hasType = true;
      // In ".ptr .align 16" the alignment is that of the pointee.
      if (is(".ptr")) {
        while (peek().text.substr(0, 1) == ".") {
          if (accept(".align"))
            parseInteger("an alignment");
          else
            next();
        }
      }
    } else
      error("unknown word '." + std::string(word) + "' in a variable");
  }
  if (!hasType)
    error("expected a variable's type but got '" + std::string(peek().text) +
          "'");
  variable.name = parseName("a variable");
  uint64_t element = getBitWidth(variable.type) / 8 * vector;
  if (getBitWidth(variable.type) < 8)
    error("expected a type of whole bytes");
  variable.alignment = alignment ? alignment : std::max<uint64_t>(element, 1);
  variable.size = element;
  while (accept("[")) {
    uint64_t count = is("]") ? 0 : parseInteger("an array length");
    variable.size *= count;
    expect("]");
  }
  if (accept("=")) {
    if (accept("{")) {
      do {
        if (is("}"))
          break;
        bool nested = accept("{");
        do
          variable.initializers.push_back(parseInitializer());
        while (nested && accept(","));
        if (nested)
          expect("}");
      } while (!diagnostic.failed() && accept(","));
      expect("}");
    } else {
      variable.initializers.push_back(parseInitializer());
    }
    if (variable.size == 0)
      variable.size = element * variable.initializers.size();
    if (variable.initializers.size() * (element / vector) > variable.size)
      error("more initial values than elements");
  }
  return variable;
}

Initializer Parser::parseInitializer() {
  Initializer result;
  bool negative = accept("-");
  if (peek().kind == Token::Kind::Word) {
    bool isGeneric = accept("generic");
    if (isGeneric)
      expect("(");
    result.symbol = parseName("a symbol");
    if (isGeneric)
      expect(")");
    if (accept("+"))
      result.value =
          accept("-") ? -parseInteger("an offset") : parseInteger("an offset");
    else if (accept("-"))
      result.value = -parseInteger("an offset");
    return result;
  }
  if (peek().kind != Token::Kind::Integer &&
      peek().kind != Token::Kind::Float32 &&
      peek().kind != Token::Kind::Float64) {
    error("expected an initial value but got '" + std::string(peek().text) +
          "'");
    return result;
  }
  result.value = negative ? -peek().value : peek().value;
  next();
  if (accept("(")) { // A byte of an address.
    uint64_t mask = result.value;
    result = parseInitializer();
    result.mask = mask;
    expect(")");
  }
  return result;
}

std::vector<Variable> Parser::parseParameters() {
  std::vector<Variable> parameters;
  if (!accept("("))
    return parameters;
  while (!diagnostic.failed() && !is(")")) {
    if (!accept(".param")) {
      error("expected '.param' but got '" + std::string(peek().text) + "'");
      break;
    }
    parameters.push_back(parseVariable(Space::Param));
    if (!accept(","))
      break;
  }
  expect(")");
  return parameters;
}

void Parser::parseThreads(unsigned (&threads)[3]) {
  threads[1] = threads[2] = 1;
  unsigned i = 0;
  do
    threads[i++] = parseInteger("a number of threads");
  while (i < 3 && accept(","));
}

void Parser::parseFunction(Module &module, bool isEntry) {
  Function function;
  function.isEntry = isEntry;
  function.line = peek().line;
  if (!isEntry)
    function.results = parseParameters();
  function.name = parseName("a function's name");
  function.parameters = parseParameters();
  while (!diagnostic.failed() && !is("{") && !is(";")) {
    unsigned ignored[3];
    if (accept(".maxntid"))
      parseThreads(function.maxThreads);
    else if (accept(".reqntid"))
      parseThreads(function.requiredThreads);
    else if (accept(".minnctapersm") || accept(".maxnctapersm") ||
             accept(".maxnreg"))
      parseThreads(ignored);
    else if (accept(".noreturn") || skipDebugDirective())
      continue;
    else
      error("unknown directive '" + std::string(peek().text) +
            "' of a function");
  }
  if (!accept(";")) {
    function.isDeclaration = false;
    parseBody(function);
  }
  module.functions.push_back(std::move(function));
}

void Parser::parseRegisters(Function &function) {
  Statement statement;
  statement.kind = Statement::Kind::Registers;
  statement.line = peek().line;
  std::string type = parseName("a register's type");
  auto parsed = parseType(std::string_view(type).substr(type.empty() ? 0 : 1));
  if (!parsed)
    return error("unknown register type '" + type + "'");
  statement.type = *parsed;
  do {
    std::string name = parseName("a register");
    unsigned count = 0;
    if (accept("<")) {
      count = parseInteger("a number of registers");
      expect(">");
      if (count == 0 || count > 1000000)
        return error("expected 1 to 1000000 registers but got " +
                     std::to_string(count));
    }
    statement.registers.push_back({name, count});
  } while (!diagnostic.failed() && accept(","));
  expect(";");
  function.body.push_back(std::move(statement));
}

void Parser::parseBody(Function &function) {
  expect("{");
  unsigned depth = 1;
  while (!diagnostic.failed()) {
    Statement statement;
    statement.line = peek().line;
    if (peek().kind == Token::Kind::End)
      return error("unterminated body of '" + function.name + "'");
    if (skipDebugDirective())
      continue;
    if (accept("{")) {
      ++depth;
      statement.kind = Statement::Kind::ScopeBegin;
      function.body.push_back(std::move(statement));
      continue;
    }
    if (accept("}")) {
      if (--depth == 0)
        return;
      statement.kind = Statement::Kind::ScopeEnd;
      function.body.push_back(std::move(statement));
      continue;
    }
    if (accept(".reg")) {
      parseRegisters(function);
      continue;
    }
    Space space;
    if (acceptSpace(space)) {
      std::vector<Variable> variables;
      parseVariables(space, /*isExternal=*/false, variables);
      for (Variable &variable : variables) {
        statement.kind = Statement::Kind::Variable;
        statement.variable = std::move(variable);
        function.body.push_back(statement);
      }
      continue;
    }
    if (peek().kind == Token::Kind::Word && peek(1).text == ":") {
      statement.name = std::string(next().text);
      next();
      statement.kind = Statement::Kind::Label;
      if (accept(".branchtargets")) {
        statement.kind = Statement::Kind::BranchTargets;
        do
          statement.targets.push_back(parseName("a label"));
        while (accept(","));
        expect(";");
      } else if (is(".callprototype") || is(".calltargets")) {
        return error("indirect calls are not supported");
      }
      function.body.push_back(std::move(statement));
      continue;
    }
    if (peek().text.substr(0, 1) == ".")
      return error("unknown directive '" + std::string(peek().text) + "'");
    function.body.push_back(parseInstruction());
  }
}

Statement Parser::parseInstruction() {
  Statement statement;
  statement.line = peek().line;
  if (accept("@")) {
    statement.isGuardNegated = accept("!");
    statement.guard = parseName("a predicate");
  }
  statement.name = parseName("an instruction");
  if (!is(";"))
    do
      statement.operands.push_back(parseOperand());
    while (!diagnostic.failed() && accept(","));
  expect(";");
  return statement;
}

Operand Parser::parseSequence(Operand::Kind kind, std::string_view close) {
  Operand operand;
  operand.kind = kind;
  while (!diagnostic.failed() && !is(close)) {
    operand.elements.push_back(parseOperand());
    if (!accept(","))
      break;
  }
  expect(close);
  return operand;
}

Operand Parser::parseOperand() {
  Operand operand;
  if (accept("{"))
    return parseSequence(Operand::Kind::Vector, "}");
  if (accept("("))
    return parseSequence(Operand::Kind::List, ")");
  if (accept("[")) {
    operand.kind = Operand::Kind::Address;
    if (peek().kind == Token::Kind::Word)
      operand.name = next().text;
    else
      operand.offset = parseInteger("an address");
    while (is("+") || is("-")) {
      bool negative = next().text == "-";
      if (accept("-"))
        negative = !negative;
      int64_t offset = parseInteger("an offset");
      operand.offset += negative ? -offset : offset;
    }
    expect("]");
    return operand;
  }
  operand.isNegated = accept("!");
  bool negative = accept("-");
  const Token &token = next();
  operand.value = negative ? -token.value : token.value;
  switch (token.kind) {
  case Token::Kind::Integer:
    operand.kind = Operand::Kind::Integer;
    return operand;
  case Token::Kind::Float32:
    operand.kind = Operand::Kind::Float32;
    operand.value = negative ? token.value ^ 0x80000000u : token.value;
    return operand;
  case Token::Kind::Float64:
    operand.kind = Operand::Kind::Float64;
    operand.value = negative ? token.value ^ (1ull << 63) : token.value;
    return operand;
  case Token::Kind::Word:
    break;
  default:
    error("expected an operand but got '" + std::string(token.text) + "'");
    return operand;
  }
  if (token.text == "_") {
    operand.kind = Operand::Kind::Sink;
    return operand;
  }
  operand.name = token.text;
  if (is("+") || is("-")) { // symbol+4
    bool negative = next().text == "-";
    int64_t offset = parseInteger("an offset");
    operand.offset = negative ? -offset : offset;
  }
  if (accept("|")) {
    Operand pair;
    pair.kind = Operand::Kind::Pair;
    pair.elements.push_back(operand);
    pair.elements.push_back(parseOperand());
    return pair;
  }
  return operand;
}

Module altgrad::emulator::parseModule(std::string_view text,
                                      Diagnostic &diagnostic) {
  std::vector<Token> tokens = tokenize(text, diagnostic);
  if (diagnostic.failed())
    return {};
  return Parser(std::move(tokens), diagnostic).parse();
}
