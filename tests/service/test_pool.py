"""Idle worktrees: taken over by the next run, never from a run that can go on, trimmed when a run ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from autopack.model.states import RunState
from autopack.repo import take_over
from autopack.service import Service, pool
from tests.kit import tiny
from tests.kit.invariants import state_folder
from tests.kit.runs import Cli, finish


def opened(cli: Cli, **settings: object) -> Service:
    return Service.open(cli.project.root, env=cli.project.environment(), command_line=settings)


def run(service: Service, cli: Cli) -> str:
    name = service.start(cli.project.plan, cassette=cli.project.cassette, trust=True)
    asyncio.run(service.drive(name))
    return name


def standing(cli: Cli) -> set[str]:
    """Names of what is in the folder of worktrees."""
    return {path.name for path in (state_folder(cli.project) / "worktrees").iterdir()}


def beside(run: str) -> set[str]:
    return {run, f"{run}.index", f"{run}.git", f"{run}.json"}


def test_the_next_run_works_in_the_idle_worktree_without_writing_its_files_anew(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path)
    with opened(cli) as service:
        first = run(service, cli)
        before = pool.worktree(service.state, first).joinpath("check.py").stat()
        (pool.worktree(service.state, first) / "left.txt").write_text("by whoever")
        second = run(service, cli)
        folder = pool.worktree(service.state, second)
        after = folder.joinpath("check.py").stat()
        assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)
        assert not (folder / "left.txt").exists()
        assert standing(cli) == beside(second)
        assert service.store.run(second).state is RunState.DONE_SUCCESS
    assert tiny.published(cli.project, "app.py", second) == tiny.SUB.rstrip("\n")


def test_a_run_that_can_go_on_keeps_its_worktree(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path, answers=[tiny.answer(content=tiny.WRONG, attempt=1)], run={"id": "t"},
                    plan=tiny.plan_of(tiny.phase(attempt_cap=1)))  # fmt: skip
    with opened(cli) as service:
        failed = run(service, cli)
        assert service.store.run(failed).state.failed
        second = run(service, cli)
        assert standing(cli) == beside(failed) | beside(second)


def test_a_run_rolled_back_keeps_its_worktree_and_one_in_hand_is_left_alone(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path)
    with opened(cli) as service:
        first = run(service, cli)
        own = service.store.own(first)
        assert pool.adopt(service, "other") == ""
        assert not pool.remove_idle(service, first)
        own.release()
        service.rollback(first)
        assert service.store.run(first).state is RunState.STOPPED
        assert pool.adopt(service, "other") == ""
        assert not pool.remove_idle(service, first)
        assert standing(cli) == beside(first)


def test_the_pool_is_trimmed_when_a_run_ends(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path)
    with opened(cli) as service:
        names = [run(service, cli) for _ in range(3)]
        for name in names:
            pool.worktree(service.state, name).mkdir(exist_ok=True)
        assert pool.surplus(service) == names[:1]
        last = run(service, cli)
        assert pool.surplus(service) == []
        assert {n for n in standing(cli) if "." not in n} == {names[1], last}
    with opened(cli, **{"retention.pool": 0}) as service:
        run(service, cli)
        assert standing(cli) == set()
        assert list((service.state / "scratch").iterdir()) == []


def test_collect_names_and_removes_what_is_beyond_the_pool(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path)
    with opened(cli) as service:
        first = run(service, cli)
    with opened(cli, **{"retention.pool": 0}) as service:
        assert service.collect(dry_run=True)["worktrees"] == [first]
        assert standing(cli) == beside(first)
        assert service.collect()["worktrees"] == [first]
        assert standing(cli) == set()


@pytest.mark.e2e
@pytest.mark.parametrize(
    "point", ["repo.before_take_over", "repo.worktree_claimed", "repo.before_checkout", "repo.after_checkout"]
)
def test_a_kill_in_the_middle_of_taking_over_changes_nothing_in_the_end(tmp_path: Path, point: str) -> None:
    cli = tiny.make(tmp_path)
    tiny.expect(cli.run(), 0, "DONE_SUCCESS")
    killed = cli.run(fault=f"{point}:kill9")
    assert killed.killed, str(killed)
    finish(cli, "t-2")
    tiny.sound(cli.project, "t-2")
    assert tiny.published(cli.project, "app.py", "t-2") == tiny.SUB.rstrip("\n")
    tiny.expect(cli.run(), 0, "DONE_SUCCESS")
    assert "t-2" not in standing(cli)


@pytest.mark.e2e
def test_a_kill_in_the_middle_of_trimming_leaves_what_gc_removes(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path)
    none = {"AUTOPACK_RETENTION_POOL": "0"}
    assert cli.run(fault="repo.before_remove_worktree:kill9", env=none).killed
    assert standing(cli) == beside("t")
    tiny.expect(cli("resume", "t"), 0, "DONE_SUCCESS")
    assert cli("gc", env=none).code == 0
    assert standing(cli) == set()
    tiny.sound(cli.project)


def test_an_index_that_stands_for_provisioned_files_is_not_taken_over(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for links, kept in (({}, True), ({"vendor": "/elsewhere"}, False)):
        old.mkdir()
        old.with_name("old.index").write_bytes(b"index")
        record = {"commit": "c", "copies": {}, "links": links}
        old.with_name("old.json").write_text(json.dumps({"run": "old", **record}))
        assert take_over(old, new)
        assert {p.name for p in tmp_path.iterdir()} == ({"new", "new.index"} if kept else {"new"})
        assert not take_over(old, new)
        for path in tmp_path.iterdir():
            path.rmdir() if path.is_dir() else path.unlink()


def test_a_worktree_taken_over_with_another_runs_links_is_brought_to_the_commit(tmp_path: Path) -> None:
    cli = tiny.make(tmp_path)
    with opened(cli) as service:
        first = run(service, cli)
        folder = pool.worktree(service.state, first)
        (folder / "linked").symlink_to(tmp_path)
        (folder / "app.py").unlink()
        (folder / "app.py").mkdir()
        (folder / "app.py" / "inner").write_text("x")
        second = run(service, cli)
        assert service.store.run(second).state is RunState.DONE_SUCCESS
        held = {p.name for p in pool.worktree(service.state, second).iterdir()}
        assert held == {"app.py", "check.py", "table.py", "plan.autopack.yaml", ".git"}
    assert tmp_path.is_dir()
