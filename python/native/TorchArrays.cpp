//===- TorchArrays.cpp - Tensors of PyTorch -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArrayLibraries.h"
#include "Errors.h"

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {
/// What is looked up once. Never freed: the interpreter may be gone before a
/// destructor of C++ runs.
struct Names {
  nb::object tensor;
  nb::object empty, emptyLike, isGradEnabled, fromNumPy;
  std::pair<DataType, nb::object> types[10];
  nb::object dataPointer, dtype, shape, stride, isCpu, isCuda, device, index,
      requiresGrad, isNegative, layout, strided;
};
} // namespace

/// Null where the program has not imported PyTorch.
static const Names *findNames() {
  static const Names *names = nullptr;
  if (names)
    return names;
  nb::object torch = findImportedModule("torch");
  // While torch is being imported its attributes come one after the other.
  if (!torch || !nb::hasattr(torch, "from_numpy") ||
      !nb::hasattr(torch, "is_grad_enabled"))
    return nullptr;
  auto intern = [](const char *text) {
    return nb::steal(PyUnicode_InternFromString(text));
  };
  names = new Names{torch.attr("Tensor"),
                    torch.attr("empty"),
                    torch.attr("empty_like"),
                    torch.attr("is_grad_enabled"),
                    torch.attr("from_numpy"),
                    {{DataType::Float32, torch.attr("float32")},
                     {DataType::BFloat16, torch.attr("bfloat16")},
                     {DataType::Float16, torch.attr("float16")},
                     {DataType::UInt8, torch.attr("uint8")},
                     {DataType::Float64, torch.attr("float64")},
                     {DataType::Int8, torch.attr("int8")},
                     {DataType::Int64, torch.attr("int64")},
                     {DataType::Int32, torch.attr("int32")},
                     {DataType::Int16, torch.attr("int16")},
                     {DataType::Bool, torch.attr("bool")}},
                    intern("data_ptr"),
                    intern("dtype"),
                    intern("shape"),
                    intern("stride"),
                    intern("is_cpu"),
                    intern("is_cuda"),
                    intern("device"),
                    intern("index"),
                    intern("requires_grad"),
                    intern("is_neg"),
                    intern("layout"),
                    torch.attr("strided")};
  return names;
}

static nb::object getAttribute(nb::handle object, const nb::object &name) {
  PyObject *value = PyObject_GetAttr(object.ptr(), name.ptr());
  if (!value)
    throw nb::python_error();
  return nb::steal(value);
}

static nb::object callMethod(nb::handle object, const nb::object &name) {
  PyObject *value = PyObject_CallMethodNoArgs(object.ptr(), name.ptr());
  if (!value)
    throw nb::python_error();
  return nb::steal(value);
}

/// Appends the integers of a tuple; torch.Size is one.
static void readTuple(nb::handle tuple, Shape &values, int64_t factor) {
  Py_ssize_t size = PyTuple_GET_SIZE(tuple.ptr());
  for (Py_ssize_t i = 0; i < size; ++i) {
    long long value = PyLong_AsLongLong(PyTuple_GET_ITEM(tuple.ptr(), i));
    if (value == -1 && PyErr_Occurred())
      throw nb::python_error();
    values.push_back(value * factor);
  }
}

static bool readType(const Names &names, nb::handle tensor, ArrayView &view) {
  nb::object type = getAttribute(tensor, names.dtype);
  for (const auto &[dataType, object] : names.types)
    if (object.is(type)) {
      view.type = dataType;
      return true;
    }
  std::string name = toString(type); // "torch.float8_e5m2"
  view.format = getFormatOfTypeName(StringRef(name).rsplit('.').second);
  view.type = DataType::Code8;
  return view.format.has_value();
}

bool torch::isTensor(nb::handle object) {
  const Names *names = findNames();
  return names && PyObject_TypeCheck(
                      object.ptr(),
                      reinterpret_cast<PyTypeObject *>(names->tensor.ptr()));
}

ArrayView torch::read(nb::handle object, const char *what) {
  const Names &names = *findNames();
  bool isHost = getAttribute(object, names.isCpu).ptr() == Py_True;
  if (!isHost && getAttribute(object, names.isCuda).ptr() != Py_True)
    raiseTypeError(llvm::Twine("expected ") + what +
                   " on the CPU or a CUDA device but got a tensor on " +
                   toString(object.attr("device")));
  if (!getAttribute(object, names.layout).is(names.strided))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " with strides but got a tensor of layout " +
                   toString(object.attr("layout")));
  if (getAttribute(object, names.requiresGrad).ptr() == Py_True &&
      names.isGradEnabled().ptr() == Py_True)
    raiseTypeError(llvm::Twine("expected ") + what +
                   " without a gradient, for this function has none, but got a "
                   "tensor that requires grad: detach() it, or call the "
                   "function of this name in altgrad.torch");
  ArrayView view;
  if (!readType(names, object, view))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of a supported dtype (float16, bfloat16, float32, "
                   "float64, uint8, ...) but got " +
                   toString(object.attr("dtype")));
  view.object = nb::borrow(object);
  // A tensor may stand for the negative of what lies in memory.
  if (callMethod(object, names.isNegative).ptr() == Py_True)
    view.object = object.attr("resolve_neg")();
  view.library = Library::Torch;
  view.writable = true;
  if (!isHost)
    view.device = nb::cast<int>(
        getAttribute(getAttribute(view.object, names.device), names.index));
  nb::object pointer = callMethod(view.object, names.dataPointer);
  view.data = static_cast<char *>(PyLong_AsVoidPtr(pointer.ptr()));
  readTuple(getAttribute(view.object, names.shape), view.shape, 1);
  readTuple(callMethod(view.object, names.stride), view.strides,
            getItemSize(view.type));
  return view;
}

static nb::object getTorchType(const Names &names, DataType type) {
  for (const auto &[dataType, object] : names.types)
    if (dataType == type)
      return object;
  raiseTypeError("expected a dtype that is no 8-bit float");
}

ArrayView torch::makeLike(const ArrayView &like, DataType type) {
  const Names &names = *findNames();
  return torch::read(
      type == like.type
          ? names.emptyLike(like.object, nb::arg("requires_grad") = false)
          : names.emptyLike(like.object,
                            nb::arg("dtype") = getTorchType(names, type),
                            nb::arg("requires_grad") = false),
      "the result");
}

ArrayView torch::make(DataType type, ArrayRef<int64_t> shape) {
  const Names &names = *findNames();
  nb::list sizes;
  for (int64_t size : shape)
    sizes.append(size);
  return torch::read(
      names.empty(sizes, nb::arg("dtype") = getTorchType(names, type)),
      "the result");
}

ArrayView torch::makeBeside(const ArrayView &like, DataType type,
                            ArrayRef<int64_t> shape) {
  const Names &names = *findNames();
  nb::list sizes;
  for (int64_t size : shape)
    sizes.append(size);
  return torch::read(
      names.empty(sizes, nb::arg("dtype") = getTorchType(names, type),
                  nb::arg("device") = like.object.attr("device")),
      "the result");
}

nb::object torch::fromDLPack(nb::handle object) {
  return findImportedModule("torch").attr("from_dlpack")(object);
}

CUstream_st *torch::getCurrentStream(int device) {
  nb::object stream =
      findImportedModule("torch").attr("cuda").attr("current_stream")(device);
  return reinterpret_cast<CUstream_st *>(
      nb::cast<uintptr_t>(stream.attr("cuda_stream")));
}

nb::object torch::wrap(DataType type, ArrayRef<int64_t> shape, void *data,
                       nb::object owner) {
  const Names &names = *findNames();
  if (type != DataType::BFloat16)
    return names.fromNumPy(numpy::wrap(type, shape, data, std::move(owner)));
  // NumPy knows bfloat16 only with ml_dtypes, which need not be there.
  return names
      .fromNumPy(numpy::wrap(DataType::Int16, shape, data, std::move(owner)))
      .attr("view")(getTorchType(names, type));
}

ArrayView torch::convert(const ArrayView &array, DataType type) {
  return torch::read(array.object.attr("detach")().attr("to")(
                         getTorchType(*findNames(), type)),
                     "the result");
}
