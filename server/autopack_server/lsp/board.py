"""Board: the one place from which diagnostics are published, one merged list for each document.

Several sources may speak about one document ("plan": what lint says, "runs": what runs found). Errors come first. A
client is shown at most `PER_FILE` for a document and `TOTAL` in all; what is left out is told by one more, of severity
information: in the document itself, or, where nothing of a document is shown, in one that stands for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import unquote

from lsprotocol import types

from autopack.text import plural

Publish = Callable[[str, list[types.Diagnostic], int | None], None]
Later = Callable[[Callable[[], None]], object]

PER_FILE = 100
TOTAL = 2_000
TURN_SECONDS = 0.008
"""How long the event loop may be held before the rest of the publications waits for its next turn."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What one source says about a document; the first `pinned` of them are shown whatever the caps are."""

    diagnostics: tuple[types.Diagnostic, ...] = ()
    pinned: int = 0


@dataclass(slots=True)
class _Document:
    """One document under the spelling of its URI that came last. `others` are what the caps apply to, gravest first,
    `room` how many of them are shown; `shown` is what the client has."""

    uri: str
    version: int | None = None
    said: dict[str, _Said] = field(default_factory=dict[str, _Said])
    pinned: list[types.Diagnostic] = field(default_factory=list[types.Diagnostic])
    others: list[types.Diagnostic] = field(default_factory=list[types.Diagnostic])
    counts: dict[int, int] = field(default_factory=dict[int, int])
    room: int = 0
    shown: tuple[str, int | None, list[types.Diagnostic]] | None = None

    def merge(self) -> None:
        said = [one for _, one in sorted(self.said.items())]
        self.pinned = sorted((d for one in said for d in one.diagnostics[: one.pinned]), key=_order)
        self.others = sorted((d for one in said for d in one.diagnostics[one.pinned :]), key=_order)
        self.counts = {}
        for diagnostic in self.others:
            self.counts[_grade(diagnostic)] = self.counts.get(_grade(diagnostic), 0) + 1

    @property
    def wanted(self) -> int:
        """How many of the others one file's cap leaves."""
        return min(len(self.others), max(0, PER_FILE - len(self.pinned)))

    @property
    def hidden(self) -> bool:
        return bool(self.others) and not self.room and not self.pinned


class Board:
    """`publish` is called for each change of a document's merged list or version. With `later` (a loop's `call_soon`)
    it is called in turns of a few milliseconds, else at once."""

    def __init__(self, publish: Publish, later: Later | None = None) -> None:
        self._publish = publish
        self._later = later
        self._documents: dict[str, _Document] = {}
        self._waiting: dict[str, None] = {}
        self._scheduled = False
        self._holders = 0
        self._elsewhere = ("", "")

    def put(
        self,
        source: str,
        uri: str,
        diagnostics: Sequence[types.Diagnostic],
        version: int | None = None,
        *,
        pinned: int = 0,
    ) -> None:
        """Replace what `source` says about the document; `version` is that of the text it was said about."""
        key, said = unquote(uri), _Said(tuple(diagnostics), pinned)
        document = self._documents.get(key)
        if document is None:
            if not diagnostics:
                return
            document = self._documents[key] = _Document(uri)
        elif document.said.get(source, _Said()) == said and (document.uri, document.version) == (uri, version):
            return
        document.uri, document.version = uri, version
        document.said[source] = said
        if not diagnostics:
            del document.said[source]
        self._refresh([key])

    def drop(self, source: str) -> None:
        """Take back everything the source said."""
        keys = [key for key, document in self._documents.items() if source in document.said]
        for key in keys:
            del self._documents[key].said[source]
        self._refresh(keys)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """What is put inside is published together at the end, so that nothing is shown only because room was free
        between two of many changes."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            self._refresh(())

    def of(self, uri: str) -> list[types.Diagnostic]:
        """The merged list as the client is shown it."""
        document = self._documents.get(unquote(uri))
        return [] if document is None else self._merged(unquote(uri), document)

    def diagnostics_at(self, uri: str, range: types.Range) -> list[types.Diagnostic]:
        """Every diagnostic that touches the range, also those the caps keep from being shown."""
        document = self._documents.get(unquote(uri))
        found = [] if document is None else [*document.pinned, *document.others]
        return [d for d in found if _at(d.range.start) <= _at(range.end) and _at(range.start) <= _at(d.range.end)]

    def _refresh(self, changed: Iterable[str]) -> None:
        for key in changed:
            self._documents[key].merge()
            self._waiting[key] = None
        if self._holders or not self._waiting:
            return
        self._waiting.update(dict.fromkeys(self._share()))
        if self._later is None:
            self._turn()
        elif not self._scheduled:
            self._scheduled = True
            self._later(self._turn)

    def _share(self) -> list[str]:
        """Share the total out anew; returns the documents that are shown differently for it."""
        rooms = {key: document.wanted for key, document in self._documents.items()}
        free = TOTAL - sum(len(document.pinned) for document in self._documents.values())
        if sum(rooms.values()) > free:
            rooms = _shares(self._documents, free)
        changed = [key for key, document in self._documents.items() if document.room != rooms[key]]
        for key in changed:
            self._documents[key].room = rooms[key]
        elsewhere = self._told_elsewhere()
        if elsewhere != self._elsewhere:
            changed += [key for key in {self._elsewhere[0], elsewhere[0]} if key in self._documents]
            self._elsewhere = elsewhere
        return changed

    def _told_elsewhere(self) -> tuple[str, str]:
        """Which document tells of those nothing is shown of (one with pinned diagnostics, else the first that shows
        any), and what it says."""
        hidden = [document for document in self._documents.values() if document.hidden]
        if not hidden:
            return "", ""
        pinned = [key for key, document in self._documents.items() if document.pinned]
        shown = [key for key, document in self._documents.items() if document.room]
        count = sum(len(document.others) for document in hidden)
        return min(pinned or shown), f"{count:,} more in {plural(len(hidden), 'other file')}"

    def _turn(self) -> None:
        self._scheduled = False
        end = perf_counter() + TURN_SECONDS
        while self._waiting and not self._holders:
            key = next(iter(self._waiting))
            del self._waiting[key]
            self._show(key)
            if self._waiting and self._later is not None and perf_counter() > end:
                self._scheduled = True
                self._later(self._turn)
                return

    def _show(self, key: str) -> None:
        document = self._documents.get(key)
        if document is None:
            return
        merged = self._merged(key, document)
        shown = document.shown
        document.shown = (document.uri, document.version, merged) if merged else None
        if not document.said:
            del self._documents[key]
        if shown is not None and shown[0] != document.uri:
            self._publish(shown[0], [], None)
            shown = None
        if shown != document.shown:
            self._publish(document.uri, merged, document.version)

    def _merged(self, key: str, document: _Document) -> list[types.Diagnostic]:
        merged = sorted([*document.pinned, *document.others[: document.room]], key=_order)
        cut = len(document.others) - document.room
        told = [f"{cut:,} more in this file"] if cut and merged else []
        if self._elsewhere[0] == key:
            told.append(self._elsewhere[1])
        return [*merged, _notice(" and ".join(told))] if told else merged


def _shares(documents: dict[str, _Document], free: int) -> dict[str, int]:
    """How many of each document's diagnostics are among the `free` gravest; ties by URI, so that it does not depend
    on who came first."""
    rooms = dict.fromkeys(documents, 0)
    for grade in sorted({grade for document in documents.values() for grade in document.counts}):
        for key in sorted(documents):
            document = documents[key]
            taken = max(0, min(document.counts.get(grade, 0), document.wanted - rooms[key], free))
            rooms[key] += taken
            free -= taken
    return rooms


def _notice(told: str) -> types.Diagnostic:
    start = types.Position(0, 0)
    return types.Diagnostic(
        types.Range(start, start),
        f"Not shown: {told}.",
        types.DiagnosticSeverity.Information,
        source="autopack",
    )


def _grade(diagnostic: types.Diagnostic) -> int:
    return diagnostic.severity or types.DiagnosticSeverity.Error


def _at(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _order(diagnostic: types.Diagnostic) -> tuple[int, int, int]:
    """Ties keep the order in which they were put."""
    return _grade(diagnostic), *_at(diagnostic.range.start)
