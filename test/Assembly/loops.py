"""Finds the vector loops in x86-64 assembly as llc writes it."""

import re

LABEL = re.compile(r"(\.LBB\w+):")
FUNCTION = re.compile(r"^([\w.]+):\s*# @", re.MULTILINE)
MEMORY = re.compile(r"(-?\w*)\((%\w+)?(?:,(%\w+)(?:,(\d))?)?\)")
WIDE_REGISTER = re.compile(r"%[yz]mm\d")


class Instruction:
    def __init__(self, text):
        self.text = text
        parts = text.split(None, 1)
        self.name = parts[0]
        self.operands = parts[1] if len(parts) > 1 else ""

    def __str__(self):
        return self.text

    @property
    def memory(self):
        """(displacement, base, index, scale) of the memory operand, or None."""
        match = MEMORY.search(self.operands)
        return match and match.groups()

    @property
    def is_store(self):
        return bool(self.memory) and self.operands.endswith(")")

    @property
    def touches_stack(self):
        return bool(self.memory) and "%rsp" in self.operands

    @property
    def reads_constant(self):
        return bool(self.memory) and "%rip" in self.operands

    @property
    def is_masked(self):
        return "{%k" in self.operands


class Loop:
    """The instructions of an innermost loop."""

    def __init__(self, instructions):
        self.instructions = instructions

    def __str__(self):
        return "".join(f"\t{instruction}\n" for instruction in self.instructions)

    def __len__(self):
        return len(self.instructions)

    @property
    def is_vector(self):
        """True if arrays are read or written by registers of vectors."""
        return any(WIDE_REGISTER.search(i.operands) for i in self.accesses)

    @property
    def is_avx512(self):
        """True if there are 32 registers."""
        return any("%zmm" in i.operands for i in self.instructions)

    def having(self, pattern):
        """The instructions whose names match all of `pattern`."""
        return [i for i in self.instructions if re.fullmatch(pattern, i.name)]

    @property
    def accesses(self):
        """Those of arrays."""
        return [
            i
            for i in self.instructions
            if i.memory and not i.reads_constant and not i.touches_stack
        ]

    @property
    def stores(self):
        return [i for i in self.accesses if i.is_store and i.name != "prefetcht0"]

    @property
    def spills(self):
        return [i for i in self.instructions if i.touches_stack]

    @property
    def prefetches(self):
        return self.having("prefetch.*")

    @property
    def non_temporal(self):
        return self.having("v?movnt.*")

    def get_steps(self):
        """What each counting register is moved by in one iteration."""
        steps = {}
        for i in self.having("addq|subq|incq|decq"):
            match = re.fullmatch(r"(?:\$(-?\d+), )?(%r\w+)", i.operands)
            if match:
                step = int(match.group(1) or 1)
                negative = i.name in ("subq", "decq")
                steps[match.group(2)] = -step if negative else step
        return steps

    def count_elements(self, element_bytes):
        """Elements of one iteration, from how far the first load moves."""
        steps = self.get_steps()
        for i in self.accesses:
            _, base, index, scale = i.memory
            if i.is_store or i in self.prefetches:
                continue
            moved = steps.get(base, 0) + steps.get(index, 0) * int(scale or 1)
            if moved:
                return abs(moved) // element_bytes
        return 0


def strip_comment(line):
    return re.sub(r"\s*#.*", "", line).strip()


def get_loops(lines):
    """The innermost loops of a function: ranges that end with a jump back."""
    labels, body, ends = {}, [], {}
    for line in lines:
        label = LABEL.match(line)
        text = strip_comment(line)
        if label:
            labels[label.group(1)] = len(body)
        elif text and not text.startswith((".", "#")) and not text.endswith(":"):
            body.append(Instruction(text.replace("\t", " ")))
            target = body[-1].operands
            if body[-1].name.startswith("j") and target in labels:
                ends[labels[target]] = len(body)
    for first, end in sorted(ends.items()):
        inner = [f for f in ends if f > first and ends[f] <= end]
        if not inner:
            yield Loop(body[first:end])


def get_functions(assembly):
    """The lines of each function."""
    functions = {}
    starts = list(FUNCTION.finditer(assembly))
    for start in starts:
        end = assembly.find(".Lfunc_end", start.end())
        functions[start.group(1)] = assembly[start.end() : end].splitlines()
    return functions
