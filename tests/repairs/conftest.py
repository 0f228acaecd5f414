"""A ground of names for the grammar, and a real worktree of a real run for what carries commands out."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autopack.model.plan import Phase, Scope, Tests
from autopack.policy import PathRules
from autopack.repairs import Bench, Ground, Performed, perform, read_command
from autopack.repo import PrivateRepo, Uncommitted, UserRepo, Worktree
from autopack.sandbox import Sandbox
from autopack.settings import load_settings
from autopack.testing import TestJob

HASH = "0123456789abcdef" * 4
LOCK = f"# made by a resolver\nreqs==2.0 \\\n    --hash=sha256:{HASH}\nother-Thing==1.1 --hash=sha256:{HASH}\n"
TRACKED = {
    "src/app.py": "APP = 1\n",
    "src/lib.py": "LIB = 1\n",
    "src/file with space.py": "SPACE = 1\n",
    "src/naïve.py": "NAIVE = 1\n",
    "src/gen/one.py": "ONE = 1\n",
    "src/gen/two.py": "TWO = 1\n",
    "tests/test_app.py": "def test_one():\n    assert 1\n",
    "tests/test_red.py": "def test_red():\n    assert 0\n",
    "web/cart.test.ts": "test('cart', () => {})\n",
    "Makefile": "test:\n\techo\n",
    "pyproject.toml": "[project]\nname = 'demo'\nversion = '1'\n",
    "data.txt": "data\n",
    "tools/go.py": "print()\n",
    ".gitignore": "build/\n",
    "requirements.lock": LOCK,
    ".env.local": "TOKEN=1\n",
}
CHANGED = frozenset(
    {
        *("src/app.py", "src/file with space.py", "src/naïve.py", "src/gen/one.py", "src/new.py", "src/fresh/a.py"),
        *("src/fresh/b.py", "build/out.txt", "tests/test_app.py", "web/cart.test.ts", "Makefile", "pyproject.toml"),
        *("tests/test_new.py", "src/odd (1).py", "elsewhere/out.py"),
    }
)


@cache
def rules(*scope: str) -> PathRules:
    """Of a phase that may write these, under the shipped policy."""
    places = list(scope or ("src/", "tests/", "web/", "build/", "Makefile", "pyproject.toml", "data.txt", "tools/"))
    settings = load_settings(None, env={"HOME": "/nonexistent"}).settings
    return PathRules.for_phase(Phase(id="p", goal="Go.", scope=Scope(paths=places)), settings.policy)


@cache
def names() -> Ground:
    """Names alone: nothing of it exists on a disk."""
    return Ground(rules(), CHANGED, frozenset(TRACKED), {"requirements.lock": LOCK.encode()})


@pytest.fixture(scope="session")
def ground() -> Ground:
    return names()


@dataclass
class Field:
    """A worktree on its run's head, with the run's changes on top; `outside` is a folder nothing may touch."""

    bench: Bench
    outside: Path

    @property
    def root(self) -> Path:
        return self.bench.worktree.path

    @property
    def work(self) -> Uncommitted:
        return Uncommitted(self.bench.private, self.bench.worktree, self.bench.head)

    def write(self, path: str, text: str = "changed\n") -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        return place

    def text(self, path: str) -> str | None:
        place = self.root / path
        return place.read_text("utf-8") if place.is_file() else None

    def with_changed(self, *paths: str) -> None:
        self.bench = replace(self.bench, ground=self.bench.ground.after(paths))

    def do(self, said: object) -> Performed:
        """Read the command, carry it out, and go on from there."""
        command = read_command(said, self.bench.ground)
        done = asyncio.run(perform(command, self.bench))
        self.with_changed(*done.changed)
        return done

    def git(self, *args: str, input: bytes = b"") -> str:
        """Plain git on the run's index, as whoever prepares a case."""
        worktree, private = self.bench.worktree, self.bench.private
        env = {"GIT_WORK_TREE": str(worktree.path), "GIT_INDEX_FILE": str(worktree.index)}
        return private.git(*args, env=env, input=input, cwd=worktree.path).text

    def everything(self) -> dict[str, tuple[int, Any]]:
        """Kind, permissions and content of all that lies in the worktree and outside."""
        found: dict[str, tuple[int, Any]] = {}
        for top, label in ((self.root, ""), (self.outside, "outside:")):
            for folder, folders, files in os.walk(top):
                for name in (*folders, *files):
                    path = Path(folder, name)
                    shown = label + path.relative_to(top).as_posix()
                    mode = path.lstat().st_mode
                    if path.is_symlink():
                        found[shown] = (mode, os.readlink(path))
                    else:
                        found[shown] = (mode, path.read_bytes() if path.is_file() else None)
        return found


def made(place: Path, files: Mapping[str, str], changed: Collection[str] = (), level: int | None = None) -> Field:
    """A field in an empty folder."""
    user_root, outside = place / "user", place / "outside"
    user_root.mkdir(parents=True)
    outside.mkdir()
    (outside / "victim.txt").write_text("ORIGINAL\n")
    for path, text in files.items():
        target = user_root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    git = ["git", "-c", "user.name=p", "-c", "user.email=p@example.invalid", "-c", "commit.gpgsign=false"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "GIT_CONFIG_NOSYSTEM": "1"}
    for args in (["init", "-q", "-b", "main"], ["add", "-Af"], ["commit", "-q", "-m", "base"]):
        subprocess.run([*git, *args], cwd=user_root, check=True, env=environment)
    user = UserRepo.open(user_root)
    private = PrivateRepo.ensure(place / "state", user)
    head = user.head().commit
    worktree = Worktree.open(private, user, place / "worktrees" / "r", "r")
    worktree.checkout(head)
    worktree.throwaway(head)
    job = TestJob(
        tests=Tests(), worktree=worktree.path, tree=private.tree(head), python=Path(sys.executable),
        scratch=place / "scratch", sandbox=Sandbox.best() if level is None else Sandbox.at(level), nonce="repairs",
        user_root=user_root, readable=tuple(worktree.readonly_paths()),
    )  # fmt: skip
    return Field(Bench(private, worktree, head, Ground.of(private, head, changed, rules()), job), outside)


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    """The tracked files of the ground, of which the run changed src/app.py and made src/new.py."""
    built = made(tmp_path, TRACKED, {"src/app.py", "src/new.py"})
    built.write("src/app.py", "broken\n")
    built.write("src/new.py", "NEW = 1\n")
    if built.bench.job.sandbox.level < 2:
        pytest.skip(built.bench.job.sandbox.reason)
    yield built
    built.bench.private.close()
