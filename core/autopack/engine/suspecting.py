"""What a change does to tests, told from both of its trees without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from autopack.engine.aside import aside, reader
from autopack.engine.overlays import removed_from, sides
from autopack.engine.running import Ran
from autopack.engine.trying import is_strict
from autopack.engine.work import Work
from autopack.model.attempt import Attempt
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestOutcome
from autopack.policy import is_test
from autopack.tampering import (
    Facts,
    Kind,
    Suspicion,
    abandoned_tests,
    judge_tampering,
    stated_tests,
    tampering_findings,
)
from autopack.testing import Licence, Masked, function_of
from autopack.text import shorten


class Suspected(NamedTuple):
    """`reworded`: those of the findings that stop the phase although what they miss may be asked in other words; `proven`
    those that do not, as the tests they are about pass as they were; `kinds` says what the findings at a place
    (path, range, tree) are about; `reformed`: for findings of the crossing what is to be
    said in their place, as these tests ask of the product's new form what they asked, or what the plan says instead."""

    findings: tuple[Finding, ...] = ()
    reworded: Mapping[Finding, Suspicion] = MappingProxyType({})
    proven: Mapping[Finding, Suspicion] = MappingProxyType({})
    reformed: Mapping[Finding, Finding] = MappingProxyType({})
    kinds: Mapping[tuple[str, Range | None, Tree], frozenset[Kind]] = MappingProxyType({})


async def suspected(work: Work, attempt: Attempt, ran: Ran) -> Suspected:
    """AP405 for each place where the change takes something from the tests; of those that a run has spoken of already,
    only what that run did not hold against the change."""
    assert attempt.changes is not None and attempt.candidate is not None
    private, delta, crossed, plan = work.doors.private, ran.delta, ran.crossed, Licence.of(work.phase)
    facts = Facts(
        changes=attempt.changes,
        base=reader(work, attempt.base_tree),
        candidate=reader(work, attempt.tree),
        base_paths=frozenset(entry.path for entry in private.list(attempt.base_tree)),
        candidate_paths=frozenset(entry.path for entry in private.list(attempt.tree)),
        is_test=is_test,
        allowed=plan,
        renamed=delta.renamed,
        expected=_expected(ran),
    )
    try:
        stated = await aside(partial(stated_tests, facts)) if crossed.against else frozenset[str]()
        as_said = {f for f, m in crossed.against.items() if function_of(m.test) in stated}
        left = await aside(partial(abandoned_tests, facts)) if crossed.by_file else frozenset[str]()
        excused = as_said | crossed.reformed
        blamed = (m for f, m in crossed.against.items() if f not in excused)
        facts = replace(facts, told=frozenset(id_ for m in blamed for id_ in (m.test, m.now)))
        found = await aside(partial(judge_tampering, facts))
        if any(s.sure for s in found):
            facts = replace(facts, removed=await removed_from(work, sides(attempt).product))
            found = await aside(partial(judge_tampering, facts))
    except Exception as error:
        text = f"What the change does to the tests could not be compared ({type(error).__name__}: {error})."
        text = f"{text} A person may look at it and accept it."
        return Suspected((finding("AP405", text, severity=Severity.WARNING, blocking=True),))
    decided = set(map(function_of, crossed.tests))
    told = [s for s in found if (s.sure and s.kind is not Kind.DELETED) or s.test not in decided]
    less = {id_ for s in found if s.sure for id_ in (s.test, s.was)}

    def asks_as_much(f: Finding) -> bool:
        return less.isdisjoint(map(function_of, (crossed.against[f].test, crossed.against[f].now)))

    reformed = {f: _as_stated(f) for f in as_said if asks_as_much(f)}
    reformed |= {f: _abandoned(f, m) for f, m in crossed.by_file.items() if function_of(m.test) in left}
    if is_strict(work):
        return Suspected(tuple(tampering_findings(told)), reformed=reformed)
    reformed = {f: _asks_the_same(f) for f in crossed.reformed if asks_as_much(f)} | reformed
    old_name = {function_of(new): function_of(old) for old, new in delta.renamed}

    def proven(test: str) -> bool:
        place = function_of(test)
        return old_name.get(place, place) in crossed.proven

    changed = {c.path: c for c in attempt.changes.changes}

    def named(path: str) -> bool:
        return path in changed and plan.names(changed[path])

    findings = tampering_findings(told, proven, named, all_ran=_all_ran(ran))
    pairs = [(f, s) for f, s in zip(findings, told, strict=True) if s.sure and s.test]
    kinds: dict[tuple[str, Range | None, Tree], frozenset[Kind]] = {}
    for f, s in zip(findings, told, strict=True):
        place = f.path, f.range, f.tree
        kinds[place] = kinds.get(place, frozenset()) | {s.kind}
    return Suspected(
        tuple(findings),
        {f: s for f, s in pairs if f.blocking and s.reworded},
        {f: s for f, s in pairs if not f.blocking},
        reformed,
        kinds,
    )


def _asks_the_same(found: Finding) -> Finding:
    """AP405 of a test that could not be run as it was, and that asks no less of the product's new form."""
    text = f"{_what_failed(found)} and was rewritten for it. It asks what it asked."
    return replace(found, message=text, severity=Severity.WARNING, blocking=False, fingerprint="")


def _as_stated(found: Finding) -> Finding:
    """AP405 of a test all of whose other expectations the plan spells out."""
    text = f"{_what_failed(found)} and was rewritten. The plan's words say what is expected now."
    return replace(found, message=text, severity=Severity.INFORMATION, blocking=False, fingerprint="")


def _abandoned(found: Finding, m: Masked) -> Finding:
    """AP405 of a test that fails on the proposed code, and in whose place nothing looks at the same."""
    failed = f" ({shorten(m.failure.message, 300)})" if m.failure is not None else ""
    text = (
        f"{m.test} as it stands in the base fails on the proposed code{failed}, and nothing looks at the same any more."
    )
    text = f"{text} The plan asks for {found.path}, but has no word of this: ask the same thing for what is right now."
    return replace(found, message=text, severity=Severity.ERROR, blocking=True, fingerprint="")


def _what_failed(found: Finding) -> str:
    return found.message.partition(" and was rewritten")[0].partition(", and is gone")[0]


def _all_ran(ran: Ran) -> bool:
    """Whether each test of the base ran on the candidate as well."""
    whole = ran.whole and ran.report is not None and ran.report.end is RunnerEnd.FINISHED
    return (
        whole and bool(ran.baseline and ran.baseline.results) and not (ran.delta.missing or ran.delta.collection_errors)
    )


def _expected(ran: Ran) -> frozenset[str]:
    """Tests that passed on the base, and pass on the candidate although they are marked to fail."""
    if ran.baseline is None or ran.report is None:
        return frozenset()
    old_name = {new: old for old, new in ran.delta.renamed}
    before = {r.id for r in ran.baseline.results if r.outcome is TestOutcome.PASSED}
    now = (r.id for r in ran.report.results if r.outcome is TestOutcome.XPASSED)
    return frozenset(test for test in now if old_name.get(test, test) in before)
