//===- Program.h - One program, folded or compiled --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program is a piece of MLIR text. Its functions can be evaluated by the
// folder, which needs no code at all, and by compiled code made in many ways.
// A test states what a function must return and asks every one of them.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CONFORMANCE_PROGRAM_H
#define ALTGRAD_UNITTESTS_CONFORMANCE_PROGRAM_H

#include "Array.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"
#include "altgrad/Support/Format.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace altgrad::test {

/// One way to compile.
struct Variant {
  unsigned optLevel = 3;
  unsigned vectorWidth = 512;
  unsigned threads = 1;
  bool fastMath = false;
  /// As in CompileOptions: empty for this machine.
  std::string cpu = {};
  /// As in altgrad-cpu-pipeline.
  std::string target = "generic";
  /// As in altgrad-cpu-pipeline: loops for data that no cache holds, from this
  /// many bytes on.
  uint64_t largeBytes = 0;
  /// As `target` of convert-altgrad-to-arith, where that is another one: code
  /// of a GPU's arithmetic runs here too, if slowly.
  std::string arithmetic = {};

  /// Not empty for altgrad-gpu-pipeline, whose options these are.
  std::string chip = {};
  bool nativeConversions = true;
  int64_t blockSize = 512, vectorsPerThread = 4, maxBlocks = 2048;
  /// Where arrays begin in memory of the device: this many elements behind an
  /// address that is aligned for everything.
  size_t misalignment = 0;

  /// "O3-v512", with what is not the default.
  std::string str() const;
};

/// The levels and vector widths that every bit must agree in, and on x86-64
/// also processors without the instructions of this one.
std::vector<Variant> getAllVariants();

/// The targets whose code this machine runs: those have forms of their own for
/// many computations, and loops of their own for large data. And those of GPUs,
/// as far as they are arithmetic.
std::vector<Variant> getTargetVariants();

class Program {
public:
  /// Compiles `text` with altgrad-cpu-pipeline, or with altgrad-gpu-pipeline if
  /// there is a chip; then calls copy arguments to the device and results back.
  /// Trouble is a failure of the test and gives a null pointer.
  static std::unique_ptr<Program> compile(llvm::StringRef text,
                                          const Variant &variant = {});
  /// `text` after a textual pipeline of passes.
  static std::string transform(llvm::StringRef text, llvm::StringRef pipeline);
  /// Evaluates by constant folding alone; functions must have static shapes.
  static std::unique_ptr<Program> fold(llvm::StringRef text);

  virtual ~Program();

  /// Evaluates a function. Codes are I8. Trouble is a failure of the test and
  /// gives no results.
  virtual std::vector<Array> call(llvm::StringRef name,
                                  llvm::ArrayRef<Array> arguments) = 0;
  /// The same for a function with one result.
  Array callForOne(llvm::StringRef name, llvm::ArrayRef<Array> arguments);
  /// Calls a function of one scalar for each element.
  virtual Array callForEach(llvm::StringRef name, const Array &arguments) = 0;
  /// The compiled function, to be called directly; null for a folded one.
  virtual CompiledModule::PackedFunction lookup(llvm::StringRef name) const = 0;
};

/// `text` with each `$X` of the replacements put in. Longer names first.
std::string
fill(llvm::StringRef text,
     llvm::ArrayRef<std::pair<llvm::StringRef, std::string>> replacements);

/// "!altgrad.fp8<E4M3, bias = 7, fn>".
std::string spellType(const Format &format);
/// "saturate" or "infinity".
std::string spell(Overflow overflow);

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_CONFORMANCE_PROGRAM_H
