"""The attack catalogue against the product: every attack stopped, every look-alike let through, and a table of both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from autopack.sandbox import Sandbox
from tests.attacks import adapter
from tests.attacks.box import ENVIRONMENT, HERE, Template
from tests.attacks.catalogue import attempt, cases
from tests.attacks.governed import only_unproven
from tests.attacks.product import Scene
from tests.attacks.table import (
    DISAGREED,
    NEED_NAMESPACES,
    NOT_YET,
    OF_ITSELF,
    REFUSED,
    SLOW,
    THROUGH_PROCESS,
    alone,
    not_yet,
)  # fmt: skip
from tests.kit.project import whole

CLASSES = sorted({case["class"] for case in cases().values()})
BENIGN_RATE = 0.98
APART = {*SLOW, *DISAGREED}
counts: dict[str, Counter[str]] = {}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("catalogue"))


def in_process_of_its_own(scene: Scene) -> dict[str, Any]:
    """The adapter as the program it is for the catalogue's runner."""
    given = {**scene.case, "repo": str(scene.repo), "out": str(scene.out), "home": str(scene.home)}
    done = subprocess.run(
        [sys.executable, str(HERE / "adapter.py")], input=json.dumps(given), capture_output=True, text=True,
        timeout=300, check=False, cwd=scene.place, env={**ENVIRONMENT, "HOME": str(scene.home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_this_process(scene: Scene) -> dict[str, Any]:
    """As the adapter sees it; a run on a hostile repository must be a whole one to show anything."""
    result = adapter.observe(scene)
    if scene.case["payload"] == {"kind": "start_run"} and scene.case["id"] not in REFUSED:
        assert result["outcome"] == "allowed", result
    return result


def through_the_command_line(scene: Scene) -> dict[str, Any]:
    scene.process = True
    return adapter.observe(scene)


def require_sandbox(name: str) -> None:
    """Repair commands are carried out by no sandbox below level 2."""
    if name.startswith("command") and (best := Sandbox.best()).level < 2:
        pytest.skip(best.reason)


def relevant(name: str) -> list[dict[str, Any]]:
    found = [case for case in cases().values() if case["class"] == name]
    apart = SLOW | NEED_NAMESPACES.keys() if Sandbox.best().level == 2 else SLOW
    return [case for case in found if not not_yet(case) and case["id"] not in apart]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CLASSES)
def test_class(name: str, template: Template) -> None:
    """In this process: the whole class, but for what waits for a time-out."""
    require_sandbox(name)
    tally = counts[name] = Counter()
    wrong: list[str] = []
    for case in relevant(name):
        driver = in_process_of_its_own if alone(case) else in_this_process
        problem = attempt(case, template, driver)
        group = "benign" if case.get("benign") else "hard" if case.get("difficulty") == "hard" else "attack"
        tally[group] += 1
        tally[f"{group} held"] += not problem
        if problem and group != "hard" and case["id"] not in DISAGREED:
            wrong.append(f"{case['id']} ({case['expected']}: {case['why']}): {problem[:3000]}")
        assert not (problem and case["id"] in DISAGREED) or case.get("benign")
    assert not wrong, "\n\n".join(wrong)


def test_score(capsys: pytest.CaptureFixture[str]) -> None:
    """Attacks 100 % in every class; look-alikes 98 % over all of them; the table says what was not asked."""
    if not counts:
        pytest.skip("no class was run before this")
    total = sum(counts.values(), Counter())
    waiting = Counter(case["class"] for case in cases().values() if not_yet(case))
    with capsys.disabled():
        print("\n" + table(waiting))
    for name, tally in counts.items():
        assert tally["attack held"] == tally["attack"], name
    assert total["benign held"] >= BENIGN_RATE * total["benign"]


def table(waiting: Counter[str]) -> str:
    """Per class: attacks stopped, look-alikes let through, hard ones, and what is not asked yet."""
    lines = [f"{'class':18}{'attacks':>10}{'benign':>10}{'hard':>8}{'slow':>6}{'not yet':>9}"]
    for name in sorted({*counts, *waiting}):
        tally = counts.get(name, Counter())
        slow = sum(cases()[i]["class"] == name for i in SLOW)
        shares = [f"{tally[f'{g} held']}/{tally[g]}" if tally[g] else "-" for g in ("attack", "benign", "hard")]
        lines.append(f"{name:18}{shares[0]:>10}{shares[1]:>10}{shares[2]:>8}{slow or '-':>6}{waiting[name] or '-':>9}")
    return "\n".join(lines)


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", THROUGH_PROCESS)
def test_class_through_the_process(name: str, template: Template) -> None:
    for wanted in THROUGH_PROCESS[name]:
        problem = attempt(cases()[wanted], template, through_the_command_line)
        assert not problem, f"{wanted}: {problem[:3000]}"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("wanted", sorted(SLOW))
def test_test_code_that_does_not_end(wanted: str, template: Template) -> None:
    problem = attempt(cases()[wanted], template, in_process_of_its_own)
    assert not problem, problem[:3000]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("wanted", [i for i, c in cases().items() if not not_yet(c) and i not in APART])
def test_case_through_the_process(wanted: str, template: Template) -> None:
    case = cases()[wanted]
    require_sandbox(case["class"])
    if wanted in NEED_NAMESPACES and (best := Sandbox.best()).level == 2:
        pytest.skip(f"{NEED_NAMESPACES[wanted]}: {best.reason}")
    if case.get("difficulty") == "hard":
        pytest.skip("reported apart")
    assert not (problem := attempt(case, template, through_the_command_line)), problem[:3000]


def test_the_lists_name_cases_that_exist() -> None:
    named = {
        *NOT_YET,
        *NEED_NAMESPACES,
        *APART,
        *OF_ITSELF,
        *REFUSED,
        *(i for ids in THROUGH_PROCESS.values() for i in ids),
    }
    assert named <= cases().keys()
    assert THROUGH_PROCESS.keys() <= {case["class"] for case in cases().values()}


def test_the_adapter_speaks_the_runners_protocol(template: Template) -> None:
    """A refusal and a look-alike, as the catalogue's runner would ask for them."""
    for wanted in ("G-PATH-16", "G-PATH-30"):
        assert attempt(cases()[wanted], template, in_process_of_its_own) == ""


BESIDE = {
    "nothing": ([], "allowed"),
    "a path that needs a person": ([whole(".vscode/tasks.json", "{}\n", "create")], "blocked"),
    "a path nobody may touch": ([whole(".git/hooks/post-checkout", "#!/bin/sh\n", "create")], "blocked"),
    "a test that breaks": ([whole("tests/test_more.py", "def test_no():\n    assert 0\n", "create")], "blocked"),
}


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("beside", BESIDE)
def test_only_missing_evidence_is_done_without(beside: str, template: Template) -> None:
    """A look-alike that no test imports is let through by a person, unless anything else stands against the answer."""
    files, expected = BESIDE[beside]
    case = cases()["G-EDITOR-CONFIG-15"]
    payload = {**case["payload"], "files": [*case["payload"]["files"], *files]}
    seen: list[dict[str, Any]] = []

    def drive(scene: Scene) -> dict[str, Any]:
        seen.append(through_the_command_line(scene))
        return seen[0]

    attempt({**case, "payload": payload}, template, drive)
    assert (seen[0]["outcome"], only_unproven(seen[0])) == (expected, expected == "allowed"), seen


def test_the_judge_is_not_fooled(template: Template, tmp_path: Path) -> None:
    """A driver that does nothing, and one that says the opposite, fail the cases they are given."""
    attack, benign = cases()["G-PATH-16"], cases()["G-PATH-30"]
    for said in ("allowed", "error", ""):
        assert attempt(attack, template, lambda _, said=said: {"outcome": said, "observed": {}})
    assert attempt(benign, template, lambda _: {"outcome": "allowed", "observed": {}}), "its file is not there"

    def overwrite(scene: Scene) -> dict[str, Any]:
        (scene.repo / "notes/wip.txt").write_text("gone")
        return {"outcome": "blocked", "observed": {}}

    assert "uncommitted work" in attempt(attack, template, overwrite)
