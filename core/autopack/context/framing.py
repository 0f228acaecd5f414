"""Hostile text in a prompt: invisible characters taken out, and a frame its author cannot have known.

The boundary is derived from the text itself, so the same prompt is rendered twice the same, and a text cannot hold its
own boundary: changing the text changes the boundary.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # control sequences: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # strings: titles, hyperlinks
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"


def plain(text: str) -> str:
    """`text` without terminal escapes, control, bidirectional, zero-width and tag characters and lone surrogates. Tab,
    LF, CR, form feed and the joiners within an emoji stay; no line is added or removed."""
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub("", text)
    return _INVISIBLE.sub(_kept, text)


def _kept(hit: re.Match[str]) -> str:
    """What stays of one invisible character: it, where it belongs to an emoji, else nothing."""
    char, text = hit.group(), hit.string
    before, after = text[hit.start() - 1 : hit.start()], text[hit.end() : hit.end() + 1]
    if char == _EMOJI_STYLE and (_symbol(before) or before in _KEYCAPS):
        return char
    if char == _JOINER and (_symbol(before) or before == _EMOJI_STYLE) and _symbol(after):
        return char
    return ""


_KEYCAPS = frozenset("#*0123456789")


def _symbol(char: str) -> bool:
    return char != "" and unicodedata.category(char) in ("So", "Sk", "Sm")


def boundary(texts: Iterable[str]) -> str:
    """12 hexadecimal digits that occur in none of `texts`."""
    pieces = list(texts)
    digest = hashlib.sha256("\0".join(pieces).encode("utf-8", "surrogatepass"))
    while any(digest.hexdigest()[:12] in piece for piece in pieces):
        digest.update(b"\1")
    return digest.hexdigest()[:12]


def framed(label: str, text: str, mark: str) -> str:
    """`text` between a first and a last line that carry `mark`; `label` is one line."""
    head = " ".join(plain(label).split())
    body = text if text.endswith("\n") or not text else f"{text}\n"
    return f"<<<{mark} {head}>>>\n{body}<<<{mark} end>>>"


def numbered(text: str, first: int = 1) -> str:
    """Each line after its number, as `   12| text`; lines end at LF only, as git counts them."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    width = max(4, len(str(first + len(lines))))
    return "".join(f"{number:>{width}}| {line}\n" for number, line in enumerate(lines, first))
