"""Repair commands through the product's grammar and hands, in a worktree of a run.

The case's repository says what the run's worktree looks like: files, index and unfinished merge go into a real worktree
before the commands, and what they did there comes back out, as a person's promotion would bring it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

from autopack.errors import AutopackError
from autopack.model.plan import Phase, Scope, Tests
from autopack.policy import PathRules
from autopack.repairs import Bench, Family, Ground, Packages, Performed, family, perform_repair, read_repair
from autopack.repo import PrivateRepo, Uncommitted, UserRepo, Worktree
from autopack.sandbox import Sandbox
from autopack.settings import load_settings
from autopack.testing import TestJob
from tests.attacks.governed import RUN, allowed, refused
from tests.attacks.product import PHASE, Scene, folder_of
from tests.kit.target import target_python

ALL = frozenset(Family)
"""The catalogue's user allows each type of fix."""
NO_INDEX = "http://127.0.0.1:9/simple"
"""The index of the user's settings; nobody answers there."""
MERGING = ("MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "AUTO_MERGE")


def command_case(scene: Scene) -> dict[str, Any]:
    """The Doctor's proposal, headless."""
    user = UserRepo.open(scene.repo)
    private = PrivateRepo.ensure(scene.state / "one", user)
    try:
        return _propose(scene, user, private)
    finally:
        private.close()


def _propose(scene: Scene, user: UserRepo, private: PrivateRepo) -> dict[str, Any]:
    bench = bench_of(scene, user, private)
    said = scene.payload
    try:
        repair = read_repair(
            said.get("fix_type"), said.get("fix_commands"), said.get("verify_command"), bench.ground, ALL
        )  # fmt: skip
        done = asyncio.run(perform_repair(repair, bench))
    except AutopackError as refusal:
        assert refusal.code and refusal.message and refusal.hint
        return refused(refusal.code, why=refusal.message)
    if any(not each.ok and not said_by_a_program(each) for each in done):
        return refused("failed", why=done[-1].output)
    _out_of_the_run(scene, bench, done)
    return allowed(said=[each.output[-500:] for each in done])


def said_by_a_program(performed: Performed) -> bool:
    """Red tests, or an index without the package, are an answer and no command that could not be carried out."""
    return family(performed.command) is Family.PYTHON and bool(performed.output)


def bench_of(scene: Scene, user: UserRepo, private: PrivateRepo) -> Bench:
    head = user.head().commit
    worktree = Worktree.open(private, user, scene.state / "worktrees" / "case", RUN)
    worktree.checkout(head)
    worktree.throwaway(head)
    for entry in sorted(scene.repo.iterdir()):
        if entry.name != ".git":
            subprocess.run(["cp", "-a", "--", str(entry), str(worktree.path)], check=True)
    for path in private.list(head):
        if not os.path.lexists(scene.repo / path.path):
            (worktree.path / path.path).unlink()
    shutil.copyfile(user.git_dir / "index", worktree.index)
    settings = load_settings(user.root, env=scene.env).settings
    scope = Scope(paths=[folder_of(entry) for entry in scene.context.get("scope", ["**"])])
    rules = PathRules.for_phase(Phase(id=PHASE, goal="Repair.", scope=scope), settings.policy, user.root)
    job = TestJob(
        tests=Tests(), worktree=worktree.path, tree=private.tree(head), python=target_python(),
        scratch=scene.place / "scratch", sandbox=Sandbox.best(), nonce="attack", user_root=user.root,
        readable=tuple(worktree.readonly_paths()),
    )  # fmt: skip
    ground = Ground.of(private, head, set(_changed(scene)), rules)
    return Bench(private, worktree, head, ground, job, Packages(NO_INDEX, scene.place / "site"))


def _changed(scene: Scene) -> Iterator[str]:
    """Paths the run changed; of a folder it made, all that lies in it."""
    for path in scene.context.get("run_modified", ()):
        place = scene.repo / path.rstrip("/")
        yield path.rstrip("/")
        if place.is_dir() and not place.is_symlink():
            yield from (each.relative_to(scene.repo).as_posix() for each in place.rglob("*"))


def _out_of_the_run(scene: Scene, bench: Bench, done: tuple[Performed, ...]) -> None:
    for path in (path for each in done for path in each.changed):
        here, there = bench.worktree.path / path, scene.repo / path
        assert not any(parent.is_symlink() for parent in there.parents if parent.is_relative_to(scene.repo)), path
        if here.is_dir() and not here.is_symlink():
            there.mkdir(exist_ok=True)
        elif os.path.lexists(here):
            there.unlink(missing_ok=True)
            shutil.copy2(here, there, follow_symlinks=False)
        elif there.is_dir() and not there.is_symlink():
            there.rmdir()
        else:
            there.unlink(missing_ok=True)
    git = scene.repo / ".git"
    shutil.copyfile(bench.worktree.index, git / "index")
    if not Uncommitted(bench.private, bench.worktree, bench.head).in_conflict():
        for name in MERGING:
            (git / name).unlink(missing_ok=True)
