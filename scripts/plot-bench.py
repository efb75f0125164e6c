#!/usr/bin/env python3
"""scripts/plot-bench.py results.json plot.svg: the share of the limit that
altgrad's code reaches, from what altgrad-bench-cpu --json wrote.

One panel for each element type (downwards) and size of data (across), one
group for each operation, one bar for each format; a mark on the bar is where
the better hand-written kernel is. One thread, no scale. No library needed.
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import html
import json
import sys

COLOURS = ["#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377"]
ANY_COLOUR = "#888888"  # of an operation without a format
BAR, GAP, HEIGHT, TOP, LEFT = 11, 16, 200, 70, 56
PANEL_SPACE, LABEL_SPACE = 40, 48
# Above the limit there is only noise, or a limit that is none.
HIGHEST = 1.2


def unique(values):
    return list(dict.fromkeys(values))


def share(row, kernels):
    """The best rate of some kernels over the best rate of the limits."""

    def best(names):
        rates = [row["kernels"][n]["gel_per_s"] for n in names if n in row["kernels"]]
        return max(rates, default=None)

    limit, rate = best(["limit", "limit_streaming"]), best(kernels)
    return rate / limit if limit and rate else None


def draw_panel(out, rows, ops, colours, x0, y0, title):
    """Returns the width."""
    base = y0 + HEIGHT
    x = x0
    marks = []
    for op in ops:
        group = [row for row in rows if row["op"] == op]
        start = x
        for row in group:
            got = share(row, ["altgrad"])
            hand = share(row, ["hand_written", "hand_written_streaming"])
            if got is not None:
                top = base - min(got, HIGHEST) / HIGHEST * HEIGHT
                label = html.escape(f"{row['name']}: {got:.2f} of the limit")
                colour = colours.get(row["format"], ANY_COLOUR)
                out.append(
                    f'<rect x="{x}" y="{top:.1f}" width="{BAR - 1}" '
                    f'height="{base - top:.1f}" fill="{colour}">'
                    f"<title>{label}</title></rect>"
                )
            if hand is not None:
                top = base - min(hand, HIGHEST) / HIGHEST * HEIGHT
                marks.append(
                    f'<line x1="{x - 1}" x2="{x + BAR}" y1="{top:.1f}" '
                    f'y2="{top:.1f}" stroke="black" stroke-width="2"/>'
                )
            x += BAR
        middle = (start + x) / 2
        out.append(
            f'<text x="{middle:.1f}" y="{base + 14}" text-anchor="end" '
            f'transform="rotate(-20 {middle:.1f} {base + 14})">{op}</text>'
        )
        x += GAP
    width = x - x0 - GAP
    for value in (0, 0.25, 0.5, 0.75, 1):
        y = base - value / HIGHEST * HEIGHT
        out.append(
            f'<line x1="{x0 - 4}" x2="{x0 + width}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="#999" stroke-width="{1.5 if value == 1 else 0.5}"/>'
            f'<text x="{x0 - 8}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
        )
    out += marks
    out.append(f'<text x="{x0}" y="{y0 - 6}" font-weight="bold">{title}</text>')
    return width


def draw(results):
    rows = [
        row
        for row in results["rows"]
        if row["threads"] == 1 and row["scale"] == "none"
    ]
    if not rows:
        sys.exit("error: expected rows of one thread without a scale but got none")
    formats = unique(row["format"] for row in rows if row["format"])
    colours = {
        name: COLOURS[i % len(COLOURS)] for i, name in enumerate(formats)
    }
    elements = unique(row["element"] for row in rows)
    sizes = unique(row["data"] for row in rows)
    ops = unique(row["op"] for row in rows)
    out = []
    y, widest = TOP, 0
    for element in elements:
        x = LEFT
        for size in sizes:
            panel = [r for r in rows if (r["element"], r["data"]) == (element, size)]
            title = f"{element}, in {size}"
            x += draw_panel(out, panel, ops, colours, x, y, title) + LEFT
        widest = max(widest, x)
        y += HEIGHT + LABEL_SPACE + PANEL_SPACE

    context = results["context"]
    head = html.escape(f"{context['processor']}; {context['date']}")
    out.append(
        f'<text x="8" y="18">altgrad as a share of the better limit of the same '
        f"traffic; black: the better hand-written kernel. {head}</text>"
    )
    x = LEFT
    for name, colour in list(colours.items()) + [("no format", ANY_COLOUR)]:
        out.append(
            f'<rect x="{x}" y="28" width="10" height="10" fill="{colour}"/>'
            f'<text x="{x + 14}" y="37">{name}</text>'
        )
        x += 80
    width = max(widest, 900)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{y}" font-family="sans-serif" font-size="11">',
            '<rect width="100%" height="100%" fill="white"/>',
            *out,
            "</svg>\n",
        ]
    )


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(draw(results))


if __name__ == "__main__":
    main()
