"""Commits of the private repository, read with GitPython (nowhere else: its configuration is ours)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.repo.git import Mode, environment

if TYPE_CHECKING:
    from autopack.repo.private import PrivateRepo


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
    with git.Repo(private.path) as repo:
        repo.git.update_environment(**_environment(private))
        return [
            CommitInfo(
                commit=c.hexsha,
                tree=c.tree.hexsha,
                parents=tuple(p.hexsha for p in c.parents),
                author=f"{c.author.name} <{c.author.email}>",
                when=float(c.authored_date),
                subject=str(c.summary),
                message=str(c.message),
                trailers=tuple(c.trailers_list),
            )
            for c in repo.iter_commits(f"{base}..{tip}")
        ]


def _environment(private: PrivateRepo) -> dict[str, str]:
    """GitPython adds this to the process's own environment, so what could lead git elsewhere is overridden too."""
    here = {"GIT_DIR": str(private.path), "GIT_OBJECT_DIRECTORY": str(private.path / "objects")}
    empty = dict.fromkeys(("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_CONFIG_PARAMETERS"), "")
    return environment(Mode.RUN, extra=here | empty)
