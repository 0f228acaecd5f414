"""The door to the models. Only this room imports a vendor SDK, and only inside the call that needs it.

provider = provider_for(ProviderSettings("anthropic", api_key=key), redact=redactor.text)
completion = await call_with_retries(provider, request, on_retry)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack.llm.anthropic_api import AnthropicProvider
from autopack.llm.cassette import Cassette, line_of, prompt_of, spent_lines
from autopack.llm.cassette_lines import CassetteLine
from autopack.llm.estimate import CallEstimate, count_estimate, estimate_call
from autopack.llm.openai_api import OpenAIProvider
from autopack.llm.prices import Price, price
from autopack.llm.provider import Provider, ProviderSettings
from autopack.llm.record import RecordingProvider
from autopack.llm.replay import ReplayProvider
from autopack.llm.retries import Retry, RetryPolicy, call_with_retries

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AnthropicProvider",
    "CallEstimate",
    "Cassette",
    "CassetteLine",
    "OpenAIProvider",
    "Price",
    "Provider",
    "ProviderSettings",
    "RecordingProvider",
    "ReplayProvider",
    "Retry",
    "RetryPolicy",
    "call_with_retries",
    "count_estimate",
    "estimate_call",
    "line_of",
    "price",
    "prompt_of",
    "provider_for",
    "spent_lines",
]


def provider_for(settings: ProviderSettings, *, redact: Callable[[str], str] = str) -> Provider:
    """The adapter for one provider of the settings; raises ProviderError (auth) when its key is missing."""
    if settings.kind == "anthropic":
        return AnthropicProvider(settings, redact=redact)
    return OpenAIProvider(settings, redact=redact)
