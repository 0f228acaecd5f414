from __future__ import annotations

import subprocess
import sys

import pytest

from autopack.errors import SandboxUnavailable
from autopack.sandbox import FIXED_PATH, Sandbox, bubblewrap, landlock, landlock_probe, scrubbed_environment


@pytest.fixture
def probe(monkeypatch):
    """Judge the machine anew with another bubblewrap; the true verdict is back afterwards."""

    def judge(program):
        monkeypatch.setattr(bubblewrap, "_program", lambda: program)
        bubblewrap.self_test.cache_clear()
        return bubblewrap.self_test()

    yield judge
    monkeypatch.undo()
    bubblewrap.self_test.cache_clear()


@pytest.fixture
def landlock_judged_anew():
    landlock.self_test.cache_clear()
    yield
    landlock.self_test.cache_clear()


@pytest.fixture
def without_landlock(monkeypatch, landlock_judged_anew):
    monkeypatch.setattr(landlock, "landlock_abi", lambda: 0)


def fake(tmp_path, script):
    path = tmp_path / "bwrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_without_bubblewrap_and_landlock_level_1_says_why(probe, without_landlock):
    assert not probe(None).passed
    assert "not installed" in probe(None).reason
    sandbox = Sandbox.best()
    assert sandbox.level == 1
    assert "not installed" in sandbox.reason
    assert "no level 2: this kernel has no Landlock" in sandbox.reason
    with pytest.raises(SandboxUnavailable) as refused:
        Sandbox.best(minimum=2)
    assert refused.value.code == "AP907"
    assert "not installed" in refused.value.message
    for level in (2, 3):
        with pytest.raises(SandboxUnavailable):
            Sandbox.at(level)


def test_without_bubblewrap_level_2_is_next_and_says_why_no_more(probe, landlocked):
    probe(None)
    sandbox = Sandbox.best(minimum=2)
    assert sandbox.level == 2
    assert "Landlock" in sandbox.reason
    assert "no level 3: bubblewrap is not installed" in sandbox.reason
    with pytest.raises(SandboxUnavailable):
        Sandbox.best(minimum=3)


def test_a_kernel_that_lets_files_be_emptied_does_not_do(monkeypatch, landlock_judged_anew):
    monkeypatch.setattr(landlock, "landlock_abi", lambda: 2)
    assert not landlock.self_test().passed
    assert "emptied" in landlock.self_test().reason


def test_a_machine_whose_system_calls_are_unknown_does_not_do(monkeypatch, landlocked, landlock_judged_anew):
    monkeypatch.setattr(landlock, "this_architecture", lambda: None)
    assert not landlock.self_test().passed
    assert "no system call filter" in landlock.self_test().reason


ALLOW_ALL = bytes.fromhex("060000000000ff7f")


def without_rules(spec, abi):
    """A ruleset that handles only the making of character devices."""
    return b"64 0 0\0"


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (("ruleset_of", without_rules), "can be read, a file outside can be made, a file outside can be emptied"),
        (("ruleset_of", without_rules), "another process can be signalled"),
        (("filter_for", lambda *_, **__: ALLOW_ALL), "TCP is open, UDP is open, a service of this machine"),
    ],
)
def test_what_confines_nothing_is_not_used(monkeypatch, landlocked, landlock_judged_anew, lost, said):
    monkeypatch.setattr(landlock, *lost)
    test = landlock.self_test()
    assert not test.passed
    assert said in test.reason


def test_the_probe_sees_what_is_open(tmp_path):
    """Unconfined, every attempt succeeds: none of them fails for a reason of its own."""
    given, outside = tmp_path / "given", tmp_path / "outside"
    for folder in (given, outside):
        folder.mkdir()
    (given / "made").touch()
    (given / "link").symlink_to(outside)
    (outside / "secret").write_text("x")
    with subprocess.Popen(["sleep", "60"]) as other:
        tries = landlock_probe.attempts(str(given), str(outside), other.pid, True)
        found = landlock_probe.possible(tries)
        other.kill()
    assert found == list(tries)


def test_a_bubblewrap_that_fails_is_not_used(probe, tmp_path):
    test = probe(fake(tmp_path, "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1"))
    assert not test.passed
    assert "uid map" in test.reason
    assert "user namespaces" in test.reason


def test_a_bubblewrap_that_confines_nothing_is_not_used(probe, tmp_path):
    """It runs the probe, and truly reports its end, but in our own namespaces."""
    script = """
while [ "$1" != -- ]; do [ "$1" = --args ] && args=$2; shift; done; shift
status=$(tr '\\0' '\\n' < /proc/self/fd/$args | sed -n 2p)
"$@"; code=$?
echo '{ "exit-code": '$code' }' > /proc/self/fd/$status; exit $code
"""
    test = probe(fake(tmp_path, script))
    assert not test.passed
    assert "visible in it" in test.reason or "writable in it" in test.reason


def test_at_most_and_minimum():
    assert Sandbox.best(at_most=1).level == 1
    assert "sandbox.level = 1" in Sandbox.best(at_most=1).reason
    assert Sandbox.best(at_most=2).level in (1, 2)
    with pytest.raises(SandboxUnavailable):
        Sandbox.best(minimum=3, at_most=2)
    for level in (0, 4):
        with pytest.raises(SandboxUnavailable):
            Sandbox.at(level)


def test_a_weaker_level_is_not_tried_where_a_stronger_one_works(monkeypatch, confined):
    monkeypatch.setattr(landlock, "self_test", lambda: pytest.fail("it was tried"))
    assert Sandbox.best().level == 3


def test_the_self_test_runs_once(confined):
    assert bubblewrap.self_test() is bubblewrap.self_test()
    assert Sandbox.best(minimum=2).level == 3
    assert "self-test passed" in confined.reason


def test_environment_is_an_allow_list(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    env = scrubbed_environment({"EXTRA": "1", "LANG": "de_DE.UTF-8"}, scratch=tmp_path / "s")
    assert env["PATH"] == FIXED_PATH
    assert env["LANG"] == "de_DE.UTF-8"
    assert env["HOME"] == str(tmp_path / "s" / "home")
    assert (tmp_path / "s" / "tmp").stat().st_mode & 0o777 == 0o700
    assert set(env) == {"PATH", "HOME", "TMPDIR", "LANG", "TERM", "EXTRA"}
    assert env["TERM"] != "dumb", "a dumb terminal hides what a suite says of colours and pagers"
    assert scrubbed_environment({})["HOME"] == "/nonexistent"


def test_a_shielded_process_still_runs_commands_and_leaves_no_core():
    code = (
        "import asyncio, ctypes, resource, pathlib; from autopack.sandbox import *; shield_this_process();"
        "spec = ProcessSpec(('/bin/true',), pathlib.Path('/'), scrubbed_environment({}), 'n');"
        "print([asyncio.run(Sandbox.at(r.level).run(spec)).ok for r in Sandbox.levels() if r.available].count(False),"
        " ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "0 0 (0, 0)\n"
