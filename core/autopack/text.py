"""Pure helpers on text: lines by git's rules, sizes and durations in words, short ids."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

_MANY_LINES = 2000
"""Above this many, lines that are found very often are no anchors: the comparison would take the square of their number."""
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def split_lines(data: bytes) -> list[bytes]:
    """Lines with their ends kept, broken at LF only (as git counts them). b"" has no line."""
    parts = data.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def common_ends(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[int, int]:
    """How many lines both begin with, and how many of the rest both end with."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    end = 0
    while end < min(len(before), len(after)) - head and before[-1 - end] == after[-1 - end]:
        end += 1
    return head, end


def line_edits(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[str, int, int, int, int]]:
    """Opcodes as difflib has them; what both begin and end with is set aside first."""
    head, end = common_ends(before, after)
    old, new = before[head : len(before) - end], after[head : len(after) - end]
    yield "equal", 0, head, 0, head
    for tag, *places in SequenceMatcher(None, old, new, autojunk=len(new) > _MANY_LINES).get_opcodes():
        first, last, now, then = (head + place for place in places)
        yield tag, first, last, now, then
    yield "equal", len(before) - end, len(before), len(after) - end, len(after)


def plural(count: int, word: str) -> str:
    """`1 file`, `3 files`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters on one line, cut with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def visible(text: str) -> str:
    """Control, format (bidi, zero-width) and unassigned characters as `<U+XXXX>`; a newline too."""
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _HIDDEN else c for c in text)
