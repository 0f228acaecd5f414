"""The door to git: the user's repository, the private one, the run's worktree, publishing and promotion."""

from autopack.repo.fingerprint import UserFingerprint
from autopack.repo.git import GitFailed, GitResult, Mode, git_binary, run_git
from autopack.repo.history import CommitInfo
from autopack.repo.listing import TreeEntry
from autopack.repo.patches import PatchRejected
from autopack.repo.pool import remove_worktree, take_over
from autopack.repo.private import AUTHOR, Blob, PrivateRepo
from autopack.repo.promote import Promotion, promote
from autopack.repo.provision import ProvisionReport
from autopack.repo.publish import Published, Publisher
from autopack.repo.snapshot import Snapshot, snapshot
from autopack.repo.status import DirtyPath
from autopack.repo.transplant import Transplant, replay, transplant
from autopack.repo.trees import Entry, RawChange, UnsafePath
from autopack.repo.uncommitted import Uncommitted
from autopack.repo.unpromote import Promoted, made_commit, unpromote
from autopack.repo.user import Head, UserRepo
from autopack.repo.worktree import Worktree

__all__ = [
    "AUTHOR", "Blob", "CommitInfo", "DirtyPath", "Entry", "GitFailed", "GitResult", "Head", "Mode", "PatchRejected",
    "PrivateRepo", "Promoted", "Promotion", "ProvisionReport", "Published", "Publisher", "RawChange", "Snapshot",
    "Transplant", "TreeEntry", "Uncommitted", "UnsafePath", "UserFingerprint", "UserRepo", "Worktree", "git_binary",
    "made_commit", "promote", "remove_worktree", "replay", "run_git", "snapshot", "take_over", "transplant", "unpromote",
]  # fmt: skip
