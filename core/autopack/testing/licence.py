"""What the plan allows a phase to do to tests that exist: the files it names, and the expectations its words spell out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from autopack.model.changes import FileChange
from autopack.model.plan import Phase
from autopack.testing.sides import names_of

_WORD = re.compile(r"\w+|[^\w\s]")
_FILE = re.compile(r"[\w./-]*\w\.\w+")

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""A plan that says `three` says 3."""


@dataclass(frozen=True)
class Licence:
    """`files` are the literal paths (or file names) that the plan names as deliverables or in its words; `words` are those
    of its goal, acceptance and notes, folded."""

    files: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, phase: Phase) -> Licence:
        said = "\n".join((phase.goal, phase.notes, *phase.acceptance))
        named = {path.removeprefix("./") for path in _FILE.findall(said)}
        words = words_of(said)
        numerals = (str(_NUMBERS.index(word)) for word in words if word in _NUMBERS)
        return cls(frozenset((*phase.deliverables, *named)), frozenset((*words, *numerals)))

    def names(self, change: FileChange) -> bool:
        """Whether the plan names the file, by its path or by a name that its path ends with."""
        return any(
            path == named or path.endswith(f"/{named}") for path in names_of(change) for named in self.files if named
        )

    def spells_out(self, before: Iterable[str], after: Iterable[str]) -> bool:
        """Whether every word that is new in a test stands in the plan's own words; False where none is new."""
        new = Counter(words_of("\n".join(after)))
        new.subtract(Counter(words_of("\n".join(before))))
        added = {word for word, count in new.items() if count > 0}
        return bool(added) and added <= self.words


def words_of(text: str) -> list[str]:
    """Words and single signs, letters folded."""
    return _WORD.findall(text.casefold())
