"""Anthropic's Messages API on its own SDK: streamed, one try, the stable prefix marked for the prompt cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopack.errors import ProviderError
from autopack.llm.provider import Client, Partial, ProviderSettings, require_key, token_count
from autopack.model.completion import Completion, ModelRequest, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from anthropic import AsyncAnthropic

_STOP = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}


class AnthropicProvider:
    """Raises ProviderError (auth) at once when there is no key; the SDK is imported by the first call."""

    def __init__(self, settings: ProviderSettings, *, redact: Callable[[str], str] = str) -> None:
        self.name = settings.name or "anthropic"
        self._settings = settings
        self._key = require_key(settings, self.name)
        self._client = Client(self.name, self._key, self._connect, redact)
        self._loose: set[str] = set()

    async def complete(self, request: ModelRequest) -> Completion:
        """A schema the API refuses (400) is left out from then on: the answer is parsed as strictly without it."""
        try:
            return await self._once(request)
        except ProviderError as error:
            refused = error.kind == "bad_request" and "output_config" in error.message
            if not refused or not self._strict(request):
                raise
            self._loose.add(request.model)
            return await self._once(request)

    async def _once(self, request: ModelRequest) -> Completion:
        return await self._client.answer(request, lambda sdk: sdk.messages.create, self._arguments(request), _take)

    async def close(self) -> None:
        await self._client.close()

    def _connect(self) -> AsyncAnthropic:
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(api_key=self._key, base_url=self._settings.base_url, max_retries=0)

    def _arguments(self, request: ModelRequest) -> dict[str, Any]:
        blocks = [_block(request.stable, cached=True)] if request.stable else []
        blocks.append(_block(request.prompt))
        arguments: dict[str, Any] = {
            "model": request.model,
            "max_tokens": request.max_output_tokens,
            "messages": [{"role": "user", "content": blocks}],
            "stream": True,
        }
        if request.system:
            arguments["system"] = [_block(request.system)]
        if request.temperature is not None:
            arguments["extra_body"] = {"temperature": request.temperature}
        if self._strict(request):
            arguments["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
        return arguments

    def _strict(self, request: ModelRequest) -> bool:
        able = request.model in self._settings.strict_models and request.model not in self._loose
        return able and request.schema is not None


def _block(text: str, *, cached: bool = False) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": text}
    if cached:
        block["cache_control"] = {"type": "ephemeral"}
    return block


def _take(event: Any, partial: Partial) -> bool:
    if event.type == "message_start":
        partial.model = event.message.model
        partial.usage = _usage(event.message.usage, partial.usage)
    elif event.type == "content_block_delta" and event.delta.type == "text_delta":
        return partial.add(event.delta.text)
    elif event.type == "message_delta":
        partial.usage = _usage(event.usage, partial.usage)
        if event.delta.stop_reason:
            partial.stop_reason = _STOP.get(event.delta.stop_reason, "other")
    return True


def _usage(now: Any, before: Usage) -> Usage:
    """Counts are running totals; our `input_tokens` is the whole prompt, cached or not, as other vendors count it."""
    if now is None:
        return before
    read = _latest(now, "cache_read_input_tokens", before.cache_read_tokens)
    written = _latest(now, "cache_creation_input_tokens", before.cache_write_tokens)
    known = None
    if before.input_tokens is not None:
        known = before.input_tokens - (before.cache_read_tokens or 0) - (before.cache_write_tokens or 0)
    fresh = _latest(now, "input_tokens", known)
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=_latest(now, "output_tokens", before.output_tokens),
        cache_read_tokens=read,
        cache_write_tokens=written,
    )


def _latest(source: Any, field: str, before: int | None) -> int | None:
    value = token_count(getattr(source, field, None))
    return before if value is None else value
