from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace

import psutil
import pytest

from autopack.sandbox import NONCE_VARIABLE, ProcessSpec, Sandbox, scrubbed_environment
from autopack.sandbox.ruleset import LEAST_ABI, landlock_abi
from autopack.sandbox.syscalls import this_architecture


def at(level):
    """The sandbox of this level, or a skip that says what the machine lacks.

    Level 2 needs nothing but the kernel: where that has Landlock, a self-test that fails is our fault and no skip.
    """
    report = Sandbox.levels()[level - 1]
    ours = level == 2 and landlock_abi() >= LEAST_ABI and this_architecture() is not None
    assert report.available or not ours, report.reason
    if not report.available:
        pytest.skip(f"level {level}: {report.reason}")
    return Sandbox.at(level)


@pytest.fixture(params=[1, 2, 3], ids=["level1", "level2", "level3"])
def sandbox(request):
    return at(request.param)


@pytest.fixture
def confined():
    return at(3)


@pytest.fixture
def landlocked():
    return at(2)


class Bench:
    """Runs commands in a worktree of its own and looks for what they leave."""

    def __init__(self, folder):
        self.worktree = folder / "wt"
        self.worktree.mkdir()
        self.outside = folder / "outside"
        self.outside.mkdir()
        self.nonce = secrets.token_hex(8)

    def spec(self, *argv, **changes):
        spec = ProcessSpec(
            argv=argv,
            cwd=self.worktree,
            env=scrubbed_environment({}),
            nonce=self.nonce,
            writable=(self.worktree,),
            timeout=30.0,
        )
        return replace(spec, **changes)

    def sh(self, script, **changes):
        return self.spec("/bin/sh", "-c", script, **changes)

    def run(self, sandbox, spec, on_channel=None):
        return asyncio.run(sandbox.run(spec, on_channel))

    def alive(self):
        """Living processes of this bench; those of an ended sandbox included, until the kernel has removed them."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(NONCE_VARIABLE) == self.nonce and process.status() != psutil.STATUS_ZOMBIE:
                    found.append((process.pid, process.cmdline()))
            except psutil.Error:
                continue
        return found

    def gone_within(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return not left


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
