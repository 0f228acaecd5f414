"""A phase that needs more than its scope: what it may ask for, who gives it, and what that is good for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autopack.model.approvals import Scope, Stage
from autopack.model.states import PhaseState, RunState
from tests.engine.conftest import Make, Trial
from tests.kit.project import builder, whole
from tests.kit.tiny import SUB, phase

WHY = "lookup lives in lib.py and must learn the new name"
LIB = "def lookup(name):\n    return name\n"
WIDER = LIB + "\n\ndef other(name):\n    return name\n"


def asks(*paths: str, why: str = WHY, **match: Any) -> dict[str, Any]:
    """A cassette line whose answer only asks."""
    answer = {"summary": "It cannot be done here", "requests": [{"paths": list(paths), "why": why}]}
    return {"match": {"role": "builder", "phase": "work", **match}, "answer": answer}


def changes(path: str = "lib.py", content: str = WIDER, **match: Any) -> dict[str, Any]:
    return builder("work", f"Change {path}", whole("app.py", SUB), whole(path, content), **match)


def prompts(trial: Trial, attempt: int) -> str:
    """Everything the Builder was shown in the attempt."""
    call = next(c for c in trial.store.calls(trial.run) if (c.attempt, c.role) == (attempt, "builder"))
    return trial.store.blob(call.prompt).decode()


def findings(trial: Trial, attempt: int) -> list[tuple[str, str]]:
    outcome = trial.store.attempts(trial.run, "work")[attempt - 1].outcome
    assert outcome is not None
    return [(f.code, f.message) for f in outcome.findings]


@pytest.fixture
def asking(trial: Make) -> Callable[..., Trial]:
    def begin(*answers: dict[str, Any], files: dict[str, str] | None = None, **more: Any) -> Trial:
        return trial(phase("work", "app.py", **more.pop("spec", {})), answers=answers,
                     files={"lib.py": LIB, **(files or {})}, **more)  # fmt: skip

    return begin


def test_what_a_person_gives_is_shown_and_may_be_changed_and_costs_no_attempt(asking: Any) -> None:
    made = asking(asks("lib.py", attempt=1), changes(attempt=2, contains=LIB.strip()), spec={"attempt_cap": 1})
    assert made.go().waiting == tuple(made.pending())
    (request,) = made.store.requests(made.run)
    assert (request.stage, request.paths, request.codes) == (Stage.WIDEN, ("lib.py",), ("AP314",))
    assert made.phases()["work"] is PhaseState.AWAITING_APPROVAL
    said = "\n".join(request.reasons)
    assert "risk medium of 'lib.py'" in said and WHY in said and "own words" in said
    made.service.approve(made.run, request.id, digest=request.digest, actor="maria")
    assert made.resume().state is RunState.DONE_SUCCESS
    assert made.outcomes("work") == ["asked", "complete"]
    assert made.file("lib.py") == WIDER.strip()
    assert len(made.store.requests(made.run)) == 1, "the change that came needed no second word"
    decision = made.store.decision(request.id)
    assert decision is not None and (decision.actor, decision.scope) == ("maria", Scope.PHASE)
    assert "You may change 'lib.py' in this phase now" in prompts(made, 2)
    made.sound()
