"""Caps, and whether the next call still fits under them.

The rule: a call may begin while something is left of each cap, where every *other* call in flight counts at its worst
case; and not when its prompt alone is surely larger than what is left. So no more than one call can pass a cap, and
that by no more than itself, while a small but honest cap is not made unusable by a worst case (a prompt priced at two
characters a token plus the longest answer allowed) that is several times what a call really takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from autopack.budgets.spending import Spent
from autopack.errors import BudgetExhausted
from autopack.text import duration, plural

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Caps:
    """None = no cap. `phases` are the phases' own token caps."""

    tokens: int | None = None
    phases: Mapping[str, int] = field(default_factory=dict[str, int])
    money_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """The bounds of one call, made before it: `least` tokens it will surely take, `worst` it may take, `worst_usd` None
    when the price of the model is not known."""

    phase: str
    worst: int
    least: int = 0
    worst_usd: float | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """Immutable: `reserve` and `settle` return the budget after."""

    caps: Caps
    spent: Spent = field(default_factory=Spent)
    in_flight: tuple[Reservation, ...] = ()

    def reserve(self, call: Reservation) -> Budget:
        """Raises BudgetExhausted: AP701 for a token cap of the phase or the run, AP702 for the money cap."""
        waiting = sum(other.worst for other in self.in_flight)
        here = sum(other.worst for other in self.in_flight if other.phase == call.phase)
        cap = self.caps.phases.get(call.phase)
        _check_tokens("phase", call, cap, self.spent.phases.get(call.phase, 0), here)
        _check_tokens("run", call, self.caps.tokens, self.spent.tokens, waiting)
        self._check_money(call)
        return replace(self, in_flight=(*self.in_flight, call))

    def settle(self, call: Reservation, tokens: int, cost_usd: float | None = None) -> Budget:
        """Give the reservation back and charge what the call took."""
        rest = list(self.in_flight)
        rest.remove(call)
        return replace(self, spent=self.spent.plus(call.phase, tokens, cost_usd), in_flight=tuple(rest))

    def _check_money(self, call: Reservation) -> None:
        cap = self.caps.money_usd
        if cap is None:
            return
        if call.worst_usd is None:
            raise BudgetExhausted(
                f"the money cap of ${cap:.2f} cannot be kept: the price of model {call.model} is not known",
                code="AP702",
                scope="run",
                hint="set the model's price_in and price_out (US dollars per million tokens, 0 where it is free) in "
                "your user settings, then `autopack resume RUN --again`",
            )
        held = sum(other.worst_usd or 0.0 for other in self.in_flight)
        if call.worst_usd > 0 and self.spent.cost_usd + held >= cap:
            raise BudgetExhausted(
                f"the run's money cap of ${cap:.2f} is used up: ${self.spent.cost_usd:.4f} spent{_held_usd(held)}",
                code="AP702",
                scope="run",
                hint="allow more: `autopack resume RUN --money-cap-usd AMOUNT`",
            )


def check_time(elapsed: float, cap: float | None) -> float | None:
    """Seconds left under a duration cap (None = no cap), for the deadline of the next step; time spent waiting for a
    person is not part of `elapsed`. Raises BudgetExhausted AP703."""
    if cap is None:
        return None
    if elapsed >= cap:
        raise BudgetExhausted(
            f"the run's time cap of {duration(cap)} is used up: {duration(elapsed)} spent working",
            code="AP703",
            scope="run",
            hint="allow more: `autopack resume RUN --max-minutes MINUTES`",
        )
    return cap - elapsed


def check_attempts(phase: str, used: int, cap: int) -> None:
    """Before an attempt begins, `used` = attempts that counted so far. Raises BudgetExhausted AP704."""
    if used >= cap:
        raise BudgetExhausted(
            f"phase {phase} has used its {plural(cap, 'attempt')}: {used} spent",
            code="AP704",
            scope="phase",
            hint=f"read the findings, then `autopack retry RUN {phase} --hint TEXT`: it gives the phase its attempts again",
        )


def _check_tokens(scope: str, call: Reservation, cap: int | None, spent: int, held: int) -> None:
    if cap is None:
        return
    left = cap - spent - held
    if left > 0 and call.least <= left:
        return
    name = f"phase {call.phase}'s token cap" if scope == "phase" else "the run's token cap"
    waiting = f", {held:,} reserved by calls in flight" if held else ""
    if left <= 0:
        message = f"{name} of {cap:,} is used up: {spent:,} spent{waiting}"
    else:
        message = (
            f"{name} of {cap:,} leaves {left:,} ({spent:,} spent{waiting}), "
            f"and the next prompt alone takes at least {call.least:,}"
        )
    if scope == "phase":
        hint = (
            f"allow more: `autopack resume RUN --phase-token-cap {call.phase}=TOKENS`, "
            f"or leave it out: `autopack skip RUN {call.phase}`"
        )
    else:
        hint = "allow more: `autopack resume RUN --token-cap TOKENS`"
    raise BudgetExhausted(
        message,
        code="AP701",
        scope=scope,
        hint=hint,
    )


def _held_usd(held: float) -> str:
    return f", ${held:.4f} reserved by calls in flight" if held else ""
