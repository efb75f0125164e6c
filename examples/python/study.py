# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each 8-bit format does to a real tensor: a tour of the Python package.

    scripts/python-study.sh [--weights w.npy --gradients g.npy] [--out FOLDER]

Reads a weight matrix and its gradient (by default those of the classifier of
handwritten digits in examples/format-study), puts them through every named format and
a made-up one, prints a table and saves three plots.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import altgrad

DATA = Path(__file__).resolve().parents[1] / "format-study" / "data"

# Any format is four numbers. This one has a bias that nothing in hardware has.
OWN = altgrad.Format(exponent_bits=3, mantissa_bits=4, bias=6, specials="finite")


def all_formats() -> dict[str, altgrad.Format]:
    return {**altgrad.FORMATS, "3-4 bias 6": OWN}


def report(w: np.ndarray, g: np.ndarray, rate: float) -> None:
    """One line for each format: its scale, its error, and the updates it loses."""
    amax = altgrad.amax(w)
    print(f"{w.size} weights, the largest {amax:.4f}; learning rate {rate:g}\n")
    print("format       largest    scale      error/largest  SQNR in dB  to zero   stalled")
    for name, format in all_formats().items():
        # The scale that maps the largest weight to the largest value of the format.
        scale = altgrad.compute_scale(amax, format)
        rounded = altgrad.fake_quantize(w, format, scale)
        # The same by way of codes, a byte for each weight.
        codes = altgrad.quantize(w, format, scale)
        assert np.array_equal(altgrad.dequantize(codes, format, scale), rounded)

        error = (rounded - w).astype(np.float64)
        noise = np.square(error).sum()
        quality = 10 * np.log10(np.square(w.astype(np.float64)).sum() / noise)
        lost = np.count_nonzero((rounded == 0) & (w != 0)) / w.size
        stalled, total = altgrad.stall(w, g, rate, format, scale)
        print(
            f"{name:11} {format.max_finite:9.4g}  {scale:9.3e}  {np.abs(error).max() / amax:13.5f}"
            f"  {quality:10.2f}  {lost:7.2%}  {stalled / max(total, 1):8.2%}"
        )


def compare_granularity(w: np.ndarray, format: altgrad.Format) -> None:
    """One scale for all, one for each row, one for each block of 16 along a row."""
    rows, columns = w.shape
    shapes = {"tensor": (1, 1), "row": (rows, 1)}
    if columns % 16 == 0:
        shapes["block of 16"] = (rows, columns // 16)
    print(f"\nscales of {format.name}, and what they leave of the error (root mean square)")
    for what, shape in shapes.items():
        largest = altgrad.amax(w, shape=shape)
        scales = np.maximum(largest / np.float32(format.max_finite), np.float32(1e-10))
        error = altgrad.fake_quantize(w, format, scales) - w
        print(f"  per {what:12} {np.sqrt(np.mean(np.square(error))):.3e}")


def plot_grids(path: Path) -> None:
    """The positive values of each format on a logarithmic axis."""
    formats = all_formats()
    figure, axes = plt.subplots(figsize=(10, 5.5), layout="constrained")
    for line, format in enumerate(formats.values()):
        grid = format.grid
        grid = grid[grid > 0]
        axes.plot(grid, np.full(len(grid), line), "|", markersize=13, color=f"C{line % 10}")
        axes.annotate(
            f" {len(grid)} values", (grid[-1], line), va="center", fontsize=8, color="0.35"
        )
    axes.set_xscale("log", base=2)
    axes.set_xlim(2.0**-66, 2.0**78)
    axes.set_yticks(range(len(formats)), formats)
    axes.invert_yaxis()
    axes.set_xlabel("positive values, logarithmic axis")
    axes.set_title("Where the values of each format are")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_errors(path: Path) -> None:
    """The relative error of rounding, without a scale, over magnitudes."""
    figure, axes = plt.subplots(figsize=(10, 5.5), layout="constrained")
    magnitudes = np.exp2(np.linspace(-20, 20, 40_001)).astype(np.float32)
    edges = magnitudes[::200]
    for index, name in enumerate(["E0M7", "E1M6", "E3M4", "E4M3FN", "E5M2", "E7M0"]):
        rounded = altgrad.fake_quantize(magnitudes, name)
        error = np.abs(rounded - magnitudes) / magnitudes
        # The worst of each 200 neighbours: an envelope instead of a saw.
        worst = error[:-1].reshape(-1, 200).max(axis=1)
        axes.plot(edges[:-1], worst, label=name, color=f"C{index}")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_ylim(2**-9, 1.3)
    axes.set_xlabel("magnitude")
    axes.set_ylabel("largest relative error nearby")
    axes.set_title("Rounding error against magnitude, scale 1")
    axes.legend(ncols=2)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_stalls(w: np.ndarray, g: np.ndarray, path: Path) -> None:
    """The share of updates that rounding loses, over learning rates."""
    figure, axes = plt.subplots(figsize=(10, 5.5), layout="constrained")
    rates = np.logspace(-4, 3, 57)
    amax = altgrad.amax(w)
    for index, (name, format) in enumerate(all_formats().items()):
        scale = altgrad.compute_scale(amax, format)
        shares = []
        for rate in rates:
            stalled, total = altgrad.stall(w, g, rate, format, scale)
            shares.append(stalled / max(total, 1))
        style = ["-", "--", ":"][index // 5 % 3]
        axes.plot(rates, shares, style, label=name, color=f"C{index % 10}")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("share of updates lost")
    axes.set_title(
        "Bit stall against learning rate (formats whose grids differ by a scale coincide)"
    )
    axes.legend(ncols=2, fontsize=8)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=DATA / "weights-1.npy")
    parser.add_argument("--gradients", type=Path, default=DATA / "gradients-1.npy")
    parser.add_argument("--rate", type=float, default=0.05, help="learning rate of the table")
    parser.add_argument("--out", type=Path, default=Path("build/python-study"))
    arguments = parser.parse_args()

    w = np.load(arguments.weights)
    g = np.load(arguments.gradients)
    report(w, g, arguments.rate)
    if w.ndim == 2:
        compare_granularity(w, altgrad.E4M3FN)

    arguments.out.mkdir(parents=True, exist_ok=True)
    plot_grids(arguments.out / "grids.png")
    plot_errors(arguments.out / "errors.png")
    plot_stalls(w, g, arguments.out / "stalls.png")
    print(f"\nplots: {', '.join(str(path) for path in sorted(arguments.out.glob('*.png')))}")


if __name__ == "__main__":
    main()
