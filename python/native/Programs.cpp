//===- Programs.cpp - Compiled MLIR programs as callables -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

#include "Arrays.h"
#include "CodeCache.h"
#include "Errors.h"
#include "Scales.h"
#include "Signatures.h"

#include "altgrad/ExecutionEngine/Arguments.h"
#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/Diagnostics.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdlib>
#include <cstring>
#include <deque>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

namespace {
/// What altgrad.compile was asked for.
struct Request {
  std::string source, sourceName, entry;
  /// Run before anything else; may be empty.
  std::string preparation;
  std::string pipeline;
  CompileOptions options;
};

struct Program {
  std::unique_ptr<CompiledModule> module;
  CompiledModule::PackedFunction function;
  std::string name;
  Signature signature;
};
} // namespace

/// Parses and compiles. Does not need the GIL.
static Expected<std::unique_ptr<Program>> compile(const Request &request) {
  mlir::MLIRContext context(getRegistry(),
                            mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module;
  {
    ErrorCollector errors(&context);
    module = mlir::parseSourceString<mlir::ModuleOp>(
        request.source, mlir::ParserConfig(&context), request.sourceName);
    if (!module)
      return errors.takeError(request.sourceName + ": cannot be parsed");
  }
  if (!request.preparation.empty())
    if (Error error = runPipeline(*module, request.preparation))
      return std::move(error);
  Expected<mlir::func::FuncOp> entry =
      findEntry(*module, request.entry, request.sourceName);
  if (!entry)
    return entry.takeError();
  auto program = std::make_unique<Program>();
  program->name = entry->getName().str();
  Expected<Signature> signature = Signature::get(*entry);
  if (!signature)
    return signature.takeError();
  program->signature = std::move(*signature);

  markTensorsReadOnly(*module);
  auto compiled = compileCached(*module, request.pipeline, request.options);
  if (!compiled)
    return compiled.takeError();
  program->module = std::move(*compiled);
  Expected<CompiledModule::PackedFunction> function =
      program->module->lookup(program->name);
  if (!function)
    return function.takeError();
  program->function = *function;
  return program;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

static bool hasType(const ArrayView &array, const ValueType &expected) {
  if (array.type == getDataType(expected))
    return true;
  if (!expected.format)
    // Signless integers of 8 bits.
    return expected.element == ElementType::Int8 &&
           array.type == DataType::UInt8;
  return array.type == DataType::Int8 ||
         (array.type == DataType::Code8 && array.format == expected.format);
}

static bool isAligned(const ArrayView &array) {
  return reinterpret_cast<intptr_t>(array.data) % getItemSize(array.type) == 0;
}

namespace {
/// The arguments of one call, and what they point at.
struct Call {
  PackedArguments packed;
  std::vector<ArrayView> arrays;
  Library library = Library::NumPy;
};
} // namespace

static void addArray(Call &call, nb::handle object, const ValueType &expected,
                     const std::string &what) {
  ArrayView array = readArray(object, what.c_str());
  if (array.library == Library::Torch)
    call.library = Library::Torch;
  if (!hasType(array, expected))
    raiseTypeError("expected " + what + " of " +
                   getName(getDataType(expected)).str() + " (" + expected.text +
                   ") but got " + getName(array.type).str());
  bool fits = array.getRank() == expected.shape.size();
  for (size_t i = 0; fits && i < array.getRank(); ++i)
    fits = expected.shape[i] < 0 || expected.shape[i] == array.shape[i];
  if (!fits)
    raiseValueError("expected " + what + " of " + expected.text +
                    " but got shape " + describeShape(array.shape));

  Shape strides;
  for (int64_t stride : array.strides)
    strides.push_back(stride / getItemSize(array.type));
  if (expected.kind == ValueType::MemRef) {
    bool laidOut = isAligned(array);
    if (expected.strides.empty())
      laidOut &= isInCOrder(array);
    for (size_t i = 0; i < expected.strides.size(); ++i)
      laidOut &= array.strides[i] % getItemSize(array.type) == 0 &&
                 (expected.strides[i] < 0 || array.shape[i] == 1 ||
                  expected.strides[i] == strides[i]);
    if (!laidOut)
      raiseValueError("expected " + what + " in the layout of " +
                      expected.text + " but its strides in bytes are " +
                      describeShape(array.strides));
    if (!array.writable)
      raiseValueError("expected " + what +
                      " to be writable, for the function may write to it");
  } else if (!isInCOrder(array) || !isAligned(array)) {
    // Tensors have no strides in the program. The only copy there is.
    ArrayView copy =
        makeArray(Library::NumPy,
                  array.type == DataType::Code8 ? DataType::UInt8 : array.type,
                  array.shape);
    copyArray(array, copy);
    array = std::move(copy);
  }
  if (expected.kind == ValueType::MemRef && !expected.strides.empty())
    call.packed.addMemRef(MemRefDescriptor(array.data, array.shape, strides));
  else
    call.packed.addMemRef(array.data, array.shape);
  call.arrays.push_back(std::move(array));
}

template <typename T>
static void addInteger(Call &call, nb::handle object, const std::string &what) {
  long long value = PyLong_AsLongLong(object.ptr());
  if (value == -1 && PyErr_Occurred()) {
    PyErr_Clear();
    raiseTypeError("expected " + what + " to be an integer but got " +
                   describe(object));
  }
  call.packed.addScalar(static_cast<T>(value));
}

static void addScalar(Call &call, nb::handle object, const ValueType &expected,
                      const std::string &what) {
  switch (expected.element) {
  case ElementType::Bool: {
    int value = PyObject_IsTrue(object.ptr());
    if (value < 0)
      throw nb::python_error();
    return call.packed.addScalar(static_cast<uint8_t>(value));
  }
  case ElementType::Int8:
  case ElementType::Code8:
    return addInteger<int8_t>(call, object, what);
  case ElementType::Int16:
    return addInteger<int16_t>(call, object, what);
  case ElementType::Int32:
    return addInteger<int32_t>(call, object, what);
  case ElementType::Int64:
    return addInteger<int64_t>(call, object, what);
  default: {
    Number number =
        Number::round(readNumber(object, what.c_str()), getDataType(expected));
    uint64_t bits;
    std::memcpy(&bits, number.bytes, sizeof(bits));
    return call.packed.addScalar(bits);
  }
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

static nb::object readScalar(const ValueType &value, const char *place) {
  auto readAs = [&](auto zero) {
    std::memcpy(&zero, place, sizeof(zero));
    return zero;
  };
  switch (value.element) {
  case ElementType::Bool:
    return nb::bool_((readAs(uint8_t()) & 1) != 0);
  case ElementType::Code8:
    return nb::int_(readAs(uint8_t()));
  case ElementType::Int8:
    return nb::int_(readAs(int8_t()));
  case ElementType::Int16:
    return nb::int_(readAs(int16_t()));
  case ElementType::Int32:
    return nb::int_(readAs(int32_t()));
  case ElementType::Int64:
    return nb::int_(readAs(int64_t()));
  default:
    return nb::float_(Number::read(place, getDataType(value)));
  }
}

/// Makes an array of a descriptor that a function returned. `owned` are the
/// allocations that arrays own already; this one's is added.
static nb::object readArrayResult(const ValueType &value,
                                  const MemRefDescriptor &descriptor,
                                  const Call &call,
                                  std::vector<void *> &owned) {
  void *allocated = descriptor.getAllocated();
  ArrayView view;
  view.type = getDataType(value);
  int64_t itemSize = getItemSize(view.type);
  view.data = static_cast<char *>(descriptor.getAligned()) +
              descriptor.getOffset() * itemSize;
  view.shape.append(descriptor.getShape().begin(), descriptor.getShape().end());
  for (int64_t stride : descriptor.getStrides())
    view.strides.push_back(stride * itemSize);
  // What the function did not allocate, or returned twice, is copied.
  bool isOwn = !llvm::is_contained(owned, allocated) && isInCOrder(view) &&
               value.kind == ValueType::Tensor;
  for (const ArrayView &array : call.arrays)
    isOwn &= array.data != allocated;
  if (!isOwn) {
    ArrayView copy = makeArray(call.library, view.type, view.shape);
    copyArray(view, copy);
    return copy.object;
  }
  owned.push_back(allocated);
  nb::capsule owner(allocated,
                    [](void *memory) noexcept { std::free(memory); });
  return wrapArray(call.library, view.type, view.shape, view.data,
                   std::move(owner));
}

static nb::object callProgram(const Program &program, nb::args args) {
  const Signature &signature = program.signature;
  if (args.size() != signature.parameters.size())
    raiseTypeError("expected " + std::to_string(signature.parameters.size()) +
                   " arguments for " + signature.text + " but got " +
                   std::to_string(args.size()));
  Call call;
  call.arrays.reserve(args.size());

  ResultStorage storage(signature);
  storage.addFirst(call.packed);
  for (auto [index, parameter] : llvm::enumerate(signature.parameters)) {
    std::string what = "argument " + std::to_string(index);
    if (parameter.kind == ValueType::Scalar)
      addScalar(call, args[index], parameter, what);
    else
      addArray(call, args[index], parameter, what);
  }
  storage.addLast(call.packed);

  Error error = [&] {
    nb::gil_scoped_release released;
    program.function(call.packed.get().data());
    return cuda::takeError();
  }();
  if (error)
    throw std::runtime_error(llvm::toString(std::move(error)));

  nb::list results;
  std::vector<void *> owned;
  for (auto [index, result] : llvm::enumerate(signature.results))
    results.append(
        result.kind == ValueType::Scalar
            ? readScalar(result, storage.get(index))
            : readArrayResult(result, storage.getMemRef(index), call, owned));
  if (signature.results.empty())
    return nb::none();
  if (signature.results.size() == 1)
    return results[0];
  return nb::tuple(results);
}

void altgrad::python::bindPrograms(nb::module_ &module) {
  nb::class_<Program>(module, "Program",
                      "A compiled function; see altgrad.compile.")
      .def("__call__", &callProgram)
      .def_prop_ro("name", [](const Program &self) { return self.name; })
      .def_prop_ro("signature",
                   [](const Program &self) { return self.signature.text; });

  module.def(
      "compile",
      [](nb::bytes source, const std::string &sourceName,
         const std::string &entry, const std::string &preparation,
         const std::string &pipeline, unsigned optLevel,
         const std::vector<std::string> &libraries) {
        Request request;
        request.source = std::string(source.c_str(), source.size());
        request.sourceName = sourceName;
        request.entry = entry;
        request.preparation = preparation;
        request.pipeline = pipeline;
        request.options.optLevel = optLevel;
        request.options.sharedLibraries = libraries;
        Expected<std::unique_ptr<Program>> program = [&] {
          nb::gil_scoped_release released;
          return compile(request);
        }();
        if (!program)
          raiseCompileError(program.takeError());
        return program->release();
      },
      nb::rv_policy::take_ownership);
}
