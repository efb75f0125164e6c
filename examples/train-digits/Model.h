//===- Model.h - The compiled training step and its state -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// step.mlir as C++ calls it. The program keeps no state of its own: weights,
// velocities and amax histories go into each step and come out of it.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXAMPLES_TRAINDIGITS_MODEL_H
#define ALTGRAD_EXAMPLES_TRAINDIGITS_MODEL_H

#include "Data.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include <array>
#include <cstdlib>
#include <memory>

namespace altgrad::train {

inline constexpr size_t kLayers = 3;
/// The sizes of the layers' inputs, and of the last one's output.
inline constexpr std::array<int64_t, kLayers + 1> kWidths = {kPixels, 128, 64,
                                                             kClasses};
/// How many amax values a history holds.
inline constexpr int64_t kHistory = 16;

/// What a program is compiled for.
struct Numerics {
  std::string name;
  /// The format of weights and inputs; empty for f32, without quantization.
  std::string format;
  /// The format of cotangents; empty for f32.
  std::string cotangentFormat;

  bool isQuantized() const { return !format.empty(); }
};

/// Reads "E5M2", "E4M3FN/E5M2" (forward/backward) or "f32".
llvm::Expected<Numerics> parseNumerics(llvm::StringRef text);

/// How the program is lowered.
struct Lowering {
  std::string pipeline;
  unsigned optLevel = 3;
};

/// Parses a program and checks that it has the functions of step.mlir.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
readProgram(llvm::StringRef path, mlir::MLIRContext *context);

/// Differentiates, sets the numerics and compiles.
llvm::Expected<std::unique_ptr<CompiledModule>>
compileFor(mlir::ModuleOp program, const Numerics &numerics,
           const Lowering &lowering);

/// An f32 tensor that compiled code returned or that was made here.
class Tensor {
public:
  Tensor() = default;
  explicit Tensor(llvm::ArrayRef<int64_t> shape, float value = 0);
  /// Takes over what a function returned.
  explicit Tensor(const MemRefDescriptor &result);

  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  size_t getNumElements() const;
  float *getData() { return data; }

private:
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory;
  float *data = nullptr;
  llvm::SmallVector<int64_t, 2> shape;
};

/// Updates that a step should have made, and those that it lost.
struct StallCount {
  int64_t stalled = 0;
  int64_t total = 0;
};

struct StepReport {
  float loss = 0;
  std::array<StallCount, kLayers> stalls;
};

struct Evaluation {
  float loss = 0;
  int64_t right = 0;
};

/// The learning rate and the momentum.
struct Rates {
  float learningRate;
  float momentum;
};

class Model {
public:
  /// Random weights, and velocities of zero.
  Model(const CompiledModule &program, Random &random);

  /// One step on a batch. Weights are then wider than the format.
  llvm::Expected<StepReport> step(Images &batch, const Rates &rates);
  /// Records the amax of the weights. If `rounds`, makes them values of the
  /// format; else they stay a wide copy that only the forward pass rounds.
  llvm::Error store(bool rounds);
  llvm::Expected<Evaluation> evaluate(Images &images);
  /// The loss alone, or with its gradients, which are dropped; to time them.
  llvm::Error runLoss(Images &batch, bool withGradients);

private:
  void addModel(PackedArguments &arguments);

  const CompiledModule &program;
  /// By layer: weights and biases, their velocities, and the histories of the
  /// weights' and the inputs' amax.
  std::array<Tensor, 2 * kLayers> parameters, velocities;
  std::array<Tensor, kLayers> weightHistories, inputHistories;
};

} // namespace altgrad::train

#endif // ALTGRAD_EXAMPLES_TRAINDIGITS_MODEL_H
