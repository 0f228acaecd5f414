"""Kinds of tests pytest knows, in real runs: markers, parametrised ids, subtests, doctests, all of them under xdist."""

from __future__ import annotations

import pytest

from autopack.model.test_report import RunnerEnd

SUITE = {
    "pyproject.toml": '[tool.pytest.ini_options]\nmarkers = ["slow"]\naddopts = "--strict-markers"\n',
    "src/pkg/__init__.py": "",
    "src/pkg/told.py": '''\
        def add(a, b):
            """
            >>> add(1, 2)
            3
            >>> add(1, 1)
            3
            """
            return a + b
        ''',
    "tests/test_kinds.py": """\
        import unittest
        import pytest

        @pytest.mark.slow
        @pytest.mark.parametrize("text", ["a b", "x::y", "[z]", "é"])
        def test_texts(text):
            assert text

        @pytest.mark.parametrize("n", [1, 2])
        @pytest.mark.parametrize("m", [3, pytest.param(4, id="four", marks=pytest.mark.xfail)])
        def test_pairs(m, n):
            assert m == 3

        class TestOld(unittest.TestCase):
            def test_subs(self):
                for n in range(3):
                    with self.subTest(n=n):
                        self.assertNotEqual(n, 1)

        def test_subtests(subtests):
            with subtests.test("good"):
                pass
            with subtests.test("bad"):
                assert 1 == 2
        """,
}
OUTCOMES = {
    "tests/test_kinds.py::test_texts[a b]": "passed",
    "tests/test_kinds.py::test_texts[x::y]": "passed",
    "tests/test_kinds.py::test_texts[[z]]": "passed",
    "tests/test_kinds.py::test_texts[\\xe9]": "passed",
    "tests/test_kinds.py::test_pairs[3-1]": "passed",
    "tests/test_kinds.py::test_pairs[3-2]": "passed",
    "tests/test_kinds.py::test_pairs[four-1]": "xfailed",
    "tests/test_kinds.py::test_pairs[four-2]": "xfailed",
    "tests/test_kinds.py::TestOld::test_subs": "failed",
    "tests/test_kinds.py::test_subtests": "failed",
    "src/pkg/told.py::pkg.told.add": "failed",
}


@pytest.mark.parametrize("args", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_every_kind_is_told_apart_and_located(target, xdist_python, outcomes, args: list[str]) -> None:
    target.python = xdist_python
    report = target.write(SUITE).run(args=[*args, "--doctest-modules"])
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == OUTCOMES
    places = {r.id.rpartition("::")[2]: (r.failure.path, r.failure.line) for r in report.results if r.failure}
    assert places == {
        "test_subs": ("tests/test_kinds.py", 18),
        "test_subtests": ("tests/test_kinds.py", 24),
        "pkg.told.add": ("src/pkg/told.py", 5),
    }
    assert report.provenance.inconclusive == ""
    assert "src/pkg/told.py" in report.provenance.imported


def test_markers_choose(target, outcomes) -> None:
    report = target.write(SUITE).run(args=["-m", "slow"])
    assert set(outcomes(report)) == {name for name in OUTCOMES if "test_texts" in name}


def test_one_case_and_one_doctest_can_be_run_again(target, outcomes) -> None:
    target.write(SUITE)
    wanted = ["tests/test_kinds.py::test_texts[x::y]", "src/pkg/told.py::pkg.told.add"]
    report = target.run(paths=wanted, args=["--doctest-modules"])
    assert outcomes(report) == {name: OUTCOMES[name] for name in wanted}
    assert report.missing_paths == ()
