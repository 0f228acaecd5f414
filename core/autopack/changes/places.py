"""Where lines of a hunk stand in a file: as they are, with lost signs, or but for white space."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from functools import cached_property

from autopack.changes.edits import HunkLine
from autopack.changes.hunktext import count

_MOST = 4
_BUDGET = 2_000_000


class Level(IntEnum):
    """How lines are compared: byte for byte; so, or with the sign taken for text; with runs of white space as one and
    none at their ends."""

    EXACT = 0
    UNSIGNED = 1
    BLANKS = 2


def normal(body: bytes) -> bytes:
    return b" ".join(body.split())


def lacks_sign(line: HunkLine, real: bytes) -> bool:
    """Whether an old line stands in the file with its sign taken for text: it may be one to remove whose sign was lost."""
    return not line.blank and (line.bare or (real == line.whole and real != line.body))


class Places:
    """The lines of one file, searched. Bounded: what costs too much is found nowhere."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self.bodies = bodies
        self._budget = _BUDGET

    def at(
        self, start: int, lines: Sequence[HunkLine], level: Level, counts: tuple[int, int] | None = None
    ) -> tuple[HunkLine, ...] | None:
        """The lines as they are read when the hunk begins at `start`: unchanged ones as the file has them. None when they
        do not stand there. Where a line has no sign it may be one to remove: then `counts` must hold."""
        if start < 0:
            return None
        found: list[HunkLine] = []
        at, unsigned = start, False
        for line in lines:
            self._budget -= 1
            real = self.bodies[at] if at < len(self.bodies) else None
            if line.sign == "+":
                if level is Level.UNSIGNED and real == line.whole:
                    return None
                found.append(line)
                continue
            if real is None or not self._same(line, real, level):
                return None
            unsigned = unsigned or lacks_sign(line, real)
            if line.sign == "-" and level is Level.UNSIGNED and real != line.body:
                found.append(replace(line, sign=" ", body=real))
            else:
                found.append(line if line.sign == "-" else replace(line, body=real, bare=False))
            at += 1
        if unsigned and count(found) != counts:
            return None
        return tuple(found)

    @staticmethod
    def _same(line: HunkLine, real: bytes, level: Level) -> bool:
        if level is Level.BLANKS:
            return normal(line.body) == normal(real)
        return real == line.body or (level is Level.UNSIGNED and real == line.whole)

    def find(self, lines: Sequence[HunkLine], level: Level, counts: tuple[int, int] | None = None) -> list[int]:
        """0-based starts of the places where they stand, at most a few; none for lines without any text."""
        old = [line for line in lines if line.sign != "+"]
        if all(line.blank for line in old):
            return []
        if level is Level.UNSIGNED:
            return self._unsigned(lines, old, counts)
        text = self._text if level is Level.EXACT else self._normal_text
        needle = b"\n" + b"".join((line.body if level is Level.EXACT else normal(line.body)) + b"\n" for line in old)
        found: list[int] = []
        at = text.find(needle)
        while at >= 0 and len(found) < _MOST:
            found.append(text.count(b"\n", 0, at + 1) - 1)
            at = text.find(needle, at + 1)
        return found

    def _unsigned(
        self, lines: Sequence[HunkLine], old: Sequence[HunkLine], counts: tuple[int, int] | None
    ) -> list[int]:
        def stands(line: HunkLine) -> tuple[list[int], list[int]]:
            return self._lines.get(line.body, []), self._lines.get(line.whole, [])

        anchor = min(range(len(old)), key=lambda n: sum(map(len, stands(old[n]))))
        one, two = stands(old[anchor])
        self._budget -= len(one) + len(two)
        found: list[int] = []
        for each in sorted({*one, *two}) if self._budget > 0 else ():
            if self._budget <= 0 or len(found) >= _MOST:
                break
            if self.at(each - anchor, lines, Level.UNSIGNED, counts) is not None:
                found.append(each - anchor)
        return found

    @cached_property
    def _text(self) -> bytes:
        return b"\n" + b"".join(body + b"\n" for body in self.bodies)

    @cached_property
    def _normal_text(self) -> bytes:
        return b"\n" + b"".join(normal(body) + b"\n" for body in self.bodies)

    @cached_property
    def _lines(self) -> Mapping[bytes, list[int]]:
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        for number, body in enumerate(self.bodies):
            found[body].append(number)
        return found
