"""How pytest is called: configuration, work folders, entries that are not there, single tests."""

from __future__ import annotations

import json

from autopack.model.test_report import RunnerEnd
from autopack.testing import test_key
from autopack.testing.invocation import pytest_invocation


def test_workdir_prefixes_ids_and_its_configuration_is_used(target, outcomes):
    target.write({
        "pytest.ini": "[pytest]\npython_functions = nothing_*\n",
        "backend/pytest.ini": "[pytest]\npython_functions = check_*\naddopts = -x --maxfail=1\n",
        "backend/tests/test_a.py": "def check_one():\n    assert 0\ndef check_two():\n    pass\ndef test_not(): pass\n",
    })  # fmt: skip
    report = target.run(workdir="backend", paths=["backend/tests"])
    assert report.end is RunnerEnd.FINISHED, report.detail
    ids = {"backend/tests/test_a.py::check_one": "failed", "backend/tests/test_a.py::check_two": "passed"}
    assert outcomes(report) == ids
    assert report.results[0].failure.path == "backend/tests/test_a.py"


def test_configuration_outside_the_worktree_has_no_effect(suite, outcomes):
    (suite.base / "pytest.ini").write_text("[pytest]\npython_functions = nothing_*\n")
    (suite.base / "conftest.py").write_text("raise RuntimeError('not yours')\n")
    assert len(outcomes(suite.run())) == 3


def test_absent_and_empty_entries(suite, outcomes):
    suite.write({"docs/readme.txt": ""})
    report = suite.run(paths=["tests/gone.py", "docs", "tests/test_a.py"])
    assert report.missing_paths == ("tests/gone.py", "docs")
    assert report.absent_paths == ("tests/gone.py",)
    assert len(outcomes(report)) == 3
    nothing = suite.run(paths=["gone/"])
    assert (nothing.end, nothing.results, nothing.absent_paths) == (RunnerEnd.FINISHED, (), ("gone/",))
    assert suite.run(paths=["docs"]).results == ()


def test_single_tests_by_id(suite, outcomes):
    suite.write({"tests/test_b.py": "class TestX:\n    def test_in(self): pass\ndef test_out(): pass\n"})
    entries = ["tests/test_a.py::test_many", "tests/test_b.py::TestX", "tests/test_b.py::test_no_such"]
    report = suite.run(paths=entries)
    assert sorted(outcomes(report)) == [
        "tests/test_a.py::test_many[1]",
        "tests/test_a.py::test_many[2]",
        "tests/test_b.py::TestX::test_in",
    ]
    assert report.missing_paths == ("tests/test_b.py::test_no_such",)


def test_environment_of_the_tests(target, outcomes):
    target.write({
        "lib/helper.py": "", "tests/test_env.py": """\
        import os, sys, tempfile
        def test_env():
            import helper
            assert os.environ["MODE"] == "fast" and os.environ["PYTHONHASHSEED"] == "7"
            assert not [n for n in os.environ if n.endswith("_API_KEY") or n.startswith("LD_")]
            assert sys.dont_write_bytecode and sys.flags.utf8_mode
            assert os.environ["HOME"].endswith("/scratch/home") and os.path.isdir(tempfile.gettempdir())
        """,
    })  # fmt: skip
    env = {"MODE": "fast", "PYTHONHASHSEED": "7", "PYTHONPATH": "lib", "LD_PRELOAD": "x", "MY_API_KEY": "secret"}
    report = target.run(env=env)
    assert list(outcomes(report).values()) == ["passed"], report.results
    assert not list(target.root.rglob("__pycache__"))
    assert not (target.root / ".pytest_cache").exists()


def test_the_key_is_that_of_tree_command_interpreter_and_environment(suite, bare_python):
    key = test_key(suite.job())
    assert test_key(suite.job(must_pass=["x"], log_on_success=False)) == key
    others = [suite.job(paths=["tests"]), suite.job(env={"A": "1"}), suite.job(tree="u" * 40),
              suite.job(python=bare_python), suite.job(args=["-x"])]  # fmt: skip
    keys = {key, *(test_key(job) for job in others)}
    assert len(keys) == 1 + len(others)


def test_the_names_of_changed_files_fit_into_one_variable(suite):
    many = tuple(f"src/{'a' * 90}/{n}.py" for n in range(5000))
    layout = pytest_invocation(suite.job(lines=True, changed=("b.txt", "a.py", *many)), None).layout
    told = json.loads(layout)["lines"]
    assert told[0] == "a.py" and "b.txt" not in told
    assert 100 < len(told) < 5000 and len(layout) < 64 * 1024
    assert json.loads(pytest_invocation(suite.job(changed=("a.py",)), None).layout)["lines"] is None
