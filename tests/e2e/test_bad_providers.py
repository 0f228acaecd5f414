"""Model providers that refuse, stumble and break off: the real SDKs over HTTP against a scripted endpoint."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.kit.endpoint import Reply, ScriptedEndpoint
from tests.kit.project import whole
from tests.kit.runs import Cli, Ended, end_of
from tests.kit.tiny import MUL, SUB, expect, findings, make, one, phase, published, refused, sound, untouched

KEY = "sk-ant-api03-" + "a1B2c3D4e5" * 4
APPROVED = {"approved": True, "issues": []}
KINDS = ("anthropic", "openai")


def change(content: str = SUB) -> dict[str, Any]:
    return {"summary": "Change app.py", "files": [whole("app.py", content)]}


class Vendor:
    """One vendor's protocol as the environment of a run, its endpoint given by the test."""

    def __init__(self, kind: str, endpoint: ScriptedEndpoint) -> None:
        self.kind, self.endpoint = kind, endpoint

    @property
    def environment(self) -> dict[str, str]:
        url = self.endpoint.anthropic_url if self.kind == "anthropic" else self.endpoint.openai_url
        model = "claude-sonnet-5-5" if self.kind == "anthropic" else "gpt-6-luna"
        return {
            "AUTOPACK_RETRY_WAIT_MAX": "0",
            f"AUTOPACK_PROVIDERS_{self.kind.upper()}_BASE_URL": url,
            "AUTOPACK_MODELS_BUILDER": model,
            "AUTOPACK_MODELS_AUDITOR": model,
            f"{self.kind.upper()}_API_KEY": KEY,
            "NO_PROXY": "127.0.0.1",
        }

    def run(self, cli: Cli, *args: str) -> Ended:
        return cli(*(args or ("run", "plan.autopack.yaml", "--trust-plan")), env=self.environment)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def transient(kind: str) -> list[Reply]:
    """Everything that may pass, one after the other; then the answer."""
    whole_answer = json.dumps(change())
    return [
        Reply(status=429, headers={"retry-after": "1"}),
        Reply(status=500),
        Reply(whole_answer, cut=len(whole_answer) // 2, chunk=20),
        Reply(status=529),
        Reply(whole_answer, stream_error="overloaded_error", chunk=20),
    ]


def test_failures_that_pass_are_tried_again_and_the_run_completes(tmp_path: Path, kind: str) -> None:
    """429, 500, a cut stream, 529, an error in the stream: one call, six sends, one answer, nothing stored twice."""
    cli = make(tmp_path)
    with ScriptedEndpoint([*transient(kind), Reply(change()), Reply(APPROVED)]) as endpoint, untouched(cli.project):
        ended = expect(Vendor(kind, endpoint).run(cli), 0, "DONE_SUCCESS")
    assert endpoint.problem == "" and len(endpoint.requests) == 7
    said = [e["message"] for e in ended.events if e["event"] == "log" and "trying again" in e["message"]]
    assert len(said) == 5, said
    assert [e["role"] for e in ended.events if e["event"] == "model.called"] == ["builder", "auditor"]
    assert published(cli.project, "app.py") == SUB.strip()
    nowhere(cli, ended)
    sound(cli.project)


def nowhere(cli: Cli, ended: Ended) -> None:
    """The key is in no event, log, journal, artefact or report."""
    assert KEY not in json.dumps(ended.events) + ended.stderr
    places = (cli.project.root, cli.project.state)
    held = [p for place in places for p in place.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]
    assert held == []


FATAL = {
    "401": (Reply(status=401, message=f"invalid x-api-key: {KEY}"), "AP707", "check the key", 1),
    "402": (Reply(status=400, message="Your credit balance is too low"), "AP706", "credit", 1),
    "500": (Reply(status=500), "AP707", "resume", 6),
    "cut": (Reply("x" * 1000, cut=100), "AP707", "resume", 6),
    "no JSON": (Reply(body="<html>gateway</html>"), "AP707", "resume", 6),
}


@pytest.mark.parametrize(
    ("kind", "failure"),
    [("anthropic", "401"), ("anthropic", "402"), ("anthropic", "cut"), ("openai", "500"), ("openai", "no JSON")],
)
def test_a_failure_that_stays_ends_honestly_and_resume_pays_no_answered_call_again(
    tmp_path: Path, kind: str, failure: str
) -> None:
    """The first phase's calls are answered before the outage; after it only what was never answered is asked."""
    reply, code, hint, tries = FATAL[failure]
    cli = make(tmp_path, phase("first"), phase("second"))
    before = [Reply(change()), Reply(APPROVED)]
    with untouched(cli.project):
        with ScriptedEndpoint(lambda r: before[r.number - 1] if r.number <= 2 else reply) as endpoint:
            ended = expect(Vendor(kind, endpoint).run(cli), 1, "DONE_FAILED_ENVIRONMENT")
        found = one(ended, code)
        assert found["blocking"] and hint in found["message"].lower(), found
        assert len(endpoint.requests) == 2 + tries, [r.path for r in endpoint.requests]
        states = {p["id"]: p["state"] for p in ended.events[-1]["phases"]}
        assert states["first"] == "COMPLETE" and states["second"] != "COMPLETE"
        nowhere(cli, ended)
        with ScriptedEndpoint([Reply(change(MUL)), Reply(APPROVED)]) as mended:
            again = expect(Vendor(kind, mended).run(cli, "resume", "t", "--again"), 0, "DONE_SUCCESS")
    assert mended.problem == "" and len(mended.requests) == 2, "the answered calls are not asked again"
    assert published(cli.project, "app.py") == MUL.strip()
    calls = [e for e in (*ended.events, *again.events) if e["event"] == "model.called"]
    assert [(e["phase"], e["role"]) for e in calls] == [
        ("first", "builder"), ("first", "auditor"), ("second", "builder"), ("second", "auditor"),
    ]  # fmt: skip
    sound(cli.project)


def test_an_outage_during_the_audit_keeps_the_builders_answer(tmp_path: Path) -> None:
    """Same attempt, same candidate: after the outage only the auditor is asked."""
    kind, cli = "anthropic", make(tmp_path)
    with ScriptedEndpoint(lambda r: Reply(change()) if r.number == 1 else Reply(status=401)) as endpoint:
        ended = expect(Vendor(kind, endpoint).run(cli), 1, "DONE_FAILED_ENVIRONMENT")
    assert len(endpoint.requests) == 2
    with ScriptedEndpoint([Reply(APPROVED)]) as mended:
        again = expect(Vendor(kind, mended).run(cli, "resume", "t", "--again"), 0, "DONE_SUCCESS")
    assert len(mended.requests) == 1
    assert again.events[-1]["phases"][0]["attempts"] == 1 == ended.events[-1]["phases"][0]["attempts"]
    sound(cli.project)


def test_no_key_for_the_vendors_own_endpoint_is_told_before_there_is_a_run(tmp_path: Path, kind: str) -> None:
    cli = make(tmp_path)
    model = "claude-sonnet-5-5" if kind == "anthropic" else "gpt-6-luna"
    models = {"AUTOPACK_MODELS_BUILDER": model, "AUTOPACK_MODELS_AUDITOR": model}
    variable = f"{kind.upper()}_API_KEY"
    with untouched(cli.project):
        line = refused(cli("run", "plan.autopack.yaml", "--trust-plan", env=models), 4, "AP707")
    assert variable in line["message"] and model in line["message"] and f"export {variable}=" in line["hint"]
    assert cli("list").events == [] and not (cli.project.root / ".autonomous_runs").exists()


def test_a_resume_that_would_ask_a_model_needs_its_key_too(tmp_path: Path) -> None:
    """The outage left an open call; without the key the run is left as it is, with it it goes on."""
    cli = make(tmp_path)
    with ScriptedEndpoint(lambda _: Reply(status=401)) as endpoint:
        expect(Vendor("anthropic", endpoint).run(cli), 1, "DONE_FAILED_ENVIRONMENT")
    line = refused(cli("resume", "t", "--again"), 4, "AP707")
    assert "ANTHROPIC_API_KEY" in line["message"]
    assert cli("status", "t").events[0]["state"] == "DONE_FAILED_ENVIRONMENT", "it was not reopened"
    with ScriptedEndpoint([Reply(change()), Reply(APPROVED)]) as mended:
        expect(Vendor("anthropic", mended).run(cli, "resume", "t", "--again"), 0, "DONE_SUCCESS")
    sound(cli.project)


def test_nobody_listening_is_a_connection_failure(tmp_path: Path) -> None:
    cli = make(tmp_path)
    with ScriptedEndpoint([]) as endpoint:
        pass
    with untouched(cli.project):
        ended = expect(Vendor("anthropic", endpoint).run(cli), 1, "DONE_FAILED_ENVIRONMENT")
    assert "connection failed" in one(ended, "AP707")["message"].lower()
    sound(cli.project)


def test_a_model_that_never_answers_can_be_stopped_and_is_waited_for_no_longer_than_the_run_may_last(
    tmp_path: Path,
) -> None:
    """The endpoint keeps every connection open: SIGTERM checkpoints, a time cap ends, and the call is asked again."""
    cli = make(tmp_path)
    with ScriptedEndpoint(lambda _: Reply(change(), delay=600)) as endpoint:
        vendor = Vendor("anthropic", endpoint)
        process = cli.start("run", "plan.autopack.yaml", "--trust-plan", env=vendor.environment)
        while not endpoint.requests and process.poll() is None:
            endpoint.pause(0.02)
        process.send_signal(signal.SIGTERM)
        stopped = expect(end_of(process), 3, "STOPPED")
        used = cli("status", "t").events[0]["active_seconds"]
        late = expect(vendor.run(cli, "resume", "t", "--max-minutes", f"{(used + 3) / 60:.4f}"), 1)
    assert late.events[-1]["state"].startswith("DONE_FAILED_"), str(late)
    assert {f["code"] for f in findings(late)} & {"AP703", "AP707"}, findings(late)
    with ScriptedEndpoint([Reply(change()), Reply(APPROVED)]) as mended:
        again = Vendor("anthropic", mended).run(cli, "resume", "t", "--max-minutes", "60")
        expect(again, 0, "DONE_SUCCESS")
    assert stopped.events[-1]["phases"][0]["attempts"] == 1 == again.events[-1]["phases"][0]["attempts"]
    sound(cli.project)


def test_a_model_not_in_the_settings_is_named(tmp_path: Path) -> None:
    cli = make(tmp_path)
    ended = cli("run", "plan.autopack.yaml", "--trust-plan", env={"AUTOPACK_MODELS_BUILDER": "no-such-model"})
    assert ended.code in (1, 2) and "no-such-model" in json.dumps(ended.events) + ended.stderr, str(ended)
