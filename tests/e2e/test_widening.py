"""A phase asks for more than its scope, is given it and goes on, through the real process: as told, and killed anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.killing import Kill, Rig
from tests.kit.project import APPROVES, Scenario, builder, whole
from tests.kit.runs import typed
from tests.kit.tiny import ADD, FILES, SUB, expect, make, phase, plan_of, published, sound, untouched

pytestmark = pytest.mark.e2e

WHY = "sub must be told to lib.py\u202e, which lists what there is"
LIB = "names = ['add']\n"
ASKS = {
    "match": {"role": "builder", "phase": "work", "attempt": 1},
    "answer": {"requests": [{"paths": ["lib.py", "Makefile"], "why": WHY}]},
}
GIVES = builder("work", "Add sub", whole("app.py", SUB), whole("lib.py", "names = ['add', 'sub']\n"),
                whole("Makefile", "all:\n\ttrue\n", "create"), attempt=2, contains=LIB.strip())  # fmt: skip
SCENARIO = Scenario({**FILES, "lib.py": LIB}, plan_of(phase("work", "app.py")), [ASKS, GIVES, APPROVES], commits=1)
OWN = ("widening.requested", "widening.given", "attempt.before", "attempt.after", "calls.stored", "run.before_phase")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(tmp_path_factory.mktemp("widening"), SCENARIO, "t")


def _hold(rig: Rig, kills: list[Kill]) -> None:
    wrong = [line for kill in kills for line in rig.trial(kill)]
    print(f"{len(kills)} trials")
    assert kills and wrong == [], "\n".join(wrong)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", OWN)
def test_a_kill_between_question_and_change_changes_nothing_in_the_end(rig: Rig, point: str) -> None:
    _hold(rig, [kill for kill in rig.kills() if kill.point == point])


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_kill_anywhere_changes_nothing_in_the_end(rig: Rig) -> None:
    _hold(rig, rig.kills())


def test_what_a_person_sees_and_says(tmp_path: Path) -> None:
    cli = make(tmp_path, phase("work", "app.py"), answers=[ASKS, GIVES], files={"lib.py": LIB})
    with untouched(cli.project):
        first = expect(cli.run(), 3)
        asked = first.last("approval.requested")
        assert (asked["stage"], asked["paths"], asked["risk"]) == ("widen", ["Makefile", "lib.py"], "high")
        assert asked["risks"] == {"Makefile": "high", "lib.py": "medium"}
        shown = typed(cli.project, "status", "t").stdout
        assert shown.index("path   Makefile") < shown.index("path   lib.py")
        assert "in its own words" in shown and "<U+202E>" in shown and "\u202e" not in shown
        assert "--patch" not in shown, "there is no change to look at"
        assert cli("approve", "t", "--scope", "path").code == 2
        assert cli("approve", "t", "--digest", "0" * 64).code == 2
        told = expect(cli("approve", "t", asked["request"], "--digest", asked["digest"], "--reason", "fine"), 0)
        assert told.events[0]["scope"] == "phase"
        ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
    assert [e["outcome"] for e in first.events + ended.events if e["event"] == "attempt.finished"] == [
        "asked",
        "complete",
    ]
    assert published(cli.project, "lib.py") == "names = ['add', 'sub']"
    text = _report(cli.project.root)
    assert "in its own words" in text and "for the phase: fine" in text and "risk high" in text
    sound(cli.project)


def _report(root: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted((root / ".autonomous_runs").rglob("*.md")))


def test_a_handoff_says_what_was_asked_and_who_said_no(tmp_path: Path) -> None:
    wrong = builder("work", "Break", whole("app.py", ADD.replace("+", "-")), attempt=2)
    cli = make(tmp_path, phase("work", "app.py", attempt_cap=1), answers=[ASKS, wrong], files={"lib.py": LIB})
    expect(cli.run(), 3)
    expect(cli("reject", "t", "--reason", "the library is frozen"), 0)
    expect(cli("resume", "t"), 1)
    text = (cli.project.root / ".autonomous_runs/t/handoff/work/summary.md").read_text("utf-8")
    assert "rejected by" in text and "the library is frozen" in text and "in its own words" in text
    sound(cli.project)


def test_a_run_that_is_driven_goes_on_by_itself(tmp_path: Path) -> None:
    """Whoever drives the run waits for the word and takes the next attempt without being started again."""
    cli = make(tmp_path, phase("work", "app.py"), answers=[ASKS, GIVES], files={"lib.py": LIB})
    owner = cli.start(*cli.run_words(), "--wait")
    assert owner.stdout is not None
    for line in owner.stdout:
        if '"approval.requested"' in line:
            break
    expect(cli("approve", "t"), 0)
    owner.communicate(timeout=60)
    assert owner.returncode == 0
    sound(cli.project)
