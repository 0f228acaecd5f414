"""A git diff taken apart, changed and put together again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)")
NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True)
class PatchHunk:
    """`lines` as in the diff, signs and markers included; `header` replaces the one made from the numbers."""

    old: int
    olds: int
    new: int
    news: int
    lines: tuple[str, ...]
    header: str = ""

    def text(self) -> list[str]:
        return [self.header or f"@@ -{self.old},{self.olds} +{self.new},{self.news} @@", *self.lines]

    def before(self) -> list[str]:
        return [line[1:] for line in self.lines if line[:1] in (" ", "-")]

    def adds_only(self) -> bool:
        return not any(line.startswith("-") for line in self.lines)


@dataclass(frozen=True)
class PatchFile:
    """One file of a diff: its header lines and hunks."""

    path: str
    header: tuple[str, ...]
    hunks: tuple[PatchHunk, ...]

    def text(self) -> list[str]:
        return [*self.header, *(line for hunk in self.hunks for line in hunk.text())]

    def with_hunk(self, at: int, hunk: PatchHunk) -> PatchFile:
        return replace(self, hunks=(*self.hunks[:at], hunk, *self.hunks[at + 1 :]))


@dataclass(frozen=True)
class Patch:
    """A whole diff. Only files that have hunks are changed by the kinds."""

    files: tuple[PatchFile, ...] = field(default=())

    def text(self) -> str:
        return "".join(line + "\n" for file in self.files for line in file.text())

    def mapped(self, change: object) -> Patch:
        """Every hunk through `change`."""
        assert callable(change)
        return Patch(tuple(replace(f, hunks=tuple(change(h) for h in f.hunks)) for f in self.files))

    def with_file(self, at: int, file: PatchFile) -> Patch:
        return Patch((*self.files[:at], file, *self.files[at + 1 :]))


def parse(diff: str) -> Patch:
    """A diff that git made, without renames and binary files."""
    files: list[PatchFile] = []
    for part in re.split(r"^(?=diff --git )", diff, flags=re.M)[1:]:
        head, *bodies = re.split(r"^(?=@@ )", part, flags=re.M)
        header = tuple(head.split("\n")[:-1])
        path = header[0].split(" b/", 1)[1]
        hunks: list[PatchHunk] = []
        for body in bodies:
            first, *lines = body.split("\n")[:-1]
            found = HEADER.match(first)
            assert found is not None, first
            old, olds, new, news = (int(n) if n else 1 for n in found.groups()[:4])
            hunks.append(PatchHunk(old, olds, new, news, tuple(lines)))
        files.append(PatchFile(path, header, tuple(hunks)))
    return Patch(tuple(files))
