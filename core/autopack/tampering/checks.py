"""What a test asks, as objects that can be compared: one for each assertion, in each round of its loops and cases."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"""'([^'\n]{1,300})'|"([^"\n]{1,300})\"""")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_ATTRIBUTE = re.compile(r"\.[^\W\d]\w*")
_AROUND = frozenset({"set", "frozenset", "sorted", "list", "tuple", "dict"})
_IGNORED = frozenset({"v0", "v1", "v2", "v3", "v4", "v5", "None", "True", "False"})


def words_of(text: str) -> frozenset[str]:
    """As `Check.words`."""
    quoted = [a or b for a, b in _QUOTED.findall(text)]
    return (
        frozenset((*_WORD.findall(text), *(f'"{q}' for q in quoted), *(w for q in quoted for w in q.split())))
        - _IGNORED
    )


RANKS = {
    "==": 9, "is": 9, "approx": 9, "raises": 9, "snapshot": 9, "warns": 9, "helper": 9, "fail": 9,
    "set ==": 7, "matches": 7, "startswith": 5, "endswith": 5, "in": 5, "not in": 5, "issubset": 5, "any": 4,
    "!=": 3, "is not": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "isinstance": 3, "len": 4, "truth": 2, "not": 2,
    "is not None": 2, "is error": 3, "ran": 0, "nothing": 0, "suppress": 0,
    "called with": 9, "called": 4, "called times": 6, "tautology": 0,
}  # fmt: skip
"""How much an assertion of each kind says; of two about the same thing the one with less is the weaker."""
IDLE = frozenset({"nothing", "ran", "suppress", "tautology"})
"""Kinds that ask nothing of a result."""


@dataclass(frozen=True)
class Place:
    path: str
    line: int


@dataclass(frozen=True)
class Tolerance:
    """What a comparison lets pass: of the expected value's size, and at least."""

    relative: float
    least: float

    def width(self, expected: float | None) -> float | None:
        return max(self.relative * abs(expected), self.least) if expected is not None else None


@dataclass(frozen=True)
class Check:
    """`op` is one of RANKS; `subject` and `expected` in one spelling (`terms`). `places` lead from the case (if there is
    one) over the call in the test to the assertion itself; `guards` are conditions round it."""

    op: str
    subject: str
    expected: str
    places: tuple[Place, ...]
    text: str = ""
    guards: frozenset[str] = frozenset()
    guard_place: Place | None = None
    cased: bool = False
    tolerance: Tolerance | None = None
    number: float | None = None
    """The expected value, where it is a number."""
    core: str = ""
    """The subject without what is only put round it (`len`, `sorted`, `float`)."""
    losses: tuple[str, ...] = ()
    """Of what is put round it, the calls after which less is left to compare."""
    rounds: frozenset[object] = frozenset()
    """Forms of the check in each round of a loop or table, where it is told once for all of them."""
    computed: bool = False
    """The expected value comes from the product."""
    ours: str = ""
    """`computes` or `holds`: how the product makes the expected value, by functions that are called or by values."""
    of_mock: bool = False
    """It looks at what a mock gives back."""
    whole: str = ""
    """The subject with what its locals were made of, where it is a comparison."""

    def is_about(self, other: Check) -> bool:
        """Whether both look at the same thing, whatever is put round it."""
        return (
            self.subject == other.subject
            or bool(self.core and self.core == other.core)
            or (self.whole or self.subject) == (other.whole or other.subject)
        )

    def is_about_part_of(self, other: Check) -> bool:
        """Whether it looks at the same thing, or at a part of what the other looks at."""
        mine, theirs = (c.whole or c.core or c.subject for c in (self, other))
        return self.is_about(other) or (bool(theirs) and mine.startswith((f"{theirs}.", f"{theirs}[")))

    @property
    def form(self) -> tuple[object, ...]:
        return (self.op, self.subject, self.expected, self.tolerance)

    @property
    def rank(self) -> int:
        return max(
            0, RANKS.get(self.op, 2) - 4 * bool(self.losses) if self.op in ("==", "is") else RANKS.get(self.op, 2)
        )

    @property
    def words(self) -> frozenset[str]:
        """Words of its text, the texts in quotes (behind a quote), and what stands between blanks in these."""
        return words_of(f"{self.subject} {self.expected} {self.text}")

    @property
    def tokens(self) -> list[str]:
        return _TOKEN.findall(f"{self.core or self.subject} {self.expected}")

    @property
    def asks_of(self) -> str:
        """The last function or method that makes what it looks at, "" where there is none."""
        return _outermost(self.core or self.subject)

    @property
    def function(self) -> str:
        """As `callee`, "" for what is only put round the subject (`set`)."""
        return "" if self.callee in _AROUND else self.callee

    @property
    def attributes(self) -> list[str]:
        """`.area` for each `x.area` and `x.area()` that the subject is made with."""
        return _ATTRIBUTE.findall(self.subject)

    @property
    def callee(self) -> str:
        """The first function of the subject, "" where there is none."""
        found = re.search(r"([^\W\d]\w*)\s*(?:<[^<>()]*>)?\(", self.core or self.subject)
        return found[1] if found else ""


@lru_cache(maxsize=4096)
def _outermost(text: str) -> str:
    """The name of the last call of a chain, "" where the text is none."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


@dataclass(frozen=True)
class Block:
    """What keeps a test, or a part of it, from running or from counting; `key` says what it is wherever it stands."""

    kind: str
    place: Place
    key: str
    text: str


@dataclass(frozen=True)
class Bound:
    """A number that says how long something may take, or how often it is tried; a larger one lets more pass."""

    name: str
    value: float
    place: Place


@dataclass(frozen=True)
class Double:
    """`target`: what is replaced, by its last name; `subject`: the test uses it itself; `own`: the product defines it;
    `stands_for`: the product's class that a class of the tests derives from to replace it."""

    target: str
    place: Place
    text: str
    subject: bool
    own: bool = False
    stands_for: str = ""


@dataclass(frozen=True)
class Examined:
    """A test as it can be compared. `id` is `path::Class::name`, `line` that of its `def`; `last` its last line."""

    id: str
    path: str
    line: int
    first: int
    last: int
    checks: tuple[Check, ...]
    blocks: tuple[Block, ...] = ()
    bounds: tuple[Bound, ...] = ()
    doubles: tuple[Double, ...] = ()
    uses: frozenset[str] = frozenset()
    """What it calls of the product, itself or by its fixtures."""
    helpers: frozenset[str] = frozenset()
    """What it uses of other files on the tests' side."""
    fakes: tuple[Double, ...] = ()
    """Mocks and objects made up on the spot."""
    tables: tuple[tuple[Place, int], ...] = ()
    """Where its cases stand, and how many."""
    body: str = ""

    @property
    def name(self) -> str:
        return self.id.rpartition("::")[2]
