"""The chronicle of a run: the facts its report and handoff bundles are made of, read from journal and repository."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from autopack.engine.amending import AMENDS
from autopack.engine.doors import RunConfig
from autopack.engine.reapplying import SOURCE
from autopack.engine.selections import CHOSEN
from autopack.engine.summary import first_runs
from autopack.engine.weighing import decision_of, quality_of, risk_of
from autopack.events import Event, EventName
from autopack.handoff import BundleAttempt, BundleFacts, BundleFile, BundleRequest
from autopack.model import codec
from autopack.model.attempt import Candidate
from autopack.model.audit import AuditReport
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase, Plan
from autopack.repo import PrivateRepo
from autopack.report import ApprovalFacts, AttemptFacts, PhaseFacts, RunFacts, Spend, Times
from autopack.store import AttemptRow, CallRow, PhaseRow, Store, UsageTotals
from autopack.text import plural

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Reads one run; `sandbox` is a line on the level its tests run at."""

    store: Store
    private: PrivateRepo
    run: str
    plan: Plan
    config: RunConfig
    sandbox: str = ""

    def run_facts(self) -> RunFacts:
        """Everything the report says."""
        row, store = self.store.run(self.run), self.store
        events = store.events(self.run)
        tip = str(store.get(self.run, "tip", self.config.base))
        return RunFacts(
            id=self.run,
            state=row.state,
            reason=row.reason,
            project=row.project,
            plan_path=row.plan_path,
            plan_note=_last_log(events, "the run goes on with its own copy of the plan"),
            autonomy=self.config.autonomy,
            base_kind=row.base_kind,
            base=self.config.base,
            head=tip,
            branch=row.branch,
            published=tip in (store.get(self.run, "published"), self.config.base),
            started_at=row.created_at,
            ended_at=row.ended_at,
            active_seconds=float(store.get(self.run, "active_seconds", 0.0)),
            phases=tuple(self._phase(p, events) for p in store.phases(self.run)),
            findings=_run_findings(events),
            spend=_spend(store.usage(self.run)),
            sandbox=self.sandbox,
            baseline=_baseline_lines(events),
            first_runs=first_runs(store, self.run),
            cassette=self.config.cassette,
            journal_commits=int(store.get(self.run, "journal_commits", 0)),
        )

    def phase_facts(self, phase: str) -> PhaseFacts:
        """The facts of one phase."""
        return self._phase(self.store.phase(self.run, phase), self.store.events(self.run))

    def candidate(self, phase: str, attempt: int) -> Candidate | None:
        """The candidate an attempt made, if it got so far."""
        effect = self.store.effect(self.run, phase, attempt, "apply")
        if effect is None or not effect.result:
            return None
        return codec.load(Candidate, effect.result["candidate"])

    def patch(self, phase: str, attempt: int) -> bytes | None:
        """The git patch of an attempt's candidate."""
        made = self.candidate(phase, attempt)
        return self.private.patch(made.base, made.commit) if made else None

    def bundle_facts(self, phase: Phase, now: float, place: str) -> BundleFacts:
        """What a handoff bundle of the phase holds: every attempt with patch and answer, the last test log; `place` is
        how its folder is named to people."""
        row, run = self.store.phase(self.run, phase.id), self.store.run(self.run)
        attempts = self.store.attempts(self.run, phase.id)
        return BundleFacts(
            run=self.run,
            phase=phase,
            state=row.state.value,
            detail=row.detail,
            base=attempts[-1].base if attempts else self.config.base,
            branch=run.branch,
            plan_path=run.plan_path,
            project=run.project,
            attempts=tuple(self._bundle_attempt(a) for a in attempts),
            requests=tuple(
                BundleRequest(number, asked.reasons, asked.state, asked.actor, asked.said)
                for number, asked in self._asked(phase.id)
            ),
            files=self._logs(phase.id),
            place=place,
            generated_at=now,
        )

    def _bundle_attempt(self, row: AttemptRow) -> BundleAttempt:
        calls = self._builder_calls(row)
        return BundleAttempt(
            number=row.number,
            outcome=row.outcome,
            model=calls[-1].model if calls else "",
            hint=row.hint,
            patch=self.patch(row.phase, row.number),
            answers=tuple(self.store.completion(call).text for call in calls if call.state == "answered"),
            risk=risk_of(self.store, self.run, row.phase, row.number),
            decision=decision_of(self.store, self.run, row.phase, row.number),
            quality=quality_of(self.store, self.run, row.phase, row.number),
            chosen_of=self._chosen_of(row),
            amends=int(row.data.get(AMENDS, 0)),
        )

    def _chosen_of(self, row: AttemptRow) -> int:
        """The attempt whose change a person took in part to make this one's, 0 where the Builder was asked."""
        asked = self.store.request(str(row.data.get(CHOSEN, "")))
        return asked.attempt if asked else 0

    def _builder_calls(self, row: AttemptRow) -> list[CallRow]:
        calls = self.store.calls(self.run, row.phase)
        return sorted((c for c in calls if (c.attempt, c.role) == (row.number, "builder")), key=lambda c: c.call)

    def _logs(self, phase: str) -> tuple[BundleFile, ...]:
        """The log of each attempt's latest test run that is still kept."""
        kept: dict[int, str] = {}
        for artefact in self.store.artefacts(self.run, "log"):
            if artefact.phase == phase and artefact.collected_at is None:
                kept[artefact.attempt] = artefact.sha
        return tuple(
            BundleFile(f"tests-{number}.log", "log", f"output of the tests of attempt {number}", self.store.blob(sha))
            for number, sha in sorted(kept.items())
        )

    def _phase(self, row: PhaseRow, events: list[Event]) -> PhaseFacts:
        spec = _spec(self.plan, row.phase)
        rows = self.store.attempts(self.run, row.phase)
        last = next((r.number for r in reversed(rows) if self.candidate(row.phase, r.number)), 0)
        made = self.candidate(row.phase, last) if last else None
        stat = self.private.stat(made.base, made.commit) if made else ""
        audits = [a for r in rows if (a := self._stored(row.phase, r.number, "audit", "audit", AuditReport))]
        return PhaseFacts(
            id=row.phase,
            state=row.state,
            goal=spec.goal if spec else "",
            detail=row.detail,
            attempts=tuple(self._attempt(r) for r in rows),
            commit=str(self.store.get(self.run, f"commit:{row.phase}", "")),
            summary=made.summary if made else "",
            stat=stat,
            must_pass=tuple(spec.tests.must_pass) if spec else (),
            evidence=self._stored(row.phase, last, "test", "evidence", Evidence),
            audit=self._stored(row.phase, last, "audit", "audit", AuditReport),
            dual_audits=sum(audit.dual for audit in audits),
            disagreements=sum(audit.disagreed for audit in audits),
            approvals=tuple(asked for _, asked in self._asked(row.phase)),
            spend=_spend(self.store.usage(self.run, row.phase)),
            times=_times(events, row.phase),
            handoff=_handoff(events, row.phase),
        )

    def _attempt(self, row: AttemptRow) -> AttemptFacts:
        calls = self._builder_calls(row)
        name = f"{row.phase}-{row.number}.patch"
        return AttemptFacts(
            number=row.number,
            outcome=row.outcome,
            model=calls[-1].model if calls else "",
            hint=row.hint,
            patch=f"patches/{name}" if self.candidate(row.phase, row.number) else "",
            reapply=str(row.data.get(SOURCE, "")),
            risk=risk_of(self.store, self.run, row.phase, row.number),
            decision=decision_of(self.store, self.run, row.phase, row.number),
            quality=quality_of(self.store, self.run, row.phase, row.number),
            chosen_of=self._chosen_of(row),
            amends=int(row.data.get(AMENDS, 0)),
        )

    def _stored(self, phase: str, attempt: int, key: str, field: str, cls: type[T]) -> T | None:
        effect = self.store.effect(self.run, phase, attempt, key) if attempt else None
        return codec.load(cls, effect.result[field]) if effect is not None and effect.result else None

    def _asked(self, phase: str) -> list[tuple[int, ApprovalFacts]]:
        """What a person was asked, each with its attempt."""
        found: list[tuple[int, ApprovalFacts]] = []
        for request in self.store.requests(self.run, phase=phase):
            decision = self.store.decision(request.id)
            state = "pending" if request.state == "pending" else "lapsed"
            if decision is not None and request.state != "expired":
                state = "approved" if decision.approved else "rejected"
            made = self.store.selection(self.run, request.id) if state == "rejected" else None
            facts = ApprovalFacts(
                request.reasons,
                "taken in part" if made is not None else state,
                decision.actor if decision else "",
                decision.scope.value if decision else "",
                decision.reason if decision else "",
                made.chosen if made else (),
                made.left if made else (),
                made.rest if made else "",
            )
            found.append((request.attempt, facts))
        return found


def _spec(plan: Plan, phase: str) -> Phase | None:
    return next((p for p in plan.phases if p.id == phase), None)


def _spend(usage: UsageTotals) -> Spend:
    return Spend(usage.calls, usage.input_tokens, usage.output_tokens, usage.cost_usd)


def _times(events: list[Event], phase: str) -> Times:
    steps: dict[str, float] = defaultdict(float)
    for event in events:
        if event.event is EventName.STEP_FINISHED and event.phase == phase:
            steps[str(event.data.get("step"))] += float(event.data.get("seconds", 0.0))
    return Times.of_steps(steps)


def _handoff(events: list[Event], phase: str) -> str:
    paths = [str(e.data["handoff"]) for e in events if e.phase == phase and "handoff" in e.data]
    return paths[-1] if paths else ""


def _last_log(events: list[Event], ending: str) -> str:
    logs = [str(e.data.get("message", "")) for e in events if e.event is EventName.LOG]
    return next((text for text in reversed(logs) if ending in text), "")


def _run_findings(events: list[Event]) -> tuple[Finding, ...]:
    """What stands: told and not cleared since."""
    standing: dict[str, Any] = {}
    for event in events:
        if event.phase:
            continue
        if event.event is EventName.FINDING_ADDED:
            standing[event.data["finding"]["fingerprint"]] = event.data["finding"]
        elif event.event is EventName.FINDING_CLEARED:
            standing.pop(event.data["fingerprint"], None)
    return codec.load_many(Finding, standing.values())


def _baseline_lines(events: list[Event]) -> tuple[str, ...]:
    lines: list[str] = []
    command = ""
    for event in events:
        if event.data.get("step") != "baseline":
            continue
        if event.event is EventName.STEP_STARTED:
            command = str(event.data.get("command", ""))
        else:
            ended, count, seconds = (event.data.get(k) for k in ("outcome", "tests", "seconds"))
            lines.append(f"{command}: {plural(count or 0, 'test')}, {ended}, {seconds} s")
    return tuple(lines)
