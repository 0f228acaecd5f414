"""Reading what a test process wrote: regular files alone, of bounded size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from autopack.testing.formats.reading import MAX_BYTES, ReportRefused


def bounded_read(path: Path) -> bytes:
    """The whole file. Raises ReportRefused for more than MAX_BYTES, a link or what is no file, OSError where there is
    none."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise ReportRefused("it is no regular file")
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReportRefused(f"larger than {MAX_BYTES // 2**20} MiB")
    return data
