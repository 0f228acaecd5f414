"""What trials of tests and of those in their place say about findings that depend on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from autopack.model.findings import Finding, Related, Severity
from autopack.mutation.mutant import Mutant
from autopack.text import plural

LEAST = 3
"""Errors that the tests as they were must notice, before it says anything that those now notice them all."""


@dataclass(frozen=True, slots=True)
class Rewording:
    """`noticed` are errors that the tests notice on either side, `by` the functions of the base's tests that did. `lost` is
    one that only those of the base notice, and then `by` are those that notice it. Without either nothing was settled."""

    noticed: int = 0
    lost: Mutant | None = None
    by: frozenset[str] = frozenset()


class Depending(NamedTuple):
    """What a finding says was done, without advice, and the functions of the base's tests that it is about; `less`: it is
    plain to see that the same thing is asked less of, which no trial can show to be as much."""

    done: str
    tests: frozenset[str]
    less: bool = False


def reworded_findings(
    found: Iterable[Finding], depending: Mapping[Finding, Depending], verdict: Rewording
) -> tuple[Finding, ...]:
    """Those of `depending` as warnings where everything is noticed still; where an error is lost, with it, and blocking.
    What was a warning is a person's to accept where that is so, and where it asks `less`. All others stay as they are."""
    return tuple(_judged(f, depending[f], verdict) if f in depending else f for f in found)


def _judged(found: Finding, depending: Depending, verdict: Rewording) -> Finding:
    lost = verdict.lost
    if lost is not None and depending.tests & verdict.by:
        text = f"{lost.message} here: the tests as they were notice it, those in their place do not"
        related = (Related(lost.path, text, lost.range), *found.related)
        return replace(found, message=f"{found.message} {_LOST.format(lost)}", related=related, blocking=True,
                       fingerprint="")  # fmt: skip
    if depending.less:
        return found if found.blocking else _for_a_person(found)
    if lost is not None or verdict.noticed < LEAST or not depending.tests <= verdict.by:
        return found
    same = f"What stands in its place notices the same {plural(verdict.noticed, 'error')} on trial in the code"
    text = f"{depending.done} {same}, so it asks this in other words."
    return replace(found, message=text, severity=Severity.WARNING, blocking=False, fingerprint="")


def _for_a_person(found: Finding) -> Finding:
    text = f"{found.message} A person may look at it and accept it."
    return replace(found, message=text, blocking=True, fingerprint="")


_LOST = "On trial an error is not noticed any more: {0.message} at {0.path}:{0.line}."
