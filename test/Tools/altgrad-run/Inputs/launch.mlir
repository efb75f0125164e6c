// Kernels written by hand, on arrays in the memory of the device.
func.func @add(%x: memref<?xf32>, %y: f32) -> memref<?xf32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %size = memref.dim %x, %zero : memref<?xf32>
  %begin = gpu.wait async
  %result, %allocated = gpu.alloc async [%begin] (%size) : memref<?xf32>
  %done = gpu.launch async [%allocated]
      blocks(%b, %by, %bz) in (%grid = %size, %gridY = %one, %gridZ = %one)
      threads(%t, %ty, %tz) in (%block = %one, %blockY = %one, %blockZ = %one) {
    %value = memref.load %x[%b] : memref<?xf32>
    %sum = arith.addf %value, %y : f32
    memref.store %sum, %result[%b] : memref<?xf32>
    gpu.terminator
  }
  gpu.wait [%done]
  return %result : memref<?xf32>
}
// A number comes back to the host by a copy.
func.func @last(%x: memref<?xf32>) -> (f32, index, memref<?xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %size = memref.dim %x, %zero : memref<?xf32>
  %begin = gpu.wait async
  %device, %allocated = gpu.alloc async [%begin] () : memref<f32>
  %last = arith.subi %size, %one : index
  %stored = gpu.launch async [%allocated]
      blocks(%b, %by, %bz) in (%grid = %one, %gridY = %one, %gridZ = %one)
      threads(%t, %ty, %tz) in (%block = %one, %blockY = %one, %blockZ = %one) {
    %value = memref.load %x[%last] : memref<?xf32>
    memref.store %value, %device[] : memref<f32>
    gpu.terminator
  }
  %host = memref.alloca() : memref<f32>
  %copied = gpu.memcpy async [%stored] %host, %device : memref<f32>, memref<f32>
  %freed = gpu.dealloc async [%copied] %device : memref<f32>
  gpu.wait [%freed]
  %value = memref.load %host[] : memref<f32>
  return %value, %size, %x : f32, index, memref<?xf32>
}
func.func @same(%x: f32) -> f32 { return %x : f32 }
