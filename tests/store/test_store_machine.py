"""The store against a model of it: whatever is done in whatever order, approvals are used once, the first decision
stands, events have no gap, states follow their machines and a stale owner writes nothing."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from autopack.errors import ConflictError, IllegalTransition, StaleState
from autopack.events import Event, EventName
from autopack.model.approvals import ApprovalRequest, Decision, Scope, Stage
from autopack.model.states import PHASE_MACHINE, RUN_MACHINE, PhaseState, RunState
from autopack.store import Ownership, PhaseRow, RunRow, Store

PHASES = ("a", "b")
HOURS = 3600.0


class Hands:
    """A clock the machine turns."""

    now = 1_800_000_000.0

    def wall(self) -> float:
        return self.now

    def steady(self) -> tuple[str, float]:
        return "boot", self.now


class StoreMachine(RuleBasedStateMachine):
    requests = Bundle("requests")
    numbers = itertools.count(1)
    folder: Path
    store: Store
    clock = Hands()

    def __init__(self) -> None:
        super().__init__()
        self.run = f"run-{next(self.numbers)}"
        self.own: Ownership = self.store.own(self.run)
        with self.store.write(self.own) as tx:
            tx.create_run(RunRow(self.run), [PhaseRow(self.run, p) for p in PHASES])
            for phase in PHASES:
                tx.attempt(self.run, phase, 1, "base", "tree")
        self.run_now, self.phase_now = RunState.PLAN_BOOTSTRAP, dict.fromkeys(PHASES, PhaseState.QUEUED)
        self.asked: dict[str, dict[str, Any]] = {}
        self.told: list[str] = []
        self.intents = 0

    def teardown(self) -> None:
        self.own.release()

    # -- states

    @rule(edge=st.sampled_from(RUN_MACHINE.edges), honest=st.booleans())
    def move_run(self, edge: Any, honest: bool) -> None:
        source = self.run_now if honest else edge.source
        legal = any((e.source, e.target, e.trigger) == (source, edge.target, edge.trigger) for e in RUN_MACHINE.edges)
        expected = None if legal and source is self.run_now else StaleState if legal else IllegalTransition
        if self._try(expected, lambda tx: tx.run_state(self.run, source, edge.target, edge.trigger)):
            self.run_now = edge.target
            if edge.target is RunState.DISCARDED:
                self._expire_open(PHASES)

    @rule(phase=st.sampled_from(PHASES), edge=st.sampled_from(PHASE_MACHINE.edges), honest=st.booleans())
    def move_phase(self, phase: str, edge: Any, honest: bool) -> None:
        now = self.phase_now[phase]
        source = now if honest else edge.source
        legal = any((e.source, e.target, e.trigger) == (source, edge.target, edge.trigger) for e in PHASE_MACHINE.edges)
        expected = None if legal and source is now else StaleState if legal else IllegalTransition
        if self._try(expected, lambda tx: tx.phase_state(self.run, phase, source, edge.target, edge.trigger)):
            self.phase_now[phase] = edge.target
            if source.waits and edge.trigger != "decided":
                self._expire_open((phase,))

    # -- approvals

    @rule(target=requests, phase=st.sampled_from(PHASES), digest=st.sampled_from("xy"))
    def ask(self, phase: str, digest: str) -> str:
        name = f"{self.run}-q{len(self.asked)}"
        request = ApprovalRequest(
            name, self.run, phase, 1, Stage.APPLY, ("AP301",), ("p.py",), digest, "base", "p", name, (), self.clock.now
        )
        self._try(None, lambda tx: tx.request(request))
        self.asked[name] = {"phase": phase, "digest": digest, "state": "pending", "approved": None, "at": 0.0}
        return name

    @rule(name=requests, approved=st.booleans(), digest=st.sampled_from("xy"), scope=st.sampled_from(list(Scope)))
    def decide(self, name: str, approved: bool, digest: str, scope: Scope) -> None:
        known = self.asked[name]
        right = known["state"] == "pending" and known["digest"] == digest
        word = Decision(name, approved, "ann", scope, "", digest, 0.0)
        if self._try(None if right else ConflictError, lambda tx: tx.decide(word), surface=True):
            known.update(state="decided", approved=approved, at=self.clock.now)

    @rule(name=requests, digest=st.sampled_from("xy"), base=st.sampled_from(["base", "base2"]), later=st.booleans())
    def consume(self, name: str, digest: str, base: str, later: bool) -> None:
        known = self.asked[name]
        right = (
            known["state"] == "decided" and known["approved"] and known["digest"] == digest and base == "base"
            and self.clock.now - known["at"] <= 24 * HOURS
        )  # fmt: skip
        key = f"intent-{self.intents}"

        def use(tx: Any) -> None:
            tx.consume(name, "" if later else key, digest=digest, base=base, policy="p")
            if later:
                tx.intent(self.run, known["phase"], 1, key, {})

        if self._try(None if right else StaleState, use):
            known["state"] = "consumed"
            self.intents += 1

    @rule(name=requests)
    def acknowledge(self, name: str) -> None:
        known = self.asked[name]
        right = known["state"] == "decided" and not known["approved"]
        if self._try(None if right else StaleState, lambda tx: tx.acknowledge(name)):
            known["state"] = "consumed"

    @rule(name=requests)
    def expire(self, name: str) -> None:
        known = self.asked[name]
        right = known["state"] != "consumed"
        if self._try(None if right else StaleState, lambda tx: tx.expire(name, "old")):
            known["state"] = "expired"

    @rule(hours=st.sampled_from([1, 23, 25]))
    def wait(self, hours: int) -> None:
        self.clock.now += hours * HOURS

    # -- events and owners

    @rule(count=st.integers(1, 3), fails=st.booleans(), surface=st.booleans())
    def tell(self, count: int, fails: bool, surface: bool) -> None:
        said = [f"{len(self.told)}+{n}" for n in range(count)]

        def write(tx: Any) -> None:
            for message in said:
                tx.event(Event(EventName.LOG, self.run, data={"message": message}))
            if fails:
                raise KeyError

        if self._try(KeyError if fails else None, write, surface=surface):
            self.told += said

    @rule()
    def take_over(self) -> None:
        stale = self.own
        with self.store.write(None) as tx:
            tx.next_fence(self.run)
        self._try(StaleState, lambda tx: tx.put(self.run, "k", 1))
        stale.release()
        self.own = self.store.own(self.run)
        assert self.own.fence == stale.fence + 2

    # -- what must hold

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        assert self.store.check_invariants(self.run) == []
        assert self.store.run(self.run).state is self.run_now
        assert {p.phase: p.state for p in self.store.phases(self.run)} == self.phase_now
        assert [e.data["message"] for e in self.store.events(self.run)] == self.told
        assert {r.id: r.state for r in self.store.requests(self.run)} == {n: k["state"] for n, k in self.asked.items()}
        for name, known in self.asked.items():
            decision = self.store.decision(name)
            assert (decision.approved if decision else None) == known["approved"]
        assert sum(1 for e in self.store.effects(self.run) if e.request) == self.intents

    def _expire_open(self, phases: tuple[str, ...]) -> None:
        for known in self.asked.values():
            if known["phase"] in phases and known["state"] in ("pending", "decided"):
                known["state"] = "expired"

    def _try(self, expected: type[Exception] | None, write: Any, *, surface: bool = False) -> bool:
        """Whether the write went through; it must exactly when nothing else is expected."""
        try:
            with self.store.write(None if surface else self.own) as tx:
                write(tx)
        except (ConflictError, KeyError) as error:
            assert expected is not None and isinstance(error, expected), error
            return False
        assert expected is None
        return True


class TestStoreMachine(StoreMachine.TestCase):
    settings = settings(max_examples=50, stateful_step_count=30, deadline=None)

    @classmethod
    def setUpClass(cls) -> None:
        StoreMachine.folder = Path(tempfile.mkdtemp())
        StoreMachine.store = Store.open(StoreMachine.folder, clock=StoreMachine.clock)
        StoreMachine.store._database.writer.execute("PRAGMA synchronous = OFF")

    @classmethod
    def tearDownClass(cls) -> None:
        StoreMachine.store.close()
        shutil.rmtree(StoreMachine.folder)
