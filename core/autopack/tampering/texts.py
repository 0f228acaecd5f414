"""The lines of both versions of the changed files: what is new in one, what is gone from the other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autopack.model.changes import ChangeSet
from autopack.tampering.checks import Place
from autopack.text import line_edits

_COMMENT = re.compile(r"^\s*(?:#|//|\*|/\*)+\s?(.*)$")


class Texts:
    """One of the two trees. `marked` are the lines of each changed file that the other one does not have."""

    def __init__(self, lines: Mapping[str, Sequence[str]], marked: Mapping[str, frozenset[int]]) -> None:
        self._lines, self._marked = lines, marked
        self._stripped = {path: {line.strip() for line in held} for path, held in lines.items()}

    def line(self, place: Place) -> str:
        held = self._lines.get(place.path, ())
        return held[place.line - 1].strip() if 0 < place.line <= len(held) else ""

    def lines(self, path: str) -> Sequence[str]:
        return self._lines.get(path, ())

    def marked(self, path: str) -> frozenset[int]:
        return self._marked.get(path, frozenset())

    def is_new(self, place: Place) -> bool:
        return place.line in self.marked(place.path)

    is_gone = is_new

    def changed(self, places: Sequence[Place]) -> Place:
        """The last of the places, from the case to the assertion, whose line is one that the other tree does not have."""
        return next((place for place in reversed(places) if self.is_new(place)), places[-1])

    gone = changed

    def is_new_text(self, place: Place, text: str) -> bool:
        """Whether what stands there is new: a double may be put in place by a line that did not change."""
        return place.path not in self._lines or (bool(self.marked(place.path)) and bool(text))

    def first_new(self, path: str, word: str) -> int:
        """The first line that the other tree does not have and that holds the word; 0 for none."""
        held = self._lines.get(path, ())
        said = re.compile(rf"\b{re.escape(word)}\b")
        return next((n for n in sorted(self.marked(path)) if n <= len(held) and said.search(held[n - 1])), 0)

    def comment_of(self, text: str, path: str, first: int, last: int) -> int:
        """The line of a comment in these lines that holds the text, 0 for none."""
        wanted = _squeezed(text)
        held = self._lines.get(path, ())
        for number in range(max(1, first), min(last + 3, len(held)) + 1):
            found = _COMMENT.match(held[number - 1])
            if found and number in self.marked(path) and len(found[1]) > 5 and _squeezed(found[1]) in wanted + wanted and (
                wanted.startswith(_squeezed(found[1])[:40])):  # fmt: skip
                return number
        return 0


def both(changes: ChangeSet) -> tuple[Texts, Texts]:
    """Before and after, of the files of the change."""
    old: dict[str, list[str]] = {}
    new: dict[str, list[str]] = {}
    gone: dict[str, frozenset[int]] = {}
    fresh: dict[str, frozenset[int]] = {}
    for change in changes.changes:
        before = _split(change.before)
        after = _split(change.after)
        taken, added = _differences(before, after)
        path = change.old_path or change.path
        if change.before is not None:
            old[path], gone[path] = before, taken
        if change.after is not None:
            new[change.path], fresh[change.path] = after, added
    return Texts(old, gone), Texts(new, fresh)


def _differences(before: Sequence[str], after: Sequence[str]) -> tuple[frozenset[int], frozenset[int]]:
    """1-based lines of each that the other does not have in its place."""
    taken: set[int] = set()
    added: set[int] = set()
    for tag, a, b, c, d in line_edits(before, after):
        if tag != "equal":
            taken.update(range(a + 1, b + 1))
            added.update(range(c + 1, d + 1))
    return frozenset(taken), frozenset(added)


def _split(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").replace("\r\n", "\n").split("\n")


def _squeezed(text: str) -> str:
    return re.sub(r"[\s'\"(),;]", "", text)
