"""Keeps what this process holds in memory and environment from the other processes of its user."""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def shield_this_process() -> None:
    """Make /proc/<us>/environ, our memory and core dumps unreadable, for good; call it once a key is held.

    At level 1 a command under test runs as the same user and could read them otherwise. No effect against root, nor
    outside Linux.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        zero = ctypes.c_ulong(0)
        ctypes.CDLL(None).prctl(ctypes.c_int(_PR_SET_DUMPABLE), zero, zero, zero, zero)
