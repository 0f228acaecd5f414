"""The Builder's prompt: a stable part (phase, repository, answer format) that providers can cache, then what changes
from attempt to attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autopack.builder.estimate import output_tokens
from autopack.builder.feedback import Taken, render_feedback, render_part, render_taken
from autopack.builder.files import render_files, render_format, settle_forms
from autopack.builder.parts import Part
from autopack.changes import CUT, Whole
from autopack.context import boundary, brief, fill, plain, project
from autopack.model.attempt import Attempt, Context
from autopack.model.audit import AuditIssue
from autopack.model.completion import Prompt
from autopack.model.plan import Phase, Plan, ReadOnly
from autopack.redaction import Redactor

_PATTERNS_ONLY = Redactor()

_MODES = {
    "tweak_light": "Make the smallest change that works; touch as few lines as possible.",
    "scaffolding_heavy": "Lay out the structure first: modules, types and signatures complete and working, no stubs.",
    "refactor_heavy": "Change the structure and keep the behaviour; every test that passes now must pass unchanged.",
    "schema_heavy": "Take most care of data shapes: types, validation, migration and compatibility of what is stored.",
}
_SIZES = {
    "small_fix": "A small fix is expected: few lines in few files.",
    "large_refactor": "A large change over many files is expected.",
}


def render_prompt(
    plan: Plan,
    phase: Phase,
    attempt: Attempt,
    context: Context,
    forms: Mapping[str, str],
    *,
    previous_patch: str = "",
    complete: Sequence[Whole] = (),
    part: Part | None = None,
    taken: Taken | None = None,
    suggested: Sequence[AuditIssue] = (),
    may_ask: bool = True,
    redactor: Redactor = _PATTERNS_ONLY,
) -> Prompt:
    """`forms` says per writable file whether to ask for `content`, `diff` or `operations`; `previous_patch` is what the
    attempt before this one proposed, `complete` what of it came whole before it was cut off; `part` is what this call asks
    for where the phase is answered in parts; `taken` what a person took of an earlier attempt; `suggested` the issues of
    the audit before that came with a patch; `may_ask`: somebody can give what lies beyond the scope. The same arguments
    give the same prompt, byte for byte."""
    settled = settle_forms(context, forms)
    mark = boundary(f.text for f in context.files)
    stable = fill(
        "builder_stable",
        phase_id=phase.id,
        project=project(plan),
        goal=plain(phase.goal).strip(),
        sections=brief(phase),
        scope=_scope(phase),
        mark=mark,
        files=render_files(context, settled, mark),
        format=render_format(context, settled, in_parts=part is not None, may_ask=may_ask),
    )
    feedback = render_feedback(attempt.feedback, attempt.number, previous_patch, complete, suggested)
    told_of_part = f"\n{render_taken(taken)}\n" if taken else ""
    varying = fill(
        "builder_task",
        number=_number(attempt.number, phase.attempt_cap),
        feedback=told_of_part + (f"\n{feedback}" if feedback else ""),
        hint=f"\nA person who knows the repository says:\n{plain(attempt.hint).strip()}\n"
        if attempt.hint.strip()
        else "",
        part=f"\n{render_part(part)}" if part else "",
        form="JSON objects, one a line, as" if part else "the JSON object",
    )
    told = (*attempt.feedback, *(part.trouble if part else ()))
    cut_before = any(f.code == CUT for f in told)
    wanted = phase.model_copy(update={"deliverables": list(part.deliverables)}) if part else phase
    return Prompt(
        system=fill("builder_system"),
        stable=redactor.text(stable),
        prompt=redactor.text(varying),
        max_output_tokens=output_tokens(wanted, context, settled, cut_before=cut_before),
    )


def _scope(phase: Phase) -> str:
    lines = ["You may create, change, rename and delete:"]
    lines += [
        f"- {_path(p)}{' and everything below it' if p.endswith('/') or p == '.' else ''}" for p in phase.scope.paths
    ]
    if len(lines) == 1:
        lines = ["The plan names no writable path for this phase."]
    read_only = [r if isinstance(r, ReadOnly) else ReadOnly(path=r) for r in phase.scope.read_only]
    if read_only:
        lines.append("You may read but never change:")
        lines += [f"- {_path(r.path)}{f': {plain(r.reason)}' if r.reason else ''}" for r in read_only]
    if phase.scope.protected:
        lines.append("Changing these needs a person's approval; leave them alone unless the goal demands it:")
        lines += [f"- {_path(p)}" for p in phase.scope.protected]
    lines.append("A change to any other path is refused.")
    if phase.allow.noop:
        lines.append("If the repository already is as the goal wants it, answer with an empty list of `files`.")
    lines += [text for text in (_MODES.get(phase.builder_mode), _SIZES.get(phase.change_size or "")) if text]
    return "\n".join(lines)


def _path(path: str) -> str:
    return f"`{' '.join(plain(path).split(chr(10)))}`"


def _number(attempt: int, cap: int) -> str:
    """Retries, and attempts that count for nothing, may lead beyond the cap."""
    return f"{attempt} of {cap}" if attempt <= cap else str(attempt)
