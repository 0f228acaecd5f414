"""What differs from HEAD in the user's checkout, judged without running a filter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.model.changes import GITLINK
from autopack.repo.git import encode
from autopack.repo.objects import object_id

if TYPE_CHECKING:
    from pathlib import Path

    from autopack.repo.user import UserRepo

_POINTER = b"version https://git-lfs.github.com/spec/v1\n"


@dataclass(frozen=True, slots=True)
class DirtyPath:
    """`kind` is modified, added, deleted, untracked or unmerged. `mode` is the checkout's (0 when gone), `head_mode`
    and `head_id` are HEAD's (0 and "" when absent). `filter` names the attribute's filter driver: only git
    running that filter could tell whether the content differs, and it is not run."""

    path: str
    kind: str
    mode: int = 0
    head_mode: int = 0
    head_id: str = ""
    filter: str = ""


def dirty_paths(user: UserRepo) -> list[DirtyPath]:
    """Sorted by path. A submodule counts when its HEAD moved; its own files are not looked at."""
    fields = user.observe(
        "status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty"
    ).fields()  # fmt: skip
    found = [entry for field in fields if (entry := _parse(field)) is not None]
    filters = filter_attributes(user, [e.path for e in found if e.mode != GITLINK])
    marked = [
        DirtyPath(e.path, e.kind, e.mode, e.head_mode, e.head_id, filters.get(e.path, "")) if e.path in filters else e
        for e in found
    ]
    return sorted((e for e in marked if not _same_pointer(user.root, e)), key=lambda e: e.path)


def filter_attributes(user: UserRepo, paths: list[str]) -> dict[str, str]:
    """The `filter` attribute of the paths that have one, by the user's attribute files."""
    if not paths:
        return {}
    lines = b"".join(encode(path) + b"\0" for path in paths)
    fields = user.observe("check-attr", "-z", "--stdin", "filter", input=lines).fields()
    rows = zip(fields[::3], fields[2::3], strict=True)
    return {path: value for path, value in rows if value not in ("unspecified", "unset", "")}


def _parse(field: str) -> DirtyPath | None:
    kind, _, rest = field.partition(" ")
    if kind == "?":
        return DirtyPath(rest, "untracked")
    if kind == "u":
        return DirtyPath(rest.split(" ", 9)[9], "unmerged")
    if kind != "1":
        return None
    _, _, head_mode, _, mode, head_id, _, path = rest.split(" ", 7)
    before, now = int(head_mode, 8), int(mode, 8)
    word = "deleted" if not now else "modified" if before else "added"
    return DirtyPath(path, word, now, before, head_id if before else "")


def _same_pointer(root: Path, entry: DirtyPath) -> bool:
    """An LFS file that only looks modified because its filter is off: its pointer is HEAD's."""
    if entry.filter != "lfs" or entry.kind != "modified" or entry.mode != entry.head_mode:
        return False
    path = root / entry.path
    return path.is_file() and not path.is_symlink() and object_id("blob", lfs_pointer(path)) == entry.head_id


def lfs_pointer(path: Path) -> bytes:
    """The pointer git-lfs would store for the file; a pointer file is its own."""
    with path.open("rb") as data:
        head = data.read(1024)
        if head.startswith(_POINTER) and len(head) < 1024:
            return head
        data.seek(0)
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    return _POINTER + f"oid sha256:{digest}\nsize {path.stat().st_size}\n".encode()


def parse_pointer(data: bytes) -> tuple[str, int] | None:
    """(SHA-256, size) of an LFS pointer, None for anything else."""
    if not data.startswith(_POINTER) or len(data) >= 1024:
        return None
    values = dict(line.split(b" ", 1) for line in data.splitlines() if b" " in line)
    oid, size = values.get(b"oid", b""), values.get(b"size", b"")
    if not oid.startswith(b"sha256:") or len(oid) != 71 or not size.isdigit():
        return None
    return oid[7:].decode("ascii", "replace"), int(size)
