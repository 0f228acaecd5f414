"""The first third of an attempt: make ready, gather what the model sees, ask the Builder."""

from __future__ import annotations

from dataclasses import replace

from autopack.builder import render_prompt, request_for
from autopack.context import gather
from autopack.engine import baselines
from autopack.engine.calls import ask_model
from autopack.engine.work import Work
from autopack.model.attempt import Answer, Attempt, Context, Outcome, OutcomeKind
from autopack.model.rules import finding

_TRUNCATED = "AP202"


async def prepare(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The baseline of the tip this attempt starts from is at hand before the model is paid."""
    await baselines.at_tip(work, attempt.base, attempt.base_tree)
    return attempt


async def gather_context(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """What the model sees of the base tree."""
    doors = work.doors
    context = gather(work.phase, attempt.base_tree, doors.private, doors.settings.context, doors.redactor)
    return replace(attempt, context=context)


async def build(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """Ask the Builder for the change."""
    context = attempt.context or Context(())
    step_down = _cut_off(work)
    lines = {f.path: f.total_lines for f in context.files if f.writable}
    forms = work.forms(lines, step_down)
    prompt = render_prompt(
        work.plan, work.phase, attempt, context, forms, previous_patch=_previous_patch(work, attempt),
        redactor=work.doors.redactor,
    )  # fmt: skip
    model = work.doors.settings.models.builder
    request = request_for(
        prompt, run=work.run, phase=work.phase.id, attempt=attempt.number, role="builder", call=1,
        model=model, info=work.doors.settings.model_info.get(model),
    )  # fmt: skip
    completion, call = await ask_model(work, request)
    if completion.stop_reason == "refusal":
        declined = finding("AP201", "The model declined to answer.")
        return Outcome(OutcomeKind.ANSWER_REFUSED, (declined,), declined.message)
    return replace(attempt, answer=Answer(completion.text, completion.stop_reason, completion.model, call))


def _cut_off(work: Work) -> int:
    """How many attempts at the phase were cut off, so that each of them asks for a smaller form than the one before."""
    rows = work.doors.store.attempts(work.run, work.phase.id)
    return sum(any(f.code == _TRUNCATED for f in row.outcome.findings) for row in rows if row.outcome is not None)


def _previous_patch(work: Work, attempt: Attempt) -> str:
    """What the attempt before this one proposed from the same base; "" when it got no candidate."""
    effect = work.doors.store.effect(work.run, work.phase.id, attempt.number - 1, "apply")
    if effect is None or not effect.done or not effect.result:
        return ""
    candidate = effect.result["candidate"]
    if candidate["base"] != attempt.base:
        return ""
    return work.doors.private.patch(candidate["base"], candidate["commit"]).decode("utf-8", "replace")
