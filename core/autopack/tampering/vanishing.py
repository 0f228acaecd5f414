"""A check that nothing asks any more: where that is told, and how surely."""

from __future__ import annotations

import re

from autopack.model.findings import Tree
from autopack.tampering.checks import Check, Examined, Place
from autopack.tampering.facts import Kind, Suspicion
from autopack.tampering.sight import Sight
from autopack.text import shorten

LOCALS = re.compile(r"\bv\d+\b")
"""A local in a check's subject: another one in another test."""


def vanished(check: Check, old: Examined, new: Examined, sight: Sight, *, whole: bool) -> Suspicion:
    """A check that nothing asks any more: at its comment, at the shorter table, or where it stood; `whole`: nor any of the
    test's cases."""
    asked = f"`{shorten(check.text, 120)}` is no longer asked"
    comment = sight.after.comment_of(check.text, new.path, new.first, new.last)
    if comment:
        return Suspicion(Kind.REMOVED, new.path, comment, Tree.CANDIDATE, new.id, f"{asked}: it is a comment now",
            check.text,
                         about=check.words)  # fmt: skip
    row = check.places[0]
    still = any(c.text == check.text or (c.op == check.op and c.callee == check.callee) for c in new.checks)
    if (check.cased and still) or (
        check.cased and not new.checks):  # fmt: skip
        said = f"The case `{shorten(sight.before.line(row), 100)}` of {old.name} is gone"
        own_line = row.line not in {place.line for place, _ in old.tables} and sight.before.is_gone(row)
        table = _shorter(old, new)
        open_ = any(_is_of_open_rounds(check, c) for c in new.checks)
        if not own_line and table is None and not sight.before.is_gone(row) and new.tables:
            place = sight.before.gone(check.places)
            return Suspicion(
                Kind.REMOVED,
                place.path,
                place.line,
                Tree.BASE,
                old.id,
                asked,
                check.text,
                reworded=True,
                about=check.words,
            )
        if not own_line and table is not None and old.id == new.id and not open_:
            said = f"{old.name} runs with fewer cases; one that is gone: {shorten(check.subject, 100)}"
            return Suspicion(
                Kind.EMPTIED, table.path, table.line, Tree.CANDIDATE, new.id, said, check.text, about=check.words
            )
        return Suspicion(
            Kind.EMPTIED,
            row.path,
            row.line,
            Tree.BASE,
            old.id,
            said,
            check.text,
            reworded=whole or open_,
            about=check.words,
        )
    place = sight.before.gone(check.places)
    return Suspicion(
        Kind.REMOVED, place.path, place.line, Tree.BASE, old.id, asked, check.text, reworded=True, about=check.words
    )


def _is_of_open_rounds(check: Check, other: Check) -> bool:
    """Whether the other check may be this one in one of its rounds, of which nobody can tell how many there are."""
    unknown = len(set(LOCALS.findall(other.subject))) - len(set(LOCALS.findall(check.subject)))
    return other.op == check.op and other.callee == check.callee and unknown > 0


def _shorter(old: Examined, new: Examined) -> Place | None:
    counts = [count for _, count in old.tables]
    shorter = (place for (place, count), before in zip(new.tables, counts, strict=False) if count < before)
    return next(shorter, None)
