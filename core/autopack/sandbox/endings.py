"""How a child ended, from what the launcher or bubblewrap reported; and the hard ways to end one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack.sandbox.spawn import read_now
from autopack.sandbox.sweep import end_process_tree

if TYPE_CHECKING:
    from autopack.sandbox.spawn import Child

NAMESPACES = 3
"""The level from which on a process namespace ends the tree; below it the launcher does."""
_NOT_FOUND = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
PASSING = (errno.ETXTBSY, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE)
"""What keeps a program from starting now and may not in a moment: somebody writes it, or means are short."""


@dataclass(frozen=True)
class Ending:
    """`clean` False: whoever watched the tree died first, so something of it may be alive."""

    started: bool
    exit_code: int | None
    signal: int | None
    error: str = ""
    clean: bool = True
    passing: bool = False


def ending_of(child: Child, program: str, level: int, output: bytes) -> Ending:
    """Judge an ended child; `output` is searched for bubblewrap's own last words when the command was not started."""
    _read_status(child)
    return _confined(child, program, output) if level >= NAMESPACES else _watched(child, program, output)


def end_hard(child: Child) -> None:
    """Kill a child that does not obey, and everything that carries its token."""
    child.popen.kill()
    child.popen.wait()
    end_process_tree(child.token)


def remaining_init(child: Child) -> int:
    """A pidfd of the first process of an ended bubblewrap's process namespace while it lives, else -1.

    When it is gone, so is the whole namespace. Its number may be in use again: the namespace's own number decides.
    """
    _read_status(child)
    entry = next((entry for entry in _entries(child) if "child-pid" in entry), None)
    if entry is None or "pid-namespace" not in entry:
        return -1
    pid, namespace = entry["child-pid"], entry["pid-namespace"]
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return -1
    try:
        if os.readlink(f"/proc/{pid}/ns/pid") == f"pid:[{namespace}]":  # noqa: PTH115
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return -1


def end_init(child: Child) -> bool:
    """Kill the first process of the child's process namespace: the kernel then ends all of it before bubblewrap ends.

    False: it is not known yet.
    """
    _read_status(child)
    pid = next((entry["child-pid"] for entry in _entries(child) if "child-pid" in entry), None)
    if pid is None:
        return False
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if _parent_of(pid) == child.popen.pid:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)
    return True


def _watched(child: Child, program: str, output: bytes) -> Ending:
    reports = {line[:1]: int(line[1:]) for line in bytes(child.status).split() if line[1:].isdigit()}
    if b"C" in reports:
        return Ending(False, 126, None, f"the sandbox of {program} could not be set up: {_last_line(output)}")
    if b"E" in reports:
        return _not_executed(program, reports[b"E"])
    if b"X" in reports:
        return _from_code(os.waitstatus_to_exitcode(reports[b"X"]))
    code = child.popen.returncode
    if code < 0:
        return Ending(True, None, -code, f"the launcher of {program} was ended by {_name(-code)}", clean=False)
    return Ending(False, 126, None, f"the launcher of {program} failed: {_last_line(output)}", clean=False)


def _confined(child: Child, program: str, output: bytes) -> Ending:
    code = next((entry["exit-code"] for entry in _entries(child) if "exit-code" in entry), None)
    if code is not None:
        return _from_code(code)
    code = child.popen.returncode
    if code < 0:
        return Ending(True, None, -code, f"the sandbox of {program} was ended by {_name(-code)}", clean=False)
    words = _last_line(output)
    if words.startswith("bwrap: execvp "):
        said = (number for number in (*_NOT_FOUND, *PASSING) if words.endswith(os.strerror(number)))
        return _not_executed(program, next(said, errno.EACCES))
    return Ending(False, 126, None, f"the sandbox of {program} could not be set up: {words}")


def _from_code(code: int) -> Ending:
    number = -code if code < 0 else code - 128
    if 0 < number < 32:
        return Ending(True, None, number, f"ended by {_name(number)}")
    return Ending(True, code, None)


def _not_executed(program: str, number: int) -> Ending:
    if number in _NOT_FOUND:
        return Ending(False, 127, None, f"{program}: not found (or the interpreter its first line names)")
    reason = os.strerror(number) if number else "its limits cannot be set"
    return Ending(False, 126, None, f"{program}: cannot be executed: {reason}", passing=number in PASSING)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _read_status(child: Child) -> None:
    while child.pipes.status >= 0 and (data := read_now(child.pipes.status, 65536)):
        child.status += data


def _entries(child: Child) -> list[dict[str, Any]]:
    return [json.loads(line) for line in bytes(child.status).splitlines(keepends=True) if line.endswith(b"\n")]


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
