"""What goes to a model and what comes back, in no vendor's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them; None = not reported (never estimated in its place)."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None

    @property
    def total(self) -> int:
        return (self.input_tokens or 0) + (self.output_tokens or 0)


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """`role` is builder | auditor | doctor ...; `call` the 1-based number of the role's call within the attempt;
    `schema` a JSON Schema the answer should follow (providers that cannot enforce it ignore it). `stable` is the prompt
    prefix that does not change between attempts (cacheable), `prompt` what follows it. Time-out in seconds."""

    run: str
    phase: str
    attempt: int
    role: str
    call: int
    model: str
    system: str
    prompt: str
    stable: str = ""
    max_output_tokens: int = 16384
    temperature: float | None = None
    schema: dict[str, Any] | None = None
    timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt, not yet addressed to a model. `max_output_tokens` is what the answer is estimated to need at
    most; `schema` the JSON Schema it should follow, if it is JSON of one known shape."""

    system: str
    stable: str
    prompt: str
    max_output_tokens: int = 16384
    schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """`stop_reason` is end | max_tokens | refusal | other; `request_id` the provider's, for support."""

    text: str
    usage: Usage = field(default_factory=Usage)
    stop_reason: str = "end"
    request_id: str = ""
    model: str = ""
    parsed: Any = None
    cost_usd: float | None = None
