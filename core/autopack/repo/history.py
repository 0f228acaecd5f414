"""Commits of the private repository, read with GitPython (nowhere else: its configuration is ours)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.repo.git import GitFailed, Mode, environment

if TYPE_CHECKING:
    import git

    from autopack.repo.private import PrivateRepo

_TRAILER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*): (.*)$", re.M)


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """`when` is the author date in seconds since the epoch; `trailers` the last paragraph's `Key: value` lines."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    author: str
    when: float
    subject: str
    message: str
    trailers: tuple[tuple[str, str], ...] = ()


def commits(private: PrivateRepo, base: str, tip: str) -> list[CommitInfo]:
    """Commits after `base` up to `tip`, newest first."""
    if base == tip:
        return []
    import git

    private.renew()
    try:
        with git.Repo(private.path) as repo:
            repo.git.update_environment(**_environment(private))
            return [_info(commit) for commit in repo.iter_commits(f"{base}..{tip}")]
    except git.GitError as error:
        raise GitFailed("log", -1, str(error)) from error


def _info(commit: git.Commit) -> CommitInfo:
    message = str(commit.message)
    return CommitInfo(
        commit=commit.hexsha,
        tree=commit.tree.hexsha,
        parents=tuple(p.hexsha for p in commit.parents),
        author=f"{commit.author.name} <{commit.author.email}>",
        when=float(commit.authored_date),
        subject=message.partition("\n")[0],
        message=message,
        trailers=tuple(_TRAILER.findall(message.rstrip().rpartition("\n\n")[2])),
    )


def _environment(private: PrivateRepo) -> dict[str, str]:
    """GitPython adds this to the process's own environment, so what could lead git elsewhere is overridden too."""
    here = {"GIT_DIR": str(private.path), "GIT_OBJECT_DIRECTORY": str(private.path / "objects")}
    empty = dict.fromkeys(("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_CONFIG_PARAMETERS"), "")
    return environment(Mode.RUN, extra=here | empty)
