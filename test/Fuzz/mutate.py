#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cuts and mutates valid .mlir files at random and runs altgrad-opt on them.

No input a user can write may crash the tool: it must accept it or refuse it
with a diagnostic. Seeded, so that a failure can be run again; bounded, so that
it can be part of the test suite.

    mutate.py ALTGRAD_OPT CORPUS_DIR [--seed N] [--mutants N] [--keep DIR]

Many mutants share one process (--split-input-file); when a batch crashes, each
of its mutants is run alone to find the one that did it.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys

PIPELINES = [
    [],
    ["--canonicalize"],
    ["--convert-altgrad-to-linalg"],
    ["--convert-altgrad-to-arith"],
    ["--altgrad-set-format=format=E7M0"],
    ["--altgrad-cpu-pipeline"],
    ["--altgrad-cpu-pipeline=threads=2 fast-math=true vector-width=128"],
]
BATCH = 40
SECONDS_PER_BATCH = 120

TOKEN = re.compile(r"[A-Za-z_][\w.$]*|[%@!#^][\w.$]+|-?\d[\w.+-]*|\S|\s+")
# What takes the place of a token: the words this dialect knows, extreme
# numbers, and types that do not belong.
SPICE = """E0M7 E1M6 E3M4 E5M2 E7M0 E4M3FN E4M3FNUZ E9M9 E0M0 ieee fn fnuz finite bias
 saturate infinity identity clipped lsq propagate ignore max most_recent ceil floor
 none 0 1 -1 2 7 16 255 4294967296 9223372036854775807 -9223372036854775808 1.0e400
 0x7FC00000 0.0 -0.0 f16 bf16 f32 f64 i1 i8 i64 index f8E5M2 f8E4M3FN f80 complex<f32>
 tensor<f32> tensor<0xf32> tensor<?xf32> tensor<4xf32> tensor<*xf32> vector<4xf32>
 vector<[4]xf32> vector<f32> memref<4xf32> tensor<4x!altgrad.fp8<E5M2>>
 !altgrad.fp8<E5M2> altgrad.quantize altgrad.dequantize altgrad.fake_quantize
 altgrad.amax altgrad.stall altgrad.encode altgrad.decode altgrad.round
 altgrad.bitcast altgrad.constant altgrad.compute_scale altgrad.history_amax
 altgrad.update_amax_history overflow rounding ste scale_grad threshold margin
 ( ) { } < > [ ] , : -> = x ?""".split()


def load_corpus(directory):
    """Every chunk of every .mlir file, without the lines that drive lit."""
    chunks = []
    for path in sorted(pathlib.Path(directory).rglob("*.mlir")):
        for chunk in re.split(r"^\s*// -----.*$", path.read_text(), flags=re.M):
            lines = [l for l in chunk.splitlines() if not l.strip().startswith("//")]
            text = "\n".join(lines).strip()
            if "altgrad" in text and len(text) < 6000:
                chunks.append(text)
    return chunks


def mutate(rng, corpus):
    text = rng.choice(corpus)
    kind = rng.randrange(6)
    if kind == 0:  # Cut the file off.
        return text[: rng.randrange(len(text))]
    if kind == 1:  # Drop or repeat a line.
        lines = text.splitlines()
        i = rng.randrange(len(lines))
        lines[i : i + 1] = [lines[i]] * rng.choice([0, 2])
        return "\n".join(lines)
    tokens = TOKEN.findall(text)
    solid = [i for i, t in enumerate(tokens) if not t.isspace()]
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        i = rng.choice(solid)
        if kind == 2:  # A token of this file in another place.
            tokens[i] = tokens[rng.choice(solid)]
        elif kind == 3:  # A token of the dialect, or an extreme one.
            tokens[i] = rng.choice(SPICE)
        elif kind == 4:  # A number near another.
            numbers = [k for k in solid if re.fullmatch(r"-?\d+", tokens[k])]
            if numbers:
                i = rng.choice(numbers)
                tokens[i] = str(rng.choice([0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 64, 65]))
        else:  # Types and formats, everywhere at once.
            old, new = rng.choice(
                [("f32", "f16"), ("f32", "bf16"), ("f32", "f64"), ("tensor", "vector"),
                 ("?", "4"), ("4", "?"), ("E4M3FN", "E7M0"), ("E5M2", "E0M7"),
                 ("vector", "tensor"), ("f32", "i32"), ("16", "[16]"), ("4x", "")])
            return text.replace(old, new)
    return "".join(tokens)


def run(tool, arguments, text):
    """Returns None if the tool behaved, else what it did."""
    command = [tool, *arguments, "--split-input-file", "-o", "/dev/null"]
    try:
        result = subprocess.run(command, input=text, text=True, errors="replace",
                                capture_output=True, timeout=SECONDS_PER_BATCH)
    except subprocess.TimeoutExpired:
        return f"ran longer than {SECONDS_PER_BATCH} s"
    if result.returncode not in (0, 1):
        return f"exit status {result.returncode}\n{result.stderr[-3000:]}"
    if result.returncode == 1 and "error:" not in result.stderr:
        return f"failed without a diagnostic\n{result.stderr[-3000:]}"
    for trace in ("LLVM ERROR", "Assertion", "PLEASE submit a bug report",
                  "ERROR: AddressSanitizer", "runtime error:"):
        if trace in result.stderr:
            return f"printed {trace!r}\n{result.stderr[-3000:]}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("corpus")
    parser.add_argument("--seed", type=int, default=20261120)
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--keep", help="folder that receives the inputs that failed")
    arguments = parser.parse_args()

    corpus = load_corpus(arguments.corpus)
    if len(corpus) < 20:
        sys.exit(f"expected a corpus of 20 programs or more but found {len(corpus)}")
    rng = random.Random(arguments.seed)
    failures = 0
    for start in range(0, arguments.mutants, BATCH):
        batch = [mutate(rng, corpus)
                 for _ in range(min(BATCH, arguments.mutants - start))]
        pipeline = PIPELINES[(start // BATCH) % len(PIPELINES)]
        separator = "\n// -----\n"
        if run(arguments.tool, pipeline, separator.join(batch)) is None:
            continue
        for text in batch:
            problem = run(arguments.tool, pipeline, text)
            if problem is None:
                continue
            failures += 1
            print(f"altgrad-opt {' '.join(pipeline)}: {problem}\n--- input\n{text}\n---")
            if arguments.keep:
                folder = pathlib.Path(arguments.keep)
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"crash-{arguments.seed}-{failures}.mlir").write_text(
                    f"// {' '.join(pipeline)}\n{text}\n")
    print(f"{arguments.mutants} mutants of {len(corpus)} programs, seed "
          f"{arguments.seed}: {failures} crashed or failed without a diagnostic")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
