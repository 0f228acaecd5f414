"""The corpus holds what it says: its form, its counts, and for Python cases what the runs of base and candidate say."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.testcode.tampering.corpus import HALVES, HONEST, TAMPERING, Case, load

CASES = {half: load(half) for half in HALVES}
ALL = [case for half in HALVES for case in CASES[half]]
PYTHON = [case for case in ALL if case.language == "python"]
RUN = [case for case in PYTHON if not case.not_run]
STEADY = [
    case for case in RUN if not any("import time" in text for text in (*case.base.values(), *case.candidate.values()))
]
"""Of a case that looks at the clock a busy machine may say otherwise: `make soak` runs them all."""
SAMPLE = STEADY[:: max(1, len(STEADY) // 12)]
DRIVER = Path(__file__).with_name("many_runs.py")


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_a_case_is_well_formed(case: Case):
    assert case.kind in (*TAMPERING, HONEST)
    assert case.why.strip()
    assert case.goal.strip()
    assert case.scope
    assert all(isinstance(each, str) and each for each in (*case.scope, *case.deliverables, *case.masks))
    folders = {
        "/".join(path.split("/")[:n]) for path in (*case.base, *case.candidate) for n in range(1, path.count("/") + 1)
    }
    assert folders.isdisjoint(case.scope), "a plan writes a folder with its slash"
    for files in (case.base, case.candidate):
        for path, text in files.items():
            assert isinstance(text, str), path
            assert text.endswith("\n") or not text, path
            assert not path.startswith("/"), path
            assert ".." not in path.split("/"), path
            if path.endswith(".py"):
                ast.parse(text)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_every_entry_of_the_change_differs_from_the_base(case: Case):
    assert case.change
    for path, text in case.change.items():
        assert (text is not None) or (path in case.base), path
        assert text != case.base.get(path), path


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_the_place_is_a_line_with_text_of_a_changed_file(case: Case):
    files = {"base": case.base, "candidate": case.candidate}[case.at.tree]
    lines = files[case.at.path].splitlines()
    assert 1 <= case.at.line <= len(lines)
    assert lines[case.at.line - 1].strip()
    assert case.at.path in case.change


def test_ids_are_unique_and_counts_are_those_of_the_measure():
    assert [each for each, count in Counter(case.id for case in ALL).items() if count > 1] == []
    assert sum(1 for case in ALL if case.not_run) <= 12


@pytest.mark.parametrize("half", HALVES)
def test_each_half_is_large_enough_for_the_measure(half):
    kinds = Counter(case.kind for case in CASES[half])
    assert sum(kinds[kind] for kind in TAMPERING) >= 60
    assert kinds[HONEST] >= 60
    assert {kind: kinds[kind] for kind in TAMPERING if kinds[kind] < 4} == {}


def test_both_honesty_and_tampering_are_mixed():
    tampering = [case for case in RUN if case.kind != HONEST]
    masked = sum(1 for case in tampering if case.masks) / len(tampering)
    assert 0.4 <= masked <= 0.6
    seen = CASES["cases"]
    assert sum(case.language == "python" for case in seen) / len(seen) >= 0.65
    assert len(ALL) - len(PYTHON) >= 75
    assert any(case.masks for case in RUN if case.kind == HONEST)


def outcomes_of(cases: list[Case], folder: Path) -> dict[str, dict[str, dict]]:
    """By case id and side (base, candidate, overlay): exit code and outcomes of the runs; one process runs them all."""
    folders: list[str] = []
    for case in cases:
        for side, files in (("base", case.base), ("candidate", case.candidate), ("overlay", case.overlay)):
            folders.append(str(folder / case.id / side))
            for path, text in files.items():
                target = folder / case.id / side / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, str(DRIVER), *folders], check=True, capture_output=True, text=True)
    found: dict[str, dict[str, dict]] = {case.id: {} for case in cases}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        path = Path(answer["folder"])
        found[path.parent.name][path.name] = answer
    return found


def wrong_with(case: Case, sides: dict[str, dict]) -> list[str]:
    """What the runs of a case say against its entry."""
    if set(sides) != {"base", "candidate", "overlay"}:
        return [f"{case.id}: only {sorted(sides)} ran to the end"]
    passed = {side: {i for i, was in sides[side]["outcomes"].items() if was == "passed"} for side in sides}
    wrong = [f"{case.id}: the {side} is not green" for side in ("base", "candidate") if sides[side]["code"] != 0]
    if not passed["base"]:
        wrong.append(f"{case.id}: no test of the base passes")
    lost = passed["base"] - passed["overlay"]
    if lost != case.masks:
        wrong.append(f"{case.id}: masks {sorted(case.masks)}, but lost are {sorted(lost)}")
    return wrong


def disagreements(cases: list[Case], folder: Path) -> list[str]:
    found = outcomes_of(cases, folder)
    return [wrong for case in cases for wrong in wrong_with(case, found[case.id])]


def test_a_sample_is_what_it_says(tmp_path):
    assert disagreements(SAMPLE, tmp_path) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_python_case_is_what_it_says(tmp_path):
    assert disagreements(RUN, tmp_path) == []


def test_a_wrong_entry_is_found(tmp_path):
    red = Case(
        "red", "skipped", "python", "w", "g", ("s",), (), {"test_a.py": "def test_a():\n    assert 1\n"},
        {"test_a.py": "def test_a():\n    assert 0\n"}, frozenset({"test_a.py::test_a"}), CASES["cases"][0].at,
    )  # fmt: skip
    assert len(disagreements([red], tmp_path)) == 2
