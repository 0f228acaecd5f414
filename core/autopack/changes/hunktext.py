"""The text of hunks: headers with or without right numbers, bodies up to the next header. Nothing is believed yet."""

from __future__ import annotations

import re
from dataclasses import replace

from autopack.changes.edits import Hunk, HunkLine
from autopack.changes.names import PatchRefused
from autopack.paths import printable

_HEADER = re.compile(r"@@\s*-(\d{1,10})(?:,(\d{1,10}))?\s+\+(\d{1,10})(?:,(\d{1,10}))?(?:\s*@@.*)?\Z")
NO_NEWLINE = "\\ No newline"
MAX_PARTS = 5000
_WORDS = ("diff --git ", "--- ", "+++ ", "@@ ", "index ", "new file mode ", "rename ")


class Lines:
    """The lines of a diff and how far they were read. `room` is how many files and hunks may still be read; `closed` as
    in Hunk."""

    def __init__(self, text: str, room: int = MAX_PARTS, *, closed: bool = True) -> None:
        self.room = room
        self.closed = closed
        self.torn = bool(text) and not text.endswith("\n")
        self.lines = text.split("\n")
        if self.lines and self.lines[-1] == "":
            self.lines.pop()
        self.at = 0

    @property
    def number(self) -> int:
        return self.at + 1

    @property
    def over(self) -> bool:
        return self.at >= len(self.lines)

    def peek(self, ahead: int = 0) -> str:
        """The line `ahead` of the next one; "" behind the end."""
        index = self.at + ahead
        return self.lines[index] if index < len(self.lines) else ""

    def spend(self) -> None:
        """Count one file or hunk."""
        self.room -= 1
        if self.room < 0:
            raise PatchRefused("it holds too many files and hunks; do less at once", self.number, "AP207")

    def starts_file(self) -> bool:
        """Whether a file's header begins here: in full, or one of its two names with hunks behind it."""
        line = self.peek()
        if line.startswith("diff --git "):
            return True
        if line.startswith("--- "):
            return self.peek(1).startswith("+++ ") or (_is_name(line[4:]) and self.peek(1).startswith("@@"))
        return line.startswith("+++ ") and _is_name(line[4:]) and self.peek(1).startswith("@@")

    def ends_body(self) -> bool:
        """Whether a hunk ends here whatever its header counts. A removed "-- x" and an added "++ x" look like names; they
        are where the next hunk begins right behind them."""
        line = self.peek()
        if line.startswith(("--- ", "+++ ")) and self.peek(1).startswith("+++ "):
            return self.starts_file() and self.peek(2).startswith("@@")
        return line.startswith("@@") or self.starts_file()

    def check_end(self) -> None:
        """Refuse an end in the middle of a header, where the answer was not closed."""
        last = self.lines[-1] if self.lines else ""
        if self.torn and not self.closed and last and any(w.startswith(last) and w != last for w in _WORDS):
            raise PatchRefused(f"it ends with {printable(last)}; the answer looks cut off", len(self.lines), "AP202")


def _is_name(text: str) -> bool:
    return bool(text.strip()) and " " not in text.split("\t")[0].strip()


def read_hunks_here(lines: Lines) -> list[Hunk]:
    """Every hunk up to the next file's header."""
    found: list[Hunk] = []
    while lines.peek().startswith("@@"):
        lines.spend()
        found.append(_hunk(lines, len(found) + 1))
    return found


def _hunk(lines: Lines, number: int) -> Hunk:
    header, at = lines.peek().rstrip("\r"), lines.number
    if header.startswith("@@@"):
        raise PatchRefused(f"hunk {number} is of a merge ({printable(header)}); give a diff against one version", at)
    own_ends = not lines.peek().endswith("\r")
    start, counts = _numbers(header)
    lines.at += 1
    body: list[HunkLine] = []
    while not lines.over and not lines.ends_body():
        line = lines.peek()
        if line.startswith(NO_NEWLINE):
            if not body:
                raise PatchRefused(f"hunk {number} starts with {printable(NO_NEWLINE)}", lines.number)
            body[-1] = replace(body[-1], newline=False)
        else:
            body.append(_line(line, own_ends))
        lines.at += 1
    if not body:
        raise PatchRefused(f"hunk {number} has no lines; the answer looks cut off", at, "AP202")
    end = lines.over
    return Hunk(
        number, at, start, counts, tuple(body), end, lines.closed or not end, end and lines.torn and not lines.closed
    )


def _numbers(header: str) -> tuple[int | None, tuple[int, int] | None]:
    found = _HEADER.match(header)
    if found is None:
        return None, None
    start, olds, _, news = (int(n) if n is not None else 1 for n in found.groups())
    return start, (olds, news)


def _line(line: str, own_ends: bool) -> HunkLine:
    crlf = own_ends and line.endswith("\r")
    text = line.removesuffix("\r")
    if text[:1] in (" ", "+", "-"):
        return HunkLine(text[0], text[1:].encode(), crlf=crlf)
    return HunkLine(" ", text.encode(), crlf=crlf, bare=True)


def count(lines: list[HunkLine] | tuple[HunkLine, ...]) -> tuple[int, int]:
    """How many old and new lines these are."""
    return sum(each.sign != "+" for each in lines), sum(each.sign != "-" for each in lines)
