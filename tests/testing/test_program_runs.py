"""Runners that are programs of their own, played by scripts that write recorded reports, good ones and bad ones."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import get_args

import pytest

from autopack.model.plan import WHOLE_RUNNERS, RunnerName
from autopack.model.test_report import RunnerEnd
from autopack.testing import run_tests, test_key
from autopack.testing.runners import RUNNERS

RECORDED = Path(__file__).parent / "formats" / "recorded"
EVENTS = """\
{"Action":"run","Package":"example.org/calc","Test":"TestRoot"}
{"Action":"pass","Package":"example.org/calc","Test":"TestRoot"}
{"Action":"pass","Package":"example.org/calc"}
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a shell script on PATH under the name of a program."""
    folder = tmp_path / "programs" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def put(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return put


def test_every_runner_of_a_plan_is_one_that_can_be_run() -> None:
    assert {"pytest", "unittest", "command", "none", *RUNNERS} == set(get_args(RunnerName))
    assert {name for name, runner in RUNNERS.items() if not runner.takes_paths} == WHOLE_RUNNERS


@pytest.mark.parametrize(
    ("script", "end", "said"),
    [
        (f"cat <<'X'\n{EVENTS}X", RunnerEnd.FINISHED, ""),
        (f"cat <<'X'\n{EVENTS}X\nexit 1", RunnerEnd.FINISHED, ""),
        (f"cat <<'X'\n{EVENTS.replace('pass', 'fail')}X\nexit 0", RunnerEnd.CRASHED, "exited with 0 although its report"),
        (f"cat <<'X'\n{EVENTS[:150]}\nX", RunnerEnd.CRASHED, "cannot be believed: an event is malformed"),
        ("rm -f $AUTOPACK_EVENTS; kill -9 $PPID", RunnerEnd.KILLED, "ended by signal 9"),
        ("exit 0", RunnerEnd.FINISHED, ""),
        ("echo no go.mod >&2; exit 1", RunnerEnd.CRASHED, "go ran no test and ended with exit status 1: no go.mod"),
        ("exec tail -f /dev/null", RunnerEnd.TIMED_OUT, "time-out of 2 s"),
    ],
    ids=["green", "red unexplained", "green but failed", "malformed", "killed", "no tests", "wrong call", "hangs"],
)  # fmt: skip
def test_the_exit_code_and_the_report_must_agree(target, programs, outcomes, script, end, said) -> None:
    shutil.copytree(RECORDED / "go" / "project", target.root, dirs_exist_ok=True)
    programs("go", script)
    report = target.run(runner="go", timeout_seconds=2)
    assert report.end is end, report.detail
    assert said in report.detail
    if "exit 1" in script and end is RunnerEnd.FINISHED:
        assert outcomes(report) == {"root_test.go::TestRoot": "passed", "runner::exit-status": "failed"}
    assert list(target.base.glob("scratch/report-*")) == []


def test_a_report_nobody_wrote_in_this_run_does_not_count(target, programs) -> None:
    surefire = RECORDED / "surefire"
    shutil.copytree(surefire / "project", target.root, dirs_exist_ok=True)
    reports = target.root / "target" / "surefire-reports"
    reports.mkdir(parents=True)
    for path in surefire.glob("*.xml"):
        shutil.copy(path, reports)
    programs("mvn", "exit 0")
    assert target.run(runner="maven").results == ()
    programs(
        "mvn",
        """\
for word; do case $word in -Dsurefire.reportNameSuffix=*) token=${word#*=};; esac; done
cd target/surefire-reports
for file in *-n0nce.xml; do sed "s/n0nce/$token/" $file > ${file%n0nce.xml}$token.xml; done
exit 1""",
    )
    assert len(target.run(runner="maven").results) == 10


def test_a_rerun_holds_the_wanted_tests_alone(target, programs, outcomes) -> None:
    shutil.copytree(RECORDED / "nextest" / "project", target.root, dirs_exist_ok=True)
    shutil.copy(RECORDED / "nextest" / "junit.xml", target.root)
    programs(
        "cargo",
        """\
for word; do case $word in autopack:*) config=${word#*:};; esac; done
cp junit.xml "$(sed -n 's/^path = "\\(.*\\)"$/\\1/p' $config)"
printf '%s\\n' "$@" > args
exit 100""",
    )
    wanted = ["calc::tests::is_wrong", "calc::whole::flaky"]
    report = asyncio.run(run_tests(target.job(runner="cargo"), wanted))
    assert outcomes(report) == {wanted[0]: "failed", wanted[1]: "passed"}
    assert (target.root / "args").read_text().splitlines()[-2:] == [
        "-E", "test(=flaky) | test(=is_wrong) | test(=tests::is_wrong) | test(=whole::flaky)"]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "runner", "output", "expected"),
    [
        ("cargo", "cargo", "error[E0425]: cannot find value `c`\n --> src/lib.rs:2:9\n  |", ("src/lib.rs", 2)),
        ("mvn", "maven", "[ERROR] @/src/lib.java:[5,20] cannot find symbol", ("src/lib.java", 5)),
        ("gradle", "gradle", "@/src/lib.java:7: error: cannot find symbol", ("src/lib.java", 7)),
        ("gradle", "gradle", "e: file://@/src/lib.kt:7:3 Unresolved reference", ("src/lib.kt", 7)),
        ("gradle", "gradle", "Execution failed for task ':compileJava'.\n> No.", ("", 0)),
    ],
)
def test_what_does_not_compile_is_a_collection_error(target, programs, program, runner, output, expected) -> None:
    target.write(
        {"src/lib.rs": "", "src/lib.java": "", "src/lib.kt": "", "said": output.replace("@", str(target.root))}
    )
    programs(program, "cat said\nexit 1")
    report = target.run(runner=runner)
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert report.results == ()
    assert [(e.failure.path, e.failure.line) for e in report.collection_errors] == [expected]


def test_a_program_that_is_not_there_says_how_to_get_it(target, monkeypatch) -> None:
    monkeypatch.setattr("autopack.testing.programs.FIXED_PATH", "/nonexistent")
    monkeypatch.setenv("PATH", str(target.root))
    monkeypatch.setenv("HOME", "/nonexistent")
    program = target.root / "go"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    report = target.run(runner="go")
    assert (report.end, report.detail, report.hint) == (RunnerEnd.NO_RUNNER, "go is not there", "Install Go.")
    modules = target.run(runner="vitest")
    assert modules.end is RunnerEnd.NO_RUNNER


def test_a_script_that_is_not_installed_names_the_folder_to_link(target, programs) -> None:
    programs("node", "exit 0")
    report = target.run(runner="jest")
    assert (report.end, report.detail) == (RunnerEnd.NO_RUNNER, "node_modules/jest is not there")
    assert "workspace.link" in report.hint


def test_another_release_of_the_program_is_another_key(target, programs) -> None:
    programs("go", "exit 0")
    first = test_key(target.job(runner="go"))
    assert first == test_key(target.job(runner="go"))
    programs("go", "exit 0 # newer")
    assert first != test_key(target.job(runner="go"))


def test_paths_that_are_absent_in_the_tree_are_told(target, programs) -> None:
    programs("go", "exit 0")
    report = target.run(runner="go", paths=["absent/"])
    assert (report.end, report.absent_paths) == (RunnerEnd.FINISHED, ("absent/",))
