"""What people read of a run, made anew on demand: report, handoff bundle, patch, evidence."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack.approvals import in_order
from autopack.changes import ShownPart
from autopack.durable import write_whole
from autopack.engine.chronicle import Chronicle
from autopack.engine.doors import Doors
from autopack.engine.proposal import asked_parts, asked_tree
from autopack.engine.reporting import chronicle_of, handoff_to, report_to
from autopack.errors import UsageError
from autopack.events import EventName
from autopack.model import codec
from autopack.model.approvals import ApprovalRequest
from autopack.model.plan import Plan
from autopack.model.rules import RULES
from autopack.model.states import PhaseState
from autopack.repo import PrivateRepo, Publisher
from autopack.report import rule_page
from autopack.service import people
from autopack.service.house import doors_of, effective_config
from autopack.store import AttemptRow

if TYPE_CHECKING:
    from autopack.llm import Provider
    from autopack.service.premises import Premises


@contextmanager
def _opened(service: Premises, run: str) -> Generator[tuple[Chronicle, Doors]]:
    """Doors for reading: no ownership is needed, no model is reachable."""
    row = service.store.run(run)
    plan = Plan.model_validate_json(service.store.blob(row.plan))
    private = PrivateRepo.ensure(service.state, service.user)
    try:
        doors = doors_of(service, private, Publisher(service.user, private), _no_model)
        yield chronicle_of(doors, run, plan, effective_config(service.store, run)), doors
    finally:
        private.close()


def _no_model(model: str) -> Provider:
    raise UsageError(f"a report asks no model, not {model}")


def report(service: Premises, run: str) -> Path:
    with _opened(service, run) as (chronicle, doors):
        return report_to(chronicle, doors)


def complete_report(service: Premises, run: str) -> None:
    """Write the report unless there is one."""
    if not (people.folder(service.user, service.state) / run / "report.md").exists():
        report(service, run)


def keep(service: Premises, run: str, name: str, data: bytes) -> Path:
    """Write something that people read into the run's folder, whole or not at all; `name` is ours, never a model's."""
    path = people.folder(service.user, service.state) / run / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data, mode=0o666)
    return path


def rule_pages(service: Premises) -> Path:
    """The folder of the rule pages, `AP401.md` and so on, written anew where one is missing or of another version."""
    folder = service.state / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    for code, rule in RULES.items():
        path, page = folder / f"{code}.md", rule_page(rule).encode()
        if not path.is_file() or path.read_bytes() != page:
            write_whole(path, page, flush=False)
    return folder


def handoff(service: Premises, run: str, phase: str) -> Path:
    """Raises UsageError when the run has no such phase, or every phase completed and none was named."""
    rows = service.store.phases(run)
    wanted = phase or next(
        (r.phase for r in rows if r.state not in (PhaseState.COMPLETE, PhaseState.SKIPPED, PhaseState.QUEUED)),
        next((r.phase for r in rows if r.state is not PhaseState.COMPLETE), ""),
    )
    if not wanted or wanted not in [r.phase for r in rows]:
        known = ", ".join(r.phase for r in rows)
        raise UsageError(
            f"run {run} has no phase {phase!r}" if phase else f"every phase of run {run} is complete",
            hint=f"Its phases: {known}",
        )
    with _opened(service, run) as (chronicle, doors):
        return handoff_to(chronicle, doors, chronicle.plan.phase(wanted))


@dataclass(frozen=True, slots=True)
class Trees:
    """The two sides of a change as tree or commit ids; `attempt` is the attempt it belongs to, 0 for a whole run."""

    base: str
    candidate: str
    phase: str = ""
    attempt: int = 0


def trees(service: Premises, run: str, phase: str, attempt: int) -> Trees:
    """Those of an attempt's candidate or, of a change that a person is asked about before it is applied, of the proposed
    one (attempt 0: the latest that has either); without a phase those of the whole run. Raises UsageError."""
    if not phase:
        row = service.store.run(run)
        return Trees(row.base, str(service.store.get(run, "tip", row.base)))
    rows = _attempts(service, run, phase)
    with _opened(service, run) as (chronicle, doors):
        for row in reversed(rows):
            if attempt not in (0, row.number):
                continue
            made = chronicle.candidate(phase, row.number)
            if made is not None:
                return Trees(made.base, made.commit, phase, row.number)
            asked = asked_tree(doors, chronicle.plan.phase(phase), row)
            if asked is not None:
                return Trees(row.base_tree, asked, phase, row.number)
    which = f"attempt {attempt} at" if attempt else "no attempt at"
    raise UsageError(f"{which} phase {phase} of run {run} made no candidate" if attempt else
                     f"{which} phase {phase} of run {run} made a candidate yet")  # fmt: skip


def parts(service: Premises, run: str, phase: str, attempt: int) -> tuple[ApprovalRequest, tuple[ShownPart, ...]]:
    """The latest request of an attempt (0: of the phase), and the parts of its change with their bytes in the order in
    which they are shown. Raises UsageError where nothing was asked or the change cannot be made out any more."""
    _attempts(service, run, phase)
    asked = [r for r in service.store.requests(run, phase=phase) if attempt in (0, r.attempt)]
    if not asked:
        raise UsageError(f"nobody was asked about {f'attempt {attempt} at ' if attempt else ''}phase {phase} of run {run}",
                         hint=f"See: autopack status {run}")  # fmt: skip
    with _opened(service, run) as (chronicle, doors):
        shown = asked_parts(doors, chronicle.plan.phase(phase), run, asked[-1].id)
    if shown is None:
        raise UsageError(f"the change of request {asked[-1].id} cannot be made out any more")
    by_path = {each.part.path: each for each in shown}
    ordered = in_order([each.part for each in shown], asked[-1].paths)
    return asked[-1], tuple(by_path[part.path] for part in ordered)


def evidence(service: Premises, run: str, phase: str, attempt: int) -> dict[str, Any]:
    """Steps with their times, what was gathered, what was said and how the attempt ended, as JSON types."""
    rows = _attempts(service, run, phase)
    number = attempt or (rows[-1].number if rows else 0)
    row = next((r for r in rows if r.number == number), None)
    if row is None:
        raise UsageError(f"phase {phase} of run {run} has no attempt {number}" if number else
                         f"phase {phase} of run {run} was not tried yet")  # fmt: skip
    store = service.store
    effects = {e.key: e for e in store.effects(run, phase) if e.attempt == number}
    steps = [
        {"step": e.data["step"], "seconds": e.data.get("seconds"), "outcome": e.data.get("outcome")}
        for e in store.events(run)
        if e.event is EventName.STEP_FINISHED and (e.phase, e.attempt) == (phase, number)
    ]
    calls = [
        {"role": c.role, "call": c.call, "model": c.model, "state": c.state, "stop_reason": c.stop_reason,
         "usage": codec.dump(c.usage), "cost_usd": c.cost_usd, "errors": list(c.errors)}
        for c in store.calls(run, phase)
        if c.attempt == number
    ]  # fmt: skip
    return {
        "run": run,
        "phase": phase,
        "attempt": number,
        "base": row.base,
        "selection": row.data or None,
        "steps": steps,
        "calls": calls,
        **{key: (effects[key].result or {}).get(field) if key in effects else None
           for key, field in (("apply", "candidate"), ("test", "evidence"), ("audit", "audit"))},
        "requests": [
            {**codec.dump(r), "selection": codec.dump(made) if (made := store.selection(run, r.id)) else None}
            for r in store.requests(run, phase=phase) if r.attempt == number
        ],
        "outcome": codec.dump(row.outcome) if row.outcome else None,
    }  # fmt: skip


def _attempts(service: Premises, run: str, phase: str) -> list[AttemptRow]:
    known = [r.phase for r in service.store.phases(run)]
    service.store.run(run)
    if phase not in known:
        raise UsageError(f"run {run} has no phase {phase!r}", hint=f"Its phases: {', '.join(known)}")
    return service.store.attempts(run, phase)
