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
from autopack.changes.hunktext import count
from autopack.changes.indent import carried
from autopack.changes.lines import BOM
from autopack.changes.misquote import likest, only_place
from autopack.changes.places import Level, Places, lacks_sign
from autopack.changes.readings import Reading, cut_off, is_elision, pieces, readings
from autopack.model.changes import Rung
from autopack.paths import printable

COPY = (
    "Copy the unchanged and removed lines exactly from the file as shown to you, with three of them around each change."
)
UNIQUE = "Correct the line number in its header, or add unchanged lines until one place fits."
AGAIN = (
    "Answer again in full, in one closed code fence and with the right counts; use operations or fewer files at once if it "
    "gets too long."
)
CUT = "ends before its header says it does and may go on where the answer ends; it looks cut off"
_STEPS = (
    (Rung.STRICT, Level.EXACT),
    (Rung.RECOUNT, Level.EXACT),
    (Rung.RECOUNT, Level.UNSIGNED),
    (Rung.WHITESPACE, Level.BLANKS),
)


class Placed(NamedTuple):
    """The 0-based half-open lines of the base that these lines of a hunk take the place of; unchanged ones are as the
    file has them."""

    start: int
    stop: int
    lines: tuple[HunkLine, ...]


class Unplaced(Exception):
    """Why a hunk has no certain place, what to do about it, and the 0-based line to show."""

    def __init__(self, why: str, how: str, near: int, code: str = "AP205") -> None:
        super().__init__(why)
        self.why = why
        self.how = how
        self.near = near
        self.code = code


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
                found = self._stands(hunk, reading, reading.lines, rung, level)
                if found is not None:
                    return found
        for reading in told:
            if any(is_elision(line) for line in reading.lines):
                return Sighting(Rung.FUZZY, Level.EXACT, reading, (), None, [])
            start = None if hunk.torn else only_place(self.bodies, reading.lines)
            if start is not None:
                return Sighting(Rung.FUZZY, Level.BLANKS, reading, reading.lines, None, [start], hunk.start is not None)
        raise self._nowhere(hunk, told)

    def settle(self, hunk: Hunk, sighting: Sighting, *, numbers_hold: bool) -> list[Placed]:
        """Where the hunk's lines, or its pieces', certainly go. Raises Unplaced."""
        reading = sighting.reading
        if sighting.lines:
            placed = [self._placed(sighting, self._only(sighting, numbers_hold), hunk)]
            reading = replace(reading, lines=placed[0].lines, counted=count(placed[0].lines) == hunk.counts)
        else:
            placed = self._pieces(hunk, reading, numbers_hold)
        start, stop = placed[0].start, placed[-1].stop
        if cut_off(hunk, reading, stop, len(self.bodies)):
            raise Unplaced(CUT, AGAIN, start, "AP202")
        if reading.lines[-1].sign != " " and stop < len(self.bodies):
            why = "has no unchanged line at its end, so its place is not certain"
            raise Unplaced(why, "Repeat up to three unchanged lines before and after each change.", start)
        return placed

    def _stands(
        self, hunk: Hunk, reading: Reading, lines: tuple[HunkLine, ...], rung: Rung, level: Level
    ) -> Sighting | None:
        lines = _without_mark(lines, hunk.start)
        stated = self._stated(hunk, lines)
        if stated is not None and self.places.at(stated, lines, level, hunk.counts) is None:
            stated = None
        starts = self.places.find(lines, level, hunk.counts)
        if stated is None and not any(self.places.at(n, lines, level, hunk.counts) is not None for n in starts):
            return None
        elsewhere = stated is None and hunk.start is not None
        return Sighting(rung, level, reading, lines, stated, starts, elsewhere)

    def _stated(self, hunk: Hunk, lines: Sequence[HunkLine]) -> int | None:
        """The 0-based line its header names, where the file has it."""
        if hunk.start is None:
            return None
        at = hunk.start - 1 if any(line.sign != "+" for line in lines) else hunk.start
        return at if 0 <= at <= len(self.bodies) else None

    def _only(self, sighting: Sighting, numbers_hold: bool) -> int:
        starts = sighting.starts
        if sighting.stated is not None and (numbers_hold or set(starts) <= {sighting.stated}):
            return sighting.stated
        if len(starts) == 1 and sighting.level < Level.BLANKS:
            as_read = self.places.at(starts[0], sighting.lines, sighting.level, None) or sighting.lines
            starts = self.places.find(as_read, Level.BLANKS) or starts
        if len(starts) == 1:
            return starts[0]
        lines = ", ".join(str(at + 1) for at in starts)
        raise Unplaced(
            f"does not stand where its header says and fits more than one place (lines {lines})", UNIQUE, starts[0]
        )

    def _placed(self, sighting: Sighting, start: int, hunk: Hunk) -> Placed:
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

    def _pieces(self, hunk: Hunk, reading: Reading, numbers_hold: bool) -> list[Placed]:
        """The parts of a hunk around its "...", each at its only place, in their order, with what is left out between."""
        filled = self._filled(hunk, reading) if numbers_hold else None
        if filled is not None:
            return [filled]
        placed: list[Placed] = []
        floor, after_addition = 0, False
        for number, lines in enumerate(pieces(reading)):
            first = number == 0 and not is_elision(reading.lines[0])
            if after_addition and lines[0].sign == "+":
                raise Unplaced('leaves out lines between added ones ("...")', "Write every added line out.", floor)
            after_addition = lines[-1].sign == "+"
            part = self._part(replace(hunk, start=hunk.start if first else None), reading, lines, floor, numbers_hold)
            if part.start < floor + (number > 0):
                raise Unplaced(
                    'leaves out lines ("...") where the file has none, or in another order', COPY, part.start
                )
            floor = part.stop
            placed += [part] if any(line.sign != " " for line in lines) else []
        if not placed:
            raise Unplaced("changes nothing", COPY, floor)
        return placed

    def _filled(self, hunk: Hunk, reading: Reading) -> Placed | None:
        """The hunk where its header says, with its one "..." being as many lines as its counts leave for it."""
        gaps = [n for n, line in enumerate(reading.lines) if is_elision(line)]
        start = self._stated(hunk, reading.lines)
        if len(gaps) != 1 or start is None or hunk.counts is None:
            return None
        size, news = (told - given + 1 for told, given in zip(hunk.counts, count(reading.lines), strict=True))
        at = start + count(reading.lines[: gaps[0]])[0]
        if size != news or size < 1 or at + size > len(self.bodies):
            return None
        left_out = [HunkLine(" ", body) for body in self.bodies[at : at + size]]
        lines = self.places.at(
            start, (*reading.lines[: gaps[0]], *left_out, *reading.lines[gaps[0] + 1 :]), Level.EXACT
        )
        between = {reading.lines[n].sign for n in (gaps[0] - 1, gaps[0] + 1) if 0 <= n < len(reading.lines)}
        return None if lines is None or between == {"+"} else Placed(start, start + hunk.counts[0], lines)

    def _part(
        self, hunk: Hunk, reading: Reading, lines: tuple[HunkLine, ...], floor: int, numbers_hold: bool
    ) -> Placed:
        for level in Level:
            found = self._stands(hunk, reading, lines, Rung.FUZZY, level)
            if found is None:
                continue
            if all(line.sign == " " for line in lines) and found.stated is None:
                start = next((at for at in found.starts if at > floor or at == 0), found.starts[0])
                return Placed(start, start + len(lines), lines)
            return self._placed(found, self._only(found, numbers_hold), hunk)
        raise self._nowhere(hunk, [replace(reading, lines=lines)])

    def _nowhere(self, hunk: Hunk, told: Sequence[Reading]) -> Unplaced:
        """The refusal of a hunk that stands nowhere: what it says first that the file does not."""
        if not told:
            return Unplaced(
                "has text among its lines that is no part of a diff", "Give the hunk's lines only.", 0, "AP201"
            )
        reading = told[0]
        old = [line.body for line in reading.old]
        stated = self._stated(hunk, reading.lines)
        if stated is not None and cut_off(hunk, reading, stated + len(old), len(self.bodies)):
            return Unplaced(CUT, AGAIN, stated, "AP202")
        if not old:
            return Unplaced("has neither unchanged nor removed lines", COPY, max(0, stated or 0))
        if stated is None or not any(a == b for a, b in zip(old, self.bodies[stated:], strict=False)):
            near = likest(self.bodies, reading.lines)
            stated = near if near is not None else max(0, (hunk.start or 1) - 1)
        return Unplaced(f"does not fit the file: {self._difference(old, stated)}", COPY, stated)

    def _difference(self, old: Sequence[bytes], start: int) -> str:
        for number, wanted in enumerate(old, start):
            if number >= len(self.bodies):
                return f"it speaks of line {number + 1}, the file has {len(self.bodies)}"
            if self.bodies[number] != wanted:
                told, real = (printable(line.decode("utf-8", "replace")) for line in (wanted, self.bodies[number]))
                return f"line {number + 1} is {real}, not {told}"
        return "the text that its header counts does not stand there"


def _without_mark(lines: tuple[HunkLine, ...], start: int | None) -> tuple[HunkLine, ...]:
    """The lines without a byte order mark on the first old one: the file's own is kept apart."""
    first = next((n for n, line in enumerate(lines) if line.sign != "+"), None)
    if first is None or start not in (None, 0, 1) or not lines[first].body.startswith(BOM):
        return lines
    return (*lines[:first], replace(lines[first], body=lines[first].body.removeprefix(BOM)), *lines[first + 1 :])
