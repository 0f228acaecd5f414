"""A real private repository, and trees made in it from plain mappings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from autopack.changes import parse_answer
from autopack.errors import AnswerRefused
from autopack.model.changes import REGULAR
from autopack.repo import Entry, PrivateRepo, UserRepo


class World:
    def __init__(self, private: PrivateRepo, empty: str) -> None:
        self.trees = private
        self.empty = empty

    def tree(self, files: dict[str, bytes | tuple[bytes, int]]) -> str:
        entries = {}
        for path, value in files.items():
            data, mode = value if isinstance(value, tuple) else (value, REGULAR)
            entries[path] = Entry(mode, self.trees.write_blob(data))
        return self.trees.write_entries(self.empty, entries)

    def parse(self, answer, files, *, stop="end", shown=None, **more):
        """The change set of `answer` (text, or an envelope to be dumped) on a tree of `files`."""
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return parse_answer(text, stop, self.tree(files), self.trees, shown, **more)

    def after(self, answer, files, **more) -> dict[str, bytes | None]:
        """path -> new bytes, None for a path that is gone; proven by building the tree."""
        changes = self.parse(answer, files, **more)
        result = self.trees.write_tree(changes.base_tree, changes)
        touched = {path: self.trees.read(result, path) for path in changes.paths}
        return {path: blob.data if blob else None for path, blob in touched.items()}

    def refusals(self, answer, files=None, **more):
        with pytest.raises(AnswerRefused) as caught:
            self.parse(answer, files or {"a.py": b"x = 1\n"}, **more)
        return caught.value.findings

    def git_diff(self, before: dict, after: dict, *options: str) -> str:
        """git's own patch between two trees."""
        return subprocess.run(
            ["git", f"--git-dir={self.trees.path}", "diff", *options, self.tree(before), self.tree(after)],
            capture_output=True,
            check=True,
        ).stdout.decode()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("changes")
    user = folder / "user"

    def git(*args: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *args],
            cwd=folder if args[0] == "init" else user,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    git("init", "-q", str(user))
    git("commit", "-q", "--allow-empty", "-m", "empty")
    empty = git("rev-parse", "HEAD^{tree}")
    private = PrivateRepo.ensure(folder / "state", UserRepo.open(user))
    return World(private, empty)
