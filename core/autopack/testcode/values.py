"""What a test knows of a value: where it comes from, and the one spelling in which two values can be compared."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from autopack.testcode.modules import Module


class Source(IntFlag):
    """What a value depends on beside the text of the test; none: the test could print it before it runs."""

    NONE = 0
    PRODUCT = 1
    UNKNOWN = 2
    """A file, the environment, a library, a fixture that nobody can look into: taken to depend on the product."""
    FAKE = 4
    """What the test itself put in the place of the product."""
    COPY = 8
    """The product's own code, pasted or executed a second time."""


ALIVE = Source.PRODUCT | Source.UNKNOWN
Key = tuple[object, ...]
"""A spelling: its kind, then what it is made of, keys again among it."""


def as_key(part: object) -> Key | None:
    """A part of a key that is one itself."""
    return cast("Key", part) if isinstance(part, tuple) else None


class Frame:
    """Local names of a function that runs; `number` tells its objects from those of other calls."""

    def __init__(self, module: Module, number: int, parent: Frame | None = None) -> None:
        self.module, self.number, self.parent = module, number, parent
        self.names: dict[str, Value] = {}
        self.returned: list[Value] = []
        self.outside: set[str] = set()
        """Names that `nonlocal` and `global` give to the frames above."""

    def holder(self, name: str) -> Frame | None:
        frame: Frame | None = self
        while frame is not None and name not in frame.names:
            frame = frame.parent
        return frame


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function of the test's side: its body runs when somebody calls it, in a frame under `outer`. `bound` is what it
    is a method of, `copy_of` the function of the product that it repeats."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module
    outer: Frame | None = None
    bound: Value | None = None
    copy_of: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """`named`: the module, function or class it is, as `path::name` in the repository and dotted elsewhere; `of`: the
    class it is an instance of; `roots`: the test's own objects that can be reached through it; `calls`: functions of the
    product that made it."""

    key: Key
    source: Source = Source.NONE
    roots: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    plain: bool = False
    named: str = ""
    of: str = ""
    items: tuple[Value, ...] | None = None
    pairs: tuple[tuple[Value, Value], ...] | None = None
    each: Value | None = None
    closure: Closure | None = None
    truth: bool | None = None
    constant: object = ...
    mock: bool = False
    seen: tuple[tuple[str, int], ...] = ()
    """How often each of its objects had been changed when it was given a name."""
    weight: int = 1
    """Parts in the key; a key that grows too heavy is replaced by its place."""

    @property
    def alive(self) -> bool:
        return bool(self.source & ALIVE)


def joined(key: Key, *parts: Value, source: Source = Source.NONE, plain: bool = False) -> Value:
    """A value made of others: whatever they depend on, it does."""
    calls = frozenset[str]().union(*(part.calls for part in parts))
    roots = frozenset[str]().union(*(part.roots for part in parts))
    for part in parts:
        source |= part.source
    return Value(key, source, roots, calls, plain=plain, weight=1 + sum(part.weight for part in parts))


def constant(value: object) -> Value:
    return Value(("const", type(value).__name__, value), plain=True, truth=bool(value), constant=value)


def size_of(key: object) -> int:
    """Number of operations in a key."""
    parts = as_key(key)
    if not parts:
        return 0
    own = parts[0] in ("binop", "call", "compare", "boolop", "unary", "subscript", "format", "if")
    return int(own) + sum(size_of(part) for part in parts)


class Endless(Exception):
    """The test is too large to be thought through."""


@dataclass(frozen=True, slots=True)
class Found:
    """An assertion that was met. `kind` says why it can notice nothing, "" = it can; `guarded`: it runs only where a
    result of the product is what it should be."""

    line: int
    path: str
    kind: str = ""
    why: str = ""
    sure: bool = True
    guarded: bool = False


@dataclass(slots=True)
class State:
    """What was done to an object of the test: how often, and with what."""

    version: int = 0
    source: Source = Source.NONE
    calls: frozenset[str] = frozenset()


class Stop(Exception):
    """Nothing of the block behind this statement runs."""
