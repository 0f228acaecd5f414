"""What a reader makes of a report, and the names it gives to tests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from autopack.model.test_report import CollectionError, Failure, TestOutcome, TestResult

MAX_BYTES = 64 * 1024 * 1024
MAX_CASES = 200_000
_LONGEST = 300
_ADDRESS = re.compile(r"@[0-9a-f]{5,16}\b|\b0x[0-9a-f]{8,16}\b")
_BADNESS = {outcome: rank for rank, outcome in enumerate((
    TestOutcome.SKIPPED, TestOutcome.XFAILED, TestOutcome.XPASSED, TestOutcome.PASSED, TestOutcome.ERROR,
    TestOutcome.FAILED))}  # fmt: skip


class ReportRefused(ValueError):
    """The report cannot be believed: cut off, malformed, too large, or it contradicts itself. The message says why."""


@dataclass
class Reading:
    """Results and collection errors of one report, each id once: of two with one id the worse stays."""

    _results: dict[str, TestResult] = field(default_factory=dict[str, TestResult])
    _errors: dict[str, CollectionError] = field(default_factory=dict[str, CollectionError])

    @property
    def results(self) -> list[TestResult]:
        return list(self._results.values())

    @property
    def collection_errors(self) -> tuple[CollectionError, ...]:
        return tuple(self._errors.values())

    def add(self, result: TestResult) -> None:
        """Raises ReportRefused beyond MAX_CASES."""
        old = self._results.get(result.id)
        if old is None or _BADNESS[result.outcome] > _BADNESS[old.outcome]:
            self._results[result.id] = result
        if len(self._results) > MAX_CASES:
            raise ReportRefused(f"it holds more than {MAX_CASES} tests")

    def add_error(self, test_id: str, failure: Failure) -> None:
        """The first error of an id stays. Raises ReportRefused beyond MAX_CASES."""
        self._errors.setdefault(test_id, CollectionError(test_id, failure))
        if len(self._errors) > MAX_CASES:
            raise ReportRefused(f"it holds more than {MAX_CASES} collection errors")


def stable_name(text: str, top: str) -> str:
    """A part of a test id as it is in every run: on one line, without the worktree's place and memory addresses, and
    where it is longer than 300 characters its end replaced by a digest."""
    name = _ADDRESS.sub("@", " ".join(text[: 100 * _LONGEST].split()).replace(f"{top}/", ""))
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 13]}~{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


def made_failure(
    place: tuple[str, int], message: str, text: str = "", frames: tuple[tuple[str, int], ...] = ()
) -> Failure:
    """A Failure of bounded size."""
    said = message.strip()[:4000] or "no reason was given"
    return Failure(place[0], place[1], said, (text.strip() or said)[-4000:], frames)


def json_value(data: bytes) -> Any:
    """Raises ReportRefused for more than MAX_BYTES and for what is no JSON."""
    if len(data) > MAX_BYTES:
        raise ReportRefused(f"larger than {MAX_BYTES // 2**20} MiB")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ReportRefused(f"not well-formed JSON ({str(error)[:80]})") from error


def records(value: Any) -> Iterator[dict[str, Any]]:
    """The objects among the entries of a JSON list; nothing of anything else."""
    for entry in cast("list[Any]", value) if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield cast("dict[str, Any]", entry)


def string(record: dict[str, Any], key: str) -> str:
    """The text under a key, "" where it is none."""
    value = record.get(key)
    return value if isinstance(value, str) else ""


def number(record: dict[str, Any], key: str) -> float:
    """The number under a key, 0.0 where it is none or not finite."""
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < 1e12 else 0.0
