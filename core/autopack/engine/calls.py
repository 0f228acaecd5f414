"""Model calls: reserve -> intent -> model -> store the answer -> settle. A stored answer is never paid for again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from autopack import fault
from autopack.budgets import Budget, CallFact, CallState, Caps, Reservation, spent_of
from autopack.engine.work import Work
from autopack.errors import ProviderError
from autopack.events import Event, EventName
from autopack.llm import (
    CallEstimate,
    Price,
    Retry,
    RetryPolicy,
    call_with_retries,
    estimate_call,
    line_of,
    price,
    prompt_of,
    spent_lines,
)
from autopack.model.completion import Completion, ModelRequest, Usage
from autopack.store import CallKey, Store, Transaction

fault.register("calls.reserved", "a call's worst case is reserved, the model was not asked")
fault.register("calls.answered", "the model answered, the answer is not stored")
fault.register("calls.stored", "the answer is stored, nothing used it yet")


async def ask_model(work: Work, request: ModelRequest) -> tuple[Completion, int]:
    """The stored answer of this very call, or the model's. Raises BudgetExhausted before the call, ProviderError when
    the retry layer gave up."""
    store = work.doors.store
    key = CallKey(request.run, request.phase, request.attempt, request.role, request.call)
    known = store.call(key)
    if known is not None and known.state == "answered":
        return store.completion(known), request.call
    override = _override(work, request.model)
    estimate = estimate_call(request, override)
    reservation = _reservation(work, request, estimate)
    _budget(work).reserve(reservation)
    work.in_flight[key] = reservation
    try:
        return await _ask(work, key, request, estimate, override), request.call
    finally:
        del work.in_flight[key]


def request_digest(request: ModelRequest) -> str:
    """By which the journal tells two prompts of a call apart."""
    return hashlib.sha256(prompt_of(request).encode("utf-8", "replace")).hexdigest()


async def _ask(
    work: Work, key: CallKey, request: ModelRequest, estimate: CallEstimate, override: Price | None
) -> Completion:
    store, journal = work.doors.store, work.journal
    prompt = store.put_blob(work.doors.redactor.text(prompt_of(request)).encode("utf-8", "replace"))
    digest = request_digest(request)
    journal.add(lambda tx: _reserve(tx, key, request, digest, prompt, estimate.worst, estimate.worst_usd))
    journal.flush()
    fault.point("calls.reserved")
    started = work.monotonic()
    try:
        provider = work.doors.provider(request.model)
        completion = await call_with_retries(provider, request, lambda r: _retried(work, key, r), _policy(work))
    except ProviderError as failed:
        row = _error_row(failed)
        journal.add(lambda tx: tx.fail_call(key, row))
        journal.flush()
        raise
    fault.point("calls.answered")
    if completion.cost_usd is None:
        completion = replace(completion, cost_usd=price(completion.usage, request.model, override))
    answered = completion
    journal.add(lambda tx: tx.answer_call(key, answered))
    _tell(work, request, completion, work.monotonic() - started)
    journal.flush()
    fault.point("calls.stored")
    return completion


def _reservation(work: Work, request: ModelRequest, estimate: CallEstimate) -> Reservation:
    """A replay is paid by no one: only usage that its cassette states counts."""
    if work.config.cassette:
        return Reservation(request.phase, estimate.worst, 0, estimate.worst_usd or 0.0, request.model)
    return Reservation(request.phase, estimate.worst, estimate.least, estimate.worst_usd, request.model)


def _reserve(
    tx: Transaction, key: CallKey, request: ModelRequest, digest: str, prompt: str, tokens: int, usd: float | None
) -> None:
    tx.reserve_call(key, model=request.model, request_hash=digest, tokens=tokens, usd=usd, prompt=prompt)
    tx.artefact(request.run, "prompt", prompt, request.phase, request.attempt, f"{request.role}-prompt.txt")


def _retried(work: Work, key: CallKey, retry: Retry) -> None:
    work.journal.add(lambda tx: tx.call_error(key, _error_row(retry.error)))
    work.journal.log(
        f"{retry.error.message}; trying again in {retry.wait:.1f} s (try {retry.tried + 1})", key.phase, key.attempt
    )
    work.journal.flush()


def _error_row(error: ProviderError) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": error.kind, "message": error.message, "status": error.status}
    row["request_id"] = error.request_id
    row["line"] = line_of(error.request_id)
    return row


def _policy(work: Work) -> RetryPolicy:
    return RetryPolicy.from_environment(work.doors.environment, total=max(1.0, work.remaining_seconds()))


def _override(work: Work, model: str) -> Price | None:
    info = work.doors.settings.model_info.get(model)
    if info is None or info.price_in is None or info.price_out is None:
        return None
    return Price(info.price_in, info.price_out, info.price_cache_read, info.price_cache_write)


def _budget(work: Work) -> Budget:
    """Totals of the whole run, every drive included, against the caps in force; calls this process has under way count at
    their worst."""
    planned = {p.id: p.token_cap for p in work.plan.phases if p.token_cap is not None}
    phases = {**planned, **work.config.phase_token_caps}
    caps = Caps(work.config.token_cap, phases, work.config.money_cap_usd)
    replayed = bool(work.config.cassette)
    facts = (
        CallFact(
            phase=row.phase,
            state=CallState(row.state),
            tokens=row.usage.total if row.usage != Usage() else None,
            cost_usd=row.cost_usd,
            likely_tokens=0 if replayed else row.reserved_tokens // 2,
        )
        for row in work.doors.store.calls(work.run)
        if row.key not in work.in_flight
    )
    return Budget(caps, spent_of(facts), tuple(work.in_flight.values()))


def _tell(work: Work, request: ModelRequest, completion: Completion, seconds: float) -> None:
    usage = completion.usage
    work.journal.event(
        EventName.MODEL_CALLED, request.phase, request.attempt, role=request.role, call=request.call,
        model=completion.model or request.model, input_tokens=usage.input_tokens, output_tokens=usage.output_tokens,
        cost_usd=completion.cost_usd, stop_reason=completion.stop_reason, seconds=round(seconds, 3),
    )  # fmt: skip
    work.journal.add(lambda tx: _usage_event(tx, work.run, request.phase))


def _usage_event(tx: Transaction, run: str, phase: str) -> None:
    total = tx.read.usage(run)
    tx.event(Event(EventName.USAGE_UPDATED, run, phase=phase, data={
        "calls": total.calls, "input_tokens": total.input_tokens, "output_tokens": total.output_tokens,
        "cost_usd": total.cost_usd,
    }))  # fmt: skip


def spent_cassette(store: Store, run: str) -> dict[int, int]:
    """How often each line of the run's cassette answered or failed a call, by the journal."""
    calls = store.calls(run)
    ids = [row.request_id for row in calls if row.state == "answered"]
    ids += [str(error.get("request_id", "")) for row in calls for error in row.errors]
    return spent_lines(ids)
