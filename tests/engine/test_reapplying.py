"""One phase taken out of the middle: what came after it is applied again, proven again, or built anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autopack.engine.retreat import Anew
from autopack.errors import ConflictError, UsageError
from autopack.model.states import PhaseState, RunState
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, MUL, SUB, answer, phase, untouched

from .conftest import Make, Trial

DONE, QUEUED = PhaseState.COMPLETE, PhaseState.QUEUED


def makes(name: str, path: str, content: str = "x = 1\n", **match: Any) -> dict[str, Any]:
    return builder(name, f"Add {path}", whole(path, content, "create"), **match)


def calls(t: Trial, name: str) -> int:
    """How often the Builder was asked for the phase."""
    return sum(c.role == "builder" for c in t.store.calls(t.run, name))


@pytest.fixture
def three(trial: Make) -> Trial:
    """Three phases that have nothing to do with each other; the cassette can answer each once more."""
    names = (("one", "a.py"), ("two", "b.py"), ("three", "c.py"))
    t = trial(*(phase(*n) for n in names), answers=[makes(*n) for n in names] + [makes(*n, "x = 2\n") for n in names])
    assert t.go().state is RunState.DONE_SUCCESS
    return t


def test_what_came_after_is_kept_but_not_complete_until_it_is_proven_again(three: Trial) -> None:
    t, one, before = three, str(three.store.get(three.run, "commit:one")), three.tip()
    with untouched(t.project):
        dry = t.service.rollback(t.run, phase="two", dry_run=True)
        assert (dry.tip, dry.again, dry.anew, dry.save, t.tip()) == (one, ("three",), (), "", before)
        done = t.service.rollback(t.run, phase="two")
        assert (done.tip, done.again, done.anew, done.save) == (one, ("three",), (), "save/1")
        assert t.phases() == {"one": DONE, "two": QUEUED, "three": QUEUED}
        assert t.resume().state is RunState.DONE_SUCCESS
    assert (calls(t, "one"), calls(t, "two"), calls(t, "three")) == (1, 2, 1), "no model writes what is there"
    assert t.outcomes("three") == ["complete", "complete"]
    evidence = t.store.effect(t.run, "three", 2, "test")
    assert evidence is not None and evidence.result, "tested on the tree it now stands on"
    log = t.project.git("log", "--format=%s %(trailers:key=Autopack-Attempt,valueonly,separator=)", f"autopack/{t.run}")
    assert log.splitlines()[:3] == ["two: Add b.py 2", "three: Add c.py 2", "one: Add a.py 1"]
    assert (t.file("a.py"), t.file("b.py"), t.file("c.py")) == ("x = 1", "x = 2", "x = 1")
    t.sound()


def test_a_phase_that_was_taken_out_may_be_left_out(three: Trial) -> None:
    three.service.rollback(three.run, phase="one")
    three.service.skip(three.run, "one")
    assert three.resume().state is RunState.DONE_SUCCESS
    assert three.project.git("ls-tree", "--name-only", f"autopack/{three.run}", "a.py", "b.py", "c.py") == "b.py\nc.py"
    assert (calls(three, "two"), calls(three, "three")) == (1, 1)


def test_the_last_phase_leaves_nothing_to_apply_again(three: Trial) -> None:
    done = three.service.rollback(three.run, phase="three")
    assert (done.tip, done.again) == (three.store.get(three.run, "commit:two"), ())


def test_conflicts_and_dependencies_are_built_anew_never_half(trial: Make) -> None:
    """`two` changes lines next to those of `one`, `three` depends on `two`, `four` on nothing."""
    t = trial(
        phase("one"), phase("two"), phase("three", "c.py", depends_on=["two"]), phase("four", "d.py"),
        answers=[answer("one"), answer("two", MUL), makes("three", "c.py"), makes("four", "d.py"),
                 answer("one", SUB + "# again\n"), answer("two", MUL + "# again\n"), makes("three", "c.py", "x = 3\n")],
    )  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    done = t.service.rollback(t.run, phase="one")
    assert done.anew == (Anew("two", "its change conflicts", ("app.py",)), Anew("three", "depends on two"))
    assert done.again == ("four",) and done.tip == t.store.run(t.run).base
    assert set(t.phases().values()) == {QUEUED}
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [calls(t, name) for name in ("one", "two", "three", "four")] == [2, 2, 2, 1]
    assert t.file("app.py") == (MUL + "# again").strip()
    t.sound()


def test_one_that_fails_where_it_now_stands_goes_to_the_builder(trial: Make) -> None:
    """Nothing says that `three` needs `two`; only its test does."""
    check = (
        "import os\n\nassert not os.path.exists('c.py') or 'b' not in open('c.py').read() or os.path.exists('b.py')\n"
    )
    t = trial(
        phase("two", "b.py"), phase("three", "c.py"), files={"check.py": check},
        answers=[makes("two", "b.py"), makes("three", "c.py", "b = 1\n"),
                 makes("three", "c.py", "alone = 1\n", contains="AP401")],
    )  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    t.service.rollback(t.run, phase="two")
    t.service.skip(t.run, "two")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("three") == ["complete", "tests_failed", "complete"]
    assert t.file("c.py") == "alone = 1"
    t.sound()


def test_a_change_in_the_middle_of_a_file_and_a_rename_are_carried_over(trial: Make) -> None:
    rows = [f"row_{n} = {n}\n" for n in range(40)]
    text, last = "".join(rows), "".join([*rows[:-1], "row_39 = 'last'\n"])
    moved = builder("three", "Move", {"path": "rows.py", "action": "rename", "new_path": "moved.py"})
    t = trial(
        phase("one", "rows.py"), phase("two", "rows.py"), phase("three", "rows.py", "moved.py"), files={"rows.py": text},
        answers=[answer("one", text.replace("row_0 = 0", "row_0 = 'first'"), "rows.py"),
                 answer("two", last.replace("row_0 = 0", "row_0 = 'first'"), "rows.py"), moved],
    )  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.service.rollback(t.run, phase="one").again == ("two", "three")
    t.service.skip(t.run, "one")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.file("moved.py") == last.strip()
    with pytest.raises(AssertionError):
        t.file("rows.py")


@pytest.mark.parametrize("point", ["savepoint.before_ref", "rollback.before_ref", "rollback.after_ref"])
@pytest.mark.parametrize("again", [True, False])
def test_one_that_was_cut_off_is_finished(
    three: Trial, broken_at: Callable[[str], None], point: str, again: bool
) -> None:
    t = three
    broken_at(point)
    with pytest.raises(RuntimeError, match=point):
        t.service.rollback(t.run, phase="two")
    if again:
        done = t.service.rollback(t.run, phase="two")
        assert (done.again, done.save) == (("three",), "save/1"), "it is not done twice"
    assert t.service.resume(t.run) is RunState.STOPPED
    assert t.drive().state is RunState.DONE_SUCCESS
    assert (calls(t, "two"), calls(t, "three")) == (2, 1) and not t.store.open_effects(t.run)
    t.sound()


def test_a_crash_while_it_is_applied_again_goes_on_with_the_same_change(
    three: Trial, broken_at: Callable[[str], None]
) -> None:
    three.service.rollback(three.run, phase="two")
    for point in ("apply.before_commit", "apply.ref_moved", "finalize.tip_moved"):
        broken_at(point)
        with pytest.raises(RuntimeError, match=point):
            three.resume()
    assert three.resume().state is RunState.DONE_SUCCESS
    assert three.outcomes("three") == ["complete", "complete"] and calls(three, "three") == 1
    three.sound()


def test_what_waits_can_be_taken_out_too_or_given_back_to_the_builder(three: Trial) -> None:
    t = three
    assert t.service.rollback(t.run, phase="one").again == ("two", "three")
    done = t.service.rollback(t.run, phase="two")
    assert (done.again, done.tip) == (("three",), t.store.run(t.run).base)
    assert t.service.rollback(t.run).again == (), "back to the base nothing outlives it"
    with pytest.raises(ConflictError, match="stands at its base"):
        t.service.rollback(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert calls(t, "three") == 2


def test_a_retry_asks_the_builder(three: Trial) -> None:
    t = three
    t.service.rollback(t.run, phase="two")
    t.service.skip(t.run, "three")
    t.service.retry(t.run, "three")
    assert t.resume().state is RunState.DONE_SUCCESS and calls(t, "three") == 2


def test_what_cannot_be_taken_out(three: Trial) -> None:
    with pytest.raises(UsageError, match="no phase 'four'"):
        three.service.rollback(three.run, phase="four")
    with pytest.raises(UsageError, match="not both"):
        three.service.rollback(three.run, phase="two", to="one")
    three.service.rollback(three.run)
    with pytest.raises(ConflictError, match="nothing of it to take out"):
        three.service.rollback(three.run, phase="two")


def test_what_is_applied_again_comes_first_but_not_before_what_it_needs(trial: Make) -> None:
    names = (("zero", "a.py"), ("one", "b.py"), ("two", "c.py"), ("three", "d.py"))
    t = trial(*(phase(*n, depends_on=["one"] if n[0] == "two" else []) for n in names),
              answers=[makes(*n) for n in (*names, *names)])  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.service.rollback(t.run, phase="zero").again == ("one", "two", "three")
    t.service.skip(t.run, "one")
    t.service.retry(t.run, "one")
    assert t.resume().state is RunState.DONE_SUCCESS
    log = t.project.git("log", "--reverse", "--format=%s", f"main..autopack/{t.run}").splitlines()
    assert [line.partition(":")[0] for line in log] == ["three", "zero", "one", "two"]
    assert [calls(t, n) for n, _ in names] == [2, 2, 1, 1]


def test_the_change_of_a_file_that_stays_as_it_was_is_built_anew(trial: Make) -> None:
    """`two` puts back what `one` did: without `one` nothing is left of it."""
    t = trial(
        phase("one"), phase("two"), answers=[answer("one"), answer("two", ADD), answer("one"), answer("two", MUL)]
    )
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.service.rollback(t.run, phase="one").anew == (Anew("two", "nothing is left of its change"),)


def test_leave_is_asked_again_before_a_protected_path_is_applied_again(trial: Make) -> None:
    """The decision was for another base; what is shown is the change that would be applied now."""
    make = "all:\n\techo\n"
    t = trial(
        phase("one", "a.py"), phase("two", "Makefile"), answers=[makes("one", "a.py"), makes("two", "Makefile", make)]
    )
    t.go()
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.service.rollback(t.run, phase="one")
    t.service.skip(t.run, "one")
    assert t.resume().waiting and t.phases()["two"] is PhaseState.AWAITING_APPROVAL
    assert b"+all:" in t.service.patch(t.run, "two") and calls(t, "two") == 1
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert (t.file("Makefile"), calls(t, "two")) == (make.strip(), 1)
    t.sound()


def test_a_small_fix_is_held_to_its_first_measure(trial: Make) -> None:
    """Applying it again is no second try, which may change more of a file."""
    rows = [f"row_{n} = {n}\n" for n in range(120)]
    fixed = "".join(f"row_{n} = -{n}\n" if n < 50 else row for n, row in enumerate(rows))
    t = trial(phase("one", "a.py"), phase("two", "rows.py", change_size="small_fix"), files={"rows.py": "".join(rows)},
              answers=[makes("one", "a.py"), answer("two", fixed, "rows.py")])  # fmt: skip
    assert t.go().waiting
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.service.rollback(t.run, phase="one")
    t.service.skip(t.run, "one")
    assert t.resume().waiting, "asked as it was the first time"
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS and calls(t, "two") == 1
    assert "applied again)" in t.service.report(t.run).read_text()
