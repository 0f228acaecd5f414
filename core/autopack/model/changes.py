"""ChangeSet: what an answer comes down to, per path bytes before and after against a named base tree."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000
GITLINK = 0o160000


class ChangeKind(StrEnum):
    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"


class Rung(StrEnum):
    """How far the reading of a diff had to bend before its place was certain, least first (docs/answers.md)."""

    STRICT = "strict"
    RECOUNT = "recount"
    WHITESPACE = "whitespace"
    THREE_WAY = "three-way"
    FUZZY = "fuzzy"

    @property
    def height(self) -> int:
        return list(Rung).index(self)


def blob_id(data: bytes) -> str:
    """git's SHA-1 object id of a blob holding `data`."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path of a change set. Bytes are blob bytes (no filters). `before` is None for a created path, `after`
    None for a deleted one; `old_path` is set for a rename (then `before` is the content at `old_path`). `rung` is how the
    answer's diff was read, STRICT for every other form; it is no part of the digest."""

    path: str
    kind: ChangeKind
    before: bytes | None
    after: bytes | None
    mode_before: int | None
    mode_after: int | None
    old_path: str | None = None
    rung: Rung = Rung.STRICT

    @property
    def old_id(self) -> str:
        return blob_id(self.before) if self.before is not None else ""

    @property
    def new_id(self) -> str:
        return blob_id(self.after) if self.after is not None else ""


@dataclass(frozen=True, slots=True)
class PathRequest:
    """Exact paths that the Builder asks leave for; `why` are its own words, on one line, and prove nothing."""

    paths: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Every later judgement reads this, never the model's text. `changes` are sorted by path and touch each path once;
    `base_tree` is the git tree id they were computed against. `requests` beside changes say why they touch what they
    touch; alone they ask for a wider scope. They are no part of the digest."""

    base_tree: str
    changes: tuple[FileChange, ...]
    summary: str = ""
    requests: tuple[PathRequest, ...] = ()

    @property
    def only_asks(self) -> bool:
        return bool(self.requests) and not self.changes

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path written or removed, rename sources included, sorted."""
        found = {c.path for c in self.changes} | {c.old_path for c in self.changes if c.old_path}
        return tuple(sorted(found))

    @property
    def digest(self) -> str:
        """SHA-256 over the entries sorted by path: mode, kind, old and new blob id, rename source."""
        h = hashlib.sha256()
        for c in sorted(self.changes, key=lambda c: c.path):
            mode = f"{c.mode_after:o}" if c.mode_after is not None else "0"
            h.update("\0".join((c.path, mode, c.kind, c.old_id, c.new_id, c.old_path or "")).encode() + b"\n")
        return h.hexdigest()
