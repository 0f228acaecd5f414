"""What a worker is told to do, and what it answers, as JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

OnDetach = Literal["park", "continue"]


@dataclass(frozen=True, slots=True)
class Order:
    """Start the plan at `plan`, or go on with `run`; one of both is "". `editor` are settings of the editor (machine
    scope); `options` are the keyword arguments of `Service.start` or `Service.resume` beside plan, run and trust."""

    repo: str
    plan: str = ""
    run: str = ""
    trust: bool = False
    editor: dict[str, Any] = field(default_factory=dict[str, Any])
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    on_detach: OnDetach = "park"

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Self:
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Reply:
    """`run` and its `state` when the order is being carried out (or the run had ended already); else a refusal with
    `lines` a person must agree to first (AP121) and findings of the plan as text."""

    run: str = ""
    state: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""
    lines: list[str] = field(default_factory=list[str])

    @property
    def ok(self) -> bool:
        return bool(self.run)

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Self:
        return cls(**json.loads(line))
