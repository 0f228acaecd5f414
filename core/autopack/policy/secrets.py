"""Credentials that a change adds: only lines the file before does not hold, only shapes that are certain."""

from __future__ import annotations

from autopack.redaction import CERTAIN_KINDS, secret_spans

MAX_REPORTED = 5


def added_secrets(before: bytes, after: bytes) -> list[tuple[int, str]]:
    """(1-based line of `after`, kind) of each credential on a new line, at most MAX_REPORTED."""
    known = set(before.split(b"\n"))
    numbers: list[int] = []
    lines: list[str] = []
    for number, raw in enumerate(after.split(b"\n"), 1):
        if raw not in known:
            numbers.append(number)
            lines.append(raw.decode("utf-8", "replace"))
    text = "\n".join(lines)
    found: list[tuple[int, str]] = []
    for start, _, kind in secret_spans(text):
        if kind in CERTAIN_KINDS:
            found.append((numbers[text.count("\n", 0, start)], kind))
            if len(found) == MAX_REPORTED:
                break
    return found
