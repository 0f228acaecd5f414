"""A key that a model of the run needs and the environment lacks: told before the run exists, and before it is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from autopack import fault
from autopack.errors import EnvironmentRefused
from autopack.model.states import RunState
from autopack.service import Service
from autopack.service.keys import asks_a_model
from tests.kit.project import Project, builder
from tests.kit.tiny import DELETES, answer, byte_identical, make, phase

MODELS = {"AUTOPACK_MODELS_BUILDER": "claude-sonnet-5-5", "AUTOPACK_MODELS_AUDITOR": "gpt-6-luna"}
KEYS = {"ANTHROPIC_API_KEY": "k" * 20, "OPENAI_API_KEY": "k" * 20}
DROPS = builder("work", "Drop the table", DELETES)


def opened(project: Project, more: Mapping[str, str]) -> Service:
    return Service.open(project.root, env={**project.environment(), **more})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make(tmp_path, phase("work", "app.py", "table.py"), answers=[DROPS]).project


Driven = Callable[..., Service]


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[Driven]:
    """The service after one drive of run `t` from a cassette."""
    held: list[Service] = []

    def go(*phases: Mapping[str, Any], answers: list[dict[str, Any]]) -> Service:
        project = make(tmp_path, *phases, answers=answers).project
        held.append(opened(project, {}))
        held[0].start(project.plan, cassette=project.cassette, trust=True)
        asyncio.run(held[0].drive("t"))
        return held[0]

    yield go
    for service in held:
        service.close()


def test_a_start_names_model_provider_variable_and_where_the_model_was_chosen(project: Project) -> None:
    with opened(project, MODELS) as service:
        with byte_identical(project.root), pytest.raises(EnvironmentRefused) as refused:
            service.start(project.plan, trust=lambda _: pytest.fail("asked for consent first"))
        assert service.runs() == []
    said = str(refused.value)
    assert (refused.value.code, refused.value.exit_code) == ("AP707", 4)
    for word in ("claude-sonnet-5-5", "anthropic", "ANTHROPIC_API_KEY", "gpt-6-luna", "openai", "OPENAI_API_KEY",
                 "models.builder: environment AUTOPACK_MODELS_BUILDER", "export ", "--cassette"):  # fmt: skip
        assert word in said, word


def test_only_what_lacks_a_key_is_named(project: Project) -> None:
    with opened(project, MODELS | {"ANTHROPIC_API_KEY": "k"}) as service, pytest.raises(EnvironmentRefused) as refused:
        service.start(project.plan, trust=True)
    assert "OPENAI_API_KEY" in str(refused.value) and "ANTHROPIC_API_KEY" not in str(refused.value)


@pytest.mark.parametrize(
    "more",
    [KEYS, {"AUTOPACK_PROVIDERS_ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "OPENAI_API_KEY": "k"}],
    ids=["keys", "an endpoint of the user's"],
)
def test_a_run_whose_models_can_be_asked_is_created(project: Project, more: dict[str, str]) -> None:
    with opened(project, MODELS | more) as service:
        assert service.start(project.plan, trust=True) == "t"


def test_a_replay_needs_no_key(project: Project) -> None:
    with opened(project, MODELS) as service:
        assert service.start(project.plan, cassette=project.cassette, trust=True) == "t"


def test_a_resume_without_the_key_changes_nothing(project: Project) -> None:
    with opened(project, MODELS | KEYS) as service:
        service.start(project.plan, trust=True)
    with opened(project, MODELS) as service:
        before = service.status("t")
        with pytest.raises(EnvironmentRefused, match="AP707"):
            service.resume("t", token_cap=7)
        assert service.status("t") == before and not before.owned
        assert service.store.get("t", "raised:token_cap") is None
    with opened(project, MODELS | KEYS) as service:
        assert service.resume("t") is RunState.PLAN_BOOTSTRAP


def test_what_waits_for_a_person_asks_no_model(driven: Driven) -> None:
    service = driven(phase("work", "app.py", "table.py"), answers=[DROPS])
    assert not asks_a_model(service.store, "t", again=False), "it parks again"
    service.approve("t")
    assert not asks_a_model(service.store, "t", again=False), "it is accepted, and nothing is left"


def test_what_a_person_rejected_goes_back_to_the_model(driven: Driven) -> None:
    service = driven(phase("work", "app.py", "table.py"), answers=[DROPS])
    service.reject("t", reason="keep it")
    assert asks_a_model(service.store, "t", again=False)


def test_a_phase_after_the_accepted_one_asks_a_model(driven: Driven) -> None:
    service = driven(phase("work", "app.py", "table.py"), phase("next"), answers=[DROPS])
    service.approve("t")
    assert asks_a_model(service.store, "t", again=False)


def test_a_failed_phase_asks_a_model_only_when_it_is_tried_again(driven: Driven) -> None:
    service = driven(phase("work", attempt_cap=1), answers=[answer(content="def add(:\n")])
    assert service.status("t").state == "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    assert not asks_a_model(service.store, "t", again=False)
    assert asks_a_model(service.store, "t", again=True)
    assert asks_a_model(service.store, "t", again=False, anew=["work"]), "its own cap is raised"


def test_a_kill_between_the_tips_move_and_complete_leaves_nothing_to_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(tmp_path).project
    with opened(project, {}) as service:
        service.start(project.plan, cassette=project.cassette, trust=True)
        assert asks_a_model(service.store, "t", again=False)
        hits = fault._hits.get("finalize.tip_moved", 0) + 1
        monkeypatch.setattr(fault, "_armed", ("finalize.tip_moved", "raise", hits))
        with pytest.raises(RuntimeError, match="tip_moved"):
            asyncio.run(service.drive("t"))
        assert not asks_a_model(service.store, "t", again=False)
        service.retry("t", "work")
        assert asks_a_model(service.store, "t", again=False), "a person took the candidate away"
