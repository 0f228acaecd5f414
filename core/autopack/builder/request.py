"""A rendered prompt, addressed to a model."""

from __future__ import annotations

from typing import Protocol

from autopack.model.completion import ModelRequest, Prompt


class OutputLimit(Protocol):
    """What the settings know of a model."""

    @property
    def max_output_tokens(self) -> int: ...


def request_for(
    prompt: Prompt,
    *,
    run: str,
    phase: str,
    attempt: int,
    role: str,
    call: int,
    model: str,
    info: OutputLimit | None = None,
    timeout: float = 600.0,
) -> ModelRequest:
    """The request for one call of `role`; the answer may be as long as the prompt estimates, at most what the model
    can write."""
    most = prompt.max_output_tokens
    return ModelRequest(
        run=run,
        phase=phase,
        attempt=attempt,
        role=role,
        call=call,
        model=model,
        system=prompt.system,
        stable=prompt.stable,
        prompt=prompt.prompt,
        max_output_tokens=min(most, info.max_output_tokens) if info is not None else most,
        schema=prompt.schema,
        timeout=timeout,
    )
