"""Parts of the difference of two releases, named by hunk ranges alone."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tests.real.releases import File, Tree


@dataclass(frozen=True, order=True)
class Hunk:
    """Lines `[old_start, old_end)` of the old file become `[new_start, new_end)` of the new one, counted from 0."""

    path: str
    old_start: int
    old_end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Slice:
    """A change set: hunks of files both releases have, and whole files that one of them lacks."""

    hunks: tuple[Hunk, ...] = ()
    created: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def paths(self) -> list[str]:
        return sorted({h.path for h in self.hunks} | {*self.created} | {*self.deleted})

    def __or__(self, other: Slice) -> Slice:
        return Slice(
            tuple(sorted({*self.hunks, *other.hunks})),
            tuple(sorted({*self.created, *other.created})),
            tuple(sorted({*self.deleted, *other.deleted})),
        )

    def of(self, path: str) -> list[Hunk]:
        return sorted(h for h in self.hunks if h.path == path)

    def apply(self, old: Tree, new: Tree) -> Tree:
        """The old release with this part of the difference."""
        made = {p: f for p, f in old.items() if p not in self.deleted}
        made.update({p: new[p] for p in self.created})
        for path in {h.path for h in self.hunks}:
            before, after = lines(old[path].data), lines(new[path].data)
            for hunk in reversed(self.of(path)):
                before[hunk.old_start : hunk.old_end] = after[hunk.new_start : hunk.new_end]
            made[path] = File(b"".join(before), old[path].executable)
        return made

    def new_lines(self, path: str) -> set[int]:
        """1-based numbers, in the file this slice makes, of the lines that come from the new release."""
        found: set[int] = set()
        shift = 0
        for hunk in self.of(path):
            start, length = hunk.old_start + shift, hunk.new_end - hunk.new_start
            found.update(range(start + 1, start + length + 1))
            shift += length - (hunk.old_end - hunk.old_start)
        return found


def lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def is_text(file: File) -> bool:
    try:
        file.data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in file.data


def difference(old: Tree, new: Tree) -> Slice:
    """Everything that differs between two releases in text files."""
    hunks: list[Hunk] = []
    for path in sorted(old.keys() & new.keys()):
        if old[path].data != new[path].data and is_text(old[path]) and is_text(new[path]):
            matcher = difflib.SequenceMatcher(None, lines(old[path].data), lines(new[path].data), autojunk=False)
            hunks += [Hunk(path, *codes[1:]) for codes in matcher.get_opcodes() if codes[0] != "equal"]
    return Slice(
        tuple(hunks),
        tuple(sorted(p for p in new.keys() - old.keys() if is_text(new[p]))),
        tuple(sorted(p for p in old.keys() - new.keys() if is_text(old[p]))),
    )


def by_path(hunks: Sequence[Hunk]) -> dict[str, list[Hunk]]:
    found: dict[str, list[Hunk]] = defaultdict(list)
    for hunk in hunks:
        found[hunk.path].append(hunk)
    return dict(found)


def is_test(path: str) -> bool:
    pure = PurePosixPath(path)
    return pure.suffix == ".py" and (
        bool({"tests", "test"} & {*pure.parts[:-1]}) or pure.name.startswith("test_") or pure.stem.endswith("_test")
    )


def is_source(path: str) -> bool:
    """A Python file the project consists of, not one that only documents or tests it."""
    aside = {"docs", "doc", "examples", "benchmarks"}
    return path.endswith(".py") and not is_test(path) and not aside & {*PurePosixPath(path).parts[:-1]}
