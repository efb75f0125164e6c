//===- own-kernels.cpp - Compiled functions among the kernels of others ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C++ that docs/Embedding.md shows on GPUs, as a program: calls a function
// of a file that adds a number to an array.
//
//     own-kernels file.mlir function pipeline
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Device.h"
#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"
#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

using namespace altgrad;
using llvm::Error;
using llvm::Expected;

/// Calls `add(x, number)`, with `x` on the host.
static Error callOnce(const CompiledModule &module, llvm::StringRef name) {
  std::vector<float> x = {1, 2, 3};
  size_t numBytes = x.size() * sizeof(float);
  Expected<cuda::DeviceBuffer> argument =
      cuda::DeviceBuffer::allocate(numBytes);
  if (!argument)
    return argument.takeError();
  if (Error error = cuda::copyToDevice(argument->getData(), x.data(), numBytes))
    return error;

  MemRefDescriptor result(/*rank=*/1);
  PackedArguments arguments;
  arguments.addAggregateResult(result.getRaw());
  arguments.addMemRef(argument->getData(), {3});
  arguments.addScalar(0.5f);
  if (Error error = module.invoke(name, arguments))
    return error;
  auto sum = cuda::DeviceBuffer::adopt(result.getAllocated(), numBytes);
  if (Error error = cuda::copyToHost(x.data(), sum.getData(), numBytes))
    return error;
  llvm::outs() << x[0] << ' ' << x[1] << ' ' << x[2] << '\n';
  return Error::success();
}

/// Calls `add` on memory and a stream of the caller.
static Error callOnStream(CompiledModule::PackedFunction add, void *x,
                          int64_t size, CUstream_st *stream) {
  MemRefDescriptor result(/*rank=*/1);
  PackedArguments arguments;
  arguments.addAggregateResult(result.getRaw());
  arguments.addMemRef(x, {size});
  arguments.addScalar(0.5f);
  cuda::StreamScope scope(stream);
  add(arguments.get().data());
  if (Error error = cuda::takeError())
    return error;
  // The kernel may not have run yet: what follows belongs on the same stream,
  // and freeing the result does.
  auto sum =
      cuda::DeviceBuffer::adopt(result.getAllocated(), size * sizeof(float));
  return Error::success();
}

static Error run(llvm::StringRef path, llvm::StringRef name,
                 llvm::StringRef pipeline) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllGPUToLLVMIRTranslations(registry);
  mlir::MLIRContext context(registry);
  auto program = parseModuleFile(path, &context);
  if (!program)
    return program.takeError();
  auto module = CompiledModule::lowerAndCompile(**program, pipeline);
  if (!module)
    return module.takeError();
  if (Error error = callOnce(**module, name))
    return error;

  auto add = (*module)->lookup(name);
  if (!add)
    return add.takeError();
  auto buffer = cuda::DeviceBuffer::allocate(64);
  if (!buffer)
    return buffer.takeError();
  if (Error error = cuda::fill(buffer->getData(), 0, buffer->getNumBytes()))
    return error;
  auto stream = cuda::Stream::create();
  if (!stream)
    return stream.takeError();
  if (Error error = callOnStream(*add, buffer->getData(), 16, stream->get()))
    return error;
  return stream->synchronize();
}

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  if (Error error = run(argv[1], argv[2], argv[3])) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
