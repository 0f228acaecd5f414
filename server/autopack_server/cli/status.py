"""A run as people see it at rest: `autopack status`, and the lines a drive ends with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autopack.text import plural, visible
from autopack_server.cli.terminal import visible_lines
from autopack_server.cli.words import Commands, cost, state_style, took

if TYPE_CHECKING:
    from autopack.model.approvals import ApprovalRequest, ChangePart
    from autopack.service import RunView
    from autopack_server.cli.terminal import Terminal


def status_lines(view: RunView, commands: Commands | None = None, term: Terminal | None = None) -> list[str]:
    """RUN: state, phases with the findings of their latest attempt, what it waits for, and what to do next."""
    from pathlib import Path

    from autopack.context import first_runs_line

    commands = commands or Commands(Path.cwd())
    paint = term.paint if term is not None else _plain
    lines = [f"{paint(view.id, 'bold')}  {paint(view.shown, state_style(view.shown))}{hands(view)}"]
    if view.reason:
        lines.append(f"  {visible(view.reason)}")
    lines += [
        f"  project   {visible(view.project)} ({visible(view.plan_path)})",
        f"  branch    {branch_words(view.branch, view.base, view.head, view.published)}",
        *([f"  waits     AP904: {visible(view.branch_waits)}"] if view.branch_waits else []),
        *([f"  promoted  into {visible(view.promoted)}"] if view.promoted else []),
        *([_saved(view, commands)] if len(view.save_points) > 1 else []),
        f"  at work   {took(view.active_seconds)}",
        *([f"  tests     {first_runs_line(view.first_runs)}"] if view.first_runs.runs else []),
        f"  usage     {view.usage.get('calls', 0)} model calls, {cost(view.usage)}",
        "",
    ]
    for phase in view.phases:
        tried = plural(phase.attempts, "attempt") if phase.attempts else ""
        detail = f"  {visible(phase.detail)}" if phase.detail else ""
        if not view.owned and phase.state in UNDER_WAY:
            detail += "  not finished"
        lines.append(
            f"  {phase.id:<16} {paint(f'{phase.state:<18}', state_style(phase.state))}{tried}{detail}".rstrip()
        )
        if phase.state != "COMPLETE":
            for found in phase.findings:
                lines += finding_lines(found, "      ", paint)
    for request in view.requests:
        lines += ["", *request_lines(request, view.parts.get(request.id, ()), commands, paint)]
    more = next_lines(view.id, view.state, [(p.id, p.state, p.findings) for p in view.phases], commands,
                      owned=view.owned, waiting=bool(view.requests), complete=view.head != view.base)  # fmt: skip
    return [*lines, "", *more] if more else lines


UNDER_WAY = ("EXECUTING", "GATE", "CI_RUNNING")
"""States of a phase that somebody works on; when nobody does, its attempt was broken off and goes on with `resume`."""


def hands(view: RunView) -> str:
    """Whether a living process drives the run, or one that should is gone."""
    if view.owned:
        return "  (at work)"
    left = not view.state.startswith("DONE_") and view.state not in ("STOPPED", "DISCARDED")
    return "  (interrupted, nobody works on it)" if left and view.shown not in ("BLOCKED", "AWAITING_APPROVAL") else ""


def _saved(view: RunView, commands: Commands) -> str:
    return f"  saved     {view.save_points[-1].name} last, see {commands.of('rollback', view.id, '--list')}"


def _plain(text: str, *_: str) -> str:
    return text


def branch_words(branch: str, base: str, head: str, published: bool) -> str:
    """`autopack/x  1a2b3c4d5e6f..a1b2c3d4e5f6`, or that nothing is there yet."""
    if head == base:
        return f"none yet, base {base[:12]}"
    late = "" if published else "  (not published yet: AP904)"
    return f"{visible(branch)}  {base[:12]}..{head[:12]}{late}"


def finding_lines(found: Mapping[str, Any], indent: str, paint: Any = _plain) -> list[str]:
    """`AP401 tests/test_x.py:12:5  message`, further lines of the message below it."""
    style = {"error": "red", "warning": "yellow"}.get(str(found.get("severity")), "dim")
    where = place(found)
    first, *rest = visible_lines(str(found.get("message", "")))
    head = f"{indent}{paint(str(found.get('code', '')), style)} {where}{'  ' if where else ''}{first}"
    related = [f"see {place(each)}: {visible(str(each.get('message', '')))}" for each in found.get("related") or ()]
    return [head, *(f"{indent}      {line}" for line in (*rest, *related))]


def place(found: Mapping[str, Any]) -> str:
    """`path:line:column`, `path`, the plan's entry, or ""."""
    path, entry = visible(str(found.get("path") or "")), visible(str(found.get("entry") or ""))
    if not path:
        return f"plan: {entry}" if entry else ""
    start = (found.get("range") or {}).get("start")
    return f"{path}:{start['line']}:{start['column']}" if path and start else path


def request_lines(
    request: ApprovalRequest, parts: Sequence[ChangePart], commands: Commands, paint: Any = _plain
) -> list[str]:
    """The whole request, every path and hunk of it, and the commands that answer it."""
    from autopack.approvals import describe
    from autopack.model.approvals import Stage

    run = request.run
    head, *rest = describe(request, parts)
    several = sum(len(part.ids) for part in parts) > 1
    look = commands.of("show", run, request.phase, "--hunks" if several else "--patch")
    return [
        f"  {paint(head, 'bold')}",
        *(f"  {line}" for line in rest),
        *([] if request.stage is Stage.WIDEN else [f"    look     {look}"]),
        f"    approve  {commands.of('approve', run, request.id)}",
        *([f"    in part  {commands.of('approve', run, request.id, '--only')} PATH[#N]"] if several else []),
        f"    reject   {commands.of('reject', run, request.id, '--reason')} TEXT",
    ]


def next_lines(
    run: str,
    state: str,
    phases: Sequence[tuple[str, str, Iterable[Mapping[str, Any]]]],
    commands: Commands,
    *,
    owned: bool,
    waiting: bool,
    complete: bool,
) -> list[str]:
    """What a person may do now, as commands; `phases` are id, state and findings."""
    steps: list[tuple[str, str]] = []
    if waiting:
        steps.append(("answer the request, then go on", commands.of("resume", run)))
    elif owned:
        steps.append(("stop it", commands.of("stop", run)))
    elif state == "DONE_SUCCESS":
        pass
    elif state.startswith("DONE_FAILED"):
        failed = [(phase, found) for phase, now, found in phases if now == "FAILED"]
        steps += [_anew(run, phase, found, commands) for phase, found in failed]
        steps += [("or leave it out", commands.of("skip", run, phase)) for phase, _ in failed]
        steps.append(("then go on", commands.of("resume", run)))
        if not failed:
            steps[-1] = ("repair what is named, then go on", commands.of("resume", run, "--again"))
        if state == "DONE_FAILED_BUDGET_EXHAUSTED":
            more = f"{commands.of('resume', run, '--token-cap')} N  (or --money-cap-usd N, --max-minutes N)"
            steps[-1] = ("allow more and go on", more)
    elif state != "DISCARDED":
        steps.append(("go on", commands.of("resume", run)))
    if complete and state.startswith("DONE_"):
        steps.append(("take what is complete" if state != "DONE_SUCCESS" else "bring it to your branch",
                      commands.of("promote", run)))  # fmt: skip
    if not steps:
        return []
    width = max(len(text) for text, _ in steps)
    return ["Next:", *(f"  {text:<{width}}  {command}" for text, command in steps)]


def _anew(run: str, phase: str, findings: Iterable[Mapping[str, Any]], commands: Commands) -> tuple[str, str]:
    """How a failed phase is tried again: one that used up its own token cap needs more of it."""
    if any(found.get("code") == "AP701" for found in findings):
        return "allow the phase more", f"{commands.of('resume', run, '--phase-token-cap')} {phase}=N"
    return "try again with a hint", f"{commands.of('retry', run, phase, '--hint')} TEXT"
