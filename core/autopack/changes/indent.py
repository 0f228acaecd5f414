"""The indentation of added lines, where the diff and the file do not agree on the indentation of the others.

A model that writes four spaces for a tab does so in what it adds too. How it strays is read off the lines that the file
has; where they do not say it beyond doubt there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from autopack.changes.places import normal

Rule = Callable[[bytes], bytes | None]


class Pair(NamedTuple):
    """A line as the diff gives it and as the file has it; `removed` or unchanged."""

    given: bytes
    real: bytes
    removed: bool


def indentation(body: bytes) -> bytes:
    return body[: len(body) - len(body.lstrip(b" \t"))]


def carried(pairs: Sequence[Pair], added: Sequence[bytes]) -> list[bytes] | None:
    """The added lines as the file would indent them; None when that is not certain."""
    if _is_about_blanks(pairs, added):
        return None
    told = [(indentation(p.given), indentation(p.real), p.removed) for p in pairs if p.given.strip()]
    told = [each for each in told if each[0] or each[1]]
    removed = [(given, real) for given, real, gone in told if gone]
    both = [(given, real) for given, real, _ in told]
    if all(given == real for given, real in removed or both):
        return list(added)
    found = [_carry(body, both, whole=bool(removed)) if body.strip() else body for body in added]
    return None if None in found else [body for body in found if body is not None]


def _is_about_blanks(pairs: Sequence[Pair], added: Sequence[bytes]) -> bool:
    """Whether the change itself is one of white space, or strays within a line that is replaced."""
    new = {normal(body) for body in added}
    strays = [pair for pair in pairs if pair.removed and pair.given != pair.real and pair.given.strip()]
    return any(normal(each.given) in new or each.given.strip() != each.real.strip() for each in strays)


def _carry(body: bytes, told: Sequence[tuple[bytes, bytes]], *, whole: bool) -> bytes | None:
    """One added line; `whole`: removed lines stray too, so that shifting by spaces is the hand's habit."""
    given = indentation(body)
    strays = [(g, r) for g, r in told if g != r]
    tabs = any(b"\t" in g + r for g, r in strays)
    reals = {real for g, real in told if g == given}
    if len(reals) == 1 and (whole or tabs or reals == {given}):
        return reals.pop() + body[len(given) :]
    if len(reals) > 1:
        return None
    style, alien = set(b"".join(r for _, r in strays)), set(b"".join(g for g, _ in strays))
    if len(style) == 1 and set(given) <= style and not alien & style and given:
        return body
    made = {rule(given) for rule in _rules(tabs, whole) if all(rule(g) == r for g, r in told)}
    if len(made) != 1 or (new := made.pop()) is None:
        return None
    return new + body[len(given) :]


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
