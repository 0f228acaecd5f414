"""Refusals a model can act on: collected for the whole answer, each with what the file really says."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.errors import AnswerRefused
from autopack.model.findings import Finding, Range, Tree
from autopack.model.rules import finding

MAX_FINDINGS = 20
_MAX_LINE = 160


class Refusals:
    """Collects up to MAX_FINDINGS findings; `stop` and `settle` raise them as one AnswerRefused."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.never = False

    def add(
        self, code: str, message: str, *, path: str = "", lines: tuple[int, int] | None = None, never: bool = False
    ) -> None:
        """One more finding; `lines` are the base file's, first and last; `never`: nobody may touch what it names."""
        self.never = self.never or never
        where = Range.of_lines(*lines) if lines else None
        self.findings.append(finding(code, message, path=path, range=where, tree=Tree.BASE))
        if len(self.findings) >= MAX_FINDINGS:
            raise AnswerRefused(self.findings, never=self.never)

    def settle(self) -> None:
        """Raise when anything was collected."""
        if self.findings:
            raise AnswerRefused(self.findings, never=self.never)


def refuse(code: str, message: str, *, path: str = "", never: bool = False) -> AnswerRefused:
    """The refusal to raise when nothing further can be read."""
    return AnswerRefused([finding(code, message, path=path, tree=Tree.BASE)], never=never)


def excerpt(bodies: Sequence[bytes], first: int, last: int, *, around: int = 2, most: int = 12) -> str:
    """Lines `first`-`last` (1-based) with some around them, numbered, as they stand in the base file."""
    total = len(bodies)
    if total == 0:
        return "The file is empty."
    start = max(1, min(first, total) - around)
    end = min(total, max(last, start) + around, start + most - 1)
    shown = [f"{number:>6} | {_line(bodies[number - 1])}" for number in range(start, end + 1)]
    return f"Lines {start}-{end} of {total} read:\n" + "\n".join(shown)


def _line(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= _MAX_LINE else text[: _MAX_LINE - 1] + "…"
