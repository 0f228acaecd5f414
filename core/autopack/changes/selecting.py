"""A change in parts: the files and hunks of the very patch that is shown, and the change set that some of them make."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from autopack.model.approvals import ChangePart, HunkMark
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.text import split_lines

Section = tuple[str, str, str]
"""Status letter, old and new path of one file of a git patch."""

_FILE = b"diff --git "
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_UNTERMINATED = b"\\"
_STATUS = {"A": "added", "D": "deleted", "R": "renamed"}


class Edit(NamedTuple):
    """From line `start` (from 0) the lines `old` become `new`, line ends included."""

    start: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ShownHunk:
    """A hunk with its bytes as shown: header line first, then context, removed and added lines."""

    mark: HunkMark
    raw: bytes

    @property
    def start(self) -> int:
        """The first line of the base it covers, from 0."""
        return self.mark.old_start - (1 if self.mark.old_count else 0)

    def lines(self) -> list[tuple[bytes, bytes]]:
        """(sign, line with its end) of its body; a line that ends its file without a newline has none."""
        found: list[tuple[bytes, bytes]] = []
        for raw in split_lines(self.raw)[1:]:
            if raw.startswith(_UNTERMINATED):
                sign, line = found[-1]
                found[-1] = (sign, line.removesuffix(b"\n"))
            else:
                found.append((raw[:1], raw[1:]))
        return found

    def sides(self) -> tuple[list[bytes], list[bytes]]:
        """Its lines before and after, context included."""
        lines = self.lines()
        return [line for sign, line in lines if sign != b"+"], [line for sign, line in lines if sign != b"-"]

    def edits(self) -> Iterator[Edit]:
        """What it changes, without context, each run of changed lines once."""
        at = self.start
        old: list[bytes] = []
        new: list[bytes] = []
        for sign, line in (*self.lines(), (b" ", b"")):
            if sign == b"-":
                old.append(line)
            elif sign == b"+":
                new.append(line)
            else:
                if old or new:
                    yield Edit(at, tuple(old), tuple(new))
                at += len(old) + 1
                old, new = [], []


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part with its bytes in the patch: `head` up to the first hunk, or all of a part that is chosen as a whole."""

    part: ChangePart
    head: bytes
    hunks: tuple[ShownHunk, ...] = ()

    def raw(self, ids: Collection[str]) -> bytes:
        """The patch of those of its ids; b"" when it has none of them."""
        if not self.hunks:
            return self.head if self.part.path in ids else b""
        chosen = [hunk.raw for id, hunk in zip(self.part.ids, self.hunks, strict=True) if id in ids]
        return self.head + b"".join(chosen) if chosen else b""


def shown_parts(changes: ChangeSet, sections: Sequence[Section], patch: bytes) -> tuple[ShownPart, ...]:
    """The parts of `changes` in the order of `patch`, git's patch of exactly this change, whose files `sections` names. A
    file is in hunks where nothing but its text is modified and its hunks together give that text byte for byte; what the
    patch shows as one rename, or the change set does as one, is one part."""
    raws = list(_split(patch))
    if len(raws) != len(sections):
        raise ValueError(f"the patch has {len(raws)} files, not {len(sections)}")
    by_name = {name: change for change in changes.changes for name in (change.path, change.old_path) if name}
    groups: list[tuple[list[int], set[str]]] = []
    for number, (_, old, new) in enumerate(sections):
        names = {old, new}
        for name in (old, new):
            change = by_name.get(name)
            names |= {change.path, change.old_path or change.path} if change else set()
        touching = [group for group in groups if group[1] & names]
        for group in touching:
            groups.remove(group)
        numbers = sorted({number, *(n for group in touching for n in group[0])})
        groups.append((numbers, names.union(*(group[1] for group in touching))))
    parts = [
        _part(by_name, [sections[n] for n in numbers], [raws[n] for n in numbers], names)
        for numbers, names in sorted(groups, key=lambda group: group[0])
    ]
    taken = {name for each in parts for name in each.part.names}
    return tuple(_whole(each) if taken & set(each.part.ids) - {each.part.path} else each for each in parts)


def _whole(shown: ShownPart) -> ShownPart:
    """For a file one of whose hunks would have the name of another file of the change."""
    raw = shown.head + b"".join(hunk.raw for hunk in shown.hunks)
    return ShownPart(replace(shown.part, hunks=()), raw)


def _part(
    by_name: dict[str, FileChange], sections: Sequence[Section], raws: Sequence[bytes], names: set[str]
) -> ShownPart:
    change = by_name.get(sections[0][2])
    if len(sections) == 1 and len(names) == 1 and change is not None:
        head, hunks = _hunks(raws[0])
        if hunks and _in_hunks(change, hunks):
            marks = tuple(hunk.mark for hunk in hunks)
            return ShownPart(ChangePart(change.path, (change.path,), "modified", marks), head, tuple(hunks))
    paths = {c.path for name in names if (c := by_name.get(name)) is not None and c.after is not None}
    path = min(paths) if paths else min(names)
    renamed = len(names) > 1
    status = "renamed" if renamed else _STATUS.get(sections[0][0], "modified")
    return ShownPart(ChangePart(path, tuple(sorted(names)), status), b"".join(raws))


def _in_hunks(change: FileChange, hunks: Sequence[ShownHunk]) -> bool:
    if change.kind is not ChangeKind.MODIFIED or change.mode_before != change.mode_after:
        return False
    return change.before is not None and _applied(change.before, hunks) == change.after


def _applied(before: bytes, hunks: Iterable[ShownHunk]) -> bytes | None:
    """`before` with these hunks, in order; None where one does not stand on its lines."""
    lines = split_lines(before)
    after: list[bytes] = []
    at = 0
    for hunk in hunks:
        old, new = hunk.sides()
        if hunk.start < at or lines[hunk.start : hunk.start + len(old)] != old:
            return None
        after += [*lines[at : hunk.start], *new]
        at = hunk.start + len(old)
    return b"".join([*after, *lines[at:]])


@dataclass(frozen=True, slots=True)
class Division:
    """A change taken in part: what was chosen and what was left, each as a change set against the base and as a patch."""

    shown: tuple[ShownPart, ...]
    kept: ChangeSet
    left: ChangeSet
    kept_patch: bytes
    left_patch: bytes


def divide(changes: ChangeSet, shown: Sequence[ShownPart], chosen: Collection[str]) -> Division:
    """The parts and hunks with these ids, and the others."""
    left = [id for each in shown for id in each.part.ids if id not in chosen]
    return Division(
        tuple(shown),
        _only(changes, shown, chosen),
        _only(changes, shown, left),
        b"".join(each.raw(chosen) for each in shown),
        b"".join(each.raw(left) for each in shown),
    )


def _only(changes: ChangeSet, shown: Sequence[ShownPart], ids: Collection[str]) -> ChangeSet:
    kept: list[FileChange] = []
    for each in shown:
        mine = [c for c in changes.changes if c.path in each.part.names]
        if not each.hunks:
            kept += mine if each.part.path in ids else []
            continue
        hunks = [hunk for id, hunk in zip(each.part.ids, each.hunks, strict=True) if id in ids]
        for change in mine if hunks else ():
            assert change.before is not None
            kept.append(replace(change, after=_applied(change.before, hunks)))
    return replace(changes, changes=tuple(sorted(kept, key=lambda c: c.path)))


def edits_in(sections: Sequence[Section], patch: bytes) -> dict[str, tuple[Edit, ...]]:
    """What a patch edits in each text file that it modifies; () for a file it changes in any other way."""
    found: dict[str, tuple[Edit, ...]] = {}
    for (status, old, new), raw in zip(sections, _split(patch), strict=True):
        head, hunks = _hunks(raw)
        text = status == "M" and b"\nold mode " not in head
        found[new] = tuple(edit for hunk in hunks for edit in hunk.edits()) if text else ()
        if old != new:
            found[old] = ()
    return found


def _split(patch: bytes) -> Iterator[bytes]:
    """The patch file by file. Inside a hunk the header's counts rule, so that no line of a file is taken for a header."""
    section: list[bytes] = []
    old = new = 0
    for line in split_lines(patch):
        if old > 0 or new > 0:
            old -= line[:1] in (b" ", b"-")
            new -= line[:1] in (b" ", b"+")
        elif line.startswith(_FILE):
            if section:
                yield b"".join(section)
            section = []
        elif found := _HUNK.match(line):
            old, new = _count(found[2]), _count(found[4])
        section.append(line)
    if section:
        yield b"".join(section)


def _hunks(section: bytes) -> tuple[bytes, list[ShownHunk]]:
    """The head of one file's section, and its hunks."""
    head: list[bytes] = []
    hunks: list[tuple[HunkMark, list[bytes]]] = []
    old = new = 0
    for line in split_lines(section):
        found = _HUNK.match(line) if old <= 0 and new <= 0 else None
        if found:
            old, new = _count(found[2]), _count(found[4])
            heading = found[5].decode("utf-8", "replace").rstrip("\r")
            hunks.append((HunkMark("", int(found[1]), old, int(found[3]), new, heading), [line]))
            continue
        old -= line[:1] in (b" ", b"-")
        new -= line[:1] in (b" ", b"+")
        (hunks[-1][1] if hunks else head).append(line)
    made: list[ShownHunk] = []
    for mark, lines in hunks:
        raw = b"".join(lines)
        made.append(ShownHunk(replace(mark, digest=hashlib.sha256(raw).hexdigest()[:8]), raw))
    return b"".join(head), made


def _count(told: bytes | None) -> int:
    return 1 if told is None else int(told)
