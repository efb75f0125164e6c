// RUN: altgrad-opt %s --altgrad-use-device-memory --verify-diagnostics --split-input-file

func.func @into_half(%x: memref<4xf32>, %y: memref<4xf32, strided<[1], offset: 4>>) {
  // expected-error @+1 {{expected to copy memory in the order of its elements, but got 'memref<4xf32, strided<[1], offset: 4>>'; altgrad-map-generics-to-gpu makes kernels of other copies}}
  memref.copy %x, %y : memref<4xf32> to memref<4xf32, strided<[1], offset: 4>>
  return
}

// -----

func.func @from_column(%x: memref<4xf32, strided<[8]>>, %y: memref<4xf32>) {
  // expected-error @+1 {{but got 'memref<4xf32, strided<[8]>>'}}
  memref.copy %x, %y : memref<4xf32, strided<[8]>> to memref<4xf32>
  return
}
