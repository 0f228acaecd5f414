"""URIs: files of the user, and the read-only documents of a run (`autopack:/PATH?RUN/PHASE/ATTEMPT/SIDE[/FOLDER]`, the
folder as a URI). Both sides of a file have its path, so an editor names a change as one of that file.

Editors write the same URI in different ways (VS Code escapes more than it must), so reading undoes every escape before
it looks, and two URIs are compared by `uri_key`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from autopack_server.lsp.contract import Side

SCHEME = "autopack"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_ATTEMPT = re.compile(r"[0-9]{1,6}")
_SIDES: dict[str, Side] = {"base": "base", "candidate": "candidate"}


@dataclass(frozen=True, slots=True)
class RunDocument:
    """One side of a file in an attempt; `folder_uri` may be "" where one folder alone knows the run."""

    run: str
    phase: str
    attempt: int
    side: Side
    path: str
    folder_uri: str = ""

    @property
    def uri(self) -> str:
        version = "/".join((self.run, self.phase, str(self.attempt), self.side))
        folder = f"/{quote(self.folder_uri, safe='')}" if self.folder_uri else ""
        return f"{SCHEME}:/{quote(self.path, errors='surrogatepass')}?{version}{folder}"


def run_document(uri: str) -> RunDocument | None:
    """The document a URI names; None when it is not one of ours, or its path is not plain and relative."""
    try:
        parts = urlsplit(uri)
        root, _, path = unquote(parts.path, errors="surrogatepass").partition("/")
        pieces = unquote(parts.query, errors="surrogatepass").split("/", 4)
    except ValueError:
        return None
    if parts.scheme != SCHEME or parts.netloc or parts.fragment or root or len(pieces) < 4:
        return None
    run, phase, attempt, side, *folder = pieces
    known = _SIDES.get(side)
    if known is None or not (_NAME.fullmatch(run) and _NAME.fullmatch(phase) and _ATTEMPT.fullmatch(attempt)):
        return None
    if "\0" in path or any(piece in ("", ".", "..") for piece in path.split("/")):
        return None
    return RunDocument(run, phase, int(attempt), known, path, "".join(folder))


def file_uri(path: Path) -> str:
    """The URI of an absolute path."""
    return path.as_uri()


def file_path(uri: str) -> Path | None:
    """The absolute path of a `file` URI on this machine; None for every other URI."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = os.fsdecode(unquote_to_bytes(parts.path))
    if parts.scheme != "file" or parts.netloc or not path.startswith("/") or "\0" in path:
        return None
    return Path(path)


def uri_key(uri: str) -> str:
    """The same for every spelling of one URI."""
    return unquote(uri)
