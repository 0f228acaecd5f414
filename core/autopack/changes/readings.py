"""What the body of a hunk may mean: by its header's counts, or up to where prose begins, or all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autopack.changes.edits import Hunk, HunkLine
from autopack.changes.hunktext import count

_ELISION = re.compile(rb"\s*(?:#|//|--|;|\*|<!--|/\*)?\s*(?:\.{3,}|\xe2\x80\xa6)\s*(?:-->|\*/)?\s*\Z")
_WIDTH = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """`counted`: the lines are as many as the header says. `rest`: lines with text that are no part of the hunk."""

    lines: tuple[HunkLine, ...]
    counted: bool
    rest: tuple[HunkLine, ...]

    @property
    def old(self) -> list[HunkLine]:
        return [each for each in self.lines if each.sign != "+"]

    @property
    def signed(self) -> bool:
        """Whether every line has its sign; git takes an empty line for an unchanged one too."""
        return not any(each.bare and each.body for each in self.lines)

    @property
    def leading(self) -> int:
        """How many unchanged lines it begins with."""
        return next((n for n, each in enumerate(self.lines) if each.sign != " "), len(self.lines))

    @property
    def trailing(self) -> int:
        """How many unchanged lines it ends with."""
        return next((n for n, each in enumerate(reversed(self.lines)) if each.sign != " "), len(self.lines))


def readings(hunk: Hunk) -> list[Reading]:
    """Every reading, the longest first. What a reading leaves over must be prose, which an empty line sets apart where the
    header's counts do not, and the reading whole without it."""
    lines = hunk.lines
    counted = _counted(hunk)
    signed = next((n for n, each in enumerate(lines) if each.bare and each.body and not is_elision(each)), len(lines))
    ends = {len(lines), _trimmed(lines, len(lines)), signed, _trimmed(lines, signed)}
    if counted is not None:
        ends.add(counted)
    if hunk.counts is not None and hunk.counts[0] == 0 and hunk.counts[1] <= len(lines):
        ends.add(hunk.counts[1])
    found: list[Reading] = []
    for end in sorted(ends, reverse=True):
        reading = Reading(lines[:end], end == counted, tuple(each for each in lines[end:] if not each.blank))
        apart = end < len(lines) and lines[end].bare and not lines[end].body
        whole = not reading.rest or reading.counted or (apart and reading.trailing >= min(reading.leading, 1))
        if end and whole and _is_prose(lines[end:]):
            found.append(reading)
    return found


def _counted(hunk: Hunk) -> int | None:
    """How many lines are exactly as many old and new ones as the header says."""
    if hunk.counts is None:
        return None
    olds, news = hunk.counts
    for number, line in enumerate(hunk.lines):
        if olds <= 0 and news <= 0:
            return number if (olds, news) == (0, 0) else None
        olds -= line.sign != "+"
        news -= line.sign != "-"
    return len(hunk.lines) if (olds, news) == (0, 0) else None


def _trimmed(lines: Sequence[HunkLine], end: int) -> int:
    while end and lines[end - 1].bare and not lines[end - 1].body:
        end -= 1
    return end


def _is_prose(lines: Sequence[HunkLine]) -> bool:
    """Blank lines, or text whose first line has no sign and which adds nothing; "- " may begin an item of a list,
    "-- " a mail's signature."""
    first = next((each for each in lines if not each.blank or each.sign != " "), None)
    if first is None:
        return True
    if first.sign == "-" and first.body in (b"-", b"- "):
        after = lines[lines.index(first) + 1 :]
        return bool(after) and after[0].bare and _is_prose(after)
    return first.bare and all(
        each.sign == " " or (each.sign == "-" and (each.body.startswith(b" ") or each.body in (b"", b"-", b"- ")))
        for each in lines
    )


def is_elision(line: HunkLine) -> bool:
    """An unchanged "line" that stands for lines the model left out."""
    return line.sign == " " and _ELISION.match(line.body) is not None


def pieces(reading: Reading) -> list[tuple[HunkLine, ...]]:
    """The parts between elisions, in order; one part when there is none."""
    found: list[list[HunkLine]] = [[]]
    for line in reading.lines:
        if is_elision(line):
            found.append([])
        else:
            found[-1].append(line)
    return [tuple(each) for each in found if each]


def cut_off(hunk: Hunk, reading: Reading, stop: int, total: int) -> bool:
    """Whether more of the hunk may have been to come, where it ends before line `stop` (0-based) of `total`.

    Either the header is right and this is its beginning, or the header miscounts. It miscounts when the lines it still
    wants could not be a hunk's end: a change and git's three unchanged lines, or the end of the file. Where the answer was
    closed behind the hunk, it may end with fewer unchanged lines than git would give.
    """
    if not hunk.last:
        return False
    adds_last, at_end = reading.lines[-1].sign == "+", stop >= total
    if hunk.torn and adds_last:
        return True
    if reading.counted:
        return False
    closed = hunk.closed or reading.rest != ()
    width = max(reading.leading, 1 if closed else _WIDTH)
    whole = reading.trailing >= width or (at_end and not adds_last)
    if hunk.counts is None:
        return not whole and not (closed and at_end)
    olds, news = (told - given for told, given in zip(hunk.counts, count(reading.lines), strict=True))
    if any(is_elision(each) for each in reading.lines):
        return olds != news
    if olds < 0 or news < 0 or stop + olds > total:
        return False
    if not whole or at_end or stop + olds == total:
        return True
    return min(olds, news) >= _WIDTH and (olds, news) != (_WIDTH, _WIDTH)
