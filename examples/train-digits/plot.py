#!/usr/bin/env python3
# plot.py - the loss and the lost updates of each step, format by format
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

"""plot.py FOLDER: draws FOLDER/steps.csv, which altgrad-train --out=FOLDER
wrote, as FOLDER/steps.png and FOLDER/steps.svg.

Each curve is the mean over a window of steps. The axis of the stall rate is
logarithmic in the share of updates that get through: the difference between
99 % and 99.9 % decides whether a format trains.
"""

import argparse
import collections
import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
# Text as text and fixed ids, so that the same numbers give the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "altgrad"})
import matplotlib.pyplot as plt  # noqa: E402

WINDOW = 22  # An epoch in batches of 64.
LAYERS = 3
LEAST_SHARE = 1e-5  # Where a curve goes that moves nothing at all.

COLOURS = {
    "E0M7": "#4477aa",
    "E1M6": "#66ccee",
    "E3M4": "#228833",
    "E5M2": "#ccbb44",
    "E7M0": "#ee6677",
    "E4M3FN": "#aa3377",
    "E4M3FN/E5M2": "#aa3377",
    "f32": "#000000",
}
# Curves that lie on another one, or nearly.
DASHES = {"E1M6": (4, 4), "E4M3FN/E5M2": (2, 2)}


def read(path):
    """The rows of each format, in the order of the file."""
    formats = collections.defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            formats[row["format"]].append(row)
    return formats


def windows(rows):
    """The last step of each window, and its rows; a shorter window begins."""
    for end in range(1, len(rows) + 1):
        yield end, rows[max(0, end - WINDOW) : end]


def loss(rows):
    return [
        (end, sum(float(row["loss"]) for row in part) / len(part))
        for end, part in windows(rows)
    ]


def moved(rows, layer):
    """The share of the updates that move a weight; nothing in f32."""
    points = []
    for end, part in windows(rows):
        stalled = sum(int(row[f"stalled{layer}"]) for row in part)
        total = sum(int(row[f"total{layer}"]) for row in part)
        if total:
            points.append((end, max(1 - stalled / total, LEAST_SHARE)))
    return points


def draw(axes, formats, points):
    for number, (name, rows) in enumerate(formats.items()):
        curve = points(rows)
        if not curve:
            continue
        (line,) = axes.plot(
            *zip(*curve),
            color=COLOURS.get(name, f"C{number}"),
            label=name,
            linewidth=1.6,
        )
        if name in DASHES:
            line.set_dashes(DASHES[name])
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_xlim(left=0)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    formats = read(folder / "steps.csv")
    if not formats:
        sys.exit(f"{folder / 'steps.csv'}: expected steps but got none")

    figure, panels = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    axes = panels[0][0]
    draw(axes, formats, loss)
    axes.set_title("Loss", loc="left")
    axes.set_ylabel("cross-entropy")
    for layer, axes in zip(range(1, LAYERS + 1), panels.flat[1:]):
        draw(axes, formats, lambda rows: moved(rows, layer))
        axes.set_title(f"Lost updates, layer {layer}", loc="left")
        axes.set_ylabel("stall rate")
        axes.set_ylim(1, LEAST_SHARE / 2)  # Upside down: more stalls is higher.
        ticks = [1, 0.1, 0.01, 0.001, 0.0001, LEAST_SHARE]
        names = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "all"]
        axes.set_yticks(ticks, names)
        axes.minorticks_off()
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=8, frameon=False)
    figure.get_layout_engine().set(rect=(0, 0, 1, 0.95))
    for suffix in ("png", "svg"):
        path = folder / f"steps.{suffix}"
        figure.savefig(path, dpi=100, metadata={"Date": None} if suffix == "svg" else None)
        print(path)


if __name__ == "__main__":
    main()
