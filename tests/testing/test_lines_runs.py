"""Lines that real test runs execute: whole, by test, in workers, and the reasons why there are none."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Delta
from autopack.model.test_report import RunnerEnd
from autopack.policy import is_test
from autopack.testing import positive_evidence, test_key
from autopack.testing.executed import covering_of, executed_of, no_lines_of
from autopack.testing.job import PLUGIN
from autopack.testing.record_forms import Covering, Lines
from autopack.testing.records import Session
from tests.kit.target import COVERAGE, PYTEST, XDIST, make_environment
from tests.testing.conftest import Target

CODE = """\
    LIMIT = 3


    def add(a, b):
        if a > LIMIT:
            return LIMIT
        return a + b


    def never():
        return 0
    """
TESTS = """\
    import pytest

    def test_small():
        from pkg.b import add
        assert add(1, 2) == 3

    def test_large():
        from pkg.b import add
        assert add(9, 2) == 3
    """


@pytest.fixture(scope="session")
def measuring_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("measuring") / "venv", PYTEST + COVERAGE + XDIST)


@pytest.fixture
def measured(suite: Target, measuring_python: Path) -> Target:
    suite.python = measuring_python
    return suite.write({"src/pkg/b.py": CODE, "tests/test_b.py": TESTS})


QUIET = ["-p", "no:xdist"]


def test_lines_and_which_test_ran_which(measured):
    report = measured.run(args=QUIET, lines=True, changed=("src/pkg/b.py", "README.md"))
    assert (report.end, report.no_lines) == (RunnerEnd.FINISHED, "")
    assert report.executed_lines["src/pkg/b.py"] == (1, 4, 5, 6, 7, 10)
    assert report.executed_lines["src/pkg/a.py"] == (1, 2)
    assert set(report.covering) == {"src/pkg/b.py"}
    tests = report.covering["src/pkg/b.py"]
    assert tests[6] == ("tests/test_b.py::test_large",)
    assert tests[5] == ("tests/test_b.py::test_large", "tests/test_b.py::test_small")
    assert 11 not in tests


def test_importing_a_file_in_a_test_is_no_evidence_and_calling_it_is(measured):
    """test_small imports the file within itself: the lines of definitions run in its name then."""
    report = measured.run(args=QUIET, lines=True, changed=("src/pkg/b.py",))
    text = (measured.root / "src/pkg/b.py").read_text()
    cases = {
        "never()": (text.replace("return 0", "return 1"), ""),
        "def never(": (text.replace("def never():", "def never(x=1):"), ""),
        "return a + b": (text.replace("a + b", "b + a"), "tests/test_b.py::test_small executed src/pkg/b.py:7"),
        "def add(a, b)": (
            text.replace("(a, b)", "(a, b=1)"), "tests/test_b.py::test_large executed src/pkg/b.py:5"),
    }  # fmt: skip
    for name, (after, expected) in cases.items():
        change = FileChange("src/pkg/b.py", ChangeKind.MODIFIED, text.encode(), after.encode(), 0o100644, 0o100644)
        found = positive_evidence(
            ChangeSet("b", (change,)), report, Delta(), [], "core_backend_high", "pytest", is_test, strict=True
        )
        assert found.positive == expected, name
        if not expected:
            assert "No test that passes executes what was added to src/pkg/b.py" in found.findings[0].message
            assert found.findings[0].blocking


def test_code_that_only_loading_runs_is_in_no_test(measured):
    measured.write({"src/pkg/c.py": "def made():\n    return 1\n\n\nMADE = made()\n"})
    measured.write({"tests/test_c.py": "from pkg.c import MADE\ndef test_c():\n    assert MADE == 1\n"})
    report = measured.run(args=QUIET, lines=True, changed=("src/pkg/c.py",))
    assert report.executed_lines["src/pkg/c.py"] == (1, 2, 5)
    assert report.covering == {}


def test_workers_of_xdist_answer_too(measured):
    alone = measured.run(args=QUIET, lines=True, changed=("src/pkg/b.py",))
    spread = measured.run(args=["-n", "2"], lines=True, changed=("src/pkg/b.py",))
    assert (spread.end, spread.no_lines) == (RunnerEnd.FINISHED, ""), spread.detail
    assert spread.executed_lines == alone.executed_lines
    assert spread.covering["src/pkg/b.py"][6] == alone.covering["src/pkg/b.py"][6]


def test_a_worker_that_died_leaves_no_lines(measured):
    measured.write({"tests/test_dies.py": "import os\ndef test_dies():\n    os._exit(1)\n"})
    report = measured.run(args=["-n", "1"], lines=True)
    assert report.executed_lines is None
    assert "did not say which lines" in report.no_lines


def test_without_contexts_the_lines_are_the_same(measured):
    one = measured.run(args=QUIET, lines=True)
    assert one.executed_lines == measured.run(args=QUIET, lines=True, changed=("src/pkg/b.py",)).executed_lines
    assert one.covering == {}


def test_what_child_processes_execute_does_not_count(measured):
    measured.write({
        "tests/test_b.py": """\
            import subprocess, sys
            def test_child():
                subprocess.run([sys.executable, "-c", "import pkg.b; pkg.b.add(1, 2)"], check=True)
            """
    })  # fmt: skip
    report = measured.run(args=QUIET, lines=True, changed=("src/pkg/b.py",))
    assert report.end is RunnerEnd.FINISHED and "src/pkg/b.py" not in report.executed_lines


def test_unittest_tells_the_same(measured):
    measured.write({
        "tests/test_b.py": """\
            import unittest
            from pkg.b import add
            class TestB(unittest.TestCase):
                def test_small(self):
                    assert add(1, 2) == 3
            """,
        "tests/test_a.py": "",
    })  # fmt: skip
    report = measured.run(runner="unittest", lines=True, changed=("src/pkg/b.py",))
    assert report.executed_lines["src/pkg/b.py"] == (1, 4, 5, 7, 10), report.no_lines
    assert report.covering["src/pkg/b.py"] == dict.fromkeys((5, 7), ("tests/test_b.py::TestB::test_small",))


STAND_IN = """\
    def pytest_addoption(parser):
        parser.addoption("--cov", action="append", default=[], dest="cov_source", nargs="?", const=True)
        parser.addoption("--no-cov", action="store_true", dest="no_cov")
    """
TAKES_OVER = "import sys\ndef test_x():\n    sys.settrace(None)\n"
WHY = {
    "pytest-cov is active": (
        {"pytest_cov.py": STAND_IN}, ["-p", "pytest_cov", "--cov"], "pytest-cov measures this session"),
    "a test takes the tracer's place": (
        {"tests/test_x.py": TAKES_OVER}, [], "a test took the place of the tracer"),
    "the project is coverage.py": (
        {"src/coverage/__init__.py": ""}, [], "the worktree holds a package named coverage"),
}  # fmt: skip


@pytest.mark.parametrize("name", WHY)
def test_it_stays_out_and_says_so(measured, name):
    files, args, expected = WHY[name]
    report = measured.write(files).run(args=[*QUIET, *args], lines=True, changed=("src/pkg/b.py",))
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert (report.executed_lines, report.covering, report.no_lines) == (None, {}, expected)


def test_pytest_cov_that_is_told_to_rest_is_no_obstacle(measured):
    measured.write({"pytest_cov.py": STAND_IN})
    report = measured.run(args=[*QUIET, "-p", "pytest_cov", "--cov", "--no-cov"], lines=True)
    assert report.executed_lines is not None, report.no_lines


def test_no_coverage_in_the_target(suite):
    report = suite.run(lines=True)
    assert report.executed_lines is None
    assert report.no_lines == f"{suite.python} has no coverage.py"


def test_not_asked_is_no_reason(measured):
    report = measured.run(args=QUIET)
    assert (report.executed_lines, report.covering, report.no_lines) == (None, {}, "")


def test_runners_that_do_not_tell_say_so(measured):
    report = measured.run(runner="command", command=["true"], lines=True)
    assert report.no_lines == "the runner command does not tell them"


def test_a_report_with_lines_has_a_key_of_its_own(measured):
    job = measured.job()
    assert test_key(replace(job, lines=True)) != test_key(job)
    assert test_key(replace(job, lines=True, changed=("a.py",))) == test_key(replace(job, lines=True))


def told(*records) -> Session:
    return Session(lines=[Lines("lines", n, "", files) for n, files in enumerate(records)])


RANGES = st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=5)


@given(RANGES, st.integers(0, 12))
@settings(max_examples=60)
def test_no_line_beyond_the_end_of_a_file(tmp_path_factory, ranges, length):
    folder = tmp_path_factory.mktemp("bounds")
    (folder / "a.py").write_text("x\n" * length)
    (folder / "link.py").symlink_to(folder / "a.py")
    names = ("a.py", "link.py", "../a.py", "/etc/passwd", "none.py", "nul\0.py")
    session = told(dict.fromkeys(names, ranges))
    session.covering.append(Covering("covering", 9, [(name, "t.py::a", ranges) for name in names]))
    found = executed_of(session, folder)
    assert found is not None and set(found) <= {"a.py"}
    assert all(1 <= line <= length for line in found.get("a.py", ()))
    assert list(covering_of(session, folder, "")) == list(found)


def test_one_process_without_lines_is_none():
    assert no_lines_of(Session()) and no_lines_of(replace(told({}), silent_workers=("gw0",)))
    assert no_lines_of(Session(lines=[Lines("lines", 1, "", {}), Lines("lines", 2, "no", {})])) == "no"


def _plugin():
    spec = importlib.util.spec_from_file_location("lines_under_test", PLUGIN / "autopack_lines.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.integers(1, 4000), max_size=1500), max_size=4))
@settings(max_examples=25, deadline=None)
def test_records_are_small_and_hold_everything(files):
    plugin = _plugin()
    ranges = {path: plugin._ranges(lines) for path, lines in files.items()}
    covering = [[path, "t.py::a", r] for path, r in ranges.items() if r]
    sent = list(plugin.records({"why": "", "files": ranges, "covering": covering}))
    again: dict[str, set[int]] = {}
    for kind, fields in sent:
        parts = [(p, r) for p, _, r in fields["tests"]] if kind == "covering" else fields["files"].items()
        assert sum(len(r) for _, r in parts) <= 2 * plugin._CHUNK
        for path, part in parts:
            again.setdefault(f"{kind} {path}", set()).update(n for a, b in part for n in range(a, b + 1))
    kept = {path: lines for path, lines in files.items() if lines}
    assert again == {f"{kind} {path}": lines for kind in ("lines", "covering") for path, lines in kept.items()}
