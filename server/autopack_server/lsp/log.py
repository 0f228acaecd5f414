"""The server's log: standard error, redacted, and never in the server's way.

An editor that does not read our standard error must not stop us: a line that the pipe does not take now is dropped, and
how many were is said with the next one, or when the server leaves.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import select
import stat
import sys
from typing import TYPE_CHECKING

from autopack.text import visible

if TYPE_CHECKING:
    from autopack.redaction import Redactor

_AT_ONCE = 4096
"""A pipe that is reported writable takes so many bytes (PIPE_BUF) without making anybody wait."""
_MAX_LINE = 16 * 1024


def set_up(level: str) -> None:
    """Everything logged by this process goes to standard error from `level` up, and a crash of the interpreter with it;
    pygls, which logs what messages hold, only at level debug."""
    faulthandler.enable()
    root = logging.getLogger()
    root.handlers = [StandardError()]
    root.setLevel(level.upper())
    logging.getLogger("pygls").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)
    logging.raiseExceptions = False


class StandardError(logging.Handler):
    """One line for each record and, indented, one for each line of a traceback; what is said cannot forge another."""

    def __init__(self) -> None:
        super().__init__()
        self._formatter = logging.Formatter()
        self._fd = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
        self._may_wait = _may_wait(self._fd)
        self._dropped = 0
        self._redactor: Redactor | None = None

    def emit(self, record: logging.LogRecord) -> None:
        text = f"autopack {record.levelname}: {visible(self._redacted(record.getMessage()))}"
        if record.exc_info:
            told = self._redacted(self._formatter.formatException(record.exc_info))
            text += "".join(f"\n  {visible(line)}" for line in told.splitlines())
        text = text[:_MAX_LINE]
        if not self._write(self._missing() + text.rstrip("\n") + "\n"):
            self._dropped += 1
        else:
            self._dropped = 0

    def flush(self) -> None:
        """Say how many lines were dropped since the last that was not. Does not wait: an editor that still reads
        nothing is not told."""
        if self._dropped and self._write(self._missing()):
            self._dropped = 0

    def _missing(self) -> str:
        return f"autopack: {self._dropped} log entries were dropped, nobody read them\n" if self._dropped else ""

    def _redacted(self, text: str) -> str:
        from autopack.redaction import Redactor

        if self._redactor is None:
            self._redactor = Redactor.from_environment(os.environ)
        return self._redactor.text(text)

    def _write(self, text: str) -> bool:
        data = text.encode("utf-8", "backslashreplace")
        while data:
            if self._may_wait and not _writable(self._fd):
                return False
            piece, data = data[:_AT_ONCE], data[_AT_ONCE:]
            try:
                os.write(self._fd, piece)
            except OSError:
                return False
        return True


def _may_wait(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _writable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))
