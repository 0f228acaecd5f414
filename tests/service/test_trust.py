"""Consent to an interpreter that came into the repository after the run had started."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from autopack.errors import PlanRejected
from autopack.model.states import RunState
from autopack.service import Service
from tests.kit.project import Project
from tests.kit.runs import Cli
from tests.kit.tiny import expect, make, refused


def opened(project: Project) -> Service:
    env = project.environment()
    del env["AUTOPACK_TARGET_PYTHON"]
    return Service.open(project.root, env=env)


def bring_interpreter(project: Project) -> Path:
    python = project.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return python


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Run `t` is started, nothing of it is driven."""
    project = make(tmp_path).project
    with opened(project) as service:
        service.start(project.plan, cassette=project.cassette, trust=True)
    return project


def test_it_is_asked_for_once_and_remembered(project: Project) -> None:
    python = bring_interpreter(project)
    asked: list[str] = []

    def say(lines: list[str], *, word: bool) -> bool:
        asked.extend(lines)
        return word

    with opened(project) as service:
        with pytest.raises(PlanRejected, match="not agreed") as refusal:
            service.resume("t")
        (found,) = refusal.value.findings
        assert (found.code, found.path) == ("AP121", "plan.autopack.yaml") and str(python) in found.message
        assert "autopack resume t --trust-plan" in refusal.value.hint
        with pytest.raises(PlanRejected):
            service.resume("t", again=True, trust=lambda lines: say(lines, word=False))
        assert not service.status("t").owned and service.status("t").state == "PLAN_BOOTSTRAP"
        assert service.resume("t", trust=lambda lines: say(lines, word=True)) is RunState.PLAN_BOOTSTRAP
        assert asked == [f"interpreter: {python}"] * 2
    with opened(project) as service:
        service.resume("t")
        assert asyncio.run(service.drive("t")).state is RunState.DONE_SUCCESS


def test_one_that_was_agreed_to_at_the_start_is_not_asked_for_again(tmp_path: Path) -> None:
    project = make(tmp_path).project
    bring_interpreter(project)
    with opened(project) as service:
        service.start(project.plan, cassette=project.cassette, trust=True)
    with opened(project) as service:
        assert service.resume("t") is RunState.PLAN_BOOTSTRAP


def test_one_the_user_names_outside_the_repository_needs_no_word(project: Project) -> None:
    bring_interpreter(project)
    with Service.open(project.root, env=project.environment()) as service:
        assert service.resume("t") is RunState.PLAN_BOOTSTRAP


def test_the_command_line_refuses_and_takes_the_word_beforehand(project: Project) -> None:
    python = bring_interpreter(project)
    cli, own = Cli(project), {"AUTOPACK_TARGET_PYTHON": ""}
    line = refused(cli("resume", "t", env=own), 2, "AP121")
    assert str(python) in line["message"] and line["findings"][0]["code"] == "AP121"
    expect(cli("resume", "t", "--trust-plan", env=own), 0, "DONE_SUCCESS")
