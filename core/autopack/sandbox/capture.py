"""A bounded collector of what a child process writes."""

from __future__ import annotations

from collections import deque


class Capture:
    """Keeps the first and the last half of `limit` bytes, whatever the flood; memory stays within twice the limit."""

    def __init__(self, limit: int) -> None:
        self._head_room = limit - limit // 2
        self._tail_limit = limit // 2
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.total = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self.total += len(data)
        room = self._head_room - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data or not self._tail_limit:
            return
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= self._tail_limit:
            self._tail_size -= len(self._tail.popleft())
        if len(self._tail) > 4096:
            joined = b"".join(self._tail)[-self._tail_limit :]
            self._tail = deque([joined])
            self._tail_size = len(joined)

    @property
    def truncated(self) -> bool:
        """Whether bytes of the middle were left out."""
        return self.total > self._head_room + self._tail_limit

    def data(self) -> bytes:
        """What was kept, with one line that counts what was left out."""
        tail = b"".join(self._tail)
        tail = tail[-self._tail_limit :] if self._tail_limit else b""
        if not self.truncated:
            return bytes(self._head) + tail
        left_out = self.total - len(self._head) - len(tail)
        return bytes(self._head) + b"\n[... %d bytes left out ...]\n" % left_out + tail
