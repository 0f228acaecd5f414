"""Comments and attributes that take product code out of what coverage counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from autopack.model.findings import Tree
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.texts import Texts

_PRAGMA = re.compile(
    r"#\s*pragma:?\s*no\s*(?:cover|branch)|(?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable)|coverage:ignore|LCOV_EXCL|"
    r"#\[(?:cfg_attr\([^\]]*)?(?:coverage\(off\)|no_coverage)|tarpaulin_include|@(?:\w+\.)?(?:Exclude\w*Coverage|Generated)\b|nosonar-coverage",
    re.I,
)
_NOBODY_TESTS = re.compile(
    r"TYPE_CHECKING|NotImplementedError|__main__|@overload|abstractmethod|ImportError|ModuleNotFoundError|version_info|platform|"
    r"assert_never|unreachable|Protocol|\.\.\.\s*#"
)


def uncounted_suspicions(facts: Facts, after: Texts) -> Iterator[Suspicion]:
    for change in facts.changes.changes:
        if change.after is None or facts.is_test(change.path):
            continue
        before = Counter(line.strip() for line in (change.before or b"").decode("utf-8", "replace").splitlines())
        held = after.lines(change.path)
        for number in sorted(after.marked(change.path)):
            line = held[number - 1]
            if _PRAGMA.search(line) and not before[line.strip()]:
                sure = not _NOBODY_TESTS.search(line)
                text = f"`{line.strip()[:100]}` is not counted by coverage; test it instead"
                yield Suspicion(Kind.COVERAGE, change.path, number, Tree.CANDIDATE, "", text, "", line.strip(), sure)
