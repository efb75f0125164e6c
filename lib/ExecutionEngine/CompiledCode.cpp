//===- CompiledCode.cpp - Machine code that can be kept -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file: a line with a checksum of all that follows, then the two lists, one
// entry a line behind a line with their number, a line each for initializer and
// finalizer, then the object file.
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CompiledCode.h"

#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace altgrad;
using llvm::Expected;
using llvm::StringRef;

static constexpr llvm::StringLiteral kMagic = "altgrad compiled code 2 ";

std::string CompiledCode::serialize() const {
  std::string body;
  llvm::raw_string_ostream os(body);
  os << functions.size() << '\n';
  for (const auto &[name, length] : functions)
    os << length << ' ' << name << '\n';
  os << undefinedSymbols.size() << '\n';
  for (const std::string &name : undefinedSymbols)
    os << name << '\n';
  os << initializer << '\n' << finalizer << '\n' << object;
  return (kMagic + llvm::Twine(llvm::xxh3_64bits(body)) + "\n" + body).str();
}

/// Takes the next line off `bytes`; false if there is none.
static bool takeLine(StringRef &bytes, StringRef &line) {
  size_t end = bytes.find('\n');
  if (end == StringRef::npos)
    return false;
  line = bytes.take_front(end);
  bytes = bytes.drop_front(end + 1);
  return true;
}

static bool takeNumber(StringRef &bytes, uint64_t &number) {
  StringRef line;
  return takeLine(bytes, line) && !line.getAsInteger(10, number);
}

Expected<CompiledCode> CompiledCode::parse(StringRef bytes) {
  auto damaged = [] {
    return llvm::createStringError("expected compiled code but got bytes that "
                                   "are something else or damaged");
  };
  uint64_t checksum = 0, count = 0;
  if (!bytes.consume_front(kMagic) || !takeNumber(bytes, checksum) ||
      llvm::xxh3_64bits(bytes) != checksum || !takeNumber(bytes, count))
    return damaged();
  CompiledCode code;
  StringRef line;
  for (uint64_t i = 0; i < count; ++i) {
    size_t length = 0;
    if (!takeLine(bytes, line) || line.consumeInteger(10, length) ||
        !line.consume_front(" "))
      return damaged();
    code.functions.emplace_back(line.str(), length);
  }
  if (!takeNumber(bytes, count))
    return damaged();
  for (uint64_t i = 0; i < count; ++i) {
    if (!takeLine(bytes, line))
      return damaged();
    code.undefinedSymbols.push_back(line.str());
  }
  for (std::string *name : {&code.initializer, &code.finalizer}) {
    if (!takeLine(bytes, line))
      return damaged();
    *name = line.str();
  }
  code.object = bytes.str();
  return code;
}
