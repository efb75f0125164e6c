//===- Model.cpp - The compiled training step and its state ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>
#include <functional>

using namespace altgrad;
using namespace altgrad::train;
using namespace mlir;
using llvm::Error;
using llvm::Expected;

/// The gradients are those of @loss's first result by arguments 2 to 7.
static constexpr StringRef kDifferentiate =
    "altgrad-differentiate{functions=loss wrt=2,3,4,5,6,7 results=0}";

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

/// `expected` begins the message for what is not the name of a format.
static Expected<std::string> checkFormat(StringRef name, StringRef expected) {
  const std::vector<Format::Named> &all = Format::getAllNamed();
  if (llvm::any_of(all, [&](const Format::Named &named) {
        return StringRef(named.name) == name;
      }))
    return name.str();
  std::string names;
  for (const Format::Named &named : all)
    names += std::string(named.name) + ", ";
  return llvm::createStringError(expected + " the name of a format (" +
                                 StringRef(names).drop_back(2) + ") but got '" +
                                 name + "'");
}

Expected<Numerics> altgrad::train::parseNumerics(StringRef text) {
  Numerics numerics;
  numerics.name = text.str();
  if (text == "f32")
    return numerics;
  auto [forward, backward] = text.split('/');
  Expected<std::string> format = checkFormat(forward, "expected f32 or");
  if (!format)
    return format.takeError();
  numerics.format = *format;
  if (text.contains('/')) {
    Expected<std::string> cotangentFormat =
        checkFormat(backward, "expected behind the /");
    if (!cotangentFormat)
      return cotangentFormat.takeError();
    numerics.cotangentFormat = *cotangentFormat;
  }
  return numerics;
}

namespace {
/// The types of step.mlir.
struct ProgramTypes {
  explicit ProgramTypes(MLIRContext *context) : builder(context) {
    Type f32 = builder.getF32Type();
    int64_t batch = ShapedType::kDynamic;
    inputs = {RankedTensorType::get({batch, kPixels}, f32),
              RankedTensorType::get({batch}, builder.getI32Type())};
    history = RankedTensorType::get({kHistory}, f32);
    for (size_t layer = 0; layer < kLayers; ++layer) {
      weights.push_back(
          RankedTensorType::get({kWidths[layer], kWidths[layer + 1]}, f32));
      parameters.push_back(weights.back());
      parameters.push_back(RankedTensorType::get({kWidths[layer + 1]}, f32));
    }
    histories.assign(kLayers, history);
  }

  FunctionType get(ArrayRef<ArrayRef<Type>> arguments,
                   ArrayRef<ArrayRef<Type>> results) {
    auto join = [](ArrayRef<ArrayRef<Type>> groups) {
      SmallVector<Type> types;
      for (ArrayRef<Type> group : groups)
        llvm::append_range(types, group);
      return types;
    };
    return builder.getFunctionType(join(arguments), join(results));
  }

  Builder builder;
  Type history;
  SmallVector<Type> inputs, weights, parameters, histories;
};
} // namespace

/// What is called through bare pointers must have the types it is called with.
Expected<OwningOpRef<ModuleOp>>
altgrad::train::readProgram(StringRef path, MLIRContext *context) {
  Expected<OwningOpRef<ModuleOp>> program = parseModuleFile(path, context);
  if (!program)
    return program;
  ProgramTypes types(context);
  Type f32 = types.builder.getF32Type(), i64 = types.builder.getI64Type();
  SmallVector<Type> rates(2, f32), counts(2 * kLayers, i64);
  std::pair<StringRef, FunctionType> functions[] = {
      {"loss", types.get({types.inputs, types.parameters, types.histories,
                          types.histories},
                         {f32, types.histories})},
      {"step", types.get({types.inputs, rates, types.parameters,
                          types.parameters, types.histories, types.histories},
                         {types.parameters, types.parameters, types.histories,
                          counts, f32})},
      {"store", types.get({types.weights, types.histories},
                          {types.weights, types.histories})},
      {"evaluate", types.get({types.inputs, types.parameters, types.histories,
                              types.histories},
                             {i64, f32})}};
  for (auto [name, type] : functions) {
    auto function = (*program)->lookupSymbol<func::FuncOp>(name);
    if (!function || function.isExternal() || !function.isPublic())
      return llvm::createStringError(path + ": expected a public function '" +
                                     name + "'");
    if (function.getFunctionType() != type) {
      std::string text;
      llvm::raw_string_ostream(text)
          << "'" << type << "' but got '" << function.getFunctionType() << "'";
      return llvm::createStringError(path + ": expected '" + name +
                                     "' to have type " + text);
    }
  }
  return program;
}

/// What is left of the program in f32: nothing is rounded or scaled, so no
/// history is kept and no update counted as lost.
static void removeQuantization(ModuleOp program) {
  program.walk([](Operation *op) {
    OpBuilder builder(op);
    if (auto fakeQuantize = dyn_cast<FakeQuantizeOp>(op)) {
      fakeQuantize.replaceAllUsesWith(fakeQuantize.getX());
    } else if (auto update = dyn_cast<UpdateAmaxHistoryOp>(op)) {
      update.replaceAllUsesWith(update.getHistory());
    } else if (isa<StallOp>(op)) {
      Value zero = arith::ConstantOp::create(builder, op->getLoc(),
                                             builder.getI64IntegerAttr(0));
      op->replaceAllUsesWith(ValueRange{zero, zero});
    } else {
      return;
    }
    op->erase();
  });
}

Expected<std::unique_ptr<CompiledModule>>
altgrad::train::compileFor(ModuleOp program, const Numerics &numerics,
                           const Lowering &lowering) {
  OwningOpRef<ModuleOp> copy = program.clone();
  std::string differentiate = kDifferentiate.str();
  if (!numerics.isQuantized()) {
    removeQuantization(*copy);
  } else {
    std::string setFormat = "altgrad-set-format{format=" + numerics.format;
    if (!numerics.cotangentFormat.empty())
      setFormat += " cotangent-format=" + numerics.cotangentFormat;
    // First, because the backward pass quantizes cotangents as the operations
    // of the forward pass say.
    differentiate = setFormat + "}," + differentiate;
  }
  if (Error error = runPipeline(*copy, differentiate))
    return std::move(error);
  // To be timed alone.
  auto vjp = copy->lookupSymbol<func::FuncOp>("loss_vjp");
  vjp.setPublic();
  CompileOptions options;
  options.optLevel = lowering.optLevel;
  return CompiledModule::lowerAndCompile(*copy, lowering.pipeline, options);
}

//===----------------------------------------------------------------------===//
// Tensors and results
//===----------------------------------------------------------------------===//

Tensor::Tensor(ArrayRef<int64_t> shape, float value) : shape(shape) {
  size_t count = getNumElements();
  memory.reset(std::malloc(count * sizeof(float)));
  data = static_cast<float *>(memory.get());
  std::fill_n(data, count, value);
}

Tensor::Tensor(const MemRefDescriptor &result)
    : memory(result.getAllocated()),
      data(static_cast<float *>(result.getAligned()) + result.getOffset()),
      shape(result.getShape()) {}

size_t Tensor::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return static_cast<size_t>(count);
}

namespace {
/// The struct that a function with several results returns, one member for each
/// in their order. All are whole words here: no two f32 come together.
class Results {
public:
  void add(Tensor &tensor) {
    unsigned rank = static_cast<unsigned>(tensor.getShape().size());
    add(3 + 2 * rank, [&tensor, rank](const int64_t *from) {
      MemRefDescriptor descriptor(rank);
      std::memcpy(descriptor.getRaw(), from, (3 + 2 * rank) * sizeof(int64_t));
      tensor = Tensor(descriptor);
    });
  }
  void add(MutableArrayRef<Tensor> tensors) {
    for (Tensor &tensor : tensors)
      add(tensor);
  }
  template <typename T> void addNumber(T &number) {
    static_assert(sizeof(T) <= sizeof(int64_t));
    add(1, [&number](const int64_t *from) {
      std::memcpy(&number, from, sizeof(T));
    });
  }

  /// Call it when everything was added.
  void *getRaw() { return words.data(); }

  /// Moves what was returned to where it was to go.
  void take() {
    const int64_t *from = words.data();
    for (const auto &[numWords, move] : moves) {
      move(from);
      from += numWords;
    }
  }

private:
  void add(size_t numWords, std::function<void(const int64_t *)> move) {
    moves.emplace_back(numWords, std::move(move));
    words.resize(words.size() + numWords);
  }

  std::vector<std::pair<size_t, std::function<void(const int64_t *)>>> moves;
  std::vector<int64_t> words;
};
} // namespace

static void add(PackedArguments &arguments, MutableArrayRef<Tensor> tensors) {
  for (Tensor &tensor : tensors)
    arguments.addMemRef(tensor.getData(), tensor.getShape());
}

static void addImages(PackedArguments &arguments, Images &images) {
  auto count = static_cast<int64_t>(images.size());
  arguments.addMemRef(images.pixels.data(), {count, kPixels});
  arguments.addMemRef(images.labels.data(), {count});
}

//===----------------------------------------------------------------------===//
// Model
//===----------------------------------------------------------------------===//

Model::Model(const CompiledModule &program, Random &random) : program(program) {
  for (size_t layer = 0; layer < kLayers; ++layer) {
    int64_t inputs = kWidths[layer], outputs = kWidths[layer + 1];
    Tensor weights({inputs, outputs});
    // He initialization: the variance 2 / inputs keeps that of a ReLU layer.
    double bound = std::sqrt(6.0 / static_cast<double>(inputs));
    for (size_t i = 0, end = weights.getNumElements(); i < end; ++i)
      weights.getData()[i] =
          static_cast<float>((2 * random.uniform() - 1) * bound);
    parameters[2 * layer] = std::move(weights);
    parameters[2 * layer + 1] = Tensor({outputs});
    velocities[2 * layer] = Tensor({inputs, outputs});
    velocities[2 * layer + 1] = Tensor({outputs});
    // Empty slots hold -1.
    weightHistories[layer] = Tensor({kHistory}, -1);
    inputHistories[layer] = Tensor({kHistory}, -1);
  }
}

void Model::addModel(PackedArguments &arguments) {
  add(arguments, parameters);
  add(arguments, weightHistories);
  add(arguments, inputHistories);
}

Expected<StepReport> Model::step(Images &batch, const Rates &rates) {
  StepReport report;
  Results results;
  results.add(parameters);
  results.add(velocities);
  results.add(inputHistories);
  for (StallCount &count : report.stalls) {
    results.addNumber(count.stalled);
    results.addNumber(count.total);
  }
  results.addNumber(report.loss);

  PackedArguments arguments;
  arguments.addAggregateResult(results.getRaw());
  addImages(arguments, batch);
  arguments.addScalar(rates.learningRate);
  arguments.addScalar(rates.momentum);
  add(arguments, parameters);
  add(arguments, velocities);
  add(arguments, weightHistories);
  add(arguments, inputHistories);
  if (Error error = program.invoke("step", arguments))
    return std::move(error);
  results.take();
  return report;
}

Error Model::store(bool rounds) {
  PackedArguments arguments;
  Results results;
  std::array<Tensor, kLayers> rounded;
  for (size_t layer = 0; layer < kLayers; ++layer) {
    rounded[layer] = Tensor(parameters[2 * layer].getShape());
    results.add(rounded[layer]);
  }
  results.add(weightHistories);
  arguments.addAggregateResult(results.getRaw());
  for (size_t layer = 0; layer < kLayers; ++layer)
    add(arguments, parameters[2 * layer]);
  add(arguments, weightHistories);
  if (Error error = program.invoke("store", arguments))
    return error;
  results.take();
  if (rounds)
    for (size_t layer = 0; layer < kLayers; ++layer)
      parameters[2 * layer] = std::move(rounded[layer]);
  return Error::success();
}

Expected<Evaluation> Model::evaluate(Images &images) {
  Evaluation evaluation;
  Results results;
  results.addNumber(evaluation.right);
  results.addNumber(evaluation.loss);
  PackedArguments arguments;
  arguments.addAggregateResult(results.getRaw());
  addImages(arguments, images);
  addModel(arguments);
  if (Error error = program.invoke("evaluate", arguments))
    return std::move(error);
  results.take();
  return evaluation;
}

Error Model::runLoss(Images &batch, bool withGradients) {
  float loss;
  std::array<Tensor, kLayers> histories;
  std::array<Tensor, 2 * kLayers> gradients;
  Results results;
  results.addNumber(loss);
  for (Tensor &history : histories) {
    history = Tensor({kHistory});
    results.add(history);
  }
  if (withGradients)
    for (auto [gradient, parameter] : llvm::zip(gradients, parameters)) {
      gradient = Tensor(parameter.getShape());
      results.add(gradient);
    }
  PackedArguments arguments;
  arguments.addAggregateResult(results.getRaw());
  addImages(arguments, batch);
  addModel(arguments);
  if (withGradients)
    arguments.addScalar(1.0f);
  if (Error error =
          program.invoke(withGradients ? "loss_vjp" : "loss", arguments))
    return error;
  results.take();
  return Error::success();
}
