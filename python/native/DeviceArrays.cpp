//===- DeviceArrays.cpp - CUDA arrays of any library ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceArrays.h"

#include "ArrayLibraries.h"
#include "DeviceCalls.h"
#include "Errors.h"
#include "Scales.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

/// The one chosen by this thread.
static thread_local CUstream_st *chosenStream = nullptr;

CUstream_st *altgrad::python::getChosenStream() { return chosenStream; }

/// As the protocols number streams: none and 1 are the legacy default stream,
/// whose handle here is null.
static CUstream_st *getStream(uintptr_t number) {
  return number == 1 ? nullptr : reinterpret_cast<CUstream_st *>(number);
}
static uintptr_t getStreamNumber(CUstream_st *stream) {
  return stream ? reinterpret_cast<uintptr_t>(stream) : 1;
}

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

/// As the CUDA array interface, and NumPy, spell them. Nobody has a name for
/// bfloat16: NumPy's of ml_dtypes.bfloat16 is two bytes of anything.
static constexpr std::pair<DataType, StringRef> kTypeNames[] = {
    {DataType::Float32, "<f4"}, {DataType::Float16, "<f2"},
    {DataType::Float64, "<f8"}, {DataType::BFloat16, "<V2"},
    {DataType::UInt8, "|u1"},   {DataType::Int8, "|i1"},
    {DataType::Int16, "<i2"},   {DataType::Int32, "<i4"},
    {DataType::Int64, "<i8"},   {DataType::Bool, "|b1"}};

static nb::dlpack::dtype getDLPackType(DataType type) {
  auto bits = static_cast<uint8_t>(8 * getItemSize(type));
  using Code = nb::dlpack::dtype_code;
  Code code = type == DataType::Bool       ? Code::Bool
              : type == DataType::BFloat16 ? Code::Bfloat
              : isFloat(type)              ? Code::Float
              : type == DataType::UInt8    ? Code::UInt
                                           : Code::Int;
  return {static_cast<uint8_t>(code), bits, 1};
}

//===----------------------------------------------------------------------===//
// DeviceArray
//===----------------------------------------------------------------------===//

DeviceArray::~DeviceArray() {
  if (!memory.getData())
    return;
  cuda::DeviceScope deviceScope(device);
  cuda::StreamScope streamScope(stream);
  memory = cuda::DeviceBuffer();
  llvm::consumeError(cuda::takeError());
}

ArrayView DeviceArray::getView(nb::object self) const {
  ArrayView view;
  view.library = Library::Altgrad;
  view.type = type;
  view.writable = true;
  view.data = static_cast<char *>(data);
  view.shape = shape;
  view.strides.resize(shape.size());
  int64_t stride = getItemSize(type);
  for (size_t i = shape.size(); i-- > 0;) {
    view.strides[i] = stride;
    stride *= shape[i];
  }
  view.device = device;
  view.stream = stream;
  view.object = std::move(self);
  return view;
}

ArrayView device::make(int device, DataType type, ArrayRef<int64_t> shape) {
  int64_t numBytes = getItemSize(type);
  for (int64_t size : shape)
    numBytes *= size;
  auto memory =
      cuda::DeviceBuffer::allocateOnStream(static_cast<size_t>(numBytes));
  if (!memory)
    DeviceCall::check(memory.takeError());
  void *data = memory->getData();
  nb::object object = nb::cast(DeviceArray(
      std::move(*memory), data, type, shape, device, cuda::getCurrentStream()));
  return nb::inst_ptr<DeviceArray>(object)->getView(object);
}

//===----------------------------------------------------------------------===//
// Arrays of other libraries
//===----------------------------------------------------------------------===//

static constexpr const char *kInterface = "__cuda_array_interface__";

/// The number of the CUDA device where DLPack says the object is.
static std::optional<int> findDevice(nb::handle object) {
  nb::object method = nb::getattr(object, "__dlpack_device__", nb::none());
  if (method.is_none())
    return std::nullopt;
  nb::object place = method();
  if (!nb::isinstance<nb::tuple>(place) || nb::len(place) != 2 ||
      nb::cast<int>(place[0]) != nb::device::cuda::value)
    return std::nullopt;
  return nb::cast<int>(place[1]);
}

bool device::isArray(nb::handle object) {
  if (nb::isinstance<DeviceArray>(object))
    return true;
  // Classes have attributes of this name that are no arrays.
  if (PyType_Check(object.ptr()))
    return false;
  return nb::hasattr(object, kInterface) || findDevice(object).has_value();
}

static ArrayView readInterface(nb::handle object, const char *what) {
  auto interface = nb::cast<nb::dict>(object.attr(kInterface));
  ArrayView view;
  view.library = Library::Altgrad;
  view.object = nb::borrow(object);
  auto name = nb::cast<std::string>(interface["typestr"]);
  const auto *known = llvm::find_if(kTypeNames, [&](const auto &entry) {
    // Bytes have no order.
    return entry.second == name ||
           (entry.second[0] == '|' &&
            StringRef(name).drop_front(1) == entry.second.drop_front(1)) ||
           (entry.second == "<V2" && name == "|V2");
  });
  if (known == std::end(kTypeNames))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of a supported dtype (float16, bfloat16, float32, "
                   "float64, uint8, ...) but got a CUDA array of type '" +
                   name + "'");
  view.type = known->first;
  if (interface.contains("mask") && !nb::object(interface["mask"]).is_none())
    raiseTypeError(llvm::Twine("expected ") + what +
                   " without a mask but got a CUDA array with one");
  auto data = nb::cast<nb::tuple>(interface["data"]);
  view.data = reinterpret_cast<char *>(nb::cast<uintptr_t>(data[0]));
  view.writable = !nb::cast<bool>(data[1]);
  for (nb::handle size : nb::cast<nb::tuple>(interface["shape"]))
    view.shape.push_back(nb::cast<int64_t>(size));
  if (interface.contains("strides") &&
      !nb::object(interface["strides"]).is_none()) {
    for (nb::handle stride : nb::cast<nb::tuple>(interface["strides"]))
      view.strides.push_back(nb::cast<int64_t>(stride));
    if (view.strides.size() != view.shape.size())
      raiseValueError(llvm::Twine("expected ") + what +
                      " with a stride for each size but got a CUDA array of "
                      "shape " +
                      describeShape(view.shape) + " with strides " +
                      describeShape(view.strides));
  } else {
    view.strides.resize(view.shape.size());
    int64_t stride = getItemSize(view.type);
    for (size_t i = view.shape.size(); i-- > 0;) {
      view.strides[i] = stride;
      stride *= view.shape[i];
    }
  }
  if (interface.contains("stream") &&
      !nb::object(interface["stream"]).is_none())
    view.stream = getStream(nb::cast<uintptr_t>(interface["stream"]));
  // An array without elements may have no memory, and is on the first device.
  view.device = 0;
  if (view.getNumElements() > 0) {
    llvm::Expected<int> found = cuda::getDeviceOf(view.data);
    if (!found)
      DeviceCall::check(found.takeError());
    view.device = *found;
  }
  return view;
}

static ArrayView readDLPack(nb::handle object, int device, const char *what) {
  ArrayView view;
  view.library = Library::Altgrad;
  view.device = device;
  // What it has to wait for is waited for on this stream.
  view.stream = getChosenStream();
  nb::object capsule = object.attr("__dlpack__")(
      nb::arg("stream") = getStreamNumber(view.stream));
  nb::ndarray<nb::ro> lent;
  if (!nb::try_cast(capsule, lent))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " to give a capsule with a tensor from __dlpack__ but got " +
                   describe(capsule));
  std::optional<DataType> type = getTypeOfDLPack(lent.dtype());
  if (!type)
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of a supported dtype (float16, bfloat16, float32, "
                   "float64, uint8, ...) but got one of DLPack's code " +
                   llvm::Twine(int(lent.dtype().code)) + " with " +
                   llvm::Twine(int(lent.dtype().bits)) + " bits");
  view.type = *type;
  view.data = const_cast<char *>(static_cast<const char *>(lent.data()));
  for (size_t i = 0; i < lent.ndim(); ++i) {
    view.shape.push_back(static_cast<int64_t>(lent.shape(i)));
    view.strides.push_back(lent.stride(i) * getItemSize(*type));
  }
  // A capsule without a version does not say whether it may be written to.
  view.writable = true;
  // The view holds what the exporter lent, for as long as it lives.
  using Lent = nb::ndarray<nb::ro>;
  view.object =
      nb::capsule(new Lent(std::move(lent)), [](void *array) noexcept {
        delete static_cast<Lent *>(array);
      });
  return view;
}

ArrayView device::read(nb::handle object, const char *what) {
  if (nb::isinstance<DeviceArray>(object))
    return nb::inst_ptr<DeviceArray>(object)->getView(nb::borrow(object));
  if (nb::hasattr(object, kInterface))
    return readInterface(object, what);
  return readDLPack(object, *findDevice(object), what);
}

//===----------------------------------------------------------------------===//
// What Python sees
//===----------------------------------------------------------------------===//

static nb::tuple makeTuple(ArrayRef<int64_t> values) {
  nb::list list;
  for (int64_t value : values)
    list.append(value);
  return nb::tuple(list);
}

static nb::dict getInterface(const DeviceArray &array) {
  nb::dict interface;
  const auto *type = llvm::find_if(kTypeNames, [&](const auto &entry) {
    return entry.first == array.getType();
  });
  interface["version"] = 3;
  interface["shape"] = makeTuple(array.getShape());
  interface["typestr"] = nb::str(type->second.data(), type->second.size());
  interface["data"] = nb::make_tuple(
      reinterpret_cast<uintptr_t>(array.getData()), /*readOnly=*/false);
  interface["strides"] = nb::none();
  interface["stream"] = getStreamNumber(array.getStream());
  return interface;
}

/// Lets a stream of the consumer wait for the one of the array.
static void synchronize(const DeviceArray &array, CUstream_st *consumer) {
  if (consumer == array.getStream())
    return;
  ArrayView view = array.getView(nb::object());
  cuda::DeviceScope deviceScope(array.getDevice());
  cuda::StreamScope streamScope(consumer);
  DeviceCall::check([&]() -> llvm::Error {
    if (llvm::Error error = cuda::takeError())
      return error;
    return waitForStream(array.getStream());
  }());
}

static nb::object lend(nb::handle self, nb::object stream,
                       nb::object maxVersion, nb::object device,
                       nb::object copy) {
  const auto &array = *nb::inst_ptr<DeviceArray>(self);
  if (!copy.is_none() && nb::cast<bool>(copy)) {
    PyErr_SetString(PyExc_BufferError,
                    "__dlpack__(): copy=True is not supported");
    throw nb::python_error();
  }
  // -1 asks for no synchronization.
  auto number = stream.is_none() ? 1 : nb::cast<intptr_t>(stream);
  if (number != -1)
    synchronize(array, getStream(static_cast<uintptr_t>(number)));
  ArrayView view = array.getView(nb::object());
  llvm::SmallVector<size_t> shape(view.shape.begin(), view.shape.end());
  Shape strides;
  for (int64_t stride : view.strides)
    strides.push_back(stride / getItemSize(view.type));
  nb::ndarray<nb::array_api> lent(view.data, shape.size(), shape.data(), self,
                                  strides.data(), getDLPackType(view.type),
                                  nb::device::cuda::value, array.getDevice());
  return nb::cast(lent).attr("__dlpack__")(nb::arg("max_version") = maxVersion,
                                           nb::arg("dl_device") = device);
}

/// The elements in an array of NumPy; waits for them.
static nb::object toNumPy(const DeviceArray &array) {
  ArrayView view = array.getView(nb::object());
  ArrayView result = numpy::make(array.getType(), array.getShape());
  readDeviceBytes(view, result.data,
                  view.getNumElements() * getItemSize(view.type));
  return result.object;
}

static std::string print(const DeviceArray &array) {
  return "DeviceArray(shape=" + describeShape(array.getShape()) +
         ", dtype=" + getName(array.getType()).str() +
         ", device=" + std::to_string(array.getDevice()) + ")";
}

void altgrad::python::bindDeviceArrays(nb::module_ &module) {
  nb::class_<DeviceArray>(
      module, "DeviceArray",
      "An array in the memory of a CUDA device: what comes back for CUDA\n"
      "arrays of libraries other than PyTorch.\n\n"
      "In C order. It speaks DLPack and the CUDA array interface, so\n"
      "``cupy.asarray(array)`` and ``torch.from_dlpack(array)`` share its\n"
      "memory. ``numpy()`` copies the elements to the host, ``item()`` the "
      "only\n"
      "one; both wait for them. The memory is freed on the stream of the call\n"
      "that made it, which has to live as long.")
      .def_prop_ro(
          "shape",
          [](const DeviceArray &self) { return makeTuple(self.getShape()); })
      .def_prop_ro("dtype",
                   [](const DeviceArray &self) {
                     return std::string(getName(self.getType()));
                   })
      .def_prop_ro("device", &DeviceArray::getDevice)
      .def_prop_ro("__cuda_array_interface__", &getInterface)
      .def("__dlpack__", &lend, nb::kw_only(), nb::arg("stream") = nb::none(),
           nb::arg("max_version") = nb::none(),
           nb::arg("dl_device") = nb::none(), nb::arg("copy") = nb::none())
      .def("__dlpack_device__",
           [](const DeviceArray &self) {
             return nb::make_tuple(int(nb::device::cuda::value),
                                   self.getDevice());
           })
      .def("numpy", &toNumPy)
      .def("item",
           [](const DeviceArray &self) -> nb::object {
             return toNumPy(self).attr("item")();
           })
      .def("__float__",
           [](const DeviceArray &self) {
             return nb::float_(nb::object(toNumPy(self).attr("item")()));
           })
      .def("__repr__", &print);

  module.def("set_stream", [](uintptr_t stream) {
    return getStreamNumber(
        std::exchange(chosenStream, getStream(stream == 0 ? 1 : stream)));
  });
}
