"""Hunks that leave unchanged lines out ("..."): the parts around the gap, each where it certainly stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.changes.edits import Hunk, HunkLine
from autopack.changes.hunktext import count
from autopack.changes.placed import COPY, Placed, Unplaced, nowhere, stated_line
from autopack.changes.places import Level
from autopack.changes.readings import Reading, is_elision, pieces
from autopack.model.changes import Rung

if TYPE_CHECKING:
    from autopack.changes.ladder import Placer


def place_pieces(placer: Placer, hunk: Hunk, reading: Reading, *, numbers_hold: bool) -> list[Placed]:
    """The parts of a hunk around its "...", each at its only place, in their order, with what is left out between."""
    filled = _filled(placer, hunk, reading) if numbers_hold else None
    if filled is not None:
        return [filled]
    placed: list[Placed] = []
    floor, after_addition = 0, False
    for number, lines in enumerate(pieces(reading)):
        first = number == 0 and not is_elision(reading.lines[0])
        if after_addition and lines[0].sign == "+":
            raise Unplaced('leaves out lines between added ones ("...")', "Write every added line out.", floor)
        after_addition = lines[-1].sign == "+"
        part = _part(placer, replace(hunk, start=hunk.start if first else None), reading, lines, floor, numbers_hold)
        if part.start < floor + (number > 0):
            raise Unplaced('leaves out lines ("...") where the file has none, or in another order', COPY, part.start)
        floor = part.stop
        placed += [part] if any(line.sign != " " for line in lines) else []
    if not placed:
        raise Unplaced("changes nothing", COPY, floor)
    return placed


def _filled(placer: Placer, hunk: Hunk, reading: Reading) -> Placed | None:
    """The hunk where its header says, with its one "..." being as many lines as its counts leave for it."""
    gaps = [n for n, line in enumerate(reading.lines) if is_elision(line)]
    start = stated_line(placer.bodies, hunk, reading.lines)
    if len(gaps) != 1 or start is None or hunk.counts is None:
        return None
    size, news = (told - given + 1 for told, given in zip(hunk.counts, count(reading.lines), strict=True))
    at = start + count(reading.lines[: gaps[0]])[0]
    if size != news or size < 1 or at + size > len(placer.bodies):
        return None
    left_out = [HunkLine(" ", body) for body in placer.bodies[at : at + size]]
    lines = placer.places.at(start, (*reading.lines[: gaps[0]], *left_out, *reading.lines[gaps[0] + 1 :]), Level.EXACT)
    between = {reading.lines[n].sign for n in (gaps[0] - 1, gaps[0] + 1) if 0 <= n < len(reading.lines)}
    return None if lines is None or between == {"+"} else Placed(start, start + hunk.counts[0], lines)


def _part(
    placer: Placer, hunk: Hunk, reading: Reading, lines: tuple[HunkLine, ...], floor: int, numbers_hold: bool
) -> Placed:
    for level in Level:
        found = placer.stands(hunk, reading, lines, Rung.FUZZY, level)
        if found is None:
            continue
        if all(line.sign == " " for line in lines) and found.stated is None:
            start = next((at for at in found.starts if at > floor or floor == 0), found.starts[0])
            return Placed(start, start + len(lines), lines)
        return placer.placed(found, placer.only(found, numbers_hold), hunk)
    raise nowhere(placer.bodies, hunk, [replace(reading, lines=lines)])
