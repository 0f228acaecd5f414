"""Which objects a pack holds, read from its index file (version 2, SHA-1)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = b"\xfftOc\x00\x00\x00\x02"
_FANOUT = 8 + 256 * 4


def pack_ids(index: Path) -> set[str]:
    """Object ids; empty for an index of another version."""
    data = index.read_bytes()
    if not data.startswith(_HEADER):
        return set()
    (count,) = struct.unpack_from(">I", data, _FANOUT - 4)
    return {data[_FANOUT + 20 * i : _FANOUT + 20 * i + 20].hex() for i in range(count)}
