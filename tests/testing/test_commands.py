"""Runner `command`, JUnit XML, checks."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.evidence import BaselineState
from autopack.model.test_report import RunnerEnd, TestOutcome
from autopack.testing import baseline_state, check_findings, compare_checks, run_checks
from autopack.testing.formats import Places, ReportRefused, read_junit
from autopack.testing.formats.junit import parse_junit

XML = """<?xml version="1.0"?>
<testsuites><testcase name="bare" time="0.5"/>
 <testsuite name="outer"><testsuite name="inner"><testcase classname="C" name="ok"/></testsuite>
  <testcase name="bad"><failure message="boom">Traceback
  File "lib/mod.py", line 7, in f
  at /elsewhere/x.py:3
tests/spec.py:12: AssertionError</failure></testcase>
  <testcase name="err"><error>no message</error></testcase>
  <testcase name="skip"><skipped/></testcase>
 </testsuite></testsuites>"""


def test_every_test_case_at_any_depth(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "spec.py").touch()
    found = {r.id: r for r in read_junit([XML.encode()], Places(tmp_path)).results}
    assert {i: r.outcome.value for i, r in found.items()} == {
        "bare": "passed", "C::ok": "passed", "outer::bad": "failed", "outer::err": "error", "outer::skip": "skipped",
    }  # fmt: skip
    failure = found["outer::bad"].failure
    assert failure is not None
    assert (failure.path, failure.line, failure.message) == ("tests/spec.py", 12, "boom")
    assert found["outer::err"].failure.message == "no message"


@pytest.mark.parametrize("text", [
    '<!DOCTYPE x [<!ENTITY a "b">]><testsuite>&a;</testsuite>',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    "<testsuite>",
    "<a>" * 100 + "</a>" * 100,
    "",
])  # fmt: skip
def test_xml_that_is_refused(text):
    with pytest.raises(ReportRefused):
        parse_junit(text.encode())


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_any_bytes_are_parsed_or_refused(data):
    try:
        parse_junit(data)
    except ReportRefused:
        pass


def test_a_command_is_one_test_by_exit_code(target):
    target.write({"check.py": "import sys, helper; print('said why'); sys.exit(int(sys.argv[1]))", "src/helper.py": ""})
    green = target.run(runner="command", command=["python", "check.py", "0"])
    assert [(r.id, r.outcome) for r in green.results] == [("python check.py 0", TestOutcome.PASSED)]
    red = target.run(runner="command", command=["python", "check.py", "3"])
    assert red.end is RunnerEnd.FINISHED
    assert red.results[0].failure.message == "python check.py 3 exited with 3: said why"
    assert baseline_state(red)[0] is BaselineState.USABLE
    absent = target.run(runner="command", command=["no-such-program"])
    assert absent.end is RunnerEnd.NOT_STARTED
    assert baseline_state(absent)[0] is BaselineState.UNUSABLE


def test_a_command_that_writes_junit(target, outcomes):
    target.write({"out/old.xml": XML, "run.py": """\
        import sys
        open("out/new.xml", "w").write('<testsuite><testcase classname="K" name="%s"/></testsuite>' % sys.argv[1])
        sys.exit(int(sys.argv[2]))
        """})  # fmt: skip
    command = ["python", "run.py", "one", "0"]
    assert outcomes(target.run(runner="command", command=command, junit="out/*.xml")) == {"K::one": "passed"}
    red = target.run(runner="command", command=["python", "run.py", "longer", "1"], junit="out/*.xml")
    assert outcomes(red) == {"K::longer": "passed", "runner::exit-status": "failed"}
    silent = target.run(runner="command", command=["python", "-c", "pass"], junit="out/*.xml")
    assert silent.end is RunnerEnd.CRASHED


def test_checks_are_judged_against_the_base(target):
    target.write({"a.py": "import sys; print('line 4: bad'); sys.exit(1)", "b.py": ""})
    checks = [["python", "a.py"], ["python", "b.py"], ["no-such-program"]]
    runs = asyncio.run(run_checks(checks, target.job()))
    assert [r.exit for r in runs] == [1, 0, None]
    results = compare_checks([type(runs[0])(("python", "a.py"), 0, "")], runs)
    messages = [f.message for f in check_findings(results)]
    assert messages[0] == "python a.py exits with 1 and was green on the base: line 4: bad"
    assert messages[1].startswith("no-such-program could not be run to its end")
    assert check_findings(compare_checks(runs, runs)) == []
