"""The chain of imports behind a file that cannot be collected, in words and as places."""

from __future__ import annotations

import re

from autopack.model.findings import Range, Related
from autopack.model.test_report import Failure

_PARTIAL = re.compile(r"partially initialized module '([\w.]{1,200})'")
_MOST_LINKS = 12
_ARROW = " -> "


def chain_of(failure: Failure) -> str:
    """`tests/test_a.py:3 -> src/pkg/b.py:7: `, what is no file of the worktree counted; no links where there is but one."""
    links = _links(failure)
    if sum(bool(path) for path, _ in links) < 2:
        return _circle(failure)
    half = _MOST_LINKS // 2
    told = [_link(path, line) for path, line in links]
    if len(told) > _MOST_LINKS:
        told[half:-half] = [f"({len(told) - 2 * half} more)"]
    return f"{_ARROW.join(told)}: {_circle(failure)}"


def chain_places(failure: Failure) -> tuple[Related, ...]:
    """The links that lead to the failing line, the nearest first."""
    links = [(path, line) for path, line in _links(failure) if path and line]
    own = failure.path, failure.line
    before = [link for link in links if link != own][-_MOST_LINKS:]
    return tuple(
        Related(path, "this import leads to the one that fails", Range.of_line(line)) for path, line in before[::-1]
    )


def _links(failure: Failure) -> list[tuple[str, int]]:
    """The frames up to the failing line; the last one is it, wherever the trace goes on."""
    frames = [frame for frame in failure.frames if frame != ("", 0)]
    while frames and not frames[-1][0]:
        frames.pop()
    own = failure.path, failure.line
    return [*frames, own] if failure.path and frames and own not in frames else frames


def _link(path: str, line: int) -> str:
    if not path:
        return f"({line} elsewhere)"
    return f"{path}:{line}" if line else path


def _circle(failure: Failure) -> str:
    """That the imports go round, with the file that is imported before it is ready."""
    found = _PARTIAL.search(failure.message)
    if found is None:
        return ""
    tail = found[1].replace(".", "/")
    names = tuple(f"/{tail}{end}" for end in (".py", "/__init__.py"))
    file = next((path for path, _ in _links(failure) if f"/{path}".endswith(names)), "")
    return f"a circular import, {file or found[1]} is not loaded to its end there: "
