// One function for each element type, which returns what it takes.
func.func @f16(%x: tensor<?xf16>, %n: f16) -> (tensor<?xf16>, f16) { return %x, %n : tensor<?xf16>, f16 }
func.func @bf16(%x: tensor<?xbf16>, %n: bf16) -> (tensor<?xbf16>, bf16) { return %x, %n : tensor<?xbf16>, bf16 }
func.func @f32(%x: tensor<?xf32>, %n: f32) -> (tensor<?xf32>, f32) { return %x, %n : tensor<?xf32>, f32 }
func.func @f64(%x: tensor<?xf64>, %n: f64) -> (tensor<?xf64>, f64) { return %x, %n : tensor<?xf64>, f64 }
func.func @i1(%x: tensor<?xi1>, %n: i1) -> (tensor<?xi1>, i1) { return %x, %n : tensor<?xi1>, i1 }
func.func @i8(%x: tensor<?xi8>, %n: i8) -> (tensor<?xi8>, i8) { return %x, %n : tensor<?xi8>, i8 }
func.func @i16(%x: tensor<?xi16>, %n: i16) -> (tensor<?xi16>, i16) { return %x, %n : tensor<?xi16>, i16 }
func.func @i32(%x: tensor<?xi32>, %n: i32) -> (tensor<?xi32>, i32) { return %x, %n : tensor<?xi32>, i32 }
func.func @i64(%x: tensor<?xi64>, %n: i64) -> (tensor<?xi64>, i64) { return %x, %n : tensor<?xi64>, i64 }
func.func @e5m2(%x: tensor<?x!altgrad.fp8<E5M2>>, %n: !altgrad.fp8<E5M2>) -> (tensor<?x!altgrad.fp8<E5M2>>, !altgrad.fp8<E5M2>) { return %x, %n : tensor<?x!altgrad.fp8<E5M2>>, !altgrad.fp8<E5M2> }
