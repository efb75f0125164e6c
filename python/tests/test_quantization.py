# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""altgrad.quantization, the published interface, point by point."""

import dataclasses
import inspect
import math
import pickle

import numpy as np
import pytest
import reference

torch = pytest.importorskip("torch")

from altgrad import quantization  # noqa: E402
from altgrad.quantization import (  # noqa: E402
    E0M7,
    E1M6,
    E3M4,
    E5M2,
    E7M0,
    FORMAT_REGISTRY,
    AmaxHistory,
    BitStallDetector,
    DequantizeFunc,
    FP8Format,
    QuantizeFunc,
    ScalingConfig,
    compute_scale,
    dequantize,
    detect_bit_stall,
    quantize,
)

ALL = [E0M7, E1M6, E3M4, E5M2, E7M0]
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def names(parameters):
    return list(inspect.signature(parameters).parameters)


class TestNames:
    def test_module_paths(self):
        places = {
            "formats": ["FP8Format", "FORMAT_REGISTRY", "E0M7", "E1M6", "E3M4", "E5M2", "E7M0"],
            "ops": ["quantize", "dequantize", "QuantizeFunc", "DequantizeFunc"],
            "scaling": ["ScalingConfig", "AmaxHistory", "compute_scale"],
            "diagnostics": ["detect_bit_stall", "BitStallDetector"],
        }
        for module, members in places.items():
            for name in members:
                thing = getattr(getattr(quantization, module), name)
                assert getattr(quantization, name) is thing
                assert name in quantization.__all__
        assert len(quantization.__all__) == sum(map(len, places.values()))

    def test_signatures(self):
        assert names(FP8Format) == [
            "name",
            "exponent_bits",
            "mantissa_bits",
            "bias",
            "has_inf",
            "has_nan",
        ]
        assert names(quantize)[:3] == ["x", "format", "scale"]
        assert names(dequantize) == ["x", "scale"]
        assert names(compute_scale) == ["amax", "format", "scale_min"]
        assert names(detect_bit_stall) == ["weight", "grad", "lr", "format", "scale"]
        assert names(FP8Format.to_real) == ["self", "bit_index"]
        assert names(FP8Format.to_bits) == ["self", "value"]
        assert names(ScalingConfig) == ["history_len", "scale_min"]
        assert names(AmaxHistory) == ["history_len"]
        assert issubclass(QuantizeFunc, torch.autograd.Function)
        assert issubclass(DequantizeFunc, torch.autograd.Function)


class TestFormats:
    def test_registry(self):
        assert list(FORMAT_REGISTRY) == ["E0M7", "E1M6", "E3M4", "E5M2", "E7M0"]
        assert list(FORMAT_REGISTRY.values()) == ALL
        for name, format in FORMAT_REGISTRY.items():
            assert format.name == name

    def test_fields(self):
        assert E5M2 == FP8Format("E5M2", 5, 2, 15, True, True)
        assert E3M4 == FP8Format(name="E3M4", exponent_bits=3, mantissa_bits=4, bias=1)
        assert not E3M4.has_inf and not E3M4.has_nan
        with pytest.raises(dataclasses.FrozenInstanceError):
            E5M2.bias = 3
        assert len({*ALL, *ALL}) == 5
        assert pickle.loads(pickle.dumps(E5M2)) == E5M2

    @pytest.mark.parametrize(
        "format, largest",
        [(E0M7, 127 / 128), (E1M6, 3.96875), (E3M4, 124.0), (E5M2, 57344.0), (E7M0, 2.0**64)],
    )
    def test_largest(self, format, largest):
        assert format.max_representable_value == largest

    @pytest.mark.parametrize("format", ALL, ids=lambda format: format.name)
    def test_to_real(self, format):
        values = reference.values(format.__altgrad_format__)
        for code in range(256):
            value = format.to_real(code)
            assert value == values[code] or (math.isnan(value) and math.isnan(values[code]))
        for code in (-1, 256, 1000):
            with pytest.raises(ValueError):
                format.to_real(code)

    @pytest.mark.parametrize("format", ALL, ids=lambda format: format.name)
    def test_to_bits(self, format):
        overflow = "infinity" if format.has_inf else "saturate"
        random = np.random.default_rng(3)
        x = random.standard_normal(300) * np.exp2(random.integers(-70, 70, 300))
        x = np.concatenate([x, [0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, -1e300]])
        expected = reference.encode(x, format.__altgrad_format__, overflow)
        assert [format.to_bits(float(value)) for value in x] == expected.tolist()
        for code in range(256):
            if not math.isnan(format.to_real(code)):
                assert format.to_bits(format.to_real(code)) == code

    def test_special_values(self):
        assert E5M2.to_real(E5M2.to_bits(1e9)) == math.inf
        assert E5M2.to_real(E5M2.to_bits(-1e9)) == -math.inf
        assert math.isnan(E5M2.to_real(E5M2.to_bits(math.nan)))
        assert E1M6.to_real(E1M6.to_bits(math.inf)) == 3.96875
        assert E7M0.to_bits(math.nan) == 0
        ties = {1.5: 1.0, 3.0: 2.0, 2.0**-63: 0.0}
        for value, expected in ties.items():
            assert E7M0.to_real(E7M0.to_bits(value)) == expected
        fn = FP8Format("E4M3", 4, 3, 7, has_nan=True)
        assert fn.to_real(fn.to_bits(1e9)) == fn.max_representable_value == 448

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (("x", 4, 4, 7), r"expected 7 exponent and mantissa bits but got 4 \+ 4"),
            (("x", 5, 2, 15, True, False), "expected has_nan together with has_inf"),
            (("x", 0, 7, 3), "bias"),
        ],
    )
    def test_no_formats(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            FP8Format(*arguments)


class TestOps:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("format", ALL, ids=lambda format: format.name)
    def test_quantize(self, format, dtype):
        generator = torch.Generator().manual_seed(4)
        x = (torch.randn(7, 30, generator=generator) * 4).to(dtype)
        scale = 0.7
        result = quantize(x, format, scale)
        assert result.dtype == dtype and result.shape == x.shape
        divided = (x / torch.tensor(scale, dtype=dtype)).double().numpy()
        codes = reference.encode(divided, format.__altgrad_format__)
        values = torch.tensor(reference.values(format.__altgrad_format__)[codes]).to(dtype)
        assert torch.equal(result, values * torch.tensor(scale, dtype=dtype))
        assert torch.equal(quantize(x, format, torch.tensor(scale, dtype=torch.float64)), result)
        assert torch.equal(quantize(x, format, torch.tensor([scale], dtype=dtype)), result)

    def test_shapes(self):
        for shape in [(), (1,), (0,), (3, 0, 2), (2, 3, 4, 5)]:
            x = torch.randn(shape)
            result = quantize(x, E3M4, 1.0)
            assert result.shape == x.shape
            assert torch.equal(result.reshape(-1), quantize(x.reshape(-1), E3M4, 1.0))
        x = torch.randn(6, 8, 4)
        expected = quantize(x, E3M4, 1.0)
        assert torch.equal(quantize(x.permute(2, 0, 1), E3M4, 1.0), expected.permute(2, 0, 1))
        assert torch.equal(quantize(x[::2, 1:, ::3], E3M4, 1.0), expected[::2, 1:, ::3])
        channels = torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
        assert quantize(channels, E3M4, 1.0).is_contiguous(memory_format=torch.channels_last)

    def test_overflow(self):
        x = torch.tensor([1e6, -1e6, math.inf, math.nan])
        largest = E5M2.max_representable_value
        assert quantize(x, E5M2, 2.0)[:3].tolist() == [2 * largest, -2 * largest, 2 * largest]
        infinite = quantize(x, E5M2, 2.0, overflow="infinity")
        assert infinite[:3].tolist() == [math.inf, -math.inf, math.inf]
        assert infinite[3].isnan()
        assert quantize(x, E3M4, 1.0, overflow="infinity").tolist() == [124, -124, 124, 0]
        fn = FP8Format("E4M3", 4, 3, 7, has_nan=True)
        assert quantize(x, fn, 1.0, overflow="infinity")[:3].tolist() == [448, -448, 448]

    def test_block_scales(self):
        x = torch.randn(4, 8)
        scale = torch.rand(4, 2) + 0.5
        result = quantize(x, E3M4, scale)
        for row in range(4):
            for block in range(2):
                part = slice(4 * block, 4 * block + 4)
                expected = quantize(x[row, part], E3M4, scale[row, block])
                assert torch.equal(result[row, part], expected)
        assert torch.equal(dequantize(x, scale), x * scale.repeat_interleave(4, 1))

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_gradient_of_quantize(self, dtype):
        x = torch.randn(5, 6).to(dtype).requires_grad_()
        scale = torch.tensor(0.3, requires_grad=True)
        weight = torch.randn(5, 6).to(dtype)
        result = quantize(x, E3M4, scale)
        (result * weight).sum().backward()
        assert torch.equal(x.grad, weight)
        assert scale.grad is None
        # Past the end of the format as well.
        y = torch.tensor([1e9, -1e9, 0.0], requires_grad=True)
        quantize(y, E3M4, 0.3).sum().backward()
        assert y.grad.tolist() == [1, 1, 1]

    def test_gradient_of_dequantize(self):
        for scale in (0.3, torch.tensor(0.3, requires_grad=True)):
            x = torch.randn(5, 6, requires_grad=True)
            weight = torch.randn(5, 6)
            result = dequantize(x, scale)
            assert torch.equal(result.detach(), x.detach() * 0.3)
            (result * weight).sum().backward()
            assert torch.equal(x.grad, weight * 0.3)
            if isinstance(scale, torch.Tensor):
                assert scale.grad is None

    def test_functions(self):
        x = torch.randn(8, requires_grad=True)
        result = QuantizeFunc.apply(x, E5M2, 0.5)
        assert torch.equal(result, quantize(x, E5M2, 0.5))
        restored = DequantizeFunc.apply(result, 0.5)
        restored.sum().backward()
        assert torch.equal(x.grad, torch.full((8,), 0.5))

    def test_mistakes(self):
        with pytest.raises(TypeError, match="expected x of float16, .* but got int64"):
            quantize(torch.arange(3), E5M2, 1.0)
        with pytest.raises(ValueError, match="expected the shape of the scale"):
            quantize(torch.zeros(4, 4), E5M2, torch.ones(3))
        with pytest.raises(ValueError, match="expected a scale of one element"):
            dequantize(torch.zeros(4, 4), torch.ones(3))
        with pytest.raises(TypeError, match="on the CPU or a CUDA device but got a tensor on meta"):
            quantize(torch.zeros(4, device="meta"), E5M2, 1.0)


class TestScaling:
    def test_config(self):
        assert ScalingConfig() == ScalingConfig(history_len=16, scale_min=1e-10)
        assert ScalingConfig(4).history_len == 4

    def test_history(self):
        history = AmaxHistory()
        assert (len(history), history.get_amax()) == (0, 1.0)
        for i in range(20):
            history.update(float(20 - i))
        assert (len(history), history.get_amax()) == (16, 16.0)
        history.update(torch.tensor(99.0))
        assert history.get_amax() == 99.0
        history.reset()
        assert (len(history), history.get_amax()) == (0, 1.0)
        small = AmaxHistory(history_len=1)
        small.update(0.25)
        assert small.get_amax() == 0.25

    def test_history_records_finite_numbers(self):
        history = AmaxHistory(2)
        for amax in (3.0, math.inf, math.nan, torch.tensor(math.inf)):
            history.update(amax)
        assert (len(history), history.get_amax()) == (1, 3.0)

    @pytest.mark.parametrize("length", [0, -1])
    def test_length(self, length):
        with pytest.raises(ValueError, match="history_len must be positive"):
            AmaxHistory(length)

    @pytest.mark.parametrize("format", ALL, ids=lambda format: format.name)
    def test_compute_scale(self, format):
        largest = format.max_representable_value
        assert compute_scale(largest, format) == 1.0
        assert compute_scale(3.0, format) == max(3.0 / largest, 1e-10)
        assert compute_scale(0.0, format) == 1e-10
        assert compute_scale(0.0, format, scale_min=0.5) == 0.5
        assert compute_scale(torch.tensor(2.0 * largest), format) == 2.0
        assert compute_scale(math.inf, format) == compute_scale(math.nan, format) == 1.0


class TestDiagnostics:
    @pytest.mark.parametrize("format", ALL, ids=lambda format: format.name)
    def test_detect(self, format):
        generator = torch.Generator().manual_seed(6)
        weight = torch.randn(40, 50, generator=generator)
        grad = torch.randn(40, 50, generator=generator) * 0.3
        grad[0, :10] = 0
        found = detect_bit_stall(weight, grad, 0.01, format, 0.9)
        expected = reference.stall(
            weight.numpy(),
            grad.numpy(),
            np.float32(0.01),
            format.__altgrad_format__,
            np.float32(0.9),
        )
        assert found == expected and found[1] == 1990
        parameter = torch.nn.Parameter(weight)
        assert detect_bit_stall(parameter, grad.double(), 0.01, format, torch.tensor(0.9)) == found

    def test_detector(self):
        detector = BitStallDetector()
        empty = {"stall_rate": 0.0, "stall_count": 0, "total_count": 0, "steps": 0}
        assert detector.get_stats() == empty
        weight, grad = torch.ones(4), torch.tensor([0.0, 0.1, 1.0, 4.0])
        for _ in range(2):
            detector.update(weight, grad, 0.1, E5M2, 1.0)
        assert (detector.stall_count, detector.total_count, detector.step_count) == (2, 6, 2)
        assert detector.get_stall_rate() == 2 / 6
        assert detector.get_stats() == {
            "stall_rate": 2 / 6,
            "stall_count": 2,
            "total_count": 6,
            "steps": 2,
        }
        detector.reset()
        assert detector.get_stats() == empty
