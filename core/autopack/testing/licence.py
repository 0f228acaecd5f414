"""What the plan allows a phase to do to tests that exist: the files it names, and the expectations its words spell out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autopack.model.changes import FileChange
from autopack.model.plan import Phase
from autopack.testing.ids import function_of
from autopack.testing.sides import names_of

_WORD = re.compile(r"\w+|[^\w\s]")
_FILE = re.compile(r"[\w./-]*\w\.\w+")

_SENTENCE = re.compile(r"[;:\n]|[.!?](?=\s|$)")
_REMOVING = re.compile(r"removes?|removing|drops?|dropping|deletes?|deleting|retires?|retiring")
_REMOVED = re.compile(r"removed|dropped|deleted|retired")
_KEEPING = re.compile(r"not|never|no|keeps?|kept|stays?|leaves?|without|unless|except|but|t")
"""Words beside which a sentence about removing may mean the contrary; `t` is what is left of `don't`."""
_MOST_WORDS = 2
"""A longer text is no name of a thing."""
_LEAST_LETTERS = 4
"""A shorter word in a test's name says little of what it is about."""

_SCAFFOLD = re.compile(
    r"[()\[\]{},.:'\"=@]|assert|is|with|as|pytest|raises|match|self|assert(?:equals?|raises|raisesregex|is|true|false)"
)
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""A plan that says `three` says 3."""


@dataclass(frozen=True)
class Licence:
    """`files` are the literal paths (or file names) that the plan names as deliverables or in its words; `words` are those
    of its goal, acceptance and notes, folded; `gone` those of them that stand where it says what is to be removed; `spoken`
    are the files that the words name."""

    files: frozenset[str]
    words: frozenset[str]
    gone: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()

    @classmethod
    def of(cls, phase: Phase) -> Licence:
        said = "\n".join((phase.goal, phase.notes, *phase.acceptance))
        named = {path.removeprefix("./") for path in _FILE.findall(said)}
        words = words_of(said)
        numerals = (str(_NUMBERS.index(word)) for word in words if word in _NUMBERS)
        gone = (word for sentence in _SENTENCE.split(said) for word in _removed(words_of(sentence)))
        return cls(
            frozenset((*phase.deliverables, *named)), frozenset((*words, *numerals)), frozenset(gone), frozenset(named)
        )

    def names(self, change: FileChange) -> bool:
        """Whether the plan names the file, by its path or by a name that its path ends with."""
        return _among(change, self.files)

    def speaks_of(self, change: FileChange, before: Iterable[str], after: Iterable[str]) -> bool:
        """Whether the plan's words name the file, or have a word that is new in a test of it."""
        if _among(change, self.spoken):
            return True
        new = set(words_of("\n".join(after))) - set(words_of("\n".join(before)))
        return any(len(word) > 1 and word in self.words and not _SCAFFOLD.fullmatch(word) for word in new)

    def removes(self, name: str) -> bool:
        """Whether the plan's words say that the thing of this name goes; `counter` stands for `counters`."""
        words = [_stem(word) for word in re.findall(r"\w+", name.casefold())]
        return 0 < len(words) <= _MOST_WORDS and self.gone.issuperset(words)

    def removes_subject_of(self, test: str) -> bool:
        """Whether the plan's words say that something goes which this test, an id, is called after."""
        words = re.findall(r"[a-z]+", function_of(test).rpartition("::")[2].removeprefix("test").casefold())
        return any(len(word) >= _LEAST_LETTERS and _stem(word) in self.gone for word in words)

    def spells_out(self, before: Iterable[str], after: Iterable[str], bound: Collection[str] = ()) -> bool:
        """Whether every word that is new in a test stands in the plan's own words; False where none is new. Signs and words
        that any assertion of equality or of an error is made of do not count, nor do names that the test has `bound`."""
        new = Counter(words_of("\n".join(after)))
        new.subtract(Counter(words_of("\n".join(before))))
        added = {word for word, count in new.items() if count > 0 and not _SCAFFOLD.fullmatch(word)}
        added.difference_update(name.casefold() for name in bound)
        return bool(added) and added <= self.words


def _among(change: FileChange, files: Collection[str]) -> bool:
    return any(path == named or path.endswith(f"/{named}") for path in names_of(change) for named in files if named)


def words_of(text: str) -> list[str]:
    """Words and single signs, letters folded."""
    return _WORD.findall(text.casefold())


def _removed(words: list[str]) -> Iterator[str]:
    """Words of one sentence that may name what it asks to remove: those behind `remove`, and those before `removed`, up to
    a word that may turn the meaning round."""
    kept = next((i for i, word in enumerate(words) if _KEEPING.fullmatch(word)), len(words))
    said = words[:kept]
    verb = next((i for i, word in enumerate(said) if _REMOVING.fullmatch(word)), None)
    if verb is not None:
        yield from map(_stem, said[verb + 1 :])
    elif said == words:
        last = max((i for i, word in enumerate(said) if _REMOVED.fullmatch(word)), default=0)
        yield from map(_stem, said[:last])


def _stem(word: str) -> str:
    return word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s")
