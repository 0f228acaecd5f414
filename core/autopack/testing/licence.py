"""What the plan allows a phase to do to tests that exist: the files it names, and the expectations its words spell out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autopack.model.changes import FileChange
from autopack.model.plan import Phase
from autopack.testing.additions import asks_for_rewriting, only_adds, opens, places
from autopack.testing.ids import function_of
from autopack.testing.sides import names_of

_WORD = re.compile(r"\d+(?:\.\d+)+(?!\w)|\w+|[^\w\s]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WHOLE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?=\D|$)")
"""A number wherever it stands, with its unit or sign beside it."""
_NOTHING = re.compile(r"\b(?:returns?|gives?|answers?|yields?)\s+nothing\b", re.I)
"""What is None."""
_FILE = re.compile(r"[\w./-]*\w\.\w+")

_SENTENCE = re.compile(r"[;:\n]|[.!?](?=\s|$)")
_CLAUSE = re.compile(r"[;:\n]|,(?!\s*(?:which|that)\b)|[.!?](?=\s|$)")
_REMOVING = re.compile(r"removes?|removing|drops?|dropping|deletes?|deleting|retires?|retiring")
_REMOVED = re.compile(r"removed|dropped|deleted|retired")
_SHORT = 4
"""A sentence of so few words that ends with `goes` says so of all of them."""
_KEEPING = re.compile(r"not|never|no|keeps?|kept|stays?|leaves?|without|unless|except|but|t")
"""Words beside which a sentence about removing may mean the contrary; `t` is what is left of `don't`."""
_MOST_WORDS = 2
"""A longer text is no name of a thing."""
_LEAST_LETTERS = 4
"""A shorter word in a test's name says little of what it is about."""

_STORED = frozenset({"snapshots", "snapshot", "golden", "goldens", "approved"})
"""Folders of results that tests compare with."""

_SCAFFOLD = re.compile(
    r"[()\[\]{},.:'\"=@^$\\]|not|assert|is|with|as|pytest|raises|match|self|assert(?:equals?|raises|raisesregex|is|true|false)"
)
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""A plan that says `three` says 3."""
_PRONOUN = re.compile(
    r"\b(?:the|this|that|each|every|no|any|another|which|old|new|same|last|first|other|only)\s+one\b"
    r"|\bone\s+(?:that|of|which|who|is|by)\b",
    re.I,
)
"""Where `one` is no number."""
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SPAN = re.compile(rf"\b(\d+(?:\.\d+)?|{'|'.join(_NUMBERS)})[\s-]+({'|'.join(_SECONDS)})s?\b", re.I)
"""A plan that says `ten minutes` says 600."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
"""A plan that says `March` says 3: `may` and `march` are other words."""


@dataclass(frozen=True)
class Licence:
    """`files` are the literal paths (or file names) that the plan names as deliverables or in its words; `words` are those
    of its goal, acceptance and notes, folded; `gone` those of them that stand where it says what is to be removed; `spoken`
    are the files that the words name, `placed` those of them that they name only as where additions go; `written` the words
    as they are written; `adds`: it asks for more, or says that something stays, and for no change of what is there;
    `opens`: it begins with adding; `rewrites`: it speaks of tests that change."""

    files: frozenset[str]
    words: frozenset[str]
    gone: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    adds: bool = False
    opens: bool = False
    rewrites: bool = False
    deleted: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, phase: Phase) -> Licence:
        said = "\n".join((phase.goal, phase.notes, *phase.acceptance))
        named = {path.removeprefix("./") for path in _FILE.findall(said)}
        others = " ".join(part for part in _SENTENCE.split(said) if not places(part))
        words = words_of(said)
        numerals = [str(_NUMBERS.index(word)) for word in words_of(_PRONOUN.sub(" ", said)) if word in _NUMBERS]
        numerals += map(_as_number, _WHOLE.findall(said))
        numerals += [str(_MONTHS.index(word) + 1) for word in _WORD.findall(said) if word in _MONTHS]
        numerals += map(_seconds, _SPAN.findall(said))
        numerals += ["none"] if _NOTHING.search(said) else []
        gone = (word for sentence in _SENTENCE.split(said) for word in _removed(words_of(sentence)))
        return cls(
            frozenset((*phase.deliverables, *named)),
            frozenset((*words, *numerals)),
            frozenset(gone),
            frozenset(named),
            frozenset(_WORD.findall(said)),
            only_adds(said),
            opens(said),
            asks_for_rewriting(said),
            frozenset(_deleted(said)),
            frozenset(named - {path.removeprefix("./") for path in _FILE.findall(others)}),
        )

    def names(self, change: FileChange) -> bool:
        """Whether the plan names the file, by its path or by a name that its path ends with."""
        return _among(change, self.files)

    def speaks_of(self, change: FileChange, before: Iterable[str], after: Iterable[str]) -> bool:
        """Whether the plan's words name the file, or have a word that is new in a test of it, given as lines."""
        return _among(change, self.spoken) or self.says_any(before, after)

    def speaks_of_test(self, change: FileChange, before: Iterable[str], after: Iterable[str]) -> bool:
        """As `speaks_of`; a file that is named only as where additions go does not change for that."""
        return _among(change, self.spoken - self.placed) or self.says_any(before, after)

    def says_any(self, before: Iterable[str], after: Iterable[str]) -> bool:
        """Whether the plan's words have one that is new in these lines."""
        new = set(words_of("\n".join(after))) - set(words_of("\n".join(before)))
        return any(len(word) > 1 and self._says(word) and not _SCAFFOLD.fullmatch(word) for word in new)

    def asks_for_stored(self, change: FileChange) -> bool:
        """Whether the plan names a file of stored results, or speaks of what its folder is called after."""
        folders = {part for path in names_of(change) for part in path.casefold().split("/")[:-1]}
        return self.names(change) or any(self._says(part) for part in folders & _STORED)

    def _says(self, word: str) -> bool:
        return word in self.words or _as_number(word) in self.words

    def removes(self, name: str) -> bool:
        """Whether the plan's words say that the thing of this name goes; `counter` stands for `counters`."""
        words = [_stem(word) for word in re.findall(r"\w+", name.casefold())]
        return 0 < len(words) <= _MOST_WORDS and self.gone.issuperset(words)

    def deletes(self, path: str) -> bool:
        """Whether the plan's words say that this file goes, by its name."""
        name = path.rpartition("/")[2].casefold()
        return any(file.rpartition("/")[2].casefold() == name for file in self.deleted)

    def mentions(self, text: str) -> bool:
        """Whether the plan has a word of a text, one of at least four letters."""
        return any(len(word) >= _LEAST_LETTERS and word in self.words for word in words_of(text))

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
        return all(map(self._says, added)) if added else self._writes(before, after)

    def _writes(self, before: Iterable[str], after: Iterable[str]) -> bool:
        """Whether words are new by their capitals alone, and stand in the plan just so."""
        old, new = (set(_WORD.findall("\n".join(lines))) for lines in (before, after))
        fresh, folded = new - old, {word.casefold() for word in old}
        return bool(fresh) and fresh <= self.written and {word.casefold() for word in fresh} <= folded


def _deleted(said: str) -> Iterator[str]:
    """Files that one clause says are removed."""
    for clause in _CLAUSE.split(said):
        words = words_of(_FILE.sub(" ", clause))
        verbs = any(_REMOVING.fullmatch(w) or _REMOVED.fullmatch(w) or w in ("goes", "go", "gone") for w in words)
        if verbs and not any(_KEEPING.fullmatch(word) for word in words):
            yield from _FILE.findall(clause)


def _among(change: FileChange, files: Collection[str]) -> bool:
    return any(path == named or path.endswith(f"/{named}") for path in names_of(change) for named in files if named)


def words_of(text: str) -> list[str]:
    """Words, numbers and single signs, letters folded."""
    return _WORD.findall(text.casefold())


def _as_number(word: str) -> str:
    """`2` for `2.0`."""
    return f"{float(word):.12g}" if "." in word and _NUMBER.fullmatch(word) else word


def _seconds(span: tuple[str, str]) -> str:
    count, unit = (part.casefold() for part in span)
    number = float(_NUMBERS.index(count) if count in _NUMBERS else count)
    return f"{number * _SECONDS[unit]:.12g}"


def _removed(words: list[str]) -> Iterator[str]:
    """Words of one sentence that may name what it asks to remove: those behind `remove`, and those before `removed`, up to
    a word that may turn the meaning round; in short sentences those before `goes`."""
    kept = next((i for i, word in enumerate(words) if _KEEPING.fullmatch(word)), len(words))
    said = words[:kept]
    verb = next((i for i, word in enumerate(said) if _REMOVING.fullmatch(word)), None)
    if verb is not None:
        yield from map(_stem, said[verb + 1 :])
    elif said == words and len(words) <= _SHORT and words[-1:] in (["go"], ["goes"], ["gone"]):
        yield from map(_stem, words[:-1])
    elif said == words:
        last = max((i for i, word in enumerate(said) if _REMOVED.fullmatch(word)), default=0)
        yield from map(_stem, said[:last])


def _stem(word: str) -> str:
    return word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s")
