"""The names a diff's header lines give a file: unquoted as git quotes, and agreeing with each other."""

from __future__ import annotations

import re

from autopack.paths import printable

_OCTAL = re.compile(r"\\([0-7]{3})")
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_MAX_NAMES = 40_000


class PatchRefused(Exception):
    """`line` is 1-based in the diff text; `never` as in AnswerRefused."""

    def __init__(self, why: str, line: int, code: str = "AP201", *, never: bool = False) -> None:
        super().__init__(why)
        self.never = never
        self.why = why
        self.line = line
        self.code = code


def pair(old: str, new: str, number: int) -> tuple[str | None, str | None]:
    """Old and new path, None for /dev/null. A prefix (a/, b/) may be missing on both sides, or on one where the other
    shows that it is one."""
    if old == new == "/dev/null":
        raise PatchRefused("names no file at all", number)
    if old == "/dev/null":
        return None, new.removeprefix("b/")
    if new == "/dev/null":
        return old.removeprefix("a/"), None
    if old.startswith("a/") and (new.startswith("b/") or old[2:] == new):
        return old[2:], new if old[2:] == new else new[2:]
    if old == new or (new.startswith("b/") and new[2:] == old):
        return old, old
    raise PatchRefused(f"names {printable(old)} and {printable(new)}; write --- a/path and +++ b/path", number)


def git_names(rest: str, number: int) -> tuple[str, str]:
    """The two names of a `diff --git` line; names with spaces are unquoted and must then be equal but for a/ and b/."""
    if len(rest) > _MAX_NAMES:
        raise PatchRefused("has a diff --git line that is too long", number)
    if rest.startswith('"') or rest.endswith('"'):
        quoted = re.fullmatch(r'("(?:[^"\\]|\\.)*"|[^" ]+) ("(?:[^"\\]|\\.)*"|[^" ]+)', rest)
        if quoted is None:
            raise PatchRefused("has a diff --git line whose names cannot be told apart", number)
        return unquoted(quoted.group(1), number), unquoted(quoted.group(2), number)
    words = rest.split(" ")
    if len(words) == 2:
        return words[0], words[1]
    half = len(rest) // 2
    old, new = rest[:half], rest[half + 1 :]
    if rest[half : half + 1] == " " and old[2:] == new[2:]:
        return old, new
    split = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words)) if words[n].startswith("b/")]
    if len(split) == 1 and split[0][0].startswith("a/"):
        return split[0]
    raise PatchRefused("has a diff --git line whose names cannot be told apart", number)


def header_name(text: str, number: int) -> str:
    """A name of a --- or +++ line: up to a tab (a time stamp follows), unquoted."""
    return unquoted(text.rstrip("\r").split("\t")[0].rstrip(" "), number)


def unquoted(text: str, number: int) -> str:
    """git's C-quoting undone; a quoting git itself would not write is refused."""
    if len(text) > _MAX_NAMES:
        raise PatchRefused("has a name that is too long", number)
    if not text.startswith('"'):
        return text
    if len(text) < 2 or not text.endswith('"'):
        raise PatchRefused(f"has a name with half a quote: {printable(text)}", number)
    raw = bytearray()
    inner, at = text[1:-1], 0
    while at < len(inner):
        char = inner[at]
        if char != "\\":
            raw += char.encode()
            at += 1
            continue
        octal = _OCTAL.match(inner, at)
        if octal and (code := int(octal.group(1), 8)) < 256 and (code >= 0x80 or code < 0x20 or code == 0x7F):
            raw.append(code)
            at += 4
        elif inner[at + 1 : at + 2] in _ESCAPES:
            raw.append(_ESCAPES[inner[at + 1]])
            at += 2
        else:
            raise PatchRefused(f"has an escape in the name {printable(text)} that git does not write", number)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise PatchRefused(f"has a name that is not UTF-8: {printable(text)}", number) from None
