"""Chat completions on OpenAI's SDK: OpenAI itself and every compatible endpoint (a base URL of the user's)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from autopack.errors import ProviderError
from autopack.llm.provider import Client, Partial, ProviderSettings, require_key, token_count
from autopack.model.completion import Completion, ModelRequest, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai import AsyncOpenAI

_UNKNOWN = re.compile(
    r"un(?:supported|known|recogni[sz]ed|expected)|not (?:supported|permitted|allowed)|does not|extra", re.I
)
_STOP = {"stop": "end", "length": "max_tokens", "content_filter": "refusal"}


class OpenAIProvider:
    """Raises ProviderError (auth) at once when it has neither key nor base URL; the first call imports the SDK."""

    def __init__(self, settings: ProviderSettings, *, redact: Callable[[str], str] = str) -> None:
        self.name = settings.name or "openai"
        self._settings = settings
        self._key = require_key(settings, self.name)
        self._client = Client(self.name, self._key, self._connect, redact)
        self._dialects: dict[str, _Dialect] = {}

    async def complete(self, request: ModelRequest) -> Completion:
        dialect = self._dialects.setdefault(request.model, _Dialect(self._settings))
        while True:
            try:
                return await self._once(request, dialect)
            except ProviderError as error:
                if error.kind != "bad_request" or not dialect.learn(error.message):
                    raise

    async def _once(self, request: ModelRequest, dialect: _Dialect) -> Completion:
        arguments = dialect.arguments(request)
        return await self._client.answer(request, lambda sdk: sdk.chat.completions.create, arguments, _take)

    async def close(self) -> None:
        await self._client.close()

    def _connect(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=self._key, base_url=self._settings.base_url, max_retries=0)


class _Dialect:
    """Which optional fields one model of one endpoint takes; a refusal (400) that names one teaches it, once each."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._refused: set[str] = set()
        self._limit: str = settings.output_limit
        if self._limit == "auto":
            self._limit = "max_tokens" if settings.base_url else "max_completion_tokens"

    def arguments(self, request: ModelRequest) -> dict[str, Any]:
        content = "\n\n".join(part for part in (request.stable, request.prompt) if part)
        system = [{"role": "system", "content": request.system}] if request.system else []
        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": [*system, {"role": "user", "content": content}],
            "stream": True,
            "stream_options": {"include_usage": True},
            self._limit: request.max_output_tokens,
        }
        if request.temperature is not None:
            arguments["temperature"] = request.temperature
        if request.schema is not None and request.model in self._settings.strict_models:
            schema = {"name": f"{request.role}_answer", "schema": request.schema, "strict": True}
            arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
        return {key: value for key, value in arguments.items() if key not in self._refused}

    def learn(self, message: str) -> bool:
        """True when the next try will differ from the refused one."""
        if "response_format" in message and "response_format" not in self._refused:
            self._refused.add("response_format")
            return True
        if not _UNKNOWN.search(message):
            return False
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[self._limit]
        if self._limit in message and "limit" not in self._refused:
            self._refused.add("limit")
            self._limit = other
            return True
        for field in ("stream_options", "temperature"):
            if field in message and field not in self._refused:
                self._refused.add(field)
                return True
        return False


def _take(chunk: Any, partial: Partial) -> bool:
    partial.model = chunk.model or partial.model
    if chunk.usage is not None:
        partial.usage = _usage(chunk.usage)
    for choice in chunk.choices or ():
        if choice.finish_reason:
            partial.stop_reason = partial.stop_reason or _STOP.get(choice.finish_reason, "other")
        if getattr(choice.delta, "refusal", None):
            partial.stop_reason = "refusal"
        if choice.delta.content and not partial.add(choice.delta.content):
            return False
    return True


def _usage(now: Any) -> Usage:
    details = getattr(now, "prompt_tokens_details", None)
    return Usage(
        input_tokens=token_count(now.prompt_tokens),
        output_tokens=token_count(now.completion_tokens),
        cache_read_tokens=token_count(getattr(details, "cached_tokens", None)),
    )
