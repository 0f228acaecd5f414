"""What a worktree holds beyond a commit: restored, unstaged, looked at, by plumbing on the worktree's own index.

Paths are taken literally, one by one and never as patterns; whoever calls has judged them. Nothing here moves a ref.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack.repo.git import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autopack.repo.git import GitResult
    from autopack.repo.private import PrivateRepo
    from autopack.repo.worktree import Worktree

_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all")


class Uncommitted:
    """The worktree's files and index against the commit `head`."""

    def __init__(self, private: PrivateRepo, worktree: Worktree, head: str) -> None:
        self._private = private
        self._worktree = worktree
        self._tree = private.tree(head)

    def in_head(self, path: str) -> bool:
        """Whether the commit holds a file at the path."""
        entry = self._private.entry(self._tree, path)
        return entry is not None and entry.mode != 0o040000

    def staged(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that have an ordinary entry in the index."""
        return {path for path, stage in self._entries() if stage == 0}.intersection(paths)

    def in_conflict(self) -> dict[str, set[int]]:
        """Unmerged paths with their stages: 1 base, 2 ours, 3 theirs."""
        found: dict[str, set[int]] = {}
        for path, stage in self._entries():
            if stage:
                found.setdefault(path, set()).add(stage)
        return found

    def differs_from_head(self) -> set[str]:
        """Paths whose entry in the index is not the commit's."""
        return set(self._git("diff-index", "--cached", "--name-only", "-z", *_PLAIN, self._tree).fields())

    def check_out(self, paths: Iterable[str], *, stage: int = 0) -> None:
        """Write these files from the index, over what stands there."""
        which = (f"--stage={stage}",) if stage else ()
        self._git("checkout-index", "-f", "-q", *which, "-z", "--stdin", input=_listed(paths))

    def unstage(self, paths: Iterable[str]) -> None:
        """Give these paths the commit's entry in the index, or none where it has none; files stay as they are."""
        lines: list[bytes] = []
        for path in paths:
            name = encode(path)
            lines.append(b"0 %s\t%s\0" % (b"0" * 40, name))
            entry = self._private.entry(self._tree, path)
            if entry is not None and entry.mode != 0o040000:
                lines.append(b"%o %s 0\t%s\0" % (entry.mode, entry.id.encode(), name))
        self._git("update-index", "-z", "--index-info", input=b"".join(lines))

    def untracked(self, *, folders: bool = False) -> list[str]:
        """Files of the worktree that are neither in the index nor ignored; with `folders` whole ones as one, with "/"."""
        collapsed = ("--directory", "--no-empty-directory") if folders else ()
        return self._git("ls-files", "--others", "--exclude-standard", "-z", *collapsed).fields()

    def status(self) -> list[tuple[str, str]]:
        """(letter, path) of what differs from the commit, in index or files; `?` for untracked ones."""
        self._refresh()
        fields = iter(self._git("diff-index", "--name-status", "-z", *_PLAIN, self._tree).fields())
        return [*zip(fields, fields, strict=True), *(("?", path) for path in self.untracked())]

    def changes(self, paths: Sequence[str], *, staged: bool, form: str) -> str:
        """A diff as `form` says (patch, name-only, name-status, stat), of all or of these paths."""
        self._refresh()
        command = ("diff-index", "--cached", self._tree) if staged else ("diff-files",)
        option = "-p" if form == "patch" else f"--{form}"
        return self._git(command[0], option, *_PLAIN, *command[1:], "--", *paths).text

    def _entries(self) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for line in self._git("ls-files", "--stage", "-z").fields():
            head, _, path = line.partition("\t")
            found.append((path, int(head.split()[2])))
        return found

    def _refresh(self) -> None:
        self._git("update-index", "-q", "--refresh", ok=(0, 1))

    def _git(self, *args: str, input: bytes = b"", ok: Sequence[int] = (0,)) -> GitResult:
        env = {"GIT_WORK_TREE": str(self._worktree.path), "GIT_INDEX_FILE": str(self._worktree.index)}
        return self._private.git(*args, env=env, input=input, ok=ok, cwd=self._worktree.path)


def _listed(paths: Iterable[str]) -> bytes:
    return b"".join(encode(path) + b"\0" for path in paths)
