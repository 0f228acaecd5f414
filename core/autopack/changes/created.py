"""A new file out of its hunks: every line added, as many as the header says where anything about them is odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autopack.changes.edits import Hunk
from autopack.changes.placed import AGAIN, CUT, Placed
from autopack.changes.readings import Reading, cut_off, readings
from autopack.changes.refusal import Refusals
from autopack.model.changes import Rung
from autopack.paths import printable


def create(hunks: Sequence[Hunk], path: str, problems: Refusals) -> tuple[Placed, Rung] | None:
    """The lines of a file that has none yet, or None with the reason in `problems`."""
    if len(hunks) != 1:
        problems.add("AP205", f"{printable(path)} has no lines yet; give all of its lines in one hunk.", path=path)
        return None
    hunk = hunks[0]
    for reading in readings(hunk):
        whole = _all_added(hunk, reading)
        if whole is None:
            continue
        if cut_off(hunk, whole, 0, 0):
            problems.add("AP202", f"{printable(path)}, {hunk.label} {CUT}. {AGAIN}", path=path)
            return None
        strict = reading.counted and whole is reading
        return Placed(0, 0, whole.lines), Rung.STRICT if strict else Rung.RECOUNT
    problems.add(
        "AP205",
        f"{printable(path)}, {hunk.label} does not fit the file: it has no lines yet. Begin every line of a new file with "
        f'"+" and count them in the header (@@ -0,0 +1,COUNT @@).',
        path=path,
    )
    return None


def _all_added(hunk: Hunk, reading: Reading) -> Reading | None:
    """The reading with signs put where they are missing, which the header's count must confirm."""
    lines = reading.lines
    if all(line.sign == "+" for line in lines):
        return reading
    counted = hunk.counts == (0, len(lines))
    if not counted or not all(line.sign == "+" or line.bare or not line.body for line in lines):
        return None
    return replace(reading, lines=tuple(replace(line, sign="+", bare=False) for line in lines), counted=True)
