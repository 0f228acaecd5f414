"""Whole content that stops in the middle of the file it replaces: written out only in part (AP202)."""

from __future__ import annotations

from autopack.changes.lines import FileText, bodies_of

_SHORT = 20
_SHRUNK = 0.4
_TAIL = 3


def stops_in(before: bytes, content: str) -> int:
    """The 1-based line of `before` at which `content` stops without a line end, although much of the file follows there;
    0 where it ends like a file. A file that is cut on purpose ends with a line end, or is said in operations."""
    old, new = FileText.of(before).bodies, bodies_of(content)
    if content.endswith(("\n", "\r")) or not before.endswith((b"\n", b"\r")) or len(old) < _SHORT or not new:
        return 0
    if len(new) < 2 or len(new) > len(old):
        return 0
    torn = new[-1]
    if torn.strip() and torn not in old:
        at = next((n for n in range(1, len(old)) if _begins(old, new, n, torn)), 0)
        if at and any(line.strip() for line in old[at + 1 :]):
            return at + 1
    tail = [line for line in new if line.strip()][-_TAIL:]
    filled = [n for n, line in enumerate(old) if line.strip()]
    places = [
        filled[n + len(tail) - 1]
        for n in range(len(filled) - len(tail) + 1)
        if [old[each] for each in filled[n : n + len(tail)]] == tail
    ]
    if len(places) != 1 or len(new) > len(old) * _SHRUNK or not any(line.strip() for line in old[places[0] + 1 :]):
        return 0
    return places[0] + 1


def _begins(old: list[bytes], new: list[bytes], at: int, torn: bytes) -> bool:
    """Whether line `at` of the old file, behind the same line as in the new one, goes on where the new one is torn."""
    return old[at] != torn and old[at].startswith(torn) and old[at - 1] == new[-2]
