"""Whichever back end installed the user's checkout editable, the evidence is about the candidate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.backends import BACKENDS, GOOD, WRONG, BackEnd, install_editable
from tests.real.replay import Replay, run_autopack

SAMPLE = ("setuptools flat", "hatchling")
CASES = [pytest.param(name, marks=pytest.mark.e2e if name in SAMPLE else pytest.mark.slow) for name in BACKENDS]
ALARM = 'raise RuntimeError("the user\'s checkout was imported")\n'


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> BackEnd:
    return BACKENDS[request.param]


def change(backend: BackEnd, folder: Path, content: str) -> Replay:
    path = "gauge/core.py" if backend.source == "." else f"{backend.source}/gauge/core.py"
    answer = {"summary": "Change the gauge", "files": [{"path": path, "action": "modify", "content": content}]}
    tests = {"paths": ["tests"], "timeout_seconds": 120}
    return run_autopack(folder, folder / "repo", answer, tests, [path])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", CASES, indirect=True)
def test_a_regression_in_the_candidate_is_caught_beside_a_good_checkout(backend, tmp_path):
    install_editable(backend, tmp_path / "repo", GOOD)
    done = change(backend, tmp_path, WRONG)
    assert (done.state, done.phase) == ("DONE_FAILED_REQUIRES_HUMAN_REVIEW", "FAILED"), done.why
    assert {*done.codes} == {"AP401"}, done.why
    assert failing(done) == {"tests/test_gauge.py::test_read", "tests/test_gauge.py::test_child_process"}, done.why
    assert done.at_base
    assert done.untouched


@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", CASES, indirect=True)
def test_a_fix_in_the_candidate_is_seen_beside_a_broken_checkout(backend, tmp_path):
    install_editable(backend, tmp_path / "repo", WRONG)
    source = tmp_path / "repo" / backend.source / "gauge"
    (source / "core.py").write_text(ALARM)
    (source / "__init__.py").write_text(ALARM)
    done = change(backend, tmp_path, GOOD)
    assert done.complete, done.why
    assert done.untouched


def failing(done: Replay) -> set[str]:
    messages = " ".join(f["message"] for p in done.events[-1]["phases"] for f in p["findings"])
    return {f"tests/test_gauge.py::{name}" for name in ("test_read", "test_scale", "test_of_the_package",
                                                        "test_child_process") if f"{name} " in f"{messages} "}  # fmt: skip
