"""The facade as a surface uses it: one run from start to discard, and every refusal on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest

from autopack.errors import CassetteMismatch, ConflictError, LockHeld, PlanRejected, UsageError
from autopack.events import EventName
from autopack.model.states import RunState
from autopack.service import Service
from autopack.store import Store
from tests.kit.project import Project
from tests.kit.tiny import DELETES, MUL, answer, byte_identical, make, phase, untouched

ASKED = [{"match": {"role": "builder"}, "answer": {"summary": "Drop", "files": [DELETES]}}]


def opened(project: Project) -> Service:
    return Service.open(project.root, env=project.environment())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make(tmp_path, phase("one"), phase("two"), answers=[answer("one"), answer("two", MUL)]).project


@pytest.fixture
def service(project: Project) -> Iterator[Service]:
    with opened(project) as service:
        yield service


def go(service: Service, project: Project, **how: object) -> str:
    run = service.start(project.plan, cassette=project.cassette, trust=True, **how)  # pyright: ignore
    asyncio.run(service.drive(run))
    return run


def test_a_run_from_start_to_discard(service: Service, project: Project) -> None:
    told: list[str] = []
    silent = service.subscribe(lambda event: told.append(event.event.value))
    with untouched(project):
        run = go(service, project)
    silent()
    view = service.status(run)
    assert (view.id, view.state, view.shown, view.owned, view.requests) == (
        "t",
        "DONE_SUCCESS",
        "DONE_SUCCESS",
        False,
        (),
    )
    assert [(p.id, p.state, p.attempts) for p in view.phases] == [("one", "COMPLETE", 1), ("two", "COMPLETE", 1)]
    assert view.phases[-1].commit == view.head == project.git("rev-parse", "autopack/t")
    assert json.loads(json.dumps(view.to_json()))["usage"]["calls"] == 4
    assert told == [e.event.value for e in service.events(run)], "what was heard is what is journalled"
    assert [v.id for v in service.runs()] == ["t"]
    assert service.events(run, after=len(told) - 1)[0].event is EventName.RUN_FINISHED

    assert "DONE_SUCCESS" in service.report(run).read_text("utf-8")
    assert b"+def sub" in service.patch(run, "one")
    shown = service.evidence(run, "one")
    assert shown["outcome"]["kind"] == "complete" and shown["test"]["positive"] and len(shown["calls"]) == 2
    assert (service.handoff(run, "two")).is_dir()

    assert service.promote(run, dry_run=True).applied is False
    assert service.promote(run).applied is True
    assert (project.root / "app.py").read_text("utf-8") == MUL

    service.discard(run)
    assert service.status(run).state == "DISCARDED"
    assert project.git("for-each-ref", "--format=%(refname)", "refs/autopack", "refs/heads/autopack") == ""
    with pytest.raises(ConflictError, match="discarded"):
        service.resume(run)
    with pytest.raises(ConflictError, match="discarded"):
        service.promote(run)


def test_a_second_run_has_the_next_name(service: Service, project: Project) -> None:
    first = service.start(project.plan, cassette=project.cassette, trust=True)
    second = service.start(project.plan, cassette=project.cassette, trust=True)
    assert (first, second) == ("t", "t-2")
    assert {v.owned for v in service.runs()} == {True}


def test_resume_of_an_ended_run_says_how_it_ended(service: Service, project: Project) -> None:
    run = go(service, project)
    assert service.resume(run) is RunState.DONE_SUCCESS
    assert not service.status(run).owned
    project.cassette.unlink()
    assert service.resume(run) is RunState.DONE_SUCCESS, "a run that ended needs its cassette no more"


def test_a_refused_resume_gives_the_lock_back(service: Service, project: Project) -> None:
    run = service.start(project.plan, cassette=project.cassette, trust=True)
    service.close()
    with opened(project) as other:
        kept = project.cassette.read_bytes()
        project.cassette.write_text("{}\n", "utf-8")
        with pytest.raises(CassetteMismatch, match="AP713"):
            other.resume(run)
        assert not other.status(run).owned
        project.cassette.write_bytes(kept)
        with pytest.raises(UsageError, match="token_cap"):
            other.resume(run, token_cap=-1)
        assert not other.status(run).owned


def test_an_action_between_start_and_drive_keeps_the_lock(service: Service, project: Project) -> None:
    run = service.start(project.plan, cassette=project.cassette, trust=True)
    service.skip(run, "two")
    assert service.status(run).owned
    assert asyncio.run(service.drive(run)).state is RunState.DONE_SUCCESS
    assert [p.state for p in service.status(run).phases] == ["COMPLETE", "SKIPPED"]
    assert not service.status(run).owned


def test_another_process_holds_the_run(service: Service, project: Project) -> None:
    run = service.start(project.plan, cassette=project.cassette, trust=True)
    with opened(project) as other:
        with pytest.raises(LockHeld, match="AP903"):
            other.resume(run)
        for verb in (other.rollback, other.promote, other.discard):
            with pytest.raises(ConflictError, match="while run t is at work"):
                verb(run)
        with pytest.raises(UsageError, match="not owned here"):
            asyncio.run(other.drive(run))


def test_what_an_owner_leaves_unanswered_is_done_under_its_lock(
    service: Service, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner ends while another process waits for its answer: the caller takes the lock and acts."""
    run = service.start(project.plan, cassette=project.cassette, trust=True)
    with opened(project) as other:
        before = other.store.wait_answer

        def owner_dies(command: int, timeout: float) -> object:
            service.close()
            return before(command, 0.01)

        monkeypatch.setattr(other.store, "wait_answer", owner_dies)
        assert other.skip(run, "one")["state"] == "SKIPPED"
        assert not other.status(run).owned and other.store.pending(run) == []


def test_what_is_refused_instead_of_an_owner_is_answered_and_never_done_later(
    service: Service, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word was about the phase as it stood then: after a rollback, nobody carries it out."""
    run = go(service, project)
    service.rollback(run, to="one")
    service.resume(run)
    with opened(project) as other:
        before = other.store.wait_answer

        def owner_dies(command: int, timeout: float) -> object:
            service.close()
            return before(command, 0.01)

        monkeypatch.setattr(other.store, "wait_answer", owner_dies)
        with pytest.raises(ConflictError, match="phase one is COMPLETE"):
            other.skip(run, "one")
        assert other.store.pending(run) == []


def test_a_run_that_waits_and_is_stopped_needs_an_owner(service: Service, project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run 'nobody'"):
        service.stop("nobody")
    run = go(service, project)
    with pytest.raises(ConflictError, match="not at work"):
        service.stop(run)


@pytest.mark.parametrize("verb", ["retry", "skip", "approve", "reject", "rollback", "promote", "discard", "resume",
                                  "report", "handoff", "status"])  # fmt: skip
def test_an_unknown_run_is_named_as_such(service: Service, verb: str) -> None:
    args = {"retry": ("one",), "skip": ("one",)}.get(verb, ())
    more = {"reason": "no"} if verb == "reject" else {}
    with pytest.raises(UsageError, match="no run 'nobody'"):
        getattr(service, verb)("nobody", *args, **more)


class TestStarting:
    def test_a_plan_with_an_error_makes_no_run(self, service: Service, project: Project) -> None:
        project.plan.write_text("autopack: 1\n", "utf-8")
        with pytest.raises(PlanRejected) as refused:
            service.start(project.plan, trust=True)
        assert refused.value.findings and service.runs() == []

    def test_new_commands_need_consent_once(self, service: Service, project: Project) -> None:
        asked: list[list[str]] = []

        def say(lines: list[str], word: bool) -> bool:
            asked.append(lines)
            return word

        with pytest.raises(PlanRejected, match="not agreed"):
            service.start(project.plan, cassette=project.cassette, trust=lambda lines: say(lines, False))
        assert service.runs() == [] and any("check.py" in line for line in asked[0])
        service.start(project.plan, cassette=project.cassette, trust=lambda lines: say(lines, True))
        service.start(project.plan, cassette=project.cassette, trust=lambda lines: say(lines, True))
        assert len(asked) == 2, "the second start asks nothing"

    def test_an_unknown_phase(self, service: Service, project: Project) -> None:
        with pytest.raises(UsageError, match="no phase 'three'") as refused:
            service.start(project.plan, cassette=project.cassette, trust=True, phases=["three"])
        assert "one, two" in refused.value.hint

    @pytest.mark.parametrize("word", [{"autonomy": "alone"}, {"base": "HEAD~3"}])
    def test_a_word_that_means_nothing(self, service: Service, project: Project, word: dict[str, str]) -> None:
        with pytest.raises(UsageError, match=r"no (autonomy|base)"):
            service.start(project.plan, cassette=project.cassette, trust=True, **word)  # pyright: ignore
        assert service.runs() == []

    def test_a_recording_that_exists_is_not_written_over(self, service: Service, project: Project) -> None:
        record = project.place / "record.jsonl"
        record.write_text("kept\n", "utf-8")
        with pytest.raises(UsageError, match="exists already"):
            service.start(project.plan, trust=True, record=record)
        assert service.runs() == [] and record.read_text("utf-8") == "kept\n"

    def test_a_refused_start_changes_no_byte_of_the_repository(self, service: Service, project: Project) -> None:
        with byte_identical(project.root), pytest.raises(PlanRejected):
            service.start(project.plan, cassette=project.cassette, trust=False)

    def test_lint_and_starter_plan_agree(self, service: Service, project: Project) -> None:
        assert [f for f in service.lint(project.plan) if f.severity == "error"] == []
        assert "phases:" in service.starter_plan("mine")


def test_threads_that_ask_first_share_one_journal(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finds the journal not opened yet; all get the same, and one `close` closes it."""
    together, opened_now = Barrier(2), Store.open
    stores: list[Store] = []

    def slowly(*args: object, **more: object) -> Store:
        with suppress(BrokenBarrierError):
            together.wait(0.5)
        stores.append(opened_now(*args, **more))  # pyright: ignore
        return stores[-1]

    monkeypatch.setattr(Store, "open", slowly)
    with opened(project) as service, ThreadPoolExecutor(2) as pool:
        first, second = (f.result() for f in [pool.submit(lambda: service.store) for _ in range(2)])
    assert first is second and len(stores) == 1


def test_what_people_read_is_named_where_it_is(service: Service, project: Project) -> None:
    """A folder of the name is tracked: the bundle lies in the state folder, and says so."""
    project.write({".autonomous_runs/mine.txt": "mine\n"})
    project.commit("A folder of the user's")
    run = go(service, project)
    bundle = service.handoff(run, "one")
    assert bundle.is_relative_to(project.state)
    assert str(bundle) in (bundle / "summary.md").read_text("utf-8")


def test_a_waiting_run_shows_what_it_asks(tmp_path: Path) -> None:
    project = make(tmp_path, phase("work", "app.py", "table.py"), answers=ASKED).project
    with opened(project) as service:
        run = go(service, project)
        view = service.status(run)
        (asked,) = view.requests
        assert (view.state, view.shown) == ("PHASE_EXECUTION", "BLOCKED")
        data = view.to_json()["requests"][0]
        assert data["paths"] == ["table.py"] and data["digest"] == asked.digest
        assert any("table.py" in line for line in data["shown"])
        with pytest.raises(ConflictError, match="digest"):
            service.approve(run, asked.id, digest="0" * 64)
        assert service.reject(run, asked.id, reason="keep it")["approved"] is False
        assert service.status(run).requests == ()


def test_health_and_settings_answer_without_a_run(service: Service) -> None:
    checks = service.health()
    assert all(c.passed for c in checks if c.required), checks
    rows = service.settings_rows()
    assert ("sandbox.level", 1) in [(name, value) for name, value, _ in rows]


def test_gc_of_a_finished_run_says_what_it_would_remove(service: Service, project: Project) -> None:
    run = go(service, project)
    kept = service.collect(dry_run=True)
    assert kept["discarded"] == [] and kept["dry_run"] is True
    assert service.collect()["discarded"] == [] and service.patch(run, "one")
