"""The versions of pytest that targets have: from the oldest that takes our plugin, and the last that does not."""

from __future__ import annotations

import pytest

from autopack.model.test_report import RunnerEnd
from tests.real.target import environment

PLUGIN = ("6.2.5", "7.4.4", "8.4.2")
BEFORE_PLUGIN = "6.1.2"
SUITE = {
    "pkg/__init__.py": "",
    "pkg/told.py": 'def add(a, b):\n    """\n    >>> add(1, 1)\n    3\n    """\n    return a + b\n',
    "tests/test_kinds.py": """\
        import unittest
        import pytest
        from pkg.told import add

        @pytest.fixture
        def broken():
            raise OSError("no disk")

        @pytest.mark.parametrize("n", [1, pytest.param(4, id="four", marks=pytest.mark.xfail)])
        def test_pairs(n):
            assert add(n, 0) == 1

        @pytest.mark.skip(reason="not here")
        def test_skipped():
            pass

        def test_fixture(broken):
            pass

        class TestOld(unittest.TestCase):
            def test_fails(self):
                self.assertEqual(add(1, 1), 3)
        """,
    "tests/test_gone.py": "import nothing_of_that_name\n",
}
OUTCOMES = {
    "pkg/told.py::pkg.told.add": "failed",
    "tests/test_kinds.py::test_pairs[1]": "passed",
    "tests/test_kinds.py::test_pairs[four]": "xfailed",
    "tests/test_kinds.py::test_skipped": "skipped",
    "tests/test_kinds.py::test_fixture": "error",
    "tests/test_kinds.py::TestOld::test_fails": "failed",
}
REPLACES = "import unittest\n\nunittest.TestCase.assertEqual = lambda *a, **k: None\n"
USES = """\
    import unittest
    import app

    class TestIt(unittest.TestCase):
        def test_it(self):
            self.assertEqual(1, 2)
    """


@pytest.mark.parametrize("version", PLUGIN)
def test_every_kind_is_told_and_located(target, outcomes, version: str) -> None:
    target.python = environment([f"pytest=={version}"])
    report = target.write(SUITE).run(args=["--doctest-modules"])
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == OUTCOMES
    assert [error.id for error in report.collection_errors] == ["tests/test_gone.py"]
    places = {r.id.rpartition("::")[2]: (r.failure.path, r.failure.line) for r in report.results if r.failure}
    assert places["test_fails"] == ("tests/test_kinds.py", 21)
    assert places["test_fixture"] == ("tests/test_kinds.py", 7)
    assert places["pkg.told.add"] == ("pkg/told.py", 3)
    assert report.provenance.inconclusive == "" and "pkg/told.py" in report.provenance.imported


@pytest.mark.parametrize("version", PLUGIN)
def test_what_the_code_under_test_replaces_is_seen(target, version: str) -> None:
    """Older versions of pytest leave unittest alone until a test needs it: the code under test may be the first to."""
    target.python = environment([f"pytest=={version}"])
    report = target.write({"app.py": REPLACES, "tests/test_x.py": USES}).run()
    assert [(name, path) for name, path in report.patched] == [("TestCase.assertEqual", "app.py")]


def test_before_the_plugin_a_report_in_xml_is_read(target, outcomes) -> None:
    target.python = environment([f"pytest=={BEFORE_PLUGIN}"])
    report = target.write(SUITE).run(args=["--doctest-modules", "--assert=plain"])
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == OUTCOMES
    assert [error.id for error in report.collection_errors] == ["tests/test_gone.py"]
