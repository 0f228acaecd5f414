from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autopack.events import Event, EventName
from autopack.model.approvals import ApprovalRequest, ChangePart, HunkMark, Stage
from autopack.service.views import PhaseView, RunView
from autopack_server.cli.presenter import Presenter
from autopack_server.cli.status import request_lines, status_lines
from autopack_server.cli.words import Commands

REQUEST = ApprovalRequest(
    id="abc123", run="words", phase="part", attempt=1, stage=Stage.ACCEPT, codes=("AP303",), paths=("old\u202etxt",),
    digest="d" * 64, base="b" * 40, policy="p", nonce="n", reasons=("AP303 the change deletes 250 lines",), created_at=0,
)  # fmt: skip
BASE, TIP = "b" * 40, "c" * 40
USAGE = {"calls": 2, "input_tokens": 1500, "output_tokens": 90, "cost_usd": 0.0123}
STARTED: dict[str, Any] = {
    "plan": "plan.autopack.yaml", "project": "words", "base": BASE, "base_kind": "head", "autonomy": "supervised",
    "phases": ["greet", "part"], "goals": {"greet": "Greet people.", "part": "Say\ngoodbye."},
}  # fmt: skip


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Store:
    def request(self, request: str) -> ApprovalRequest | None:
        return REQUEST if request == REQUEST.id else None

    def parts(self, request: ApprovalRequest) -> tuple[ChangePart, ...]:
        hunks = tuple(HunkMark(f"{n}" * 8, 10 * n, 3, 10 * n, 4, "def f\u200b") for n in (1, 2))
        return (ChangePart(request.paths[0], request.paths, "modified", hunks),)

    def effect(self, *key: object) -> Any:
        assert key == ("words", "greet", 1, "test")
        results = [{"outcome": outcome} for outcome in ("failed", "passed", "passed")]
        return SimpleNamespace(result={"evidence": {"report": {"results": results}}})


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    user = SimpleNamespace(root=tmp_path, head=lambda: SimpleNamespace(commit=BASE), tracked=lambda _: set())
    return SimpleNamespace(
        user=user, state=tmp_path, store=Store(), events=lambda run: [event("run.started", **STARTED)]
    )


def event(name: str, phase: str = "", attempt: int = 0, time: float = 0.0, **data: Any) -> Event:
    return Event(EventName(name), "words", phase=phase, attempt=attempt, time=time, data=data)


def shown(service: Any, *events: Event, stream: io.StringIO | None = None, env: dict[str, str] | None = None) -> str:
    stream = stream or io.StringIO()
    presenter = Presenter(stream, service, env or {})
    for one in events:
        presenter.show(one)
    presenter.close()
    return stream.getvalue()


FINDING: dict[str, Any] = {
    "code": "AP401", "severity": "error", "path": "tests/test_x.py", "message": "test_x fails:\n  assert 1 == 2\x1b[31m",
    "range": {"start": {"line": 12, "column": 5}, "end": {"line": 12, "column": 9}},
}  # fmt: skip


def test_a_phase_that_takes_two_attempts(service: Any) -> None:
    text = shown(
        service,
        event("run.started", **STARTED),
        event("step.started", step="baseline", command="pytest tests/"),
        event("step.finished", step="baseline", seconds=1.25, outcome="finished", tests=17),
        event("phase.started", "greet", time=100.0, goal="Greet people."),
        event("attempt.started", "greet", 1, base=BASE),
        event("step.started", "greet", 1, step="prepare"),
        event("step.finished", "greet", 1, step="prepare", seconds=0.002, outcome="ok"),
        event("model.called", "greet", 1, role="builder", call=1, model="m-1", input_tokens=1400, output_tokens=80,
              cost_usd=0.0123, stop_reason="max_tokens", seconds=12.3),
        event("usage.updated", "greet", **USAGE),
        event("step.finished", "greet", 1, step="test", seconds=65.0, outcome="ok"),
        event("finding.added", "greet", 1, finding=FINDING),
        event("attempt.finished", "greet", 1, outcome="tests_failed", detail="regression"),
        event("finding.cleared", "greet", 1, fingerprint="f"),
        event("attempt.started", "greet", 2, base=BASE),
        event("model.called", "greet", 2, role="auditor", call=2, model="m-2", input_tokens=None, output_tokens=None,
              cost_usd=None, stop_reason="end", seconds=0.5),
        event("attempt.finished", "greet", 2, outcome="complete", detail=""),
        event("phase.finished", "greet", 2, time=190.0, state="COMPLETE", attempts=2, detail="", findings=[]),
    )  # fmt: skip
    assert text.splitlines() == [
        "Run words",
        "  plan      plan.autopack.yaml (words), 2 phases",
        "  base      bbbbbbbbbbbb (HEAD)",
        "  autonomy  supervised",
        "  baseline  17 tests, finished, 1.2 s",
        "",
        "[1/2] greet  Greet people.",
        "  builder   m-1, 1,400 tokens in, 80 out, $0.0123, 12 s, cut short",
        "  tests     2 passed, 1 failed, 1 min 05 s",
        "    AP401 tests/test_x.py:12:5  test_x fails:",
        "            assert 1 == 2<U+001B>[31m",
        "  outcome   tests failed (regression)",
        "  attempt 2",
        "  auditor   m-2 (call 2), usage not reported, 0.5 s",
        "  phase     complete after 2 attempts in 1 min 30 s",
    ]


def test_a_request_is_shown_whole_with_the_commands_that_answer_it(service: Any) -> None:
    text = shown(
        service,
        event("run.started", **STARTED),
        event("approval.requested", "part", 1, request="abc123"),
        event("approval.decided", "part", 1, request="abc123", approved=False, actor="ada", scope="once",
              reason="no\u200b"),
    )  # fmt: skip
    assert text.splitlines()[4:] == [
        "",
        "[2/2] part  Say goodbye.",
        "  A person is needed.",
        "  Request abc123: phase part, attempt 1, asked with what its tests showed",
        "    why    AP303 the change deletes 250 lines",
        "    path   old<U+202E>txt",
        "             #1:11111111  -10,3 +10,4  def f<U+200B>",
        "             #2:22222222  -20,3 +20,4  def f<U+200B>",
        f"    digest {'d' * 64}",
        "    look     autopack show words part --hunks",
        "    approve  autopack approve words abc123",
        "    in part  autopack approve words abc123 --only PATH[#N]",
        "    reject   autopack reject words abc123 --reason TEXT",
        "  decision  ada rejected request abc123 (once): no<U+200B>",
    ]


def ended(name: str, state: str, **more: Any) -> Event:
    phases = [
        {"id": "greet", "state": "COMPLETE", "attempts": 1, "findings": []},
        {"id": "part", "state": "FAILED", "attempts": 2, "findings": [FINDING, FINDING]},
    ]
    data = {"state": state, "reason": "phase part failed", "branch": "autopack/words", "base": BASE, "head": TIP,
            "published": True, "phases": phases, "usage": USAGE}  # fmt: skip
    return event(name, **(data | more))


def test_the_end_of_a_failed_run_says_what_to_do(service: Any) -> None:
    report = service.user.root / ".autonomous_runs/words/report.md"
    report.parent.mkdir(parents=True)
    report.touch()
    handoff = event("log", "part", handoff="/somewhere/handoff/part", message="Handoff bundle: …")
    text = shown(service, handoff, ended("run.finished", "DONE_FAILED_REQUIRES_HUMAN_REVIEW"))
    assert text.splitlines()[2:] == [
        "  handoff   /somewhere/handoff/part",
        "",
        "DONE_FAILED_REQUIRES_HUMAN_REVIEW  phase part failed",
        "  run       words",
        f"  branch    autopack/words  {BASE[:12]}..{TIP[:12]}",
        "  phase     greet  COMPLETE          1 attempt",
        "  phase     part   FAILED            2 attempts  AP401",
        "  usage     2 model calls, 1,500 tokens in, 90 out, $0.0123",
        f"  report    {report}",
        "Next:",
        "  try again with a hint  autopack retry words part --hint TEXT",
        "  or leave it out        autopack skip words part",
        "  then go on             autopack resume words",
        "  take what is complete  autopack promote words",
    ]


@pytest.mark.parametrize(
    ("end", "head", "step"),
    [
        (ended("run.finished", "DONE_SUCCESS", reason="done"), "DONE_SUCCESS  done", "autopack promote words"),
        (ended("run.stopped", "STOPPED", reason="stopped"), "STOPPED  stopped", "autopack resume words"),
        (ended("run.stopped", "PHASE_EXECUTION", reason="asked", waiting=["r"]), "WAITING  asked", "autopack resume"),
        (
            ended("run.finished", "DONE_FAILED_BUDGET_EXHAUSTED", phases=[]),
            "DONE_FAILED_BUDGET",
            "resume words --token-cap N",
        ),
    ],
)
def test_every_end_names_the_next_command(service: Any, end: Event, head: str, step: str) -> None:
    text = shown(service, end)
    assert text.splitlines()[1].startswith(head)
    assert step in text.split("Next:")[1]


def test_a_resumed_run_takes_its_phases_from_the_journal(service: Any) -> None:
    text = shown(service, event("run.resumed", state="STOPPED"), event("attempt.started", "part", 2, base=BASE))
    assert text.splitlines()[0] == "Run words goes on"
    assert text.splitlines()[-2:] == ["[2/2] part  Say goodbye.", "  attempt 2"]


def test_colours_only_on_a_terminal_that_wants_them(service: Any) -> None:
    events = event("run.started", **STARTED), event("finding.added", "greet", 1, finding=FINDING)
    assert "\x1b[31mAP401\x1b[0m" in shown(service, *events, stream=Tty(), env={"TERM": "xterm"})
    for env in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[31m" not in shown(service, *events, stream=Tty(), env=env)
    assert "\x1b" not in shown(service, *events, env={"TERM": "xterm"})


def test_a_passing_line_is_taken_back(service: Any) -> None:
    stream = Tty()
    text = shown(
        service,
        event("step.started", step="baseline", command="pytest"),
        event("step.finished", step="baseline", seconds=1.0, outcome="finished", tests=1),
        stream=stream,
        env={"TERM": "xterm", "NO_COLOR": "1"},
    )
    assert text == "\r\x1b[K  baseline  …  pytest\r\x1b[K  baseline  1 test, finished, 1.0 s\n"


def test_a_log_line_of_many_lines_is_cut(service: Any) -> None:
    text = shown(service, event("log", message="\n".join(map(str, range(100)))))
    assert text.splitlines()[-1] == "  … 71 more lines"
    assert len(text.splitlines()) == 30


VIEW = RunView(
    id="words", state="PHASE_EXECUTION", shown="BLOCKED", reason="", project="words", plan_path="plan.autopack.yaml",
    branch="autopack/words", base=BASE, head=BASE, published=True, owned=False, created_at=0.0, active_seconds=12.0,
    phases=(
        PhaseView("greet", "", "FAILED", 2, "all 2 attempts failed", "", (FINDING,)),
        PhaseView("part", "", "BLOCKED", 1, "", "", ()),
    ),
    tiers=(), requests=(REQUEST,), usage=USAGE,
)  # fmt: skip


def test_status_shows_findings_requests_and_the_next_command(tmp_path: Path) -> None:
    lines = status_lines(VIEW, Commands(tmp_path, tmp_path / "inside"))
    assert lines[0] == "words  BLOCKED"
    assert "  branch    none yet, base bbbbbbbbbbbb" in lines
    assert "  greet            FAILED            2 attempts  all 2 attempts failed" in lines
    assert "      AP401 tests/test_x.py:12:5  test_x fails:" in lines
    assert "    approve  autopack approve words abc123" in lines
    assert lines[-1] == "  answer the request, then go on  autopack resume words"


def test_status_of_a_run_at_work_offers_to_stop_it(tmp_path: Path) -> None:
    lines = status_lines(replace(VIEW, owned=True, requests=()), Commands(tmp_path, tmp_path))
    assert lines[0] == "words  BLOCKED  (at work)"
    assert lines[-1].endswith("autopack stop words")


def test_status_of_a_killed_run_says_that_nobody_works_on_it(tmp_path: Path) -> None:
    phases = (PhaseView("part", "", "CI_RUNNING", 1, "", "", ()),)
    view = replace(VIEW, shown="CI_RUNNING", requests=(), phases=phases)
    lines = status_lines(view, Commands(tmp_path, tmp_path))
    assert lines[0] == "words  CI_RUNNING  (interrupted, nobody works on it)"
    assert "  part             CI_RUNNING        1 attempt  not finished" in lines
    assert lines[-1] == "  go on  autopack resume words"


def test_commands_quote_a_repository_with_spaces(tmp_path: Path) -> None:
    root = tmp_path / "my work"
    assert Commands(root, tmp_path).of("resume", "words") == f"autopack resume words --repo '{root}'"


def test_a_request_without_a_change_offers_none_to_look_at(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    asked = replace(REQUEST, stage=Stage.WIDEN, codes=("AP314",), reasons=("AP314 asks", 'the model says: "so"'))
    told = "\n".join(request_lines(asked, (), commands))
    assert "may the phase touch these files until it ends?" in told and "old<U+202E>txt" in told
    assert "autopack approve words abc123" in told and "--patch" not in told
    assert "--patch" in "\n".join(request_lines(REQUEST, (), commands))
