"""What an answer says about one file, before it is held against the base: the common result of every reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autopack.model.changes import PathRequest

Action = Literal["create", "modify", "delete", "rename", "write"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step on the base file's lines. `kind` is insert | replace | delete | append | prepend; `start` and `end` are
    1-based inclusive (insert: `start` alone); `old` is text that must stand there, exactly once when no lines are
    given."""

    number: int
    kind: str
    start: int = 0
    end: int = 0
    content: str = ""
    before: str = ""
    after: str = ""
    old: str | None = None

    def __str__(self) -> str:
        where = "" if not self.start else f" {self.start}" if self.kind == "insert" else f" {self.start}-{self.end}"
        return f"operation {self.number} ({self.kind}{where})"


@dataclass(frozen=True, slots=True)
class HunkLine:
    """`sign` is " ", "-" or "+"; `newline` is False when "\\ No newline at end of file" follows; `crlf` when the line
    itself, not the whole answer, ends in CR LF; `bare` when it has no sign and is read as an unchanged line."""

    sign: str
    body: bytes
    newline: bool = True
    crlf: bool = False
    bare: bool = False

    @property
    def raw(self) -> bytes:
        """The bytes of the line this line of the diff adds."""
        return self.body + ((b"\r\n" if self.crlf else b"\n") if self.newline else b"\r" if self.crlf else b"")

    @property
    def whole(self) -> bytes:
        """The line with its sign taken for text."""
        return self.body if self.bare else self.sign.encode() + self.body

    @property
    def blank(self) -> bool:
        return not self.body.strip()


@dataclass(frozen=True, slots=True)
class Hunk:
    """`line` is where its header stands in the answer; `start` the old line it states and `counts` its old and new lines,
    None where the header has no numbers. `lines` go on to whatever ends the hunk beyond doubt (another header, the end),
    so prose may be among them. `last`: nothing of the diff follows; `closed`: the answer goes on or was closed behind it
    (a fence, a JSON string), so that it was not cut off there; `torn`: its last line has no end."""

    number: int
    line: int
    start: int | None
    counts: tuple[int, int] | None
    lines: tuple[HunkLine, ...]
    last: bool = False
    closed: bool = True
    torn: bool = False

    @property
    def label(self) -> str:
        """How a refusal names it."""
        if self.start is None:
            return f"hunk {self.number}"
        return f"hunk {self.number} (@@ -{self.start},{(self.counts or (0, 0))[0]})"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """Exactly one of `content`, `hunks`, `operations` is set for create and modify; at most one for a rename.

    Action "write" is whole content whose file may or may not exist. `exact` takes `content` byte for byte; `mode` is
    the new file mode where a patch names one; `patch` marks an entry of a bare git diff."""

    path: str
    action: Action
    new_path: str = ""
    content: str | None = None
    hunks: tuple[Hunk, ...] | None = None
    operations: tuple[Operation, ...] | None = None
    exact: bool = False
    mode: int | None = None
    patch: bool = False

    @property
    def target(self) -> str:
        return self.new_path or self.path


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything the answer says. `whole`: its text itself proves that nothing is missing behind it; `requests` name what
    it needs leave for."""

    edits: tuple[FileEdit, ...]
    summary: str = field(default="")
    whole: bool = False
    requests: tuple[PathRequest, ...] = ()

    @property
    def only_asks(self) -> bool:
        return bool(self.requests) and not self.edits
