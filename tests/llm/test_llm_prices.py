from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.llm import Price, count_estimate, estimate_call, price
from autopack.model.completion import ModelRequest, Usage

KNOWN = "gpt-4o"


def test_own_prices_win_and_cached_input_has_its_own():
    usage = Usage(1_000_000, 100_000, cache_read_tokens=400_000, cache_write_tokens=100_000)
    assert price(usage, KNOWN, Price(3, 15)) == pytest.approx(3 + 1.5)
    assert price(usage, KNOWN, Price(3, 15, cache_read=0.3, cache_write=3.75)) == pytest.approx(
        1.5 + 0.12 + 0.375 + 1.5
    )
    assert price(usage, "free", Price(0, 0)) == 0


def test_the_shipped_table_knows_common_models_and_says_none_for_others():
    full, cached = price(Usage(1_000_000, 0), KNOWN), price(Usage(1_000_000, 0, cache_read_tokens=1_000_000), KNOWN)
    assert full is not None and cached is not None
    assert 0 < cached < full < 100
    assert price(Usage(1000, 1000), "no-such-model-of-mine") is None


def test_nothing_reported_has_no_price():
    assert price(Usage(), KNOWN, Price(3, 15)) is None


def request(text: str, **other) -> ModelRequest:
    return ModelRequest(run="r", phase="p", attempt=1, role="b", call=1, model="m", system="", prompt=text, **other)


def test_the_worst_case_covers_prompt_and_answer():
    assert count_estimate("") == 0
    assert count_estimate("abc") == 2
    assert count_estimate("é") == 2
    assert count_estimate("日本語") >= 6
    estimate = estimate_call(request("word " * 1000, max_output_tokens=100), Price(1, 2))
    assert estimate.worst == 2500 + 64 + 100
    assert estimate.worst_usd == pytest.approx((2564 + 200) / 1e6)


def test_what_the_prompt_surely_takes_ignores_white_space():
    assert estimate_call(request(" " * 5000 + "\n" * 5000), Price(0, 0)).least == 0
    assert estimate_call(request("word " * 1000), Price(0, 0)).least == 400


@settings(max_examples=60)
@given(st.text())
def test_bounds_are_ordered_for_any_text(text):
    estimate = estimate_call(request(text), Price(0, 0))
    assert 0 <= estimate.least <= estimate.likely <= estimate.worst
