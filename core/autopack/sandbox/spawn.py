"""Starts the launcher with its pipes and turns what it reported into facts. Synchronous; `run` waits on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autopack import fault
from autopack.sandbox.process import CHANNEL_FD, CHANNEL_VARIABLE, NONCE_VARIABLE, PROCESS_VARIABLE, ProcessSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autopack.sandbox.confinement import Confinement

LAUNCHER = Path(__file__).with_name("launcher.py")
BEFORE_SPAWN = fault.register("sandbox.before_spawn", "before a child process is started")


@dataclass
class Pipes:
    """Our ends of the pipes of one child; -1 where there is none."""

    output: int
    status: int
    life: int
    channel: int = -1

    def close_life(self) -> None:
        """Tell the watching launcher to end the tree."""
        self.life = _close(self.life)

    def close(self) -> None:
        """Close whatever is still open."""
        self.output, self.status, self.life, self.channel = map(
            _close, (self.output, self.status, self.life, self.channel)
        )


@dataclass
class Child:
    """A started launcher: levels 1 and 2 keep it beside the command, at level 3 it has become bubblewrap."""

    popen: subprocess.Popen[bytes]
    pipes: Pipes
    token: str
    status: bytearray = field(default_factory=bytearray)


def environment_of(spec: ProcessSpec, token: str, channel: bool) -> dict[str, str]:
    """What the command sees: the spec's environment and the marks by which its tree is found again."""
    marks = {NONCE_VARIABLE: spec.nonce, PROCESS_VARIABLE: token}
    if channel:
        marks[CHANNEL_VARIABLE] = str(CHANNEL_FD)
    return {**spec.env, **marks}


def spawn(spec: ProcessSpec, channel: bool, confinement: Confinement) -> Child:
    """Start `spec.argv` under the launcher, confined as told.

    Raises OSError or ValueError when not even the launcher can be started (folder missing, NUL in an argument, no
    descriptor or process left).
    """
    fault.point(BEFORE_SPAWN)
    token = secrets.token_hex(8)
    env = environment_of(spec, token, channel)
    theirs: list[int] = []
    ours: list[int] = []
    try:
        output, output_w = _pipe(ours, theirs)
        status, status_w = _pipe(ours, theirs)
        life_r, life = _pipe(theirs, ours)
        channel_r, channel_w = _pipe(ours, theirs) if channel else (-1, -1)
        argv = list(spec.argv)
        passed = [status_w, *([channel_w] if channel else ()), *spec.pass_fds]
        confine = "none"
        files: list[int] = []
        bubblewrap = bool(confinement.bubblewrap)
        if bubblewrap:
            values = [part for name, value in env.items() for part in ("--setenv", name, value)]
            options = ["--json-status-fd", str(status_w), *confinement.mounts, *values]
            if confinement.program:
                files.append(_memory_file(theirs, confinement.program))
                options += ["--seccomp", str(files[0])]
            files.append(_memory_file(theirs, _zero_ended(options)))
            argv = [*confinement.bubblewrap, "--args", str(files[-1]), "--", *argv]
            env = {NONCE_VARIABLE: spec.nonce, PROCESS_VARIABLE: token}
        else:
            passed.append(life_r)
            if confinement.ruleset:
                files = [_memory_file(theirs, data) for data in (confinement.ruleset, confinement.program)]
                confine = ",".join(map(str, files))
        passed += files
        launcher = [
            *(sys.executable, "-I", "-S", str(LAUNCHER)),
            *("exec" if bubblewrap else "watch", f"{NONCE_VARIABLE}={spec.nonce}:{token}", str(os.getpid())),
            *(str(life_r), str(status_w), str(channel_w), str(CHANNEL_FD), _limits(spec)),
            *("kept" if "LC_CTYPE" in env else "none", confine, "--"),
        ]
        popen = subprocess.Popen(
            [*launcher, *argv],
            cwd="/" if bubblewrap else spec.cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output_w,
            stderr=output_w,
            close_fds=True,
            pass_fds=passed,
            start_new_session=True,
        )
    except BaseException:
        for descriptor in ours:
            _close(descriptor)
        raise
    finally:
        for descriptor in theirs:
            _close(descriptor)
    for descriptor in (output, status, channel_r):
        if descriptor >= 0:
            os.set_blocking(descriptor, False)
    return Child(popen, Pipes(output, status, life, channel_r), token)


def read_now(descriptor: int, most: int) -> bytes | None:
    """What is there without waiting, at most `most` bytes; None: nothing yet; b"": the other side is closed."""
    try:
        return os.read(descriptor, most)
    except BlockingIOError:
        return None


def _pipe(readers: list[int], writers: list[int]) -> tuple[int, int]:
    ends = [_away_from_channel(end) for end in os.pipe()]
    readers.append(ends[0])
    writers.append(ends[1])
    return ends[0], ends[1]


def _away_from_channel(descriptor: int) -> int:
    if descriptor != CHANNEL_FD:
        return descriptor
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, CHANNEL_FD + 1)
    os.close(descriptor)
    return moved


def _memory_file(opened: list[int], data: bytes) -> int:
    """Arguments and rules go by descriptor: a command line can be read by other users, and inside the sandbox."""
    descriptor = _away_from_channel(os.memfd_create("autopack"))
    opened.append(descriptor)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _zero_ended(parts: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(part) + b"\0" for part in parts)


def _limits(spec: ProcessSpec) -> str:
    limits = {
        "CORE": 0,
        "NOFILE": spec.open_files,
        "FSIZE": spec.file_bytes,
        "DATA": spec.memory_bytes,
        "CPU": spec.cpu_seconds,
        "NPROC": spec.processes,
    }
    return ",".join(f"{name}={value}" for name, value in limits.items() if value is not None)


def _close(descriptor: int) -> int:
    if descriptor >= 0:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return -1
