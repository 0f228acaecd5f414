"""What the plan asks for is no tampering: whether a suspicion stops the phase, or is only told."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from autopack.model.changes import FileChange
from autopack.tampering.checks import Check, words_of
from autopack.tampering.data_files import owner_of
from autopack.tampering.facts import Allowed, Facts, Kind, Suspicion
from autopack.tampering.growing import grows

_WORD = re.compile(r"\w+")
_CUES: dict[Kind, frozenset[str]] = {
    Kind.SKIPPED: frozenset({"skip", "skipped", "skips", "disable", "disabled"}),
    Kind.XFAILED: frozenset({"xfail", "xfailed", "expected"}),
    Kind.DESELECTED: frozenset({"deselect", "deselected", "exclude", "ignore"}),
    Kind.WIDENED: frozenset(
        {
            "tolerance",
            "tolerances",
            "approx",
            "approximate",
            "approximately",
            "approximation",
            "rounding",
            "precision",
            "accuracy",
            "close",
            "coarse",
            "coarser",
            "percent",
        }
    ),
    Kind.SLOWER: frozenset({"slower"}),
    Kind.LOOSENED: frozenset({"unordered", "loosen", "relax"}),
    Kind.REMOVED: frozenset({"remove", "removed", "drop", "dropped", "delete", "deleted", "longer"}),
    Kind.DELETED: frozenset({"remove", "removed", "drop", "dropped", "delete", "deleted", "longer", "retire"}),
    Kind.EMPTIED: frozenset({"remove", "removed", "drop", "dropped", "delete", "fewer", "cases", "longer"}),
    Kind.SNAPSHOT: frozenset({"snapshot", "snapshots", "golden", "regenerate", "update", "rewrite"}),
    Kind.DECEIVED: frozenset({"wildcard", "anything", "matcher", "matchers", "everything", "pytest", "jest", "vitest"}),
}
"""Words of a plan that speak of such a thing; alone they allow nothing."""
_MORE = frozenset({"increase", "increased", "double", "doubled", "extend", "extended", "relax", "relaxed"})
"""Beside one of these a plan that says `timeout` speaks of a longer one, not of a thing that the product has."""
_UNORDERED = re.compile(r"\b(?:sorted|set|Counter)\b")
_CLOCK = re.compile(r"\b(?:monotonic|perf_counter|process_time|time\.time)\b")
_MEASURING = frozenset({"clock", "measure", "measures", "measured", "measuring", "speed", "timing", "sleep", "sleeps"})
"""Words of a plan that wants tests without a clock."""
_ANY = frozenset({"any", "matter", "matters", "unspecified", "arbitrary", "undefined"})
"""Beside one of these a plan that says `order` gives it up."""
_SETTINGS: dict[Kind, frozenset[str]] = {
    Kind.COVERAGE: frozenset({"coverage", "threshold", "fail_under", "omit"}),
    Kind.CONFIGURATION: frozenset({"pytest", "warnings", "settings", "configuration", "plugin", "strict"}),
    Kind.DESELECTED: frozenset({"collect", "deselect", "ignore", "exclude", "select"}),
    Kind.SLOWER: frozenset({"timeout", "timeouts"}),
}
"""Words without which a change of settings is not what the plan asks for; what is new in them must stand there too."""
_VALUES = frozenset({Kind.REPLACED, Kind.WIDENED, Kind.SLOWER, Kind.BROADENED})
"""What the plan's words can spell out."""
_ARGUABLE = frozenset(
    {Kind.REMOVED, Kind.LOOSENED, Kind.REPLACED, Kind.EMPTIED, Kind.BROADENED, Kind.WIDENED, Kind.SLOWER}
)
_BY_FILE = frozenset({Kind.REPLACED, Kind.SNAPSHOT})
"""What may change in a file that the plan names."""
_ADDS = "the plan asks for the file, but only adds: it has no word of a change here"
_GONE = frozenset({Kind.REMOVED, Kind.DELETED, Kind.EMPTIED, Kind.REPLACED, Kind.BROADENED, Kind.SNAPSHOT})
"""What is right where the thing that was tested is gone."""


def licensed(found: Iterable[Suspicion], facts: Facts) -> tuple[Suspicion, ...]:
    """The suspicions, each sure or not; in a file the plan names, what its words do not cover stays sure where a neighbour
    in the same test is covered by them."""
    changes = {path: c for c in facts.changes.changes for path in (c.path, c.old_path) if path}
    owners = {path: changes.get(owner_of(path), c) for path, c in changes.items()}
    judged = [_judged(s, (changes.get(s.path), owners.get(s.path), *_behind(s, changes, facts)), facts) for s in found]
    replaced = [s for s in judged if s.kind is Kind.REPLACED]
    spelled = [s for s in replaced if _added(s) and _added(s) <= facts.allowed.words]
    tests = {s.test for s in spelled}
    ratios, steps = (set(filter(None, map(of, spelled))) for of in (_ratio, _step))
    doubtful = {
        s
        for s in replaced
        if not s.sure
        and s.test in tests
        and _ratio(s) not in ratios
        and _step(s) not in steps
        and _is_collateral(s, facts)
    }
    sure = (replace(s, sure=True) if s in doubtful and not facts.allowed.rewrites else s for s in judged)
    return tuple(replace(s, liftable=s.sure and _is_arguable(s, changes.get(s.path), facts)) for s in sure)


def _ratio(s: Suspicion) -> float | None:
    """By what an expected number grew: 1.5 of 20 that is 30 now. What the plan says of one may go for others."""
    before, after = (c.number for c in s.checks) if s.checks is not None else (None, None)
    return round(after / before, 9) if before and after else None


def _step(s: Suspicion) -> float | None:
    """How far the one number that changed went, up or down: where a limit is 50 lower, 50 more are left over."""
    before, after = (set(_WORD.findall(text)) for text in (s.before, s.after))
    old, new = before - after, after - before
    if len(old) != 1 or len(new) != 1 or not all(word.isdecimal() for word in (*old, *new)):
        return None
    return abs(float(new.pop()) - float(old.pop()))


def _behind(s: Suspicion, changes: Mapping[str, FileChange], facts: Facts) -> list[FileChange]:
    """Of a file that is as it was: what it imports from the tests' side and is not, where the plan names all of that."""
    module = facts.new.module(s.path) if s.path not in changes and s.path.endswith(".py") else None
    links = module.imports.values() if module is not None else ()
    found = [changes[at] for at in dict.fromkeys(link.target for link in links) if at in changes and facts.is_test(at)]
    return found if all(facts.allowed.names(change) for change in found) else []


def _is_arguable(s: Suspicion, change: FileChange | None, facts: Facts) -> bool:
    """A person may see it otherwise: a value that is meant to be equal to everything, another value, or less asked, in a
    file that the plan names or in what documents the product."""
    if s.kind is Kind.DECEIVED:
        return True
    named = change is not None and (facts.allowed.names(change) or not facts.is_test(change.path))
    return named and bool(s.test) and s.kind in _ARGUABLE


def _judged(s: Suspicion, where: tuple[FileChange | None, ...], facts: Facts) -> Suspicion:
    """`where`: the change of its file, and that of the tests which it belongs to."""
    if not s.sure:
        return s
    named = [change for change in where if change is not None and facts.allowed.names(change)]
    if _allowed(s, named, facts):
        return replace(s, sure=False)
    if not named or not _only_added(s, named, facts):
        return s
    return replace(s, message=f"{s.message.rstrip('.')}; {_ADDS}", unasked=True)


def _allowed(s: Suspicion, named: Sequence[FileChange], facts: Facts) -> bool:
    allowed = facts.allowed
    gone = removed_subject(s, facts.removed) if s.kind in _GONE else ""
    if gone and (gone.isidentifier() or s.kind is not Kind.BROADENED or _expects_the_same_error(s)):
        return True
    if s.kind in _VALUES and _spelled(s, allowed):
        return True
    if s.kind in _BY_FILE and named:
        return not _only_added(s, named, facts)
    if not s.test and s.kind in _SETTINGS:
        return bool(named and _SETTINGS[s.kind] & allowed.words and _added(s)) and _added(s) <= allowed.words
    free = "order" in allowed.words and (_ANY & allowed.words or {"need", "not"} <= allowed.words)
    if s.kind is Kind.LOOSENED and free and _UNORDERED.search(s.after):
        return True
    if s.kind is Kind.REMOVED and named and s.reworded and allowed.rewrites:
        return True
    if s.kind is Kind.REMOVED and named and _CLOCK.search(s.before) and allowed.words & _MEASURING:
        return True
    cues = bool(_CUES.get(s.kind, frozenset()) & allowed.words)
    if s.kind is Kind.SLOWER and {"timeout", "timeouts"} & allowed.words:
        cues = cues or bool(_MORE & allowed.words)
    test = frozenset(_WORD.findall(s.test.rpartition("::")[2].casefold()))
    if s.kind in (Kind.SKIPPED, Kind.XFAILED, Kind.DESELECTED):
        return cues and bool(test) and test <= allowed.words
    return cues and (bool(named) or (bool(test) and test <= allowed.words)) and s.kind not in (
        Kind.TAUTOLOGY, Kind.MOCKED, Kind.COVERAGE, Kind.CONFIGURATION
    )  # fmt: skip


def _only_added(s: Suspicion, named: Sequence[FileChange], facts: Facts) -> bool:
    """Whether another value is expected of the very thing where the plan has no word of it and asks for additions alone.
    That it names a file of stored results is word enough, and what was an error may be what it adds."""
    if s.reworded or (s.checks is not None and s.checks[0].op == "raises"):
        return False
    stored = not s.test and any(s.path in (change.path, change.old_path) for change in named)
    words = (facts.allowed.speaks_of(change, [s.before], [s.after]) for change in named)
    return facts.allowed.adds and s.kind in _BY_FILE and not stored and not any(words)


def _expects_the_same_error(s: Suspicion) -> bool:
    """Whether it is the error's text alone that is asked no more: that text may be gone, its class is not."""
    return s.checks is not None and len({c.expected.partition(" match ")[0] for c in s.checks}) == 1


def _spelled(s: Suspicion, allowed: Allowed) -> bool:
    by_check = s.checks is not None and s.checks[0].is_about(s.checks[1]) and spells(*s.checks, allowed)
    return by_check or allowed.spells_out([s.before], [s.after])


def spells(old: Check, new: Check, allowed: Allowed) -> bool:
    """Whether the plan's words spell out what `new` expects where `old`, of the same thing, expected something else; what
    they are made with, and what is asked about, may stand in it as well."""
    names = _names(old.expected)
    before, after = f"{old.op} {old.expected}", f"{new.op} {new.expected}"
    spelled = any(allowed.spells_out([before, given], [after], names) for given in ("", old.subject))
    return spelled or (new.op == old.op == "==" and new.is_about(old) and grows(old.expected, new.expected, allowed))


def _names(expected: str) -> set[str]:
    """`Money` and `of` of `Money.of('1.00')`."""
    try:
        nodes = list(ast.walk(ast.parse(expected, mode="eval")))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return {n.id if isinstance(n, ast.Name) else n.attr for n in nodes if isinstance(n, ast.Name | ast.Attribute)}


def _is_collateral(s: Suspicion, facts: Facts) -> bool:
    """A value that nothing covers: neither words nor something that is gone; of a single number or word."""
    added = _added(s)
    return len(added) == 1 and not added <= facts.allowed.words and not removed_subject(s, facts.removed)


def _added(s: Suspicion) -> set[str]:
    return set(_WORD.findall(s.after.casefold())) - set(_WORD.findall(s.before.casefold()))


def removed_subject(s: Suspicion, removed: Collection[str]) -> str:
    """What the change takes out of the product and the suspicion is about; "" for nothing."""
    words = s.about or words_of(s.before)
    quoted = [word[1:] for word in words if word.startswith('"')]
    for name in sorted(removed):
        if name in words and (name.isidentifier() or not name.isspace()):
            return name
        if not name.isidentifier() and any(
            (len(name) > 3 and name in q) or (len(q) > 3 and " " in q and q in name) for q in quoted
        ):
            return name
    return ""
