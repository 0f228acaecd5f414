"""Links from a finding to the read-only documents of its attempt: its own line, and the change that stands nearest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types

from autopack.model.findings import Finding, Related, Tree
from autopack_server.lsp.contract import Side
from autopack_server.lsp.findings.diagnostics import Link, paragraph
from autopack_server.lsp.findings.line_map import Hunk, LineMaps
from autopack_server.lsp.findings.place import FileTexts, Place
from autopack_server.lsp.findings.text import Text
from autopack_server.lsp.findings.uris import RunDocument
from autopack_server.lsp.positions import Positions, whole_line


@dataclass(frozen=True)
class AttemptFile:
    """One file of an attempt with the documents of its two sides."""

    texts: FileTexts
    base: RunDocument
    candidate: RunDocument
    maps: LineMaps
    positions: Positions

    @property
    def unchanged(self) -> bool:
        """Both sides have it, and no line of it differs."""
        both = self.texts.base is not None and self.texts.candidate is not None
        return both and next(self._differences(), None) is None

    @cached_property
    def hunks(self) -> list[Hunk]:
        """What the candidate changes in the file; none where one side is missing."""
        return list(self._differences())

    def _differences(self) -> Iterator[Hunk]:
        if self.texts.base is not None and self.texts.candidate is not None:
            yield from self.maps.of(self.texts.base, self.texts.candidate).hunks()

    @cached_property
    def _near(self) -> dict[Hunk, Link]:
        return {}

    @cached_property
    def _starts(self) -> list[int]:
        return [hunk.other for hunk in self.hunks]

    def own(self, finding: Finding | Related) -> Link | None:
        """The line the finding speaks of, in the version it speaks of."""
        side: Side = "base" if finding.tree is Tree.BASE else "candidate"
        text = self.texts.base if side == "base" else self.texts.candidate
        line = finding.range.start.line if finding.range is not None else 1
        if finding.tree not in (Tree.BASE, Tree.CANDIDATE) or text is None or not 1 <= line <= len(text.lines):
            return None
        told = "in the base of this attempt" if side == "base" else "in the proposed change"
        return Link(self._location(side, text, line, line), told)

    def nearest_hunk(self, line: int) -> Link | None:
        """The change nearest to a line of the candidate."""
        text = self.texts.candidate
        if text is None or not self.hunks:
            return None
        at = bisect_right(self._starts, line)
        near = min(self.hunks[max(0, at - 1) : at + 1], key=lambda hunk: _distance(hunk, line))
        if near not in self._near:
            self._near[near] = Link(self._hunk(text, near), "the proposed change nearest to it")
        return self._near[near]

    def first_hunk(self) -> Link | None:
        """Where the file's change begins; a file that is new or deleted as a whole."""
        base, candidate = self.texts.base, self.texts.candidate
        if candidate is not None and base is None:
            return Link(
                self._location("candidate", candidate, 1, 1),
                paragraph(f"new in the proposed change: {self.candidate.path}", 200),
            )
        if base is not None and candidate is None:
            return Link(
                self._location("base", base, 1, 1), paragraph(f"deleted in the proposed change: {self.base.path}", 200)
            )
        if candidate is None or not self.hunks:
            return None
        return Link(
            self._hunk(candidate, self.hunks[0]), paragraph(f"the proposed change of {self.candidate.path}", 200)
        )

    def _hunk(self, text: Text, hunk: Hunk) -> types.Location:
        first = min(hunk.other, len(text.lines))
        return self._location("candidate", text, first, min(first + max(0, hunk.other_count - 1), len(text.lines)))

    def _location(self, side: Side, text: Text, first: int, last: int) -> types.Location:
        start = text.to_client(whole_line(first, text.lines[first - 1]), self.positions)
        end = text.to_client(whole_line(last, text.lines[last - 1]), self.positions)
        document = self.base if side == "base" else self.candidate
        return types.Location(document.uri, types.Range(start.start, end.end))


def finding_links(
    finding: Finding, place: Place | None, file: AttemptFile, elsewhere: Sequence[Link], related: Sequence[Link] = ()
) -> list[Link]:
    """Where to look beside the place a finding is shown at: its own line, and what it names itself as `related`, then the
    nearest change, or `elsewhere`, those of the attempt's other files."""
    own = file.own(finding)
    if place is not None and place.in_change:
        return [*([own] if own is not None else []), *related]
    found = [own] if own is not None and place is None else []
    found += related
    if finding.tree is Tree.CANDIDATE:
        line = finding.range.start.line if finding.range is not None else 1
        near = file.nearest_hunk(line) or (file.first_hunk() if own is None else None)
        if near is None:
            found += elsewhere
        elif not (found and _holds(near.location, found[0].location)):
            found.append(near)
    return found


def _holds(outer: types.Location, inner: types.Location) -> bool:
    return outer.uri == inner.uri and outer.range.start.line <= inner.range.start.line <= outer.range.end.line


def _distance(hunk: Hunk, line: int) -> int:
    return max(hunk.other - line, line - (hunk.other + max(1, hunk.other_count) - 1), 0)
