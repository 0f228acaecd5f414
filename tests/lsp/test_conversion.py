from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from autopack_server.lsp import contract
from autopack_server.lsp.conversion import camel, give, take
from autopack_server.lsp.refusals import BadArguments

APPROVE = {"requestId": "r", "digest": "d"}


@attrs.frozen
class Limits:
    ratio: float
    inner: contract.Explain
    names: list[str]
    cap: int | None


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (contract.StartRun, {}, "planUri: missing, expected a string"),
        (contract.StartRun, {"plan_uri": "x"}, "planUri: missing, expected a string"),
        (contract.StartRun, {"planUri": 5}, "planUri: expected a string, got a number"),
        (contract.StartRun, {"planUri": None}, "planUri: expected a string, got null"),
        (contract.StartRun, {"planUri": ["x"]}, "planUri: expected a string, got a list"),
        (contract.StartRun, {"planUri": "x", "trust": "no"}, 'trust: expected true or false, got "no"'),
        (contract.StartRun, {"planUri": "x", "trust": 1}, "trust: expected true or false, got a number"),
        (contract.StartRun, {"planUri": "x", "trust": None}, "trust: expected true or false, got null"),
        (contract.StartRun, {"planUri": "x", "phases": "a"}, 'phases: expected a list, got "a"'),
        (contract.StartRun, {"planUri": "x", "phases": ["a", 1]}, "phases[1]: expected a string, got a number"),
        (
            contract.StartRun,
            {"planUri": "x", "base": "tail"},
            'base: expected one of "head", "working-tree", got "tail"',
        ),
        (contract.ResumeRun, {"runId": "r", "tokenCap": "5"}, 'tokenCap: expected a whole number, got "5"'),
        (contract.ResumeRun, {"runId": "r", "tokenCap": 5.0}, "tokenCap: expected a whole number, got a number"),
        (contract.ResumeRun, {"runId": "r", "tokenCap": True}, "tokenCap: expected a whole number, got true"),
        (contract.ResumeRun, {"runId": "r", "moneyCapUsd": []}, "moneyCapUsd: expected a number, got a list"),
        (contract.ResumeRun, {"runId": "r", "phaseTokenCaps": [1]}, "phaseTokenCaps: expected an object, got a list"),
        (contract.ResumeRun, {"runId": "r", "phaseTokenCaps": {"a": "5"}},
         'phaseTokenCaps.a: expected a whole number, got "5"'),
        (contract.ApproveRequest, {"requestId": "r"}, "digest: missing, expected a string"),
        (contract.ApproveRequest, {**APPROVE, "scope": "all"}, 'scope: expected one of "once", "phase", "path", got "all"'),
        (contract.ApproveRequest, {**APPROVE, "scope": 1}, 'scope: expected one of "once", "phase", "path", got a number'),
        (contract.RunRef, [], "arguments: expected an object, got a list"),
        (contract.RunRef, "r", 'arguments: expected an object, got "r"'),
        (Limits, {"ratio": 1, "inner": {"code": 1}, "names": []}, "inner.code: expected a string, got a number"),
        (Limits, {"ratio": 1, "inner": {"code": ""}, "names": []}, "cap: missing, expected a whole number or null"),
        (Limits, {"ratio": False, "inner": {"code": ""}, "names": []}, "ratio: expected a number, got false"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_its_key(kind: type, data: Any, told: str) -> None:
    with pytest.raises(BadArguments) as refused:
        take(kind, data)
    assert (refused.value.message, refused.value.code) == (told, -32602)


def test_what_fits_is_taken_and_unknown_keys_are_left() -> None:
    taken = take(contract.StartRun, {"planUri": "p", "phases": ["a"], "base": None, "trust": True, "later": {"x": 1}})
    assert taken == contract.StartRun("p", phases=["a"], trust=True)
    assert take(contract.ResumeRun, {"runId": "r", "moneyCapUsd": 5}).money_cap_usd == 5
    assert take(contract.FolderRef, {}) == contract.FolderRef()


def test_every_command_takes_what_its_own_type_says() -> None:
    """The values given back are those taken, through JSON."""
    for spec in contract.COMMANDS:
        required = {f.name: "x" for f in attrs.fields(spec.takes) if f.default is attrs.NOTHING}
        value = spec.takes(**required)
        assert take(spec.takes, json.loads(json.dumps(give(value)))) == value


def test_names_are_camel_case_on_the_wire_and_none_is_null() -> None:
    snapshot = contract.RunSnapshot(
        "r",
        "file:///f",
        3,
        "s",
        "s",
        phases=[contract.PhaseSnapshot("p", "QUEUED", attempts=[contract.AttemptSnapshot(1)])],
    )
    given = give(contract.RunsChanged("r", 3, snapshot))["snapshot"]
    assert (given["folderUri"], given["atWork"], given["usage"]["costUsd"]) == ("file:///f", False, None)
    assert given["phases"][0]["attempts"] == [{"number": 1, "outcome": "", "detail": "", "steps": []}]
    assert camel("max_duration_minutes") == "maxDurationMinutes"
