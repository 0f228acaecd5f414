"""Lines of a file's two versions: how many went and came, and how many are left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from autopack.model.changes import FileChange
from autopack.text import split_lines

_BINARY_PROBE = 8000


@dataclass(frozen=True, slots=True)
class Extent:
    """Lines `before` and `after`, and how many of each are in no longest common subsequence."""

    before: int
    after: int
    removed: int
    added: int

    @property
    def net(self) -> int:
        return self.removed - self.added

    @property
    def churn(self) -> float:
        """Changed lines by lines there were; a changed line counts once."""
        return max(self.removed, self.added) / max(self.before, 1)


def extent(change: FileChange) -> Extent:
    """Of a file whole or made, binary ones have no lines."""
    old, new = _numbered(_lines(change.before), _lines(change.after))
    kept = _kept(old, new)
    return Extent(len(old), len(new), len(old) - kept, len(new) - kept)


def changed_lines(change: FileChange) -> int:
    """Added and removed ones."""
    size = extent(change)
    return size.added + size.removed


def share_left(change: FileChange, changes: Iterable[FileChange]) -> float:
    """Share of the lines before that some file of the change holds after, 0 to 1; blank lines do not count, nor does what
    is added."""
    old = sum(bool(line.strip()) for line in _lines(change.before))
    return 1 - lost_lines([change], changes) / old if old else 1.0


def gained_lines(changes: Iterable[FileChange]) -> Counter[bytes]:
    """Lines that the versions after hold and the versions before do not, or not as often, and how often they come."""
    old, new = Counter[bytes](), Counter[bytes]()
    for change in changes:
        old.update(line.strip() for line in _lines(change.before))
        new.update(line.strip() for line in _lines(change.after))
    return new - old


def lost_lines(before: Iterable[FileChange], after: Iterable[FileChange]) -> int:
    """Lines that the versions before hold and the versions after do not, or not as often; blank ones do not count."""
    old, new = Counter[bytes](), Counter[bytes]()
    for change in before:
        old.update(line.strip() for line in _lines(change.before))
    for change in after:
        new.update(line.strip() for line in _lines(change.after))
    old.pop(b"", None)
    return (old - new).total()


def _lines(data: bytes | None) -> list[bytes]:
    if data is None or b"\0" in data[:_BINARY_PROBE]:
        return []
    return split_lines(data)


def _numbered(*texts: list[bytes]) -> tuple[list[int], ...]:
    """Each line as a number, equal ones alike."""
    numbers: dict[bytes, int] = {}
    fresh = count()
    return tuple([numbers[line] if line in numbers else numbers.setdefault(line, next(fresh)) for line in text]
                 for text in texts)  # fmt: skip


def _kept(old: list[int], new: list[int]) -> int:
    """Length of the longest common subsequence; equal ends are taken off first."""
    start, end = 0, 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle = old[start : len(old) - end], new[start : len(new) - end]
    if all(middle):
        from rapidfuzz.distance import LCSseq

        return start + end + LCSseq.similarity(*middle)
    return start + end
