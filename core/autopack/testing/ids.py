"""Test ids as they mean from run to run: without times, addresses and temporary paths that a parameter brought in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_VOLATILE = (
    (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "<uuid>"),
    (re.compile(r"0x[0-9a-fA-F]{6,16}\b"), "<address>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T _]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d{10}\.\d{3,}"), "<time>"),
    (re.compile(r"(?:/private)?/(?:var/)?tmp/[^\s\]'\",;)]*"), "<temporary>"),
    (re.compile(r"/var/folders/[^\s\]'\",;)]*"), "<temporary>"),
)


def stable_id(test_id: str) -> str:
    """The id with each volatile value replaced by its kind; the path of the file is left as it is."""
    path, mark, name = test_id.partition("::")
    for pattern, kind in _VOLATILE:
        name = pattern.sub(kind, name)
    return path + mark + name


def comparable(test_ids: Iterable[str]) -> dict[str, str]:
    """Each id's name for comparisons with another run: its stable form, numbered where several ids of this run have the
    same; in the order they are given."""
    seen: Counter[str] = Counter()
    names: dict[str, str] = {}
    for test_id in test_ids:
        stable = stable_id(test_id)
        seen[stable] += 1
        names[test_id] = stable if stable == test_id or seen[stable] == 1 else f"{stable}#{seen[stable]}"
    return names


def function_of(test_id: str) -> str:
    """The test function of a case: its id up to the values of the case."""
    path, mark, name = test_id.partition("::")
    return path + mark + name.partition("[")[0]


def case_of(test_id: str) -> str:
    """What of the id `function_of` leaves out, "" for a test without cases."""
    return test_id[len(function_of(test_id)) :]
