#!/usr/bin/env python3
"""Checks the links of README.md, CONTRIBUTING.md and docs/, reference included.

    check-doc-links.py

A link to a file or a folder of this repository has to resolve, and so does the
heading behind a `#`. Links to other sites are not followed. In a table of
docs/Ops.md, whose rows are operations, a linked test has to contain the
operation, and every operation of the dialect has to have a row.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]\n]*(?:\n[^\]\n]+)?\]\(([^)\s]+)\)")
CODE = re.compile(r"^(```.*?^```$|<!--.*?-->$)", re.MULTILINE | re.DOTALL)
REFERENCE = ROOT / "docs" / "reference" / "AltgradDialect.md"
OPS = ROOT / "docs" / "Ops.md"


def get_pages():
    docs = ROOT / "docs"
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    return pages + sorted(docs.glob("**/*.md"))


def get_prose(page):
    """The text of a page with its code blanked, line numbers unchanged."""
    return CODE.sub(lambda code: "\n" * code.group().count("\n"), page.read_text())


def get_anchors(page):
    """The anchors that GitHub gives the headings of a page."""
    anchors, counts = set(), {}
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", get_prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = counts.get(anchor, 0)
        counts[anchor] = count + 1
        anchors.add(f"{anchor}-{count}" if count else anchor)
    return anchors


def check_link(page, target):
    """What is wrong with a link, or nothing."""
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return f"there is no {path}"
    if ROOT not in [file, *file.parents]:
        return f"{path} is outside of the repository"
    if anchor and (file.suffix != ".md" or anchor not in get_anchors(file)):
        return f"there is no heading #{anchor} in {file.relative_to(ROOT)}"
    return None


def check_ops():
    """Yields what is wrong with the table of operations."""
    rows = re.findall(r"^\| *`([\w.]+)` *\|(.*)\|$", OPS.read_text(), re.MULTILINE)
    for op, cells in rows:
        for target in LINK.findall(cells):
            file = (OPS.parent / target).resolve()
            if file.is_file() and op not in file.read_text():
                yield f"docs/Ops.md: {target} does not contain {op}"
    expected = set(re.findall(r"^### `(altgrad\.\w+)`", REFERENCE.read_text(), re.M))
    for op in sorted(expected ^ {op for op, _ in rows}):
        yield f"docs/Ops.md: {op} is not an operation in both table and reference"


def main():
    problems = []
    for page in get_pages():
        text = get_prose(page)
        for link in LINK.finditer(text):
            problem = check_link(page, link.group(1))
            if problem:
                line = text[: link.start()].count("\n") + 1
                problems.append(f"{page.relative_to(ROOT)}:{line}: {problem}")
    problems += check_ops()
    print("\n".join(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
