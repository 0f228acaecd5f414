"""Autopack is killed with SIGKILL while a command runs: what is left of the command's tree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from autopack.sandbox import Sandbox, end_processes
from autopack.sandbox.confinement import Confinement
from autopack.sandbox.spawn import spawn

RUNNER = """
import asyncio, sys
from pathlib import Path
from autopack.sandbox import CHANNEL_FD, ProcessSpec, Sandbox, scrubbed_environment
level, folder, nonce, script = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
spec = ProcessSpec(("/bin/sh", "-c", script), folder, scrubbed_environment({}), nonce, writable=(folder,))
asyncio.run(Sandbox.at(level).run(spec, lambda data: print("up", flush=True)))
"""
TREE = (
    "trap '' TERM HUP; sleep 300 & setsid sh -c 'trap \"\" TERM HUP; sleep 301 & sleep 302' & {more}"
    "sleep 0.1; echo up > /proc/self/fd/198; sleep 303"
)


def start(sandbox, bench, more=""):
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(sandbox.level), str(bench.worktree), bench.nonce, TREE.format(more=more)],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(bench.outside)},
    )
    assert process.stdout.readline() == b"up\n"
    return process


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_whole_tree_dies_with_us(sandbox, bench):
    process = start(sandbox, bench)
    assert len(bench.alive()) >= 5
    kill(process)
    assert bench.gone_within(5)
    assert end_processes(bench.nonce) == 0


def test_an_interrupt_of_our_terminal_does_not_reach_it(sandbox, bench):
    process = start(sandbox, bench)
    sessions = {os.getsid(pid) for pid, _ in bench.alive()}
    kill(process)
    assert os.getsid(0) not in sessions
    assert bench.gone_within(5)


def test_what_escaped_a_killed_watcher_is_found_by_its_nonce(bench):
    """Level 1, the worst case: the command stops its watcher for good, then we die."""
    process = start(Sandbox.at(1), bench, more="kill -STOP $PPID; ")
    kill(process)
    left = len(bench.alive())
    assert left >= 4
    assert end_processes(bench.nonce) >= left
    assert bench.alive() == []


def test_end_processes_takes_descendants_and_sessions_without_the_mark(bench):
    """A marked leader whose children wiped their environment, one of them in a session of its own."""
    script = "env -i sleep 300 & env -i setsid sleep 300 & echo $!; wait"
    process = subprocess.Popen(
        ["/bin/sh", "-c", script],
        env={"AUTOPACK_NONCE": bench.nonce, "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    process.stdout.readline()
    other = subprocess.Popen(["sleep", "300"], env={"AUTOPACK_NONCE": bench.nonce + "0"})
    try:
        assert end_processes(bench.nonce) == 3
        assert process.wait() == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        process.stdout.close()


def test_end_processes_spares_itself_and_finds_nothing_to_do(bench):
    code = "import sys; from autopack.sandbox import end_processes; print(end_processes(sys.argv[1]))"
    result = subprocess.run(
        [sys.executable, "-c", code, bench.nonce],
        env={**os.environ, "AUTOPACK_NONCE": bench.nonce},
        capture_output=True,
        check=True,
    )
    assert result.stdout == b"0\n"


def test_a_command_dies_with_its_watcher(bench):
    """Level 1: even when the watcher is killed and nobody sweeps, the command itself does not live on."""
    child = spawn(bench.sh("echo up; exec sleep 303"), False, Confinement(1))
    try:
        os.set_blocking(child.pipes.output, True)
        assert os.read(child.pipes.output, 10) == b"up\n"
        child.popen.kill()
        child.popen.wait()
        assert bench.gone_within(3)
    finally:
        child.pipes.close()
        end_processes(bench.nonce)


def test_a_watcher_is_found_by_its_command_line(bench):
    """Its environment cannot be read by other processes of the same user."""
    line = ["-c", "import time; time.sleep(300)", "any/launcher.py", "watch", f"AUTOPACK_NONCE={bench.nonce}:1"]
    process = subprocess.Popen([sys.executable, *line], env={})
    assert end_processes(bench.nonce + "0") == 0
    assert end_processes(bench.nonce) == 1
    assert process.wait() == -signal.SIGKILL
