"""A finished run of a real suite: outcomes, places of failures, provenance."""

from __future__ import annotations

from autopack.model.test_report import RunnerEnd

MIXED = """\
    import pytest
    from pkg.a import add

    def helper(x):
        assert x == 4, (
            "no")

    def test_bad():
        helper(add(1, 1))

    def test_product():
        add(1, None)

    @pytest.mark.xfail
    def test_expected():
        assert 0

    @pytest.mark.xfail
    def test_unexpected():
        assert 1

    def test_skipped():
        pytest.skip("no")

    @pytest.fixture
    def broken():
        raise ValueError("x")

    def test_setup(broken):
        pass

    def test_no_fixture(nofix):
        pass

    @pytest.fixture
    def untidy():
        yield
        raise RuntimeError("teardown")

    def test_teardown(untidy):
        pass
    """


def test_outcomes_places_and_provenance(suite, outcomes):
    suite.write({"tests/test_b.py": MIXED, "tests/test_c.py": "import nothing_here\n"})
    report = suite.run()
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == {
        "tests/test_a.py::test_add": "passed",
        "tests/test_a.py::test_many[1]": "passed",
        "tests/test_a.py::test_many[2]": "passed",
        "tests/test_b.py::test_bad": "failed",
        "tests/test_b.py::test_product": "failed",
        "tests/test_b.py::test_expected": "xfailed",
        "tests/test_b.py::test_unexpected": "xpassed",
        "tests/test_b.py::test_skipped": "skipped",
        "tests/test_b.py::test_setup": "error",
        "tests/test_b.py::test_no_fixture": "error",
        "tests/test_b.py::test_teardown": "error",
    }
    found = {r.id.rpartition("::")[2]: r.failure for r in report.results if r.failure}
    places = {name: (f.path, f.line, f.message.splitlines()[0]) for name, f in found.items()}
    assert places == {
        "test_bad": ("tests/test_b.py", 5, "no"),
        "test_product": ("src/pkg/a.py", 2, "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'"),
        "test_setup": ("tests/test_b.py", 27, "ValueError: x"),
        "test_no_fixture": ("tests/test_b.py", 32, "fixture 'nofix' not found"),
        "test_teardown": ("tests/test_b.py", 38, "RuntimeError: teardown"),
    }
    assert found["test_bad"].excerpt == '>     assert x == 4, (\n          "no")\nE no\nE assert 2 == 4'
    (error,) = report.collection_errors
    assert (error.id, error.failure.path, error.failure.line) == ("tests/test_c.py", "tests/test_c.py", 1)
    assert error.failure.message == "ModuleNotFoundError: No module named 'nothing_here'"
    assert report.provenance.outside == ()
    assert report.provenance.inconclusive == ""
    assert set(report.provenance.imported) == {
        "src/pkg/__init__.py", "src/pkg/a.py", "tests/test_a.py", "tests/test_b.py"}  # fmt: skip


def test_colours_are_left_out_of_what_a_failure_says(target):
    target.write(
        {"pytest.ini": "[pytest]\naddopts = --color=yes\n", "tests/test_x.py": "def test_a():\n    assert [1] == [2]\n"}
    )
    (result,) = target.run().results
    assert result.failure is not None
    assert "\x1b" not in result.failure.message + result.failure.excerpt
