"""AP406: doubts about tests, as findings at the line to look at."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.model.findings import Finding, Range, Severity
from autopack.model.rules import finding
from autopack.testcode.vacuity import Doubt, Kind

_PROVEN = frozenset({Kind.TAUTOLOGY, Kind.NO_ASSERTION, Kind.ALWAYS_SKIPPED})
_ADVICE = {
    Kind.TAUTOLOGY: "Compare the result with the value that the phase demands, written out.",
    Kind.NO_ASSERTION: "Assert what the call gives or does; where coming back is the point, let the name "
    "of the test say so.",
    Kind.SUBJECT_MOCKED: "Call the changed code itself and replace only what it depends on.",
    Kind.CONSTANT_ASSERTION: "Assert on what the changed code gives or does.",
    Kind.SWALLOWED_EXCEPTION: "Let the failure reach the runner; expect an error by its type with `raises`.",
    Kind.COPIED_IMPLEMENTATION: "Write the expected values out, worked out by hand or taken from the specification.",
    Kind.ALWAYS_SKIPPED: "Let it run, or leave it out.",
    Kind.PASSES_ON_BASE: "Let it fail without the change, or say that it writes down what already holds (mark it "
    "`characterization`).",
}


def doubt_findings(doubts: Sequence[Doubt], must_pass: Sequence[str] = (), *, strict: bool) -> tuple[Finding, ...]:
    """Warnings, in profile strict errors. A test of `must_pass` (an id, a file or a class) that is proven to be empty is an
    error in both: the phase is to complete on it. What is only information stays so."""
    return tuple(
        finding(
            "AP406",
            f"{doubt.test} cannot show that the change is right: {doubt.message}. {_ADVICE[doubt.kind]}"
            if doubt.kind is not Kind.PASSES_ON_BASE
            else f"{doubt.test}: {doubt.message}. {_ADVICE[doubt.kind]}",
            path=doubt.path,
            range=Range.of_line(doubt.line),
            severity=_severity(doubt, must_pass, strict),
        )
        for doubt in doubts
    )


def _severity(doubt: Doubt, must_pass: Sequence[str], strict: bool) -> Severity:
    if doubt.information:
        return Severity.INFORMATION
    wanted = any(_stands_for(entry, doubt.test) for entry in must_pass)
    if strict or (wanted and doubt.sure and doubt.kind in _PROVEN):
        return Severity.ERROR
    return Severity.WARNING


def _stands_for(entry: str, test: str) -> bool:
    """Whether an entry of `must_pass` names the test: itself, one of its cases, its class or its file."""
    place = entry.partition("[")[0].rstrip("/")
    return test == place or test.startswith((f"{place}::", f"{place}/"))
