"""Why `git apply` refused a patch, in words a model can act on."""

from __future__ import annotations

import re

from autopack.errors import AutopackError

_FAILED = re.compile(r"^error: patch failed: (?P<path>.+):(?P<line>\d+)$", re.M)
_CORRUPT = re.compile(r"^error: (?:corrupt patch|patch fragment without header|.*) at line (?P<line>\d+)", re.M)
_ERROR = re.compile(r"^(?:error|fatal): (?P<text>.+)$", re.M)
_HUNK = re.compile(rb"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")


class PatchRejected(AutopackError):
    """`path` is the file, `line` 1-based in the base file, `hunk` 1-based within the file; 0 or "" when unknown.
    `patch_line` is the line of the patch itself where that is what is wrong."""

    default_code = "AP201"

    def __init__(self, message: str, *, path: str = "", hunk: int = 0, line: int = 0, patch_line: int = 0) -> None:
        super().__init__(message)
        self.path = path
        self.hunk = hunk
        self.line = line
        self.patch_line = patch_line


def rejection(stderr: str, patch: bytes) -> PatchRejected:
    """The first refusal git named, located."""
    failed = _FAILED.search(stderr)
    if failed:
        path, line = failed["path"], int(failed["line"])
        hunk = _hunk(patch, path, line)
        where = f"hunk {hunk} of {path}" if hunk else path
        return PatchRejected(
            f"{where} does not match the file at line {line}: its context or removed lines differ from the base",
            path=path, hunk=hunk, line=line,
        )  # fmt: skip
    corrupt = _CORRUPT.search(stderr)
    if corrupt:
        number = int(corrupt["line"])
        return PatchRejected(f"the patch is malformed at its line {number}", patch_line=number)
    first = _ERROR.search(stderr)
    text = first["text"] if first else " ".join(stderr.split()) or "git refused the patch"
    path = text.partition(": ")[0] if ": " in text else ""
    return PatchRejected(text, path=path)


def _hunk(patch: bytes, path: str, line: int) -> int:
    name = path.encode("utf-8", "surrogateescape")
    inside = False
    count = 0
    for text in patch.split(b"\n"):
        if text.startswith((b"--- ", b"+++ ")):
            if text[4:].rstrip() in (b"a/" + name, b"b/" + name):
                inside, count = True, 0
            elif text[4:].rstrip() != b"/dev/null" and text.startswith(b"--- "):
                inside = False
        match = _HUNK.match(text)
        if match and inside:
            count += 1
            if int(match[1]) == line:
                return count
    return 0
