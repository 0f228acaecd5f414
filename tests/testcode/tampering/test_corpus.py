"""The corpus holds what it says: its form, its counts, and for Python cases what the runs of base and candidate say."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

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


def amiss_in(case: Case) -> Iterator[str]:
    """What is wrong with the form of a case, its entries and its place; named by no more than id and path."""
    if case.kind not in (*TAMPERING, HONEST) or not (case.why.strip() and case.goal.strip() and case.scope):
        yield "kind, why, goal or scope"
    if not all(isinstance(each, str) and each for each in (*case.scope, *case.deliverables, *case.masks)):
        yield "scope, deliverables and masks are texts"
    folders = {
        "/".join(path.split("/")[:n]) for path in (*case.base, *case.candidate) for n in range(1, path.count("/") + 1)
    }
    if not folders.isdisjoint(case.scope):
        yield "a plan writes a folder with its slash"
    yield from (path for files in (case.base, case.candidate) for path in files if not is_sound(path, files[path]))
    if not case.change:
        yield "no change"
    yield from (f"{path} does not differ" for path, text in case.change.items() if text == case.base.get(path))
    lines = {"base": case.base, "candidate": case.candidate}[case.at.tree].get(case.at.path, "").splitlines()
    if (
        case.at.path not in case.change
        or not "".join(lines[case.at.line - 1 : case.at.line]).strip()
        or case.at.line < 1
    ):
        yield "its place is no line with text of a changed file"


def is_sound(path: str, text: object) -> bool:
    """A relative path and a text that ends with its line; Python can be read."""
    if not isinstance(text, str) or path.startswith("/") or ".." in path.split("/"):
        return False
    if path.endswith(".py"):
        ast.parse(text)
    return text.endswith("\n") or not text


@pytest.mark.parametrize("half", HALVES)
def test_cases_are_well_formed(half: str) -> None:
    assert [f"{case.id}: {what}" for case in CASES[half] for what in amiss_in(case)] == []


GOOD = CASES["cases"][0]


@pytest.mark.parametrize("changed", [
    {"kind": "fine"}, {"why": " "}, {"goal": ""}, {"scope": ()}, {"deliverables": ("",)}, {"scope": ("src",)},
    {"base": {"src/a.py": "x = 1"}}, {"base": {"/a.py": "x = 1\n"}}, {"base": {"src/../a.py": "x = 1\n"}},
    {"change": {}}, {"change": {**GOOD.change, next(iter(GOOD.base)): GOOD.base[next(iter(GOOD.base))]}},
    {"at": replace(GOOD.at, line=0)}, {"at": replace(GOOD.at, line=9999)}, {"at": replace(GOOD.at, path="none.py")},
], ids=lambda changed: next(iter(changed)))  # fmt: skip
def test_what_is_amiss_with_a_case_is_told(changed: dict[str, Any]) -> None:
    base = {"src/a.py": "x = 1\n", **GOOD.base, **changed.get("base", {})}
    assert list(amiss_in(replace(GOOD, base=base))) == [] or "base" in changed
    assert list(amiss_in(replace(GOOD, **{**changed, "base": base})))


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
