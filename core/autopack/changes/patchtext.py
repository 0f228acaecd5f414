"""Reading a unified diff strictly: hunks by their counts, headers by their names; whatever is odd is refused.

What is read here is written anew for git (`patches`), so no header can mean one thing to us and another to git.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from autopack.changes.edits import FileEdit, Hunk, HunkLine
from autopack.model.changes import EXECUTABLE, REGULAR
from autopack.paths import NEVER, PathRefused, canonical, printable

_HUNK = re.compile(r"@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@(?: .*)?\Z")
_EXTENDED = re.compile(
    r"(index [0-9a-fA-F]+\.\.[0-9a-fA-F]+( \d{6})?|(dis)?similarity index \d{1,3}%|old mode \d{6}|new mode \d{6}|"
    r"new file mode \d{6}|deleted file mode \d{6}|rename (from|to) .+|copy (from|to) .+)\r?\Z"
)
_MAIL_END = re.compile(r"-- ?\r?\Z")
_OCTAL = re.compile(r"\\([0-7]{3})")
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
NO_NEWLINE = "\\ No newline"
MAX_PARTS = 5000
_MAX_NAMES = 40_000


class PatchRefused(Exception):
    """`line` is 1-based in the diff text; `never` as in AnswerRefused."""

    def __init__(self, why: str, line: int, code: str = "AP201", *, never: bool = False) -> None:
        super().__init__(why)
        self.never = never
        self.why = why
        self.line = line
        self.code = code


@dataclass(slots=True)
class _Section:
    """One file of the diff while it is read; names as written, before their prefix is taken off."""

    line: int
    git_names: tuple[str, str] | None = None
    old: str | None = None
    new: str | None = None
    extended: dict[str, str] = field(default_factory=dict[str, str])
    hunks: list[Hunk] = field(default_factory=list[Hunk])


class _Reader:
    """`room` is how many files and hunks may still be read."""

    def __init__(self, text: str, room: int = MAX_PARTS) -> None:
        self.room = room
        self.lines = text.split("\n")
        if self.lines and self.lines[-1] == "":
            self.lines.pop()
        self.at = 0

    @property
    def number(self) -> int:
        return self.at + 1

    def peek(self, ahead: int = 0) -> str | None:
        index = self.at + ahead
        return self.lines[index] if index < len(self.lines) else None

    def spend(self) -> None:
        """Count one file or hunk."""
        self.room -= 1
        if self.room < 0:
            raise PatchRefused("it holds too many files and hunks; do less at once", self.number, "AP207")

    def starts_file(self) -> bool:
        line = self.peek() or ""
        if line.startswith("diff --git "):
            return True
        return line.startswith("--- ") and (self.peek(1) or "").startswith("+++ ")

    def hunks(self, first: int = 1) -> list[Hunk]:
        found: list[Hunk] = []
        while (line := self.peek()) is not None and line.startswith("@@"):
            self.spend()
            found.append(self._hunk(first + len(found)))
        return found

    def _hunk(self, number: int) -> Hunk:
        header, start = (self.peek() or "").rstrip("\r"), self.number
        own_ends = not (self.peek() or "").endswith("\r")
        found = _HUNK.match(header)
        if found is None:
            raise PatchRefused(
                f"hunk {number} has the header {printable(header)}; write @@ -START,COUNT +START,COUNT @@", start
            )
        old_start, old_count, _, new_count = (int(n) if n is not None else 1 for n in found.groups())
        self.at += 1
        olds, news = old_count, new_count
        lines: list[HunkLine] = []
        while olds > 0 or news > 0:
            line = self.peek()
            if line is None:
                raise PatchRefused(
                    f"hunk {number} ends {olds} old and {news} new lines before its header says it does "
                    f"({header.split(' @@')[0]} @@); the answer looks cut off",
                    start,
                    "AP202",
                )
            if line.startswith(NO_NEWLINE):
                self._mark(lines, number)
                continue
            sign = line[:1] if line and line != "\r" else " "
            if sign not in " +-" or (olds == 0 and sign != "+") or (news == 0 and sign != "-"):
                raise PatchRefused(self._miscount(number, header, lines, line), self.number)
            olds -= sign != "+"
            news -= sign != "-"
            crlf = own_ends and line.endswith("\r")
            lines.append(HunkLine(sign, line[1:].removesuffix("\r").encode(), crlf=crlf))
            self.at += 1
        if (self.peek() or "").startswith(NO_NEWLINE):
            self._mark(lines, number)
        after = self.peek()
        if after and after[0] in "+- " and not self.starts_file() and not _MAIL_END.match(after) and after.strip():
            raise PatchRefused(self._miscount(number, header, lines, after), self.number)
        return Hunk(number, start, old_start, tuple(lines))

    def _mark(self, lines: list[HunkLine], number: int) -> None:
        if not lines:
            raise PatchRefused(f"hunk {number} starts with {printable(NO_NEWLINE)}", self.number)
        lines[-1] = replace(lines[-1], newline=False)
        self.at += 1

    @staticmethod
    def _miscount(number: int, header: str, lines: list[HunkLine], line: str) -> str:
        olds = sum(each.sign != "+" for each in lines)
        news = sum(each.sign != "-" for each in lines)
        return (
            f"hunk {number} does not have the lines its header counts ({header.split(' @@')[0]} @@): after {olds} old "
            f"and {news} new lines comes {printable(line[:60])}. Count context and removed lines for -, context and "
            f"added lines for +"
        )


def read_hunks(text: str, path: str, new_path: str = "") -> tuple[Hunk, ...]:
    """The hunks of one file's `diff` member; header lines before them must name that file. Raises PatchRefused."""
    reader = _Reader(text)
    while (line := reader.peek()) is not None and not line.startswith("@@"):
        if line.strip() and not reader.starts_file() and not line.startswith("+++ ") and not _EXTENDED.match(line):
            raise PatchRefused(f"{printable(line[:60])} is neither a header nor a hunk", reader.number)
        if line.startswith(("--- ", "+++ ")):
            name = _name(line[4:], reader.number)
            if name.partition("/")[2] not in (path, new_path) and name not in (path, new_path, "/dev/null"):
                raise PatchRefused(
                    f"the header names {printable(name)}, the file object {printable(path)}", reader.number
                )
        reader.at += 1
    hunks = reader.hunks()
    _expect_end(reader)
    if not hunks:
        raise PatchRefused("there is no hunk (@@ -START,COUNT +START,COUNT @@) in it", 1)
    return tuple(hunks)


def _expect_end(reader: _Reader) -> None:
    while (line := reader.peek()) is not None:
        if line.strip():
            raise PatchRefused(
                f"{printable(line[:60])} follows the last hunk; a file's diff holds its hunks only", reader.number
            )
        reader.at += 1


def read_patch(text: str, most: int = MAX_PARTS) -> list[FileEdit]:
    """The files of a bare git diff. Lines before the first header (a mail's, prose) are skipped; between and behind
    files only blank lines and a mail's signature may stand; at most `most` files and hunks. Raises PatchRefused."""
    reader = _Reader(text, most)
    while reader.peek() is not None and not reader.starts_file():
        if (reader.peek() or "").startswith("@@ "):
            raise PatchRefused("a hunk stands before any file header (--- a/path, +++ b/path)", reader.number)
        reader.at += 1
    edits: list[FileEdit] = []
    while (line := reader.peek()) is not None:
        if reader.starts_file():
            reader.spend()
            edits.append(_edit(_section(reader)))
        elif _MAIL_END.match(line):
            break
        elif line.strip():
            raise PatchRefused(f"{printable(line[:60])} is neither a hunk nor a file header", reader.number)
        else:
            reader.at += 1
    return edits


def _section(reader: _Reader) -> _Section:
    section = _Section(reader.number)
    line = reader.peek() or ""
    if line.startswith("diff --git "):
        section.git_names = _git_names(line[11:].rstrip("\r"), reader.number)
        reader.at += 1
        while (line := reader.peek()) is not None and _EXTENDED.match(line):
            _extended(section, line.rstrip("\r"), reader.number)
            reader.at += 1
        if line is not None and line.startswith(("GIT binary patch", "Binary files ")):
            raise PatchRefused("holds a binary change, which nobody can review", reader.number, "AP307")
    line = reader.peek() or ""
    if line.startswith("--- "):
        section.old = _name(line[4:], reader.number)
        reader.at += 1
        line = reader.peek() or ""
        if not line.startswith("+++ "):
            raise PatchRefused('after "--- a/path" must come "+++ b/path"', reader.number)
        section.new = _name(line[4:], reader.number)
        reader.at += 1
    section.hunks = reader.hunks()
    return section


def _extended(section: _Section, line: str, number: int) -> None:
    for key in ("rename from", "rename to", "copy from", "copy to"):
        if line.startswith(key + " "):
            section.extended[key] = _unquoted(line[len(key) + 1 :], number)
            return
    for key in ("old mode", "new mode", "new file mode", "deleted file mode"):
        if line.startswith(key + " "):
            section.extended[key] = line.rsplit(" ", 1)[1]


def _edit(section: _Section) -> FileEdit:
    number, headers = section.line, section.extended
    if any(key.startswith("copy") for key in headers):
        raise PatchRefused("copies a file; give the new file in full instead", number)
    old, new = _names(section)
    try:
        for name in (old, new):
            if name is not None:
                canonical(name)
    except PathRefused as error:
        raise PatchRefused(f"{error.message}. {error.hint}", number, error.code, never=error.code == NEVER) from None
    mode = _mode(headers, number)
    hunks = tuple(section.hunks)
    if old is None:
        if new is None:
            raise PatchRefused("names no file at all", number)
        return FileEdit(new, "create", hunks=hunks, mode=mode or REGULAR, patch=True)
    if new is None:
        return FileEdit(old, "delete", hunks=hunks, patch=True)
    if old != new:
        return FileEdit(old, "rename", new, hunks=hunks or None, mode=mode, patch=True)
    if not hunks and mode is None:
        raise PatchRefused(f"{printable(old)} has a header but no hunk", number)
    return FileEdit(old, "modify", hunks=hunks or None, mode=mode, patch=True)


def _mode(headers: dict[str, str], number: int) -> int | None:
    text = headers.get("new file mode") or headers.get("new mode")
    if text is None:
        return None
    mode = int(text, 8)
    if mode not in (REGULAR, EXECUTABLE):
        raise PatchRefused(f"gives the file mode {text}: links and submodules cannot be made", number, "AP307")
    return mode


def _names(section: _Section) -> tuple[str | None, str | None]:
    """Old and new path of the file, None for "does not exist"; every header that names one must agree."""
    headers, number = section.extended, section.line
    created = "new file mode" in headers or section.old == "/dev/null"
    deleted = "deleted file mode" in headers or section.new == "/dev/null"
    told: list[tuple[str | None, str | None]] = []
    if section.old is not None and section.new is not None:
        told.append(_pair(section.old, section.new, number))
    if section.git_names is not None:
        old, new = _pair(*section.git_names, number)
        told.append((None if created else old, None if deleted else new))
    if "rename from" in headers or "rename to" in headers:
        told.append((headers.get("rename from"), headers.get("rename to")))
    if any(each != told[0] for each in told):
        raise PatchRefused(
            "has header lines that disagree about the file's name or whether it is new or deleted", number
        )
    old, new = told[0]
    if old is not None and new is not None and old != new and "rename from" not in headers:
        raise PatchRefused(f"names {printable(old)} before and {printable(new)} after without a rename header", number)
    return old, new


def _pair(old: str, new: str, number: int) -> tuple[str | None, str | None]:
    if old.startswith("a/") and (new.startswith("b/") or new == "/dev/null"):
        return old[2:], None if new == "/dev/null" else new[2:]
    if old == "/dev/null" and new.startswith("b/"):
        return None, new[2:]
    if old == new and old != "/dev/null":
        return old, new
    raise PatchRefused(f"names {printable(old)} and {printable(new)}; write --- a/path and +++ b/path", number)


def _git_names(rest: str, number: int) -> tuple[str, str]:
    """The two names of a `diff --git` line; names with spaces are unquoted and must then be equal but for a/ and b/."""
    if len(rest) > _MAX_NAMES:
        raise PatchRefused("has a diff --git line that is too long", number)
    if rest.startswith('"') or rest.endswith('"'):
        quoted = re.fullmatch(r'("(?:[^"\\]|\\.)*"|[^" ]+) ("(?:[^"\\]|\\.)*"|[^" ]+)', rest)
        if quoted is None:
            raise PatchRefused("has a diff --git line whose names cannot be told apart", number)
        return _unquoted(quoted.group(1), number), _unquoted(quoted.group(2), number)
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


def _name(text: str, number: int) -> str:
    """A name of a --- or +++ line: up to a tab (a time stamp follows), unquoted."""
    return _unquoted(text.rstrip("\r").split("\t")[0].rstrip(" "), number)


def _unquoted(text: str, number: int) -> str:
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
