"""Which files git would convert on their way to disk (`filter`, `working-tree-encoding`): those are not editable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

WATCHED = ("filter", "working-tree-encoding")
_LINE = re.compile(r'\s*("(?:[^"\\]|\\.)*+"|[^\s"]\S*+)\s+(.*)', re.S)
_MAX_LINES = 5000


class Attributes:
    """The committed .gitattributes files of one tree, nearest file last, as git reads them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._rules: list[tuple[str, list[tuple[str, dict[str, str]]]]] = []
        for path in sorted(files, key=lambda p: p.count("/")):
            folder = path.rpartition("/")[0]
            self._rules.append((folder + "/" if folder else "", _parse(files[path])))

    def conversion(self, path: str) -> str:
        """The attribute that converts this path's bytes, such as `filter=lfs`, or ""."""
        state: dict[str, str] = {}
        for folder, rules in self._rules:
            if not path.startswith(folder):
                continue
            below = path[len(folder) :]
            for pattern, attributes in rules:
                if _matches(pattern, below):
                    state |= attributes
        return next((f"{name}={state[name]}" for name in WATCHED if state.get(name)), "")


def _parse(data: bytes) -> list[tuple[str, dict[str, str]]]:
    rules: list[tuple[str, dict[str, str]]] = []
    macros: dict[str, dict[str, str]] = {}
    for line in data.decode("utf-8", "replace").splitlines()[:_MAX_LINES]:
        found = _LINE.match(line)
        if found is None or line.lstrip().startswith("#"):
            continue
        pattern, rest = found.groups()
        if pattern.startswith('"'):
            pattern = re.sub(r"\\(.)", r"\1", pattern[1:-1])
        attributes = _states(rest, macros)
        if pattern.startswith("[attr]"):
            macros[pattern[6:]] = attributes
        elif attributes and not pattern.startswith("!"):
            rules.append((pattern, attributes))
    return rules


def _states(rest: str, macros: Mapping[str, dict[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in rest.split():
        name, given, value = word.partition("=")
        if word in macros:
            found |= macros[word]
        elif name.lstrip("-!") in WATCHED:
            off = name[0] in "-!"
            found[name.lstrip("-!")] = "" if off else value if given else ""
    return found


def _matches(pattern: str, path: str) -> bool:
    if pattern.endswith("/"):
        return False
    if "/" not in pattern:
        return fnmatchcase(path.rsplit("/", 1)[-1], pattern)
    return _walk(pattern.lstrip("/").split("/"), path.split("/"))


def _walk(wanted: list[str], parts: list[str]) -> bool:
    reachable = {0}
    for part in parts:
        step: set[int] = set()
        for at in _opened(reachable, wanted):
            if at < len(wanted) and wanted[at] == "**":
                step.add(at)
                if at == len(wanted) - 1:
                    step.add(at + 1)
            elif at < len(wanted) and fnmatchcase(part, wanted[at]):
                step.add(at + 1)
        reachable = step
    return len(wanted) in reachable


def _opened(reachable: set[int], wanted: list[str]) -> set[int]:
    opened = set(reachable)
    for at in sorted(reachable):
        while at < len(wanted) - 1 and wanted[at] == "**":
            at += 1
            opened.add(at)
    return opened
