"""Suspicions as findings: AP405 at the very line, an error where the plan does not ask for what was done; a blocking
warning where a person may accept it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.rules import finding
from autopack.tampering.facts import Kind, Suspicion

_ADVICE = {
    Kind.DELETED: "Put the test back.",
    Kind.SKIPPED: "Let the test run and make it pass.",
    Kind.XFAILED: "Take the mark away and make the test pass.",
    Kind.DESELECTED: "Let every test be collected again.",
    Kind.REMOVED: "Put the assertion back and make it hold.",
    Kind.LOOSENED: "Assert as much as before; correct the code where that fails.",
    Kind.TAUTOLOGY: "Compare with a value that the test itself states.",
    Kind.WIDENED: "Keep the tolerance; correct the code where it does not hold.",
    Kind.REPLACED: "Keep what was expected; correct the code where it gives something else.",
    Kind.BROADENED: "Expect the same error, and its text, as before.",
    Kind.EMPTIED: "Put the case back.",
    Kind.MOCKED: "Test the real thing; replace only what it depends on.",
    Kind.SLOWER: "Keep the limit.",
    Kind.CONFIGURATION: "Leave the settings of the tests as they were.",
    Kind.COVERAGE: "Leave the settings of coverage as they were and test the code.",
    Kind.SNAPSHOT: "Keep what is stored; correct the code where it gives something else.",
    Kind.DECEIVED: "Let the product do what is asked, whoever looks.",
}
_ASKED = (
    "If the goal asks for it, the plan has to say so: by what is expected now, or by the file among its deliverables."
)
_BY_FILE = frozenset({Kind.REPLACED, Kind.SNAPSHOT, Kind.REMOVED, Kind.DELETED, Kind.EMPTIED})


_LESS = frozenset(
    {
        Kind.REMOVED, Kind.LOOSENED, Kind.REPLACED, Kind.EMPTIED, Kind.BROADENED, Kind.WIDENED, Kind.SLOWER, Kind.SNAPSHOT,
    }
)  # fmt: skip
"""Kinds after which a test still runs and asks something."""


def tampering_findings(
    suspicions: Iterable[Suspicion],
    proven: Callable[[str], bool] = lambda _: False,
    named: Callable[[str], bool] = lambda _: False,
    *,
    all_ran: bool = False,
) -> list[Finding]:
    """`proven`: whether the base's version of a test passes on the proposed code. Then asking less in it hides nothing now,
    and is a warning that stops nothing; so is taking it away where the plan has `named` its file, and so are settings that
    leave tests out where `all_ran` that the base has."""
    return [_finding(s, _hides_nothing(s, proven, named) if s.test else _leaves_out(s, all_ran)) for s in suspicions]


def _leaves_out(s: Suspicion, all_ran: bool) -> bool:
    return s.kind is Kind.DESELECTED and all_ran


def _hides_nothing(s: Suspicion, proven: Callable[[str], bool], named: Callable[[str], bool]) -> bool:
    return (s.kind in _LESS or (s.kind is Kind.DELETED and named(s.path))) and proven(s.was or s.test)


def told_of(s: Suspicion) -> str:
    """What was done to which test, without advice."""
    where = f"{s.test}: " if s.test else ""
    return f"{where}{s.message.rstrip('.')}."


def _finding(s: Suspicion, proven: bool) -> Finding:
    told = told_of(s)
    advice = _ADVICE[s.kind] + (f" {_ASKED}" if s.kind in _BY_FILE else "")
    text = f"{told} {advice}" if s.sure else f"{told} The plan asks for it, or what it tested is gone."
    if s.sure and proven:
        why = "The test as it was passes on the proposed code" if s.test else "Every test of the base ran all the same"
        text = f"{told} {why}, so this hides nothing now. {advice}"
    severity = Severity.INFORMATION if not s.sure else Severity.WARNING if s.liftable or proven else None
    at = Range.of_line(s.line) if s.line > 0 else None
    return finding(
        "AP405", text, path=s.path, range=at, tree=Tree(s.tree), severity=severity, blocking=s.sure and not proven
    )
