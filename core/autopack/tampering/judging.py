"""The judgement on a change of tests, whatever runs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from autopack.model.findings import Tree
from autopack.tampering.builds import build_suspicions
from autopack.tampering.catching import catching_suspicions
from autopack.tampering.configuration import configuration_suspicions
from autopack.tampering.data_files import data_suspicions
from autopack.tampering.deceiving import deceiving_suspicions
from autopack.tampering.doctests import doctest_suspicions
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.hooks import hook_suspicions
from autopack.tampering.licensing import licensed
from autopack.tampering.python_side import python_suspicions
from autopack.tampering.script_side import script_suspicions
from autopack.tampering.texts import both
from autopack.tampering.uncounted import uncounted_suspicions


def judge_tampering(facts: Facts) -> tuple[Suspicion, ...]:
    """What the change does to tests and to what decides on them, in the order of files and lines; tests that somebody else
    has blamed are left out."""
    before, after = both(facts.changes)
    found = [
        *python_suspicions(facts, before, after),
        *script_suspicions(facts, before, after),
        *hook_suspicions(facts, before, after),
        *configuration_suspicions(facts, before, after),
        *build_suspicions(facts, before, after),
        *uncounted_suspicions(facts, after),
        *data_suspicions(facts, before, after),
        *doctest_suspicions(facts),
        *deceiving_suspicions(facts),
        *catching_suspicions(facts),
    ]
    found += _expected_to_fail(facts, {s.test for s in found if s.kind is Kind.XFAILED})
    told = {test.partition("[")[0] for test in facts.told}
    judged = licensed((s for s in _once(found) if s.test not in told), facts)
    return tuple(sorted(judged, key=lambda s: (s.path, s.line, s.kind, s.test)))


def _expected_to_fail(facts: Facts, known: Collection[str]) -> Iterator[Suspicion]:
    """Tests that a run shows to be marked, where no mark is to be read: one is put on by a loop, a hook, a plugin."""
    project = facts.new
    for test in sorted({test.partition("[")[0] for test in facts.expected} - set(known)):
        path, _, place = test.partition("::")
        module = project.module(path)
        node = module.definitions.get(place.replace("::", ".")) if module is not None else None
        text = "It passes, and is expected to fail now"
        yield Suspicion(Kind.XFAILED, path, node.lineno if node is not None else 0, Tree.CANDIDATE, test, text)


def _once(found: Iterable[Suspicion]) -> list[Suspicion]:
    """One of those of a kind at a line: a helper is used by many tests."""
    kept: dict[tuple[object, ...], Suspicion] = {}
    for s in found:
        kept.setdefault((s.path, s.line, s.tree, s.kind), s)
    return list(kept.values())
