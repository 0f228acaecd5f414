"""Path patterns of the policy: matched by component, after case, width and invisible characters are folded."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")


def fold(text: str) -> str:
    """What a forgiving file system or reader takes a name for: NFKC, no invisible characters, case folded."""
    visible = _INVISIBLE.sub("", text)
    if not visible.isascii():
        visible = "".join(char for char in visible if unicodedata.category(char) != "Cf")
        visible = unicodedata.normalize("NFKC", visible)
    return visible.casefold()


@dataclass(frozen=True, slots=True)
class _Pattern:
    parts: tuple[re.Pattern[str], ...]
    rooted: bool
    folder: bool


@lru_cache(maxsize=4096)
def _compile(pattern: str) -> _Pattern:
    folded = fold(pattern)
    rooted = "/" in folded.rstrip("/")
    parts = [part for part in folded.split("/") if part]
    compiled = tuple(re.compile(fnmatch.translate(part.replace("[", "[[]"))) for part in parts)
    return _Pattern(compiled, rooted, folded.endswith("/"))


def matches(pattern: str, path: str) -> bool:
    """Whether the path, or a folder it lies in, is meant; a path ending in "/" is a folder.

    `name` any component, `name/` a folder of that name, `/path` and `a/b` from the root, `*` and `?` within one.
    """
    return matching((pattern,), path) is not None


def matching(patterns: Iterable[str], path: str) -> str | None:
    """The first pattern that means the path."""
    components = [part for part in fold(path).split("/") if part]
    folder = path.endswith("/")
    return next((pattern for pattern in patterns if _means(_compile(pattern), components, folder)), None)


def covered(patterns: Iterable[str], path: str) -> bool:
    """Whether a pattern that gives leave means exactly this path: from the root, as spelled, `*` and `?` within one
    component, nothing below."""
    components = path.split("/")
    return any(_is(pattern.split("/"), components) for pattern in patterns)


def _is(parts: list[str], components: list[str]) -> bool:
    return len(parts) == len(components) and all(
        fnmatch.fnmatchcase(component, part.replace("[", "[[]"))
        for part, component in zip(parts, components, strict=True)
    )


def _means(pattern: _Pattern, components: list[str], folder: bool) -> bool:
    parts = pattern.parts
    last = len(components) - len(parts) - (1 if pattern.folder and not folder else 0)
    if not parts or last < 0:
        return False
    if len(parts) == 1 and not pattern.rooted:
        return any(parts[0].match(component) for component in components[: last + 1])
    return any(
        all(part.match(component) for part, component in zip(parts, components[start:], strict=False))
        for start in range(1 if pattern.rooted else last + 1)
    )
