"""The programs whose machine code is looked at: each operation on arrays.

They are those of the benchmark (benchmarks/cpu/Compiled.cpp), without a scale.
"""

FORMATS = ["E0M7", "E1M6", "E3M4", "E5M2", "E7M0", "E4M3FN"]
ELEMENTS = ["f32", "bf16", "f16"]
ELEMENT_BYTES = {"f32": 4, "bf16": 2, "f16": 2}

READ = """
  %x = bufferization.to_tensor %input restrict : memref<?x$T> to tensor<?x$T>"""
READ_CODES = """
  %bytes = bufferization.to_tensor %input restrict
      : memref<?xi8> to tensor<?xi8>
  %x = altgrad.bitcast %bytes : tensor<?xi8> to tensor<?x$C>"""
READ_GRADIENT = """
  %g = bufferization.to_tensor %gradient restrict
      : memref<?x$T> to tensor<?x$T>"""
QUANTIZE = """
  %codes = altgrad.quantize %x : tensor<?x$T> -> tensor<?x$C>
  %bytes = altgrad.bitcast %codes : tensor<?x$C> to tensor<?xi8>"""
DEQUANTIZE = """
  %y = altgrad.dequantize %x : tensor<?x$C> -> tensor<?x$T>"""
FAKE_QUANTIZE = """
  %y = altgrad.fake_quantize %x in $C : tensor<?x$T>"""
AMAX = """
  %amax = altgrad.amax %x : tensor<?x$T> -> $T"""
STALL = """
  %stalled, %total = altgrad.stall %x, %g, %lr in $C
      : tensor<?x$T> -> i64, i64"""
UPDATE = """
  %zero = arith.constant 0 : index
  %size = tensor.dim %x, %zero : tensor<?x$T>
  %empty = tensor.empty(%size) : tensor<?x$T>
  %minus = arith.negf %lr : $T
  %y = linalg.generic {
    indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>,
                     affine_map<(i) -> (i)>], iterator_types = ["parallel"]
  } ins(%x, %g : tensor<?x$T>, tensor<?x$T>) outs(%empty : tensor<?x$T>) {
  ^bb0(%weight: $T, %slope: $T, %out: $T):
    %step = arith.mulf %minus, %slope : $T
    %moved = arith.addf %weight, %step : $T
    linalg.yield %moved : $T
  } -> tensor<?x$T>"""
WRITE_CODES = """
  bufferization.materialize_in_destination %bytes in restrict writable %output
      : (tensor<?xi8>, memref<?xi8>) -> ()"""
WRITE = """
  bufferization.materialize_in_destination %y in restrict writable %output
      : (tensor<?x$T>, memref<?x$T>) -> ()"""

FLOATS = "%input: memref<?x$T>"
CODES = "%input: memref<?xi8>"
TO_FLOATS = ", %output: memref<?x$T>"
TO_CODES = ", %output: memref<?xi8>"
GRADIENT = ", %gradient: memref<?x$T>"
NOTHING, ONE, TWO = ("", ""), (" -> $T", " %amax : $T"), (
    " -> (i64, i64)",
    " %stalled, %total : i64, i64",
)


class Operation:
    """Parameters, results and body of a program, and what its loop does."""

    def __init__(self, parameters, results, *body, reads="floats", stores=True):
        self.parameters, self.body = parameters, body
        self.results, self.returned = results
        self.reads, self.stores = reads, stores


OPERATIONS = {
    "quantize": Operation(FLOATS + TO_CODES, NOTHING, READ, QUANTIZE, WRITE_CODES),
    "quantize+amax": Operation(
        FLOATS + TO_CODES, ONE, READ, QUANTIZE, AMAX, WRITE_CODES
    ),
    "dequantize": Operation(
        CODES + TO_FLOATS, NOTHING, READ_CODES, DEQUANTIZE, WRITE, reads="codes"
    ),
    "fake_quantize": Operation(FLOATS + TO_FLOATS, NOTHING, READ, FAKE_QUANTIZE, WRITE),
    "fake_quantize+amax": Operation(
        FLOATS + TO_FLOATS, ONE, READ, FAKE_QUANTIZE, AMAX, WRITE
    ),
    "stall": Operation(
        FLOATS + GRADIENT + ", %lr: $T", TWO, READ, READ_GRADIENT, STALL, stores=False
    ),
    "stall+update": Operation(
        FLOATS + GRADIENT + TO_FLOATS + ", %lr: $T",
        TWO,
        READ,
        READ_GRADIENT,
        STALL,
        UPDATE,
        WRITE,
    ),
    "amax": Operation(FLOATS, ONE, READ, AMAX, stores=False),
}


class Kernel:
    """One operation on one format and one element type."""

    def __init__(self, operation, element, number_format):
        self.operation, self.element, self.format = operation, element, number_format
        self.stores = OPERATIONS[operation].stores
        floats = OPERATIONS[operation].reads == "floats"
        self.input_bytes = ELEMENT_BYTES[element] if floats else 1

    def __str__(self):
        return f"{self.operation} {self.element} {self.format}"

    @property
    def symbol(self):
        return str(self).replace(" ", "_").replace("+", "_")

    def get_program(self):
        parts = OPERATIONS[self.operation]
        text = f"func.func @{self.symbol}({parts.parameters}){parts.results} {{"
        text += "".join(parts.body) + f"\n  return{parts.returned}\n}}\n"
        return text.replace("$T", self.element).replace(
            "$C", f"!altgrad.fp8<{self.format}>"
        )


def get_kernels():
    """All of them. amax knows no format: it stands under the first."""
    return [
        Kernel(operation, element, number_format)
        for operation in OPERATIONS
        for element in ELEMENTS
        for number_format in (FORMATS if operation != "amax" else FORMATS[:1])
    ]
