"""Code under test that works on the record of its results is seen where the process shows it."""

from __future__ import annotations

import pytest

from autopack.model.test_report import RunnerEnd
from autopack.testing.meddling import meddling_findings

FAILS = "def test_a():\n    assert 1 == 2\n"
TURNS = """
import pytest

@pytest.hookimpl({how})
def pytest_runtest_makereport(item, call):
    {body}
"""
OLD = TURNS.format(how="hookwrapper=True", body="outcome = yield\n    outcome.get_result().outcome = 'passed'")
NEW = TURNS.format(
    how="wrapper=True", body="report = yield\n    report.outcome, report.longrepr = 'passed', None\n    return report"
)
LATER = "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n"
REPLACES = """
import _pytest.runner, _pytest.python, unittest

{line}
"""
PATCHES = {
    "_pytest.runner.call_and_report": "_pytest.runner.call_and_report = lambda *a, **k: None",
    "Function.runtest": "_pytest.python.Function.runtest = lambda self: None",
    "CallInfo.from_call": "_pytest.runner.CallInfo.from_call = classmethod(lambda cls, *a, **k: None)",
    "TestCase.assertEqual": "unittest.TestCase.assertEqual = lambda *a, **k: None",
}


@pytest.mark.parametrize("conftest", [OLD, NEW])
def test_a_failure_reported_as_passed_is_seen(target, conftest):
    target.write({"conftest.py": conftest, "tests/test_x.py": FAILS})
    report = target.run()
    assert report.end is RunnerEnd.FINISHED
    assert report.overruled == ("tests/test_x.py::test_a",)
    (found,) = meddling_findings(None, report)
    assert (found.code, found.blocking, found.path) == ("AP405", True, "tests/test_x.py")
    assert meddling_findings(report, report) == [], "what the base has always done is its own affair"


def test_skips_and_expected_failures_are_no_meddling(target):
    target.write({"tests/test_x.py": "import pytest\n\n@pytest.mark.xfail\ndef test_a():\n    assert 0\n\ndef test_b():\n"
                                     "    pytest.skip('no')\n\n@pytest.mark.xfail(raises=OSError)\ndef test_c():\n"
                                     "    raise OSError\n"})  # fmt: skip
    report = target.run()
    assert (report.overruled, report.patched) == ((), ())


@pytest.mark.parametrize("part", PATCHES)
def test_a_replaced_part_of_the_framework_is_seen(target, part):
    target.write({"app.py": REPLACES.format(line=PATCHES[part]), "tests/test_x.py": "import app\n\n" + FAILS})
    report = target.run()
    names = [name for name, _ in report.patched]
    if report.end is RunnerEnd.FINISHED:
        assert part in names
        found = meddling_findings(None, report)
        assert found and found[0].path == "app.py" and found[0].blocking
    else:
        assert not report.results, "a run that does not finish proves nothing either"


def test_a_hook_that_edits_reports_when_they_are_told_comes_too_late(target, outcomes):
    target.write({"conftest.py": LATER, "tests/test_x.py": FAILS})
    report = target.run()
    assert outcomes(report) == {"tests/test_x.py::test_a": "failed"}


FORGES = """
import gc

def test_a():
    channel = next(o for o in gc.get_objects() if type(o).__name__ == "Channel" and hasattr(o, "seq"))
    channel.send({record})
"""


@pytest.mark.parametrize(
    "record",
    ["'result', id='t.py::x', outcome='great', duration=0, failure=None", "'end', status=0", "'result', id=7"],
)
def test_a_record_of_the_code_under_test_that_is_none_of_ours_is_no_report(target, record):
    target.write({"tests/test_x.py": FORGES.format(record=record)})
    report = target.run()
    assert (report.end, "cannot be read" in report.detail) == (RunnerEnd.CRASHED, True), report
