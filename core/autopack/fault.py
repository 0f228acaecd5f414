"""Fault points: places where a test may kill or fail the process, at every boundary of a side effect.

`AUTOPACK_FAULT=name:action[:n]` acts at the n-th time (default 1) the named point is passed, and only when
`AUTOPACK_FAULT_ENABLE` names an existing file. Actions: kill9, stop (SIGSTOP), enospc, eio, raise, sleep (5 s).
`*:trace` appends the name of every point passed to that file. Without both variables a point costs one comparison.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path

POINTS: dict[str, str] = {}
_hits: dict[str, int] = {}


def _asked() -> tuple[str, str, int] | None:
    spec = os.environ.get("AUTOPACK_FAULT", "")
    flag = os.environ.get("AUTOPACK_FAULT_ENABLE", "")
    if not spec or not flag or not Path(flag).exists():
        return None
    name, action, *rest = spec.split(":")
    return name, action, int(rest[0]) if rest else 1


_armed = _asked()


def arm() -> None:
    """Read both variables again: for a process that was forked from one which had imported this."""
    global _armed
    _armed = _asked()


def register(name: str, meaning: str) -> str:
    """Declare a point at import of its module, so that `autopack health --fault-points` can list them all."""
    POINTS[name] = meaning
    return name


def point(name: str) -> None:
    """Pass the boundary `name`; acts only when armed for it."""
    if _armed is None:
        return
    if _armed[1] == "trace":
        with Path(os.environ["AUTOPACK_FAULT_ENABLE"]).open("a") as file:
            file.write(name + "\n")
        return
    if _armed[0] != name:
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] == _armed[2]:
        _act(name, _armed[1])


def _act(name: str, action: str) -> None:
    if action == "kill9":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action in ("enospc", "eio"):
        code = errno.ENOSPC if action == "enospc" else errno.EIO
        raise OSError(code, os.strerror(code), f"fault point {name}")
    elif action == "sleep":
        time.sleep(5)
    else:
        raise RuntimeError(f"fault point {name}")
