"""The door to the models: one Protocol, the settings a provider is built from, and what all adapters share."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from autopack import fault
from autopack.errors import ProviderError
from autopack.llm.failures import failure, from_sdk
from autopack.model.completion import Completion, ModelRequest, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

REQUEST = fault.register("llm.request", "before a model call is sent")
ANSWER = fault.register("llm.answer", "a model's answer has arrived and nobody has stored it yet")

ANSWER_CHARS = 16 * 1024 * 1024
"""An answer is read no further than this; it lies above the limit of `changes`, which refuses it as too large."""
NO_KEY = "none"
"""What is sent where an endpoint asks for no key, since an SDK wants some."""
MOST_TOKENS = 1_000_000_000
"""A count above this is no count of tokens."""


class Closes(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=Closes)


class Provider(Protocol):
    """One model vendor, endpoint or cassette; used from one event loop. `complete` makes exactly one try and raises
    ProviderError; cancelling it ends the request."""

    @property
    def name(self) -> str: ...

    async def complete(self, request: ModelRequest) -> Completion: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """`key_variable` names the environment variable the key comes from (for hints); `strict_models` enforce a JSON
    Schema; `output_limit` is the name of the field that carries `max_output_tokens` to an OpenAI endpoint; "auto" takes
    `max_completion_tokens` for OpenAI itself and `max_tokens` for every other base URL."""

    kind: Literal["anthropic", "openai"]
    name: str = ""
    api_key: str = field(default="", repr=False)
    base_url: str | None = None
    key_variable: str = ""
    strict_models: frozenset[str] = frozenset()
    output_limit: Literal["auto", "max_tokens", "max_completion_tokens"] = "auto"


def require_key(settings: ProviderSettings, name: str) -> str:
    """The key to send; an endpoint with a base URL of its own may need none. Raises ProviderError (auth)."""
    if settings.api_key:
        return settings.api_key
    if settings.base_url:
        return NO_KEY
    variable = settings.key_variable or f"{settings.kind.upper()}_API_KEY"
    raise ProviderError(
        f"no API key for provider {name}",
        kind="auth",
        hint=f"set {variable} in the environment, or run with --cassette",
    )


@dataclass(slots=True)
class Partial:
    """An answer while it arrives: text in pieces, and what the provider has reported so far."""

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    usage: Usage = field(default_factory=Usage)
    stop_reason: str = ""
    request_id: str = ""
    content_type: str = ""
    model: str = ""

    def opened(self, headers: Mapping[str, str]) -> None:
        self.request_id = headers.get("request-id") or headers.get("x-request-id") or ""
        self.content_type = headers.get("content-type", "")

    def add(self, text: str) -> bool:
        """False when the answer has grown past what is read."""
        self.pieces.append(text)
        self.size += len(text)
        return self.size <= ANSWER_CHARS


@asynccontextmanager
async def exchange(
    name: str, request: ModelRequest, partial: Partial, redact: Callable[[str], str]
) -> AsyncGenerator[None]:
    """One request under its own deadline; whatever the SDK raises leaves as ProviderError with the usage so far. A
    stream that breaks after the answer's stop reason has lost nothing: it is not asked, and paid, again."""
    fault.point(REQUEST)
    try:
        async with asyncio.timeout(request.timeout):
            yield
    except TimeoutError as error:
        if partial.stop_reason:
            return
        raise failure(
            f"{name}: no complete answer within {request.timeout:g} s",
            "timeout",
            request_id=partial.request_id,
            usage=reported(partial.usage),
        ) from error
    except Exception as error:
        if partial.stop_reason:
            return
        raise from_sdk(error, name, redact, usage=reported(partial.usage), request_id=partial.request_id) from error


class Client(Generic[C]):
    """A vendor's SDK client, made by the first call, and one streamed answer over it at a time."""

    def __init__(self, name: str, key: str, connect: Callable[[], C], redact: Callable[[str], str]) -> None:
        self._name = name
        self._key = key
        self._connect = connect
        self._redact = redact
        self._sdk: C | None = None

    async def answer(
        self,
        request: ModelRequest,
        method: Callable[[C], Any],
        arguments: Mapping[str, Any],
        take: Callable[[Any, Partial], bool],
    ) -> Completion:
        """One try: `method` of the client is called with `arguments`, and `take` is given each event of its stream until
        it says that there is enough."""
        partial = Partial()
        async with exchange(self._name, request, partial, self._hide):
            if self._sdk is None:
                self._sdk = self._connect()
            stream = await method(self._sdk)(**arguments, timeout=request.timeout)
            async with stream:
                partial.opened(stream.response.headers)
                async for event in stream:
                    if not take(event, partial):
                        break
        return finish(self._name, request, partial)

    async def close(self) -> None:
        sdk, self._sdk = self._sdk, None
        if sdk is not None:
            await sdk.close()

    def _hide(self, text: str) -> str:
        return self._redact(text if self._key == NO_KEY else text.replace(self._key, "[key]"))


def finish(name: str, request: ModelRequest, partial: Partial) -> Completion:
    """The whole answer; one that broke off before its stop reason is a connection error, never a Completion."""
    if partial.size > ANSWER_CHARS:
        partial.stop_reason = partial.stop_reason or "max_tokens"
    if not partial.stop_reason and not partial.size and "event-stream" not in partial.content_type:
        raise failure(
            f"{name}: answered with {partial.content_type or 'no content type'}, not with an event stream",
            "server",
            request_id=partial.request_id,
        )
    if not partial.stop_reason:
        raise failure(
            f"{name}: the answer broke off after {partial.size} characters",
            "connection",
            request_id=partial.request_id,
            usage=reported(partial.usage),
        )
    text = "".join(partial.pieces)
    fault.point(ANSWER)
    return Completion(
        text=text,
        usage=partial.usage,
        stop_reason=partial.stop_reason,
        request_id=partial.request_id,
        model=partial.model or request.model,
        parsed=parsed(text, request),
    )


def parsed(text: str, request: ModelRequest) -> Any:
    """The answer as JSON when a schema was asked for and it is JSON, else None."""
    if request.schema is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def token_count(value: Any) -> int | None:
    """A count as the provider reported it; None, which is not reported, for what cannot be one: negative, not finite,
    beyond every context, no number."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if numeric and 0 <= value <= MOST_TOKENS else None


def reported(usage: Usage) -> Usage | None:
    """None when the provider reported nothing."""
    return None if usage == Usage() else usage
