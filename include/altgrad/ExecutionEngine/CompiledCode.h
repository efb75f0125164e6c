//===- CompiledCode.h - Machine code that can be kept -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiling takes a thousand times as long as loading what was compiled. This
// is the form in which a CompiledModule can be written to a file and be loaded
// by another process on the same machine.
//
// What the code was compiled from, for which processor and by which version is
// not in it: whoever keeps code has to keep it under a key that says so.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_COMPILEDCODE_H
#define ALTGRAD_EXECUTIONENGINE_COMPILEDCODE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <utility>
#include <vector>

namespace altgrad {

/// The object file of a module, and what there is to know about it.
struct CompiledCode {
  /// The functions that can be called, with the lengths of their arrays of
  /// pointers (see CompiledModule).
  std::vector<std::pair<std::string, size_t>> functions;
  /// The names of what the code uses from libraries.
  std::vector<std::string> undefinedSymbols;
  /// What has to be called when the code was loaded and before it is unloaded;
  /// empty if nothing has to. Programs for GPUs load their kernels that way.
  std::string initializer, finalizer;
  /// An object file in the format of this platform.
  std::string object;

  /// The bytes of a file that holds this.
  std::string serialize() const;
  /// The inverse of `serialize`. Bytes that were cut off or changed are an
  /// error; the check is against accidents, not against attackers.
  static llvm::Expected<CompiledCode> parse(llvm::StringRef bytes);
};

} // namespace altgrad

#endif // ALTGRAD_EXECUTIONENGINE_COMPILEDCODE_H
