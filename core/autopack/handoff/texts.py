"""The two texts of a bundle: a summary for a person, a prompt for a fresh agent."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from autopack.context import block, boundary, brief, code, fill, finding_lines, framed, plain, prose
from autopack.handoff.contents import DOC_LINES, LOG_LINES, Contents
from autopack.handoff.facts import BundleAttempt, BundleFacts, BundleRequest
from autopack.model.findings import Finding
from autopack.model.plan import ReadOnly
from autopack.text import plural

_MOST_FILES = 30
_MOST_LINES = 60
_COLUMNS = ("| File | Type | Bytes | What it is | Excerpt |", "|---|---|---:|---|---|")


def summary(facts: BundleFacts, contents: Contents, place: str) -> str:
    """What happened, what the bundle holds, what to do next."""
    phase = facts.phase
    parts = [
        f"# Handoff: phase {code(phase.id)} of run {code(facts.run)}",
        "## What happened\n\n" + "\n\n".join((prose(phase.goal, 1000), *_story(facts))),
        *(_attempt(a) for a in facts.attempts),
        *(["## What a person was asked\n\n" + "\n".join(map(_request, facts.requests))] if facts.requests else []),
        _inventory(contents),
        _next_steps(facts, place),
    ]
    return "\n\n".join(parts) + "\n"


def _story(facts: BundleFacts) -> list[str]:
    tried = plural(len(facts.attempts), "attempt")
    told = f"The phase ended as {code(facts.state)} after {tried}."
    detail = f" {prose(facts.detail, 1000).rstrip('.')}." if facts.detail else ""
    return [f"{told}{detail} Nothing of it was applied to your files or to the branch of the run."]


def _attempt(attempt: BundleAttempt) -> str:
    by = f" ({code(attempt.model)})" if attempt.model else ""
    if attempt.chosen_of:
        by = f" (what a person chose of attempt {attempt.chosen_of})"
    if attempt.amends:
        by = f" (the change of attempt {attempt.amends} with its auditor's patch)"
    if attempt.outcome is None:
        return "\n\n".join((f"### Attempt {attempt.number}{by}: not ended", *_weighed(attempt)))
    lines = [f"### Attempt {attempt.number}{by}: {attempt.outcome.kind.value.replace('_', ' ')}", ""]
    if attempt.outcome.detail:
        lines += [prose(attempt.outcome.detail, 1000), ""]
    if attempt.hint:
        lines += [f"A person's hint: {prose(attempt.hint, 1000)}", ""]
    for told in _weighed(attempt):
        lines += [told, ""]
    lines += [f"- {prose(line)}" for line in finding_lines(attempt.outcome.findings)]
    return "\n".join(lines).rstrip()


def _request(asked: BundleRequest) -> str:
    by = f" by {prose(asked.actor, 80)}" if asked.actor else ""
    said = f": {prose(asked.said, 400)}" if asked.said else ""
    reasons = "".join(f"\n  - {prose(reason, 1200)}" for reason in asked.reasons)
    return f"- in attempt {asked.attempt}, {prose(asked.state, 20)}{by}{said}{reasons}"


def _weighed(attempt: BundleAttempt) -> list[str]:
    """Risk, decision with its questions, and quality, a paragraph each."""
    told = [attempt.risk.told()] if attempt.risk is not None else []
    if attempt.decision is not None:
        told += [f"Decision: {attempt.decision.told()}", *attempt.decision.questions]
    if attempt.quality is not None:
        told.append(f"Quality: {attempt.quality.told()}.")
    return [prose(text, 1000) for text in told]


def _inventory(contents: Contents) -> str:
    lines = ["## What is in this folder", "", *_COLUMNS]
    for item in contents.listed():
        shown = f"[{code(item.excerpt)}]({item.excerpt})" if item.excerpt else ""
        about = prose(item.description, 300).replace("|", "\\|")
        lines.append(f"| [{code(item.path)}]({item.path}) | {item.kind} | {len(item.data)} | {about} | {shown} |")
    lines += ["", f"An excerpt is the last {LOG_LINES} lines of a log or the first {DOC_LINES} of a document."]
    if contents.left_out:
        lines += ["", "Left out:", *(f"- {code(name)}: {why}" for name, why in contents.left_out)]
    return "\n".join(lines)


def _next_steps(facts: BundleFacts, place: str) -> str:
    run, phase = facts.run, facts.phase.id
    steps = [
        "Read the findings of the last attempt above, and its patch.",
        f"Give a hint and try again: {code(f'autopack retry {run} {phase} --hint TEXT')}, then "
        f"{code(f'autopack resume {run}')}.",
        "Or hand the phase to another agent: `prompt.md` in this folder is written for it.",
        f"Or do it yourself, commit, and go on without the phase: {code(f'autopack skip {run} {phase}')}.",
    ]
    last = last_patch(facts)
    if last is not None and facts.base:
        steps.insert(1, "To look at the last proposal in files, in a clean checkout:\n\n" + _indented(block(
            f"git worktree add --detach ../look {facts.base}\ngit -C ../look apply {_absolute(place)}/patches/"
            f"attempt-{last}.patch", "sh",
        )))  # fmt: skip
    return "## Next steps\n\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))


def _absolute(place: str) -> str:
    quoted = shlex.quote(place)
    return quoted if place.startswith("/") else f'"$PWD"/{quoted}'


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" if line else "" for line in text.split("\n"))


def last_patch(facts: BundleFacts) -> int | None:
    """The number of the last attempt that made a patch."""
    return next((a.number for a in reversed(facts.attempts) if a.patch is not None), None)


def agent_prompt(facts: BundleFacts, place: str) -> str:
    """Everything a fresh agent needs to take the phase over, findings framed as material."""
    phase = facts.phase
    report = "\n".join(_reports(facts)) or "(none)"
    detail = plain(facts.detail).strip() or "(no detail)"
    mark = boundary((report, detail))
    read_only = [r if isinstance(r, ReadOnly) else ReadOnly(path=r) for r in phase.scope.read_only]
    return fill(
        "handoff",
        phase=phase.id,
        run=facts.run,
        place=place,
        base=facts.base or "HEAD",
        attempts=plural(len(facts.attempts), "attempt"),
        goal=plain(phase.goal).strip(),
        sections=brief(phase),
        mark=mark,
        failure=framed("failure", f"{detail}\n{report}", mark),
        open=_bullets(_files_to_open(facts)),
        allowed=_bullets(phase.scope.paths),
        forbidden=_bullets(
            [*(f"{r.path} (read-only)" for r in read_only), *(f"{p} (protected)" for p in phase.scope.protected),
             "every path not named above", ".git and .autonomous_runs"]
        ),
        last=_last_proposal(facts),
    )  # fmt: skip


def _reports(facts: BundleFacts) -> list[str]:
    """The findings of every attempt, the last one first; one said before is not said again."""
    lines: list[str] = []
    for attempt in reversed(facts.attempts):
        fresh = [line for line in finding_lines(_findings(attempt)) if line not in lines]
        if fresh:
            lines += [f"Attempt {attempt.number}:", *fresh]
    return lines[:_MOST_LINES]


def _findings(attempt: BundleAttempt) -> tuple[Finding, ...]:
    return attempt.outcome.findings if attempt.outcome is not None else ()


def _files_to_open(facts: BundleFacts) -> list[str]:
    findings = [f for attempt in reversed(facts.attempts) for f in _findings(attempt)]
    places = [f"{f.path}:{f.range.start.line}" if f.range else f.path for f in findings if f.path]
    named = [p for p in (*facts.phase.scope.paths, *facts.phase.deliverables) if not p.endswith("/")]
    return list(dict.fromkeys((*places, *named)))[:_MOST_FILES]


def _last_proposal(facts: BundleFacts) -> str:
    last = last_patch(facts)
    if last is None:
        return "No attempt got as far as a change that could be applied."
    return f"The last proposal is `patches/attempt-{last}.patch`; it did not succeed, so take from it what is right."


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {' '.join(plain(line).split())}" for line in lines) or "- (none)"
