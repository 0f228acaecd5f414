"""Taking a change over to another tree, three-way, by plumbing alone: no index, no worktree, no ref."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autopack.repo.private import PrivateRepo


@dataclass(frozen=True, slots=True)
class Transplant:
    """`tree` holds the change; where `conflicts` (paths) is not empty, nobody may use it."""

    tree: str
    conflicts: tuple[str, ...] = ()


def transplant(private: PrivateRepo, before: str, after: str, onto: str) -> Transplant:
    """What was done between two trees (or commits), done to a third. The commits written for git to merge are named by
    nothing and go with the next `gc`."""
    source, changed, target = (private.tree(oid) for oid in (before, after, onto))
    if target == source:
        return Transplant(changed)
    root = private.commit(source, None, "before", 0)
    sides = [private.commit(tree, root, "side", 0) for tree in (target, changed)]
    seen = private.git("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", *sides, ok=(0, 1))
    tree, *paths = seen.fields()
    return Transplant(tree, tuple(paths) if seen.code else ())


def replay(private: PrivateRepo, commit: str, onto: str) -> Transplant:
    """The change of a commit with one parent, done to another tree."""
    return transplant(private, private.git("rev-parse", f"{commit}^").text, commit, onto)
