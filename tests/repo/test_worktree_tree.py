"""The worktree tells the tree it holds from its own index."""

from __future__ import annotations

import subprocess
from pathlib import Path

from autopack.repo import PrivateRepo, UserRepo, Worktree


def test_the_tree_is_the_checked_out_one_and_notices_another(tmp_path: Path) -> None:
    user_folder = tmp_path / "user"
    user_folder.mkdir()
    for args in (
        ["init", "-q", "-b", "main"],
        ["-c", "user.name=u", "-c", "user.email=u@localhost", "commit", "-q", "--allow-empty", "-m", "one"],
    ):
        subprocess.run(["git", *args], cwd=user_folder, check=True)
    (user_folder / "a.txt").write_text("a\n")
    subprocess.run(["git", "add", "-A"], cwd=user_folder, check=True)
    commit = ["git", "-c", "user.name=u", "-c", "user.email=u@localhost", "commit", "-qm", "two"]
    subprocess.run(commit, cwd=user_folder, check=True)
    user = UserRepo.open(user_folder)
    private = PrivateRepo.ensure(tmp_path / "state", user)
    try:
        head = user.head()
        worktree = Worktree.open(private, user, tmp_path / "state/worktrees/run", "run")
        worktree.checkout(head.commit)
        assert worktree.tree() == head.tree
        parent = subprocess.run(
            ["git", "rev-parse", "HEAD~1"], cwd=user_folder, check=True, capture_output=True, text=True
        ).stdout.strip()
        worktree.checkout(parent)
        assert worktree.tree() == private.tree(parent) != head.tree
    finally:
        private.close()
