"""Places: where a finding stands in the user's copy of its file.

A line of the candidate goes back to the base through the inverse of the candidate's difference, and from there to the
user's text through the difference between base and that text. A line the candidate added or changed goes to the
nearest preceding base line of its hunk. No place at all means that the finding belongs to its phase.
"""

from __future__ import annotations

from dataclasses import dataclass

from autopack.model.findings import Finding, Position, Range, Related, Tree
from autopack_server.lsp.findings.line_map import LineMaps
from autopack_server.lsp.findings.text import Text
from autopack_server.lsp.positions import whole_line


@dataclass(frozen=True, slots=True)
class FileTexts:
    """The versions of one file: None where it does not exist, is not text, or is too large."""

    base: Text | None
    candidate: Text | None
    user: Text | None


@dataclass(frozen=True, slots=True)
class Place:
    """A range in the user's text; `in_change` when the finding's own line is one the candidate added or changed."""

    range: Range
    in_change: bool = False


@dataclass(frozen=True, slots=True)
class _BaseLines:
    first: int
    last: int
    exact: bool


def user_place(finding: Finding | Related, texts: FileTexts, maps: LineMaps) -> Place | None:
    """Where the finding stands in the user's copy, or None."""
    user = texts.user
    if user is None or finding.tree is Tree.PLAN:
        return None
    if finding.range is None:
        return Place(whole_line(1, user.lines[0]))
    first, last = finding.range.lines
    if finding.tree is Tree.USER:
        return Place(_shown(finding.range, first, last, user)) if 1 <= first <= len(user.lines) else None
    found = _in_base(finding.tree, first, last, texts, maps)
    if found is None or texts.base is None:
        return None
    forward = maps.of(texts.base, user)
    line = forward.forward(found.first)
    if line is None:
        return None
    if not found.exact:
        return Place(whole_line(line, user.lines[line - 1]), in_change=True)
    last = forward.forward(forward.kept_before(found.last, base=True) or found.first)
    return Place(_shown(finding.range, line, last or line, user))


def _in_base(tree: Tree, first: int, last: int, texts: FileTexts, maps: LineMaps) -> _BaseLines | None:
    if texts.base is None:
        return None
    if tree is Tree.BASE:
        return _BaseLines(first, last, True)
    if texts.candidate is None:
        return None
    back = maps.of(texts.base, texts.candidate)
    start = back.back(first)
    if start is None or not start.exact:
        return _BaseLines(start.line, start.line, False) if start is not None else None
    end = back.back(back.kept_before(last, base=False) or first)
    return _BaseLines(start.line, end.line if end is not None else start.line, True)


def _shown(where: Range, first: int, last: int, user: Text) -> Range:
    """The finding's columns where it stands in one line, else the text of the lines."""
    line = user.lines[first - 1]
    if where.start.line == where.end.line and where.start.column < where.end.column:
        start = max(1, where.start.column)
        end = min(where.end.column, len(line) + 1)
        if start < end:
            return Range(Position(first, start), Position(first, end))
    last = min(last, len(user.lines))
    return Range(whole_line(first, line).start, whole_line(last, user.lines[last - 1]).end)
