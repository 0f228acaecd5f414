from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.budgets import Budget, CallFact, CallState, Caps, Reservation, Spent, check_attempts, check_time, spent_of
from autopack.errors import BudgetExhausted


def call(worst=20_000, least=0, usd: float | None = 0.0, phase="index") -> Reservation:
    return Reservation(phase, worst, least, usd, "model-x")


def refused(budget: Budget, reservation: Reservation) -> BudgetExhausted:
    with pytest.raises(BudgetExhausted) as caught:
        budget.reserve(reservation)
    return caught.value


def test_a_small_cap_serves_small_calls_though_their_worst_case_is_far_larger():
    budget = Budget(Caps(tokens=5000))
    for _ in range(5):
        reservation = call(worst=20_000, least=300)
        budget = budget.reserve(reservation).settle(reservation, 1000)
    error = refused(budget, call(least=300))
    assert (error.code, error.scope, error.exit_code) == ("AP701", "run", 1)
    assert "5,000 is used up: 5,000 spent" in error.message
    assert "autopack resume RUN --token-cap" in error.hint


def test_a_prompt_that_surely_does_not_fit_is_not_sent():
    error = refused(Budget(Caps(tokens=1000), Spent(tokens=400)), call(least=601))
    assert "leaves 600 (400 spent), and the next prompt alone takes at least 601" in error.message
    Budget(Caps(tokens=1000), Spent(tokens=400)).reserve(call(least=600))


def test_the_phase_cap_is_judged_by_the_phase_alone():
    spent = Spent().plus("index", 900, None).plus("other", 5000, None)
    budget = Budget(Caps(tokens=100_000, phases={"index": 900, "other": 9000}), spent)
    error = refused(budget, call())
    assert (error.code, error.scope) == ("AP701", "phase")
    assert "phase index's token cap of 900" in error.message
    assert "autopack resume RUN --phase-token-cap index=TOKENS" in error.hint
    assert "autopack skip RUN index" in error.hint
    budget.reserve(call(phase="other"))
    budget.reserve(call(phase="third"))


def test_calls_in_flight_hold_their_worst_case():
    budget = Budget(Caps(tokens=25_000)).reserve(call(worst=20_000)).reserve(call(worst=20_000))
    error = refused(budget, call())
    assert "40,000 reserved by calls in flight" in error.message
    settled = budget.settle(call(worst=20_000), 1000).settle(call(worst=20_000), 1000)
    assert settled.in_flight == ()
    settled.reserve(call())


def test_money():
    spent = Spent(cost_usd=4.99)
    budget = Budget(Caps(money_usd=5.0), spent)
    budget.reserve(call(usd=1.2))
    error = refused(Budget(Caps(money_usd=5.0), Spent(cost_usd=5.0)), call(usd=0.01))
    assert (error.code, error.scope) == ("AP702", "run")
    assert "$5.00 is used up: $5.0000 spent" in error.message
    assert "autopack resume RUN --money-cap-usd" in error.hint
    held = refused(budget.reserve(call(usd=1.2)), call(usd=1.2))
    assert "$1.2000 reserved by calls in flight" in held.message
    Budget(Caps(money_usd=5.0), Spent(cost_usd=9)).reserve(call(usd=0.0))


def test_a_money_cap_without_a_price_is_refused_and_says_where_to_set_it():
    error = refused(Budget(Caps(money_usd=5.0)), call(usd=None))
    assert error.code == "AP702"
    assert "price of model model-x is not known" in error.message
    assert "price_in and price_out" in error.hint
    Budget(Caps()).reserve(call(usd=None))


def test_time_and_attempts():
    assert check_time(10, None) is None
    assert check_time(10, 60) == 50
    with pytest.raises(BudgetExhausted, match="time cap of 2 min 00 s is used up: 2 min 05 s") as late:
        check_time(125, 120)
    assert (late.value.code, late.value.scope) == ("AP703", "run")
    assert "autopack resume RUN --max-minutes" in late.value.hint
    check_attempts("index", 4, 5)
    with pytest.raises(BudgetExhausted, match="phase index has used its 5 attempts") as many:
        check_attempts("index", 5, 5)
    assert (many.value.code, many.value.scope) == ("AP704", "phase")
    assert "autopack retry RUN index --hint" in many.value.hint


def test_totals_come_from_the_journal_and_estimates_stand_only_where_nobody_reported():
    facts = [
        CallFact("a", CallState.ANSWERED, tokens=1000, cost_usd=0.5, likely_tokens=700),
        CallFact("a", CallState.ANSWERED, likely_tokens=700),
        CallFact("b", CallState.RESERVED, likely_tokens=300),
        CallFact("b", CallState.FAILED, likely_tokens=300),
        CallFact("b", CallState.FAILED, tokens=40, likely_tokens=300),
        CallFact("b", CallState.ANSWERED, likely_tokens=0),
    ]
    spent = spent_of(facts)
    assert (spent.tokens, dict(spent.phases), spent.cost_usd) == (2040, {"a": 1700, "b": 340}, 0.5)
    assert spent_of([]) == Spent()


calls = st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1), st.floats(0, 1)), max_size=40)


@settings(max_examples=100)
@given(cap=st.integers(0, 20_000), calls=calls, width=st.integers(1, 4))
def test_no_order_of_calls_passes_a_cap_by_more_than_one_call(cap, calls, width):
    """Up to `width` calls in flight; each takes no more than its worst case and no less than its least."""
    budget = Budget(Caps(tokens=cap))
    flying: list[tuple[Reservation, int]] = []
    largest = 0
    for worst, share, low in calls:
        actual = round(worst * share)
        reservation = call(worst=worst, least=round(actual * low))
        try:
            budget = budget.reserve(reservation)
        except BudgetExhausted:
            pass
        else:
            flying.append((reservation, actual))
            largest = max(largest, actual)
        if len(flying) >= width:
            done, took = flying.pop(0)
            budget = budget.settle(done, took)
        assert budget.spent.tokens <= max(0, cap - 1) + largest
    for done, took in flying:
        budget = budget.settle(done, took)
    assert budget.spent.tokens <= max(0, cap - 1) + largest
