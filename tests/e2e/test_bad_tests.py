"""Test runs that cannot serve or will not behave: an honest code, nothing left running, the user's tree as it was."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.kit.runs import Cli, end_of
from tests.kit.target import target_python
from tests.kit.tiny import SUB, answer, codes, expect, findings, make, one, phase, plan_of, published, sound, untouched

PYTEST = {"paths": ["tests/"]}
TEST = "from app import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"


def with_pytest(place: Path, test: str = TEST, **tests: object) -> Cli:
    """A project tested by pytest instead of its script."""
    return make(place, plan=plan_of(phase(tests={**PYTEST, **tests}), defaults={}), files={"tests/test_app.py": test})


def with_command(place: Path, check: str, **tests: object) -> Cli:
    return make(place, phase(tests={"timeout_seconds": 20, **tests}), files={"check.py": check})


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter without pytest."""
    import venv

    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, symlinks=True, with_pip=False)
    return folder / "bin" / "python"


class TestNoUsableBaseline:
    """AP407 before the first model call: nothing was paid, the first error and the fix are told."""

    def ends(self, cli: Cli, *words: str, env: dict[str, str] | None = None) -> None:
        with untouched(cli.project):
            ended = expect(cli.run(env=env), 1, "DONE_FAILED_ENVIRONMENT")
        found = one(ended, "AP407")
        assert found["blocking"] and "autopack resume t --" in found["message"]
        told = json.dumps(findings(ended))
        assert all(word in told for word in words), told
        assert not [e for e in ended.events if e["event"] == "model.called"]
        assert ended.events[-1]["phases"][0]["attempts"] == 0
        sound(cli.project)

    def test_pytest_is_not_installed(self, tmp_path: Path, bare_python: Path) -> None:
        """AP408 names the interpreter and the command that installs pytest; once it is there the run goes on."""
        cli = with_pytest(tmp_path)
        self.ends(cli, "AP408", "pip install", str(bare_python), env={"AUTOPACK_TARGET_PYTHON": str(bare_python)})
        again = cli("resume", "t", "--again", env={"AUTOPACK_TARGET_PYTHON": str(target_python())})
        expect(again, 0, "DONE_SUCCESS")

    def test_the_command_does_not_exist(self, tmp_path: Path) -> None:
        cli = make(tmp_path, phase(tests={"command": ["no-such-runner-anywhere", "--all"]}))
        self.ends(cli, "no-such-runner-anywhere")

    def test_the_command_hangs(self, tmp_path: Path) -> None:
        cli = with_command(tmp_path, "import time\ntime.sleep(600)\n", timeout_seconds=1)
        self.ends(cli, "check.py")

    def test_the_command_is_killed(self, tmp_path: Path) -> None:
        cli = with_command(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
        self.ends(cli, "check.py")

    def test_most_tests_fail_already(self, tmp_path: Path) -> None:
        """Half must pass; a person may accept the base as it is, and the report says so."""
        test = TEST + "".join(f"\n\ndef test_old_{n}():\n    assert False, 'broken for years'\n" for n in range(3))
        cli = with_pytest(tmp_path, test)
        self.ends(cli, "broken for years")
        with untouched(cli.project):
            again = expect(cli("resume", "t", "--accept-baseline"), 0, "DONE_SUCCESS")
        assert one(again, "AP407")["severity"] == "warning"
        assert "AP407" in (cli.project.root / ".autonomous_runs" / "t" / "report.md").read_text()

    def test_pytest_itself_breaks_down(self, tmp_path: Path) -> None:
        cli = make(
            tmp_path, plan=plan_of(phase(tests=PYTEST), defaults={}),
            files={"tests/test_app.py": TEST, "conftest.py": "raise RuntimeError('the fixture server is gone')\n"},
        )  # fmt: skip
        self.ends(cli, "the fixture server is gone")


class TestTheChangeMisbehaves:
    """The candidate's tests hang, flood, kill their parent or leave children: told to the Builder, then repaired."""

    def repaired(self, cli: Cli, *expected: str) -> dict[str, object]:
        with untouched(cli.project):
            ended = expect(cli.run(), 0, "DONE_SUCCESS")
        (code, *_) = [c for c in codes(ended) if c in expected]
        assert ended.events[-1]["phases"][0]["attempts"] == 2
        assert published(cli.project, "app.py") == SUB.strip()
        sound(cli.project)
        return one(ended, code)

    def trial(self, place: Path, bad: str, **tests: object) -> Cli:
        cli = with_pytest(place, **tests)
        cli.project.answer_with(
            [answer(content=bad, attempt=1), answer(attempt=2), {"match": {"role": "auditor"}, "times": "*",
             "answer": {"approved": True, "issues": []}}]
        )  # fmt: skip
        return cli

    def test_hangs(self, tmp_path: Path) -> None:
        bad = "import time\n\n\ndef add(a, b):\n    time.sleep(600)\n    return a + b\n"
        self.repaired(self.trial(tmp_path, bad, timeout_seconds=2), "AP408")

    def test_kills_its_parent(self, tmp_path: Path) -> None:
        """The report may be whole or not when the runner dies with its parent: either way it is no evidence."""
        bad = "import os, signal\n\n\ndef add(a, b):\n    os.kill(os.getppid(), signal.SIGKILL)\n    return a + b\n"
        assert "signal 9" in str(self.repaired(self.trial(tmp_path, bad), "AP401", "AP408")["message"])

    def test_ends_the_runner_from_within(self, tmp_path: Path) -> None:
        """A session that ends before its tests is no evidence, even with exit code 0."""
        self.repaired(self.trial(tmp_path, "import os\n\n\ndef add(a, b):\n    os._exit(0)\n"), "AP408")

    def test_dies_by_a_signal(self, tmp_path: Path) -> None:
        self.repaired(self.trial(tmp_path, "import os\n\n\ndef add(a, b):\n    os.abort()\n"), "AP408")

    def test_floods(self, tmp_path: Path) -> None:
        """Head and tail are kept; memory, journal and screen stay small."""
        bad = (
            "import sys\n\n\ndef add(a, b):\n    for _ in range(300):\n"
            "        sys.__stdout__.write('y' * 100_000 + '\\n')\n"
            "    return a - b\n"
        )
        cli = self.trial(tmp_path, bad, args=["-s"])
        self.repaired(cli, "AP401")
        kept = sum(p.stat().st_size for p in cli.project.state.rglob("*") if p.is_file())
        assert kept < 20 * 1024 * 1024, "30 MB were written"

    @pytest.mark.parametrize("level", [1, 2, 3])
    def test_leaves_children(self, tmp_path: Path, level: int) -> None:
        """In a session of their own, one without our environment: started, and gone when the test is over."""
        mark = f"child-of-{tmp_path.name}"
        child = f"import time; open('started', 'a').write('{mark}\\n'); time.sleep(600)"
        check = (
            "import app, pathlib, subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True, env={{}})\n"
            f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
            "started = pathlib.Path('started')\n"
            "while not started.exists() or len(started.read_text().splitlines()) < 2:\n"
            "    time.sleep(0.01)\n"
        )
        cli = with_command(tmp_path, check)
        with untouched(cli.project):
            expect(cli.run(env={"AUTOPACK_SANDBOX_LEVEL": str(level)}), 0, "DONE_SUCCESS")
        assert [p.pid for p in psutil.process_iter() if mark in " ".join(_cmdline(p))] == []
        sound(cli.project)


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_failure_is_located_and_the_repair_counts(tmp_path: Path) -> None:
    cli = with_pytest(tmp_path)
    wrong = "def add(a, b):\n    return a - b\n"
    cli.project.answer_with([
        answer(content=wrong, attempt=1), answer(attempt=2, contains=["AP401", "test_app.py:5"]),
        {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}},
    ])  # fmt: skip
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    found = one(ended, "AP401")
    assert (found["path"], found["range"]["start"]["line"]) == ("tests/test_app.py", 5)


def test_files_that_tests_change_or_leave_are_put_back(tmp_path: Path) -> None:
    """AP414 tells; neither the next test run nor the tree sees it."""
    check = (
        "import app, pathlib\n"
        "assert not pathlib.Path('left.txt').exists()\n"
        "assert 'scribble' not in pathlib.Path('table.py').read_text()\n"
        "pathlib.Path('left.txt').write_text('x')\n"
        "pathlib.Path('table.py').write_text('scribble')\n"
    )
    cli = make(tmp_path, phase("first"), phase("second"), files={"check.py": check},
               answers=[answer("first"), answer("second", SUB + "# more\n")])  # fmt: skip
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert one(ended, "AP414")["severity"] == "information"
    assert cli.project.git("diff", "--name-only", "main", "autopack/t") == "app.py"


def test_a_stop_during_a_test_ends_its_processes_and_the_test_is_run_again(tmp_path: Path) -> None:
    """SIGTERM: five seconds for the step in hand, then its children are gone and the run goes on where it was."""
    flag = tmp_path / "slow"
    check = f"import app, os, time\nif hasattr(app, 'sub') and os.path.exists({str(flag)!r}):\n    time.sleep(600)\n"
    cli = with_command(tmp_path, check, timeout_seconds=300)
    flag.touch()
    with untouched(cli.project):
        process = cli.start("run", "plan.autopack.yaml", "--cassette", str(cli.project.cassette), "--trust-plan")
        assert process.stdout is not None
        for line in process.stdout:
            if '"step.started"' in line and '"test"' in line:
                break
        process.send_signal(signal.SIGTERM)
        expect(end_of(process), 3, "STOPPED")
        sound(cli.project)
        flag.unlink()
        again = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
    assert again.events[-1]["phases"][0]["attempts"] == 1
    assert not [e for e in again.events if e["event"] == "model.called" and e["role"] == "builder"]
    sound(cli.project)


def test_no_test_sees_the_users_secrets(tmp_path: Path) -> None:
    check = (
        "import app, os\n"
        "bad = [k for k in os.environ if 'KEY' in k or 'TOKEN' in k or k.startswith('GIT_')]\n"
        "assert not bad, bad\n"
        f"assert os.environ['HOME'] != {os.environ.get('HOME', '/root')!r}\n"
    )
    cli = with_command(tmp_path, check)
    secrets = {"ANTHROPIC_API_KEY": "sk-ant-" + "x" * 30, "GITHUB_TOKEN": "ghp_" + "y" * 36}
    with untouched(cli.project):
        expect(cli.run(env=secrets), 0, "DONE_SUCCESS")
