"""Taking completed phases back: the tip, the branch and the phases, also when the process dies half way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autopack.errors import ConflictError, UsageError
from autopack.model.states import PhaseState, RunState
from tests.kit.tiny import MUL, SUB, WRONG, answer, phase

from .conftest import Make, Trial

DONE, QUEUED = PhaseState.COMPLETE, PhaseState.QUEUED
TWO = MUL + "\n# two\n"


@pytest.fixture
def done(trial: Make) -> Trial:
    """Two phases complete; the cassette can answer each once more."""

    t = trial(
        phase("one"), phase("two"), answers=[answer("one"), answer("two", MUL), answer("one"), answer("two", TWO)]
    )
    assert t.go().state is RunState.DONE_SUCCESS
    return t


def test_back_to_a_phase_and_on_again(done: Trial) -> None:
    one = str(done.store.get(done.run, "commit:one"))
    assert done.service.rollback(done.run, to="one").tip == one == done.tip()
    assert (done.state(), done.phases()) == (RunState.STOPPED, {"one": DONE, "two": QUEUED})
    assert done.project.git("rev-parse", f"autopack/{done.run}") == one, "the branch follows"
    assert done.resume().state is RunState.DONE_SUCCESS
    assert done.file("app.py") == TWO.strip() and done.outcomes("one") == ["complete"]


def test_a_branch_that_is_checked_out_follows_when_it_is_free(done: Trial) -> None:
    """The tip is back, the branch waits, and whoever asks is told why until it follows."""
    after = done.tip()
    done.project.git("checkout", "-q", f"autopack/{done.run}")
    one = done.service.rollback(done.run, to="one").tip
    assert done.tip() == one and done.project.git("rev-parse", f"autopack/{done.run}") == after
    assert "is checked out" in done.service.status(done.run).branch_waits
    done.project.git("checkout", "-q", "main")
    assert done.resume().state is RunState.DONE_SUCCESS
    assert done.project.git("rev-parse", f"autopack/{done.run}") == done.tip()
    assert done.service.status(done.run).branch_waits == ""


def test_back_to_the_base_and_the_same_work_again(done: Trial) -> None:
    base = done.store.run(done.run).base
    assert done.service.rollback(done.run).tip == base
    assert done.phases() == {"one": QUEUED, "two": QUEUED}
    assert done.resume().state is RunState.DONE_SUCCESS
    assert done.file("app.py") == TWO.strip()
    assert done.outcomes("one") == ["complete", "complete"], "attempts go on counting"
    assert done.project.git("rev-list", "--count", f"main..autopack/{done.run}") == "2"
    done.sound()


def test_what_cannot_be_gone_back_to(done: Trial) -> None:
    with pytest.raises(UsageError, match="no phase 'three'"):
        done.service.rollback(done.run, to="three")
    done.service.rollback(done.run)
    with pytest.raises(ConflictError, match="not complete"):
        done.service.rollback(done.run, to="one")
    with pytest.raises(ConflictError, match="stands at its base"):
        done.service.rollback(done.run)
    done.service.discard(done.run)
    with pytest.raises(ConflictError, match="discarded"):
        done.service.rollback(done.run)


@pytest.mark.parametrize(("point", "again"), [
    ("rollback.before_ref", True), ("rollback.after_ref", True), ("rollback.before_ref", False),
    ("rollback.after_ref", False), ("publish.before", False), ("publish.after", False),
])  # fmt: skip
def test_a_rollback_that_was_cut_off_is_finished(
    done: Trial, broken_at: Callable[[str], None], point: str, again: bool
) -> None:
    broken_at(point)
    with pytest.raises(RuntimeError, match=point):
        done.service.rollback(done.run)
    if again:
        assert done.service.rollback(done.run).tip == done.store.run(done.run).base
    else:
        assert done.service.resume(done.run) is RunState.STOPPED
    assert done.phases() == {"one": QUEUED, "two": QUEUED}
    assert done.resume().state is RunState.DONE_SUCCESS
    assert done.project.git("rev-parse", f"autopack/{done.run}") == done.tip()
    assert done.file("app.py") == TWO.strip() and not done.store.open_effects(done.run)
    done.sound()


def test_a_phase_that_had_failed_gets_its_attempts_again(trial: Make) -> None:
    t = trial(phase("one"), phase("two", attempt_cap=1),
              answers=[answer("one"), answer("two", WRONG), answer("two", MUL)])  # fmt: skip
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    t.service.rollback(t.run, to="one")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [p.retry_count for p in t.store.phases(t.run)] == [0, 1]


def test_after_a_crash_before_complete_the_tip_is_found_and_taken_back(
    trial: Make, broken_at: Callable[[str], None]
) -> None:

    t = trial(phase("one"), phase("two"), answers=[answer("one"), answer("two", MUL), answer("two", TWO)])
    t.start()
    broken_at("publish.before")
    with pytest.raises(RuntimeError):
        t.drive()
    broken_at("finalize.tip_moved")
    with pytest.raises(RuntimeError):
        t.resume()
    assert t.phases() == {"one": DONE, "two": PhaseState.GATE}
    t.service.rollback(t.run, to="one")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.file("app.py") == TWO.strip() != SUB.strip()
    t.sound()


def test_a_run_that_was_never_driven_stands_at_its_base(trial: Make) -> None:
    """Nothing is pinned and no tip is set yet; phases were left out."""
    t = trial(phase("one"), phase("two"), answers=[answer("one")])
    t.start(phases=["one"])
    t.service.skip(t.run, "one")
    with pytest.raises(ConflictError, match="stands at its base"):
        t.service.rollback(t.run)
    t.service.retry(t.run, "one")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.project.git("for-each-ref", "refs/autopack") != "", "its base is pinned"
    t.sound()


def test_a_branch_published_and_not_journalled_still_follows(done: Trial, broken_at: Callable[[str], None]) -> None:
    """Killed between the fetch and the row about it, then rolled back: the branch is ours wherever we put it."""
    t = done
    t.service.rollback(t.run)
    broken_at("publish.after")
    with pytest.raises(RuntimeError):
        t.resume()
    t.service.rollback(t.run)
    assert t.project.git("rev-parse", f"autopack/{t.run}") == t.tip() == t.store.run(t.run).base
    assert t.service.status(t.run).branch_waits == ""


@pytest.mark.parametrize("point", ["publish.before", "publish.after"])
def test_a_first_publication_that_was_cut_off_goes_back_too(
    trial: Make, broken_at: Callable[[str], None], point: str
) -> None:
    """A branch that was fetched goes back to the base; where none was, none is made."""
    t = trial(phase("one"), answers=[answer("one"), answer("one", TWO)])
    t.start()
    broken_at(point)
    with pytest.raises(RuntimeError):
        t.drive()
    t.service.rollback(t.run)
    there = t.project.git("for-each-ref", "--format=%(objectname)", "refs/heads/autopack")
    assert there == (t.tip() if point == "publish.after" else "")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.file("app.py") == TWO.strip() and t.service.status(t.run).branch_waits == ""


def test_a_phase_that_is_done_again_has_all_its_attempts(trial: Make) -> None:
    t = trial(phase("work", attempt_cap=2), answers=[answer(content=WRONG), answer(), answer(content=WRONG), answer()])
    assert t.go().state is RunState.DONE_SUCCESS
    t.service.rollback(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["tests_failed", "complete", "tests_failed", "complete"]
