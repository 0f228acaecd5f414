"""Real runs of runner `unittest`: no pytest in the target, our runner and its records."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autopack.model.evidence import BaselineState
from autopack.model.test_report import RunnerEnd
from autopack.testing import baseline_state
from autopack.testing.job import PLUGIN

SUITE = {
    "pkg/__init__.py": "",
    "pkg/a.py": "def add(a, b):\n    return a + b\n",
    "tests/test_a.py": """\
        import unittest
        from pkg.a import add

        class TestAdd(unittest.TestCase):
            def test_add(self):
                self.assertEqual(add(2, 3), 5)

            def test_wrong(self):
                self.assertEqual(add(2, 2), 5, "the sum")

            def test_product(self):
                add(1, None)

            @unittest.skip("not here")
            def test_skipped(self):
                pass

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()

            @unittest.expectedFailure
            def test_unexpected(self):
                pass

            def test_subtests(self):
                for n in range(3):
                    with self.subTest(n=n):
                        self.assertNotEqual(n, 1)

            def test_all_subtests(self):
                with self.subTest("one"):
                    pass

        class TestSetUp(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise RuntimeError("no set-up")

            def test_never(self):
                pass

        class TestTearDown(unittest.TestCase):
            @classmethod
            def tearDownClass(cls):
                raise RuntimeError("no tear-down")

            def test_fine(self):
                pass

        class TestAsync(unittest.IsolatedAsyncioTestCase):
            async def test_async(self):
                self.assertTrue(add(0, 1))
        """,
    "tests/test_broken.py": "import nothing_here\n",
}


@pytest.fixture
def standard(target, bare_python):
    target.python = bare_python
    return target


def test_outcomes_places_and_provenance(standard, outcomes) -> None:
    report = standard.write(SUITE).run(runner="unittest")
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert report.runner == "unittest"
    assert outcomes(report) == {
        "tests/test_a.py::TestAdd::test_add": "passed",
        "tests/test_a.py::TestAdd::test_wrong": "failed",
        "tests/test_a.py::TestAdd::test_product": "failed",
        "tests/test_a.py::TestAdd::test_skipped": "skipped",
        "tests/test_a.py::TestAdd::test_expected": "xfailed",
        "tests/test_a.py::TestAdd::test_unexpected": "failed",
        "tests/test_a.py::TestAdd::test_subtests": "failed",
        "tests/test_a.py::TestAdd::test_all_subtests": "passed",
        "tests/test_a.py::TestSetUp::test_never": "error",
        "tests/test_a.py::TestTearDown::test_fine": "error",
        "tests/test_a.py::TestAsync::test_async": "passed",
    }
    found = {r.id.rpartition("::")[2]: r.failure for r in report.results if r.failure}
    assert {name: (f.path, f.line, f.message) for name, f in found.items()} == {
        "test_wrong": ("tests/test_a.py", 9, "4 != 5 : the sum"),
        "test_product": ("pkg/a.py", 2, "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'"),
        "test_unexpected": ("tests/test_a.py", 0, "the test passed although it is marked as an expected failure"),
        "test_subtests": ("tests/test_a.py", 29, "(n=1) 1 == 1"),
        "test_never": ("tests/test_a.py", 38, "RuntimeError: no set-up"),
        "test_fine": ("tests/test_a.py", 46, "RuntimeError: no tear-down"),
    }
    (error,) = report.collection_errors
    assert (error.id, error.failure.line) == ("tests/test_broken.py", 1)
    assert error.failure.message == "ModuleNotFoundError: No module named 'nothing_here'"
    assert report.provenance.inconclusive == ""
    assert report.provenance.outside == ()
    assert {"pkg/a.py", "tests/test_a.py"} <= set(report.provenance.imported)


@pytest.mark.parametrize(
    ("tests", "names"),
    [
        ({"paths": ["tests/test_a.py"], "args": ["-k", "wrong", "-b"]}, {"test_wrong"}),
        ({"paths": ["tests/test_a.py::TestAdd::test_add"]}, {"test_add"}),
        ({"paths": ["tests/"], "args": ["-p", "check_*.py"]}, {"test_checked"}),
        ({"workdir": "inner"}, {"test_inner", "test_deep"}),
    ],
    ids=["a file and -k", "one test", "another pattern", "a workdir with a package"],
)
def test_what_is_collected(standard, tests, names) -> None:
    case = "import unittest\nclass TestX(unittest.TestCase):\n    def {}(self): pass\n"
    standard.write({
        **SUITE, "tests/check_one.py": case.format("test_checked"), "inner/test_x.py": case.format("test_inner"),
        "inner/deep/__init__.py": "", "inner/deep/test_x.py": case.format("test_deep"),
        "inner/no_package/test_y.py": case.format("test_not_collected"),
    })  # fmt: skip
    report = standard.run(runner="unittest", **tests)
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert {r.id.rpartition("::")[2] for r in report.results} == names
    assert report.missing_paths == ()


def test_without_tests_the_base_is_empty(standard) -> None:
    report = standard.write({"a.py": ""}).run(runner="unittest")
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert baseline_state(report)[0] is BaselineState.EMPTY


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import os; os._exit(0)", "while running test_z.py::TestZ::test_z"),
        ("raise KeyboardInterrupt", "without closing its report"),
        ("import os; os.write(198, b'x')", "not genuine"),
        ("self._outcome.result.stop()", "stopped with 1 of 2 collected tests not run"),
    ],
    ids=["exits", "interrupts the run", "writes to the channel", "stops the run"],
)
def test_what_is_no_report_is_a_crash(standard, body: str, said: str) -> None:
    standard.write({"test_z.py": f"""\
        import unittest
        class TestZ(unittest.TestCase):
            def test_z(self):
                {body}
            def test_zz(self):
                pass
        """})  # fmt: skip
    report = standard.run(runner="unittest")
    assert report.end is RunnerEnd.CRASHED
    assert said in report.detail


def test_a_test_that_hangs_fails_at_its_time_out(standard, outcomes) -> None:
    standard.write({"test_hang.py": """\
        import threading, unittest
        class TestHang(unittest.TestCase):
            def test_hang(self):
                threading.Event().wait(60)
            def test_next(self):
                pass
        """})  # fmt: skip
    report = standard.run(runner="unittest", per_test_timeout_seconds=1)
    assert outcomes(report) == {
        "test_hang.py::TestHang::test_hang": "failed", "test_hang.py::TestHang::test_next": "passed"}  # fmt: skip
    failure = report.results[0].failure
    assert failure is not None
    assert (failure.line, "time-out of 1 s" in failure.message) == (4, True)


def test_an_option_unittest_does_not_have_is_a_crash_that_quotes_it(standard) -> None:
    report = standard.write(SUITE).run(runner="unittest", args=["--no-such-option"])
    assert report.end is RunnerEnd.CRASHED
    assert "unittest did not accept how it was called" in report.detail
    assert "--no-such-option" in report.detail


@pytest.mark.parametrize("file", sorted(PLUGIN.rglob("*.py")), ids=lambda file: file.name)
def test_what_runs_in_the_target_is_written_for_the_oldest_python_it_serves(file: Path) -> None:
    ast.parse(file.read_text(), feature_version=(3, 7))
