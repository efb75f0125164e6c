//===- Programs.cpp - Compiled MLIR programs as callables -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

#include "ArrayLibraries.h"
#include "CodeCache.h"
#include "DeviceArrays.h"
#include "DeviceCalls.h"
#include "Errors.h"
#include "ProgramText.h"
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
#include <map>
#include <mutex>

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
  /// For arrays on the host, and for those on a CUDA device: with $CHIP for the
  /// device's, or empty if there is none.
  std::string pipeline, devicePipeline;
  CompileOptions options;
};

/// The code for one kind of machine.
struct Code {
  std::unique_ptr<CompiledModule> module;
  CompiledModule::PackedFunction function = nullptr;
};

class Program {
public:
  /// Parses and compiles. Does not need the GIL.
  static Expected<std::unique_ptr<Program>> compile(Request request);

  const Request &getRequest() const { return request; }
  const std::string &getName() const { return name; }
  const Signature &getSignature() const { return signature; }
  CompiledModule::PackedFunction getFunction() const { return host.function; }
  /// Compiles for the device if that has not been done. Raises TypeError where
  /// the program is not for devices, and CompileError.
  CompiledModule::PackedFunction getFunction(int device) const;

private:
  explicit Program(Request request) : request(std::move(request)) {}
  /// The name and the signature become those of the function.
  Expected<Code> compileWith(llvm::StringRef pipeline);

  Request request;
  std::string name;
  Signature signature;
  Code host;
  /// By the numbers of devices.
  mutable std::mutex mutex;
  mutable std::map<int, Code> devices;
};
} // namespace

Expected<Code> Program::compileWith(llvm::StringRef pipeline) {
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
  name = entry->getName().str();
  Expected<Signature> found = Signature::get(*entry);
  if (!found)
    return found.takeError();
  signature = std::move(*found);

  markTensorsReadOnly(*module);
  auto compiled = compileCached(*module, pipeline, request.options);
  if (!compiled)
    return compiled.takeError();
  Code code;
  code.module = std::move(*compiled);
  Expected<CompiledModule::PackedFunction> function = code.module->lookup(name);
  if (!function)
    return function.takeError();
  code.function = *function;
  return code;
}

Expected<std::unique_ptr<Program>> Program::compile(Request request) {
  std::unique_ptr<Program> program(new Program(std::move(request)));
  Expected<Code> code = program->compileWith(program->request.pipeline);
  if (!code)
    return code.takeError();
  program->host = std::move(*code);
  return program;
}

CompiledModule::PackedFunction Program::getFunction(int device) const {
  if (request.devicePipeline.empty())
    raiseTypeError("expected arrays on the CPU, for which " + signature.text +
                   " was compiled by a pipeline of its own, but got one on "
                   "cuda:" +
                   llvm::Twine(device));
  Expected<std::string> chip = getChip(device);
  if (!chip)
    raiseCUDAError(chip.takeError());
  Expected<CompiledModule::PackedFunction> function =
      [&]() -> Expected<CompiledModule::PackedFunction> {
    nb::gil_scoped_release released;
    std::lock_guard<std::mutex> lock(mutex);
    Code &code = devices[device];
    if (code.function)
      return code.function;
    Program copy(request);
    Expected<Code> compiled =
        copy.compileWith(fillIn(request.devicePipeline, {{"$CHIP", *chip}}));
    if (!compiled)
      return compiled.takeError();
    code = std::move(*compiled);
    return code.function;
  }();
  if (!function)
    raiseCompileError(function.takeError());
  return *function;
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
  /// An array for each parameter that is one, in the place of the results.
  void read(const Signature &signature, nb::args args);

  PackedArguments packed;
  std::vector<ArrayView> arrays;
  /// Results come from the library of this one; null where there is no array.
  const ArrayView *like = nullptr;
  Library library = Library::NumPy;
  /// For arrays on a device, with copies that are needed until the call ends.
  std::optional<DeviceCall> device;
  std::vector<cuda::DeviceBuffer> copies;
};
} // namespace

static std::string describeArgument(size_t index) {
  return "argument " + std::to_string(index);
}

void Call::read(const Signature &signature, nb::args args) {
  std::string first;
  for (auto [index, parameter] : llvm::enumerate(signature.parameters)) {
    if (parameter.kind == ValueType::Scalar)
      continue;
    std::string what = describeArgument(index);
    arrays.push_back(readArray(args[index], what.c_str()));
    if (first.empty())
      first = what;
    else
      checkPlace(arrays.back(), what.c_str(), arrays[0], first.c_str());
  }
  std::vector<const ArrayView *> pointers;
  for (const ArrayView &array : arrays) {
    pointers.push_back(&array);
    if (!like ||
        (array.library == Library::Torch && like->library != Library::Torch))
      like = &array;
  }
  if (like)
    library = like->library;
  if (like && like->isOnDevice())
    device.emplace(pointers);
}

static void addArray(Call &call, ArrayView &array, const ValueType &expected,
                     const std::string &what) {
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
    DataType type =
        array.type == DataType::Code8 ? DataType::UInt8 : array.type;
    ArrayView copy = call.device ? call.device->makeTemporary(
                                       array, type, call.copies.emplace_back())
                                 : makeArray(Library::NumPy, type, array.shape);
    if (call.device)
      call.device->copy(array, copy);
    else
      copyArray(array, copy);
    array = std::move(copy);
  }
  if (expected.kind == ValueType::MemRef && !expected.strides.empty())
    call.packed.addMemRef(MemRefDescriptor(array.data, array.shape, strides));
  else
    call.packed.addMemRef(array.data, array.shape);
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

/// The same for a result on a device.
static nb::object readDeviceResult(const ArrayView &view, void *allocated,
                                   bool isOwn, const Call &call,
                                   std::vector<void *> &owned) {
  // Where there are no elements there is no allocation.
  if (!isOwn || view.getNumElements() == 0) {
    ArrayView copy = makeArrayBeside(*call.like, view.type, view.shape);
    call.device->copy(view, copy);
    return copy.object;
  }
  owned.push_back(allocated);
  auto numBytes =
      static_cast<size_t>(view.getNumElements() * getItemSize(view.type));
  nb::object array = nb::cast(DeviceArray(
      cuda::DeviceBuffer::adopt(allocated, numBytes), view.data, view.type,
      view.shape, call.device->getDevice(), call.device->getStream()));
  return call.library == Library::Torch ? torch::fromDLPack(array) : array;
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
  if (call.device)
    return readDeviceResult(view, allocated, isOwn, call, owned);
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
  const Signature &signature = program.getSignature();
  if (args.size() != signature.parameters.size())
    raiseTypeError("expected " + std::to_string(signature.parameters.size()) +
                   " arguments for " + signature.text + " but got " +
                   std::to_string(args.size()));
  Call call;
  call.arrays.reserve(args.size());
  call.read(signature, args);
  CompiledModule::PackedFunction function =
      call.device ? program.getFunction(call.device->getDevice())
                  : program.getFunction();

  ResultStorage storage(signature);
  storage.addFirst(call.packed);
  size_t numArrays = 0;
  for (auto [index, parameter] : llvm::enumerate(signature.parameters)) {
    std::string what = describeArgument(index);
    if (parameter.kind == ValueType::Scalar)
      addScalar(call, args[index], parameter, what);
    else
      addArray(call, call.arrays[numArrays++], parameter, what);
  }
  storage.addLast(call.packed);

  Error error = [&] {
    nb::gil_scoped_release released;
    function(call.packed.get().data());
    return cuda::takeError();
  }();
  if (error)
    raiseCUDAError(std::move(error));

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

static Program *makeProgram(Request request) {
  Expected<std::unique_ptr<Program>> program = [&] {
    nb::gil_scoped_release released;
    return Program::compile(std::move(request));
  }();
  if (!program)
    raiseCompileError(program.takeError());
  return program->release();
}

void altgrad::python::bindPrograms(nb::module_ &module) {
  nb::class_<Program>(module, "Program",
                      "A compiled function; see altgrad.compile.")
      .def("__call__", &callProgram)
      .def_prop_ro("name", &Program::getName)
      .def_prop_ro("signature", [](const Program &self) {
        return self.getSignature().text;
      });

  module.def(
      "compile",
      [](nb::bytes source, const std::string &sourceName,
         const std::string &entry, const std::string &preparation,
         const std::string &pipeline, const std::string &devicePipeline,
         unsigned optLevel, const std::vector<std::string> &libraries) {
        Request request;
        request.source = std::string(source.c_str(), source.size());
        request.sourceName = sourceName;
        request.entry = entry;
        request.preparation = preparation;
        request.pipeline = pipeline;
        request.devicePipeline = devicePipeline;
        request.options.optLevel = optLevel;
        request.options.sharedLibraries = libraries;
        return makeProgram(std::move(request));
      },
      nb::rv_policy::take_ownership);
  // The same program as another one, after more preparation.
  module.def(
      "recompile",
      [](const Program &program, const std::string &entry,
         const std::string &preparation) {
        Request request = program.getRequest();
        request.entry = entry;
        if (!request.preparation.empty())
          request.preparation += ",";
        request.preparation += preparation;
        return makeProgram(std::move(request));
      },
      nb::rv_policy::take_ownership);
}
