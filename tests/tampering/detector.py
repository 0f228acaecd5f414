"""A case of the tampering corpus as the facts that the judgement is given."""

from __future__ import annotations

from collections.abc import Mapping

from autopack.languages import read
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.plan import Phase, Scope
from autopack.policy import is_test
from autopack.tampering import Facts, Suspicion, judge_tampering
from autopack.testing import Licence, removed_names, sides_of
from tests.testcode.tampering.corpus import Case


def change_of(base: Mapping[str, str], change: Mapping[str, str | None]) -> ChangeSet:
    changes = tuple(_changed(path, base.get(path), text) for path, text in sorted(change.items()))
    return ChangeSet("0" * 40, changes)


def _changed(path: str, before: str | None, after: str | None) -> FileChange:
    kind = ChangeKind.DELETED if after is None else ChangeKind.CREATED if before is None else ChangeKind.MODIFIED
    old, new = (text.encode() if text is not None else None for text in (before, after))
    return FileChange(path, kind, old, new, None if old is None else REGULAR, None if new is None else REGULAR)


def facts_of(case: Case, told: frozenset[str] = frozenset()) -> Facts:
    changes = change_of(case.base, case.change)
    phase = Phase(id="work", goal=case.goal, scope=Scope(paths=list(case.scope)), deliverables=list(case.deliverables))
    base, candidate = case.base, case.candidate
    return Facts(
        changes=changes,
        base=lambda path: base[path].encode() if path in base else None,
        candidate=lambda path: candidate[path].encode() if path in candidate else None,
        base_paths=frozenset(base),
        candidate_paths=frozenset(candidate),
        is_test=is_test,
        allowed=Licence.of(phase),
        removed=removed_by(changes),
        told=told,
    )


def removed_by(changes: ChangeSet) -> frozenset[str]:
    """What the change takes out of the product, Python alone."""
    return removed_names(sides_of(changes, is_test).product, _names)


def _names(path: str, data: bytes) -> set[str]:
    reading = read(path, data) if path.endswith(".py") else None
    return {symbol.name.rpartition(".")[2] for symbol in reading.symbols} if reading is not None else set()


def judged(case: Case, told: frozenset[str] = frozenset()) -> tuple[Suspicion, ...]:
    return judge_tampering(facts_of(case, told))
