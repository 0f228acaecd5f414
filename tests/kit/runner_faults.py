"""Test runs that go wrong, 14 kinds of them, and what one trial of a kind shows."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autopack.model.plan import Tests
from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport
from autopack.sandbox import Sandbox
from autopack.testing import TestJob, run_tests_logged
from tests.kit.target import target_python

GONE_SECONDS = 10.0
GOOD = "def test_good():\n    pass\n"
_CHANNEL = "[int(f) for f in os.listdir('/proc/self/fd') if os.readlink('/proc/self/fd/' + f).startswith('pipe')]"


@dataclass(frozen=True)
class Kind:
    """A test file that goes wrong; `passes`: it only looks bad, and its test is to be reported as passed. `long`: it takes
    more than a few seconds."""

    source: str
    timeout: int = 20
    passes: bool = False
    long: bool = False


KINDS = {
    "hangs in a test": Kind("""
import time

def test_x():
    time.sleep(600)
""", timeout=3),
    "hangs at import": Kind("""
import time

time.sleep(600)

def test_x():
    pass
""", timeout=3),
    "ignores signals and hangs": Kind("""
import signal, time

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)

def test_x():
    time.sleep(600)
""", timeout=3),
    "stops itself": Kind("""
import os, signal

def test_x():
    os.kill(os.getpid(), signal.SIGSTOP)
""", timeout=3),
    "floods its output": Kind("""
import os

def test_x():
    for _ in range(2000):
        os.write(1, b"x" * 65536)
    assert 0
""", timeout=120, long=True),
    "floods the channel": Kind(f"""
import os

def test_x():
    for fd in {_CHANNEL}:
        try:
            for _ in range(300):
                os.write(fd, b"y" * 65536)
        except OSError:
            pass
""", timeout=60, long=True),
    "leaves a daemon": Kind("""
import os, time

def test_x():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()
""", passes=True),
    "writes no report": Kind("""
import os

os._exit(0)
"""),
    "dies in the middle": Kind("""
import os

def test_w():
    pass

def test_x():
    os.kill(os.getpid(), 9)
"""),
    "crashes in C": Kind("""
import ctypes

def test_x():
    ctypes.string_at(0)
"""),
    "forges records": Kind(f"""
import os

def test_x():
    for fd in {_CHANNEL}:
        try:
            os.write(fd, b"0" * 32 + b' {{"t":"end","n":1,"status":0}}\\n')
        except OSError:
            pass
    os._exit(0)
"""),
    "closes its descriptors": Kind("""
import os

def test_x():
    os.closerange(3, 256)
"""),
    "takes memory without end": Kind("""
def test_x():
    kept = []
    while True:
        kept.append(bytearray(1 << 26))
""", timeout=120, long=True),
    "is huge and fails at its end": Kind("""
import pytest

@pytest.mark.parametrize("n", range(20000))
def test_x(n):
    assert n != 19999
""", timeout=300, long=True),
}  # fmt: skip


def ours(nonce: str) -> Iterator[int]:
    """Processes of the run that are still there."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                if nonce.encode() in (folder / "environ").read_bytes():
                    yield int(folder.name)
            except OSError:
                continue


def passed(report: TestReport) -> bool:
    """Whether a gate could take it for tests that passed."""
    bad = any(r.outcome in (TestOutcome.FAILED, TestOutcome.ERROR) for r in report.results)
    return report.end is RunnerEnd.FINISHED and not bad and not report.collection_errors


def megabytes(folder: Path) -> float:
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()) / 2**20


def trial(kind: Kind, place: Path, nonce: str, sandbox: Sandbox) -> tuple[bool, float, float]:
    """(as it must be, seconds until nothing is left, megabytes left behind)."""
    worktree, scratch = place / "worktree", place / "scratch"
    for folder in (worktree, scratch):
        folder.mkdir(parents=True)
    (worktree / "test_a.py").write_text(kind.source)
    (worktree / "test_z.py").write_text(GOOD)
    tests = Tests(runner="pytest", timeout_seconds=kind.timeout)
    job = TestJob(tests, worktree, "0" * 40, target_python(), scratch, sandbox, nonce)
    report, output = asyncio.run(run_tests_logged(job))
    ended = time.monotonic()
    while any(ours(nonce)) and time.monotonic() - ended < GONE_SECONDS:
        time.sleep(0.05)
    gone = time.monotonic() - ended
    return passed(report) is kind.passes, gone, megabytes(scratch) + len(output) / 2**20
