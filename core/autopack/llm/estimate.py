"""How many tokens a prompt may be, without a tokeniser: bounds for reserving, never shown as usage.

The ratios are assumptions, on the safe side for a whole prompt: text and code usually run at 3 to 4.5 characters a
token; the worst case takes 2, and one token for each byte of a character beyond ASCII; the least takes 10 visible
characters a token, since white space is merged freely. Nothing but hexadecimal can be denser than the worst case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.llm.cassette import prompt_of
from autopack.llm.prices import Price, price
from autopack.model.completion import Usage

if TYPE_CHECKING:
    from autopack.model.completion import ModelRequest

_OVERHEAD = 64


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """`least` tokens the prompt alone will surely be, `likely` what it probably is, `worst` prompt and full answer;
    `worst_usd` None when the model's price is not known."""

    least: int
    likely: int
    worst: int
    worst_usd: float | None


def count_estimate(text: str) -> int:
    """Worst-case tokens of a text."""
    size = len(text.encode("utf-8", "surrogatepass"))
    return -(-len(text) // 2) + (size - len(text))


def estimate_call(request: ModelRequest, override: Price | None = None) -> CallEstimate:
    """Bounds of one call; `request.max_output_tokens` bounds the answer."""
    prompt = prompt_of(request)
    worst_input = count_estimate(prompt) + _OVERHEAD
    usage = Usage(input_tokens=worst_input, output_tokens=request.max_output_tokens)
    return CallEstimate(
        least=sum(map(len, prompt.split())) // 10,
        likely=len(prompt) * 2 // 7 + _OVERHEAD,
        worst=worst_input + request.max_output_tokens,
        worst_usd=price(usage, request.model, override),
    )
