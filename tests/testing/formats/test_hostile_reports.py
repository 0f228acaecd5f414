"""Reports that are cut off, contradict themselves or want to harm: refused or read, never believed as a pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.testing.formats import (
    Places,
    Reading,
    ReportRefused,
    read_go_events,
    read_jest_json,
    read_junit,
    read_node_events,
)  # fmt: skip
from autopack.testing.formats import reading as bounds

RECORDED = Path(__file__).with_name("recorded")
NOWHERE = Places(Path("/nonexistent"))
ENDING = "0123456789abcdef"
Read = Callable[[bytes], Reading]


def read_go(data: bytes) -> Reading:
    return read_go_events(data, NOWHERE, ENDING)


READERS: dict[str, tuple[Read, bytes]] = {
    **{
        name: (lambda data: read_junit([data], NOWHERE), (RECORDED / name).read_bytes().rstrip())
        for name in (
            "vitest/junit.xml", "jest/junit.xml", "node/junit-24.xml", "nextest/junit.xml", "go/gotestsum.xml",
            "surefire/TEST-org.example.calc.SumTest-n0nce.xml", "gradle/TEST-org.example.OldTest.xml",
            "pytest/xunit1.xml",
        )
    },
    **{
        name: (lambda data: read_jest_json(data, NOWHERE), (RECORDED / name).read_bytes().rstrip())
        for name in ("jest/report.json", "vitest/report.json")
    },
    "node/events-20.jsonl": (lambda data: read_node_events(data, NOWHERE),
                             (RECORDED / "node/events-20.jsonl").read_bytes()),
    "go/events-1.27.jsonl": (read_go, (RECORDED / "go/events-1.27.jsonl").read_bytes() + f"\n{ENDING}\n".encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_report_cut_off_anywhere_is_refused(name: str, data: st.DataObject) -> None:
    read, whole = READERS[name]
    assert read(whole).results
    with pytest.raises(ReportRefused):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_damage_is_read_or_refused(name: str, data: st.DataObject) -> None:
    read, whole = READERS[name]
    at = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 200))
    damaged = whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + length :]
    try:
        read(damaged)
    except ReportRefused:
        pass


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=300))
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    try:
        READERS[name][0](data)
    except ReportRefused:
        pass


def go_events(*events: object, ending: str = ENDING) -> bytes:
    return "".join(f"{e if isinstance(e, str) else json.dumps(e)}\n" for e in (*events, ending)).encode()


def event(action: str, test: str = "", package: str = "p", **more: object) -> dict[str, object]:
    return {"Action": action, "Package": package, **({"Test": test} if test else {}), **more}


@pytest.mark.parametrize(
    "events",
    [
        (event("start"),),
        (event("run", "TestA"), event("pass")),
        (event("run", "TestA"), event("fail", "TestA"), event("pass")),
        (event("run", "TestA"), event("pass", "TestA"), '{"Action": "pass", "Pack'),
    ],
    ids=["a package that never ended", "a test that never ended", "a package that passed in spite", "half an event"],
)
def test_events_of_go_that_contradict_themselves(events: tuple[object, ...]) -> None:
    with pytest.raises(ReportRefused):
        read_go(go_events(*events))


def test_a_test_that_never_ended_in_a_package_that_failed_has_failed() -> None:
    reading = read_go(go_events(event("run", "TestA"), event("output", "TestA", Output="hung\n"), event("fail")))
    (result,) = reading.results
    assert (result.id, result.outcome) == ("p::TestA", "failed")
    assert result.failure is not None
    assert result.failure.message.startswith("the test did not come to its end\nhung")


def test_a_failure_is_not_taken_back_by_a_later_pass() -> None:
    events = (event("run", "TestA"), event("fail", "TestA"), event("run", "TestA"), event("pass", "TestA"))
    assert [r.outcome for r in read_go(go_events(*events, event("fail"))).results] == ["failed"]


@pytest.mark.parametrize(
    "report",
    [
        {"success": True, "testResults": [{"name": "a.js", "assertionResults": [{"title": "t", "status": "failed"}]}]},
        {"success": True, "testResults": [{"name": "a.js", "status": "failed", "assertionResults": []}]},
        {"success": False, "numFailedTests": 2, "testResults": []},
        {"success": True, "testResults": [{"name": "a.js", "assertionResults": [{"title": "t", "status": "new"}]}]},
        {"testResults": []},
        {"success": True, "testResults": None},
        [],
    ],
)
def test_json_of_jest_that_contradicts_itself(report: object) -> None:
    with pytest.raises(ReportRefused):
        read_jest_json(json.dumps(report).encode(), NOWHERE)


def test_a_suite_that_counts_more_failures_than_it_shows_has_failed() -> None:
    xml = b"""<testsuites><testsuite name="a" failures="0" errors="1" tests="1"><testcase name="t"/>
        <system-err>no module named b</system-err></testsuite></testsuites>"""
    reading = read_junit([xml], NOWHERE)
    assert [(e.id, e.failure.message) for e in reading.collection_errors] == [
        ("a", "1 of its failures belong to no test: no module named b")
    ]


@pytest.mark.parametrize("name", READERS)
def test_a_report_is_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, whole = READERS[name]
    for module in ("reading", "junit", "go_events", "node_events"):
        monkeypatch.setattr(f"autopack.testing.formats.{module}.MAX_BYTES", len(whole) - 1)
    with pytest.raises(ReportRefused, match="larger than"):
        read(whole)


def test_the_number_of_tests_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_CASES", 2)
    cases = b"".join(b'<testcase name="t%d"/>' % n for n in range(3))
    with pytest.raises(ReportRefused, match="more than 2 tests"):
        read_junit([b"<testsuite>" + cases + b"</testsuite>"], NOWHERE)


def test_other_xml_is_no_report() -> None:
    with pytest.raises(ReportRefused, match="outermost element"):
        read_junit([b'<html><testcase name="t"/></html>'], NOWHERE)
