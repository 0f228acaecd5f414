"""Runs as a program of its own inside level 2 and tries to get out: `landlock_probe.py GIVEN OUTSIDE SIGNALS`.

It writes GIVEN/made, prints what was possible and ends with 1 when anything was. A child of it tries the same.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Callable

PTRACE_ATTACH = 16


def attempts(given: str, outside: str, other: int, signals: bool) -> dict[str, Callable[[], object]]:
    """What must fail, each under what it would mean; `other` is a process outside."""
    tries: dict[str, Callable[[], object]] = {
        "a file that was not given can be read": lambda: os.open(f"{outside}/secret", os.O_RDONLY),
        "a file outside can be made": lambda: os.open(f"{outside}/made", os.O_WRONLY | os.O_CREAT),
        "a file outside can be emptied": lambda: os.truncate(f"{outside}/secret", 0),
        "a link leads outside": lambda: os.open(f"{given}/link/secret", os.O_RDONLY),
        "a file outside can be linked in": lambda: os.link(f"{outside}/secret", f"{given}/linked"),
        "a file can be moved outside": lambda: os.rename(f"{given}/made", f"{outside}/moved"),  # noqa: PTH104
        "the memory of another process can be read": lambda: os.open(f"/proc/{other}/mem", os.O_RDONLY),
        "another process can be traced": lambda: traced(other),
        "TCP is open": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "UDP is open": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "a service of this machine can be reached": lambda: socket.socket(socket.AF_UNIX),
    }
    if signals:
        tries["another process can be signalled"] = lambda: os.kill(other, 0)
    return tries


def traced(pid: int) -> None:
    """Raises OSError when refused."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(ctypes.c_long(PTRACE_ATTACH), ctypes.c_long(pid), None, None) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def possible(tries: dict[str, Callable[[], object]]) -> list[str]:
    """The names of those that did not fail."""
    found: list[str] = []
    for name, attempt in tries.items():
        try:
            attempt()
        except OSError:
            continue
        found.append(name)
    return found


def main(given: str, outside: str, signals: str) -> int:
    with open(f"{given}/made", "w"):  # noqa: PTH123
        pass
    tries = attempts(given, outside, os.getppid(), signals == "True")
    child = os.fork()
    found = possible(tries)
    if child == 0:
        os._exit(1 if found else 0)
    inherited = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    print(*found, *([] if inherited else ["a child process is not confined"]), sep=", ")
    return 1 if found or not inherited else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
