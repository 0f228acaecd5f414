"""Whichever back end installed the user's checkout editable: a regression beside a good checkout is caught, and a fix
beside a checkout that cannot even be imported is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.backends import BACKENDS, GOOD, WRONG, BackEnd, install_editable
from tests.real.replay import Replay, run_autopack
from tests.real.target import git

SAMPLE = ("setuptools flat", "hatchling")
CASES = [pytest.param(name, marks=pytest.mark.e2e if name in SAMPLE else pytest.mark.slow) for name in BACKENDS]
ALARM = 'raise RuntimeError("the user\'s checkout was imported")\n'


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> BackEnd:
    return BACKENDS[request.param]


def change(backend: BackEnd, repo: Path, folder: Path, content: str) -> Replay:
    path = "gauge/core.py" if backend.source == "." else f"{backend.source}/gauge/core.py"
    answer = {"summary": "Change the gauge", "files": [{"path": path, "action": "modify", "content": content}]}
    folder.mkdir()
    return run_autopack(folder, repo, answer, {"paths": ["tests"], "timeout_seconds": 120}, [path])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", CASES, indirect=True)
def test_the_evidence_is_about_the_candidate(backend, tmp_path):
    repo = tmp_path / "repo"
    install_editable(backend, repo, GOOD)

    done = change(backend, repo, tmp_path / "regression", WRONG)
    assert (done.state, done.phase) == ("DONE_FAILED_REQUIRES_HUMAN_REVIEW", "FAILED"), done.why
    assert failing(done) == {"test_read", "test_child_process"}, done.why
    assert done.at_base
    assert done.untouched

    source = repo / backend.source / "gauge"
    (source / "core.py").write_text(WRONG)
    git(repo, "commit", "-q", "-a", "-m", "break the gauge")
    (source / "core.py").write_text(ALARM)
    (source / "__init__.py").write_text(ALARM)
    done = change(backend, repo, tmp_path / "fix", GOOD)
    assert done.complete, done.why
    assert done.untouched


def failing(done: Replay) -> set[str]:
    """The tests that AP401 names."""
    found = [f["message"] for p in done.events[-1]["phases"] for f in p["findings"] if f["code"] == "AP401"]
    return {message.split()[0].rpartition("::")[2] for message in found}
