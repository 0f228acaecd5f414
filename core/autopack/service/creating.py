"""Creating a run: everything that can refuse it happens first, then one transaction makes it exist."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from autopack import fault
from autopack.engine.doors import RunConfig
from autopack.errors import LockHeld, PlanRejected, UsageError
from autopack.events import Event, EventName
from autopack.llm import Cassette
from autopack.model import codec
from autopack.model.findings import Finding, Severity, Tree
from autopack.model.plan import Autonomy, BaseKind, Plan
from autopack.model.rules import finding
from autopack.model.states import PhaseState
from autopack.plans import PlanSource, load_plan, plan_digest, run_limits
from autopack.repo import AUTHOR, PrivateRepo, snapshot
from autopack.sandbox import Sandbox
from autopack.service import people
from autopack.service.keys import require_keys
from autopack.service.linting import findings_of
from autopack.service.trust import Trust, require_trust
from autopack.store import Ownership, PhaseRow, RunRow

if TYPE_CHECKING:
    from autopack.service.premises import Premises

fault.register("run.before_create", "everything is checked, the run's row is not written")
fault.register("run.created", "the run's row is written, nothing is pinned")


@dataclass(frozen=True, slots=True)
class Order:
    """What a start asks for beyond the plan."""

    phases: tuple[str, ...]
    autonomy: str | None
    base: str | None
    cassette: Path | None
    record: Path | None
    trust: Trust
    accept_baseline: bool


def create(service: Premises, path: Path, order: Order) -> Ownership:
    """The new run's ownership. Raises PlanRejected (AP1xx), EnvironmentRefused, SandboxUnavailable, UsageError."""
    source = load_plan(path, service.user.root)
    plan, told = _accepted(service, source, replayed=order.cassette is not None)
    _require_known(order)
    _require_phases(plan, order.phases)
    _require_new(order.record)
    if order.cassette is None:
        require_keys(service)
    settings = service.loaded.settings
    require_trust(service, source, plan, order.trust)
    sandbox = Sandbox.best(settings.sandbox.minimum, settings.sandbox.level)
    base = _take_base(service, order.base or plan.run.base)
    config = _config(service, source, plan, order, base)
    own = _claim(service, plan.run.id)
    try:
        notes = (*told, *base.notes, *_surroundings(service, sandbox))
        _write(service, own, source, plan, order, base, config, notes)
    except BaseException:
        own.release()
        raise
    fault.point("run.created")
    return own


@dataclass(frozen=True, slots=True)
class Base:
    """What the run starts from: `commit` is HEAD, or the snapshot of the working tree; `head` is the user's HEAD."""

    kind: str
    commit: str
    tree: str
    head: str
    notes: tuple[Finding, ...] = ()


def _surroundings(service: Premises, sandbox: Sandbox) -> list[Finding]:
    """What the user should know of this machine before the first phase: AP907 below level 2, AP905 for a folder taken."""
    found: list[Finding] = []
    if sandbox.level < 2:
        found.append(finding("AP907", f"Tests run at sandbox level {sandbox.level}: {sandbox.reason}.", blocking=False))
    if people.is_foreign(service.user):
        text = f"{people.NAME} is a link, a file or tracked; reports stay in {service.state / 'people'}."
        found.append(finding("AP905", text, path=people.NAME, tree=Tree.USER, severity=Severity.INFORMATION))
    return found


def _take_base(service: Premises, kind: str) -> Base:
    head = service.user.head()
    private = PrivateRepo.ensure(service.state, service.user)
    try:
        if kind != "working-tree":
            return Base(kind, head.commit, head.tree, head.commit)
        taken = snapshot(service.user, private, time.time())
        return Base(kind, taken.commit, private.tree(taken.commit), head.commit, taken.findings)
    finally:
        private.close()


def _config(service: Premises, source: PlanSource, plan: Plan, order: Order, base: Base) -> RunConfig:
    limits = run_limits(plan, service.loaded.settings)
    return RunConfig(
        base=base.commit,
        autonomy=order.autonomy or plan.run.autonomy,
        nonce=secrets.token_hex(16),
        token_cap=limits.token_cap,
        money_cap_usd=limits.money_cap_usd,
        max_duration_minutes=float(limits.max_duration_minutes),
        approval_timeout_minutes=float(plan.run.approval_timeout_minutes),
        pin=base.head,
        snapshot=base.commit if base.kind == "working-tree" else "",
        cassette=str(order.cassette.resolve()) if order.cassette else "",
        cassette_sha256=Cassette.load(order.cassette).sha256 if order.cassette else "",
        record=str(order.record.resolve()) if order.record else "",
        accept_baseline=order.accept_baseline,
        plan_path=str(source.path.resolve()),
        author=_author(service),
    )


def _claim(service: Premises, stem: str) -> Ownership:
    """The first free run id of the stem, owned: of two starts at once the later takes the next id, and an id is not free
    whose pin stands in the repository for another state folder."""
    store = service.store
    while True:
        try:
            own = store.own(store.next_run_id(stem, service.user.knows_run))
        except LockHeld:
            continue
        if store.find_run(own.run) is None:
            return own
        own.release()


def _write(
    service: Premises,
    own: Ownership,
    source: PlanSource,
    plan: Plan,
    order: Order,
    base: Base,
    config: RunConfig,
    notes: tuple[Finding, ...],
) -> None:
    run = own.run
    row = RunRow(
        id=run,
        project=plan.project or service.user.root.name,
        plan_path=source.name,
        plan_digest=plan_digest(plan),
        plan=service.store.put_blob(plan.model_dump_json(by_alias=True).encode()),
        autonomy=config.autonomy,
        base_kind=base.kind,
        base=base.commit,
        base_tree=base.tree,
        snapshot=config.snapshot,
        nonce=config.nonce,
        data={"config": asdict(config), "plan_text": hashlib.sha256(source.text.encode()).hexdigest()},
    )
    rows = [PhaseRow(run, phase.id, position=i, tier=phase.tier or "") for i, phase in enumerate(plan.phases)]
    fault.point("run.before_create")
    with service.store.write(own) as tx:
        tx.create_run(row, rows)
        tx.put(run, "tip", base.commit)
        for phase in plan.phases:
            if order.phases and phase.id not in order.phases:
                tx.phase_state(run, phase.id, PhaseState.QUEUED, PhaseState.SKIPPED, "skip", "not selected")
        tx.event(Event(EventName.RUN_STARTED, run, data={
            "plan": source.name, "project": row.project, "base": base.commit, "base_kind": base.kind,
            "autonomy": config.autonomy, "phases": [p.id for p in plan.phases],
            "goals": {p.id: p.goal for p in plan.phases},
        }))  # fmt: skip
        for note in notes:
            tx.event(Event(EventName.FINDING_ADDED, run, data={"finding": codec.dump(replace(note, run=run))}))


def _accepted(service: Premises, source: PlanSource, *, replayed: bool) -> tuple[Plan, list[Finding]]:
    """The plan, and what lint has to say of it beyond errors. Raises PlanRejected."""
    findings = [*service.loaded.findings, *findings_of(service, source, replayed=replayed)]
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if errors or source.plan is None:
        count = f"{len(errors)} errors" if len(errors) != 1 else "an error"
        raise PlanRejected(f"{source.name} has {count}", errors, hint=f"See them all: autopack lint {source.name}")
    return source.plan, findings


def _require_new(record: Path | None) -> None:
    if record is not None and record.exists() and record.stat().st_size:
        raise UsageError(f"{record}: the recording exists already", hint="Give --record the name of a new file.")


def _require_known(order: Order) -> None:
    for name, value, known in (
        ("autonomy", order.autonomy, get_args(Autonomy)),
        ("base", order.base, get_args(BaseKind)),
    ):
        if value is not None and value not in known:
            raise UsageError(f"no {name} {value!r}", hint=f"One of: {', '.join(known)}")


def _require_phases(plan: Plan, wanted: tuple[str, ...]) -> None:
    known = [p.id for p in plan.phases]
    for phase in wanted:
        if phase not in known:
            raise UsageError(f"the plan has no phase {phase!r}", hint=f"Its phases: {', '.join(known)}")


def _author(service: Premises) -> str:
    if service.loaded.settings.git.author == "me":
        name, email = (service.user.settings.get(f"user.{key}") for key in ("name", "email"))
        if name and email:
            return f"{name} <{email}>"
    return AUTHOR
