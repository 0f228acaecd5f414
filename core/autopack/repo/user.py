"""The user's repository: opened or refused, observed, never written except by `publish` and a person's `promote`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.repo import discovery
from autopack.repo.git import GitResult, Mode, run_git
from autopack.repo.settings import UserSettings, read_settings
from autopack.repo.status import DirtyPath, dirty_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from autopack.repo.fingerprint import UserFingerprint

_IN_PROGRESS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}


@dataclass(frozen=True, slots=True)
class Head:
    """`branch` is the short name, None when HEAD is detached."""

    commit: str
    tree: str
    branch: str | None


class UserRepo:
    """Built by `open`. Paths are absolute and resolved; `git_dir` is the (linked) worktree's own."""

    def __init__(self, place: discovery.Place, settings: UserSettings) -> None:
        self.root: Path = place.root
        self.git_dir: Path = place.git_dir
        self.common_dir: Path = place.common_dir
        self.settings = settings
        self._tracked: tuple[str, frozenset[str]] = ("", frozenset())

    @classmethod
    def open(cls, path: Path) -> UserRepo:
        """The repository around `path`. Raises EnvironmentRefused (AP901) whose hint is the command to run."""
        place = discovery.find(path)
        settings = read_settings(place.root)
        discovery.check(place, settings)
        return cls(place, settings)

    @property
    def repo_id(self) -> str:
        """16 hexadecimal digits, the same for every linked worktree of the repository."""
        return hashlib.sha256(os.fsencode(self.common_dir)).hexdigest()[:16]

    def head(self) -> Head:
        commit, tree, name = self.observe(
            "rev-parse", "HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD"
        ).text.splitlines()  # fmt: skip
        return Head(commit, tree, name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else None)

    def tracked(self, commit: str) -> set[str]:
        """Paths of every file, link and submodule in the commit."""
        if self._tracked[0] != commit:
            out = self.observe("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
            self._tracked = (commit, frozenset(out.fields()))
        return set(self._tracked[1])

    def file(self, commit: str, path: str) -> bytes | None:
        """The content of a file as committed; None where the commit has no such file."""
        found = self.observe("cat-file", "blob", f"{commit}:{path}", ok=(0, 128))
        return found.stdout if found.code == 0 else None

    def dirty(self) -> list[DirtyPath]:
        """What differs from HEAD in index or checkout, and untracked files that no ignore rule covers."""
        return dirty_paths(self)

    def branches(self, *names: str) -> dict[str, str]:
        """Commit by short name, of those that exist."""
        if not names:
            return {}
        refs = [f"refs/heads/{name}" for name in names]
        out = self.observe("for-each-ref", "--format=%(objectname) %(refname)", *refs).text
        found = {name: commit for commit, _, name in (line.partition(" ") for line in out.splitlines())}
        return {name: found[ref] for name, ref in zip(names, refs, strict=True) if ref in found}

    def branch(self, name: str) -> str | None:
        """The commit of a branch, or None."""
        return self.branches(name).get(name)

    def knows_run(self, run: str) -> bool:
        """Whether a run of this name has its pin here, whichever state folder it belongs to."""
        return bool(self.observe("for-each-ref", "--count=1", "--format=%(refname)", f"refs/autopack/{run}/").text)

    def checked_out(self) -> set[str]:
        """Short names of the branches some worktree has checked out."""
        fields = self.observe("worktree", "list", "--porcelain", "-z").fields()
        return {f.removeprefix("branch refs/heads/") for f in fields if f.startswith("branch refs/heads/")}

    def in_progress(self) -> str:
        """merge, rebase, cherry-pick, revert or bisect; "" when none is."""
        return next((word for name, word in _IN_PROGRESS.items() if (self.git_dir / name).exists()), "")

    def tags(self) -> list[tuple[str, str, str]]:
        """(ref name, object, peeled object or "") of every tag."""
        out = self.observe("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/tags").text
        rows = (line.split(" ") for line in out.splitlines())
        return [(name, oid, rest[0] if rest else "") for name, oid, *rest in rows]

    def fingerprint(self, *, ignore: Iterable[str] = (".autonomous_runs",)) -> UserFingerprint:
        """Everything invariant I1 speaks of, for a proof before and after; top-level folders of `ignore` left out."""
        from autopack.repo.fingerprint import take

        return take(self, frozenset(ignore))

    # the three invocations on this repository

    def observe(
        self,
        *args: str,
        input: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: Iterable[int] = (0,),
    ) -> GitResult:
        """A read that cannot start anything: no lock is taken, filters are off by name as of now."""
        may_filter = args[0] in ("status", "hash-object", "diff", "diff-files", "diff-index")
        config = self.settings.passed + (read_settings(self.root).neutral if may_filter else [])
        extra = self._here() | dict(env or {})
        return run_git(Mode.OBSERVE, args, cwd=self.root, env=extra, config=config, input=input, ok=ok)

    def publish(self, *args: str, nonce: str = "", input: bytes = b"", ok: Iterable[int] = (0,)) -> GitResult:
        """A write of ours: the pin and the branch, nothing else. `nonce` marks the process as the run's."""
        extra = self._here() | ({"AUTOPACK_NONCE": nonce} if nonce else {})
        return run_git(Mode.PUBLISH, args, cwd=self.root, env=extra, input=input, ok=ok)

    def promote(
        self,
        *args: str,
        input: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: Iterable[int] = (0,),
    ) -> GitResult:
        """The user's own git with the user's configuration and hooks, on a person's command."""
        return run_git(Mode.PROMOTE, args, cwd=self.root, env=env, input=input, ok=ok)

    def _here(self) -> dict[str, str]:
        return {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.root)}
