"""The recorded answers of a judge fit the cases they are about, word for word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopack.auditor import parse_tests
from autopack.model.audit import TestPoint
from tests.testcode.tampering.corpus import HALVES, Case, is_test, load

FILES = sorted(Path(__file__).with_name("answers").glob("*.jsonl"))
CASES = {case.id: case for half in HALVES for case in load(half)}


def recorded(path: Path) -> list[tuple[Case, dict]]:
    return [(CASES[line["id"]], line["answer"]) for line in map(json.loads, path.read_text("utf-8").splitlines())]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_answer_can_be_read_and_quotes_what_stands_there(path: Path) -> None:
    answers = recorded(path)
    assert len({case.id for case, _ in answers}) == len(answers) > 50
    for case, answer in answers:
        points = tuple(TestPoint(str(n), asked=True, kept=True) for n in range(len(answer["rulings"])))
        tests = [text for name, text in case.change.items() if text is not None and is_test(name)]
        ruled, unclear = parse_tests(json.dumps(answer), points, case.goal, tests)
        assert (unclear, len(ruled)) == ("", len(points)), case.id
