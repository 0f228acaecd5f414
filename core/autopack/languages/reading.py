"""What a file defines and where it cannot be parsed, whatever its language.

Grammars are C code that hostile texts can drive out of all bounds (one took 24 GB for 200 KB): `read` never uses them.
Whoever needs them runs `python -m autopack.languages.child` under limits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autopack.languages.known import language_of
from autopack.languages.trees import Row

MOST_BYTES = 1024 * 1024
"""Larger files are data or generated, and are not looked into."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition: `name` is qualified (`Cart.total`), `line` 1-based; `public`: no part of the name says otherwise."""

    name: str
    line: int
    public: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """A place that cannot be parsed; `line` 1-based. `doubtful`: a newer version of the language may allow it, or nobody
    could look."""

    line: int
    message: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Functions, classes, their members and constants in the order of the text; every place that cannot be parsed (of
    Python and data files the first). Empty for what is in no language, or too large."""

    symbols: tuple[Symbol, ...] = ()
    faults: tuple[Fault, ...] = ()


NOTHING = Reading()
Reader = Callable[[str, bytes], Reading]
"""By a file's path and content."""


def read(path: str, data: bytes) -> Reading | None:
    """The reading; None where only a grammar can tell."""
    language = language_of(path)
    if not language or len(data) > MOST_BYTES:
        return NOTHING
    if language == "python":
        from autopack.languages.python import read_python

        return read_python(data)
    if language in ("json", "toml", "yaml"):
        from autopack.languages.data import data_faults

        return Reading(faults=data_faults(language, path, data))
    return None


def read_by_grammar(path: str, data: bytes) -> Reading:
    """What the grammar of the language says; of Python, what the compiler's error is worth as well."""
    from autopack.languages.grammars import DEFINITIONS, grammar_reading

    language = language_of(path)
    found = grammar_reading(language, data)
    if language == "python":
        from autopack.languages.python import compiler_fault

        fault = compiler_fault(data)
        sure = fault is not None and (not fault.doubtful or bool(found.faults))
        return Reading(found.symbols, (Fault(fault.line, fault.message, not sure),) if fault else ())
    return found if language in DEFINITIONS else Reading(faults=found.faults)


def rows_by_grammar(path: str, data: bytes) -> list[Row]:
    """The whole tree of a file as rows of `autopack.languages.trees`; none where there is no grammar or no end to it."""
    from autopack.languages.grammars import grammar_rows, has_grammar

    language = language_of(path)
    if len(data) > MOST_BYTES or not has_grammar(language):
        return []
    return grammar_rows(language, data)
