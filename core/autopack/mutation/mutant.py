"""A mutant: one place of a file, wrong in one small way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from autopack.model.findings import Range


class Operator(StrEnum):
    """What is done to a place, the most telling first (`operators` says where each comes from)."""

    BOUNDARY = "boundary"
    CONDITION = "condition"
    COMPARISON = "comparison"
    LOGIC = "logic"
    ARITHMETIC = "arithmetic"
    RETURN = "return"
    STATEMENT = "statement"
    HANDLER = "handler"
    CALL = "call"
    CONSTANT = "constant"
    ERROR = "error"
    NUDGE = "nudge"

    @property
    def rank(self) -> int:
        return list(Operator).index(self)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`range` is the place in the candidate's file; `before` and `after` are what stands there, shown to a reader;
    `content` is the whole mutated file; `function` its qualified name, "" at the top of the file."""

    path: str
    line: int
    range: Range
    operator: Operator
    before: str
    after: str
    function: str
    content: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The same for the same error in the same file."""
        return hashlib.sha256(b"\0".join((self.path.encode(), self.content))).hexdigest()[:12]

    @property
    def message(self) -> str:
        if self.after == "pass":
            return f"`{self.before}` was left out"
        return f"`{self.before}` became `{self.after}`"
