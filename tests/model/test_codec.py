"""Every type the journal keeps comes back from JSON as it went in."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from autopack.model import codec
from autopack.model.approvals import ApprovalRequest, Decision, Grant
from autopack.model.attempt import Answer, Candidate, Context, ContextFile, Outcome, OutcomeKind
from autopack.model.audit import AuditReport
from autopack.model.completion import Completion, ModelRequest, Prompt, Usage
from autopack.model.evidence import CheckResult, Delta, Evidence
from autopack.model.findings import Finding, Range
from autopack.model.plan import Phase, Plan
from autopack.model.rules import finding
from autopack.model.test_report import CollectionError, Failure, Provenance, TestOutcome, TestReport, TestResult
from autopack.model.verdict import GateResult, Verdict

KEPT: list[type[Any]] = [
    ApprovalRequest, Decision, Grant, Answer, Candidate, Context, ContextFile, Outcome, Usage, AuditReport, CheckResult,
    CollectionError, Delta, Evidence, Failure, Provenance, TestReport, TestResult, Finding, Range, GateResult, Verdict,
    Prompt, ModelRequest,
]  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
JSON = st.dictionaries(TEXT, st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXT), max_size=2)
st.register_type_strategy(str, TEXT)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False, width=32))


@pytest.mark.parametrize("cls", KEPT, ids=lambda cls: cls.__name__)
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_dumped_is_json_and_loads_to_the_same(cls: type[Any], data: st.DataObject) -> None:
    known: dict[str, Any] = {}
    if cls in (Prompt, ModelRequest):
        known["schema"] = data.draw(st.none() | JSON)
    value = data.draw(st.builds(cls, **{name: st.just(v) for name, v in known.items()}))
    dumped = codec.dump(value)
    assert codec.load(cls, json.loads(json.dumps(dumped))) == value


def test_every_dataclass_of_the_steps_is_among_those() -> None:
    """What a kept type holds is kept too."""
    for cls in KEPT:
        assert is_dataclass(cls) and fields(cls)


def test_enums_are_their_values_and_tuples_lists() -> None:
    outcome = Outcome(OutcomeKind.TESTS_FAILED, (finding("AP401", "fails", range=Range.of_line(3)),))
    dumped = codec.dump(outcome)
    assert dumped["kind"] == "tests_failed" and isinstance(dumped["findings"], list)
    assert dumped["findings"][0]["range"]["start"] == {"line": 3, "column": 1}


def test_many_are_loaded_in_order() -> None:
    results = [TestResult("a", TestOutcome.PASSED), TestResult("b", TestOutcome.FAILED, 0.5, Failure("b.py", 1, "no"))]
    assert codec.load_many(TestResult, [codec.dump(r) for r in results]) == tuple(results)


@pytest.mark.parametrize(("cls", "data"), [
    (Outcome, {"kind": "nonsense"}), (TestResult, {"outcome": "passed"}), (Decision, None), (Candidate, []),
])  # fmt: skip
def test_what_was_not_dumped_does_not_load(cls: type[Any], data: Any) -> None:
    with pytest.raises(ValidationError):
        codec.load(cls, data)


def test_a_plan_keeps_its_aliases_and_defaults() -> None:
    plan = Plan.model_validate({
        "autopack": 1, "run": {"id": "x"}, "workspace": {"copy": [".env.test"]},
        "phases": [{"id": "one", "goal": "Do it.", "scope": {"paths": ["a.py"]}}],
    })  # fmt: skip
    dumped = codec.dump(plan)
    assert dumped["workspace"]["copy"] == [".env.test"]
    assert Plan.model_validate_json(plan.model_dump_json(by_alias=True)) == plan
    assert codec.load(Plan, dumped) == plan and codec.load(Phase, dumped["phases"][0]) == plan.phases[0]


def test_a_completion_without_parsed_comes_back() -> None:
    done = Completion("text", Usage(1, None), "max_tokens", "req-1", "model", None, 0.25)
    assert codec.load(Completion, codec.dump(done)) == done
