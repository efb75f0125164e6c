// The gradients of a contraction become vector loops: along the last dimension
// of the result where the inputs are contiguous along it, as dot products where
// they are not. Short dot products would be slow: there an input is transposed
// first, if it is read by enough rows. Only that transposition stays scalar.
//
// RUN: altgrad-opt %s --altgrad-differentiate=wrt=0,1 > %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: altgrad-opt %t.mlir -o /dev/null --pass-pipeline=" \
// RUN:   builtin.module(func.func(linalg-generalize-named-ops, altgrad-fuse-elementwise), \
// RUN:     one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map}, \
// RUN:     func.func(altgrad-vectorize-generics{remarks=true}))" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARKS --allow-empty

// The transpositions of @short and @batches, once each.
// REMARKS-COUNT-2: becomes scalar loops
// REMARKS-NOT: becomes scalar loops

// 64 rows read each weight, and the dot products have 10 terms.
// CHECK-LABEL: func @short_vjp(
// CHECK-SAME: %{{.*}}: tensor<64x128xf32>, %[[W:[a-z0-9]+]]: tensor<128x10xf32>
// CHECK: %[[TRANSPOSED:.*]] = linalg.transpose ins(%[[W]] : tensor<128x10xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[TRANSPOSED]], %{{.*}} : tensor<10x128xf32>, tensor<64x10xf32>)
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @short(%x: tensor<64x128xf32>, %w: tensor<128x10xf32>, %b: tensor<64x10xf32>) -> tensor<64x10xf32> {
  %z = linalg.matmul ins(%x, %w : tensor<64x128xf32>, tensor<128x10xf32>) outs(%b : tensor<64x10xf32>) -> tensor<64x10xf32>
  return %z : tensor<64x10xf32>
}

// CHECK-LABEL: func @long_vjp(
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @long(%x: tensor<64x128xf32>, %w: tensor<128x1024xf32>, %b: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %z = linalg.matmul ins(%x, %w : tensor<64x128xf32>, tensor<128x1024xf32>) outs(%b : tensor<64x1024xf32>) -> tensor<64x1024xf32>
  return %z : tensor<64x1024xf32>
}

// One row.
// CHECK-LABEL: func @vecmat_vjp(
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @vecmat(%x: tensor<128xf32>, %w: tensor<128x10xf32>, %b: tensor<10xf32>) -> tensor<10xf32> {
  %z = linalg.vecmat ins(%x, %w : tensor<128xf32>, tensor<128x10xf32>) outs(%b : tensor<10xf32>) -> tensor<10xf32>
  return %z : tensor<10xf32>
}

// CHECK-LABEL: func @matvec_vjp(
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @matvec(%w: tensor<10x128xf32>, %x: tensor<128xf32>, %b: tensor<10xf32>) -> tensor<10xf32> {
  %z = linalg.matvec ins(%w, %x : tensor<10x128xf32>, tensor<128xf32>) outs(%b : tensor<10xf32>) -> tensor<10xf32>
  return %z : tensor<10xf32>
}

// Weights in the other order are contiguous already.
// CHECK-LABEL: func @other_order_vjp(
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @other_order(%x: tensor<64x128xf32>, %w: tensor<10x128xf32>, %b: tensor<64x10xf32>) -> tensor<64x10xf32> {
  %z = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<64x128xf32>, tensor<10x128xf32>) outs(%b : tensor<64x10xf32>) -> tensor<64x10xf32>
  return %z : tensor<64x10xf32>
}

// A size that is not known counts as 32.
// CHECK-LABEL: func @batches_vjp(
// CHECK-COUNT-1: linalg.transpose
// CHECK-NOT: linalg.transpose
// CHECK: return
func.func @batches(%x: tensor<?x128xf32>, %w: tensor<128x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %z = linalg.matmul ins(%x, %w : tensor<?x128xf32>, tensor<128x64xf32>) outs(%b : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
