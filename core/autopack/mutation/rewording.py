"""What trials of tests and of those in their place say about findings that depend on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autopack.model.findings import Finding, Related, Severity
from autopack.mutation.mutant import Mutant
from autopack.text import plural

LEAST = 3
"""Errors that the tests as they were must notice, before it says anything that those now notice them all."""


@dataclass(frozen=True, slots=True)
class Rewording:
    """`noticed` are errors that the tests notice on either side, `lost` is one that only those of the base do. Without
    either nothing was settled."""

    noticed: int = 0
    lost: Mutant | None = None


def reworded_findings(
    found: Iterable[Finding], depending: Mapping[Finding, str], verdict: Rewording
) -> tuple[Finding, ...]:
    """Of `depending`, each with what was done in words: warnings where everything is noticed still, with the error that is
    not where one is lost; all other findings as they are."""
    return tuple(_judged(f, depending[f], verdict) if f in depending else f for f in found)


def _judged(found: Finding, done: str, verdict: Rewording) -> Finding:
    lost = verdict.lost
    if lost is not None:
        text = f"{lost.message} here: the tests as they were notice it, those in their place do not"
        related = (Related(lost.path, text, lost.range), *found.related)
        return replace(found, message=f"{found.message} {_LOST.format(lost)}", related=related, fingerprint="")
    if verdict.noticed < LEAST:
        return found
    text = (
        f"{done} What stands in its place notices the same {plural(verdict.noticed, 'error')} on trial in the code, so it "
        "asks this in other words."
    )
    return replace(found, message=text, severity=Severity.WARNING, blocking=False, fingerprint="")


_LOST = "On trial an error is not noticed any more: {0.message} at {0.path}:{0.line}."
