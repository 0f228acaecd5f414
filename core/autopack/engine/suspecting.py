"""What a change does to tests, told from both of its trees without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from autopack.engine.aside import aside, reader
from autopack.engine.overlays import Crossed, removed_from, sides
from autopack.engine.trying import is_strict
from autopack.engine.work import Work
from autopack.model.attempt import Attempt
from autopack.model.evidence import Delta
from autopack.model.findings import Finding, Severity
from autopack.model.rules import finding
from autopack.policy import is_test
from autopack.tampering import Facts, Suspicion, judge_tampering, tampering_findings
from autopack.testing import Licence, function_of


class Suspected(NamedTuple):
    """`reworded`: those of the findings that stop the phase although what they miss may be asked in other words."""

    findings: tuple[Finding, ...] = ()
    reworded: Mapping[Finding, Suspicion] = MappingProxyType({})


async def suspected(work: Work, attempt: Attempt, delta: Delta, crossed: Crossed) -> Suspected:
    """AP405 for each place where the change takes something from the tests; of those that a run has spoken of already,
    only what that run did not hold against the change."""
    assert attempt.changes is not None and attempt.candidate is not None
    private = work.doors.private
    facts = Facts(
        changes=attempt.changes,
        base=reader(work, attempt.base_tree),
        candidate=reader(work, attempt.tree),
        base_paths=frozenset(entry.path for entry in private.list(attempt.base_tree)),
        candidate_paths=frozenset(entry.path for entry in private.list(attempt.tree)),
        is_test=is_test,
        allowed=Licence.of(work.phase),
        renamed=delta.renamed,
        told=crossed.blamed,
    )
    try:
        found = await aside(partial(judge_tampering, facts))
        if any(s.sure for s in found):
            facts = replace(facts, removed=await removed_from(work, sides(attempt).product))
            found = await aside(partial(judge_tampering, facts))
    except Exception as error:
        text = f"What the change does to the tests could not be compared ({type(error).__name__}: {error})."
        text = f"{text} A person may look at it and accept it."
        return Suspected((finding("AP405", text, severity=Severity.WARNING, blocking=True),))
    told = [s for s in found if s.sure or s.test not in crossed.tests]
    if is_strict(work):
        return Suspected(tuple(tampering_findings(told)))
    old_name = {function_of(new): function_of(old) for old, new in delta.renamed}

    def proven(test: str) -> bool:
        place = function_of(test)
        return old_name.get(place, place) in crossed.proven

    plan, changed = Licence.of(work.phase), {c.path: c for c in attempt.changes.changes}

    def named(path: str) -> bool:
        return path in changed and plan.names(changed[path])

    findings = tampering_findings(told, proven, named)
    pairs = zip(findings, told, strict=True)
    return Suspected(tuple(findings), {f: s for f, s in pairs if f.blocking and s.reworded})
