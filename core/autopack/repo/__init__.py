"""The door to git: the user's repository, the private one, the run's worktree, publishing and promotion."""

from autopack.repo.git import GitFailed, GitResult, Mode, run_git
from autopack.repo.patches import PatchRejected
from autopack.repo.private import AUTHOR, Blob, PrivateRepo, TreeEntry
from autopack.repo.status import DirtyPath
from autopack.repo.trees import Entry, RawChange, UnsafePath
from autopack.repo.user import Head, UserRepo

__all__ = [
    "AUTHOR", "Blob", "DirtyPath", "Entry", "GitFailed", "GitResult", "Head", "Mode", "PatchRejected", "PrivateRepo",
    "RawChange", "TreeEntry", "UnsafePath", "UserRepo", "run_git",
]  # fmt: skip
