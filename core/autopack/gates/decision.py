"""The decision on the change in hand: clear, risky, ambiguous, or not to be told yet.

It is shown to whoever looks at the change. No gate asks for it, and no verdict, request or grant depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from autopack.gates.deliverables import undone
from autopack.gates.facts import GateFacts
from autopack.model.changes import ChangeSet
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.risk import ChangeDecision, DecisionKind, RiskAssessment, RiskLevel
from autopack.model.test_report import RunnerEnd
from autopack.paths import printable
from autopack.settings import matching
from autopack.text import plural

_PROTECTED = "AP301"
_NAMED = 5


class DatabaseFiles(Protocol):
    @property
    def database_files(self) -> list[str]: ...


class DecisionLimits(Protocol):
    """`settings.policy` fits."""

    @property
    def deletion_notify(self) -> int: ...
    @property
    def deletion_ask(self) -> int: ...
    @property
    def risk(self) -> DatabaseFiles: ...


def decide_on(
    phase: Phase,
    changes: ChangeSet,
    risk: RiskAssessment,
    limits: DecisionLimits,
    *,
    asked: Sequence[Finding],
    facts: GateFacts | None,
) -> ChangeDecision:
    """The first that applies: no evidence, no change at all, high risk, an auditor who does not approve, a deliverable
    that is not there; else it is clear. `asked` is what policy asks a person about, `facts` None before the tests."""
    level, grounds = _level(phase, changes, risk, limits, asked)
    tree_paths = facts.tree_paths if facts is not None else _written(changes)
    missing = undone(phase, tree_paths)
    kind, rationale = _kind(phase, changes, level, grounds, missing, facts)
    return ChangeDecision(
        kind,
        rationale,
        level,
        tuple(path for path in phase.deliverables if path not in missing),
        changes.paths,
        risk.net_deletion,
        tuple(_questions(kind, grounds, missing, facts)),
    )


def _kind(
    phase: Phase,
    changes: ChangeSet,
    level: RiskLevel,
    grounds: list[str],
    missing: list[str],
    facts: GateFacts | None,
) -> tuple[DecisionKind, str]:
    lacking = _lacking(facts)
    if lacking:
        return DecisionKind.NEED_MORE_EVIDENCE, lacking
    if not changes.changes and not phase.allow.noop:
        return DecisionKind.AMBIGUOUS, "the answer changes nothing, so it says no way to the goal"
    if level.height >= RiskLevel.HIGH.height:
        return DecisionKind.RISKY, "; ".join(grounds)
    if facts is not None and not (facts.audit.available and facts.audit.approved):
        return DecisionKind.AMBIGUOUS, "no auditor approves of it"
    if missing:
        return DecisionKind.AMBIGUOUS, f"{plural(len(missing), 'deliverable')} missing: {_names(missing)}"
    return DecisionKind.CLEAR_FIX, "its tests show what was asked for, the deliverables are there and the risk is small"


def _lacking(facts: GateFacts | None) -> str:
    """Why nothing speaks for the change, "" when something does and no test against it."""
    if facts is None:
        return "it is not tested yet"
    report, against = facts.evidence.report, sorted({f.code for f in facts.test_findings if f.blocking})
    if report is not None and (report.end is not RunnerEnd.FINISHED or report.provenance.inconclusive):
        return "its test run shows nothing either way"
    if against:
        return f"its tests and checks speak against it ({', '.join(against)})"
    if not facts.evidence.positive:
        return "nothing shows that the goal is reached"
    return ""


def _level(
    phase: Phase, changes: ChangeSet, risk: RiskAssessment, limits: DecisionLimits, asked: Sequence[Finding]
) -> tuple[RiskLevel, list[str]]:
    """The highest of the score's level and what these say: protected paths, databases, net deletion, effects on the side;
    with the grounds of a high one."""
    net = 0 if phase.allow.mass_deletion else risk.net_deletion
    protected = sorted({f.path for f in asked if f.code == _PROTECTED and f.path})
    database = [path for path in changes.paths if matching(limits.risk.database_files, path)]
    high = [
        *([f"protected: {_names(protected)}"] if protected else []),
        *([f"database: {_names(database)}"] if database else []),
        *([f"{net} lines deleted net"] if net > limits.deletion_ask else []),
    ]
    if risk.level.height >= RiskLevel.HIGH.height:
        high.append(f"risk {risk.score} of 100")
    level = RiskLevel.HIGH if high else RiskLevel.MEDIUM if net > limits.deletion_notify or asked else RiskLevel.LOW
    return max(level, risk.level, key=lambda one: one.height), high


def _questions(kind: DecisionKind, grounds: list[str], missing: list[str], facts: GateFacts | None) -> Iterator[str]:
    if kind is DecisionKind.RISKY:
        yield f"Is this wanted as it is: {'; '.join(grounds)}?"
    if kind is DecisionKind.AMBIGUOUS:
        if facts is not None:
            yield from (f"Is the auditor right that {issue.description}?" for issue in facts.audit.issues[:_NAMED])
        yield from (f"Is {printable(path)} still wanted, and under this name?" for path in missing[:_NAMED])


def _written(changes: ChangeSet) -> frozenset[str]:
    return frozenset(change.path for change in changes.changes if change.after is not None)


def _names(paths: Sequence[str]) -> str:
    return ", ".join(printable(p) for p in paths[:_NAMED]) + (", ..." if len(paths) > _NAMED else "")
