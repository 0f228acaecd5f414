"""Text of any origin as Markdown that shows it and does nothing else: no link, image, HTML or heading of its own."""

from __future__ import annotations

import re

from autopack.context.framing import plain

_SPECIAL = re.compile(r"[\\*\[\]<>|~#&!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ADDRESS = re.compile(r"\b(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|www\.)\S+|\b\S+@\S+\.\S+")


def prose(text: str, limit: int = 2000) -> str:
    """One line of text; `code` in balanced backticks stays code, addresses become code, everything else is escaped."""
    flat = " ".join(plain(text).split())
    if len(flat) > limit:
        flat = f"{flat[: limit - 1]}…"
    parts = flat.split("`")
    if len(parts) % 2 == 0 or "``" in flat:
        return _inert(flat.replace("`", "'"))
    return "".join(_inert(part) if at % 2 == 0 else f"`{part}`" for at, part in enumerate(parts))


def _inert(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for hit in _ADDRESS.finditer(text):
        pieces += (_SPECIAL.sub(r"\\\g<0>", text[at : hit.start()]), code(hit.group()))
        at = hit.end()
    return "".join((*pieces, _SPECIAL.sub(r"\\\g<0>", text[at:])))


def code(text: str) -> str:
    """A code span that holds any text, on one line; "" stays ""."""
    flat = " ".join(plain(text).split())
    if not flat:
        return ""
    ticks = "`" * (_longest_run(flat) + 1)
    pad = " " if flat[0] == "`" or flat[-1] == "`" else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def cell(text: str) -> str:
    """Finished Markdown in a table cell: bars are escaped, in code spans too."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def block(text: str, language: str = "") -> str:
    """A fenced block that its content cannot close."""
    body = plain(text).strip("\n")
    fence = "`" * max(3, _longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
