"""Whether the corpus says the truth about itself: schema, numbers, and pytest's own word on every Python case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.testcode.vacuity.corpus import (
    FROZEN,
    HALVES,
    HERE,
    HONEST,
    KINDS,
    LANGUAGES,
    OPEN,
    VACUOUS_KINDS,
    Case,
    Files,
    load,
)

CASES = {half: load(half) for half in HALVES}
ALL = [case for half in HALVES for case in CASES[half]]
PYTHON = [case for case in ALL if case.language == "python"]
SAMPLE = PYTHON[:: len(PYTHON) // 12][:12]
FIELDS = {
    "id": str, "kind": str, "language": str, "why": str, "goal": str, "category": str, "base": dict, "change": dict,
    "tests": list, "passes_on_base": bool, "wrong": dict, "at": dict,
}  # fmt: skip


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", KINDS)
def test_fields_have_their_types(half: str, kind: str) -> None:
    for raw in yaml.safe_load((HERE / half / f"{kind}.yaml").read_text(encoding="utf-8")):
        assert {key: type(value) for key, value in raw.items()} == FIELDS, raw["id"]
        assert raw["kind"] == kind
        assert raw["language"] in LANGUAGES
        assert set(raw["at"]) == {"path", "line"}
        assert raw["why"].strip() and raw["goal"].strip() and raw["category"].strip()
        for files in (raw["base"], raw["change"], raw["wrong"]):
            assert files and all(isinstance(path, str) and not path.startswith("/") for path in files)


def test_ids_are_unique() -> None:
    assert [name for name, count in Counter(case.id for case in ALL).items() if count > 1] == []


def test_numbers() -> None:
    counts = Counter(case.kind for case in ALL)
    assert all(counts[kind] >= 5 for kind in VACUOUS_KINDS), counts
    assert sum(counts[kind] for kind in VACUOUS_KINDS) >= 44
    assert counts[HONEST] >= 70
    for kind in KINDS:
        opened, frozen = (sum(case.kind == kind for case in CASES[half]) for half in (OPEN, FROZEN))
        assert 0 <= opened - frozen <= 1, kind
    for cases in ([case for case in ALL if case.vacuous], [case for case in ALL if not case.vacuous]):
        assert 0.15 <= sum(case.language != "python" for case in cases) / len(cases) <= 0.25


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_case_is_a_phase(case: Case) -> None:
    candidate = case.candidate
    assert 1 <= case.line <= len(candidate[case.path].splitlines())
    assert candidate[case.path].splitlines()[case.line - 1].strip()
    assert case.is_test_file(case.path)
    assert any(not case.is_test_file(path) for path in case.change), "no product code changes"
    for test in case.tests:
        path, _, name = test.partition("::")
        assert path in case.change and name, test
        assert case.change[path] != case.base.get(path)
    for path, text in case.wrong.items():
        assert not case.is_test_file(path) and text != candidate[path], path


def _write(folder: Path, files: Files) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _outcome(case: Case, answer: dict[str, dict[str, str]]) -> dict[str, str]:
    """The worst outcome of each test the case is about, of all its parameters; "missing" where it did not run."""
    found = {}
    for test in case.tests:
        known = [value for node, value in answer["outcomes"].items() if node == test or node.startswith(test + "[")]
        known = known or [answer["outcomes"].get(test.partition("::")[0], "missing")]
        found[test] = next((bad for bad in ("failed", "missing") if bad in known), min(known))
    return found


def disagreements(cases: list[Case], folder: Path) -> list[str]:
    """What the cases say and pytest does not, each in a line; every tree of every case is run."""
    runs: dict[str, tuple[Case, str]] = {}
    for case in cases:
        trees = {"base": case.base, "candidate": case.candidate, "on_base": case.on_base, "wrong": case.with_wrong}
        for name, files in trees.items():
            at = folder / case.id / name
            _write(at, files)
            runs[str(at)] = (case, name)
    done = subprocess.run(
        [sys.executable, str(HERE / "outcomes.py"), *runs],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
    )  # fmt: skip
    found: list[str] = []
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["folder"] for answer in answers] == list(runs)
    for answer in answers:
        case, tree = runs[answer["folder"]]
        outcomes = _outcome(case, answer)
        passes = set(outcomes.values()) <= {"passed", "skipped"}
        if tree == "base":
            right = answer["exit"] == 0
        elif tree == "candidate":
            right = answer["exit"] == 0 and passes
        elif tree == "on_base":
            right = passes == case.passes_on_base
        else:
            right = passes if case.vacuous else answer["exit"] == 1 and "failed" in outcomes.values()
        if not right:
            found.append(f"{case.id} {tree}: exit {answer['exit']}, {outcomes}")
    return found


def test_sample_agrees_with_pytest(tmp_path: Path) -> None:
    assert disagreements(SAMPLE, tmp_path) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_case_agrees_with_pytest(tmp_path: Path) -> None:
    assert disagreements(PYTHON, tmp_path) == []


def test_a_lie_is_found(tmp_path: Path) -> None:
    """A case whose claims are turned round disagrees in the trees the claims are about."""
    case = next(case for case in CASES[OPEN] if case.id == "tautology-01")
    lie = replace(case, kind=HONEST, passes_on_base=not case.passes_on_base)
    assert [line.split(":")[0] for line in disagreements([lie], tmp_path)] == [
        "tautology-01 on_base",
        "tautology-01 wrong",
    ]
