"""AP412: mutants that no test noticed, each at its own place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autopack.model.findings import Finding, Severity
from autopack.model.rules import finding
from autopack.mutation.mutant import Mutant
from autopack.mutation.scoring import MutantOutcome

_MOST_NAMED = 3


def survivor_findings(
    mutants: Sequence[Mutant],
    results: Mapping[str, MutantOutcome],
    asked: Mapping[str, Sequence[str]],
    *,
    strict: bool,
) -> tuple[Finding, ...]:
    """One for each mutant that survived: a warning, in profile strict an error; `asked`: the tests that ran, by
    mutant id."""
    severity = Severity.ERROR if strict else Severity.WARNING
    return tuple(
        finding(
            "AP412", _said(mutant, asked.get(mutant.id, ())), path=mutant.path, range=mutant.range, severity=severity
        )
        for mutant in mutants
        if results.get(mutant.id) is MutantOutcome.SURVIVED
    )


def _said(mutant: Mutant, asked: Sequence[str]) -> str:
    where = f" in {mutant.function}" if mutant.function else ""
    if not asked:
        return f"No test is there to notice an error{where}: {mutant.message}. Add a test that fails then."
    named = ", ".join(asked[:_MOST_NAMED])
    more = f" and {len(asked) - _MOST_NAMED} more" if len(asked) > _MOST_NAMED else ""
    return (
        f"No test notices when{where} {mutant.message}: {named}{more} still pass{'es' if len(asked) == 1 else ''}. "
        "Add or sharpen a test so that it fails then."
    )
