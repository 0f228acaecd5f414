"""The records of our reporter for `node --test` (plugin/autopack_node.mjs)."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from autopack.model.test_report import Failure, TestOutcome, TestResult
from autopack.testing.formats.places import Places
from autopack.testing.formats.reading import (
    MAX_BYTES,
    Reading,
    ReportRefused,
    made_failure,
    number,
    stable_name,
    string,
)  # fmt: skip

_MOST_SAID = 20_000
_DEEPEST = 100
_ERROR = re.compile(r"\w{0,80}Error(?: \[\w{1,80}\])?: ")


def read_node_events(data: bytes, places: Places) -> Reading:
    """Ids are `file::outer::inner::name`. Raises ReportRefused unless the last record counts all the others.

    A file that failed as a whole could not be loaded, or ended red outside of its tests: a collection error. A suite is
    a result only where it failed by itself (a hook of it).
    """
    if len(data) > MAX_BYTES:
        raise ReportRefused(f"larger than {MAX_BYTES // 2**20} MiB")
    lines = data.split(b"\n")
    if lines[-1] != b"":
        raise ReportRefused("it is cut off: its last record is incomplete")
    reader = _Reader(places)
    ended = False
    for position, line in enumerate(lines[:-1]):
        record = _record(line)
        if ended or record.get("n") != position:
            raise ReportRefused(f"record {position} is out of order")
        if record.get("t") == "end":
            ended = True
        else:
            reader.take(record)
    if not ended:
        raise ReportRefused("it is cut off: its last record is missing")
    if reader.running:
        raise ReportRefused(f"{reader.running[0]} did not come to its end")
    return reader.reading


def _record(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReportRefused(f"a record is malformed ({str(error)[:80]})") from error
    if not isinstance(value, dict):
        raise ReportRefused("a record is no object")
    return cast("dict[str, Any]", value)


class _Reader:
    def __init__(self, places: Places) -> None:
        self.reading = Reading()
        self._places = places
        self._open: dict[str, list[str]] = {}
        self._said: dict[str, str] = {}

    @property
    def running(self) -> list[str]:
        """Tests that began and did not end."""
        return [" > ".join((file, *names)) for file, names in self._open.items() if names]

    def take(self, record: dict[str, Any]) -> None:
        kind = record.get("t")
        file = self._places.file(string(record, "file")) or stable_name(string(record, "file"), str(self._places.top))
        if kind == "stderr":
            self._said[file] = (self._said.get(file, "") + string(record, "text"))[-_MOST_SAID:]
            return
        nesting = int(number(record, "nesting"))
        if not 0 <= nesting <= _DEEPEST:
            raise ReportRefused("tests are nested too deeply")
        names = self._open.setdefault(file, [])
        if kind == "start":
            names[nesting:] = [string(record, "name")]
        elif kind in ("pass", "fail"):
            above = names[:nesting]
            names[nesting:] = []
            self._ended(record, file, above, passed=kind == "pass")
        else:
            raise ReportRefused(f"a record is of the unknown kind {str(kind)[:40]!r}")

    def _ended(self, record: dict[str, Any], file: str, above: list[str], *, passed: bool) -> None:
        name = string(record, "name")
        whole = not above and self._places.file(name) == file != ""
        fault = cast("dict[str, Any]", record.get("error")) if isinstance(record.get("error"), dict) else {}
        alone = string(fault, "kind") != "subtestsFailed"
        if record.get("suite") is True and (passed or not alone):
            return
        todo, skip = record.get("todo") is True, record.get("skip") is True
        if whole and not passed and not todo:
            self.reading.add_error(file, self._unloaded(file))
            return
        outcome = TestOutcome.PASSED if passed else TestOutcome.FAILED
        if todo or skip:
            outcome = TestOutcome.SKIPPED if passed else TestOutcome.XFAILED
        failure = self._failure(record, fault, file) if outcome is TestOutcome.FAILED else None
        parts = [stable_name(part, str(self._places.top)) for part in (*above, *(() if whole else (name,)))]
        test_id = "::".join(filter(None, (file, *parts)))
        self.reading.add(TestResult(test_id, outcome, number(record, "ms") / 1000, failure))

    def _failure(self, record: dict[str, Any], fault: dict[str, Any], file: str) -> Failure:
        stack = string(fault, "stack")
        place = self._places.of(stack)
        if not place[0]:
            place = self._places.file(file), int(number(record, "line"))
        message, name = string(fault, "message").strip(), string(fault, "name")
        said = message if name in ("", "Error", "AssertionError") else f"{name}: {message}"
        return made_failure(place, said or "failed", stack, self._places.way(stack))

    def _unloaded(self, file: str) -> Failure:
        said = self._said.get(file, "").strip()
        lines = [line for line in said.splitlines() if line.strip()]
        message = next((line for line in lines if _ERROR.match(line)), lines[-1] if lines else "")
        path, line = self._places.of(said)
        message = message or "the file failed outside of its tests"
        return made_failure((path or file, line), message, said, self._places.way(said))
