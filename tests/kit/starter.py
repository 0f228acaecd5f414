"""`autopack` in processes of its own, without each of them importing it anew.

A starter has imported the command line once. Asked for a call it forks, and the fork becomes the process that a shell
would have started: a session of its own, with the folder, environment, streams and arguments of the call. What Python
itself reads when it starts (PYTHON... variables, the locale) is the starter's. `Cli.start` and `typed` start it whole.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

from autopack import fault

PROGRAM = "autopack_server.cli.main"
LOADED = (
    "autopack_server.cli.driving",
    "autopack_server.cli.people",
    "autopack_server.cli.queries",
    "autopack.service.facade",
)
LONGEST = 1 << 20
"""Bytes a call may take, its environment included."""


@dataclass(frozen=True)
class Answer:
    """How a call ended: `code` is negative for a signal, None for a process that did not end in time and was killed."""

    code: int | None
    out: str
    err: str


class Starter:
    """Ask it from the process that made it; threads may ask at the same time."""

    def __init__(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, its):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.kit.starter", str(its.fileno())], pass_fds=[its.fileno()],
                cwd=Path(__file__).resolve().parents[2], stdin=subprocess.DEVNULL, start_new_session=True,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            )  # fmt: skip
        self._control = ours
        atexit.register(self.end)

    def call(self, words: Sequence[str], cwd: Path, env: Mapping[str, str], patience: float) -> Answer:
        """Run `autopack WORDS` to its end, for which it has `patience` seconds."""
        message = json.dumps([list(words), str(cwd), dict(env)]).encode()
        with TemporaryFile() as out, TemporaryFile() as err:
            code = self._code_of(message, out.fileno(), err.fileno(), patience)
            said, told = (os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode() for file in (out, err))
        return Answer(code, said, told)

    def _code_of(self, message: bytes, out: int, err: int, patience: float) -> int | None:
        answers, its = socket.socketpair()
        with answers:
            with its:
                socket.send_fds(self._control, [message], [out, err, its.fileno()])
            answers.settimeout(patience)
            told = answers.makefile()
            pid = int(told.readline())
            try:
                return int(told.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                return None

    def end(self) -> None:
        self._control.close()
        self._process.wait()


@cache
def starter_of(process: int) -> Starter:
    """The one starter of the process with this id, which asks for it."""
    assert process == os.getpid()
    return Starter()


def _serve(control: socket.socket) -> list[str]:
    """Fork for every call; returns in the forks alone, with the words of theirs."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, handed, _, _ = socket.recv_fds(control, LONGEST, 3)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            return _attended(*json.loads(message), *handed)
        for number in handed:
            os.close(number)


def _attended(words: list[str], cwd: str, env: dict[str, str], out: int, err: int, answer: int) -> list[str]:
    """Fork once more for the call, tell its id and how it ended; returns in the call's process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        _tell(pid, out, err, answer)
    os.close(answer)
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    for ours, number in ((out, 1), (err, 2)):
        os.dup2(ours, number)
        os.close(ours)
    return words


def _tell(pid: int, out: int, err: int, answer: int) -> NoReturn:
    os.close(out)
    os.close(err)
    os.write(answer, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(answer, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def main() -> None:
    for name in (PROGRAM, *LOADED):
        import_module(name)
    gc.freeze()
    sys.argv = [PROGRAM, *_serve(socket.socket(fileno=int(sys.argv[1])))]
    fault.arm()
    runpy.run_module(PROGRAM, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
