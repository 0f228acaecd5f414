"""A fingerprint of everything in the user's repository that a run must leave alone (invariant I1)."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopack.repo.user import UserRepo

_OURS = ("refs/autopack/", "refs/heads/autopack/", "refs/heads/autopack-runs/")
_NOT_STATE = frozenset({"objects", "refs", "packed-refs"})


@dataclass(frozen=True, slots=True)
class UserFingerprint:
    """`files`: per path of the checkout kind, mode, mtime in ns and content hash. `metadata`: per file of the git
    directories (HEAD, index, config, hooks, reflogs, stash list; objects and refs not) its content hash. `refs`: every
    ref but ours."""

    files: dict[str, str]
    metadata: dict[str, str]
    refs: dict[str, str]

    def difference(self, later: UserFingerprint) -> list[str]:
        """One line for each thing that is not as it was; empty is the proof."""
        lines: list[str] = []
        for field in fields(self):
            before: dict[str, str] = getattr(self, field.name)
            after: dict[str, str] = getattr(later, field.name)
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) != after.get(name):
                    word = "appeared" if name not in before else "vanished" if name not in after else "changed"
                    lines.append(f"{field.name}: {name} {word}")
        return lines


def take(user: UserRepo, ignore: frozenset[str]) -> UserFingerprint:
    """Reads every file; for proofs, not for each step."""
    out = user.observe("for-each-ref", "--format=%(refname) %(objectname)").text
    refs = dict(line.split(" ", 1) for line in out.splitlines() if not line.startswith(_OURS))
    files = {
        str(path.relative_to(user.root)): _describe(path)
        for path in _walk(user.root, ignore | {".git"})
    }  # fmt: skip
    metadata: dict[str, str] = {}
    for label, folder in (("", user.common_dir), ("worktree:", user.git_dir)):
        for path in _walk(folder, _NOT_STATE) if folder != user.common_dir or not label else ():
            name = path.relative_to(folder).as_posix()
            if not name.startswith(tuple(f"logs/{ours}" for ours in _OURS)):
                metadata[label + name] = _digest(path)
    return UserFingerprint(files, metadata, refs)


def _walk(folder: Path, skip: frozenset[str] = frozenset()) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        inner = sorted(entries, key=lambda e: e.name)
    for entry in inner:
        if entry.name in skip:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _describe(path: Path) -> str:
    info = path.lstat()
    return f"{info.st_mode:o} {info.st_mtime_ns} {_digest(path)}"


def _digest(path: Path) -> str:
    if path.is_symlink():
        return "link " + str(path.readlink())
    if not path.is_file():
        return "special"
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
