#!/usr/bin/env python3
"""Compares the examples in docs/ with the tests they are taken from.

    check-doc-examples.py [--fix] TEST [LABEL=FILE ...]
    check-doc-examples.py --all

A fenced block after the comment

    <!-- example: test/Docs/name.mlir:LABEL -->

has to be what the test with that name says it is: for the label `before` the
program in the test itself, without the comments at its head; for any other
label the text in FILE, which the test wrote, without the `module { }` around
it. A line `...` in a block stands for any number of lines.

A block after

    <!-- source: path/of/a/file -->

has to stand in that file as it is, but for its indentation; `...` as above.

TEST checks the blocks of one test, which is how the tests in test/Docs end;
--fix writes them anew, except those with a `...`. --all checks that the markers
name tests that check them, that each `mlir` and `c++` block of the pages in
MARKED_PAGES has a marker, and that one of PASS_PAGES has a section for every pass.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import difflib
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARKED_PAGES = ["Pipelines.md", "GPU.md", "Embedding.md"]
PASS_PAGES = ["Pipelines.md", "GPU.md"]
MARKER = re.compile(r"<!-- (example|source): (\S+?)(?::([\w-]+))? -->\n")
FENCE = re.compile(r"```([\w+]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block:
    """A fenced block with a marker in front of it."""

    def __init__(self, page, marker, fence):
        self.page = page
        self.kind, self.path, self.label = marker.groups()
        self.text = fence.group(2)
        self.span = fence.span(2)
        line = page.read_text()[: fence.start()].count("\n") + 1
        self.place = f"{page.relative_to(ROOT)}:{line}"


def get_pages():
    return sorted((ROOT / "docs").glob("*.md"))


def get_blocks(page):
    text = page.read_text()
    for marker in MARKER.finditer(text):
        fence = FENCE.match(text, marker.end())
        if not fence:
            line = text[: marker.start()].count("\n") + 1
            sys.exit(f"{page}:{line}: expected a fenced block after the marker")
        yield Block(page, marker, fence)


def get_program(test):
    """The program in a test, without the comments at its head."""
    lines = test.read_text().splitlines()
    while lines and (lines[0].startswith("//") or not lines[0].strip()):
        lines.pop(0)
    lines = [line for line in lines if not line.lstrip().startswith("// CHECK")]
    return "\n".join(lines).strip() + "\n"


def unwrap(text):
    """The output of altgrad-opt without `module {` and `}`, moved to the left."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    if "module {" in lines and lines[-1] == "}":
        start = lines.index("module {")
        body = textwrap.dedent("\n".join(lines[start + 1 : -1])).splitlines()
        lines = lines[:start] + body
    return textwrap.dedent("\n".join(lines) + "\n")


def matches(quoted, actual):
    """True if the pieces of `quoted` between `...` follow each other."""
    quoted, actual = quoted.splitlines(), actual.splitlines()
    pieces, gaps = [[]], [False]
    for line in quoted:
        if line.strip() == "...":
            pieces.append([])
        else:
            pieces[-1].append(line)
    position = 0
    for number, piece in enumerate(pieces):
        first, last = number == 0, number == len(pieces) - 1
        places = range(position, len(actual) - len(piece) + 1)
        if first:
            places = [0]
        if last:  # What follows the last gap reaches to the end.
            end = len(actual) - len(piece)
            places = [place for place in places if place == end]
        for place in places:
            if actual[place : place + len(piece)] == piece:
                position = place + len(piece)
                break
        else:
            return False
    return True


def check(block, actual, command):
    """Prints what differs and how to mend it; returns whether it matched."""
    if matches(block.text, actual):
        return True
    source = block.path + (f":{block.label}" if block.label else "")
    print(f"{block.place}: the block is not what {source} gives:")
    diff = difflib.unified_diff(
        block.text.splitlines(), actual.splitlines(), "page", source, lineterm=""
    )
    print("\n".join(diff))
    print(f"to mend it: {command}\n")
    return False


def fix(block, actual):
    text = block.page.read_text()
    start, end = block.span
    block.page.write_text(text[:start] + actual + text[end:])


def check_test(test, files, fixes):
    name = str(test.relative_to(ROOT))
    texts = {"before": get_program(test)}
    for label, path in files.items():
        texts[label] = unwrap(pathlib.Path(path).read_text())
    command = " ".join(["scripts/check-doc-examples.py --fix", name])
    command += "".join(f" {label}={path}" for label, path in files.items())

    good, used = True, set()
    for page in get_pages():
        # Last block first, so that mending one does not move the others.
        for block in reversed(list(get_blocks(page))):
            if block.kind != "example" or block.path != name:
                continue
            if block.label not in texts:
                print(f"{block.place}: {name} gives no '{block.label}'")
                good = False
                continue
            used.add(block.label)
            if fixes and "..." not in [
                line.strip() for line in block.text.splitlines()
            ]:
                fix(block, texts[block.label])
            else:
                good &= check(block, texts[block.label], command)
    for label in sorted(set(files) - used):
        print(f"{name}: no page quotes '{label}'")
        good = False
    if not used:
        print(f"{name}: no page quotes this test")
        good = False
    return good


def check_source(block):
    """The block has to stand in the file, at any depth of indentation."""
    actual = (ROOT / block.path).read_text()
    for depth in range(0, 9, 2):
        quoted = textwrap.indent(block.text, " " * depth)
        if matches(f"...\n{quoted}...\n", actual):
            return True
    print(f"{block.place}: the block is not in {block.path}")
    return False


def check_passes():
    """Every pass that is defined has a heading in one of PASS_PAGES."""
    text = "".join((ROOT / "docs" / page).read_text() for page in PASS_PAGES)
    headings = re.findall(r"^## (\S+)$", text, re.MULTILINE)
    good = True
    for definitions in sorted((ROOT / "include").glob("**/Passes.td")):
        for name in re.findall(r'\bPass<"([\w-]+)"', definitions.read_text()):
            if name not in headings:
                print(f"docs/Pipelines.md, docs/GPU.md: no section '## {name}'")
                good = False
    return good


def check_all():
    good = check_passes()
    for page in get_pages():
        blocks = list(get_blocks(page))
        for block in blocks:
            path = ROOT / block.path
            if not path.is_file():
                print(f"{block.place}: there is no {block.path}")
                good = False
            elif block.kind == "source":
                good &= check_source(block)
            elif "check-doc-examples.py" not in path.read_text():
                print(f"{block.place}: {block.path} does not check its examples")
                good = False
        if page.name not in MARKED_PAGES:
            continue
        marked = {block.span for block in blocks}
        text = page.read_text()
        for fence in FENCE.finditer(text):
            if fence.group(1) in ("mlir", "c++") and fence.span(2) not in marked:
                line = text[: fence.start()].count("\n") + 1
                print(f"{page.relative_to(ROOT)}:{line}: the block has no marker")
                good = False
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("test", nargs="?")
    parser.add_argument("files", nargs="*", metavar="LABEL=FILE")
    options = parser.parse_args()
    if options.all == bool(options.test):
        parser.error("expected a test or --all")
    if options.all:
        sys.exit(not check_all())
    files = dict(pair.split("=", 1) for pair in options.files)
    test = pathlib.Path(options.test).resolve()
    sys.exit(not check_test(test, files, options.fix))


if __name__ == "__main__":
    main()
