"""The view of a confined command as Landlock rules, in the form the launcher reads.

The kernel's rights are those of its documentation (userspace-api/landlock); what a kernel does not know is left out, so
a ruleset is never refused for being too new.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.sandbox.view import ViewRefused, given_view, system_view

if TYPE_CHECKING:
    from autopack.sandbox.process import ProcessSpec
    from autopack.sandbox.view import Shown

LEAST_ABI = 3
"""Linux 6.2. Below it nothing keeps a command from emptying any file of its user."""
SIGNALS_ABI = 6
_NET_ABI = 4
_CREATE_RULESET, _ASK_VERSION = 444, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK = (1 << bit for bit in range(4, 10))
_MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = (1 << bit for bit in range(10, 16))
_ALL_FILE_RIGHTS = {3: (_TRUNCATE << 1) - 1, 5: (_IOCTL_DEV << 1) - 1}
_BIND_AND_CONNECT_TCP, _ABSTRACT_SOCKETS_AND_SIGNALS = 0b11, 0b11

_LOOK = _READ_FILE | _READ_DIR
_READ = _LOOK | _EXECUTE
_DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE
_MAKE = _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO | _MAKE_SYM
_WRITE = _READ | _WRITE_FILE | _TRUNCATE | _MAKE | _REMOVE_DIR | _REMOVE_FILE | _REFER
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def landlock_abi() -> int:
    """The version of the running kernel, 0 where it has none or keeps it switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    number = ctypes.c_long(_CREATE_RULESET)
    return max(0, ctypes.CDLL(None).syscall(number, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION)))


def ruleset_of(spec: ProcessSpec, abi: int) -> bytes:
    """NUL-ended lines: `file rights, network rights, scopes` the ruleset handles, then `rights path` of each rule.

    Raises ViewRefused, also for what Landlock cannot express: less inside of more.
    """
    given = given_view(spec)
    for shown in given:
        _require_expressible(shown, given)
    handled = next(rights for since, rights in sorted(_ALL_FILE_RIGHTS.items(), reverse=True) if abi >= since)
    network = _BIND_AND_CONNECT_TCP if abi >= _NET_ABI and not spec.network else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= SIGNALS_ABI else 0
    rules = {
        Path("/proc"): _LOOK,
        **{Path(device): _DEVICE for device in _DEVICES},
        **{shown.source: _READ for shown in system_view(spec.network)},
        **{shown.source: _WRITE if shown.kind == "write" else _READ for shown in given},
    }
    lines = [b"%d %d %d" % (handled, network, scopes)]
    lines += [b"%d %b" % (rights, os.fsencode(path)) for path, rights in rules.items()]
    return b"".join(line + b"\0" for line in lines)


def _require_expressible(shown: Shown, given: list[Shown]) -> None:
    if shown.kind == "hide":
        raise ViewRefused(f"{shown.target}: cannot be hidden at level 2, a folder above it is shown")
    if shown.kind == "read" and any(other.kind == "write" and other.source in shown.source.parents for other in given):
        raise ViewRefused(f"{shown.target}: cannot be read-only at level 2, a folder above it is writable")
