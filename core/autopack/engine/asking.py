"""The first third of an attempt: make ready, gather what the model sees, ask the Builder."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from autopack import fault
from autopack.builder import Part, Parts, render_prompt, request_for
from autopack.changes import CUT, Whole, leading
from autopack.context import gather
from autopack.engine import baselines
from autopack.engine.allowances import widened
from autopack.engine.amending import suggested
from autopack.engine.calls import ask_model
from autopack.engine.judging import answer_limits, refused_answer
from autopack.engine.taking import taken
from autopack.engine.work import Work
from autopack.errors import UsageError
from autopack.model.approvals import WIDENED
from autopack.model.attempt import Answer, Attempt, Context, Outcome, OutcomeKind
from autopack.model.completion import Completion, ModelRequest
from autopack.model.rules import finding

_TOO_LONG = frozenset({CUT, "AP207"})
_SHORTER = _TOO_LONG | {"AP203", "AP305"}
"""What a model that writes whole files does when they are too long for it: it is cut off, leaves lines out, or lets the
file shrink."""

fault.register("build.part", "a part of the answer is stored, the next one is not asked for")


async def prepare(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The baseline of the tip this attempt starts from is at hand before the model is paid."""
    await baselines.at_tip(work, attempt.base, attempt.base_tree)
    return attempt


async def gather_context(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """What the model sees of the base tree."""
    doors = work.doors
    context = gather(
        widened(work.phase, attempt.allowances),
        attempt.base_tree,
        doors.private,
        doors.settings.context,
        doors.redactor,
    )
    return replace(attempt, context=context)


async def build(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """Ask the Builder for the change: in one call, or for a few deliverables a call until all of it is there."""
    parts = Parts.of(work.phase.deliverables, _told_of(work, _TOO_LONG))
    if parts is None:
        completion, call = await ask_model(work, _request(work, attempt, 1))
        return _declined(completion) or replace(
            attempt, answer=Answer(completion.text, completion.stop_reason, completion.model, call)
        )
    limits = answer_limits(work.doors)
    model = ""
    while not parts.done:
        completion, call = await ask_model(work, _request(work, attempt, parts.calls + 1, parts.next))
        fault.point("build.part")
        declined = _declined(completion)
        if declined:
            return declined
        parts, model = parts.after(completion.text, completion.stop_reason, limits), completion.model
    if parts.refusal is not None:
        return refused_answer(parts.refusal)
    return replace(attempt, answer=Answer(parts.answer, "end", model, parts.calls))


def _request(work: Work, attempt: Attempt, call: int, part: Part | None = None) -> ModelRequest:
    context = attempt.context or Context(())
    lines = {f.path: f.total_lines for f in context.files if f.writable}
    prompt = render_prompt(
        work.plan, widened(work.phase, attempt.allowances), attempt, context, work.forms(lines, _told_of(work, _SHORTER)),
        previous_patch=_previous_patch(work, attempt), complete=_complete(work, attempt), part=part,
        taken=taken(work, attempt), suggested=suggested(work, attempt, _before(attempt)),
        may_ask=work.config.autonomy != "unattended" or bool(work.doors.settings.approvals.auto_paths),
        redactor=work.doors.redactor,
    )  # fmt: skip
    model = work.doors.settings.models.builder
    return request_for(
        prompt, run=work.run, phase=work.phase.id, attempt=attempt.number, role="builder", call=call,
        model=model, info=work.doors.settings.model_info.get(model),
    )  # fmt: skip


def _declined(completion: Completion) -> Outcome | None:
    if completion.stop_reason != "refusal":
        return None
    declined = finding("AP201", "The model declined to answer.")
    return Outcome(OutcomeKind.ANSWER_REFUSED, (declined,), declined.message)


def _told_of(work: Work, codes: frozenset[str]) -> int:
    """How many attempts at the phase ended with one of the codes, so that each of them asks for a smaller form, or for
    fewer files a call, than the one before."""
    rows = work.doors.store.attempts(work.run, work.phase.id)
    return sum(any(f.code in codes for f in row.outcome.findings) for row in rows if row.outcome is not None)


def _complete(work: Work, attempt: Attempt) -> tuple[Whole, ...]:
    """The file objects that came whole in the answers of the attempt before, where those were cut off, spoke of the
    same base, and are still kept."""
    store = work.doors.store
    if not any(f.code == CUT for f in attempt.feedback):
        return ()
    row = next((r for r in store.attempts(work.run, attempt.phase) if r.number == _before(attempt)), None)
    if row is None or row.base != attempt.base:
        return ()
    limits = answer_limits(work.doors)
    found: list[Whole] = []
    for call in store.calls(work.run, attempt.phase):
        if (call.attempt, call.role, call.state) == (row.number, "builder", "answered"):
            with suppress(UsageError):
                found += leading(store.completion(call).text, limits)
    return tuple(dict.fromkeys(found))


def _before(attempt: Attempt) -> int:
    """The attempt whose findings this one is told: those between only asked."""
    return max((f.attempt for f in attempt.feedback if f.code != WIDENED), default=attempt.number - 1)


def _previous_patch(work: Work, attempt: Attempt) -> str:
    """What the attempt before this one proposed from the same base; "" when it got no candidate."""
    effect = work.doors.store.effect(work.run, work.phase.id, _before(attempt), "apply")
    if effect is None or not effect.done or not effect.result:
        return ""
    candidate = effect.result["candidate"]
    if candidate["base"] != attempt.base:
        return ""
    return work.doors.private.patch(candidate["base"], candidate["commit"]).decode("utf-8", "replace")
