"""The ladder of a hunk, least tolerance first; the first step on which it stands anywhere decides.

    strict      as it is, at the line its header states or at its only place
    recount     the header's counts do not hold, prose follows, signs of unchanged lines are missing
    whitespace  unchanged and removed lines differ from the file in white space
    fuzzy       unchanged lines are left out ("...") or misquoted, and no other place is nearly as good

A header's line number is believed where the hunk fits there; anywhere else it must have one place, and have one place too
when white space is disregarded. Three-way stands between the last two and merges whole files (`resolve`); the result of
every step is applied by a strict `git apply` (`patches`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from autopack.changes.edits import Hunk, HunkLine
from autopack.changes.elided import place_pieces
from autopack.changes.hunktext import count
from autopack.changes.indent import carried
from autopack.changes.lines import BOM
from autopack.changes.misquote import only_place
from autopack.changes.placed import AGAIN, COPY, CUT, UNIQUE, Placed, Unplaced, nowhere, stated_line
from autopack.changes.places import Level, Places, lacks_sign
from autopack.changes.readings import Reading, cut_off, is_elision, readings
from autopack.model.changes import Rung

_STEPS = (
    (Rung.STRICT, Level.EXACT),
    (Rung.RECOUNT, Level.EXACT),
    (Rung.RECOUNT, Level.UNSIGNED),
    (Rung.WHITESPACE, Level.BLANKS),
)


class Sighting(NamedTuple):
    """The step on which a reading of the hunk stands somewhere: at its `stated` line, and at all of `starts` (a misquoted
    hunk has its only one there). `lines` are the hunk's, or those of the piece before "..."."""

    rung: Rung
    level: Level
    reading: Reading
    lines: tuple[HunkLine, ...]
    stated: int | None
    starts: list[int]
    elsewhere: bool = False


class Placer:
    """The hunks of one file are sighted first; then each is settled, knowing whether the numbers of all of them hold."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self.bodies = bodies
        self.places = Places(bodies)
        self._known = {body.strip() for body in bodies}

    def sight(self, hunk: Hunk) -> Sighting:
        """Raises Unplaced."""
        told = [each for each in readings(hunk) if not self._known & {line.whole.strip() for line in each.rest}]
        for rung, level in _STEPS:
            for reading in told:
                if rung is Rung.STRICT and not (reading.counted and reading.signed):
                    continue
                found = self.stands(hunk, reading, reading.lines, rung, level)
                if found is not None:
                    return found
        for reading in told:
            if any(is_elision(line) for line in reading.lines):
                return Sighting(Rung.FUZZY, Level.EXACT, reading, (), None, [])
            start = None if hunk.torn else only_place(self.bodies, reading.lines)
            if start is not None:
                return Sighting(Rung.FUZZY, Level.BLANKS, reading, reading.lines, None, [start], hunk.start is not None)
        raise nowhere(self.bodies, hunk, told)

    def settle(self, hunk: Hunk, sighting: Sighting, *, numbers_hold: bool) -> list[Placed]:
        """Where the hunk's lines, or its pieces', certainly go. Raises Unplaced."""
        reading = sighting.reading
        if sighting.lines:
            placed = [self.placed(sighting, self.only(sighting, numbers_hold), hunk)]
            reading = replace(reading, lines=placed[0].lines, counted=count(placed[0].lines) == hunk.counts)
        else:
            placed = place_pieces(self, hunk, reading, numbers_hold=numbers_hold)
        start, stop = placed[0].start, placed[-1].stop
        if cut_off(hunk, reading, stop, len(self.bodies)):
            raise Unplaced(CUT, AGAIN, start, "AP202")
        if reading.lines[-1].sign != " " and stop < len(self.bodies):
            why = "has no unchanged line at its end, so its place is not certain"
            raise Unplaced(why, "Repeat up to three unchanged lines before and after each change.", start)
        return placed

    def stands(
        self, hunk: Hunk, reading: Reading, lines: tuple[HunkLine, ...], rung: Rung, level: Level
    ) -> Sighting | None:
        lines = _without_mark(lines, hunk.start)
        stated = stated_line(self.bodies, hunk, lines)
        if stated is not None and self.places.at(stated, lines, level, hunk.counts) is None:
            stated = None
        starts = self.places.find(lines, level, hunk.counts)
        if stated is None and not any(self.places.at(n, lines, level, hunk.counts) is not None for n in starts):
            return None
        elsewhere = stated is None and hunk.start is not None
        return Sighting(rung, level, reading, lines, stated, starts, elsewhere)

    def only(self, sighting: Sighting, numbers_hold: bool) -> int:
        starts = sighting.starts
        if sighting.stated is not None and (numbers_hold or set(starts) <= {sighting.stated}):
            return sighting.stated
        if len(starts) == 1 and sighting.level < Level.BLANKS:
            as_read = self.places.at(starts[0], sighting.lines, sighting.level, None) or sighting.lines
            starts = self.places.find(as_read, Level.BLANKS) or starts
        if len(starts) == 1:
            return starts[0]
        lines = ", ".join(str(at + 1) for at in starts)
        why = f"fits more than one place (lines {lines}), and its line number does not tell which"
        raise Unplaced(why, UNIQUE, starts[0])

    def placed(self, sighting: Sighting, start: int, hunk: Hunk) -> Placed:
        lines = sighting.lines
        old = [line for line in lines if line.sign != "+"]
        stop = start + len(old)
        if sighting.level < Level.BLANKS:
            return Placed(start, stop, self.places.at(start, lines, sighting.level, hunk.counts) or lines)
        real = self.bodies[start:stop]
        if count(lines) != hunk.counts and any(map(lacks_sign, old, real)):
            raise Unplaced("has lines without a sign, and its header does not count them", COPY, start)
        added = carried(lines, real)
        if added is None:
            why = "differs from the file in white space, and how its new lines are to be indented is not certain"
            raise Unplaced(why, COPY, start)
        news, olds = iter(added), iter(real)
        return Placed(
            start,
            stop,
            tuple(replace(each, body=next(news if each.sign == "+" else olds), bare=False) for each in lines),
        )


def _without_mark(lines: tuple[HunkLine, ...], start: int | None) -> tuple[HunkLine, ...]:
    """The lines without a byte order mark on the first old one: the file's own is kept apart."""
    first = next((n for n, line in enumerate(lines) if line.sign != "+"), None)
    if first is None or start not in (None, 0, 1) or not lines[first].body.startswith(BOM):
        return lines
    return (*lines[:first], replace(lines[first], body=lines[first].body.removeprefix(BOM)), *lines[first + 1 :])
