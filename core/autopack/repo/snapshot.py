"""The base of a working-tree run: a commit of tracked and untracked, unignored files as they lie in the checkout."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack import fault
from autopack.errors import EnvironmentRefused
from autopack.model.changes import EXECUTABLE, GITLINK, REGULAR, SYMLINK
from autopack.model.findings import Tree
from autopack.model.rules import finding
from autopack.redaction import secret_path
from autopack.repo.git import encode
from autopack.repo.quoting import c_quote
from autopack.repo.trees import Entry, unsafe_component

if TYPE_CHECKING:
    from autopack.model.findings import Finding
    from autopack.repo.private import PrivateRepo
    from autopack.repo.status import DirtyPath
    from autopack.repo.user import UserRepo

POINT = fault.register("repo.snapshot", "the working tree's snapshot is about to be committed")

MESSAGE = "Snapshot of the working tree\n\nUncommitted files as they were when the run started."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`commit` stands on `parent` (HEAD) and is HEAD itself when nothing differs; `findings` (AP906) name what could
    not be taken."""

    commit: str
    parent: str
    findings: tuple[Finding, ...]


def snapshot(user: UserRepo, private: PrivateRepo, when: float) -> Snapshot:
    """Written to the private repository only. Raises EnvironmentRefused for unmerged entries."""
    head = user.head()
    entries: dict[str, Entry | None] = {}
    findings: list[Finding] = []
    hash_paths: list[tuple[str, int]] = []
    dirty = user.dirty()
    unmerged = [d.path for d in dirty if d.kind == "unmerged"]
    if unmerged:
        word = user.in_progress() or "merge"
        raise EnvironmentRefused(
            f"{unmerged[0]} has unmerged entries; a {word} is in progress",
            hint=f"Finish it or give it up: git {word} --abort",
        )
    for path in dirty:
        reason = _refusal(user, path)
        if reason:
            findings.append(
                finding("AP906", f"{path.path} is not snapshotted: {reason}", path=path.path, tree=Tree.USER)
            )
            continue
        if path.kind == "deleted":
            entries[path.path] = None
            continue
        if path.mode == GITLINK:
            entries[path.path] = Entry(GITLINK, _submodule_commit(user, path.path))
            continue
        info = (user.root / path.path).lstat()
        if stat.S_ISLNK(info.st_mode):
            entries[path.path] = Entry(SYMLINK, private.write_blob(os.fsencode((user.root / path.path).readlink())))
        else:
            hash_paths.append((path.path, _mode(user, path, info.st_mode)))
    for (name, mode), oid in zip(hash_paths, _hash(user, private, [n for n, _ in hash_paths]), strict=True):
        entries[name] = Entry(mode, oid)
    fault.point(POINT)
    tree = private.write_entries(head.tree, entries)
    if tree == head.tree:
        return Snapshot(head.commit, head.commit, tuple(findings))
    commit = private.commit(tree, head.commit, MESSAGE, when)
    private.pack(commit, head.commit)
    return Snapshot(commit, head.commit, tuple(findings))


def _refusal(user: UserRepo, path: DirtyPath) -> str:
    if any(unsafe_component(part) for part in path.path.rstrip("/").split("/")):
        return "git may not hold a file of that name"
    if path.filter:
        return f"the filter {path.filter!r} would have to be run on it"
    if path.kind == "untracked" and secret_path(path.path):
        return "it looks like a secret"
    if path.kind == "untracked" and path.path.endswith("/"):
        return "it is a repository of its own"
    if path.kind == "deleted" or path.mode == GITLINK:
        return ""
    try:
        mode = (user.root / path.path).lstat().st_mode
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return "" if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else "it is no regular file"


def _mode(user: UserRepo, path: DirtyPath, mode: int) -> int:
    if user.settings.get("core.filemode") == "false":
        return path.head_mode if path.head_mode in (REGULAR, EXECUTABLE) else REGULAR
    return EXECUTABLE if mode & 0o100 else REGULAR


def _submodule_commit(user: UserRepo, path: str) -> str:
    from autopack.repo.provision import submodule_head

    return submodule_head(user.root / path) or ""


def _hash(user: UserRepo, private: PrivateRepo, paths: list[str]) -> list[str]:
    """Blobs by the user's own clean conversion (line ends, encoding), written to the private store."""
    if not paths:
        return []
    lines = b"".join(c_quote(encode(path)) + b"\n" for path in paths)
    env = {"GIT_OBJECT_DIRECTORY": str(private.path / "objects")}
    return user.observe("hash-object", "-w", "--stdin-paths", input=lines, env=env).text.split()
