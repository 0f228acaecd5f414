"""Where a hunk went, or why it went nowhere: what the file really says there, and how to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autopack.changes.edits import Hunk, HunkLine
from autopack.changes.misquote import likest
from autopack.changes.readings import Reading, cut_off
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


def stated_line(bodies: Sequence[bytes], hunk: Hunk, lines: Sequence[HunkLine]) -> int | None:
    """The 0-based line the hunk's header names, where the file has it."""
    if hunk.start is None:
        return None
    at = hunk.start - 1 if any(line.sign != "+" for line in lines) else hunk.start
    return at if 0 <= at <= len(bodies) else None


def nowhere(bodies: Sequence[bytes], hunk: Hunk, told: Sequence[Reading]) -> Unplaced:
    """The refusal of a hunk that stands nowhere: what it says first that the file does not."""
    if not told:
        return Unplaced("has text among its lines that is no part of a diff", "Give the hunk's lines only.", 0, "AP201")
    reading = told[0]
    old = [line.body for line in reading.old]
    stated = stated_line(bodies, hunk, reading.lines)
    if stated is not None and cut_off(hunk, reading, stated + len(old), len(bodies)):
        return Unplaced(CUT, AGAIN, stated, "AP202")
    if not old:
        return Unplaced("has neither unchanged nor removed lines", COPY, max(0, stated or 0))
    if stated is None or not any(a == b for a, b in zip(old, bodies[stated:], strict=False)):
        near = likest(bodies, reading.lines)
        stated = near if near is not None else max(0, (hunk.start or 1) - 1)
    return Unplaced(f"does not fit the file: {_difference(bodies, old, stated)}", COPY, stated)


def _difference(bodies: Sequence[bytes], old: Sequence[bytes], start: int) -> str:
    for number, wanted in enumerate(old, start):
        if number >= len(bodies):
            return f"it speaks of line {number + 1}, the file has {len(bodies)}"
        if bodies[number] != wanted:
            told, real = (printable(line.decode("utf-8", "replace")) for line in (wanted, bodies[number]))
            return f"line {number + 1} is {real}, not {told}"
    return "the text that its header counts does not stand there"
