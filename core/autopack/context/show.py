"""One file of a tree as a model may see it, or the reason why it is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.context.framing import plain
from autopack.context.sources import BlobLike
from autopack.model.changes import GITLINK, SYMLINK
from autopack.redaction import MARKER, Redactor, secret_spans
from autopack.text import split_lines

_BOM = b"\xef\xbb\xbf"
_LFS = b"version https://git-lfs."
_SNIFF = 8000
_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is redacted, free of invisible characters, with LF line ends; `altered` as in ContextFile."""

    text: str
    lines: int
    altered: str


def unshowable_mode(mode: int) -> str:
    """Why an entry of this git mode is no text, or ""."""
    if mode == SYMLINK:
        return "symbolic link"
    return "submodule" if mode == GITLINK else ""


def unshowable(blob: BlobLike) -> str:
    """Why this blob is not shown, or ""."""
    if kind := unshowable_mode(blob.mode):
        return kind
    if b"\0" in blob.data[:_SNIFF]:
        return "binary file"
    if blob.data.startswith(_LFS) and len(blob.data) < 1024:
        return "stored in Git LFS"
    if len(blob.data) > _MAX_BYTES:
        return f"larger than {_MAX_BYTES // 1024 // 1024} MiB"
    return ""


def show(data: bytes, redactor: Redactor) -> Shown | None:
    """The text of a file, line for line, and what was done to it; None when a known secret runs over several lines."""
    body = data.removeprefix(_BOM)
    text = body.decode("utf-8", "replace")
    done: list[str] = []
    if text.encode() != body:
        done.append("bytes that are not UTF-8 are shown as \ufffd")
    text = text.replace("\r\n", "\n")
    safe = redactor.text(_spans_cut(text))
    if safe != text:
        done.append("secrets are shown as [REDACTED]")
    visible = plain(safe)
    if visible != safe:
        done.append("invisible and control characters are left out")
    if visible.count("\n") != body.count(b"\n"):
        return None
    return Shown(visible, len(split_lines(body)), "; ".join(done))


def _spans_cut(text: str) -> str:
    """Credentials cut out with their line ends kept, so that line numbers stay true."""
    pieces: list[str] = []
    at = 0
    for start, end, _ in secret_spans(text):
        pieces += (text[at:start], MARKER, "\n" * text.count("\n", start, end))
        at = end
    return "".join((*pieces, text[at:]))


def cut(text: str, limit: int) -> str:
    """The first whole lines within `limit` characters; of a longer first line its beginning."""
    if len(text) <= limit:
        return text
    end = text.rfind("\n", 0, limit) + 1
    return text[:end] if end else text[:limit]
