"""Messages out of a byte stream: header lines and a body, as LSP's base protocol frames them.

    Content-Length: 42 CRLF  [any other header CRLF]...  CRLF  42 bytes of body

Limits: a header line has at most 4 KiB, a body at most 16 MiB. A longer body is passed over without being kept, so that
a large document does not end the server; beyond 256 MiB, and where no length can be read, there is no next message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_HEADER_LINE = 4096
MAX_HEADER_LINES = 32
MAX_BODY = 16 * 1024 * 1024
MAX_PASSED_OVER = 256 * 1024 * 1024
_MAX_DIGITS = 12


class Unreadable(Exception):
    """Where the next message begins cannot be known: the connection is of no more use."""


@dataclass(frozen=True)
class PassedOver:
    """A body over the limit, of so many bytes, that was not kept."""

    size: int


class Frames:
    """The decoder of one stream; bytes may come in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines = 0
        self._length: int | None = None
        self._in_body = False
        self._to_skip = 0

    def feed(self, data: bytes) -> Iterator[bytes | PassedOver]:
        """The bodies that are complete now, one at a time. Exhaust it before the next feed; raises Unreadable."""
        self._buffer += data
        while True:
            if self._to_skip:
                gone = min(self._to_skip, len(self._buffer))
                del self._buffer[:gone]
                self._to_skip -= gone
            if self._to_skip or not (self._in_body or self._header()):
                return
            size = self._length or 0
            if size > MAX_BODY:
                self._next()
                self._to_skip = size
                yield PassedOver(size)
                continue
            if len(self._buffer) < size:
                return
            body = bytes(memoryview(self._buffer)[:size])
            del self._buffer[:size]
            self._next()
            yield body

    def _next(self) -> None:
        self._lines, self._length, self._in_body = 0, None, False

    def _header(self) -> bool:
        """Read header lines; whether the header is complete."""
        while True:
            end = self._buffer.find(b"\n", 0, MAX_HEADER_LINE + 1)
            if end < 0:
                if len(self._buffer) > MAX_HEADER_LINE:
                    raise Unreadable(f"a header line of more than {MAX_HEADER_LINE} bytes")
                return False
            line = bytes(self._buffer[:end]).removesuffix(b"\r")
            del self._buffer[: end + 1]
            if not line:
                if self._length is None:
                    raise Unreadable("a header without Content-Length")
                self._in_body = True
                return True
            self._lines += 1
            if self._lines > MAX_HEADER_LINES:
                raise Unreadable(f"more than {MAX_HEADER_LINES} header lines")
            self._field(line)

    def _field(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        if not colon:
            raise Unreadable("a header line without a colon")
        if name.strip().lower() == b"content-length":
            length = length_of(value.strip(b" \t"))
            if self._length not in (None, length):
                raise Unreadable("two different Content-Length headers")
            self._length = length


def length_of(digits: bytes) -> int:
    """The number of bytes announced; judged as text first, for `int` refuses thousands of digits."""
    if not digits.isdigit():
        raise Unreadable("a Content-Length that is no number")
    significant = digits.lstrip(b"0")
    if len(significant) > _MAX_DIGITS:
        raise Unreadable(f"a Content-Length of {len(significant)} digits")
    length = int(significant or b"0")
    if length > MAX_PASSED_OVER:
        raise Unreadable(f"an announced body of {length} bytes, more than {MAX_PASSED_OVER}")
    return length
