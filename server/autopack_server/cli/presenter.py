"""Presenter: the events of a run as progress for people. What takes milliseconds and goes well is not shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from autopack.text import plural, visible
from autopack_server.cli.status import UNDER_WAY, branch_words, finding_lines, next_lines, request_lines
from autopack_server.cli.terminal import Terminal, visible_lines
from autopack_server.cli.words import OUTCOMES, STEPS, Commands, cost, counted_tests, state_style, took

if TYPE_CHECKING:
    from autopack.events import Event
    from autopack.service import Service

_LABEL = 9


class Presenter:
    """Shows the events of one drive on a stream. `close` writes the end, which the report is part of."""

    def __init__(self, stream: IO[str], service: Service, env: Mapping[str, str] = os.environ) -> None:
        self._term = Terminal(stream, env)
        self._service = service
        self._commands = Commands(service.user.root)
        self._phases: list[str] = []
        self._goals: dict[str, str] = {}
        self._headed = ""
        self._began: dict[str, float] = {}
        self._end: Event | None = None
        self._shown: dict[str, Callable[[Event], None]] = {
            "run.started": self._started,
            "run.resumed": self._resumed,
            "run.finished": self._ended,
            "run.stopped": self._ended,
            "phase.started": self._phase_started,
            "phase.finished": self._phase_finished,
            "attempt.started": self._attempt_started,
            "attempt.finished": self._attempt_finished,
            "step.started": self._step_started,
            "step.finished": self._step_finished,
            "finding.added": self._finding,
            "approval.requested": self._requested,
            "approval.decided": self._decided,
            "model.called": self._called,
            "log": self._log,
        }

    def show(self, event: Event) -> None:
        """The lines of one event, if it has any."""
        shower = self._shown.get(event.event.value)
        if shower is None:
            return
        if event.phase and event.phase != self._headed and event.event != "run.finished":
            self._heading(event.phase)
        shower(event)

    def close(self) -> None:
        """The end of the drive: state, branch, phases, usage, report, and what to do next."""
        event, self._end = self._end, None
        if event is not None:
            self._summary(event)

    # the run

    def _started(self, event: Event) -> None:
        data = event.data
        self._phases, self._goals = list(data["phases"]), dict(data["goals"])
        self._header(event.run, "", data)

    def _resumed(self, event: Event) -> None:
        first = next(e for e in self._service.events(event.run) if e.event == "run.started")
        self._phases, self._goals = list(first.data["phases"]), dict(first.data["goals"])
        self._header(event.run, " goes on", first.data)

    def _header(self, run: str, how: str, data: Mapping[str, Any]) -> None:
        kind = "HEAD" if data["base_kind"] == "head" else "a snapshot of the working tree"
        self._term.line(self._term.paint(f"Run {run}{how}", "bold"))
        self._pair(
            "plan", f"{visible(data['plan'])} ({visible(data['project'])}), {plural(len(self._phases), 'phase')}"
        )
        self._pair("base", f"{data['base'][:12]} ({kind})")
        self._pair("autonomy", data["autonomy"])

    def _ended(self, event: Event) -> None:
        self._end = event

    def _summary(self, event: Event) -> None:
        data, paint = event.data, self._term.paint
        state = data["state"]
        stopped = event.event == "run.stopped"
        waiting = bool(data.get("waiting"))
        word = ("WAITING" if waiting else "STOPPED") if stopped else state
        self._term.line()
        self._term.line(
            f"{paint(word, 'bold', state_style('STOPPED' if stopped else state))}  {visible(data['reason'])}"
        )
        self._pair("run", event.run)
        self._pair("branch", branch_words(data["branch"], data["base"], data["head"], data["published"]))
        width = max((len(p["id"]) for p in data["phases"]), default=0)
        for phase in data["phases"]:
            tried = plural(phase["attempts"], "attempt") if phase["attempts"] else ""
            shown = paint(f"{phase['state']:<18}", state_style(phase["state"]))
            codes = (
                "" if phase["state"] == "COMPLETE" else " ".join(dict.fromkeys(f["code"] for f in phase["findings"]))
            )
            broken_off = "not finished  " if phase["state"] in UNDER_WAY else ""
            self._pair("phase", f"{phase['id']:<{width}}  {shown}{tried}  {broken_off}{codes}")
        self._pair("usage", f"{data['usage']['calls']} model calls, {cost(data['usage'])}")
        report = self._report(event.run)
        if report is not None and not stopped:
            self._pair("report", str(report))
        more = next_lines(
            event.run, state, [(p["id"], p["state"], p["findings"]) for p in data["phases"]], self._commands, owned=False,
            waiting=waiting, complete=data["head"] != data["base"],
        )  # fmt: skip
        for line in more:
            self._term.line(line)

    def _report(self, run: str) -> Path | None:
        from autopack.service.people import folder

        path = folder(self._service.user, self._service.state) / run / "report.md"
        return path if path.is_file() else None

    # phases and attempts

    def _heading(self, phase: str) -> None:
        self._headed = phase
        number = f"[{self._phases.index(phase) + 1}/{len(self._phases)}] " if phase in self._phases else ""
        goal = visible(" ".join(self._goals.get(phase, "").split()))
        self._term.line()
        self._term.line(f"{self._term.paint(f'{number}{phase}', 'bold')}  {goal}".rstrip())

    def _phase_started(self, event: Event) -> None:
        self._began[event.phase] = event.time

    def _phase_finished(self, event: Event) -> None:
        state, attempts = event.data["state"], event.data.get("attempts", 0)
        words = [self._term.paint(state.lower(), state_style(state))]
        began = self._began.get(event.phase)
        if state == "COMPLETE":
            words.append(f"after {plural(attempts, 'attempt')}")
            if began is not None:
                words.append(f"in {took(event.time - began)}")
            if event.data.get("detail"):
                words.append(f"({visible(event.data['detail'])})")
        elif event.data.get("detail"):
            words.append(f"({visible(event.data['detail'])})")
        self._pair("phase", " ".join(words))

    def _attempt_started(self, event: Event) -> None:
        if event.attempt > 1:
            chosen = ": what a person chose, no model is asked" if event.data.get("chosen") else ""
            self._term.line(f"  attempt {event.attempt}{chosen}")

    def _attempt_finished(self, event: Event) -> None:
        outcome = event.data["outcome"]
        if outcome == "complete":
            if event.data.get("detail"):
                self._pair("outcome", visible(event.data["detail"]))
            return
        detail = f" ({visible(event.data['detail'])})" if event.data.get("detail") else ""
        self._pair("outcome", self._term.paint(f"{OUTCOMES.get(outcome, outcome)}{detail}", "yellow"))

    # steps

    def _step_started(self, event: Event) -> None:
        label = STEPS.get(event.data["step"])
        if label:
            self._term.passing(f"  {label:<{_LABEL}} …  {visible(event.data.get('command', ''))}")

    def _step_finished(self, event: Event) -> None:
        step, data = event.data["step"], event.data
        if step == "baseline":
            self._pair("baseline", f"{plural(data['tests'], 'test')}, {data['outcome']}, {took(data['seconds'])}")
        elif step == "test":
            self._pair("tests", f"{self._results(event)}, {took(data.get('seconds'))}")

    def _results(self, event: Event) -> str:
        """What the tests said; the step's outcome is in the journal when its end is told."""
        effect = self._service.store.effect(event.run, event.phase, event.attempt, "test")
        report = (effect.result or {}).get("evidence", {}).get("report") if effect is not None else None
        return counted_tests(report) if report else "none were run"

    def _called(self, event: Event) -> None:
        data = event.data
        again = f" (call {data['call']})" if data.get("call", 1) > 1 else ""
        cut = ", cut short" if data.get("stop_reason") == "max_tokens" else ""
        self._pair(data["role"], f"{visible(data['model'])}{again}, {cost(data)}, {took(data.get('seconds'))}{cut}")

    # what is said on the way

    def _finding(self, event: Event) -> None:
        for line in finding_lines(event.data["finding"], "    " if event.phase else "  ", self._term.paint):
            self._term.line(line)

    def _requested(self, event: Event) -> None:
        request = self._service.store.request(event.data["request"])
        if request is None:
            return
        self._term.line(f"  {self._term.paint('A person is needed.', 'yellow', 'bold')}")
        for line in request_lines(request, self._service.store.parts(request), self._commands, self._term.paint):
            self._term.line(line)

    def _decided(self, event: Event) -> None:
        data = event.data
        if data.get("chosen"):
            chosen, left = (", ".join(visible(id) for id in data[key]) for key in ("chosen", "left"))
            rest = f"; of the rest: {visible(data['rest'])}" if data["rest"] else ""
            who = f"{visible(data['actor'])} took request {data['request']} in part"
            self._pair("decision", f"{who}: {chosen}; left out: {left}{rest}")
            return
        verb = "approved" if data["approved"] else "rejected"
        reason = f": {visible(data['reason'])}" if data.get("reason") else ""
        self._pair("decision", f"{visible(data['actor'])} {verb} request {data['request']} ({data['scope']}){reason}")

    def _log(self, event: Event) -> None:
        if event.data.get("handoff"):
            self._pair("handoff", visible(str(event.data["handoff"])))
            return
        for line in visible_lines(str(event.data.get("message", ""))):
            self._term.line(f"  {self._term.paint(line, 'dim')}")

    def _pair(self, label: str, text: str) -> None:
        self._term.line(f"  {label:<{_LABEL}} {text}".rstrip())
