"""The indentation of added lines, where the diff and the file do not agree on the indentation of the others.

A model that writes four spaces for a tab does so in what it adds too. How it strays is read off the lines that the file
has; where they do not say it beyond doubt there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from autopack.changes.edits import HunkLine
from autopack.changes.places import normal

Rule = Callable[[bytes], bytes | None]


class _Told(NamedTuple):
    """A line's indentation in the diff and in the file; `text`: the line is not blank."""

    given: bytes
    real: bytes
    removed: bool
    text: bool

    @property
    def strays(self) -> bool:
        return self.text and self.given != self.real


def indentation(body: bytes) -> bytes:
    return body[: len(body) - len(body.lstrip(b" \t"))]


def carried(lines: Sequence[HunkLine], real: Sequence[bytes]) -> list[bytes] | None:
    """The added lines as the file would indent them, given what its old lines really are; None when it is not certain."""
    old = [line for line in lines if line.sign != "+"]
    if _is_about_blanks(lines, list(zip(old, real, strict=True))):
        return None
    told = [
        _Told(indentation(line.body), indentation(body), line.sign == "-", not line.blank)
        for line, body in zip(old, real, strict=True)
    ]
    shown = [each for each in told if each.text and (each.given or each.real)]
    removed = [each for each in shown if each.removed]
    as_given = not any(each.strays for each in removed or shown)
    found: list[bytes] = []
    at = 0
    for line in lines:
        if line.sign != "+":
            at += 1
            continue
        lead = indentation(line.body)
        made = lead if as_given or line.blank else _carry(lead, shown, _beside(told, at), whole=bool(removed))
        if made is None:
            return None
        found.append(made + line.body[len(lead) :])
    return found


def _is_about_blanks(lines: Sequence[HunkLine], old: Sequence[tuple[HunkLine, bytes]]) -> bool:
    """Whether the change itself is one of white space, or strays within a line that is replaced."""
    new = {normal(line.body) for line in lines if line.sign == "+"}
    strays = [(line.body, real) for line, real in old if line.sign == "-" and line.body != real and not line.blank]
    return any(normal(given) in new or given.strip() != real.strip() for given, real in strays)


def _beside(told: Sequence[_Told], at: int) -> list[_Told]:
    """The nearest old lines with text above and below an added line that stands before `told[at]`."""
    above = next((each for each in reversed(told[:at]) if each.text), None)
    below = next((each for each in told[at:] if each.text), None)
    return [each for each in (above, below) if each is not None]


def _carry(given: bytes, told: Sequence[_Told], beside: Sequence[_Told], *, whole: bool) -> bytes | None:
    """The indentation of one added line; `whole`: removed lines stray too, so that shifting is the hand's habit."""
    strays = [each for each in told if each.strays]
    tabs = any(b"\t" in each.given + each.real for each in strays)
    reals = {each.real for each in told if each.given == given}
    if len(reals) > 1:
        return None
    if reals and (whole or tabs or reals == {given}):
        return reals.pop()
    style, alien = {c for each in strays for c in each.real}, {c for each in strays for c in each.given}
    if given and len(style) == 1 and set(given) <= style and not alien & style:
        return given
    if not (whole or tabs) and any(each.given for each in beside) and not any(each.strays for each in beside):
        return given
    made = {rule(given) for rule in _rules(tabs, whole) if all(rule(each.given) == each.real for each in told)}
    return made.pop() if len(made) == 1 else None


def _rules(tabs: bool, whole: bool) -> list[Rule]:
    if tabs:
        widths = range(1, 9)
        return [_expanded(n) for n in widths] + [_tabbed(n) for n in widths]
    return [_shifted(n) for n in range(-8, 9) if n] if whole else []


def _expanded(width: int) -> Rule:
    return lambda given: given.replace(b"\t", b" " * width)


def _tabbed(width: int) -> Rule:
    return lambda given: given.replace(b" " * width, b"\t")


def _shifted(by: int) -> Rule:
    def rule(given: bytes) -> bytes | None:
        if by > 0:
            return given + b" " * by
        return given[:by] if given.endswith(b" " * -by) else None

    return rule
