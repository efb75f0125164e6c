//===- PlanVectorization.cpp - How a linalg.generic vectorizes ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace altgrad;

/// Element types whose vectors lie in memory as their scalars do. (A vector of
/// i1 is packed, a memref of i1 is not.)
static bool isVectorElement(Type type) {
  if (type.isIndex())
    return true;
  if (auto integer = dyn_cast<IntegerType>(type))
    return llvm::is_contained({8u, 16u, 32u, 64u}, integer.getWidth());
  if (auto floating = dyn_cast<FloatType>(type))
    return llvm::is_contained({16u, 32u, 64u}, floating.getWidth());
  return false;
}

static bool hasUnitInnermostStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return succeeded(type.getStridesAndOffset(strides, offset)) &&
         !strides.empty() && strides.back() == 1;
}

/// True if consecutive iterations of `loop` touch one element of the operand,
/// or consecutive ones.
static bool isContiguousAlong(AffineMap map, Type type, unsigned loop) {
  for (auto [position, result] : llvm::enumerate(map.getResults())) {
    if (!result.isFunctionOfDim(loop))
      continue;
    if (position + 1 != map.getNumResults() || !isa<AffineDimExpr>(result) ||
        !hasUnitInnermostStride(cast<MemRefType>(type)))
      return false;
  }
  return true;
}

/// The lanes' width in bits decides how many fit a vector. Counters live in
/// scalars and do not count; nor do booleans.
static unsigned getWidth(Type type) {
  if (type.isIndex())
    return 64;
  return type.isIntOrFloat() && !type.isInteger(1)
             ? type.getIntOrFloatBitWidth()
             : 0;
}

static bool isReassociable(Operation *combiner, bool reassociate) {
  auto fastMath = dyn_cast<arith::ArithFastMathInterface>(combiner);
  if (!fastMath)
    return true; // Integers.
  if (isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
          arith::MinNumFOp>(combiner))
    return true;
  return reassociate ||
         bitEnumContainsAll(fastMath.getFastMathFlagsAttr().getValue(),
                            arith::FastMathFlags::reassoc);
}

/// Plans a reduction into `argument`, the body's block argument of an output.
static bool planReduction(OutputPlan &plan, BlockArgument argument,
                          Value yielded, bool reassociate) {
  Operation *combiner = yielded.getDefiningOp();
  if (!combiner || !argument.hasOneUse() ||
      *argument.user_begin() != combiner || !yielded.hasOneUse())
    return false;
  std::optional<vector::CombiningKind> kind =
      linalg::getCombinerOpKind(combiner);
  if (!kind || combiner->getNumOperands() != 2)
    return false;
  plan.combiner = combiner;
  plan.combiningKind = *kind;
  plan.contribution = combiner->getOperand(0) == argument
                          ? combiner->getOperand(1)
                          : combiner->getOperand(0);
  if (isa<arith::AddIOp>(combiner)) {
    auto extension = plan.contribution.getDefiningOp<arith::ExtUIOp>();
    if (extension && extension.getIn().getType().isInteger(1) &&
        extension->hasOneUse()) {
      plan.kind = OutputKind::Count;
      plan.extension = extension;
      plan.contribution = extension.getIn();
      return true;
    }
  }
  if (isReassociable(combiner, reassociate)) {
    if (!arith::getNeutralElement(combiner))
      return false;
    plan.kind = OutputKind::Lanes;
    return true;
  }
  // Only sums and products have an ordered vector.reduction; that of bf16 is
  // emulated in f32 as a whole and would not round after each step.
  plan.kind = OutputKind::Ordered;
  return isa<arith::AddFOp, arith::MulFOp>(combiner) &&
         combiner->getOperand(0) == argument && !argument.getType().isBF16();
}

std::optional<VectorizationPlan>
altgrad::planVectorizationAlong(linalg::GenericOp op, unsigned loop,
                                const VectorizationOptions &options,
                                std::string &reason) {
  VectorizationPlan plan;
  plan.vectorLoop = loop;
  Block *body = op.getBody();

  // Memory.
  unsigned width = 16, narrowest = options.vectorWidth;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue; // A scalar input.
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!isContiguousAlong(map, operand.get().getType(), loop)) {
      reason = "an operand is not contiguous along the loop";
      return std::nullopt;
    }
    if (!map.isFunctionOfDim(loop))
      continue;
    Type element = cast<MemRefType>(operand.get().getType()).getElementType();
    if (!isVectorElement(element)) {
      reason = "an operand has an element type without vectors in memory";
      return std::nullopt;
    }
    plan.varying.insert(op.getMatchingBlockArgument(&operand));
    width = std::max(width, getWidth(element));
    narrowest = std::min(narrowest, getWidth(element));
  }

  // Outputs.
  auto yield = cast<linalg::YieldOp>(body->getTerminator());
  SmallPtrSet<Operation *, 4> combiners;
  for (OpOperand &output : op.getDpsInitsMutable()) {
    OutputPlan outputPlan;
    if (!op.getMatchingIndexingMap(&output).isFunctionOfDim(loop)) {
      unsigned number = output.getOperandNumber() - op.getNumDpsInputs();
      if (!planReduction(outputPlan, op.getMatchingBlockArgument(&output),
                         yield.getOperand(number), options.reassociate)) {
        reason = "a reduction along the loop has no known combiner";
        return std::nullopt;
      }
      combiners.insert(outputPlan.combiner);
      if (outputPlan.extension)
        combiners.insert(outputPlan.extension);
    }
    plan.outputs.push_back(outputPlan);
  }

  // The body.
  for (Operation &inner : body->without_terminator()) {
    if (combiners.contains(&inner))
      continue;
    bool isIndex = isa<linalg::IndexOp>(inner);
    if (!isIndex && !matchPattern(&inner, m_Constant()) &&
        !OpTrait::hasElementwiseMappableTraits(&inner)) {
      reason = "the body has an operation that does not vectorize";
      return std::nullopt;
    }
    bool varies = isIndex
                      ? cast<linalg::IndexOp>(inner).getDim() == loop
                      : llvm::any_of(inner.getOperands(), [&](Value operand) {
                          return plan.varying.contains(operand);
                        });
    if (!varies)
      continue;
    for (Value result : inner.getResults()) {
      if (!VectorType::isValidElementType(result.getType())) {
        reason = "the body has a type that does not vectorize";
        return std::nullopt;
      }
      plan.varying.insert(result);
      width = std::max(width, getWidth(result.getType()));
    }
  }
  for (OutputPlan &output : plan.outputs)
    if (output.kind == OutputKind::Lanes)
      width = std::max(width, getWidth(output.contribution.getType()));

  plan.lanes = options.vectorWidth / width;
  if (plan.lanes < 2) {
    reason = "the vector width holds less than two elements";
    return std::nullopt;
  }

  // As many elements as fill a vector of the narrowest operand, if the vectors
  // of the widest value are not too many for that.
  plan.wideLanes = std::min<int64_t>(options.vectorWidth / narrowest,
                                     plan.lanes * options.vectorsPerStep);
  return plan;
}

std::optional<VectorizationPlan>
altgrad::planVectorization(linalg::GenericOp op,
                           const VectorizationOptions &options,
                           std::string &reason) {
  if (op.getNumLoops() == 0) {
    reason = "there is no loop";
    return std::nullopt;
  }
  // The innermost loop that works: parallel ones first, then reductions whose
  // lanes are independent. Ordered reductions are the last choice.
  std::optional<VectorizationPlan> ordered;
  for (unsigned loop = op.getNumLoops(); loop-- > 0;) {
    std::optional<VectorizationPlan> plan =
        planVectorizationAlong(op, loop, options, reason);
    if (!plan)
      continue;
    bool isOrdered = llvm::any_of(plan->outputs, [](const OutputPlan &output) {
      return output.kind == OutputKind::Ordered;
    });
    if (!isOrdered)
      return plan;
    if (!ordered)
      ordered = std::move(plan);
  }
  return ordered;
}

TypedAttr altgrad::getNeutralElement(const OutputPlan &output) {
  std::optional<TypedAttr> neutral = arith::getNeutralElement(output.combiner);
  assert(neutral && "planned only where there is one");
  return *neutral;
}

SmallVector<unsigned> VectorizationPlan::getReductions() const {
  SmallVector<unsigned> result;
  for (auto [i, output] : llvm::enumerate(outputs))
    if (output.kind != OutputKind::Elementwise)
      result.push_back(i);
  return result;
}
