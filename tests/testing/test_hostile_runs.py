"""Runs that do not end well: a report that is not complete and genuine is never a finished one."""

from __future__ import annotations

import time

import pytest

from autopack.model.test_report import RunnerEnd, TestOutcome
from autopack.testing.job import PLUGIN

FORGE = """\
    import os
    def test_forges():
        line = b'0' * 32 + b' {"t":"result","n":2,"id":"tests/test_a.py::test_add","outcome":"passed"}\\n'
        for fd in range(3, 256):
            try:
                os.set_blocking(fd, False)
                os.write(fd, line)
            except OSError:
                pass
    """
CASES = {
    "exits 0 in a test": ("import os\ndef test_exit():\n    os._exit(0)\n", RunnerEnd.CRASHED, "test_x.py::test_exit"),
    "exits 0 at import": ("import os\nos._exit(0)\n", RunnerEnd.CRASHED, "after 0 tests"),
    "kills itself": ("import os\ndef test_k():\n    os.kill(os.getpid(), 9)\n", RunnerEnd.KILLED, "signal 9"),
    "kills its parent": (
        "import contextlib, os\ndef test_k():\n"
        "    with contextlib.suppress(PermissionError):\n        os.kill(os.getppid(), 9)\n    os._exit(0)\n", None, "",
    ),
    "asks pytest to stop": ("import pytest\ndef test_q():\n    pytest.exit('done', 0)\n", RunnerEnd.CRASHED, "not run"),
    "closes descriptors": ("import os\ndef test_c():\n    os.closerange(3, 256)\n", RunnerEnd.CRASHED, ""),
    "forges records": (FORGE, RunnerEnd.CRASHED, "not genuine"),
    "internal error": ("def pytest_x(): pass\ndef test_i(request):\n    request.config.hook = None\n", None, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_incomplete_reports_never_finish(target, name):
    text, end, said = CASES[name]
    target.write({"tests/test_x.py": text, "tests/test_y.py": "def test_after():\n    pass\n"})
    report = target.run(timeout_seconds=20)
    assert report.end is not RunnerEnd.FINISHED, report
    if end is not None:
        assert report.end is end, report.detail
    assert said in report.detail


def test_a_module_that_stops_pytest_is_no_clean_run(target):
    target.write(
        {"tests/test_x.py": "import pytest\npytest.exit('done', 0)\n", "tests/test_y.py": "def test(): pass\n"}
    )
    report = target.run()
    assert report.collection_errors or report.end is RunnerEnd.CRASHED


def test_time_out_keeps_what_was_seen_and_leaves_no_process(target):
    target.write({"tests/test_x.py": """\
        import os, subprocess, sys, time
        from pathlib import Path
        def test_fails():
            assert 1 == 2
        def test_hangs():
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
            print("x" * 20_000_000, flush=True)
            time.sleep(600)
        """})  # fmt: skip
    began = time.monotonic()
    report = target.run(timeout_seconds=2, args=["-s"], output_bytes=100_000)
    assert report.end is RunnerEnd.TIMED_OUT
    assert time.monotonic() - began < 10
    assert [(r.id, r.outcome) for r in report.results] == [("tests/test_x.py::test_fails", TestOutcome.FAILED)]
    assert "time-out of 2 s" in report.detail and report.running == "tests/test_x.py::test_hangs"


def test_a_test_that_takes_memory_without_end_fails_and_the_rest_run(target):
    target.write({"tests/test_x.py": """\
        def test_hog():
            kept = []
            while True:
                kept.append(bytearray(1 << 26))
        def test_after():
            pass
        """})  # fmt: skip
    report = target.run(memory_bytes=1 << 29)
    assert report.end is RunnerEnd.FINISHED
    hog, after = report.results
    assert (hog.outcome, after.outcome) == (TestOutcome.FAILED, TestOutcome.PASSED)
    assert "MemoryError" in hog.failure.message


def test_a_broken_conftest_is_a_located_collection_error(suite):
    suite.write({"tests/conftest.py": "import os\n\nimport missing_module\n"})
    report = suite.run()
    assert report.end is RunnerEnd.FINISHED, report.detail
    (error,) = report.collection_errors
    assert (error.id, error.failure.path, error.failure.line) == ("tests/conftest.py", "tests/conftest.py", 3)
    suite.write({"tests/conftest.py": "", "conftest.py": "def broken(:\n"})
    (error,) = suite.run(paths=["tests"]).collection_errors
    assert (error.id, error.failure.path, error.failure.line) == ("conftest.py", "conftest.py", 1)


def test_a_wrong_option_is_a_crash_that_quotes_pytest(suite):
    report = suite.run(args=["--no-such-option"])
    assert report.end is RunnerEnd.CRASHED
    assert "--no-such-option" in report.detail


def test_exit_status_nobody_explains_is_a_failure_of_its_own(suite):
    suite.write({"conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"})
    report = suite.run()
    assert report.end is RunnerEnd.FINISHED
    assert report.by_id["runner::exit-status"].outcome is TestOutcome.FAILED


def test_no_pytest_names_the_command_that_installs_it(suite, bare_python):
    suite.python = bare_python
    report = suite.run()
    assert report.end is RunnerEnd.NO_RUNNER
    assert report.hint.endswith(f"{bare_python} -m pip install pytest")


def test_a_missing_interpreter_is_not_started(suite, tmp_path):
    suite.python = tmp_path / "nowhere" / "python"
    assert suite.run().end is RunnerEnd.NOT_STARTED


def test_per_test_time_out_fails_the_test_where_it_stands(target, outcomes):
    target.write({"tests/test_slow.py": """\
        import time
        def test_slow():
            time.sleep(30)
        def test_quick():
            time.sleep(0)
        """})  # fmt: skip
    report = target.run(per_test_timeout_seconds=1)
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == {"tests/test_slow.py::test_slow": "failed", "tests/test_slow.py::test_quick": "passed"}
    failure = report.results[0].failure
    assert failure is not None
    assert (failure.path, failure.line) == ("tests/test_slow.py", 3)
    assert "time-out of 1 s" in failure.message


def test_the_channel_is_not_handed_to_children_or_named_in_the_environment(target):
    target.write({"tests/test_env.py": """\
        import os, subprocess, sys
        def test_env():
            assert "AUTOPACK_CHANNEL_FD" not in os.environ and "AUTOPACK_REPORT" not in os.environ
            code = "import os; print([f for f in range(3, 256) if os.path.exists('/proc/self/fd/%d' % f)][:9])"
            out = subprocess.run([sys.executable, "-c", code], close_fds=False, capture_output=True, text=True).stdout
            assert "198" not in out, out
        """})  # fmt: skip
    report = target.run()
    assert [r.outcome for r in report.results] == [TestOutcome.PASSED], report.results


def test_forked_children_do_not_report(target, outcomes):
    target.write({"tests/test_fork.py": """\
        import os, sys
        def test_fork():
            if os.fork() == 0:
                return
            os.wait()
        def test_after():
            pass
        """})  # fmt: skip
    report = target.run()
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert len(outcomes(report)) == 2


@pytest.mark.parametrize("base_paths", [(), ("packaging/__init__.py",)], ids=["", "the worktree comes before pytest"])
@pytest.mark.parametrize("args", [[], ["-n", "2"], ["--assert=plain"]], ids=["", "xdist", "plain assertions"])
def test_files_called_like_the_parts_of_our_plugin_are_not_taken_for_them(
    target, xdist_python, base_paths, args, outcomes
) -> None:
    target.python = xdist_python
    names = [path.stem for path in PLUGIN.glob("*.py")]
    taken = {f"{name}.py": f"open('taken-{name}', 'w').close()\nraise ImportError('not ours')\n" for name in names}
    lent = {"packaging/__init__.py": ""} if base_paths else {}
    target.write({**taken, **lent, "tests/test_x.py": "def test_a():\n    pass\n\ndef test_b():\n    assert 0\n"})
    report = target.run(args=args, base_paths=base_paths, lines=True)
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == {"tests/test_x.py::test_a": "passed", "tests/test_x.py::test_b": "failed"}
    assert list(target.root.glob("taken-*")) == []


def test_our_plugin_may_lie_in_the_user_s_checkout(target, outcomes) -> None:
    """As where Autopack works on itself: the checkout is hidden from the tests, what runs them is not."""
    target.write({"tests/test_x.py": "def test_a():\n    pass\n"})
    report = target.run(user_root=PLUGIN.parent)
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == {"tests/test_x.py::test_a": "passed"}
