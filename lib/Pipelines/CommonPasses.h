//===- CommonPasses.h - What the pipelines share ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program takes the same way to buffers whatever it is compiled for, and some
// ways after that are the same in functions of a host and in kernels.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_PIPELINES_COMMONPASSES_H
#define ALTGRAD_LIB_PIPELINES_COMMONPASSES_H

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

namespace altgrad {

/// A pass that runs `pipeline` where there are operations for it. Most programs
/// hold few of the things that have to be lowered, and each pass over the loops
/// of a function costs as much as those.
template <typename AnchorTy>
void addIfPresent(mlir::OpPassManager &manager, llvm::ArrayRef<std::string> ops,
                  llvm::ArrayRef<std::string> types,
                  llvm::function_ref<void(mlir::OpPassManager &)> addPasses) {
  mlir::OpPassManager passes(AnchorTy::getOperationName());
  addPasses(passes);
  manager.addPass(createRunIfPresent(ops, types, std::move(passes)));
}

/// altgrad and tensors -> fused linalg on tensors.
void addTensorPasses(mlir::OpPassManager &manager, bool fastMath);

/// Tensors -> memrefs, with every buffer freed; small ones on the stack with
/// `promotes`.
void addBufferizationPasses(mlir::OpPassManager &manager, bool promotes);

/// The user's own arithmetic on bf16 and math on 16-bit types: in f32, with a
/// rounding after each operation. The conversions carry fastmath<contract>, so
/// they have to be expanded before anything folds them away.
template <typename FunctionTy>
void addSmallFloatPasses(mlir::OpPassManager &function) {
  addIfPresent<FunctionTy>(
      function, {}, {"bf16", "f16"}, [](mlir::OpPassManager &passes) {
        passes.addPass(mlir::math::createMathExtendToSupportedTypes());
        mlir::arith::ArithEmulateUnsupportedFloatsOptions emulate;
        emulate.sourceTypeStrs = {"bf16"};
        emulate.targetTypeStr = "f32";
        passes.addPass(
            mlir::arith::createArithEmulateUnsupportedFloats(emulate));
        passes.addPass(createAltgradExpandBF16());
      });
}

/// Views of memrefs and affine maps -> arithmetic on indices.
template <typename FunctionTy>
void addShapePasses(mlir::OpPassManager &function) {
  addIfPresent<FunctionTy>(
      function,
      {"memref.collapse_shape", "memref.expand_shape",
       "memref.extract_aligned_pointer_as_index",
       "memref.extract_strided_metadata", "memref.subview"},
      {}, [](mlir::OpPassManager &passes) {
        passes.addPass(createAltgradExpandDynamicShapes());
        passes.addPass(mlir::memref::createExpandStridedMetadataPass());
      });
  addIfPresent<FunctionTy>(function, {"affine"}, {},
                           [](mlir::OpPassManager &passes) {
                             passes.addPass(mlir::createLowerAffinePass());
                           });
}

} // namespace altgrad

#endif // ALTGRAD_LIB_PIPELINES_COMMONPASSES_H
