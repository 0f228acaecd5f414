"""C-style quoting, as git reads it in `objects/info/alternates` and in lists of paths, one a line."""

from __future__ import annotations

_NAMED = {0x07: b"\\a", 0x08: b"\\b", 0x09: b"\\t", 0x0A: b"\\n", 0x0B: b"\\v", 0x0C: b"\\f", 0x0D: b"\\r"}


def c_quote(name: bytes) -> bytes:
    """`name` itself when it is plain, else in double quotes with escapes."""
    if name and not name.startswith((b'"', b"#")) and all(0x20 <= b != 0x7F for b in name):
        return name
    quoted = bytearray(b'"')
    for byte in name:
        if byte in b'"\\':
            quoted += b"\\" + bytes((byte,))
        elif byte in _NAMED:
            quoted += _NAMED[byte]
        elif byte < 0x20 or byte >= 0x7F:
            quoted += b"\\%03o" % byte
        else:
            quoted.append(byte)
    return bytes(quoted + b'"')


_BACK = {ord("a"): 7, ord("b"): 8, ord("t"): 9, ord("n"): 10, ord("v"): 11, ord("f"): 12, ord("r"): 13}


def c_unquote(quoted: bytes) -> bytes:
    """The inverse of a quoted `c_quote`; what follows the closing quote is ignored."""
    out = bytearray()
    at = 1
    while at < len(quoted) and quoted[at : at + 1] != b'"':
        byte = quoted[at]
        if byte != ord("\\"):
            out.append(byte)
            at += 1
        elif quoted[at + 1 : at + 2].isdigit():
            out.append(int(quoted[at + 1 : at + 4], 8))
            at += 4
        else:
            escaped = quoted[at + 1]
            out.append(_BACK.get(escaped, escaped))
            at += 2
    return bytes(out)
