"""Where in the worktree a failure stands, told from paths in a report and from the text of stack traces."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

_PYTHON = re.compile(r'File "([^"\n]{1,1000})", line (\d{1,7})')
_PYTHON_LINE = re.compile(r"^[ \t>E]*([^\s:()\"']+\.py):(\d{1,7})(?=:)")
_JAVA = re.compile(r"\bat (?:[^\s()/]*/)*([\w.$]+)\.[\w$<>]+\(([\w$]+\.(?:java|kt|groovy|scala)):(\d{1,7})\)")
_PLACE = re.compile(r"(?<![^\s:()\"'\[<,])([^\s:()\"'\[<,]{1,1000}\.[A-Za-z]\w{0,7}):\[?(\d{1,7})(?!\d)")
_DEPENDENCIES = {"node_modules", "site-packages", ".git"}
_NOT_SEARCHED = {*_DEPENDENCIES, ".venv", "venv", "target", "build", "__pycache__"}
_MOST_LINES = 1500
_LONGEST_LINE = 2000
_MOST_TRIED = 400
_MOST_FRAMES = 16
_MOST_FILES = 200_000
_MOST_KNOWN = 20_000


class Places:
    """Files of one worktree, as reports name them. What lies in a dependency's folder is none of them."""

    def __init__(self, worktree: Path, workdir: str = "") -> None:
        self.top = worktree.resolve()
        self.workdir = posixpath.normpath(workdir) if workdir else ""
        self._by_name: dict[str, list[str]] | None = None
        self._known: dict[tuple[str, str], str] = {}

    def file(self, text: str, folder: str = "") -> str:
        """The relative path of a file named absolutely, by a file URL, or relative to `folder`, the workdir or the top;
        "" for any other."""
        key = text.removeprefix("file://"), folder
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._file(*key)
        return self._known[key]

    def _file(self, text: str, folder: str) -> str:
        if not text or len(text) > 1000 or "\0" in text:
            return ""
        for base in dict.fromkeys((folder, self.workdir, "")):
            try:
                full = (self.top / base / text).resolve()
                inside = full.is_relative_to(self.top) and full.is_file()
            except (OSError, ValueError, RuntimeError):
                continue
            if inside:
                path = full.relative_to(self.top).as_posix()
                return path if _DEPENDENCIES.isdisjoint(path.split("/")) else ""
        return ""

    def ending_in(self, suffix: str) -> str:
        """The one file whose path ends in these folders and this name, "" where there is none or more than one."""
        found = [p for p in self._named(posixpath.basename(suffix)) if p == suffix or p.endswith(f"/{suffix}")]
        return found[0] if len(found) == 1 else ""

    def class_file(self, name: str) -> str:
        """The source file of a Java class by its full name; Kotlin's may lie outside the package's folder."""
        outer = name.partition("$")[0]
        path = outer.replace(".", "/")
        if not re.fullmatch(r"[\w/]{1,500}", path):
            return ""
        for ending in (".java", ".kt", ".groovy", ".scala"):
            found = self.ending_in(path + ending) or (self.ending_in(posixpath.basename(path) + ending)
                                                      if "/" in path else "")  # fmt: skip
            if found:
                return found
        return ""

    def all_named(self, name: str) -> list[str]:
        """Every file of this name, sorted."""
        return sorted(self._named(name))

    def of(self, text: str, folder: str = "") -> tuple[str, int]:
        """The innermost frame inside the worktree: the last one of a Python trace, the first one of any other."""
        python, tried = ("", 0), 0
        for line in _bounded(text):
            for kind, name, number in _frames(line):
                tried += 1
                if tried > _MOST_TRIED:
                    return python
                path = self._frame_file(kind, name, folder)
                if path and kind != "python":
                    return python if python[0] else (path, number)
                if path:
                    python = path, number
        return python

    def way(self, text: str, folder: str = "") -> tuple[tuple[str, int], ...]:
        """The frames inside the worktree, outermost first and the last few of many: those of a Python trace in its order,
        those of any other turned round; of a module that node does not find the files that require it (line 0)."""
        lines = _bounded(text)
        asking = next((n for n, line in enumerate(lines) if line.strip() == "Require stack:"), len(lines))
        required = (self.file(line.strip().removeprefix("- "), folder) for line in lines[asking + 1 :][:_MOST_FRAMES])
        frames = [(kind, name, number) for line in lines[:asking] for kind, name, number in _frames(line)][:_MOST_TRIED]
        found = [(kind, self._frame_file(kind, name, folder), number) for kind, name, number in frames]
        python = [(path, number) for kind, path, number in found if path and kind == "python"]
        others = [(path, number) for kind, path, number in found if path and kind != "python"]
        way = python or [*((path, 0) for path in required if path), *others][::-1]
        return tuple(dict.fromkeys(way))[-_MOST_FRAMES:]

    def _frame_file(self, kind: str, name: str, folder: str) -> str:
        if kind == "java":
            return self.ending_in(name) or self.ending_in(posixpath.basename(name))
        found = self.file(name, folder)
        if not found and kind == "place" and name.startswith("/"):
            return self.file(name.lstrip("/"), folder)  # vite names files from its root
        return found

    def _named(self, name: str) -> list[str]:
        if self._by_name is None:
            self._by_name = {}
            for path in self._walk():
                self._by_name.setdefault(posixpath.basename(path), []).append(path)
        return self._by_name.get(name, [])

    def _walk(self) -> Iterable[str]:
        seen = 0
        for folder, folders, files in os.walk(self.top):
            folders[:] = sorted(f for f in folders if f not in _NOT_SEARCHED)
            base = Path(folder).relative_to(self.top).as_posix()
            for name in files:
                seen += 1
                if seen > _MOST_FILES:
                    return
                yield name if base == "." else f"{base}/{name}"


def _bounded(text: str) -> list[str]:
    lines = text.splitlines()
    if len(lines) > 2 * _MOST_LINES:
        lines = [*lines[:_MOST_LINES], *lines[-_MOST_LINES:]]
    return [line[:_LONGEST_LINE] for line in lines]


def _frames(line: str) -> Iterable[tuple[str, str, int]]:
    """(kind, name, line number) of each place a line of text speaks of."""
    for pattern in (_PYTHON, _PYTHON_LINE):
        for match in pattern.finditer(line):
            yield "python", match[1], int(match[2])
    java = _JAVA.search(line)
    if java is not None:
        package = java[1].rpartition(".")[0].replace(".", "/")
        yield "java", f"{package}/{java[2]}" if package else java[2], int(java[3])
        return
    for match in _PLACE.finditer(line):
        if not match[1].endswith(".py"):
            yield "place", match[1], int(match[2])
