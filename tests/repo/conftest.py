"""A real repository per test, git isolated from whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from autopack.repo import PrivateRepo, UserRepo

FILES = {
    "src/app.py": "one\ntwo\nthree\nfour\nfive\nsix\n",
    "src/lib/deep.py": "deep\n",
    "README.md": "read me\n",
    "na me/ünï cö.txt": "named\n",
    "line\nbreak.txt": "newline in the name\n",
}


@dataclass(frozen=True)
class Sandbox:
    root: Path
    base: Path

    def git(self, *args: str, cwd: Path | None = None, check: bool = True, input: str | None = None) -> str:
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.root, capture_output=True, text=True, check=False, input=input
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str | bytes) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def commit(self, message: str = "more") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def open(self) -> UserRepo:
        return UserRepo.open(self.root)

    def payload(self) -> tuple[str, Path]:
        """A command that leaves a mark when somebody runs it, and where the mark would be."""
        mark = self.base / "mark"
        script = self.base / "evil.sh"
        script.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat 2>/dev/null\nexit 0\n")
        script.chmod(0o755)
        return str(script), mark


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Per Son\n\temail = per@son.example\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n[commit]\n\tgpgsign = false\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home


@pytest.fixture
def repo(tmp_path: Path) -> Sandbox:
    root = tmp_path / "user"
    root.mkdir()
    sandbox = Sandbox(root, tmp_path)
    sandbox.git("init", "-q")
    for path, text in FILES.items():
        sandbox.write(path, text)
    sandbox.commit("first")
    return sandbox


@pytest.fixture
def user(repo: Sandbox) -> UserRepo:
    return repo.open()


@pytest.fixture
def private(user: UserRepo, tmp_path: Path):
    built = PrivateRepo.ensure(tmp_path / "state", user)
    yield built
    built.close()


class Candidates:
    """Builds a chain of candidates the way the engine does."""

    def __init__(self, private: PrivateRepo, run: str = "r1") -> None:
        self.private = private
        self.run = run
        self.count = 0

    def make(self, base: str, files: dict[str, str | bytes | None]) -> str:
        from autopack.repo import Entry

        tree = self.private.tree(base)
        entries: dict[str, Entry | None] = {}
        for path, content in files.items():
            if content is None:
                entries[path] = None
                continue
            known = self.private.entry(tree, path)
            data = content if isinstance(content, bytes) else content.encode()
            entries[path] = Entry(
                known.mode if known and known.mode != 0o40000 else 0o100644, self.private.write_blob(data)
            )
        self.count += 1
        new = self.private.write_entries(tree, entries)
        commit = self.private.commit(new, base, f"candidate {self.count}", 1_700_000_000 + self.count)
        self.private.pack(commit, base)
        self.private.move_ref(f"refs/autopack/{self.run}/candidate/p/{self.count}", commit, None)
        return commit


@pytest.fixture
def candidates(private: PrivateRepo) -> Candidates:
    return Candidates(private)
