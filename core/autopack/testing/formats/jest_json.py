"""The JSON that jest writes with --json and vitest with its json reporter."""

from __future__ import annotations

from typing import Any, cast

from autopack.model.test_report import Failure, TestOutcome, TestResult
from autopack.testing.formats.places import Places
from autopack.testing.formats.reading import (
    Reading,
    ReportRefused,
    json_value,
    made_failure,
    number,
    records,
    stable_name,
    string,
)  # fmt: skip

_OUTCOMES = {
    "passed": TestOutcome.PASSED,
    "failed": TestOutcome.FAILED,
    **dict.fromkeys(("pending", "skipped", "todo", "disabled"), TestOutcome.SKIPPED),
}


def read_jest_json(data: bytes, places: Places) -> Reading:
    """Ids are `file::outer::inner::title`. Raises ReportRefused, also where the report's own counts say otherwise.

    A file that failed and in which no test did could not be loaded: a collection error.
    """
    value = json_value(data)
    report = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if not isinstance(report.get("testResults"), list):
        raise ReportRefused("it has no list testResults")
    reading = Reading()
    failed = 0
    for entry in records(report["testResults"]):
        failed += _file(reading, entry, places)
    told = report.get("success")
    if told is True and (failed or reading.collection_errors):
        raise ReportRefused("it says that everything passed and holds failed tests")
    if number(report, "numFailedTests") > failed:
        raise ReportRefused(f"it counts {number(report, 'numFailedTests'):g} failed tests and holds {failed}")
    if not isinstance(told, bool):
        raise ReportRefused("it does not say whether everything passed")
    return reading


def _file(reading: Reading, entry: dict[str, Any], places: Places) -> int:
    """Add one file's tests; how many failed."""
    top = str(places.top)
    file = places.file(string(entry, "name")) or stable_name(string(entry, "name"), top)
    failed = 0
    for test in records(entry.get("assertionResults")):
        status = string(test, "status")
        if status not in _OUTCOMES:
            raise ReportRefused(f"a test has the unknown status {status[:40]!r}")
        titles = cast("list[Any]", test["ancestorTitles"]) if isinstance(test.get("ancestorTitles"), list) else []
        names = [stable_name(str(t), top) for t in (*titles, string(test, "title") or string(test, "fullName"))]
        outcome = _OUTCOMES[status]
        if outcome is TestOutcome.PASSED and test.get("failing") is True:  # `test.failing`, told since jest 30
            outcome = TestOutcome.XFAILED
        failure = _failure(test, places, file) if outcome is TestOutcome.FAILED else None
        failed += failure is not None
        seconds = number(test, "duration") / 1000
        reading.add(TestResult("::".join(filter(None, (file, *names))), outcome, seconds, failure))
    if string(entry, "status") == "failed" and not failed:
        text = _plain(string(entry, "message")).strip().removeprefix("● Test suite failed to run").strip()
        place = places.of(text)
        message = text or "the file failed and says not why"
        place = place if place[0] else (places.file(file), 0)
        reading.add_error(file, made_failure(place, message, frames=places.way(text)))
    return failed


def _failure(test: dict[str, Any], places: Places, file: str) -> Failure:
    messages = test.get("failureMessages")
    texts = [_plain(str(m)) for m in cast("list[Any]", messages)] if isinstance(messages, list) else []
    text = "\n\n".join(texts)
    message = "\n".join(line for line in (texts[0] if texts else "").splitlines() if not line.strip().startswith("at "))
    place = places.of(text)
    if not place[0]:
        location = test.get("location")
        line = number(cast("dict[str, Any]", location), "line") if isinstance(location, dict) else 0
        place = places.file(file), int(line)
    return made_failure(place, message or "failed", text, places.way(text))


def _plain(text: str) -> str:
    """Without colours: runners write them for terminals."""
    parts = text.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] if "m" in part[:12] else part for part in parts[1:])
