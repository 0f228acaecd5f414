"""Standard input and output belong to the protocol alone: both are taken away from the rest of the process.

The two pipes move to private descriptors that no child inherits. Descriptor 1 then leads to standard error, so that
neither `print` nor a C library nor a child can write between two messages; descriptor 0 leads to /dev/null, so that
nobody eats a message.
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import NamedTuple

from autopack.errors import UsageError

_ABOVE_STANDARD = 10


class Ends(NamedTuple):
    """The private descriptors to read from and write to."""

    read: int
    write: int


def take_over() -> Ends:
    """Move the pipes; called once, before anything else can read or write. Raises UsageError where one is closed."""
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        ends = Ends(_private(0), _private(1))
    except OSError:
        raise UsageError("standard input or output is closed", hint="An editor starts this command.") from None
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        os.fstat(2)
    except OSError:
        os.dup2(nothing, 2)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    if nothing > 2:
        os.close(nothing)
    return ends


def _private(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ABOVE_STANDARD)
