"""Reading the files of a unified diff: headers that agree on a name, and the hunks below them.

What is read here is written anew for git (`patches`), so no header can mean one thing to us and another to git.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from autopack.changes.edits import FileEdit, Hunk
from autopack.changes.hunktext import MAX_PARTS, Lines, read_hunks_here
from autopack.changes.names import PatchRefused, git_names, header_name, pair, unquoted
from autopack.model.changes import EXECUTABLE, REGULAR
from autopack.paths import NEVER, PathRefused, canonical, printable

_EXTENDED = re.compile(
    r"(index [0-9a-fA-F]+\.\.[0-9a-fA-F]+( \d{6})?|(dis)?similarity index \d{1,3}%|old mode \d{6}|new mode \d{6}|"
    r"new file mode \d{6}|deleted file mode \d{6}|rename (from|to) .+|copy (from|to) .+)\r?\Z"
)
_EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@dataclass(slots=True)
class _Section:
    """One file of the diff while it is read; names as written, before their prefix is taken off."""

    line: int
    git_names: tuple[str, str] | None = None
    old: str | None = None
    new: str | None = None
    extended: dict[str, str] = field(default_factory=dict[str, str])
    hunks: list[Hunk] = field(default_factory=list[Hunk])


def read_hunks(text: str, path: str, new_path: str = "") -> tuple[Hunk, ...]:
    """The hunks of one file's `diff` member; header lines before them must name that file. Raises PatchRefused."""
    lines = Lines(text)
    found: list[Hunk] = []
    while not lines.over:
        line = lines.peek()
        if line.startswith("@@"):
            found += read_hunks_here(lines)
            continue
        if line.startswith(("--- ", "+++ ")):
            name = header_name(line[4:], lines.number)
            if name.partition("/")[2] not in (path, new_path) and name not in (path, new_path, "/dev/null"):
                raise PatchRefused(
                    f"the header names {printable(name)}, the file object {printable(path)}", lines.number
                )
        elif line.strip() and not lines.starts_file() and not _EXTENDED.match(line):
            raise PatchRefused(f"{printable(line[:60])} is neither a header nor a hunk", lines.number)
        lines.at += 1
    if not found:
        raise PatchRefused("there is no hunk (@@ -START,COUNT +START,COUNT @@) in it", 1)
    return _numbered(found)


def read_patch(text: str, most: int = MAX_PARTS, *, closed: bool = False) -> list[FileEdit]:
    """The files of a bare git diff, each once; prose around them is skipped; at most `most` files and hunks. `closed` as
    in Hunk. Raises PatchRefused."""
    lines = Lines(text, most, closed=closed)
    lines.check_end()
    edits: dict[str, FileEdit] = {}
    while not lines.over:
        if lines.starts_file():
            lines.spend()
            number = lines.number
            edit = _edit(_section(lines))
            known = edits.get(edit.path)
            edits[edit.path] = edit if known is None else _joined(known, edit, number)
        elif lines.peek().startswith("@@ "):
            raise PatchRefused("a hunk stands before any file header (--- a/path, +++ b/path)", lines.number)
        else:
            lines.at += 1
    return list(edits.values())


def _joined(known: FileEdit, again: FileEdit, number: int) -> FileEdit:
    """A file that is told twice: the same again, or further hunks, whose line numbers may count what the first ones
    added and so prove nothing."""
    told, said = ([_said(hunk) for hunk in each.hunks or ()] for each in (known, again))
    same = replace(again, hunks=None) == replace(known, hunks=None)
    if same and said == told:
        return replace(known, hunks=again.hunks)
    if not same or known.action != "modify":
        raise PatchRefused(f"{printable(again.path)} is touched 2 times; say each file once", number)
    more = [hunk if _said(hunk) in told else replace(hunk, start=None) for hunk in again.hunks or ()]
    return replace(known, hunks=_numbered([*(known.hunks or ()), *more]))


def _numbered(hunks: list[Hunk]) -> tuple[Hunk, ...]:
    return tuple(replace(hunk, number=n) for n, hunk in enumerate(hunks, 1))


def _said(hunk: Hunk) -> object:
    """What makes two hunks the same: header and body, but for empty lines behind it."""
    lines = list(hunk.lines)
    while lines and lines[-1].bare and not lines[-1].body:
        lines.pop()
    return hunk.start, hunk.counts, tuple(lines)


def _section(lines: Lines) -> _Section:
    section = _Section(lines.number)
    line = lines.peek()
    if line.startswith("diff --git "):
        section.git_names = git_names(line[11:].rstrip("\r"), lines.number)
        lines.at += 1
        while _EXTENDED.match(line := lines.peek()):
            _extended(section, line.rstrip("\r"), lines.number)
            lines.at += 1
        if line.startswith(("GIT binary patch", "Binary files ")):
            raise PatchRefused("holds a binary change, which nobody can review", lines.number, "AP307")
    if lines.peek().startswith("--- "):
        section.old = header_name(lines.peek()[4:], lines.number)
        lines.at += 1
    if lines.peek().startswith("+++ "):
        section.new = header_name(lines.peek()[4:], lines.number)
        lines.at += 1
    elif section.old is not None and not lines.peek().startswith("@@"):
        raise PatchRefused('after "--- a/path" must come "+++ b/path"', lines.number)
    section.hunks = read_hunks_here(lines)
    if not section.hunks and _promises_hunks(section.extended, cut=lines.over and not lines.closed):
        raise PatchRefused(
            "has a header that tells of changed lines, and no hunk; it looks cut off", section.line, "AP202"
        )
    return section


def _promises_hunks(headers: dict[str, str], *, cut: bool) -> bool:
    """Whether git's header lines say that lines follow. `cut`: the diff ends with them."""
    if "new file mode" in headers:
        return not _EMPTY.startswith(headers["new id"]) if "new id" in headers else cut
    if "deleted file mode" in headers:
        return False
    return "new id" in headers or headers.get("similarity", "100%") != "100%"


def _extended(section: _Section, line: str, number: int) -> None:
    if line.startswith("index "):
        section.extended["new id"] = line.split("..", 1)[1].split(" ")[0]
    elif line.startswith("similarity "):
        section.extended["similarity"] = line.rsplit(" ", 1)[1]
    for key in ("rename from", "rename to", "copy from", "copy to"):
        if line.startswith(key + " "):
            section.extended[key] = unquoted(line[len(key) + 1 :], number)
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
    if section.old is not None or section.new is not None:
        told.append(_written(section))
    if section.git_names is not None:
        old, new = pair(*section.git_names, number)
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


def _written(section: _Section) -> tuple[str | None, str | None]:
    """The names of --- and +++; a lone one stands for both."""
    old, new = section.old, section.new
    if old is None or new is None:
        name = (old or new or "").removeprefix("a/" if new is None else "b/")
        if name == "/dev/null":
            raise PatchRefused("names a file on one side only", section.line)
        created, deleted = "new file mode" in section.extended, "deleted file mode" in section.extended
        return None if created else name, None if deleted else name
    return pair(old, new, section.line)
