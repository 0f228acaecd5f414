"""What a call costs: the user's own prices, else the table that genai-prices ships; None when nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from autopack.model.completion import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; cached input costs the input price where no other is named."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None


def price(usage: Usage, model: str, override: Price | None = None) -> float | None:
    """US dollars for one call, None when the usage was not reported or the price of the model is not known."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    if override is not None:
        return _own(usage, override)
    return _table(usage, model)


def _own(usage: Usage, rates: Price) -> float:
    read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    fresh = max(0, (usage.input_tokens or 0) - read - written)
    total = (
        fresh * rates.input
        + read * (rates.input if rates.cache_read is None else rates.cache_read)
        + written * (rates.input if rates.cache_write is None else rates.cache_write)
        + (usage.output_tokens or 0) * rates.output
    )
    return total / 1_000_000


@lru_cache(maxsize=256)
def _table(usage: Usage, model: str) -> float | None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        return float(calc_price(tokens, model).total_price)
    except (LookupError, ValueError):
        return None
