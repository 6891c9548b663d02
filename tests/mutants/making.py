"""What is broken: each place of a module that one of Cosmic Ray's operators changes."""

from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast, is_number
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.provider import OperatorProvider
from parso.python.tree import Number

# Of the replacements of an operator one or two: what tells least from what is right bites most.
_PAIRS = (
    "Binary Add Sub", "Binary Sub Add", "Binary Mul Div", "Binary Div Mul", "Binary FloorDiv Mul",
    "Binary Mod Mul", "Binary Pow Mul", "Binary BitAnd BitOr",
    "Comparison Lt LtE", "Comparison Lt GtE", "Comparison LtE Lt", "Comparison LtE Gt",
    "Comparison Gt GtE", "Comparison Gt LtE", "Comparison GtE Gt", "Comparison GtE Lt",
    "Comparison Eq NotEq", "Comparison NotEq Eq",
    "Comparison Is IsNot", "Comparison IsNot Is",
    "Unary USub UAdd", "Unary Delete Not", "Unary Delete Invert",
)  # fmt: skip
_SINGLE = (
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr",
    "ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    "ZeroIterationForLoop", "ExceptionReplacer",
)  # fmt: skip


class _Whole(NumberReplacer):
    """A whole number, one more and one less."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        if is_number(node) and isinstance(literal_eval(node.value), int):
            yield from super().mutation_positions(node)


class _Share(NumberReplacer):
    """A fraction, a quarter more and a fifth less: one more would be told by anything."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        if is_number(node) and isinstance(literal_eval(node.value), float):
            yield from super().mutation_positions(node)

    def mutate(self, node: Any, index: int) -> Any:
        return Number(f" {literal_eval(node.value) * (1.25, 0.8)[index]!r}", node.start_pos)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one thing broken: ``code`` is its text, ``line`` where, ``was`` and ``now`` what."""

    line: int
    was: str
    now: str
    code: str

    def __str__(self) -> str:
        return f"{self.line}: {self.was}  →  {self.now}"


def mutants(path: Path) -> list[Mutant]:
    """Give all mutants of a module, by line."""
    source = path.read_text("utf-8")
    nodes = list(ast_nodes(get_ast(source)))
    made = {}
    for operator in _operators():
        count = sum(len(list(operator.mutation_positions(node))) for node in nodes)
        for place in range(count):
            code = mutate_code(source, operator, place)
            if code and code != source:
                made[code] = _told(source, code)
    return sorted((one for one in made.values() if not _typed(one)), key=lambda one: one.line)


def _typed(mutant: Mutant) -> bool:
    """Tell what is for the type checker to hold: what cannot be set, what is given by its name."""
    return mutant.was.startswith("@dataclass") or mutant.was.replace("*,", "/,") == mutant.now


def _operators() -> list[Any]:
    known = OperatorProvider()
    pairs = (pair.split() for pair in _PAIRS)
    names = [f"Replace{kind}Operator_{old}_{new}" for kind, old, new in pairs]
    return [_Whole(), _Share(), *(known[name]() for name in (*names, *_SINGLE))]


def _told(source: str, code: str) -> Mutant:
    both = zip(source.splitlines(), code.splitlines(), strict=False)
    line, was, now = next((n, a, b) for n, (a, b) in enumerate(both, 1) if a != b)
    return Mutant(line, was.strip(), now.strip(), code)
