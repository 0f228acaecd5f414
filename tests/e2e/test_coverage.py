"""A phase that is judged strictly: added code that no test executes stops it until a person accepts it, or a test comes."""

from __future__ import annotations

from pathlib import Path

from tests.kit.project import builder, whole
from tests.kit.runs import Cli, typed
from tests.kit.tiny import SUB, answer, codes, expect, make, one, phase, plan_of, published, sound, untouched

TEST = "from app import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
MORE = TEST.replace("import add", "import add, sub") + "\n\ndef test_sub():\n    assert sub(5, 3) == 2\n"
PYTEST = {"paths": ["tests/"]}


def trial(place: Path, *answers: dict[str, object], autonomy: str = "supervised", **more: object) -> Cli:
    made = phase("work", "app.py", "tests/", tests=PYTEST, **{"complexity": "high", **more})
    plan = plan_of(made, defaults={}, run={"autonomy": autonomy})
    return make(place, plan=plan, files={"tests/test_app.py": TEST}, answers=answers)


def test_a_strict_phase_waits_for_a_word_about_lines_that_no_test_executes(tmp_path: Path) -> None:
    cli = trial(tmp_path, answer())
    with untouched(cli.project):
        first = cli.run()
        assert first.code == 3 and first.events[-1]["phases"][0]["state"] == "BLOCKED", str(first)
        asked = first.last("approval.requested")
        assert (asked["stage"], asked["codes"], asked["paths"]) == ("accept", ["AP410", "AP411"], ["app.py"])
        reasons = " ".join(asked["reasons"])
        assert "1 of 2 added lines of code, 50% where at least 80% are asked for. Not executed: app.py:6." in reasons
        told = typed(cli.project, "show", "t", "work", "--evidence").stdout
        assert "1 of 2 added lines of code executed, of the product 100.0% before and 75.0% now" in told
        expect(cli("approve", "t", asked["request"], "--digest", asked["digest"]), 0)
        again = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
    assert published(cli.project, "app.py") == SUB.strip()
    assert not [e for e in again.events if e["event"] == "model.called" and e.get("role") == "builder"]
    sound(cli.project)


def test_a_test_that_executes_them_needs_no_word(tmp_path: Path) -> None:
    both = builder("work", "Add sub", whole("app.py", SUB), whole("tests/test_app.py", MORE))
    ended = expect(trial(tmp_path, both).run(), 0, "DONE_SUCCESS")
    assert "AP411" not in codes(ended)


def test_where_nobody_looks_the_builder_is_told_which_lines(tmp_path: Path) -> None:
    both = builder("work", "Add sub", whole("app.py", SUB), whole("tests/test_app.py", MORE), contains="AP411")
    ended = expect(trial(tmp_path, answer(attempt=1), both, autonomy="unattended").run(), 0, "DONE_SUCCESS")
    assert ended.events[-1]["phases"][0]["attempts"] == 2
    assert one(ended, "AP411")["range"]["start"]["line"] == 6


def test_where_nothing_is_strict_nothing_is_measured(tmp_path: Path) -> None:
    cli = trial(tmp_path, answer(), complexity="low")
    ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert "AP411" not in codes(ended)
    assert "coverage" not in typed(cli.project, "show", "t", "work", "--evidence").stdout


def test_measured_for_everything_it_is_a_warning(tmp_path: Path) -> None:
    cli = trial(tmp_path, answer(), complexity="low")
    ended = expect(cli.run(env={"AUTOPACK_TESTS_COVERAGE": "always"}), 0, "DONE_SUCCESS")
    dropped = one(ended, "AP411")
    assert (dropped["severity"], dropped["blocking"], dropped["path"]) == ("warning", False, "app.py")
    assert "75.0% of the product's code that they load, 100.0% before the change" in dropped["message"]
