#!/usr/bin/env python3
"""report.py altgrad.json [peers.json] [--json=merged.json]: the table of both.

altgrad.json is what altgrad-bench-gpu --json wrote, peers.json what peers.py
--json did. Each bandwidth is divided by that of the copy measured in turns with
it. Results of different data, sizes or devices are refused.
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import json
import sys

TARGET = 0.90


def unique(values):
    return list(dict.fromkeys(values))


def get_ratio(row, name):
    return row["kernels"].get(name, {}).get("of_copy")


def format_context(context):
    return "".join(f"- {name}: {value}\n" for name, value in context.items())


def format_rows(rows):
    """The table of one program: bandwidths, with their shares of the copy's."""
    names = unique(n for row in rows for n in row["kernels"] if n != "copy")
    lines = ["| case | bytes per element | copy GB/s |"]
    lines[0] += "".join(f" {name} GB/s | of copy |" for name in names)
    lines.append("|---|---:|---:|" + "---:|---:|" * len(names))
    for row in rows:
        per_element = row["bytes"] // row["elements"]
        copy = row["kernels"].get("copy", {}).get("gb_per_s")
        line = f"| {row['name']} | {per_element} | "
        line += f"{copy:.0f} |" if copy else "|"
        for name in names:
            kernel = row["kernels"].get(name, {})
            if "gb_per_s" in kernel:
                line += f" {kernel['gb_per_s']:.0f} | {kernel['of_copy']:.3f} |"
            else:
                line += " fails | |" if "failure" in kernel else " | |"
        lines.append(line)
    return "\n".join(lines) + "\n"


def format_comparison(rows, peers):
    """Shares of the copy, side by side, and altgrad's over the best peer's."""
    by_name = {row["name"]: row for row in peers}
    names = unique(n for row in peers for n in row["kernels"] if n != "copy")
    lines = ["| case | altgrad |" + "".join(f" {name} |" for name in names)]
    lines[0] += " altgrad / best peer |"
    lines.append("|---|---:|" + "---:|" * len(names) + "---:|")
    for row in rows:
        peer = by_name.get(row["name"])
        own = get_ratio(row, "altgrad")
        if peer is None or own is None:
            continue
        ratios = [get_ratio(peer, name) for name in names]
        cells = [f"{ratio:.3f}" if ratio else "" for ratio in ratios]
        measured = [ratio for ratio in ratios if ratio]
        cells.append(f"{own / max(measured):.2f}" if measured else "")
        lines.append(f"| {row['name']} | {own:.3f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def format_target(rows):
    ratios = {row["name"]: get_ratio(row, "altgrad") for row in rows}
    ratios = {name: ratio for name, ratio in ratios.items() if ratio}
    if not ratios:
        return ""
    below = [name for name, ratio in ratios.items() if ratio < TARGET]
    text = f"{len(ratios) - len(below)} of {len(ratios)} cases reach {TARGET:.2f}"
    text += " of the copy"
    return text + (": not " + ", ".join(below) if below else "") + ".\n"


def check_same(altgrad, peers):
    """Only the same work on the same device can be compared."""
    for name in unique([*altgrad["context"], *peers["context"]]):
        if name not in ("device", "elements") and not name.startswith("data, "):
            continue
        values = [part["context"].get(name) for part in (altgrad, peers)]
        # A filter may have left out an element type.
        if None not in values and values[0] != values[1]:
            sys.exit(
                f"error: expected results with the same {name} but got "
                f"'{values[0]}' and '{values[1]}'"
            )


def format_all(altgrad, peers):
    text = format_context(altgrad["context"]) + "\n" + format_rows(altgrad["rows"])
    text += "\n" + format_target(altgrad["rows"])
    if peers:
        text += "\n## Beside other packages\n\n" + format_context(peers["context"])
        text += "\nShares of the copy, each of that of its own rounds.\n\n"
        text += format_comparison(altgrad["rows"], peers["rows"])
        text += "\n" + format_rows(peers["rows"]) + "\n"
        text += format_context(peers["notes"])
    return text


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("altgrad")
    parser.add_argument("peers", nargs="?")
    parser.add_argument("--json", help="write both to this file")
    options = parser.parse_args()
    altgrad = load(options.altgrad)
    peers = load(options.peers) if options.peers else None
    if peers:
        check_same(altgrad, peers)
    print(format_all(altgrad, peers), end="")
    if options.json:
        merged = dict(altgrad, peers=peers) if peers else altgrad
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(merged, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
