#!/usr/bin/env python3
"""scripts/plot-bench.py results.json plot.svg [element type]: the share of the
limit that each kernel reaches, from what altgrad-bench-cpu --json wrote, and
what peers reach of altgrad's rate, if they were measured. A name that ends in
.png gives a PNG (by rsvg-convert, apt-get install librsvg2-bin).

One panel for each operation, data in cache above data in memory; one group for
each format; three bars: altgrad's compiled code, the hand-written loop, the
best known form. One thread, no scale. No library needed.
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import html
import json
import subprocess
import sys

KERNELS = [
    ("altgrad", "altgrad", "#0072b2"),
    ("hand_written", "hand-written loop, vectorized by clang", "#bbbbbb"),
    ("best_form", "best known form, with intrinsics", "#e69f00"),
]
PEER_COLOURS = ["#009e73", "#cc79a7", "#d55e00", "#56b4e9"]
BAR, GROUP_GAP, HEIGHT = 15, 12, 130
LEFT, TOP, PANEL_GAP, LABELS = 46, 64, 44, 52
# Above the limit there is only noise, or a limit that is none.
HIGHEST = 1.25
GRID = (0, 0.25, 0.5, 0.75, 1)


def unique(values):
    return list(dict.fromkeys(values))


def get_share(row, kernel):
    """The rate of a kernel over the better rate of the limits."""
    rates = {name: timing["gel_per_s"] for name, timing in row["kernels"].items()}
    limits = [rates[name] for name in ("limit", "limit_streaming") if name in rates]
    if kernel not in rates or not limits:
        return None
    return rates[kernel] / max(limits)


class Drawing:
    def __init__(self):
        self.parts = []
        self.right = self.bottom = 0

    def text(self, x, y, text, anchor="start", size=11, weight="normal"):
        # A white rim, so that lines behind do not make it unreadable.
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'font-size="{size}" font-weight="{weight}" paint-order="stroke" '
            f'stroke="white" stroke-width="2.5">{html.escape(text)}</text>'
        )

    def rectangle(self, x, y, width, height, colour, tip=""):
        title = f"<title>{html.escape(tip)}</title>" if tip else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" fill="{colour}">{title}</rect>'
        )

    def line(self, x1, x2, y, colour, width):
        self.parts.append(
            f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"/>'
        )

    def panel(self, x, y, width, title, groups):
        """groups: (label, [(share, colour, tip), ...]), ...; the first bar of a
        group has its number written above."""
        base = y + HEIGHT
        for value in GRID:
            at = base - value / HIGHEST * HEIGHT
            colour, weight = ("#333", 1.2) if value in (0, 1) else ("#ccc", 0.6)
            self.line(x, x + width, at, colour, weight)
            self.text(x - 5, at + 4, f"{value:g}", anchor="end", size=9)
        self.text(x, y - 4, title, size=12, weight="bold")
        at = x + GROUP_GAP / 2
        for label, bars in groups:
            for index, (share, colour, tip) in enumerate(bars):
                if share is None:
                    continue
                height = min(share, HIGHEST) / HIGHEST * HEIGHT
                left = at + index * BAR
                self.rectangle(left, base - height, BAR - 1, height, colour, tip)
                if index == 0:
                    self.text(
                        left + BAR / 2, base - height - 3, f"{share:.2f}", "middle", 8
                    )
            middle = at + len(bars) * BAR / 2
            self.text(middle, base + 14, label, anchor="middle", size=10)
            at += len(bars) * BAR + GROUP_GAP
        self.right = max(self.right, x + width)
        self.bottom = max(self.bottom, base + LABELS)

    def get_svg(self):
        return "\n".join(
            [
                (
                    '<svg xmlns="http://www.w3.org/2000/svg" '
                    f'width="{self.right + 20:.0f}" height="{self.bottom:.0f}" '
                    'font-family="sans-serif">'
                ),
                '<rect width="100%" height="100%" fill="white"/>',
                *self.parts,
                "</svg>\n",
            ]
        )


def get_width(groups):
    return sum(len(bars) * BAR + GROUP_GAP for _, bars in groups)


def draw_grid(drawing, y, panels, columns):
    """Panels of one width in lines; returns where the next may be."""
    width = max(get_width(groups) for _, groups in panels)
    for index, (title, groups) in enumerate(panels):
        column, line = index % columns, index // columns
        drawing.panel(
            LEFT + column * (width + PANEL_GAP),
            y + line * (HEIGHT + LABELS),
            width,
            title,
            groups,
        )
    lines = (len(panels) + columns - 1) // columns
    return y + lines * (HEIGHT + LABELS)


def get_op_panels(rows, data):
    panels = []
    for op in unique(row["op"] for row in rows):
        groups = []
        for row in rows:
            if (row["op"], row["data"]) != (op, data):
                continue
            bars = []
            for kernel, title, colour in KERNELS:
                share = get_share(row, kernel)
                tip = "" if share is None else f"{row['name']}, {title}: {share:.2f}"
                bars.append((share, colour, tip))
            groups.append((row["format"] or "any", bars))
        if groups:
            panels.append((op, groups))
    return panels


def get_peer_panels(peers):
    titles = list(peers["versions"])
    panels = []
    for data in unique(row["data"] for row in peers["rows"]):
        for op in unique(row["op"] for row in peers["rows"]):
            groups = []
            for row in peers["rows"]:
                if (row["op"], row["data"]) != (op, data):
                    continue
                bars = []
                for title, colour in zip(titles, PEER_COLOURS):
                    kernel = row["kernels"].get(title)
                    share = kernel["gel_per_s"] / row["altgrad"] if kernel else None
                    tip = f"{title}: {share:.3f}" if kernel else ""
                    bars.append((share, colour, tip))
                groups.append((row["format"], bars))
            panels.append((f"{op}, in {data}", groups))
    return panels


def draw_legend(drawing, x, y, entries):
    for title, colour in entries:
        drawing.rectangle(x, y - 9, 10, 10, colour)
        drawing.text(x + 14, y, title)
        x += 32 + 6.2 * len(title)


def draw(results, element):
    rows = [
        row
        for row in results["rows"]
        if row["threads"] == 1 and row["scale"] == "none" and row["element"] == element
    ]
    if not rows:
        sys.exit(
            f"error: expected rows of one thread without a scale in {element} "
            "but got none"
        )
    drawing = Drawing()
    context = results["context"]
    drawing.text(
        LEFT,
        20,
        f"altgrad, {element}: rate as a share of the limit (the same bytes read and "
        "written, nothing else; in memory the faster kind of stores)",
        size=13,
        weight="bold",
    )
    drawing.text(LEFT, 36, f"{context['processor']}; {context['date']}")
    draw_legend(drawing, LEFT, 54, [(title, colour) for _, title, colour in KERNELS])
    y = TOP
    for data in unique(row["data"] for row in rows):
        drawing.text(LEFT, y + 18, f"in {data}", size=14, weight="bold")
        y = draw_grid(drawing, y + 46, get_op_panels(rows, data), 4)
    peers = results.get("peers")
    if peers and peers["rows"] and element == "f32":
        drawing.text(
            LEFT, y + 18, "peers: share of altgrad's rate", size=14, weight="bold"
        )
        draw_legend(drawing, LEFT + 260, y + 18, zip(peers["versions"], PEER_COLOURS))
        draw_grid(drawing, y + 46, get_peer_panels(peers), 6)
    return drawing.get_svg()


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    svg = draw(results, sys.argv[3] if len(sys.argv) == 4 else "f32")
    if not sys.argv[2].endswith(".png"):
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write(svg)
        return
    try:
        subprocess.run(
            ["rsvg-convert", "--zoom=1.5", "--output", sys.argv[2]],
            input=svg.encode(),
            check=True,
        )
    except FileNotFoundError:
        sys.exit("error: expected rsvg-convert: apt-get install librsvg2-bin")


if __name__ == "__main__":
    main()
